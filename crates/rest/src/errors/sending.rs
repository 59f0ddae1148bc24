//! What is refused of sending: too much of it, again, or messages of the past.

use hongyan_model::{IdempotencyRefusal, Refusal};
use http::StatusCode;

use super::{ErrorBody, bad_request, illegal_argument, invalid_request_body, message_send_error};
use crate::call::Area;

/// The answer to each, where there is one of its own.
pub(super) fn refused(refusal: &Refusal, area: Area) -> Option<ErrorBody> {
    Some(match (refusal, area) {
        (Refusal::Missing { name: "body" }, Area::Imports) => {
            illegal_argument("message body not allow empty")
        }
        (Refusal::Missing { name }, Area::Imports) => {
            illegal_argument(format!("{name} not allow empty"))
        }
        (Refusal::Invalid { name: "msg_timestamp", why }, Area::Imports) => {
            illegal_argument(format!("msg_timestamp: {why}"))
        }
        (Refusal::Invalid { .. }, Area::Imports) => invalid_request_body(),
        (Refusal::TooManyMessages, _) => ErrorBody {
            status: StatusCode::FORBIDDEN,
            ..message_send_error("message send reach limit")
        },
        (Refusal::NotKept { .. }, _) => illegal_argument(format!("msg_timestamp is {refusal}")),
        (Refusal::NotFetched { .. }, _) => {
            bad_request("file_download_failed", "FileDownloadException", refusal.to_string())
        }
        (Refusal::Idempotency(refusal), _) => again(*refusal),
        _ => return None,
    })
}

fn again(refusal: IdempotencyRefusal) -> ErrorBody {
    let (status, error, exception) = match refusal {
        IdempotencyRefusal::IllegalKey => {
            return illegal_argument(
                "Idempotency-Key has to be 1 to 255 printable ASCII characters",
            );
        }
        IdempotencyRefusal::KeyReused => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "idempotency_key_reused",
            "IdempotencyKeyReusedException",
        ),
        IdempotencyRefusal::InProgress => {
            (StatusCode::CONFLICT, "idempotency_in_progress", "IdempotencyInProgressException")
        }
        IdempotencyRefusal::OutcomeUnknown => (
            StatusCode::CONFLICT,
            "idempotency_outcome_unknown",
            "IdempotencyOutcomeUnknownException",
        ),
    };
    ErrorBody::new(status, error, exception, refusal.to_string())
}
