//! Messages in threads say where their thread hangs.
//!
//! The SDK sends an empty mark with what it sends to a thread and leaves it to the server to fill it in.

use bytes::{BufMut, Bytes, BytesMut};
use hongyan_model::Thread;
use hongyan_msync::Message;
use hongyan_msync::proto::MessageBody;
use serde_json::{Map, Value, json};

use super::annotations::parsed;

const MARK: &str = "thread";
/// Keys that only the server writes: what was added to a message later, and the mark.
const OF_SERVER: [&str; 5] = [MARK, "edit_msg", "reaction", "thread_overview", "isRead"];

/// Whether the client means a thread.
pub(super) fn is_marked(body: &MessageBody) -> bool {
    body.meta.as_deref().is_some_and(|meta| meta.contains(MARK) && parsed(meta).contains_key(MARK))
}

/// Whether the client says what only the server may.
fn pretends(body: &MessageBody) -> bool {
    let meta = body.meta.as_deref().unwrap_or_default();
    OF_SERVER.iter().any(|key| meta.contains(key))
}

/// The body with the true mark: that of `thread`, or none, whatever the client says; nothing in it looks as if it had been
/// edited or reacted to.
pub(super) fn marked(payload: Bytes, body: &MessageBody, thread: Option<&Thread>) -> Bytes {
    if thread.is_none() && !pretends(body) {
        return payload;
    }
    let mut keys = body.meta.as_deref().map(parsed).unwrap_or_default();
    keys.retain(|key, _| !OF_SERVER.contains(&key.as_str()));
    keys.extend(thread.map(mark).unwrap_or_default());
    // A later protobuf field wins over an earlier one; whatever else the body holds travels untouched.
    let meta = MessageBody { meta: Some(Value::from(keys).to_string()), ..MessageBody::default() };
    let mut bytes = BytesMut::with_capacity(payload.len() + meta.encoded_len());
    bytes.put_slice(&payload);
    bytes.put_slice(&meta.encode_to_vec());
    bytes.freeze()
}

/// `{"thread": {…}}`, with the name that the thread has now.
pub(super) fn mark(thread: &Thread) -> Map<String, Value> {
    let mark = json!({
        "msg_parent_id": thread.message.to_string(),
        "muc_parent_id": thread.group.as_str(),
        "thread_name": thread.name,
    });
    Map::from_iter([(MARK.to_owned(), mark)])
}

#[cfg(test)]
mod tests {
    use hongyan_model::{GroupId, MessageId, ThreadId, UserId};

    use super::*;

    fn meta_of(meta: Option<&str>, thread: Option<&Thread>) -> Option<Value> {
        let body = MessageBody { meta: meta.map(str::to_owned), ..MessageBody::default() };
        let bytes = marked(body.encode_to_vec().into(), &body, thread);
        let meta = MessageBody::decode(bytes).unwrap().meta?;
        Some(serde_json::from_str(&meta).unwrap())
    }

    #[test]
    fn the_mark_is_the_servers() {
        let thread = Thread {
            id: ThreadId::from_trusted("3"),
            group: GroupId::from_trusted("2"),
            message: MessageId(1),
            name: "t".into(),
            owner: UserId::from_trusted("alice"),
            created: 0,
        };
        let mark = json!({"msg_parent_id": "1", "muc_parent_id": "2", "thread_name": "t"});
        for meta in [None, Some("no json"), Some(r#"{"thread":{}}"#)] {
            assert_eq!(meta_of(meta, Some(&thread)), Some(json!({"thread": mark})));
        }
        let others = r#"{"thread":{"msg_parent_id":"9"},"translations":[]}"#;
        let kept = json!({"thread": mark, "translations": []});
        assert_eq!(meta_of(Some(others), Some(&thread)), Some(kept));
        assert_eq!(meta_of(Some(others), None), Some(json!({"translations": []})));
        let pretended = r#"{"edit_msg":{"count":1},"reaction":[],"isRead":true,"a":1}"#;
        assert_eq!(meta_of(Some(pretended), None), Some(json!({"a": 1})));
        assert_eq!(meta_of(Some(r#"{"a":1}"#), None), Some(json!({"a": 1})));
        assert_eq!(meta_of(None, None), None);
    }
}
