//! The figures as pages ask for them. They are at most a second or so behind.

use std::collections::{BTreeMap, HashMap};

use hongyan_model::{Caller, ChatType, EntryKind, Refusal, Result, Source, limits};
use hongyan_platform::Day;
use hongyan_store::counters::{self, Counted};
use hongyan_store::metering::{self as stored, Figure, KindCounts, MessageCounts, Subject};

use crate::Messaging;
use crate::users::require_app;

/// Days from one to another, both included; at most [`limits::STATISTICS_DAYS`] of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct DayRange {
    from: Day,
    to: Day,
}

impl DayRange {
    /// The days `from` to `to`.
    pub fn new(from: Day, to: Day) -> Result<Self, Refusal> {
        if to < from {
            return Err(Refusal::Invalid { name: "to", why: "before the first day".to_owned() });
        }
        if to.number() - from.number() >= limits::STATISTICS_DAYS {
            let limit = usize::try_from(limits::STATISTICS_DAYS).unwrap_or(usize::MAX);
            return Err(Refusal::TooMany { name: "days", limit });
        }
        Ok(Self { from, to })
    }

    /// The days, the oldest first.
    pub fn days(self) -> impl Iterator<Item = Day> {
        (self.from.number()..=self.to.number()).map(Day::of_number)
    }
}

/// Figures of one day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayFigures {
    /// Which.
    pub day: Day,
    /// DAU: users who had a connection.
    pub active_users: u64,
    /// Users with a message of theirs, also one that the customer's server sent for them.
    pub senders: u64,
    /// Users registered.
    pub new_users: u64,
    /// Users deleted.
    pub deleted_users: u64,
    /// Users at the end of the day, or by now.
    pub users: u64,
    /// Groups with a message.
    pub active_groups: u64,
    /// Groups made.
    pub new_groups: u64,
    /// Groups ended.
    pub dissolved_groups: u64,
    /// Groups at the end of the day, or by now.
    pub groups: u64,
    /// Members who came into groups.
    pub group_joins: u64,
    /// Members who went out of groups.
    pub group_leaves: u64,
    /// Chat rooms with a message.
    pub active_rooms: u64,
    /// Chat rooms made.
    pub new_rooms: u64,
    /// Chat rooms ended.
    pub dissolved_rooms: u64,
    /// Chat rooms at the end of the day, or by now.
    pub rooms: u64,
    /// Members who came into chat rooms.
    pub room_joins: u64,
    /// Members who went out of chat rooms.
    pub room_leaves: u64,
    /// Messages that chat rooms were sent and their members were not, since the rooms said too much.
    pub room_messages_kept_back: u64,
    /// Most members of all chat rooms at once.
    pub peak_room_members: u64,
    /// Most connections at once.
    pub peak_connections: u64,
}

/// How things stand now.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Today {
    /// Today's figures so far.
    pub figures: DayFigures,
    /// Connections now.
    pub connections: u64,
    /// Members of all chat rooms now.
    pub room_members: u64,
    /// 本月峰值 DAU: the highest number of active users of a day of this month, and the first day that had it.
    pub month_peak: (u64, Day),
    /// Users who had a connection today by the platform of their devices, the most frequent first.
    pub platforms: Vec<(String, u64)>,
}

/// Messages of one day.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct DayMessages {
    /// Which.
    pub day: Day,
    /// Of all kinds of messages; receipts and recalls are none.
    pub sums: MessageSums,
    /// One by one, receipts and recalls too.
    pub rows: Vec<MessageRow>,
}

/// 上行, 下行, 离线, 分发.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct MessageSums {
    /// Accepted.
    pub uplink: u64,
    /// Handed to devices of recipients.
    pub downlink: u64,
    /// Recipients who were not there.
    pub offline: u64,
    /// Downlink and offline together.
    pub distribution: u64,
}

/// Messages of one kind.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct MessageRow {
    /// Type of the chat.
    pub chat: ChatType,
    /// What they are.
    pub kind: EntryKind,
    /// Who sent them.
    pub source: Source,
    /// How many.
    pub counts: MessageCounts,
}

/// A busy user, group or chat room.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Hot {
    /// Its id.
    pub id: String,
    /// Messages by kind, in the order of [`SUBJECT_KINDS`](super::SUBJECT_KINDS).
    pub kinds: KindCounts,
}

/// How things stand now; for the app.
pub async fn today(m: &Messaging, caller: &Caller) -> Result<Today> {
    let today = m.platform().calendar().day(m.clock().now());
    let month = days(m, caller, DayRange { from: today.month_start(), to: today }).await?;
    let store = m.store();
    let app = caller.app.id;
    let mut peak = (0, today);
    for figures in &month {
        if figures.active_users > peak.0 {
            peak = (figures.active_users, figures.day);
        }
    }
    let newest = month.into_iter().next_back();
    let mut figures =
        newest.unwrap_or_else(|| DayFigures::of(today, &Values::new(), Totals::default()));
    let here = m.0.metering.visits.connections(app);
    let connections = here + m.router().connections_elsewhere(app);
    let room_members = stored::room_members(store, app).await?;
    figures.peak_connections = figures.peak_connections.max(connections);
    figures.peak_room_members = figures.peak_room_members.max(room_members);
    let platforms = stored::platforms(store, app, today.number()).await?;
    Ok(Today { figures, connections, room_members, month_peak: peak, platforms })
}

/// Figures of each day of the range; for the app.
pub async fn days(m: &Messaging, caller: &Caller, range: DayRange) -> Result<Vec<DayFigures>> {
    require_app(caller)?;
    let (store, app) = (m.store(), caller.app.id);
    // Numbers of users, groups and rooms follow from those of today and what changed since.
    let today = m.platform().calendar().day(m.clock().now()).max(range.to);
    let found = stored::days(store, app, range.from.number(), today.number()).await?;
    let mut by_day: HashMap<i64, Values> = HashMap::new();
    for (day, figure, value) in found {
        by_day.entry(day).or_default().insert(figure, value);
    }
    let mut there = Totals {
        users: counters::count(store, app, Counted::Users).await?,
        groups: counters::count(store, app, Counted::Groups).await?,
        rooms: counters::count(store, app, Counted::Rooms).await?,
    };
    for (day, values) in &by_day {
        if *day > range.to.number() {
            there = there.before(values);
        }
    }
    let mut days = Vec::new();
    for number in (range.from.number()..=range.to.number()).rev() {
        let values = by_day.remove(&number).unwrap_or_default();
        days.push(DayFigures::of(Day::of_number(number), &values, there));
        there = there.before(&values);
    }
    days.reverse();
    Ok(days)
}

type Values = HashMap<Figure, u64>;

/// How many there are.
#[derive(Clone, Copy, Default)]
struct Totals {
    users: u64,
    groups: u64,
    rooms: u64,
}

impl Totals {
    /// Before the day with these figures.
    fn before(self, values: &Values) -> Self {
        let value = |figure| values.get(&figure).copied().unwrap_or_default();
        let before = |now: u64, new, gone| (now + value(gone)).saturating_sub(value(new));
        Self {
            users: before(self.users, Figure::Registrations, Figure::Deletions),
            groups: before(self.groups, Figure::NewGroups, Figure::DissolvedGroups),
            rooms: before(self.rooms, Figure::NewRooms, Figure::DissolvedRooms),
        }
    }
}

impl DayFigures {
    fn of(day: Day, values: &Values, there: Totals) -> Self {
        let value = |figure| values.get(&figure).copied().unwrap_or_default();
        Self {
            day,
            active_users: value(Figure::ActiveUsers),
            senders: value(Figure::Senders),
            new_users: value(Figure::Registrations),
            deleted_users: value(Figure::Deletions),
            users: there.users,
            active_groups: value(Figure::ActiveGroups),
            new_groups: value(Figure::NewGroups),
            dissolved_groups: value(Figure::DissolvedGroups),
            groups: there.groups,
            group_joins: value(Figure::GroupJoins),
            group_leaves: value(Figure::GroupLeaves),
            active_rooms: value(Figure::ActiveRooms),
            new_rooms: value(Figure::NewRooms),
            dissolved_rooms: value(Figure::DissolvedRooms),
            rooms: there.rooms,
            room_joins: value(Figure::RoomJoins),
            room_leaves: value(Figure::RoomLeaves),
            room_messages_kept_back: value(Figure::RoomMessagesKeptBack),
            peak_room_members: value(Figure::PeakRoomMembers),
            peak_connections: value(Figure::PeakConnections),
        }
    }
}

/// Messages of each day of the range, of one type of chat or of all; for the app.
pub async fn messages(
    m: &Messaging,
    caller: &Caller,
    range: DayRange,
    chat: Option<ChatType>,
) -> Result<Vec<DayMessages>> {
    require_app(caller)?;
    let (from, to) = (range.from.number(), range.to.number());
    let found = stored::messages(m.store(), caller.app.id, from, to).await?;
    let mut days: BTreeMap<Day, DayMessages> = range
        .days()
        .map(|day| (day, DayMessages { day, sums: MessageSums::default(), rows: Vec::new() }))
        .collect();
    for (key, counts) in found {
        if chat.is_some_and(|wanted| wanted != key.chat) {
            continue;
        }
        let Some(day) = days.get_mut(&Day::of_number(key.day)) else { continue };
        if key.kind.is_message() {
            day.sums.uplink += counts.uplink;
            day.sums.downlink += counts.downlink;
            day.sums.offline += counts.offline;
            day.sums.distribution += counts.downlink + counts.offline;
        }
        let (chat, kind, source) = (key.chat, key.kind, key.source);
        day.rows.push(MessageRow { chat, kind, source, counts });
    }
    Ok(days.into_values().collect())
}

/// The busiest users, groups or chat rooms of the range, at most [`limits::HOT_SUBJECTS`], the busiest first; for
/// the app. Of days that are over, the five hundred busiest of each are known.
pub async fn top(
    m: &Messaging,
    caller: &Caller,
    subject: Subject,
    range: DayRange,
) -> Result<Vec<Hot>> {
    require_app(caller)?;
    let days = (range.from.number(), range.to.number());
    let found =
        stored::subjects(m.store(), caller.app.id, subject, days, limits::HOT_SUBJECTS).await?;
    Ok(found.into_iter().map(|(id, kinds)| Hot { id, kinds }).collect())
}

/// Users who had a connection on `day` by the platform of their devices, the most frequent first; for the app.
/// Somebody on two platforms is counted on both.
pub async fn platforms(m: &Messaging, caller: &Caller, day: Day) -> Result<Vec<(String, u64)>> {
    require_app(caller)?;
    Ok(stored::platforms(m.store(), caller.app.id, day.number()).await?)
}
