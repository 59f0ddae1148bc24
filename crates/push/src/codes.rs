//! What a vendor's code means.

use std::collections::BTreeMap;

use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::Reply;
use crate::outcome::Outcome;

/// What is kept of a vendor's words, in characters.
const WORDS_CHARS: usize = 200;

/// What a code of a vendor means.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Taken.
    Delivered,
    /// The device's token is no longer good.
    InvalidToken,
    /// The access token is no longer good: another one is asked for, once.
    StaleAccess,
    /// The credential is not accepted.
    AuthFailed,
    /// No more today.
    OverQuota,
    /// Too fast.
    RateLimited,
    /// Out of order; trying again may help.
    Unavailable,
    /// This notice is refused.
    Rejected,
}

pub(crate) type Table = &'static [(&'static str, Meaning)];

/// A vendor's codes: those of the operator before our own.
pub(crate) struct Codes {
    changed: BTreeMap<String, Meaning>,
    table: Table,
}

impl Codes {
    pub(crate) fn new(changed: &BTreeMap<String, Meaning>, table: Table) -> Self {
        Self { changed: changed.clone(), table }
    }

    pub(crate) fn of(&self, code: &str) -> Option<Meaning> {
        let known = || self.table.iter().find(|(known, _)| *known == code);
        self.changed.get(code).copied().or_else(|| known().map(|(_, meaning)| *meaning))
    }
}

/// What a reply comes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    Done(Outcome),
    /// The access token was refused.
    Stale {
        why: String,
    },
}

/// What stands in a reply, as far as it is needed to judge it.
pub(crate) struct Said<'a> {
    pub(crate) code: &'a str,
    pub(crate) why: &'a str,
    pub(crate) vendor_id: Option<String>,
}

pub(crate) fn verdict(meaning: Meaning, said: Said<'_>, reply: &Reply) -> Verdict {
    let why = words(said.code, said.why);
    Verdict::Done(match meaning {
        Meaning::StaleAccess => return Verdict::Stale { why },
        Meaning::Delivered => Outcome::Delivered { vendor_id: said.vendor_id },
        Meaning::InvalidToken => Outcome::InvalidToken { why },
        Meaning::AuthFailed => Outcome::AuthFailed { why },
        Meaning::OverQuota => Outcome::OverQuota { why },
        Meaning::RateLimited => Outcome::RateLimited { retry_after: reply.retry_after() },
        Meaning::Unavailable => Outcome::Unavailable { why, retry_after: reply.retry_after() },
        Meaning::Rejected => {
            Outcome::Rejected { code: said.code.to_owned(), why: shortened(said.why) }
        }
    })
}

/// What HTTP alone says; `None` where it says "fine".
pub(crate) fn by_status(status: StatusCode) -> Option<Meaning> {
    match status {
        status if status.is_success() => None,
        StatusCode::UNAUTHORIZED => Some(Meaning::StaleAccess),
        StatusCode::FORBIDDEN => Some(Meaning::AuthFailed),
        StatusCode::TOO_MANY_REQUESTS => Some(Meaning::RateLimited),
        StatusCode::REQUEST_TIMEOUT => Some(Meaning::Unavailable),
        status if status.is_server_error() => Some(Meaning::Unavailable),
        _ => Some(Meaning::Rejected),
    }
}

/// A reply without a code that is known.
pub(crate) fn unknown(reply: &Reply, code: Option<&str>, why: &str) -> Verdict {
    let status = reply.status.as_u16().to_string();
    let meaning = by_status(reply.status).unwrap_or(match code {
        Some(_) => Meaning::Rejected,
        // A success that cannot be read: a proxy's page, a maintenance notice.
        None => Meaning::Unavailable,
    });
    verdict(meaning, Said { code: code.unwrap_or(&status), why, vendor_id: None }, reply)
}

/// A code and the words beside it, as one line.
pub(crate) fn words(code: &str, why: &str) -> String {
    match (code, why) {
        ("", why) => shortened(why),
        (code, "") => shortened(code),
        (code, why) => shortened(&format!("{code}: {why}")),
    }
}

pub(crate) fn shortened(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(WORDS_CHARS).collect()
}
