//! The one who counts: from entries to figures, and from figures to the disk.

use hongyan_model::{
    ChatType, Conversation, EntryFlags, EntryKind, LogEntry, MessageId, NewEntry, Result, Source,
    Timestamp,
};
use hongyan_platform::{Calendar, Day};
use hongyan_store::metering::{
    self as stored, Batch, DayKey, Figure, MessageKey, Position, Subject, SubjectKey,
};

use super::recipients::Look;
use super::upkeep;
use super::visits::Counted;
use crate::{Messaging, leases};

/// Under which one node counts the log.
const LEASE: &str = "metering";
/// Entries read from the log in one go.
const READ: usize = 1000;
/// Noted changes taken in one go.
const CHANGES: usize = 5000;
/// Users, groups and rooms that are counted before they have to be written.
const MOST_SUBJECTS: usize = 100_000;

/// Counts. There is one, and it is asked by one at a time.
#[derive(Default)]
pub(crate) struct Worker {
    /// What was counted since the last write; unknown until the first use.
    gathered: Option<Batch>,
    /// What was written without an answer. It is tried again as it is, since it may have arrived.
    in_doubt: Option<Batch>,
    counted: Counted,
    /// The same two of what this node knows of its own sessions, while another one counts the log.
    own: Option<Batch>,
    own_in_doubt: Option<Batch>,
    /// Up to where the log is counted durably.
    written: Option<MessageId>,
    span: Option<Span>,
    /// The day on which the last write was made.
    today: Option<Day>,
}

/// A day with its first moment and that of the next one, to tell most entries' days without a calendar.
#[derive(Clone, Copy)]
struct Span {
    day: Day,
    from: Timestamp,
    to: Timestamp,
}

impl Worker {
    /// Counts everything delivered so far and writes all there is.
    pub(crate) async fn flush(&mut self, m: &Messaging) -> Result<()> {
        if !self.leads(m).await? {
            return self.write_own(m).await;
        }
        if m.router().is_clustered() {
            m.0.metering.feed.read_on();
        }
        loop {
            let complete = self.collect(m).await?;
            let more = self.write(m).await?;
            if complete && !more {
                return upkeep::at_day_change(m, &mut self.today).await;
            }
        }
    }

    /// Counts what has been delivered; `false` if there is more than may wait to be written.
    pub(crate) async fn collect(&mut self, m: &Messaging) -> Result<bool> {
        if !self.leads(m).await? {
            m.0.metering.feed.take();
            return Ok(true);
        }
        let feed = m.0.metering.feed.clone();
        loop {
            if self.is_full() {
                return Ok(false);
            }
            let (entries, gap) = feed.take();
            let counted = self.count_all(m, entries.iter().map(|entry| &**entry)).await;
            let caught_up = match counted {
                Ok(()) if gap => self.catch_up(m).await,
                counted => counted.map(|()| true),
            };
            match caught_up {
                Ok(true) if gap => {}
                Ok(true) => return Ok(true),
                Ok(false) => {
                    feed.lose();
                    return Ok(false);
                }
                Err(error) => {
                    feed.lose();
                    return Err(error);
                }
            }
        }
    }

    /// Whether it is this node that counts the log. Whoever no longer does forgets how far it was.
    async fn leads(&mut self, m: &Messaging) -> Result<bool> {
        let leads = leases::holds(m, LEASE).await?;
        if !leads && self.gathered.take().is_some() {
            self.written = None;
            if let Err(error) = self.settle(m).await {
                self.in_doubt = None;
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "figures of the last second of this node are lost");
            }
        }
        Ok(leads)
    }

    /// Writes what only this node knows: what was handed to its devices, and who was connected.
    async fn write_own(&mut self, m: &Messaging) -> Result<()> {
        if let Some(batch) = &self.own_in_doubt {
            stored::flush(m.store(), batch).await?;
            self.own_in_doubt = None;
        }
        let mut own = match self.own.take() {
            Some(own) => own,
            None => Batch::behind(stored::position_of_node(m.store(), m.ids().node()).await?),
        };
        let today = m.platform().calendar().day(m.clock().now());
        m.0.metering.downlink.drain(&mut own.messages);
        let (visits, _) = m.0.metering.visits.take(today, |_| 0);
        own.active.extend(self.counted.fresh(visits));
        if own.is_empty() {
            self.own = Some(own);
            return Ok(());
        }
        let next =
            Position { counter: own.counter, message: own.position, flushes: own.flushes + 1 };
        let batch = self.own_in_doubt.insert(own);
        stored::flush(m.store(), batch).await?;
        self.own = Some(Batch::behind(next));
        if let Some(batch) = self.own_in_doubt.take() {
            self.counted.remember(today, batch.active, batch.peaks);
        }
        Ok(())
    }

    /// Counts what the log holds; `false` if it holds more than may wait to be written.
    async fn catch_up(&mut self, m: &Messaging) -> Result<bool> {
        loop {
            if self.is_full() {
                return Ok(false);
            }
            let position = self.gathered(m).await?.position;
            let entries = m.store().log().since(position, READ).await?;
            self.count_all(m, entries.iter()).await?;
            if entries.len() < READ {
                return Ok(true);
            }
        }
    }

    /// Counts entries in the order of the log; those that are counted already are passed over.
    async fn count_all(
        &mut self,
        m: &Messaging,
        entries: impl Iterator<Item = &LogEntry>,
    ) -> Result<()> {
        let mut look = Look::default();
        self.gathered(m).await?;
        for committed in entries {
            let day = self.day(m.platform().calendar(), committed.timestamp);
            let Some(gathered) = &mut self.gathered else { continue };
            if committed.id <= gathered.position {
                continue;
            }
            let offline = look.offline(m, &committed.entry).await?;
            count(gathered, &committed.entry, day, offline);
            gathered.position = committed.id;
        }
        Ok(())
    }

    /// Writes what was gathered; `true` if there is more to gather.
    async fn write(&mut self, m: &Messaging) -> Result<bool> {
        self.settle(m).await?;
        let now = m.clock().now();
        let calendar = m.platform().calendar();
        let today = calendar.day(now);
        let begins = (self.today != Some(today)).then(|| today.number());
        let changes = stored::changes(m.store(), CHANGES).await?;

        self.gathered(m).await?;
        let Some(gathered) = &mut self.gathered else { return Ok(false) };
        for change in &changes {
            let (app, figure) = (change.app, change.figure);
            let key = DayKey { app, day: calendar.day(change.at).number(), figure };
            *gathered.counts.entry(key).or_default() += change.n;
            gathered.changes.push(change.id);
        }
        let metering = &m.0.metering;
        metering.downlink.drain(&mut gathered.messages);
        let (visits, peaks) =
            metering.visits.take(today, |app| m.router().connections_elsewhere(app));
        gathered.active.extend(self.counted.fresh(visits));
        gathered.peaks.extend(self.counted.risen(peaks));
        gathered.begins = begins;
        if gathered.is_empty() && self.written == Some(gathered.position) {
            return Ok(false);
        }

        let next = Position {
            counter: gathered.counter,
            message: gathered.position,
            flushes: gathered.flushes + 1,
        };
        self.in_doubt = self.gathered.replace(Batch::behind(next));
        self.settle(m).await?;
        Ok(changes.len() == CHANGES)
    }

    /// Writes what is in doubt.
    async fn settle(&mut self, m: &Messaging) -> Result<()> {
        let Some(batch) = &self.in_doubt else { return Ok(()) };
        stored::flush(m.store(), batch).await?;
        if let Some(batch) = self.in_doubt.take() {
            self.written = Some(batch.position);
            let today = m.platform().calendar().day(m.clock().now());
            self.counted.remember(today, batch.active, batch.peaks);
        }
        Ok(())
    }

    async fn gathered(&mut self, m: &Messaging) -> Result<&mut Batch> {
        let batch = match self.gathered.take() {
            Some(batch) => batch,
            None => Batch::behind(stored::position(m.store()).await?),
        };
        Ok(self.gathered.insert(batch))
    }

    fn is_full(&self) -> bool {
        self.gathered.as_ref().is_some_and(|batch| batch.subjects.len() >= MOST_SUBJECTS)
    }

    fn day(&mut self, calendar: &Calendar, time: Timestamp) -> Day {
        if let Some(span) = self.span.filter(|span| (span.from..span.to).contains(&time)) {
            return span.day;
        }
        let day = calendar.day(time);
        self.span = Some(Span { day, from: calendar.start(day), to: calendar.start(day.plus(1)) });
        day
    }
}

fn count(batch: &mut Batch, entry: &NewEntry, day: Day, offline: u64) {
    let Some(chat) = ChatType::of(&entry.conversation) else { return };
    if entry.kind == EntryKind::Event {
        return;
    }
    let (app, day, source) = (entry.app, day.number(), Source::of(entry));
    let counts =
        batch.messages.entry(MessageKey { app, day, chat, kind: entry.kind, source }).or_default();
    counts.uplink += 1;
    counts.offline += offline;
    if entry.flags.contains(EntryFlags::KEPT_BACK) {
        let key = DayKey { app, day, figure: Figure::RoomMessagesKeptBack };
        *batch.counts.entry(key).or_default() += 1;
    }
    if !entry.kind.is_message() {
        return;
    }
    let place = match entry.conversation.conversation() {
        Some(Conversation::Group(group)) => Some((Subject::Group, group.to_string())),
        Some(Conversation::Room(room)) => Some((Subject::Room, room.to_string())),
        _ => None,
    };
    for (subject, id) in [(Subject::User, entry.sender.to_string())].into_iter().chain(place) {
        let key = SubjectKey { app, day, subject, id };
        batch.subjects.entry(key).or_default().count(entry.kind);
    }
}
