//! Stored messages as bytes.
//!
//! A message is kept as a serialized [`Meta`] *without* `id` and `timestamp`, which only the log
//! knows. Protobuf fields may come in any order, so the two are simply written in front when the
//! message leaves the server.

use bytes::{BufMut, Bytes, BytesMut};
use prost::encoding::{encode_varint, encoded_len_varint};

use crate::proto::Meta;

const ID_TAG: u8 = 1 << 3;
const TIMESTAMP_TAG: u8 = 4 << 3;

/// Serializes a [`Meta`] for the log; `id` and `timestamp` are left out.
#[must_use]
pub fn to_stored(mut meta: Meta) -> Bytes {
    meta.id = None;
    meta.timestamp = None;
    prost::Message::encode_to_vec(&meta).into()
}

/// Serializes a [`Meta`] for the log that clients receive under another id than its entry's: of two equal fields
/// they take the later one.
#[must_use]
pub fn to_stored_as(mut meta: Meta, id: u64) -> Bytes {
    meta.id = Some(id);
    meta.timestamp = None;
    prost::Message::encode_to_vec(&meta).into()
}

/// Length in bytes of [`put_delivered`]'s output.
#[must_use]
pub fn delivered_len(id: u64, timestamp: u64, stored: &[u8]) -> usize {
    2 + encoded_len_varint(id) + encoded_len_varint(timestamp) + stored.len()
}

/// Writes a stored message as the complete `Meta` a client receives.
pub fn put_delivered(buf: &mut BytesMut, id: u64, timestamp: u64, stored: &[u8]) {
    buf.put_u8(ID_TAG);
    encode_varint(id, buf);
    buf.put_u8(TIMESTAMP_TAG);
    encode_varint(timestamp, buf);
    buf.put_slice(stored);
}

/// A stored message as the complete serialized `Meta` a client receives (times in Unix ms).
#[must_use]
pub fn delivered(id: u64, timestamp: u64, stored: &[u8]) -> Bytes {
    let mut buf = BytesMut::with_capacity(delivered_len(id, timestamp, stored));
    put_delivered(&mut buf, id, timestamp, stored);
    buf.freeze()
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::*;
    use crate::proto::Jid;

    #[test]
    fn a_stored_meta_may_have_the_id_of_another() {
        let stored = to_stored_as(Meta { ns: Some(1), ..Meta::default() }, 9);
        let back = Meta::decode(delivered(7, 5, &stored)).unwrap();
        assert_eq!(back, Meta { id: Some(9), timestamp: Some(5), ns: Some(1), ..Meta::default() });
    }

    #[test]
    fn a_stored_meta_regains_id_and_timestamp() {
        let meta = Meta {
            id: Some(7),
            to: Some(Jid { name: Some("bob".into()), ..Jid::default() }),
            timestamp: Some(1),
            ns: Some(1),
            payload: Some(Bytes::from_static(b"x")),
            ..Meta::default()
        };
        let stored = to_stored(meta.clone());
        let back = Meta::decode(delivered(1 << 62, 1_790_000_000_000, &stored)).unwrap();
        assert_eq!(back, Meta { id: Some(1 << 62), timestamp: Some(1_790_000_000_000), ..meta });
    }
}
