//! Where messages went (IM消息投递查询): found by their sender or id, for the last days. What they say is not shown.

use hongyan_model::limits::{LIVE_QUERY_MS, LIVE_QUERY_PAGE};
use hongyan_model::{
    AppId, Caller, ChatType, Conversation, ConversationKey, EntryFlags, EntryKind, IdGenerator,
    LogEntry, MessageId, Refusal, Result, Source, Timestamp, UserId,
};
use hongyan_store::{SentFilter, rooms};

use crate::page::{Page, decode_cursor};
use crate::users::{addressed, require_app};
use crate::{Messaging, groups, threads};

/// Conversations of a sender that are looked into: those with the youngest entries.
const CONVERSATIONS: usize = 500;
/// Chat rooms of a sender that are among them.
const ROOMS: usize = 100;
/// Entries looked at for one page, shared by the conversations; of each one some, so that every page gets on.
const ENTRIES: u64 = 100_000;
const ENTRIES_OF_ONE: std::ops::RangeInclusive<u64> = 200..=20_000;

/// Whose or which messages to look up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TraceBy {
    /// Those of this sender, in the one-to-one chats it had and the groups and chat rooms it is in.
    Sender(String),
    /// The one with this id.
    Message(MessageId),
}

/// Which messages to look up.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TraceQuery {
    /// Whose or which.
    pub by: TraceBy,
    /// Only of this type of chat.
    pub chat: Option<ChatType>,
    /// Only of this kind.
    pub kind: Option<EntryKind>,
    /// Only from this source.
    pub source: Option<Source>,
    /// Only from this moment on (Unix ms); no more than three days ago.
    pub from: Timestamp,
    /// Only up to this moment (Unix ms).
    pub to: Timestamp,
}

/// A message, but not what it says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TracedMessage {
    /// Message id.
    pub id: MessageId,
    /// When it was stored, which is when it was accepted (Unix ms).
    pub time: Timestamp,
    /// Who sent it.
    pub sender: UserId,
    /// Type of the chat.
    pub chat: ChatType,
    /// The other user, the group or the chat room.
    pub to: String,
    /// What it is.
    pub kind: EntryKind,
    /// Who sent it: a device or the customer's server.
    pub source: Source,
    /// Whether it was withdrawn.
    pub recalled: bool,
    /// Whether it was only for devices that were connected.
    pub online_only: bool,
}

/// Looks up messages, the newest first; for the app.
///
/// A page may hold fewer than `limit`, or none, and have a successor: a call looks at a bounded part of the log.
pub async fn trace(
    m: &Messaging,
    caller: &Caller,
    query: TraceQuery,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<TracedMessage>> {
    require_app(caller)?;
    if query.to < query.from {
        return Err(Refusal::Invalid { name: "to", why: "before the beginning".to_owned() }.into());
    }
    if query.kind.is_some_and(|kind| !kind.is_message()) {
        return Err(Refusal::Invalid { name: "kind", why: "not a message".to_owned() }.into());
    }
    let place = cursor.map(|cursor| decode_cursor(cursor, |key| key.parse().ok())).transpose()?;
    let limit = limit.clamp(1, LIVE_QUERY_PAGE);
    let oldest = m.clock().now() - LIVE_QUERY_MS;
    let after = IdGenerator::floor(query.from.max(oldest));
    let end = MessageId(IdGenerator::floor(query.to.saturating_add(1)).0 + 1);
    let range = Range { after, before: place.map_or(end, |place| MessageId(place).min(end)) };
    match &query.by {
        TraceBy::Message(id) => one(m, caller.app.id, *id, &query, range).await,
        TraceBy::Sender(sender) => {
            let sender = addressed(sender)?;
            sent_by(m, caller.app.id, sender, &query, range, limit).await
        }
    }
}

/// Ids between two others, both excluded.
#[derive(Clone, Copy)]
struct Range {
    after: MessageId,
    before: MessageId,
}

async fn one(
    m: &Messaging,
    app: AppId,
    id: MessageId,
    query: &TraceQuery,
    range: Range,
) -> Result<Page<TracedMessage>> {
    let found = m.store().log().entry(app, id).await?;
    // What was imported went nowhere.
    let found = found.filter(|found| found.imported.is_none());
    let found = found.filter(|found| range.after < found.id && found.id < range.before);
    let row = found.as_ref().and_then(TracedMessage::of).filter(|row| {
        query.chat.is_none_or(|chat| chat == row.chat)
            && query.kind.is_none_or(|kind| kind == row.kind)
            && query.source.is_none_or(|source| source == row.source)
    });
    Ok(Page { items: row.into_iter().collect(), cursor: None })
}

async fn sent_by(
    m: &Messaging,
    app: AppId,
    sender: UserId,
    query: &TraceQuery,
    range: Range,
    limit: usize,
) -> Result<Page<TracedMessage>> {
    let conversations = conversations(m, app, &sender, query.chat, range.after).await?;
    let share = ENTRIES / conversations.len().max(1) as u64;
    let kinds = EntryKind::ALL.into_iter().filter(|kind| kind.is_message());
    let filter = SentFilter {
        sender,
        after: range.after,
        before: range.before,
        kinds: query.kind.map_or_else(|| kinds.collect(), |kind| vec![kind]),
        source: query.source,
        scan: share.clamp(*ENTRIES_OF_ONE.start(), *ENTRIES_OF_ONE.end()),
        limit: limit + 1,
    };
    let mut found: Vec<LogEntry> = Vec::new();
    // Everything from here on has been looked at.
    let mut horizon: Option<MessageId> = None;
    for (conversation, newest) in conversations {
        // The others have younger entries than any that would still come.
        if found.get(limit).is_some_and(|entry| entry.id > newest) {
            break;
        }
        let sent = m.store().log().sent(app, &conversation, filter.clone()).await?;
        horizon = horizon.max(sent.stopped_at);
        found.extend(sent.entries);
        found.sort_by_key(|entry| std::cmp::Reverse(entry.id));
        found.truncate(limit + 1);
    }
    found.retain(|entry| horizon.is_none_or(|horizon| entry.id >= horizon));
    let more = found.len() > limit;
    found.truncate(limit);
    let last = if more { found.last().map(|entry| entry.id) } else { horizon };
    Ok(Page {
        items: found.iter().filter_map(TracedMessage::of).collect(),
        cursor: last.map(|id| crate::page::encode_cursor(&id.to_string())),
    })
}

/// The sender's conversations with entries behind `after`, each with its newest, the youngest first.
async fn conversations(
    m: &Messaging,
    app: AppId,
    sender: &UserId,
    chat: Option<ChatType>,
    after: MessageId,
) -> Result<Vec<(ConversationKey, MessageId)>> {
    let wanted = |of| chat.is_none_or(|chat| chat == of);
    let mut shared = Vec::new();
    if wanted(ChatType::Group) {
        let joined = groups::joined_positions(m, app, sender).await?;
        shared.extend(joined.into_iter().map(|(group, _)| Conversation::Group(group).key()));
        let joined = threads::joined_positions(m, app, sender).await?;
        shared.extend(joined.into_iter().map(|(thread, _)| Conversation::Thread(thread).key()));
    }
    if wanted(ChatType::Room) {
        let joined = rooms::joined(m.store(), app, sender, 0, ROOMS).await?;
        shared.extend(joined.into_iter().map(|room| Conversation::Room(room.id).key()));
    }
    let log = m.store().log();
    let mut active = log.active_conversations(app, sender, shared, after, CONVERSATIONS).await?;
    active.retain(|(conversation, _)| ChatType::of(conversation).is_some_and(wanted));
    Ok(active)
}

impl TracedMessage {
    /// `None` for what is no message.
    pub(super) fn of(committed: &LogEntry) -> Option<Self> {
        let entry = &committed.entry;
        let chat = ChatType::of(&entry.conversation)?;
        let to = match entry.conversation.conversation()? {
            Conversation::Single(a, b) => if a == entry.sender { b } else { a }.to_string(),
            Conversation::Group(group) => group.to_string(),
            Conversation::Room(room) => room.to_string(),
            Conversation::Thread(thread) => thread.to_string(),
            Conversation::System(_) => return None,
        };
        entry.kind.is_message().then(|| Self {
            id: committed.id,
            time: committed.timestamp,
            sender: entry.sender.clone(),
            chat,
            to,
            kind: entry.kind,
            source: Source::of(entry),
            recalled: entry.flags.contains(EntryFlags::RECALLED),
            online_only: entry.flags.contains(EntryFlags::ONLINE_ONLY),
        })
    }
}
