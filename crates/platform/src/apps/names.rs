//! Names and texts of apps and organisations.

use hongyan_model::{Refusal, Result, limits};

const NAME_BYTES: usize = 32;
/// Stands in a path in the place of the organisation when an app's id follows.
pub(super) const BY_ID: &str = "app-id";
/// First path segments that are not organisations.
const RESERVED_ORGS: [&str; 11] = [
    "api",
    BY_ID,
    "chat",
    "console",
    "docs",
    "easemob",
    "healthz",
    "metrics",
    "readyz",
    "websocket",
    "ws",
];

/// Refuses what cannot be the name of an organisation.
pub(crate) fn check_org(name: &str) -> Result<(), Refusal> {
    check_name("org", name)?;
    if RESERVED_ORGS.contains(&name) {
        return Err(Refusal::Invalid { name: "org", why: format!("{name} is reserved") });
    }
    Ok(())
}

/// Refuses what cannot be the name of an app.
pub(super) fn check_app(name: &str) -> Result<(), Refusal> {
    check_name("name", name)
}

/// Refuses product names and descriptions that are too long.
pub(super) fn check_texts(product_name: &str, description: &str) -> Result<(), Refusal> {
    check_text("product_name", product_name, limits::PRODUCT_NAME_CHARS)?;
    check_text("description", description, limits::APP_DESCRIPTION_CHARS)
}

/// Whether it can be the name of an app or an organisation.
pub(super) fn is_legal(name: &str) -> bool {
    let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=NAME_BYTES).contains(&name.len()) && name.bytes().all(legal)
}

fn check_name(name: &'static str, given: &str) -> Result<(), Refusal> {
    if is_legal(given) {
        return Ok(());
    }
    Err(Refusal::Invalid { name, why: format!("1 to {NAME_BYTES} of a-z, 0-9 and -") })
}

fn check_text(name: &'static str, text: &str, limit: usize) -> Result<(), Refusal> {
    if text.chars().count() > limit {
        return Err(Refusal::Invalid { name, why: format!("at most {limit} characters") });
    }
    // PostgreSQL has no text with it.
    if text.contains('\0') {
        return Err(Refusal::Invalid { name, why: "holds a NUL character".to_owned() });
    }
    Ok(())
}
