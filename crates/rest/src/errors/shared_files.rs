//! What is refused of shared files, in the words of their own that the documents give it.

use hongyan_model::Refusal;

use super::{ErrorBody, bad_request, not_found};
use crate::call::Context;

/// `None`: answered as everywhere.
pub(super) fn refused(refusal: &Refusal, context: &Context) -> Option<ErrorBody> {
    if !context.route.contains("/share_files") {
        return None;
    }
    Some(match refusal {
        Refusal::GroupNotFound { group } => not_found(
            "RestGroupFeignException",
            "RestGroupFeignException",
            format!("grpID {group} does not exist!"),
        ),
        Refusal::Missing { name: "file" } => bad_request(
            "IllegalArgumentException",
            "IllegalArgumentException",
            "file must be provided.",
        ),
        _ => return None,
    })
}
