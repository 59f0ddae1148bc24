//! The past of a conversation: what was said in it, by position, and what was imported, by id, in one order.

use std::collections::VecDeque;
use std::fmt;

use hongyan_model::{
    AppId, ConversationKey, EntryKind, IdGenerator, LogEntry, MessageId, Refusal, Result,
    Timestamp, UserId,
};
use hongyan_store::{HistoryEntries, HistoryFilter, ImportFilter, ImportedEntries, MessageLog};

/// Entries that one step of a call looks at.
const SCAN: u64 = 10_000;
/// Steps of one call; there is more than one where full pages hold little for the reader.
const STEPS: usize = 5;
/// Ids of messages are greater, positions in a conversation are not.
const FIRST_ID: u64 = 1 << 48;
/// Greater than every id.
const END: MessageId = MessageId(i64::MAX as u64);

/// What is looked for.
pub(super) struct Wanted {
    pub(super) oldest_first: bool,
    pub(super) kinds: Vec<EntryKind>,
    pub(super) sender: Option<UserId>,
    pub(super) from_time: Option<Timestamp>,
    pub(super) to_time: Option<Timestamp>,
    /// Only what came here behind this id.
    pub(super) since: MessageId,
    /// Only what belongs behind this id.
    pub(super) after: MessageId,
    /// Whether anything may have been imported.
    pub(super) imports: bool,
}

/// Where reading goes on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Place {
    /// The position of what was read last, or its id.
    said: u64,
    /// The imported message that was read last; `None` if there are none.
    imported: Option<MessageId>,
}

impl Place {
    /// Reads what [`Place`] is written as.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let (said, imported) = match text.split_once('.') {
            Some((said, imported)) => (said, Some(imported)),
            None => (text, None),
        };
        let number = |text: &str| text.parse::<u64>().ok();
        let imported = imported.map(number);
        match (number(said), imported) {
            (Some(said), None) => Ok(Self { said, imported: None }),
            (Some(said), Some(Some(id))) => Ok(Self { said, imported: Some(MessageId(id)) }),
            _ => {
                let why = format!("not a cursor: {text:.50}");
                Err(Refusal::Invalid { name: "start", why })
            }
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.imported {
            Some(id) => write!(f, "{}.{id}", self.said),
            None => write!(f, "{}", self.said),
        }
    }
}

/// What a source has beyond what was fetched of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Beyond {
    /// More.
    More,
    /// Perhaps more: it has looked at as much as one call may.
    Unknown,
    /// Nothing.
    Nothing,
}

/// Entries of one source that were fetched and not yet taken.
struct Source {
    fetched: VecDeque<LogEntry>,
    beyond: Beyond,
    steps: usize,
}

impl Source {
    const fn new() -> Self {
        Self { fetched: VecDeque::new(), beyond: Beyond::More, steps: 0 }
    }

    /// Whether something has to be fetched before it is known what comes next.
    fn wants_step(&self) -> bool {
        self.fetched.is_empty() && self.beyond == Beyond::More && self.steps < STEPS
    }

    fn is_exhausted(&self) -> bool {
        self.fetched.is_empty() && self.beyond == Beyond::Nothing
    }
}

/// Reads a conversation entry by entry; a bounded number of them.
pub(super) struct Past<'a> {
    log: &'a MessageLog,
    app: AppId,
    key: &'a ConversationKey,
    span: Span,
    said: Source,
    said_filter: HistoryFilter,
    /// The position of what was taken last.
    said_at: Option<u64>,
    imported: Source,
    import_filter: ImportFilter,
    imported_at: MessageId,
    /// Whether places tell of imported messages.
    with_imports: bool,
}

impl<'a> Past<'a> {
    /// Begins at `from`, or where reading begins in that order; fetches `batch` entries at a time.
    pub(super) async fn open(
        log: &'a MessageLog,
        (app, key): (AppId, &'a ConversationKey),
        wanted: Wanted,
        batch: usize,
        from: Option<Place>,
    ) -> Result<Self> {
        let Wanted { oldest_first, kinds, sender, from_time, to_time, since, after, imports } =
            wanted;
        let after = after.max(from_time.map_or(MessageId(0), IdGenerator::floor));
        let until = to_time.map(|time| IdGenerator::floor(time.saturating_add(1)));
        let span = Span { after: after.max(since), until };
        // The SDK's typings call the cursor a message id, and apps take them at their word.
        let named = from.filter(|from| from.said >= FIRST_ID).map(|from| MessageId(from.said));
        let imported_from = from.and_then(|from| from.imported).or(named);
        let said_from = match (from, named) {
            (_, Some(id)) if oldest_first => Some(log.position(app, key, id).await?),
            (_, Some(id)) => {
                let before = MessageId(id.0.saturating_sub(1));
                Some(log.position(app, key, before).await? + 1)
            }
            (Some(from), None) => Some(from.said),
            (None, None) => span.start(log, (app, key), oldest_first).await?,
        };
        let beginning = if oldest_first { MessageId(0) } else { END };
        let import_filter = ImportFilter {
            from: imported_from.unwrap_or(beginning),
            oldest_first,
            limit: batch,
            kinds: kinds.clone(),
            sender: sender.clone(),
            after,
            until: until.unwrap_or(END),
            arrived_after: since,
        };
        let said_filter = HistoryFilter {
            from: said_from,
            oldest_first,
            limit: batch,
            kinds,
            sender,
            from_time,
            to_time,
            after_id: Some(span.after),
        };
        let mut past = Self {
            log,
            app,
            key,
            span,
            said: Source::new(),
            said_at: said_from,
            said_filter,
            imported: Source::new(),
            imported_at: import_filter.from,
            import_filter,
            with_imports: from.is_some_and(|from| from.imported.is_some()),
        };
        match imports {
            true => past.fetch_imported().await?,
            false => past.imported.beyond = Beyond::Nothing,
        }
        past.with_imports |= !past.imported.is_exhausted();
        // What is said while imported messages are being read must not come behind them.
        if past.with_imports && past.said_at.is_none() {
            let end = log.position(app, key, END).await? + 1;
            (past.said_at, past.said_filter.from) = (Some(end), Some(end));
        }
        Ok(past)
    }

    /// The next entry; `None` at the end, and where the call has looked at enough.
    pub(super) async fn next(&mut self) -> Result<Option<LogEntry>> {
        if self.said.wants_step() {
            self.fetch_said().await?;
        }
        if self.imported.wants_step() {
            self.fetch_imported().await?;
        }
        let takes_imported = match (self.said.fetched.front(), self.imported.fetched.front()) {
            (Some(said), Some(imported)) => {
                (imported.id < said.id) == self.import_filter.oldest_first
            }
            (Some(_), None) if self.imported.is_exhausted() => false,
            (None, Some(_)) if self.said.is_exhausted() => true,
            // What is not yet known of one might come before what is known of the other.
            _ => return Ok(None),
        };
        let taken = match takes_imported {
            true => self.imported.fetched.pop_front(),
            false => self.said.fetched.pop_front(),
        };
        match &taken {
            Some(entry) if takes_imported => self.imported_at = entry.id,
            Some(entry) => self.said_at = Some(entry.seq),
            None => {}
        }
        Ok(taken)
    }

    /// Where reading goes on behind what was taken.
    pub(super) fn place(&self) -> Place {
        let fetched_up_to = |source: &Source| source.fetched.is_empty();
        let said = if fetched_up_to(&self.said) { self.said_filter.from } else { self.said_at };
        let imported = match fetched_up_to(&self.imported) {
            true => self.import_filter.from,
            false => self.imported_at,
        };
        Place { said: said.unwrap_or_default(), imported: self.with_imports.then_some(imported) }
    }

    /// [`place`](Self::place), unless there is nothing behind it.
    pub(super) fn rest(&self) -> Option<Place> {
        let ended = self.said.is_exhausted() && self.imported.is_exhausted();
        (!ended).then(|| self.place())
    }

    async fn fetch_said(&mut self) -> Result<()> {
        self.said.steps += 1;
        let filter = self.said_filter.clone();
        let HistoryEntries { entries, stopped_at } =
            self.log.history_within(self.app, self.key, filter, SCAN).await?;
        let is_full = entries.len() == self.said_filter.limit;
        self.said_filter.from = entries.last().map(|entry| entry.seq).or(self.said_filter.from);
        self.said.fetched.extend(entries);
        self.said.beyond = match stopped_at {
            _ if is_full => Beyond::More,
            None => Beyond::Nothing,
            Some(at) => {
                self.said_filter.from = Some(at);
                let (place, oldest_first) = ((self.app, self.key), self.said_filter.oldest_first);
                match self.span.ends(self.log, place, oldest_first, at).await? {
                    true => Beyond::Nothing,
                    false => Beyond::Unknown,
                }
            }
        };
        Ok(())
    }

    async fn fetch_imported(&mut self) -> Result<()> {
        self.imported.steps += 1;
        let filter = self.import_filter.clone();
        let ImportedEntries { entries, stopped_at } =
            self.log.imported(self.app, self.key, filter, SCAN).await?;
        let is_full = entries.len() == self.import_filter.limit;
        let last = entries.last().map(|entry| entry.id);
        self.import_filter.from = stopped_at.or(last).unwrap_or(self.import_filter.from);
        self.imported.fetched.extend(entries);
        self.imported.beyond = match stopped_at {
            _ if is_full => Beyond::More,
            None => Beyond::Nothing,
            Some(_) => Beyond::Unknown,
        };
        Ok(())
    }
}

/// The ids among which what was said is read.
struct Span {
    /// Only greater ones.
    after: MessageId,
    /// Only up to here.
    until: Option<MessageId>,
}

impl Span {
    /// Where reading begins without a cursor; `None` is the end of the conversation it is read from.
    async fn start(
        &self,
        log: &MessageLog,
        (app, key): (AppId, &ConversationKey),
        oldest_first: bool,
    ) -> Result<Option<u64>> {
        Ok(match (oldest_first, self.until) {
            (true, _) => Some(log.position(app, key, self.after).await?),
            (false, Some(until)) => Some(log.position(app, key, until).await? + 1),
            (false, None) => None,
        })
    }

    /// Whether nothing of the span lies beyond position `at`.
    async fn ends(
        &self,
        log: &MessageLog,
        (app, key): (AppId, &ConversationKey),
        oldest_first: bool,
        at: u64,
    ) -> Result<bool> {
        Ok(match (oldest_first, self.until) {
            (true, Some(until)) => log.position(app, key, until).await? <= at,
            (true, None) => false,
            (false, _) => log.position(app, key, self.after).await? + 1 >= at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_again_by_what_it_is_written_as() {
        for (said, imported) in [(0, None), (17, None), (3, Some(MessageId(1 << 62)))] {
            let place = Place { said, imported };
            assert_eq!(Place::parse(&place.to_string()), Ok(place));
        }
        for bad in ["", "x", "1.", ".1", "1.x", "-1"] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }
}
