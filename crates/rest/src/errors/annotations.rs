//! What is refused of edits, reactions and pins: the client SDK knows most of it by these words and numbers.

use hongyan_model::{Feature, Refusal};
use http::StatusCode;

use super::{ErrorBody, bad_request, forbidden, not_found};
use crate::call::Area;

/// Words of these families for refusals that others have, too.
pub(super) fn refused(refusal: &Refusal, area: Area) -> Option<ErrorBody> {
    match area {
        Area::Rewrite => rewrite(refusal),
        Area::Reactions => reaction(refusal),
        Area::Pins => pin(refusal),
        _ => None,
    }
}

fn rewrite(refusal: &Refusal) -> Option<ErrorBody> {
    Some(match refusal {
        Refusal::FeatureDisabled { feature: Feature::MessageEdit } => {
            not_rewritten(StatusCode::FORBIDDEN, "The rewrite message feature is not open.")
        }
        Refusal::Missing { name: "new_msg" } => {
            bad_request("illegal_argument", "IllegalArgumentException", "new_msg is required")
        }
        Refusal::Invalid { name: "message", .. } => bad_request(
            "InvalidMessageIdException",
            "InvalidMessageIdException",
            "The provided message ID is not a valid number.",
        ),
        Refusal::MessageNotFound => {
            not_rewritten(StatusCode::NOT_FOUND, "The message is unavailable or has expired.")
        }
        Refusal::NotSender => {
            not_rewritten(StatusCode::UNAUTHORIZED, "You are not authorized to edit this message.")
        }
        _ => return None,
    })
}

/// An edit that was not made.
pub(super) fn not_edited(refusal: &Refusal) -> ErrorBody {
    match refusal {
        Refusal::EditLimit => not_rewritten(
            StatusCode::FORBIDDEN,
            "The message has reached its edit limit and cannot be modified further.",
        ),
        Refusal::EditConflict => ErrorBody::new(
            StatusCode::CONFLICT,
            "concurrent_operation_error",
            "ConcurrentOperationException",
            "The message has been edited by another.",
        ),
        _ => not_rewritten(
            StatusCode::BAD_REQUEST,
            "The message is of a type that is currently not supported for modification.",
        ),
    }
}

fn not_rewritten(status: StatusCode, why: &str) -> ErrorBody {
    ErrorBody::new(status, "message_rewrite_error", "MessageRewriteException", why)
}

fn reaction(refusal: &Refusal) -> Option<ErrorBody> {
    let words = match refusal {
        Refusal::FeatureDisabled { .. } => "this appKey is not open reaction service!".to_owned(),
        Refusal::QuotaExceeded { .. } => "The quantity has exceeded the limit!".to_owned(),
        // To whom does not see it there is no message.
        Refusal::MessageNotFound | Refusal::Blocked => "the user operation is illegal!".to_owned(),
        Refusal::NotInGroup => "The user not in this group!".to_owned(),
        // The SDK's only words for a group that is not there.
        Refusal::Missing { name: "groupId" } | Refusal::GroupNotFound { .. } => {
            "groupId can not be null!".to_owned()
        }
        Refusal::TooMany { name: "msgIdList", .. } => {
            "msgIdList exceeds the maximum number limit".to_owned()
        }
        Refusal::TooMany { .. } => "Limit exceeds the maximum quantity limit".to_owned(),
        Refusal::TooLong { name, limit } => format!("{name} cannot exceed to {limit}"),
        Refusal::Missing { name } => format!("{name} can not be null!"),
        _ => return None,
    };
    Some(bad_reaction(words))
}

/// A reaction that was not changed.
pub(super) fn not_reacted(refusal: &Refusal) -> ErrorBody {
    bad_reaction(match refusal {
        Refusal::ReactionExists => "the user is already operation this message",
        _ => "the user operation is illegal!",
    })
}

fn bad_reaction(words: impl Into<String>) -> ErrorBody {
    bad_request("Bad Request", "BadRequestException", words)
}

fn pin(refusal: &Refusal) -> Option<ErrorBody> {
    Some(match refusal {
        Refusal::FeatureDisabled { .. } => {
            forbidden("message pin service not open!").with_code(Some(15002))
        }
        Refusal::QuotaExceeded { .. } => {
            forbidden("pin message exceeds the limit").with_code(Some(91101))
        }
        Refusal::Missing { name: "pin_msg_id" } | Refusal::Invalid { name: "pin_msg_id", .. } => {
            bad_request(
                "illegal_argument",
                "IllegalArgumentException",
                "param pin_msg_id illegal, please check it!",
            )
        }
        Refusal::MessageNotFound => not_found(
            "resource_not_found",
            "ResourceNotFoundException",
            "user session pin message not exist",
        ),
        // Elsewhere the SDK takes the words for groups for those of chat rooms.
        Refusal::NotInGroup => {
            bad_request("Bad Request", "BadRequestException", "The user not in this group!")
        }
        Refusal::GroupNotFound { .. } => {
            bad_request("Bad Request", "BadRequestException", "groupId can not be null!")
        }
        _ => return None,
    })
}
