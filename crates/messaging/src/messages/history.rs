//! Roaming history.

use bytes::Bytes;
use hongyan_model::limits::HISTORY_PAGE;
use hongyan_model::{
    Caller, Conversation, ConversationKey, DeviceId, EntryKind, Feature, IdGenerator, LogEntry,
    MessageId, Refusal, Result, RoomId, Timestamp, UserId,
};
use hongyan_msync::meta;
use hongyan_store::{HistoryEntries, HistoryFilter};

use super::annotations;
use crate::groups::Membership;
use crate::{Messaging, conversations, groups, rooms, threads, users};

/// Entries that one step of a call looks at.
const SCAN: u64 = 10_000;
/// Ids of messages are greater, positions in a conversation are not.
const FIRST_ID: u64 = 1 << 48;
/// Steps of one call; there is more than one where full pages hold little for the reader.
const STEPS: usize = 5;

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
/// Receipts, commands, online-only and recalled messages are not history, nor are messages
/// directed to others, older than the app's plan keeps them, or deleted by the reader. A user sees no one-to-one message older
/// than its own registration, and no message of a group or chat room older than that: the id may have belonged to somebody else
/// before. Members see the whole history, also from before they joined, and that of the group's threads, which they need not have
/// joined. A [`Conversation::Group`] may be a thread or a room: they share a name space.
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
    let span = Span::of(m, caller, &conversation, &query, since.max(deletions.until(&key)));
    let limit = query.limit.clamp(1, HISTORY_PAGE);
    let kinds = match query.kinds.is_empty() {
        true => EntryKind::ALL.into_iter().filter(|kind| kind.is_history()).collect(),
        false => query.kinds.into_iter().filter(|kind| kind.is_history()).collect(),
    };
    let cursor = match query.cursor.as_deref().map(parse_cursor).transpose()? {
        // The SDK's typings call the cursor a message id, and apps take them at their word.
        Some(id) if id >= FIRST_ID => {
            Some(m.store().log().position(caller.app.id, &key, MessageId(id)).await?)
        }
        cursor => cursor,
    };
    let mut filter = HistoryFilter {
        from: match cursor {
            Some(cursor) => Some(cursor),
            None => span.start(m, caller, &key, query.oldest_first).await?,
        },
        oldest_first: query.oldest_first,
        limit: limit + 1,
        kinds,
        sender: query.sender,
        from_time: query.from_time,
        to_time: query.to_time,
        after_id: Some(span.after),
    };
    let seen = |entry: &LogEntry| is_visible(entry, reader) && !deletions.holds(entry.id);
    let mut page: Vec<LogEntry> = Vec::with_capacity(limit);
    let mut steps = 0;
    let next = loop {
        let log = m.store().log();
        let HistoryEntries { entries, stopped_at } =
            log.history_within(caller.app.id, &key, filter.clone(), SCAN).await?;
        let is_full = entries.len() > limit;
        filter.from = entries.last().map(|entry| entry.seq);
        page.extend(entries.into_iter().filter(seen));
        if page.len() > limit {
            page.truncate(limit);
            break page.last().map(|entry| entry.seq);
        }
        steps += 1;
        match (is_full, stopped_at) {
            (true, _) if steps < STEPS => {}
            (true, _) => break filter.from,
            (false, None) => break None,
            (false, Some(at)) => {
                let ends = span.ends(m, caller, &key, query.oldest_first, at).await?;
                break (!ends).then_some(at);
            }
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
    let next_cursor = next.map(|seq| seq.to_string());
    Ok(HistoryPage { metas: page.iter().map(deliver).collect(), next_cursor, is_last })
}

/// The ids among which history is read.
struct Span {
    /// Only greater ones.
    after: MessageId,
    /// Only up to here.
    until: Option<MessageId>,
}

impl Span {
    fn of(
        m: &Messaging,
        caller: &Caller,
        conversation: &Conversation,
        query: &HistoryQuery,
        admitted: MessageId,
    ) -> Self {
        let days = match conversation {
            Conversation::Room(_) => Feature::RoomMsgStorageDays,
            _ => Feature::MsgStorageDays,
        };
        let days = caller.app.days(days);
        let kept = IdGenerator::floor(m.clock().now().saturating_sub(days));
        let from = query.from_time.map(IdGenerator::floor);
        Self {
            after: kept.max(admitted).max(from.unwrap_or(kept)),
            until: query.to_time.map(|time| IdGenerator::floor(time.saturating_add(1))),
        }
    }

    /// Where reading begins without a cursor; `None` is the end of the conversation it is read from.
    async fn start(
        &self,
        m: &Messaging,
        caller: &Caller,
        key: &ConversationKey,
        oldest_first: bool,
    ) -> Result<Option<u64>> {
        let (log, app) = (m.store().log(), caller.app.id);
        Ok(match (oldest_first, self.until) {
            (true, _) => Some(log.position(app, key, self.after).await?),
            (false, Some(until)) => Some(log.position(app, key, until).await? + 1),
            (false, None) => None,
        })
    }

    /// Whether nothing of the span lies beyond position `at`.
    async fn ends(
        &self,
        m: &Messaging,
        caller: &Caller,
        key: &ConversationKey,
        oldest_first: bool,
        at: u64,
    ) -> Result<bool> {
        let (log, app) = (m.store().log(), caller.app.id);
        Ok(match (oldest_first, self.until) {
            (true, Some(until)) => log.position(app, key, until).await? <= at,
            (true, None) => false,
            (false, _) => log.position(app, key, self.after).await? + 1 >= at,
        })
    }
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

/// Whether the entry was meant for `reader`, or is its own.
pub(crate) fn is_visible(entry: &LogEntry, reader: &UserId) -> bool {
    // A message to one device of the reader was meant for the reader all the same.
    let any_device = DeviceId::from_trusted("");
    entry.entry.sender == *reader
        || match &entry.entry.audience {
            hongyan_model::Audience::Device(user, _) => user == reader,
            audience => audience.includes(reader, &any_device),
        }
}

fn parse_cursor(cursor: &str) -> Result<u64> {
    let invalid = |_| Refusal::Invalid { name: "start", why: format!("not a cursor: {cursor}") };
    Ok(cursor.parse().map_err(invalid)?)
}
