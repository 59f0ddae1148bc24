//! The error envelope, and the families of errors that many refusals share.

use axum::Json;
use axum::response::{IntoResponse, Response};
use hongyan_model::Timestamp;
use http::StatusCode;
use serde_json::json;

/// The error envelope.
#[derive(Debug)]
pub(crate) struct ErrorBody {
    pub(super) status: StatusCode,
    pub(super) error: &'static str,
    pub(super) exception: &'static str,
    pub(super) description: String,
    pub(super) code: Option<u32>,
    /// The same text once more, where a client looks for it.
    pub(super) result: Option<&'static str>,
}

impl ErrorBody {
    pub(super) fn new(
        status: StatusCode,
        error: &'static str,
        exception: &'static str,
        description: impl Into<String>,
    ) -> Self {
        Self { status, error, exception, description: description.into(), code: None, result: None }
    }

    pub(super) fn with_code(self, code: Option<u32>) -> Self {
        Self { code, ..self }
    }

    pub(super) fn told_to_uploader(self) -> Self {
        let status =
            if self.status.is_client_error() { StatusCode::BAD_REQUEST } else { self.status };
        Self { status, ..self }
    }

    /// The path has no such method.
    pub(crate) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "unsupported_service_operation",
            "UnsupportedServiceOperationException",
            "Service operation not supported",
        )
    }

    /// Something of ours failed; the answer does not tell what.
    pub(crate) fn internal() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "InternalServerErrorException",
            "internal error",
        )
    }

    pub(crate) fn into_response(self, now: Timestamp, duration: i64) -> Response {
        let mut body = json!({
            "error": self.error,
            "exception": self.exception,
            "timestamp": now,
            "duration": duration.max(0),
            "error_description": self.description,
        });
        if let Some(code) = self.code {
            body["error_code"] = code.into();
            body["desc"] = body["error_description"].clone();
        }
        if let Some(result) = self.result {
            body["result"] = result.into();
        }
        (self.status, Json(body)).into_response()
    }
}

/// In the words that the SDK knows.
pub(super) fn quantity_exceeded() -> ErrorBody {
    illegal_argument("The quantity has exceeded the limit!")
}

/// The app does not have a service; the SDK looks into `result` for it.
pub(super) fn service_not_open(text: &'static str) -> ErrorBody {
    let body = bad_request("service open exception", "ServiceOpenException", text);
    ErrorBody { result: Some(text), ..body }
}

pub(super) fn unavailable(description: &str) -> ErrorBody {
    ErrorBody::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "service_unavailable",
        "ServiceUnavailableException",
        description,
    )
}

pub(super) fn exceed_limit(description: impl Into<String>) -> ErrorBody {
    ErrorBody::new(StatusCode::FORBIDDEN, "exceed_limit", "ExceedLimitException", description)
}

pub(super) fn not_members(users: &str) -> ErrorBody {
    forbidden(format!("users [{users}] are not members of this group!"))
}

pub(super) fn bad_request(
    error: &'static str,
    exception: &'static str,
    description: impl Into<String>,
) -> ErrorBody {
    ErrorBody::new(StatusCode::BAD_REQUEST, error, exception, description)
}

pub(super) fn not_found(
    error: &'static str,
    exception: &'static str,
    description: impl Into<String>,
) -> ErrorBody {
    ErrorBody::new(StatusCode::NOT_FOUND, error, exception, description)
}

pub(super) fn illegal_argument(description: impl Into<String>) -> ErrorBody {
    bad_request("illegal_argument", "IllegalArgumentException", description)
}

pub(super) fn already_there(description: impl Into<String>) -> ErrorBody {
    bad_request(
        "duplicate_unique_property_exists",
        "DuplicateUniquePropertyExistsException",
        description,
    )
}

pub(super) fn invalid_parameter(description: impl Into<String>) -> ErrorBody {
    bad_request("invalid_parameter", "InvalidParameterException", description)
}

pub(super) fn invalid_grant(description: &str) -> ErrorBody {
    bad_request("invalid_grant", "InvalidGrantException", description)
}

pub(super) fn invalid_request_body() -> ErrorBody {
    bad_request(
        "invalid_request_body",
        "InvalidRequestBodyException",
        "Request body is invalid. Please check body is correct.",
    )
}

/// Attributes of chat rooms have numbers of their own; the SDK shows `desc` for one of them.
pub(super) fn room_attribute_error(description: &str, code: u32) -> ErrorBody {
    bad_request("BAD_REQUEST", "MetadataException", description).with_code(Some(code))
}

pub(super) fn message_send_error(description: impl Into<String>) -> ErrorBody {
    bad_request("message_send_error", "MessageSendException", description)
}

pub(super) fn message_recall_error(description: &str) -> ErrorBody {
    ErrorBody::new(
        StatusCode::FORBIDDEN,
        "message_recall_error",
        "MessageRecallException",
        description,
    )
}

pub(super) fn unauthorized(description: &str) -> ErrorBody {
    ErrorBody::new(StatusCode::UNAUTHORIZED, "unauthorized", "SecurityException", description)
}

pub(super) fn bad_access_token(description: &str) -> ErrorBody {
    ErrorBody::new(
        StatusCode::UNAUTHORIZED,
        "auth_bad_access_token",
        "BadTokenException",
        description,
    )
}

/// The app or the user may do nothing at all.
pub(super) fn service_not_allowed() -> ErrorBody {
    ErrorBody::new(
        StatusCode::FORBIDDEN,
        "forbidden_service_operation",
        "ForbiddenServiceOperationException",
        "Service operation not allowed",
    )
}

pub(super) fn forbidden(description: impl Into<String>) -> ErrorBody {
    ErrorBody::new(StatusCode::FORBIDDEN, "forbidden_op", "ForbiddenOpException", description)
}
