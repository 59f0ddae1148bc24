//! Read receipts in groups and threads: only the author hears of them, with the number of readers.

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use hongyan_model::{
    App, Caller, Conversation, ConversationKey, EntryKind, Feature, LogEntry, MessageId, Refusal,
    Result, UserId,
};
use hongyan_msync::proto::key_value::{Value, ValueType};
use hongyan_msync::proto::{KeyValue, MessageBody, MessageConfig, Meta};
use hongyan_msync::{Message, meta};
use serde_json::json;

use crate::Messaging;

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

/// A message's body, which asks for group read receipts only where the app has them.
pub(super) fn asked_for(app: &App, payload: Bytes, body: &MessageBody) -> Bytes {
    let asks = body.msg_config.as_ref().is_some_and(MessageConfig::allow_group_ack);
    if !asks || app.enabled(Feature::GroupReadAck) {
        return payload;
    }
    // A later protobuf field wins over an earlier one; whatever else the body holds travels untouched.
    let no = MessageConfig { allow_group_ack: Some(false) };
    let refused = MessageBody { msg_config: Some(no), ..MessageBody::default() };
    let mut bytes = BytesMut::with_capacity(payload.len() + refused.encoded_len());
    bytes.put_slice(&payload);
    bytes.put_slice(&refused.encode_to_vec());
    bytes.freeze()
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
