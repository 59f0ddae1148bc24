//! The words of the endpoints of threads, and the numbers by which the SDK knows them.

use hongyan_model::{Feature, Refusal};
use http::StatusCode;

use super::ErrorBody;
use crate::call::{Area, Context};

/// The answer to a refusal of one of those endpoints, if it has words of its own.
pub(super) fn refused(refusal: &Refusal, context: &Context) -> Option<ErrorBody> {
    if context.area != Area::Threads {
        return None;
    }
    Some(match refusal {
        Refusal::FeatureDisabled { feature: Feature::Thread } => {
            forbidden(40000, "thread not open.")
        }
        Refusal::ThreadNotFound { .. } => numbered(404, Some(40011), "thread not found."),
        Refusal::GroupNotFound { .. } => numbered(404, None, "group not found."),
        Refusal::MessageNotFound => numbered(404, None, "msg not exist."),
        // To the SDK, "no permission".
        Refusal::NotInGroup => numbered(404, Some(40012), "user not in group."),
        Refusal::RoleTooLow => numbered(401, Some(40001), "no permission."),
        Refusal::NotPermitted => numbered(401, Some(40001), "unauthorized"),
        Refusal::ThreadExists => forbidden(40003, "msg already create thread.not allow to create."),
        Refusal::AlreadyInThread => forbidden(40004, "user already join thread."),
        Refusal::QuotaExceeded { feature: Feature::ThreadsMax } => {
            forbidden(40005, "thread number has reached limit.")
        }
        Refusal::UserThreadsFull { .. } => forbidden(40007, "user join thread reach limit."),
        Refusal::ThreadNameTooLong => bad_request(None, "thread name limit reached."),
        Refusal::NotGroupMessage => {
            bad_request(Some(40009), "thread must on group message to create.")
        }
        Refusal::ThreadNested => bad_request(Some(40009), "thread not nested."),
        Refusal::MessageOfOtherGroup => bad_request(None, "msg not belong to group ."),
        Refusal::TooMany { name: "usernames", .. } => {
            bad_request(None, "request body reaches limit.")
        }
        Refusal::TooMany { .. } => bad_request(None, "query param reaches limit."),
        Refusal::Missing { .. } | Refusal::Invalid { .. } => ErrorBody::new(
            StatusCode::BAD_REQUEST,
            "param_illegal",
            "HttpMessageNotReadableException",
            "Failed to read HTTP message",
        ),
        _ => return None,
    })
}

fn bad_request(code: Option<u32>, description: &str) -> ErrorBody {
    numbered(400, code, description)
}

fn forbidden(code: u32, description: &str) -> ErrorBody {
    numbered(403, Some(code), description)
}

fn numbered(status: u16, code: Option<u32>, description: &str) -> ErrorBody {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    ErrorBody::new(status, "group_error", "GroupException", description).with_code(code)
}
