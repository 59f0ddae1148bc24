//! Finding users by the beginning of their id.

use hongyan_model::{Caller, Result, User, UserId};
use hongyan_store::users as stored;

use super::{PAGE_LIMIT, place_from_key, place_to_key, require_app};
use crate::Messaging;
use crate::page::{Page, decode_cursor};

/// Users whose id begins with `prefix`, by id; without a prefix all users, the newest first.
///
/// A prefix that no id can have finds nobody.
pub async fn search(
    m: &Messaging,
    caller: &Caller,
    prefix: &str,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Page<User>> {
    require_app(caller)?;
    let app = caller.app.id;
    let limit = limit.clamp(1, PAGE_LIMIT);
    if prefix.is_empty() {
        let before = cursor.map(|cursor| decode_cursor(cursor, place_from_key)).transpose()?;
        let users = stored::newest(m.store(), app, before.as_ref(), limit + 1).await?;
        return Ok(Page::of(users, limit, place_to_key));
    }
    let Ok(prefix) = UserId::parse(prefix) else {
        return Ok(Page { items: Vec::new(), cursor: None });
    };
    let after = cursor.map(|cursor| decode_cursor(cursor, |key| UserId::parse(key).ok()));
    let after = after.transpose()?;
    let users =
        stored::with_prefix(m.store(), app, prefix.as_str(), after.as_ref(), limit + 1).await?;
    Ok(Page::of(users, limit, |user| user.id.to_string()))
}
