//! The frames a server writes, each as the bytes of one `MSync` message.
//!
//! Every answer carries the `status` and `queue` sub-messages the SDKs insist on, even when empty
//! (docs/protocol.md, "Traps" 1 and 2).

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use prost::encoding::{encode_varint, encoded_len_varint};

use crate::meta;
use crate::proto::{
    CommNotice, CommSyncDl, CommUnreadDl, Jid, Logout, MSync, Meta, MetaQueue, Provision, Status,
    m_sync::Command, status::ErrorCode,
};

const METAS_TAG: u8 = 4 << 3 | 2;
const PAYLOAD_TAG: u8 = 9 << 3 | 2;

/// A status without a reason.
#[must_use]
pub fn ok() -> Status {
    Status { error_code: Some(ErrorCode::Ok as i32), reason: None }
}

/// A failed status with the reason the SDK maps to one of its own codes.
#[must_use]
pub fn failure(code: ErrorCode, reason: impl Into<String>) -> Status {
    Status { error_code: Some(code as i32), reason: Some(reason.into()) }
}

fn encode(command: Command, payload: &impl Message) -> Bytes {
    MSync {
        command: Some(command as i32),
        payload: Some(payload.encode_to_vec().into()),
        ..MSync::default()
    }
    .encode_to_vec()
    .into()
}

/// The answer to a login.
#[must_use]
pub fn provision(reply: &Provision) -> Bytes {
    encode(Command::Provision, reply)
}

/// The answer to a logout.
#[must_use]
pub fn logout(session_id: Option<String>) -> Bytes {
    encode(Command::Logout, &Logout { session_id, reason: None, status: Some(ok()) })
}

/// "This queue has something for you": the client answers with a pull.
#[must_use]
pub fn notice(queue: Jid) -> Bytes {
    encode(Command::Notice, &CommNotice { queue: Some(queue) })
}

/// The answer to `UNREAD`: the queues with something to pull, and the server's time (Unix ms).
#[must_use]
pub fn unread(queues: Vec<Jid>, timestamp: u64) -> Bytes {
    let unread = queues.into_iter().map(|queue| MetaQueue { queue: Some(queue), n: Some(0) });
    encode(
        Command::Unread,
        &CommUnreadDl { status: Some(ok()), unread: unread.collect(), timestamp: Some(timestamp) },
    )
}

/// The answer to an uplink `Meta`: accepted under `server_id`, or refused by `status`.
#[must_use]
pub fn receipt(meta_id: u64, server_id: u64, timestamp: u64, status: Status) -> Bytes {
    encode(
        Command::Sync,
        &CommSyncDl {
            status: Some(status),
            meta_id: Some(meta_id),
            server_id: Some(server_id),
            timestamp: Some(timestamp),
            ..CommSyncDl::default()
        },
    )
}

/// The answer to an accepted uplink that is told something beside.
#[must_use]
pub fn receipt_with(meta_id: u64, server_id: u64, timestamp: u64, told: Meta) -> Bytes {
    encode(
        Command::Sync,
        &CommSyncDl {
            status: Some(ok()),
            meta_id: Some(meta_id),
            server_id: Some(server_id),
            timestamp: Some(timestamp),
            metas: vec![told],
            ..CommSyncDl::default()
        },
    )
}

/// One message of a [`batch`], borrowed from the log.
pub struct Stored<'a> {
    /// Message id.
    pub id: u64,
    /// Server time in Unix ms.
    pub timestamp: u64,
    /// Serialized `Meta` without id and timestamp ([`meta::to_stored`]).
    pub meta: &'a [u8],
}

/// A batch of a queue that the client acknowledges with `next_key` and continues from.
///
/// Never "last": a last batch with messages is not acknowledged by the SDK.
#[must_use]
pub fn batch(queue: Jid, next_key: u64, timestamp: u64, messages: &[Stored<'_>]) -> Bytes {
    let head = CommSyncDl {
        status: Some(ok()),
        next_key: Some(next_key),
        queue: Some(queue),
        is_last: Some(false),
        timestamp: Some(timestamp),
        ..CommSyncDl::default()
    };
    let metas: usize = messages
        .iter()
        .map(|m| meta::delivered_len(m.id, m.timestamp, m.meta))
        .map(|len| 1 + encoded_len_varint(len as u64) + len)
        .sum();
    let payload_len = head.encoded_len() + metas;
    let mut buf = BytesMut::with_capacity(payload_len + 16);
    // MSync { command: SYNC, payload }; SYNC is 0 but explicit, as proto2 clients expect.
    buf.put_slice(&[8 << 3, Command::Sync as u8]);
    buf.put_u8(PAYLOAD_TAG);
    encode_varint(payload_len as u64, &mut buf);
    head.encode_raw(&mut buf);
    for m in messages {
        buf.put_u8(METAS_TAG);
        encode_varint(meta::delivered_len(m.id, m.timestamp, m.meta) as u64, &mut buf);
        meta::put_delivered(&mut buf, m.id, m.timestamp, m.meta);
    }
    buf.freeze()
}

/// "Nothing more in this queue."
#[must_use]
pub fn queue_end(queue: Jid, timestamp: u64) -> Bytes {
    encode(
        Command::Sync,
        &CommSyncDl {
            status: Some(ok()),
            queue: Some(queue),
            is_last: Some(true),
            timestamp: Some(timestamp),
            ..CommSyncDl::default()
        },
    )
}

/// A message pushed without a pull and without acknowledgement: only for transient things (kicks).
#[must_use]
pub fn push(queue: Jid, message: Meta, timestamp: u64) -> Bytes {
    encode(
        Command::Sync,
        &CommSyncDl {
            status: Some(ok()),
            metas: vec![message],
            queue: Some(queue),
            is_last: Some(true),
            timestamp: Some(timestamp),
            ..CommSyncDl::default()
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_is_a_well_formed_sync_frame() {
        let stored = meta::to_stored(Meta { ns: Some(1), ..Meta::default() });
        let queue = Jid { name: Some("bob".into()), ..Jid::default() };
        let messages = [
            Stored { id: 5, timestamp: 10, meta: &stored },
            Stored { id: 6, timestamp: 11, meta: &stored },
        ];
        let frame = MSync::decode(batch(queue.clone(), 99, 12, &messages)).unwrap();
        assert_eq!(frame.command, Some(Command::Sync as i32));
        let dl = CommSyncDl::decode(frame.payload.unwrap()).unwrap();
        assert_eq!(dl.status, Some(ok()));
        assert_eq!(dl.queue, Some(queue));
        assert_eq!((dl.next_key, dl.is_last), (Some(99), Some(false)));
        let ids: Vec<_> = dl.metas.iter().map(|m| (m.id, m.timestamp, m.ns)).collect();
        assert_eq!(ids, [(Some(5), Some(10), Some(1)), (Some(6), Some(11), Some(1))]);
    }
}
