//! Attributes of members: numbers that the SDK knows, beside the documented words.

use hongyan_model::Refusal;
use http::{Method, StatusCode};

use super::ErrorBody;
use crate::call::{Area, Context};

/// `None`: answered as everywhere.
pub(super) fn refused(refusal: &Refusal, context: &Context) -> Option<ErrorBody> {
    if context.area != Area::MemberAttributes {
        return None;
    }
    let error = |status, description: String| {
        ErrorBody::new(status, "metadata_error", "MetadataException", description)
    };
    let limit = |what: &str| {
        error(StatusCode::BAD_REQUEST, format!("exceeds chatgroup user metadata {what} limit"))
    };
    Some(match refusal {
        Refusal::TooLong { name: "key", .. } => limit("single key").with_code(Some(60006)),
        Refusal::TooLong { .. } => limit("single value").with_code(Some(60010)),
        Refusal::AttributesTooLarge { .. } => limit("total").with_code(Some(60007)),
        Refusal::TooMany { name: "users", .. } => error(
            StatusCode::BAD_REQUEST,
            "exceeds chatgroup metadata batch put users limit".to_owned(),
        )
        .with_code(Some(60009)),
        Refusal::TooMany { .. } => {
            error(StatusCode::BAD_REQUEST, "query param reaches limit.".to_owned())
                .with_code(Some(60009))
        }
        Refusal::NotMembers { users } if context.route.ends_with("/batch") => error(
            StatusCode::BAD_REQUEST,
            format!("Some users are not in the group: {}", users.join(", ")),
        )
        .with_code(Some(60005)),
        // Reading one member has a name of its own for it.
        Refusal::NotMembers { .. } | Refusal::NotInGroup if context.method == Method::GET => {
            ErrorBody::new(
                StatusCode::NOT_FOUND,
                "MetadataException",
                "MetadataException",
                "user not in group",
            )
            .with_code(Some(60003))
        }
        Refusal::NotMembers { .. } | Refusal::NotInGroup => {
            error(StatusCode::NOT_FOUND, "user not in group".to_owned()).with_code(Some(60003))
        }
        Refusal::RoleTooLow => {
            error(StatusCode::FORBIDDEN, "permission denied".to_owned()).with_code(Some(60002))
        }
        Refusal::NotPermitted => {
            error(StatusCode::UNAUTHORIZED, "auth error".to_owned()).with_code(Some(60001))
        }
        Refusal::Missing { .. } | Refusal::Invalid { .. } => {
            error(StatusCode::BAD_REQUEST, refusal.to_string()).with_code(Some(60005))
        }
        // On these paths the SDK has no words for a missing group, only for one that its user is not in.
        Refusal::GroupNotFound { .. } => {
            error(StatusCode::NOT_FOUND, "group not exists".to_owned()).with_code(Some(60003))
        }
        _ => return None,
    })
}
