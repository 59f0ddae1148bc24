//! What happens before a session exists, in the operation log.

use hongyan_model::{Error, Refusal, StaffRefusal};
use serde_json::Value;

use super::Client;
use crate::staff::Staff;
use crate::{Platform, audit};

const MODULE: &str = "security";

/// Who it was, as far as it is known.
pub(super) enum Who<'a> {
    Known(&'a Staff),
    /// As given by whoever tried.
    Claimed(&'a str),
}

/// Writes a line; a failure to do so does not undo what it says.
pub(super) async fn write(
    p: &Platform,
    client: Client,
    who: Who<'_>,
    action: &str,
    failure: Option<&Error>,
    detail: Value,
) {
    let (staff, email) = match who {
        Who::Known(staff) => (Some(staff), staff.email.as_str()),
        Who::Claimed(email) => (None, email),
    };
    let entry = audit::Entry {
        time: p.clock().now(),
        org: staff.and_then(Staff::org_id),
        staff: staff.map(|staff| staff.id),
        email: email.to_owned(),
        role: staff.map(|staff| staff.role),
        ip: client.ip.to_string(),
        app_key: None,
        module: MODULE.to_owned(),
        action: action.to_owned(),
        target: String::new(),
        result: failure.map_or("ok", word).to_owned(),
        detail: detail.to_string(),
    };
    if let Err(error) = audit::record(p, entry).await {
        tracing::error!(?error, action, "the operation log misses a line");
    }
}

fn word(failure: &Error) -> &'static str {
    match failure {
        Error::Fault(_) => "internal",
        Error::Refused(Refusal::Staff(refusal)) => match refusal {
            StaffRefusal::LoginFailed => "login_failed",
            StaffRefusal::NotActivated => "not_activated",
            StaffRefusal::WrongCode => "wrong_code",
            StaffRefusal::TooSoon { .. } => "too_soon",
            StaffRefusal::EmailTaken => "email_taken",
            StaffRefusal::OrganisationExists => "organisation_exists",
            StaffRefusal::LinkInvalid => "link_invalid",
            _ => "refused",
        },
        Error::Refused(_) => "refused",
    }
}
