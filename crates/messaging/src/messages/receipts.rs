//! Read receipts in groups and threads: only the author hears of them, with the number of readers.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use hongyan_model::limits::READERS_PAGE;
use hongyan_model::{
    App, Caller, Conversation, ConversationKey, EntryKind, Error, Feature, GroupId, LogEntry,
    MessageId, Muc, Refusal, Result, Timestamp, UserId,
};
use hongyan_msync::proto::key_value::{Value, ValueType};
use hongyan_msync::proto::{KeyValue, MessageBody, MessageConfig, Meta};
use hongyan_msync::{Message, meta};
use serde_json::json;

use super::target::Target;
use crate::page::{Page, decode_cursor};
use crate::{Messaging, groups, threads};

/// A group message somebody has read.
pub(super) struct Read {
    pub(super) id: MessageId,
    pub(super) author: UserId,
}

/// The message that a group read receipt names; it must be one of that group or thread, whose app has such receipts.
pub(super) async fn admit_group_read(
    m: &Messaging,
    caller: &Caller,
    conversation: &ConversationKey,
    body: &MessageBody,
) -> Result<Read> {
    let feature = Feature::GroupReadAck;
    if !caller.app.enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    let id = MessageId(body.ack_message_id.ok_or(Refusal::Missing { name: "ackMessageId" })?);
    let message = m.store().log().entry(caller.app.id, id).await?;
    let message = message
        .filter(|found| found.entry.conversation == *conversation && found.entry.kind.is_message())
        .ok_or(Refusal::MessageNotFound)?;
    Ok(Read { id, author: message.entry.sender })
}

/// Whether messages of a group, or in its threads, may ask for read receipts: the app has them, and the group is not
/// too large for them.
pub(super) async fn has(m: &Messaging, app: &App, group: &GroupId) -> Result<bool> {
    if !app.enabled(Feature::GroupReadAck) {
        return Ok(false);
    }
    match app.quota(Feature::GroupAckMembersMax) {
        Some(most) => Ok(groups::member_count(m, app.id, group).await? <= most),
        None => Ok(true),
    }
}

/// A message's body, which asks for group read receipts only where there are any.
pub(super) async fn asked_for(
    m: &Messaging,
    app: &App,
    target: &Target,
    payload: Bytes,
    body: &MessageBody,
) -> Result<Bytes> {
    let asks = body.msg_config.as_ref().is_some_and(MessageConfig::allow_group_ack);
    let granted = match target {
        Target::Muc(Muc::Group(group), _) if asks => has(m, app, group).await?,
        Target::Thread(thread, _) if asks => has(m, app, &thread.group).await?,
        _ => app.enabled(Feature::GroupReadAck),
    };
    if !asks || granted {
        return Ok(payload);
    }
    // A later protobuf field wins over an earlier one; whatever else the body holds travels untouched.
    let no = MessageConfig { allow_group_ack: Some(false) };
    let refused = MessageBody { msg_config: Some(no), ..MessageBody::default() };
    let mut bytes = BytesMut::with_capacity(payload.len() + refused.encoded_len());
    bytes.put_slice(&payload);
    bytes.put_slice(&refused.encode_to_vec());
    Ok(bytes.freeze())
}

/// Who has read a group message.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Readers {
    /// A page of them and when each confirmed, by user.
    pub page: Page<(UserId, Timestamp)>,
    /// How many there are.
    pub total: u64,
}

/// A page of those who have confirmed to have read a message of a group, or of the thread of that id; for members of
/// the group.
pub async fn readers(
    m: &Messaging,
    caller: &Caller,
    group: &str,
    message: &str,
    limit: usize,
    cursor: Option<&str>,
) -> Result<Readers> {
    let feature = Feature::GroupReadAck;
    let group = GroupId::parse(group)?;
    let here = match groups::standing(m, caller, &group).await {
        Ok(_) => Conversation::Group(group),
        Err(Error::Refused(unknown @ Refusal::GroupNotFound { .. })) => {
            let thread = threads::seen_by(m, caller, caller.user(), group.as_str()).await?;
            Conversation::Thread(thread.ok_or(unknown)?.id.clone())
        }
        Err(error) => return Err(error),
    };
    if !caller.app.enabled(feature) {
        return Err(Refusal::FeatureDisabled { feature }.into());
    }
    let app = caller.app.id;
    let id = MessageId(message.parse().map_err(|_| Refusal::MessageNotFound)?);
    let found = m.store().log().entry(app, id).await?;
    let here = here.key();
    if found.is_none_or(|found| found.entry.conversation != here || !found.entry.kind.is_message())
    {
        return Err(Refusal::MessageNotFound.into());
    }
    let limit = limit.clamp(1, READERS_PAGE);
    let after = cursor.map(|cursor| decode_cursor(cursor, |key| UserId::parse(key).ok()));
    let after = after.transpose()?;
    let readers = m.store().log().readers_after(app, id, after.as_ref(), limit + 1).await?;
    let total = m.store().log().readers(app, id).await?;
    Ok(Readers { page: Page::of(readers, limit, |(user, _)| user.to_string()), total })
}

/// A receipt's or recall's body without fields of the client's own: the SDK reads the first as JSON
/// and loses what follows if it is none (docs/protocol.md, "Traps" 11).
pub(super) fn without_ext(payload: Bytes, body: &MessageBody) -> Bytes {
    if body.ext.is_empty() {
        return payload;
    }
    MessageBody { ext: Vec::new(), ..body.clone() }.encode_to_vec().into()
}

/// A group read receipt as its author gets it: with the number of readers by now.
///
/// Other entries pass unchanged.
pub(crate) async fn with_read_count(
    m: &Messaging,
    committed: Arc<LogEntry>,
) -> Result<Arc<LogEntry>> {
    let entry = &committed.entry;
    let is_group_read = entry.kind == EntryKind::ReadAck
        && matches!(
            entry.conversation.conversation(),
            Some(Conversation::Group(_) | Conversation::Thread(_))
        );
    if !is_group_read {
        return Ok(committed);
    }
    let Ok(mut envelope) = Meta::decode(entry.meta.clone()) else { return Ok(committed) };
    let payload = envelope.payload.take().unwrap_or_default();
    let Ok(mut body) = MessageBody::decode(payload) else { return Ok(committed) };
    let id = body.ack_message_id.unwrap_or_default();
    let readers = m.store().log().readers(entry.app, MessageId(id)).await?;
    body.ext = vec![KeyValue {
        key: Some("group_ack".to_owned()),
        r#type: Some(ValueType::JsonString as i32),
        value: Some(Value::StringValue(json!({ id.to_string(): readers }).to_string())),
    }];
    envelope.payload = Some(body.encode_to_vec().into());
    let mut counted = (*committed).clone();
    counted.entry.meta = meta::to_stored(envelope);
    Ok(Arc::new(counted))
}
