//! 数据统计: figures of days, and the busiest users, groups and chat rooms.

use hongyan_messaging::metering::{
    self, DayFigures, DayMessages, DayRange, MessageRow, MessageSums, SUBJECT_KINDS, Subject,
};
use hongyan_model::{ChatType, EntryKind, Source};
use hongyan_platform::Day;
use hongyan_platform::roles::Permission;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::csv::Csv;
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

const ACCESS: Access = Access::App(Permission::Statistics);
/// Days shown when the page names none.
const DAYS: i64 = 7;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/apps/{org}/{app}/stats/realtime", ACCESS, realtime)
        .get("/apps/{org}/{app}/stats/days", ACCESS, days)
        .get("/apps/{org}/{app}/stats/days.csv", ACCESS, days_csv)
        .get("/apps/{org}/{app}/stats/messages", ACCESS, messages)
        .get("/apps/{org}/{app}/stats/messages.csv", ACCESS, messages_csv)
        .get("/apps/{org}/{app}/stats/hot", ACCESS, hot)
}

/// Figures of one day.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct DayStatistics {
    /// `2026-11-18`, in the installation's time zone.
    day: String,
    /// DAU.
    active_users: u64,
    new_users: u64,
    deleted_users: u64,
    /// At the end of the day, or by now.
    users: u64,
    active_groups: u64,
    new_groups: u64,
    dissolved_groups: u64,
    groups: u64,
    active_rooms: u64,
    new_rooms: u64,
    dissolved_rooms: u64,
    rooms: u64,
    /// Most members of all chat rooms at once.
    peak_room_members: u64,
    peak_connections: u64,
}

impl From<&DayFigures> for DayStatistics {
    fn from(figures: &DayFigures) -> Self {
        Self {
            day: figures.day.to_string(),
            active_users: figures.active_users,
            new_users: figures.new_users,
            deleted_users: figures.deleted_users,
            users: figures.users,
            active_groups: figures.active_groups,
            new_groups: figures.new_groups,
            dissolved_groups: figures.dissolved_groups,
            groups: figures.groups,
            active_rooms: figures.active_rooms,
            new_rooms: figures.new_rooms,
            dissolved_rooms: figures.dissolved_rooms,
            rooms: figures.rooms,
            peak_room_members: figures.peak_room_members,
            peak_connections: figures.peak_connections,
        }
    }
}

/// How things stand now.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct Realtime {
    today: DayStatistics,
    connections: u64,
    room_members: u64,
    /// 本月峰值 DAU.
    month_peak: MonthPeak,
    /// Users who had a connection today by platform, the most frequent first.
    platforms: Vec<PlatformUsers>,
}

/// The day of the month with the most active users.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct MonthPeak {
    active_users: u64,
    day: String,
}

/// Users of one platform.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct PlatformUsers {
    platform: String,
    users: u64,
}

/// Type of a chat.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "statistics.ts")]
pub(crate) enum Chat {
    /// 单聊.
    Single,
    /// 群聊.
    Group,
    /// 聊天室.
    Room,
}

impl From<Chat> for ChatType {
    fn from(chat: Chat) -> Self {
        match chat {
            Chat::Single => Self::Single,
            Chat::Group => Self::Group,
            Chat::Room => Self::Room,
        }
    }
}

impl From<ChatType> for Chat {
    fn from(chat: ChatType) -> Self {
        match chat {
            ChatType::Single => Self::Single,
            ChatType::Group => Self::Group,
            ChatType::Room => Self::Room,
        }
    }
}

/// Who sent.
#[derive(Clone, Copy, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "statistics.ts")]
pub(crate) enum SentBy {
    /// A device of a user.
    Sdk,
    /// The customer's server, or staff in the console.
    Rest,
}

impl From<SentBy> for Source {
    fn from(by: SentBy) -> Self {
        match by {
            SentBy::Sdk => Self::Sdk,
            SentBy::Rest => Self::Rest,
        }
    }
}

impl From<Source> for SentBy {
    fn from(source: Source) -> Self {
        match source {
            Source::Sdk => Self::Sdk,
            Source::Rest => Self::Rest,
        }
    }
}

/// 上行, 下行, 离线, 分发.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct Volumes {
    uplink: u64,
    downlink: u64,
    offline: u64,
    distribution: u64,
}

impl From<MessageSums> for Volumes {
    fn from(sums: MessageSums) -> Self {
        let MessageSums { uplink, downlink, offline, distribution } = sums;
        Self { uplink, downlink, offline, distribution }
    }
}

/// Messages of one day.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct MessageDay {
    day: String,
    volumes: Volumes,
    /// Accepted messages, receipts and recalls by kind, chat and source.
    kinds: Vec<KindVolume>,
}

/// Messages of one kind.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct KindVolume {
    chat: Chat,
    /// `text`, `image`, …, `read_ack`, `recall`.
    kind: &'static str,
    sent_by: SentBy,
    uplink: u64,
    downlink: u64,
    offline: u64,
}

impl From<&MessageRow> for KindVolume {
    fn from(row: &MessageRow) -> Self {
        Self {
            chat: row.chat.into(),
            kind: kind_name(row.kind),
            sent_by: row.source.into(),
            uplink: row.counts.uplink,
            downlink: row.counts.downlink,
            offline: row.counts.offline,
        }
    }
}

impl From<&DayMessages> for MessageDay {
    fn from(day: &DayMessages) -> Self {
        Self {
            day: day.day.to_string(),
            volumes: day.sums.into(),
            kinds: day.rows.iter().map(KindVolume::from).collect(),
        }
    }
}

/// What is looked for among the busiest.
#[derive(Clone, Copy, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "statistics.ts")]
pub(crate) enum HotKind {
    /// Users, by what they sent.
    User,
    /// Groups, by what was sent there.
    Group,
    /// Chat rooms, by what was sent there.
    Room,
}

/// A busy user, group or chat room.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct HotSubject {
    id: String,
    total: u64,
    /// Messages by kind, those with any.
    kinds: Vec<KindCount>,
}

/// Messages of one kind.
#[derive(Serialize, TS)]
#[ts(export_to = "statistics.ts")]
pub(crate) struct KindCount {
    kind: &'static str,
    count: u64,
}

#[derive(Deserialize)]
struct RangeQuery {
    from: Option<String>,
    to: Option<String>,
    chat: Option<Chat>,
    kind: Option<HotKind>,
}

impl RangeQuery {
    /// The days asked for; the last week without any.
    fn range(&self, call: &Call) -> Result<DayRange, Failure> {
        let today = call.platform().calendar().day(call.messaging().clock().now());
        let day = |text: &Option<String>, name| match text {
            Some(text) => text
                .parse()
                .map(Some)
                .map_err(|_| Failure::malformed("a day is written 2026-11-18").field(name)),
            None => Ok(None),
        };
        let to: Day = day(&self.to, "to")?.unwrap_or(today);
        let from: Day = day(&self.from, "from")?.unwrap_or_else(|| to.plus(1 - DAYS));
        Ok(DayRange::new(from, to)?)
    }
}

async fn realtime(call: Call) -> Result<Answer, Failure> {
    let now = metering::today(call.messaging(), &call.caller()?).await?;
    let (active_users, day) = now.month_peak;
    let platforms = now.platforms.into_iter();
    Ok(Answer::json(&Realtime {
        today: (&now.figures).into(),
        connections: now.connections,
        room_members: now.room_members,
        month_peak: MonthPeak { active_users, day: day.to_string() },
        platforms: platforms.map(|(platform, users)| PlatformUsers { platform, users }).collect(),
    }))
}

async fn read_days(call: &Call) -> Result<Vec<DayStatistics>, Failure> {
    let range = call.query::<RangeQuery>()?.range(call)?;
    let days = metering::days(call.messaging(), &call.caller()?, range).await?;
    Ok(days.iter().map(DayStatistics::from).collect())
}

async fn days(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&read_days(&call).await?))
}

async fn days_csv(call: Call) -> Result<Answer, Failure> {
    let mut csv = Csv::with_header(&[
        "day",
        "active_users",
        "new_users",
        "deleted_users",
        "users",
        "active_groups",
        "new_groups",
        "dissolved_groups",
        "groups",
        "active_rooms",
        "new_rooms",
        "dissolved_rooms",
        "rooms",
        "peak_room_members",
        "peak_connections",
    ]);
    for day in read_days(&call).await? {
        let numbers = [
            day.active_users,
            day.new_users,
            day.deleted_users,
            day.users,
            day.active_groups,
            day.new_groups,
            day.dissolved_groups,
            day.groups,
            day.active_rooms,
            day.new_rooms,
            day.dissolved_rooms,
            day.rooms,
            day.peak_room_members,
            day.peak_connections,
        ];
        csv.row(std::iter::once(day.day).chain(numbers.iter().map(u64::to_string)));
    }
    Ok(csv.download("days.csv"))
}

async fn read_messages(call: &Call) -> Result<Vec<MessageDay>, Failure> {
    let query: RangeQuery = call.query()?;
    let (range, chat) = (query.range(call)?, query.chat.map(ChatType::from));
    let days = metering::messages(call.messaging(), &call.caller()?, range, chat).await?;
    Ok(days.iter().map(MessageDay::from).collect())
}

async fn messages(call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(&read_messages(&call).await?))
}

async fn messages_csv(call: Call) -> Result<Answer, Failure> {
    let mut csv = Csv::with_header(&["day", "uplink", "downlink", "offline", "distribution"]);
    for MessageDay { day, volumes, .. } in read_messages(&call).await? {
        let Volumes { uplink, downlink, offline, distribution } = volumes;
        let numbers = [uplink, downlink, offline, distribution];
        csv.row(std::iter::once(day).chain(numbers.iter().map(u64::to_string)));
    }
    Ok(csv.download("messages.csv"))
}

async fn hot(call: Call) -> Result<Answer, Failure> {
    let query: RangeQuery = call.query()?;
    let subject = match query.kind.unwrap_or(HotKind::User) {
        HotKind::User => Subject::User,
        HotKind::Group => Subject::Group,
        HotKind::Room => Subject::Room,
    };
    let range = query.range(&call)?;
    let found = metering::top(call.messaging(), &call.caller()?, subject, range).await?;
    let rows = found.into_iter().map(|hot| HotSubject {
        total: hot.kinds.total(),
        kinds: SUBJECT_KINDS
            .into_iter()
            .zip(hot.kinds.0)
            .filter(|(_, count)| *count > 0)
            .map(|(kind, count)| KindCount { kind: kind_name(kind), count })
            .collect(),
        id: hot.id,
    });
    Ok(Answer::json(&rows.collect::<Vec<_>>()))
}

/// The page's name of a kind of entry.
pub(crate) fn kind_name(kind: EntryKind) -> &'static str {
    match kind {
        EntryKind::Text => "text",
        EntryKind::Image => "image",
        EntryKind::Video => "video",
        EntryKind::Location => "location",
        EntryKind::Voice => "voice",
        EntryKind::File => "file",
        EntryKind::Command => "command",
        EntryKind::Custom => "custom",
        EntryKind::Combine => "combine",
        EntryKind::ReadAck => "read_ack",
        EntryKind::DeliverAck => "deliver_ack",
        EntryKind::ChannelAck => "channel_ack",
        EntryKind::Recall => "recall",
        EntryKind::Edit => "edit",
        EntryKind::Event => "event",
    }
}

/// The kind of message of this name.
pub(crate) fn message_kind(name: &str) -> Option<EntryKind> {
    SUBJECT_KINDS.into_iter().find(|kind| kind_name(*kind) == name)
}
