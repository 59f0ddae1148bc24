//! The operation log: who did what to what, from where, and how it ended.

use hongyan_model::{OrgId, Refusal, Result, StaffId, Timestamp};
use hongyan_store::audit::{self, AuditFilter, AuditRow};
use serde_json::Value;

use crate::roles::{Permission, Role};
use crate::staff::Staff;
use crate::{Platform, organisations};

/// Lines are kept for this long.
const KEPT_MS: i64 = 180 * 24 * 3600 * 1000;
/// Lines deleted in one go.
const PRUNE_BATCH: u32 = 1000;
/// Largest page.
const PAGE: u32 = 500;
/// Longest detail, in bytes.
const DETAIL_BYTES: usize = 4 * 1024;
/// Longest of the other texts, in characters.
const TEXT_CHARS: usize = 256;
/// Deepest nesting that is looked into for secrets; what is deeper is not shown.
const DEPTH: usize = 16;
/// What is in the place of a secret.
const MASK: &str = "******";

/// One line of the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// When.
    pub time: Timestamp,
    /// Organisation it happened in, if in one.
    pub org: Option<OrgId>,
    /// Who, if an account.
    pub staff: Option<StaffId>,
    /// Address of who, or as given by whoever tried.
    pub email: String,
    /// Role at that time, if an account.
    pub role: Option<Role>,
    /// Where the request came from.
    pub ip: String,
    /// App it was about.
    pub app_key: Option<String>,
    /// Part of the console, such as `users`.
    pub module: String,
    /// What was done, such as `create`.
    pub action: String,
    /// To what.
    pub target: String,
    /// `ok`, or the code of the failure.
    pub result: String,
    /// JSON text; cut at 4 KB.
    pub detail: String,
}

/// Which lines; absent fields do not narrow.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Filter {
    /// Of the organisation called so, which has to be in reach; without one, of all that are.
    pub org: Option<String>,
    /// Of this account.
    pub staff: Option<StaffId>,
    /// About this app.
    pub app_key: Option<String>,
    /// Of this part of the console.
    pub module: Option<String>,
    /// That ended well, or did not.
    pub succeeded: Option<bool>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub to: Option<Timestamp>,
    /// With this in address, action, target or detail.
    pub text: Option<String>,
}

/// One page of the log, the newest lines first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// The lines, with their numbers.
    pub entries: Vec<(i64, Entry)>,
    /// Where the next page begins; `None` behind the last.
    pub cursor: Option<String>,
}

/// Writes a line; what is too long is cut.
pub async fn record(p: &Platform, entry: Entry) -> Result<()> {
    let row = AuditRow {
        id: 0,
        time: entry.time,
        org: entry.org,
        staff: entry.staff,
        email: storable(&entry.email),
        role: entry.role.map_or("", Role::as_str).to_owned(),
        ip: storable(&entry.ip),
        app_key: entry.app_key.as_deref().map(storable),
        module: storable(&entry.module),
        action: storable(&entry.action),
        target: storable(&entry.target),
        result: storable(&entry.result),
        detail: shortened(entry.detail),
    };
    Ok(audit::insert(p.store(), &row).await?)
}

/// A page of what `by` may see, behind the `cursor` of the page before.
pub async fn page(
    p: &Platform,
    by: &Staff,
    filter: Filter,
    cursor: Option<&str>,
    limit: u32,
) -> Result<Page> {
    let before = cursor.map(parse_cursor).transpose()?;
    let limit = limit.clamp(1, PAGE);
    let filter = within_reach(p, by, filter).await?;
    let rows = audit::page(p.store(), &filter, before, limit).await?;
    let is_last = rows.len() < limit as usize;
    let cursor = rows.last().filter(|_| !is_last).map(|row| format!("{}.{}", row.time, row.id));
    let mut entries: Vec<_> = rows.into_iter().map(entry).collect();
    if !p.store().catalogue().billing.enabled {
        // While money is off no page speaks of any.
        let of_money = entries.iter_mut().filter(|(_, entry)| entry.module == "billing");
        of_money.for_each(|(_, entry)| entry.detail.clear());
    }
    Ok(Page { entries, cursor })
}

/// Deletes lines older than 180 days; answers how many. Stopping at any point loses nothing.
pub async fn sweep(p: &Platform) -> Result<u64> {
    let before = p.clock().now() - KEPT_MS;
    let mut deleted = 0;
    loop {
        let batch = audit::prune(p.store(), before, PRUNE_BATCH).await?;
        deleted += batch;
        if batch < u64::from(PRUNE_BATCH) {
            return Ok(deleted);
        }
    }
}

/// `value` without its secrets: what stands behind keys that name one is masked.
#[must_use]
pub fn masked(value: Value) -> Value {
    mask(value, DEPTH)
}

fn mask(value: Value, depth: usize) -> Value {
    match value {
        Value::Object(_) | Value::Array(_) if depth == 0 => MASK.into(),
        Value::Object(fields) => Value::Object(
            fields
                .into_iter()
                .map(|(key, value)| {
                    let may_hold_one = !value.is_null() && !value.is_boolean();
                    let is_secret = may_hold_one && is_secret(&key);
                    let value = if is_secret { MASK.into() } else { mask(value, depth - 1) };
                    (key, value)
                })
                .collect(),
        ),
        Value::Array(items) => {
            Value::Array(items.into_iter().map(|item| mask(item, depth - 1)).collect())
        }
        plain => plain,
    }
}

/// Whether a field of this name holds a secret.
fn is_secret(key: &str) -> bool {
    const PARTS: [&str; 9] = [
        "password",
        "passwd",
        "secret",
        "token",
        "captcha",
        "credential",
        "private_key",
        "certificate",
        "ticket",
    ];
    // `old` and `new` are the two of a change of password.
    const WORDS: [&str; 10] =
        ["code", "codes", "nonce", "proof", "key_file", "p12", "file", "server_key", "old", "new"];
    let key = key.to_lowercase();
    WORDS.contains(&key.as_str()) || PARTS.iter().any(|part| key.contains(part))
}

/// A developer sees its own lines, an admin its organisation's, an operator all.
async fn within_reach(p: &Platform, by: &Staff, filter: Filter) -> Result<AuditFilter> {
    let sees_everything = by.role == Role::Operator && filter.org.is_none();
    let org = if sees_everything {
        None
    } else {
        Some(organisations::within_reach(p, by, filter.org.as_deref()).await?)
    };
    let own = (!by.role.allows(Permission::AuditAll)).then_some(by.id);
    Ok(AuditFilter {
        org,
        staff: own.or(filter.staff),
        app_key: filter.app_key.map(|key| storable(&key)),
        module: filter.module.map(|module| storable(&module)),
        succeeded: filter.succeeded,
        from: filter.from,
        to: filter.to,
        text: filter.text.filter(|text| !text.is_empty()).map(|text| storable(&text)),
    })
}

fn entry(row: AuditRow) -> (i64, Entry) {
    let entry = Entry {
        time: row.time,
        org: row.org,
        staff: row.staff,
        email: row.email,
        role: Role::parse(&row.role),
        ip: row.ip,
        app_key: row.app_key,
        module: row.module,
        action: row.action,
        target: row.target,
        result: row.result,
        detail: row.detail,
    };
    (row.id, entry)
}

fn parse_cursor(cursor: &str) -> Result<(Timestamp, i64), Refusal> {
    let parse = || {
        let (time, id) = cursor.split_once('.')?;
        Some((time.parse().ok()?, id.parse().ok()?))
    };
    parse().ok_or(Refusal::Invalid { name: "cursor", why: "not one of ours".to_owned() })
}

/// Cut to its limit, without NUL characters, which PostgreSQL has no text with.
fn storable(text: &str) -> String {
    text.chars().filter(|c| *c != '\0').take(TEXT_CHARS).collect()
}

/// Detail that is too long is no JSON any more once it is cut, so it becomes a JSON text.
fn shortened(detail: String) -> String {
    let detail = detail.replace('\0', "");
    if detail.len() <= DETAIL_BYTES {
        return detail;
    }
    // Quotes are escaped and may take a second byte.
    let mut end = DETAIL_BYTES / 2 - 8;
    while !detail.is_char_boundary(end) {
        end -= 1;
    }
    Value::from(format!("{}…", &detail[..end])).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_wherever_they_are() {
        let body = json!({
            "email": "a@b.c", "password": "x", "new_password": "y", "code": 123456, "reason_code": 7,
            "may_reveal_secret": true, "client_secret": null, "list": [{"accessToken": "t", "name": "n"}], "proof": {"nonce": "1"},
        });
        let expected = json!({
            "email": "a@b.c", "password": "******", "new_password": "******", "code": "******", "reason_code": 7,
            "may_reveal_secret": true, "client_secret": null, "list": [{"accessToken": "******", "name": "n"}], "proof": "******",
        });
        assert_eq!(masked(body), expected);
    }

    #[test]
    fn what_is_too_deep_is_not_shown() {
        let mut deep = json!({"password": "x"});
        for _ in 0..100 {
            deep = json!([deep]);
        }
        assert!(!masked(deep).to_string().contains('x'));
    }

    #[test]
    fn long_details_are_cut_and_stay_json() {
        let long = json!({"text": "鸿\"".repeat(5000)}).to_string();
        let cut = shortened(long);
        assert!(cut.len() <= DETAIL_BYTES, "{}", cut.len());
        assert!(serde_json::from_str::<Value>(&cut).unwrap().is_string());
        assert_eq!(shortened("{}".to_owned()), "{}");
    }
}
