//! Why the file of an hour of messages is not given.

use hongyan_model::ExportRefusal;

use super::{ErrorBody, forbidden, illegal_argument, not_found, unavailable};

/// The documented answer to each.
pub(super) fn refused(refusal: &ExportRefusal) -> ErrorBody {
    match refusal {
        ExportRefusal::NoHour { app, time } => {
            illegal_argument(format!("illegal arguments: appkey: {app}, time: {time}"))
        }
        ExportRefusal::NotKept { app, time } => illegal_argument(format!(
            "illegal arguments: appkey: {app}, time: {time}, maybe chat message history is expired or unstored"
        )),
        ExportRefusal::Nothing { app, time } => not_found(
            "storage_object_not_found",
            "StorageObjectNotFoundException",
            format!(
                "Failed to find chat message history download url for appkey: {app}, time: {time}"
            ),
        ),
        ExportRefusal::NotReady => {
            unavailable("The chat message history is being prepared, please try again later")
        }
        ExportRefusal::LinkInvalid | ExportRefusal::LinkExpired => forbidden(refusal.to_string()),
    }
}
