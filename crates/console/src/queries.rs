//! 实时查询: where messages went, and who was connected when.

use hongyan_integrations::push::{self, PushResult, PushStatus};
use hongyan_messaging::connections::{self, ConnectionEvent, Operation};
use hongyan_messaging::messages::{
    self, Recipient, RecipientState, TraceBy, TraceDetail, TraceQuery, TracedMessage,
};
use hongyan_model::{ChatType, GroupId, MessageId, Refusal, Timestamp};
use hongyan_platform::roles::Permission;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::answer::Answer;
use crate::call::Call;
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::page::{CursorPage, PageQuery};
use crate::statistics::{Chat, SentBy, kind_name, message_kind};

const ACCESS: Access = Access::App(Permission::Statistics);
/// Lines of a page when the page names no number.
const PAGE: usize = 20;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .get("/apps/{org}/{app}/queries/delivery", ACCESS, delivery)
        .get("/apps/{org}/{app}/queries/delivery/{message}", ACCESS, detail)
        .get("/apps/{org}/{app}/queries/connections", ACCESS, history)
}

/// A message, but not what it says.
#[derive(Serialize, TS)]
#[ts(export_to = "queries.ts")]
pub(crate) struct DeliveryRow {
    id: String,
    time: Timestamp,
    sender: String,
    chat: Chat,
    /// The other user, the group or the chat room.
    to: String,
    /// `text`, `image`, ….
    kind: &'static str,
    sent_by: SentBy,
    recalled: bool,
    /// Only for devices that were connected.
    online_only: bool,
}

impl From<TracedMessage> for DeliveryRow {
    fn from(message: TracedMessage) -> Self {
        Self {
            id: message.id.to_string(),
            time: message.time,
            sender: message.sender.to_string(),
            chat: message.chat.into(),
            to: message.to,
            kind: kind_name(message.kind),
            sent_by: message.source.into(),
            recalled: message.recalled,
            online_only: message.online_only,
        }
    }
}

/// A message and where it went.
#[derive(Serialize, TS)]
#[ts(export_to = "queries.ts")]
pub(crate) struct DeliveryDetail {
    message: DeliveryRow,
    /// Users who have confirmed to have read it; of groups only.
    readers: u64,
    /// A page of its recipients; `null` in chat rooms, which keep no account of them.
    recipients: Option<CursorPage<RecipientRow>>,
}

/// A recipient of a message.
#[derive(Serialize, TS)]
#[ts(export_to = "queries.ts")]
pub(crate) struct RecipientRow {
    user: String,
    state: DeliveryState,
    /// When it was read, if that was confirmed.
    read: Option<Timestamp>,
    /// Its devices, the one seen last first.
    devices: Vec<DeviceRow>,
    /// What became of its notices.
    pushes: Vec<PushRow>,
}

/// What became of a notice.
#[derive(Serialize, TS)]
#[ts(export_to = "queries.ts")]
pub(crate) struct PushRow {
    /// As its binding names it; empty: it concerned none.
    device: String,
    /// Name of the certificate.
    notifier: String,
    /// The vendor.
    channel: Option<String>,
    #[ts(type = "\"success\" | \"failure\" | \"unknown\" | \"waiting\"")]
    status: &'static str,
    /// Of the published words (docs/push.md).
    reason: Option<String>,
    /// In the vendor's words, or by which the vendor knows it.
    answer: Option<String>,
    /// When; `null` while it waits, and where none was made.
    time: Option<Timestamp>,
}

impl PushRow {
    fn waiting(device: &str, notifier: &str) -> Self {
        Self {
            device: device.to_owned(),
            notifier: notifier.to_owned(),
            channel: None,
            status: "waiting",
            reason: None,
            answer: None,
            time: None,
        }
    }
}

impl From<push::Reason> for PushRow {
    fn from(reason: push::Reason) -> Self {
        Self { status: "failure", reason: Some(reason.word().to_owned()), ..Self::waiting("", "") }
    }
}

impl From<PushResult> for PushRow {
    fn from(result: PushResult) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            device: result.device,
            notifier: result.notifier,
            channel: given(result.channel),
            status: match result.status {
                PushStatus::Success => "success",
                PushStatus::Failure => "failure",
                PushStatus::Unknown => "unknown",
            },
            reason: given(result.reason),
            answer: given(result.answer),
            time: Some(result.time),
        }
    }
}

/// How far a message has come with a recipient.
#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "queries.ts")]
pub(crate) enum DeliveryState {
    /// A device has it.
    Delivered,
    /// It waits for a device.
    Waiting,
    /// The user is in the group no more.
    NotMember,
    /// There was no such user.
    NoUser,
}

/// A device of a recipient.
#[derive(Serialize, TS)]
#[ts(export_to = "queries.ts")]
pub(crate) struct DeviceRow {
    device: String,
    delivered: bool,
    /// When it last logged in.
    last_seen: Timestamp,
    online: bool,
}

impl From<TraceDetail> for DeliveryDetail {
    fn from(detail: TraceDetail) -> Self {
        Self {
            message: detail.message.into(),
            readers: detail.readers,
            recipients: detail.recipients.map(|page| CursorPage {
                items: page.items.into_iter().map(RecipientRow::from).collect(),
                cursor: page.cursor,
            }),
        }
    }
}

impl From<Recipient> for RecipientRow {
    fn from(recipient: Recipient) -> Self {
        let devices = recipient.devices.into_iter().map(|device| DeviceRow {
            device: device.device.to_string(),
            delivered: device.delivered,
            last_seen: device.last_seen,
            online: device.online,
        });
        Self {
            user: recipient.user.to_string(),
            state: match recipient.state {
                RecipientState::Delivered => DeliveryState::Delivered,
                RecipientState::Waiting => DeliveryState::Waiting,
                RecipientState::NotMember => DeliveryState::NotMember,
                RecipientState::NoUser => DeliveryState::NoUser,
            },
            read: recipient.read,
            devices: devices.collect(),
            pushes: Vec::new(),
        }
    }
}

/// A line of the connection history.
#[derive(Serialize, TS)]
#[ts(export_to = "queries.ts")]
pub(crate) struct ConnectionRow {
    time: Timestamp,
    /// What the SDK says of its version.
    version: String,
    platform: String,
    device: String,
    /// Address, if it is known.
    ip: Option<String>,
    operation: ConnectionOperation,
    /// Whether the device was connected after it.
    online: bool,
}

/// What happened to a connection.
#[derive(Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export_to = "queries.ts")]
pub(crate) enum ConnectionOperation {
    /// The device logged in.
    Login,
    /// The device logged out.
    Logout,
    /// The server ended the connection.
    Kick,
    /// The connection broke or was silent too long.
    Closed,
}

impl From<ConnectionEvent> for ConnectionRow {
    fn from(event: ConnectionEvent) -> Self {
        Self {
            time: event.time,
            version: event.version,
            platform: event.device.platform().to_owned(),
            device: event.device.to_string(),
            ip: event.address.map(|address| address.to_string()),
            operation: match event.operation {
                Operation::Login => ConnectionOperation::Login,
                Operation::Logout => ConnectionOperation::Logout,
                Operation::Kick => ConnectionOperation::Kick,
                Operation::Closed => ConnectionOperation::Closed,
            },
            online: event.online,
        }
    }
}

/// Whose or which messages.
#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum By {
    Sender,
    Message,
}

#[derive(Deserialize)]
struct DeliveryQuery {
    by: By,
    id: String,
    chat: Option<Chat>,
    kind: Option<String>,
    sent_by: Option<SentBy>,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<usize>,
}

async fn delivery(call: Call) -> Result<Answer, Failure> {
    let query: DeliveryQuery = call.query()?;
    let id = query.id.trim();
    if id.is_empty() {
        return Err(Refusal::Missing { name: "id" }.into());
    }
    let by = match query.by {
        By::Sender => TraceBy::Sender(id.to_owned()),
        By::Message => TraceBy::Message(message_id(id)?),
    };
    let kind = match query.kind.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => Some(message_kind(name).ok_or_else(|| {
            Failure::from(Refusal::Invalid { name: "kind", why: "no such kind".to_owned() })
        })?),
        None => None,
    };
    let trace = TraceQuery {
        by,
        chat: query.chat.map(Into::into),
        kind,
        source: query.sent_by.map(Into::into),
        from: query.from.unwrap_or_default(),
        to: query.to.unwrap_or_else(|| call.messaging().clock().now()),
    };
    let (m, caller, cursor) = (call.messaging(), call.caller()?, query.cursor.as_deref());
    let page = messages::trace(m, &caller, trace, cursor, query.limit.unwrap_or(PAGE)).await;
    let page = page.map_err(|error| Failure::from(error).renamed("user", "id"))?;
    let items: Vec<DeliveryRow> = page.items.into_iter().map(DeliveryRow::from).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let query: PageQuery = call.query()?;
    let (m, caller, id) = (call.messaging(), call.caller()?, message_id(call.path("message"))?);
    let cursor = query.cursor.as_deref();
    let found = messages::trace_detail(m, &caller, id, cursor, query.limit()).await?;
    let users = found.recipients.iter().flat_map(|page| &page.items);
    let users: Vec<_> = users.map(|recipient| recipient.user.clone()).collect();
    let (i, app) = (call.integrations(), call.app()?);
    let (results, waiting) = push::of_message(i, app, id, &users).await?;
    let unnotified = match GroupId::parse(&found.message.to) {
        Ok(group) if found.message.chat == ChatType::Group => {
            let waits = |recipient: &&Recipient| recipient.state == RecipientState::Waiting;
            let recipients = found.recipients.iter().flat_map(|page| &page.items).filter(waits);
            let without: Vec<_> = recipients.map(|recipient| recipient.user.clone()).collect();
            push::unnotified(i, app, &group, &without).await?
        }
        _ => Vec::new(),
    };
    let mut detail = DeliveryDetail::from(found);
    for recipient in detail.recipients.iter_mut().flat_map(|page| &mut page.items) {
        let ended = results.iter().filter(|result| result.user.as_str() == recipient.user);
        let waits = waiting.iter().filter(|(user, ..)| user.as_str() == recipient.user);
        let waits = waits.map(|(_, device, notifier)| PushRow::waiting(device, notifier));
        recipient.pushes = ended.cloned().map(PushRow::from).chain(waits).collect();
        if recipient.pushes.is_empty() {
            let without = unnotified.iter().filter(|(user, _)| user.as_str() == recipient.user);
            recipient.pushes = without.map(|(_, reason)| PushRow::from(*reason)).collect();
        }
    }
    Ok(Answer::json(&detail))
}

#[derive(Deserialize)]
struct HistoryQuery {
    user: String,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
    cursor: Option<String>,
    limit: Option<usize>,
}

async fn history(call: Call) -> Result<Answer, Failure> {
    let query: HistoryQuery = call.query()?;
    let to = query.to.unwrap_or_else(|| call.messaging().clock().now());
    let range = (query.from.unwrap_or_default(), to);
    let (m, caller, limit) = (call.messaging(), call.caller()?, query.limit.unwrap_or(PAGE));
    let user = query.user.trim();
    let page = connections::page(m, &caller, user, range, query.cursor.as_deref(), limit).await?;
    let items: Vec<ConnectionRow> = page.items.into_iter().map(ConnectionRow::from).collect();
    Ok(Answer::json(&CursorPage { items, cursor: page.cursor }))
}

fn message_id(text: &str) -> Result<MessageId, Failure> {
    let why = || Refusal::Invalid { name: "id", why: "not a message id".to_owned() };
    Ok(MessageId(text.parse().map_err(|_| why())?))
}
