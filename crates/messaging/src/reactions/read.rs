//! Looking at reactions.

use std::collections::HashMap;

use hongyan_model::limits::{REACTION_BATCH, REACTION_USER_PAGE};
use hongyan_model::{
    Caller, ChatType, Conversation, Error, Feature, MessageId, Refusal, Result, UserId,
};
use hongyan_store::reactions as stored;
use serde_json::{Value, json};

use super::{Reaction, check, reactable, require_reactions};
use crate::messages::access;
use crate::page::{Page, decode_cursor};
use crate::{Messaging, threads, users};

/// Of which messages to see the reactions.
#[derive(Clone, Debug)]
pub struct ListQuery {
    /// Their ids; at most 20.
    pub messages: Vec<String>,
    /// Where they are: one-to-one, or in `group`.
    pub chat: ChatType,
    /// The group, or thread, if they are in one.
    pub group: Option<String>,
}

/// Who has added a reaction.
#[derive(Clone, Debug)]
pub struct ReactionUsers {
    /// The reaction; `None` if nobody has.
    pub reaction: Option<Reaction>,
    /// A page of them, the first first.
    pub users: Page<UserId>,
}

/// The reactions below some messages, as `user` sees them; of what it does not see there are none.
pub async fn list(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    query: &ListQuery,
) -> Result<Vec<(String, Vec<Reaction>)>> {
    let user = users::subject(m, caller, user).await?;
    require_reactions(caller)?;
    if query.messages.is_empty() {
        return Err(Refusal::Missing { name: "msgIdList" }.into());
    }
    if query.messages.len() > REACTION_BATCH {
        return Err(Refusal::TooMany { name: "msgIdList", limit: REACTION_BATCH }.into());
    }
    let group = match (query.chat, &query.group) {
        (ChatType::Single, _) => None,
        (_, Some(group)) => Some(group),
        (_, None) => return Err(Refusal::Missing { name: "groupId" }.into()),
    };
    let place = match &group {
        Some(group) => Some(access::conference(m, caller, &user, group).await?),
        None => None,
    };
    let here = async |conversation: &Conversation| {
        Ok::<_, Error>(match (conversation, &place) {
            (Conversation::Single(..), None) => true,
            (Conversation::Thread(found), Some(Conversation::Group(group))) => {
                let thread = threads::facts(m, caller.app.id, found).await?;
                thread.is_some_and(|thread| thread.group == *group)
            }
            (found, Some(place)) => found == place,
            (_, None) => false,
        })
    };
    let mut seen: Vec<MessageId> = Vec::new();
    for id in &query.messages {
        match reactable(m, caller, &user, id).await {
            Ok(found) if here(&found.conversation).await? => seen.push(found.message.id),
            Ok(_) | Err(Error::Refused(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    let mut found = by_message(m, caller, &user, &seen).await?;
    let of = |id: &String| id.parse().ok().map(MessageId);
    let rows = query.messages.iter().map(|id| {
        let reactions = of(id).and_then(|message| found.remove(&message)).unwrap_or_default();
        (id.clone(), reactions)
    });
    Ok(rows.collect())
}

/// Who has added a reaction to a message: a page of at most 50.
pub async fn users_of(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    (message, reaction): (&str, &str),
    cursor: Option<&str>,
    limit: usize,
) -> Result<ReactionUsers> {
    let user = users::subject(m, caller, user).await?;
    require_reactions(caller)?;
    check(&caller.app, reaction)?;
    if limit == 0 || limit > REACTION_USER_PAGE {
        return Err(Refusal::TooMany { name: "limit", limit: REACTION_USER_PAGE }.into());
    }
    let after = cursor.map(|cursor| decode_cursor(cursor, |key| key.parse().ok())).transpose()?;
    let message = reactable(m, caller, &user, message).await?.message.id;
    let (app, store) = (caller.app.id, m.store());
    let all = stored::of_messages(store, app, &[message], &user).await?;
    let known = all.into_iter().find(|known| known.reaction == reaction);
    let after = after.unwrap_or(i64::MIN);
    let rows = stored::users(store, app, message, reaction, after, limit + 1).await?;
    let Page { items, cursor } = Page::of(rows, limit, |(place, _)| place.to_string());
    let users = Page { items: items.into_iter().map(|(_, user)| user).collect(), cursor };
    Ok(ReactionUsers { reaction: known, users })
}

/// The reactions below the messages of a page of history, as JSON.
pub(crate) async fn of_page(
    m: &Messaging,
    caller: &Caller,
    reader: &UserId,
    page: &[MessageId],
) -> Result<HashMap<MessageId, Value>> {
    if !caller.app.enabled(Feature::Reaction) {
        return Ok(HashMap::new());
    }
    let found = by_message(m, caller, reader, page).await?;
    let rows = |reactions: &Vec<Reaction>| reactions.iter().map(to_json).collect::<Value>();
    Ok(found.iter().map(|(message, reactions)| (*message, rows(reactions))).collect())
}

async fn by_message(
    m: &Messaging,
    caller: &Caller,
    user: &UserId,
    messages: &[MessageId],
) -> Result<HashMap<MessageId, Vec<Reaction>>> {
    let mut found: HashMap<MessageId, Vec<Reaction>> = HashMap::new();
    for reaction in stored::of_messages(m.store(), caller.app.id, messages, user).await? {
        found.entry(reaction.message).or_default().push(reaction);
    }
    Ok(found)
}

/// A reaction as clients read it. The typings of the SDK call the number `userCount`, the documents `count`.
pub(crate) fn to_json(reaction: &Reaction) -> Value {
    json!({
        "reaction": reaction.reaction,
        "count": reaction.users,
        "userCount": reaction.users,
        "state": reaction.own,
        "userList": reaction.first.iter().map(UserId::as_str).collect::<Vec<_>>(),
    })
}
