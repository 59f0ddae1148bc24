//! 用户标签管理.

use hongyan_messaging::moderation as domain;
use hongyan_model::{ModerationTag, TagOf, Timestamp};
use hongyan_platform::moderation;
use http::Method;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{READ, WRITE};
use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Routes, write};
use crate::errors::Failure;
use crate::page::PageQuery;

pub(super) fn routes() -> Routes {
    const TAGS: &str = "/apps/{org}/{app}/moderation/tags";
    const ONE: &str = "/apps/{org}/{app}/moderation/tags/{tag}";
    const MEMBERS: &str = "/apps/{org}/{app}/moderation/tags/{tag}/members";
    let of_tag = |action: &'static str| write("moderation_tags", action);
    Routes::default()
        .write(Method::POST, TAGS, WRITE, of_tag("create"), create)
        .write(Method::PUT, ONE, WRITE, of_tag("rename"), rename)
        .write(Method::DELETE, ONE, WRITE, of_tag("delete"), delete)
        .get(MEMBERS, READ, members)
        .write(Method::POST, MEMBERS, WRITE, of_tag("add_members"), add)
        .write(
            Method::POST,
            "/apps/{org}/{app}/moderation/tags/{tag}/remove",
            WRITE,
            of_tag("remove_members"),
            remove,
        )
        .write(
            Method::POST,
            "/apps/{org}/{app}/moderation/tags/{tag}/clear",
            WRITE,
            of_tag("clear"),
            clear,
        )
}

/// A new tag.
#[derive(Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TagForm {
    name: String,
    #[ts(type = "\"users\" | \"chats\"")]
    of: TagOf,
}

/// Another name.
#[derive(Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TagName {
    name: String,
}

/// A tag.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TagRow {
    id: String,
    name: String,
    /// `users`, or `chats`: groups and chat rooms.
    #[ts(type = "\"users\" | \"chats\"")]
    of: TagOf,
    members: u64,
    updated: Timestamp,
}

/// Who is to get a tag, or to lose it; at most 1000.
#[derive(Deserialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TagMembers {
    members: Vec<String>,
}

/// What became of them.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TaggedMembers {
    added: usize,
    already: usize,
    /// They have another tag, and a user has one only.
    elsewhere: usize,
    over_limit: usize,
}

/// Who has a tag.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TagMember {
    member: String,
    added: Timestamp,
}

/// A page of who has a tag.
#[derive(Serialize, TS)]
#[ts(export_to = "moderation.ts")]
pub(crate) struct TagsMembers {
    items: Vec<TagMember>,
    cursor: Option<String>,
}

async fn create(call: Call) -> Result<Answer, Failure> {
    let (app, TagForm { name, of }) = (call.app()?, call.body()?);
    let tag = moderation::create_tag(call.platform(), app.id, &name, of).await?;
    Ok(Answer::json(&TagRow::of(&tag, 0)).target(tag.name.clone()))
}

async fn rename(call: Call) -> Result<Answer, Failure> {
    let (app, TagName { name }) = (call.app()?, call.body()?);
    let tag = moderation::rename_tag(call.platform(), app.id, call.path("tag"), &name).await?;
    let sizes = domain::tag_sizes(call.messaging(), &call.caller()?).await?;
    let size = sizes.iter().find(|(id, _)| *id == tag.id).map_or(0, |(_, size)| *size);
    Ok(Answer::json(&TagRow::of(&tag, size)).target(tag.name.clone()))
}

async fn delete(call: Call) -> Result<Answer, Failure> {
    let name = name_of(&call)?;
    domain::delete_tag(call.messaging(), &call.caller()?, call.path("tag")).await?;
    Ok(Answer::done().target(name))
}

async fn members(call: Call) -> Result<Answer, Failure> {
    let (caller, query) = (call.caller()?, call.query::<PageQuery>()?);
    let (tag, cursor, limit) = (call.path("tag"), query.cursor.as_deref(), query.limit());
    let page =
        domain::tagged(call.messaging(), &caller, tag, query.search(), cursor, limit).await?;
    let items = page.items.into_iter().map(|(member, added)| TagMember { member, added });
    Ok(Answer::json(&TagsMembers { items: items.collect(), cursor: page.cursor }))
}

async fn add(call: Call) -> Result<Answer, Failure> {
    let (caller, TagMembers { members }) = (call.caller()?, call.body()?);
    let done = domain::tag(call.messaging(), &caller, call.path("tag"), &members).await?;
    let domain::Tagged { added, already, elsewhere, over_limit } = done;
    let answer = Answer::json(&TaggedMembers { added, already, elsewhere, over_limit });
    Ok(answer.target(name_of(&call)?))
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (caller, TagMembers { members }) = (call.caller()?, call.body()?);
    domain::untag(call.messaging(), &caller, call.path("tag"), &members).await?;
    Ok(Answer::done().target(name_of(&call)?))
}

async fn clear(call: Call) -> Result<Answer, Failure> {
    domain::clear_tag(call.messaging(), &call.caller()?, call.path("tag")).await?;
    Ok(Answer::done().target(name_of(&call)?))
}

fn name_of(call: &Call) -> Result<String, Failure> {
    Ok(moderation::tag(call.app()?, call.path("tag"))?.name.clone())
}

impl TagRow {
    pub(super) fn of(tag: &ModerationTag, members: u64) -> Self {
        Self {
            id: tag.id.clone(),
            name: tag.name.clone(),
            of: tag.of,
            members,
            updated: tag.updated,
        }
    }
}
