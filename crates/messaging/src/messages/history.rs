//! Roaming history.

use bytes::Bytes;
use hongyan_model::limits::HISTORY_PAGE;
use hongyan_model::{
    App, Audience, Caller, Conversation, DeviceId, EntryKind, Feature, IdGenerator, LogEntry,
    MessageId, Refusal, Result, RoomId, Timestamp, UserId,
};
use hongyan_msync::meta;

use super::annotations;
use super::past::{Past, Place, Wanted};
use crate::groups::Membership;
use crate::{Messaging, conversations, groups, rooms, threads, users};

/// Which part of a conversation to read.
#[derive(Clone, Debug)]
pub struct HistoryQuery {
    /// Of which conversation; a group may be a thread, since they are named alike.
    pub conversation: Conversation,
    /// Where the last page ended; `None` for the first.
    pub cursor: Option<String>,
    /// Most messages, at most 50.
    pub limit: usize,
    /// From old to new instead of from new to old.
    pub oldest_first: bool,
    /// Only these kinds; all if empty.
    pub kinds: Vec<EntryKind>,
    /// Only from this time on (Unix ms).
    pub from_time: Option<Timestamp>,
    /// Only up to this time (Unix ms).
    pub to_time: Option<Timestamp>,
    /// Only from this sender.
    pub sender: Option<UserId>,
}

/// A page of history.
#[derive(Clone, Debug)]
pub struct HistoryPage {
    /// Complete serialized protobuf `Meta`s, in the order asked for.
    pub metas: Vec<Bytes>,
    /// Where the next page continues; `None` at the end.
    pub next_cursor: Option<String>,
    /// Whether this is the last page.
    pub is_last: bool,
}

/// Reads a page of a conversation the calling user takes part in.
///
/// Receipts, commands, online-only and recalled messages are not history, nor are messages directed to others (to the
/// reader only where the app has `directed_roaming`), kept out of the reader's history, older than the app's plan keeps
/// them, or deleted by the reader. A user sees no one-to-one message older than its own registration, and no message of
/// a group or chat room older than that: the id may have belonged to somebody else before. Members see the whole
/// history, also from before they joined, and that of the group's threads, which they need not have joined. What was
/// imported stands where its time is; a user sees what was imported since it registered, however old it is. A
/// [`Conversation::Group`] may be a thread or a room: they share a name space.
///
/// A call looks at a bounded number of entries. Where a filter finds little among them, the page is short, or empty,
/// and its cursor leads on.
pub async fn history(m: &Messaging, caller: &Caller, query: HistoryQuery) -> Result<HistoryPage> {
    let reader = caller.user().ok_or(Refusal::NotPermitted)?;
    let feature = Feature::MessageRoaming;
    if !caller.app.enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    let (conversation, since) = admit_reader(m, caller, reader, query.conversation.clone()).await?;
    let deletions = conversations::deletions(m, caller.app.id, reader).await?;
    let key = conversation.key();
    let limit = query.limit.clamp(1, HISTORY_PAGE);
    let kinds: Vec<EntryKind> = match query.kinds.is_empty() {
        true => EntryKind::ALL.into_iter().filter(|kind| kind.is_history()).collect(),
        false => query.kinds.into_iter().filter(|kind| kind.is_history()).collect(),
    };
    let days = match conversation {
        Conversation::Room(_) => Feature::RoomMsgStorageDays,
        _ => Feature::MsgStorageDays,
    };
    let kept = IdGenerator::floor(m.clock().now().saturating_sub(caller.app.days(days)));
    let wanted = Wanted {
        oldest_first: query.oldest_first,
        kinds,
        sender: query.sender,
        from_time: query.from_time,
        to_time: query.to_time,
        since,
        after: kept.max(deletions.until(&key)),
        imports: matches!(conversation, Conversation::Single(..) | Conversation::Group(_)),
    };
    let cursor = query.cursor.as_deref().map(Place::parse).transpose()?;
    let place = (caller.app.id, &key);
    let mut past = Past::open(m.store().log(), place, wanted, limit + 1, cursor).await?;
    let mut page: Vec<LogEntry> = Vec::with_capacity(limit);
    let mut here = None;
    let next = loop {
        let Some(entry) = past.next().await? else { break past.rest() };
        let is_shown = is_visible(&entry, reader) && roams(&caller.app, &entry, reader);
        if !is_shown || deletions.holds(entry.id) {
            continue;
        }
        if page.len() == limit {
            break here;
        }
        page.push(entry);
        if page.len() == limit {
            here = Some(past.place());
        }
    };
    let mut added = annotations::of(m, caller, reader, &page).await?;
    let deliver = |entry: &LogEntry| {
        let stored = &entry.entry.meta;
        let stored = match added.remove(&entry.id) {
            Some(added) => annotations::annotated(stored, added),
            None => stored.clone(),
        };
        meta::delivered(entry.id.0, entry.timestamp.unsigned_abs(), &stored)
    };
    let is_last = next.is_none();
    let next_cursor = next.map(|place| place.to_string());
    Ok(HistoryPage { metas: page.iter().map(deliver).collect(), next_cursor, is_last })
}

/// The conversation that is meant, in which `reader` takes part, and the id after which it may read.
async fn admit_reader(
    m: &Messaging,
    caller: &Caller,
    reader: &UserId,
    conversation: Conversation,
) -> Result<(Conversation, MessageId)> {
    match &conversation {
        Conversation::Single(a, b) if a == reader || b == reader => {
            let user = users::facts(m, caller.app.id, reader).await?;
            let user = user.ok_or(Refusal::UserNotFound { user: reader.to_string() })?;
            let since = IdGenerator::floor(user.created);
            Ok((conversation, since))
        }
        Conversation::Group(group) => {
            let unknown = || Refusal::GroupNotFound { group: group.to_string() };
            match groups::membership(m, caller.app.id, group, reader).await? {
                Membership::Member { .. } => {}
                Membership::NotMember => return Err(Refusal::NotInGroup.into()),
                Membership::NoGroup => {
                    let found = admit_elsewhere(m, caller, reader, group.as_str()).await?;
                    return Ok(found.ok_or_else(unknown)?);
                }
            }
            let found = hongyan_store::groups::find(m.store(), caller.app.id, group).await?;
            let since = IdGenerator::floor(found.ok_or_else(unknown)?.created);
            Ok((conversation, since))
        }
        Conversation::Room(room) => {
            let since = admit_to_room(m, caller, room).await?;
            Ok((conversation, since))
        }
        Conversation::Single(..) | Conversation::Thread(_) | Conversation::System(_) => {
            Err(Refusal::NotPermitted.into())
        }
    }
}

/// The thread or chat room that has an id, if there is one.
async fn admit_elsewhere(
    m: &Messaging,
    caller: &Caller,
    reader: &UserId,
    id: &str,
) -> Result<Option<(Conversation, MessageId)>> {
    if let Some(thread) = threads::seen_by(m, caller, Some(reader), id).await? {
        let since = IdGenerator::floor(thread.created);
        return Ok(Some((Conversation::Thread(thread.id.clone()), since)));
    }
    let room = RoomId::from_trusted(id);
    if hongyan_store::rooms::find(m.store(), caller.app.id, &room).await?.is_none() {
        return Ok(None);
    }
    let since = admit_to_room(m, caller, &room).await?;
    Ok(Some((Conversation::Room(room), since)))
}

/// The id after which the calling member may read what a room said.
async fn admit_to_room(m: &Messaging, caller: &Caller, room: &RoomId) -> Result<MessageId> {
    let feature = Feature::RoomHistory;
    let days = caller.app.quota(Feature::RoomMsgStorageDays);
    if !caller.app.enabled(feature) || days == Some(0) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    Ok(IdGenerator::floor(rooms::admit_member(m, caller, room).await?.created))
}

/// Whether history shows `reader` what it may see: not what its sender wanted to keep out, nor, unless the app wants it,
/// what was said to some members of a group or chat room.
fn roams(app: &App, entry: &LogEntry, reader: &UserId) -> bool {
    let entry = &entry.entry;
    let is_directed =
        !entry.conversation.is_single() && matches!(entry.audience, Audience::Only(_));
    !entry.unroamed.contains(reader) && (!is_directed || app.enabled(Feature::DirectedRoaming))
}

/// Whether the entry was meant for `reader`, or is its own.
pub(crate) fn is_visible(entry: &LogEntry, reader: &UserId) -> bool {
    // A message to one device of the reader was meant for the reader all the same.
    let any_device = DeviceId::from_trusted("");
    entry.entry.sender == *reader
        || match &entry.entry.audience {
            Audience::Device(user, _) => user == reader,
            audience => audience.includes(reader, &any_device),
        }
}
