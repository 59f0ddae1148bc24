//! The list of a user's conversations, in the order of their newest messages.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use hongyan_model::{
    AppId, Caller, ChatType, Conversation, ConversationKey, Feature, IdGenerator, LogEntry,
    MessageId, Result, Timestamp, UserId,
};
use hongyan_store::conversations::{self as stored, ConversationState};
use hongyan_store::{Glance, GlanceAtImports};

use super::deletions::Deletions;
use super::{beginning, deletions, reading, require_list};
use crate::page::{Page, decode_cursor};
use crate::users::subject;
use crate::{Messaging, groups};

/// Conversations of one user that are looked at, those with the newest entries.
const CONVERSATIONS: usize = 2000;
/// Most conversations on a page.
const PAGE: usize = 100;

/// Which conversations.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Selection {
    /// All, as many as the app's plan lists.
    All,
    /// Those that the user has pinned, the one pinned last first.
    Pinned,
    /// Those with this mark.
    Marked(u8),
}

/// Which part of the list to read.
#[derive(Clone, Copy, Debug)]
pub struct ListQuery<'a> {
    /// Which conversations.
    pub selection: Selection,
    /// Also those in which nothing is left to read.
    pub with_empty: bool,
    /// Most conversations on the page, at most 100.
    pub limit: usize,
    /// Where the last page ended; `None` for the first.
    pub cursor: Option<&'a str>,
}

/// A conversation in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// One-to-one or group.
    pub chat: ChatType,
    /// The other user, or the group.
    pub name: String,
    /// Since when it is pinned.
    pub pinned: Option<Timestamp>,
    /// Its marks, by number.
    pub marks: Vec<u8>,
    /// Messages of others that the user has not read, among the newest 1000 entries.
    pub unread: u64,
    /// The newest message.
    pub last: Option<LogEntry>,
}

/// A page of the user's conversations.
pub async fn page(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    query: ListQuery<'_>,
) -> Result<Page<Listed>> {
    let user = subject(m, caller, user).await?;
    require_list(caller)?;
    let after = query.cursor.map(|cursor| decode_cursor(cursor, rank_from_key)).transpose()?;
    let limit = query.limit.clamp(1, PAGE);
    let view = View::of(m, caller, &user).await?;
    let mut rows = view.rows(m, query.selection, query.with_empty).await?;
    if let Some(after) = after {
        rows.retain(|row| row.rank() > after);
    }
    rows.truncate(limit + 1);
    let page = Page::of(rows, limit, |row| rank_to_key(&row.rank()));
    Ok(Page { items: view.listed(m, page.items).await?, cursor: page.cursor })
}

/// A page of the user's conversations by number, from 1; for older builds of the SDK.
pub async fn numbered(
    m: &Messaging,
    caller: &Caller,
    user: &str,
    page: usize,
    size: usize,
) -> Result<Vec<Listed>> {
    let user = subject(m, caller, user).await?;
    require_list(caller)?;
    let size = size.clamp(1, PAGE);
    let view = View::of(m, caller, &user).await?;
    let rows = view.rows(m, Selection::All, false).await?;
    let first = page.saturating_sub(1).saturating_mul(size);
    view.listed(m, rows.into_iter().skip(first).take(size).collect()).await
}

/// What a user may see of which conversation.
struct View {
    app: AppId,
    user: UserId,
    /// Most conversations in the list.
    most: usize,
    /// The user's first moment.
    begin: MessageId,
    /// What is older is gone.
    kept: MessageId,
    /// Its groups: when it joined each, and from where on it hears what is said there.
    groups: HashMap<ConversationKey, (MessageId, MessageId)>,
    deletions: Arc<Deletions>,
}

/// A conversation with its place in the list.
struct Row {
    state: ConversationState,
    /// What lies up to here is not there for the user.
    after: MessageId,
    /// The same of imported messages, which may be older than the user.
    imports_after: MessageId,
    /// The greatest comes first.
    order: u64,
}

/// A conversation that may have a place in the list.
struct Candidate {
    state: ConversationState,
    /// Its newest entry; 0 if there is none.
    head: MessageId,
    /// Its newest imported message; 0 if there is none.
    imported: MessageId,
}

impl Candidate {
    /// It is kept, whatever is in it.
    fn kept(state: ConversationState) -> Self {
        Self { state, head: MessageId(0), imported: MessageId(0) }
    }
}

/// A place in the list: less is further up.
type Rank = (Reverse<u64>, ConversationKey);

impl Row {
    fn rank(&self) -> Rank {
        (Reverse(self.order), self.state.conversation.clone())
    }
}

impl View {
    async fn of(m: &Messaging, caller: &Caller, user: &UserId) -> Result<Self> {
        let app = caller.app.id;
        reading::flush_user(m, app, user).await?;
        let joined = groups::memberships(m, app, user).await?;
        let with_keys = joined.into_iter().map(|joined| {
            (Conversation::Group(joined.group).key(), (joined.joined_at, joined.heard_from))
        });
        let most = caller.app.quota(Feature::ConversationListMax);
        let days = caller.app.days(Feature::MsgStorageDays);
        Ok(Self {
            app,
            user: user.clone(),
            most: most.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX),
            begin: beginning(m, app, user).await?,
            kept: IdGenerator::floor(m.clock().now().saturating_sub(days)),
            groups: with_keys.collect(),
            deletions: deletions(m, app, user).await?,
        })
    }

    /// The selected conversations in their order.
    async fn rows(
        &self,
        m: &Messaging,
        selection: Selection,
        with_empty: bool,
    ) -> Result<Vec<Row>> {
        let store = m.store();
        let candidates = match selection {
            Selection::All => self.candidates(m, with_empty).await?,
            Selection::Pinned => {
                let pinned = stored::pinned(store, self.app, &self.user, CONVERSATIONS).await?;
                pinned.into_iter().map(Candidate::kept).collect()
            }
            Selection::Marked(mark) => {
                let mark = 1_u32.checked_shl(mark.into()).unwrap_or_default();
                let marked =
                    stored::marked(store, self.app, &self.user, mark, CONVERSATIONS).await?;
                marked.into_iter().map(Candidate::kept).collect()
            }
        };
        let mut present: Vec<(Row, MessageId)> = Vec::with_capacity(candidates.len());
        for Candidate { state, head, imported } in candidates {
            // Groups that the user has left are not listed.
            let Some(since) = self.since(&state.conversation) else { continue };
            let removed = since.max(state.removed);
            let imports_removed = self.deletions.everything().max(state.removed);
            let has_any = head > removed || imported > imports_removed;
            if has_any || state.pinned.is_some() || state.marks != 0 {
                let gone = state.hidden.max(self.kept);
                let (after, imports_after) = (removed.max(gone), imports_removed.max(gone));
                let head = if head > removed { head } else { MessageId(0) };
                present.push((Row { state, after, imports_after, order: 0 }, head));
            }
        }
        let glances = present.iter().map(|(row, _)| Glance {
            conversation: row.state.conversation.clone(),
            after: row.after,
            unread_after: None,
            imports: self.imports(row, None),
        });
        let hidden = self.deletions.messages();
        let seen = store.log().glance(self.app, &self.user, glances.collect(), hidden).await?;
        let mut rows = Vec::with_capacity(present.len());
        for ((mut row, head), seen) in present.into_iter().zip(seen) {
            let is_empty = seen.last.is_none() && !seen.looked_short;
            if is_empty && !with_empty {
                continue;
            }
            row.order = match (selection, row.state.pinned) {
                (Selection::Pinned, Some(since)) => since.unsigned_abs(),
                _ => seen.last.unwrap_or(head).0,
            };
            rows.push(row);
        }
        rows.sort_by_cached_key(Row::rank);
        if selection == Selection::All {
            rows.truncate(self.most);
        }
        Ok(rows)
    }

    /// The conversations in which something was written, with their newest entries; those that are merely kept by a
    /// pin or mark are looked for where they could be missed.
    async fn candidates(&self, m: &Messaging, with_empty: bool) -> Result<Vec<Candidate>> {
        let (store, app, user) = (m.store(), self.app, &self.user);
        let groups = self.groups.keys().cloned().collect();
        let after = self.begin.max(self.deletions.everything());
        let active =
            store.log().active_conversations(app, user, groups, after, CONVERSATIONS).await?;
        let after = self.deletions.everything().max(self.kept);
        let imported = store.log().imported_chats(app, user, after, CONVERSATIONS).await?;
        let mut imported: HashMap<ConversationKey, MessageId> = imported.into_iter().collect();
        let mut states: HashMap<ConversationKey, ConversationState> = HashMap::new();
        let by_key = |state: ConversationState| (state.conversation.clone(), state);
        let mut heads: HashMap<ConversationKey, MessageId> = active.into_iter().collect();
        for key in imported.keys() {
            heads.entry(key.clone()).or_insert(MessageId(0));
        }
        let keys: Vec<ConversationKey> = heads.keys().cloned().collect();
        states.extend(stored::states(store, app, user, &keys).await?.into_iter().map(by_key));
        if with_empty || heads.len() >= CONVERSATIONS {
            for kept in [
                stored::pinned(store, app, user, CONVERSATIONS).await?,
                stored::marked(store, app, user, u32::MAX, CONVERSATIONS).await?,
            ] {
                for state in kept {
                    heads.entry(state.conversation.clone()).or_insert(MessageId(0));
                    states.entry(state.conversation.clone()).or_insert(state);
                }
            }
        }
        let with_state = heads.into_iter().map(|(key, head)| {
            let imported = imported.remove(&key).unwrap_or(MessageId(0));
            let state = states.remove(&key);
            let state = state.unwrap_or_else(|| ConversationState::untouched(key));
            Candidate { state, head, imported }
        });
        Ok(with_state.collect())
    }

    /// Which imported messages of a conversation count for its place: those of one-to-one chats.
    fn imports(&self, row: &Row, read: Option<MessageId>) -> Option<GlanceAtImports> {
        row.state.conversation.is_single().then_some(GlanceAtImports {
            after: row.imports_after,
            arrived_after: self.begin,
            unread_after: read,
        })
    }

    /// What was said up to here was not said to the user; `None` if it has no part in the conversation.
    fn since(&self, conversation: &ConversationKey) -> Option<MessageId> {
        let since = match conversation.is_single() {
            true => Some(self.begin),
            false => self.groups.get(conversation).map(|(joined_at, _)| *joined_at),
        };
        since.map(|since| since.max(self.deletions.everything()))
    }

    /// Rows with what they show: their newest messages, and how many are unread.
    async fn listed(&self, m: &Messaging, rows: Vec<Row>) -> Result<Vec<Listed>> {
        // What the user does not want to hear of a group it need not read either.
        let heard_from = |row: &Row| {
            self.groups.get(&row.state.conversation).map_or(MessageId(0), |(_, heard)| *heard)
        };
        let glances = rows.iter().map(|row| Glance {
            conversation: row.state.conversation.clone(),
            after: row.after,
            unread_after: Some(row.state.read.max(row.after).max(heard_from(row))),
            imports: self.imports(row, Some(row.state.read)),
        });
        let (log, hidden) = (m.store().log(), self.deletions.messages());
        let seen = log.glance(self.app, &self.user, glances.collect(), hidden).await?;
        let ids = seen.iter().filter_map(|seen| seen.last).collect();
        let messages = log.entries(self.app, ids).await?;
        let mut messages: HashMap<MessageId, LogEntry> =
            messages.into_iter().map(|message| (message.id, message)).collect();
        let mut listed = Vec::with_capacity(rows.len());
        for (row, seen) in rows.into_iter().zip(seen) {
            let (chat, name) = match row.state.conversation.conversation() {
                Some(Conversation::Single(a, b)) => {
                    (ChatType::Single, if a == self.user { b } else { a }.to_string())
                }
                Some(Conversation::Group(group)) => (ChatType::Group, group.to_string()),
                _ => continue,
            };
            listed.push(Listed {
                chat,
                name,
                pinned: row.state.pinned,
                marks: (0..32).filter(|mark| row.state.marks & (1_u32 << mark) != 0).collect(),
                unread: seen.unread,
                last: seen.last.and_then(|id| messages.remove(&id)),
            });
        }
        Ok(listed)
    }
}

fn rank_to_key((Reverse(order), conversation): &Rank) -> String {
    format!("{order} {}", conversation.as_str())
}

fn rank_from_key(key: &str) -> Option<Rank> {
    let (order, conversation) = key.split_once(' ')?;
    Some((Reverse(order.parse().ok()?), ConversationKey::from_trusted(conversation)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again_by_its_key() {
        let rank = (Reverse(1_u64 << 62), ConversationKey::from_trusted("s:a-b_c|d"));
        assert_eq!(rank_from_key(&rank_to_key(&rank)), Some(rank));
        for bad in ["", "1", "x s:a|b"] {
            assert_eq!(rank_from_key(bad), None, "{bad}");
        }
    }
}
