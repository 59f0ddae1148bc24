//! What was added to messages after they were sent, as history shows it: JSON in `MessageBody.meta`
//! (docs/protocol.md, "Annotations").
//!
//! Each kind of addition has a function that answers, for a page of messages, what there is of it; [`of`] asks them
//! all. An edit is no addition: it is written into the stored message itself.

use std::collections::HashMap;

use bytes::{BufMut, Bytes, BytesMut};
use hongyan_model::{Caller, Conversation, Feature, LogEntry, MessageId, Result, UserId};
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_msync::{Message, meta};
use serde_json::{Map, Value};

use crate::{Messaging, conversations, reactions, threads};

/// Keys of `MessageBody.meta` by message.
pub(crate) type Annotations = HashMap<MessageId, Map<String, Value>>;

/// What `reader` sees below each of `page`; messages without additions are not in it.
pub(crate) async fn of(
    m: &Messaging,
    caller: &Caller,
    reader: &UserId,
    page: &[LogEntry],
) -> Result<Annotations> {
    let mut all = Annotations::new();
    let Some(first) = page.first() else { return Ok(all) };
    let ids: Vec<MessageId> = page.iter().map(|message| message.id).collect();
    for (message, found) in reactions::of_page(m, caller, reader, &ids).await? {
        all.entry(message).or_default().insert("reaction".to_owned(), found);
    }
    let in_group = matches!(first.entry.conversation.conversation(), Some(Conversation::Group(_)));
    if in_group && caller.app.enabled(Feature::Thread) {
        for (message, found) in threads::below(m, caller.app.id, page).await? {
            all.entry(message).or_default().insert("thread_overview".to_owned(), found);
        }
    }
    conversations::add_receipts(m, caller, reader, page, &mut all).await?;
    Ok(all)
}

/// A stored message with `added` in its `MessageBody.meta`, beside what is there already.
pub(crate) fn annotated(stored: &Bytes, added: Map<String, Value>) -> Bytes {
    let Ok(mut envelope) = Meta::decode(stored.clone()) else { return stored.clone() };
    let payload = envelope.payload.take().unwrap_or_default();
    let Ok(body) = MessageBody::decode(payload.clone()) else { return stored.clone() };
    let meta = merged(body.meta.as_deref(), &added.into());
    // A later protobuf field wins over an earlier one; whatever else the body holds travels untouched.
    let meta = MessageBody { meta: Some(meta), ..MessageBody::default() };
    let mut bytes = BytesMut::with_capacity(payload.len() + meta.encoded_len());
    bytes.put_slice(&payload);
    bytes.put_slice(&meta.encode_to_vec());
    envelope.payload = Some(bytes.freeze());
    meta::to_stored(envelope)
}

/// The text of a `MessageBody.meta` with `added` beside what is there.
pub(super) fn merged(meta: Option<&str>, added: &Value) -> String {
    let mut all = meta.map(parsed).unwrap_or_default();
    all.extend(added.as_object().cloned().unwrap_or_default());
    Value::from(all).to_string()
}

/// The keys of a message's `meta`; none if it is no JSON object.
pub(super) fn parsed(meta: &str) -> Map<String, Value> {
    serde_json::from_str(meta).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn additions_stand_beside_what_is_there() {
        let body = MessageBody {
            ack_content: Some("kept".into()),
            meta: Some(r#"{"edit_msg":{"count":1}}"#.into()),
            ..MessageBody::default()
        };
        let stored =
            meta::to_stored(Meta { payload: Some(body.encode_to_vec().into()), ..Meta::default() });
        let mut added = Map::new();
        added.insert("reaction".into(), json!([]));
        let back = Meta::decode(annotated(&stored, added)).unwrap();
        let back = MessageBody::decode(back.payload.unwrap()).unwrap();
        assert_eq!(back.ack_content.as_deref(), Some("kept"));
        let meta: Value = serde_json::from_str(&back.meta.unwrap()).unwrap();
        assert_eq!(meta, json!({"edit_msg": {"count": 1}, "reaction": []}));
    }
}
