//! Who has which tag.

use std::sync::Arc;
use std::time::Duration;

use hongyan_model::{
    App, AppId, Caller, Fault, Feature, Refusal, Result, TagOf, Timestamp, UserId,
};
use hongyan_platform::moderation;
use hongyan_store::moderation as stored;

use super::Tagged;
use crate::page::decode_cursor;
use crate::users::require_app;
use crate::{Messaging, Page};

/// Members in one call.
const BATCH: usize = 1000;
/// Lines on a page.
const PAGE: usize = 100;
/// Length of a member's name in bytes.
const MEMBER_BYTES: usize = 255;
/// Users and chats whose tags are kept in memory.
const CACHED: u64 = 100_000;
/// As long as nobody asks for them.
const IDLE: Duration = Duration::from_secs(10 * 60);

/// The tags of users and chats, by the app's count of changes.
pub(super) struct TagCache(moka::future::Cache<(AppId, u64, String), Arc<[String]>>);

impl Default for TagCache {
    fn default() -> Self {
        Self(moka::future::Cache::builder().max_capacity(CACHED).time_to_idle(IDLE).build())
    }
}

/// The tags that a user, group or chat room has.
pub(super) async fn of(m: &Messaging, app: &App, member: &str) -> Result<Vec<String>> {
    if app.settings.moderation.tags.is_empty() {
        return Ok(Vec::new());
    }
    let key = (app.id, app.settings.moderation.tagged, member.to_owned());
    let read = async { Ok(stored::tags_of(m.store(), app.id, member).await?.into()) };
    let tags: std::result::Result<Arc<[String]>, Arc<hongyan_model::Error>> =
        m.0.moderation.tags.0.try_get_with(key, read).await;
    let tags = tags.map_err(|error| Fault::new("cannot read tags", error.to_string()))?;
    Ok(tags.to_vec())
}

/// How many have each tag; tags that nobody has are missing.
pub async fn tag_sizes(m: &Messaging, caller: &Caller) -> Result<Vec<(String, u64)>> {
    require_app(caller)?;
    Ok(stored::tag_sizes(m.store(), caller.app.id).await?)
}

/// A page of who has the tag and whose name holds `search`, in order, and since when.
pub async fn tagged(
    m: &Messaging,
    caller: &Caller,
    tag: &str,
    search: &str,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<(String, Timestamp)>> {
    require_app(caller)?;
    let after = cursor.map(|cursor| decode_cursor(cursor, |name| Some(name.to_owned())));
    let after = after.transpose()?;
    let limit = limit.clamp(1, PAGE);
    let of = (caller.app.id, tag);
    // Names of users are stored in lower case, ids as they were given.
    let search = match moderation::tag(&caller.app, tag)?.of {
        TagOf::Users => search.trim().to_lowercase(),
        TagOf::Chats => search.trim().to_owned(),
    };
    let found = stored::tagged(m.store(), of, &search, after.as_deref(), limit + 1).await?;
    Ok(Page::of(found, limit, |(member, _)| member.clone()))
}

/// Gives users, or groups and chat rooms, a tag. A user has one tag only: those that have another keep it. Whether they
/// exist is not asked: they may be made later.
pub async fn tag(m: &Messaging, caller: &Caller, tag: &str, members: &[String]) -> Result<Tagged> {
    require_app(caller)?;
    moderation::require(&caller.app)?;
    let tag = moderation::tag(&caller.app, tag)?;
    let members = checked(tag.of, members)?;
    let tags = caller.app.settings.moderation.tags.iter();
    let (most, excluding) = match tag.of {
        TagOf::Users => {
            let others = tags.filter(|other| other.of == TagOf::Users && other.id != tag.id);
            let others = others.map(|other| other.id.clone()).collect();
            (Feature::UserTagMembersMax, others)
        }
        TagOf::Chats => (Feature::ChatTagMembersMax, Vec::new()),
    };
    let bounds = (caller.app.most(most), excluding.as_slice());
    let of = (caller.app.id, tag.id.as_str());
    let done = stored::tag(m.store(), of, &members, bounds, m.clock().now()).await?;
    moderation::touch_tag(m.platform(), caller.app.id, &tag.id).await?;
    Ok(done)
}

/// Takes the tag from some who have it; how many had it.
pub async fn untag(m: &Messaging, caller: &Caller, tag: &str, members: &[String]) -> Result<u64> {
    require_app(caller)?;
    let of = moderation::tag(&caller.app, tag)?.of;
    let members = checked(of, members)?;
    let removed = stored::untag(m.store(), (caller.app.id, tag), &members).await?;
    moderation::touch_tag(m.platform(), caller.app.id, tag).await?;
    Ok(removed)
}

/// Takes the tag from all who have it.
pub async fn clear_tag(m: &Messaging, caller: &Caller, tag: &str) -> Result<()> {
    require_app(caller)?;
    moderation::tag(&caller.app, tag)?;
    stored::clear_tag(m.store(), caller.app.id, tag).await?;
    moderation::touch_tag(m.platform(), caller.app.id, tag).await
}

/// Removes a tag that no rule and no list uses, and takes it from all who have it.
pub async fn delete_tag(m: &Messaging, caller: &Caller, tag: &str) -> Result<()> {
    require_app(caller)?;
    moderation::delete_tag(m.platform(), caller.app.id, tag).await?;
    Ok(stored::clear_tag(m.store(), caller.app.id, tag).await?)
}

fn checked(of: TagOf, members: &[String]) -> Result<Vec<String>, Refusal> {
    if members.len() > BATCH {
        return Err(Refusal::TooMany { name: "members", limit: BATCH });
    }
    let mut names = Vec::with_capacity(members.len());
    for name in members.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
        let name = match of {
            TagOf::Users => UserId::parse(name)?.to_string(),
            TagOf::Chats if name.len() > MEMBER_BYTES || name.contains('\0') => {
                let why = format!("{name:.32} is no id");
                return Err(Refusal::Invalid { name: "members", why });
            }
            TagOf::Chats => name.to_owned(),
        };
        if !names.contains(&name) {
            names.push(name);
        }
    }
    if names.is_empty() { Err(Refusal::Missing { name: "members" }) } else { Ok(names) }
}
