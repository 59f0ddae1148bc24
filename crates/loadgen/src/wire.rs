//! MSYNC frames as a device writes and reads them.

use anyhow::{Context, Result, bail};
use bytes::{BufMut, Bytes};
use hongyan_msync::proto::{
    Content, Jid, KeyValue, MSync, MessageBody, Meta, Provision, StatisticsBody, content,
    key_value, m_sync::Command, message_body, meta::NameSpace,
};
use hongyan_msync::{GROUP_DOMAIN, Message, USER_DOMAIN};
use prost::encoding::{decode_varint, encode_varint, encoded_len_varint};

const COMMAND_KEY: u8 = 8 << 3;
const PAYLOAD_KEY: u8 = 9 << 3 | 2;
const UPLINK_META_KEY: u8 = 1 << 3 | 2;
const UPLINK_KEY_KEY: u8 = 2 << 3;
const UPLINK_QUEUE_KEY: u8 = 3 << 3 | 2;
const META_ID_KEY: u8 = 1 << 3;

/// Where a message goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// A user.
    User(String),
    /// A group.
    Group(String),
    /// A chat room.
    Room {
        /// Its id.
        id: String,
        /// Importance of messages: 0 high, 1 normal, 2 low.
        priority: i64,
    },
}

impl Target {
    /// The JID of the target in the app `app_key`.
    #[must_use]
    pub fn jid(&self, app_key: &str) -> Jid {
        let (name, domain) = match self {
            Self::User(name) => (name, USER_DOMAIN),
            Self::Group(name) | Self::Room { id: name, .. } => (name, GROUP_DOMAIN),
        };
        Jid {
            app_key: Some(app_key.to_owned()),
            name: Some(name.clone()),
            domain: Some(domain.to_owned()),
            client_resource: None,
        }
    }
}

// ---------------------------------------------------------------- uplinks

fn put_frame_head(frame: &mut Vec<u8>, command: Command, payload_len: usize) {
    frame.put_slice(&[COMMAND_KEY, command as u8, PAYLOAD_KEY]);
    encode_varint(payload_len as u64, frame);
}

/// Writes `SYNC { queue, key }`: a pull, which with `key` also acknowledges.
pub fn put_pull(frame: &mut Vec<u8>, queue: &[u8], key: Option<u64>) {
    let key_len = key.map_or(0, |key| 1 + encoded_len_varint(key));
    let queue_len = 1 + encoded_len_varint(queue.len() as u64) + queue.len();
    put_frame_head(frame, Command::Sync, key_len + queue_len);
    if let Some(key) = key {
        frame.put_u8(UPLINK_KEY_KEY);
        encode_varint(key, frame);
    }
    frame.put_u8(UPLINK_QUEUE_KEY);
    encode_varint(queue.len() as u64, frame);
    frame.put_slice(queue);
}

/// Writes `SYNC { meta }`, where `body` is a serialized [`Meta`] without id.
pub fn put_meta(frame: &mut Vec<u8>, id: u64, body: &[u8]) {
    let meta_len = 1 + encoded_len_varint(id) + body.len();
    put_frame_head(frame, Command::Sync, 1 + encoded_len_varint(meta_len as u64) + meta_len);
    frame.put_u8(UPLINK_META_KEY);
    encode_varint(meta_len as u64, frame);
    frame.put_u8(META_ID_KEY);
    encode_varint(id, frame);
    frame.put_slice(body);
}

/// Writes `UNREAD`, which is also the heartbeat.
pub fn put_unread(frame: &mut Vec<u8>) {
    put_frame_head(frame, Command::Unread, 0);
}

/// Writes the statistics uplink of the SDKs, which gets no answer.
pub fn put_statistics(frame: &mut Vec<u8>, id: u64) {
    let body = Meta {
        ns: Some(NameSpace::Statistic as i32),
        payload: Some(
            StatisticsBody { operation: Some(0), ..Default::default() }.encode_to_vec().into(),
        ),
        ..Meta::default()
    };
    put_meta(frame, id, &body.encode_to_vec());
}

/// Writes the login frame of the Web SDK.
pub fn put_provision(frame: &mut Vec<u8>, app_key: &str, user: &str, token: &str, resource: &str) {
    let request = Provision {
        os_type: Some(16),
        version: Some("4.21.1".to_owned()),
        compress_type: vec![0],
        encrypt_type: vec![0],
        device_uuid: Some(resource.to_owned()),
        device_name: Some("webim".to_owned()),
        resource: Some(resource.to_owned()),
        action_version: Some("v5.2".to_owned()),
        auth_token: Some(format!("{{\"token\":\"$t${token}\"}}")),
        session_id: Some("0:".to_owned()),
        ..Provision::default()
    };
    let msync = MSync {
        version: Some(0),
        guid: Some(Jid {
            app_key: Some(app_key.to_owned()),
            name: Some(user.to_owned()),
            domain: Some(USER_DOMAIN.to_owned()),
            client_resource: Some(resource.to_owned()),
        }),
        auth: Some(format!("$t${token}")),
        command: Some(Command::Provision as i32),
        payload: Some(request.encode_to_vec().into()),
        device_id: Some(0),
        encrypt_type: vec![0],
        ..MSync::default()
    };
    frame.extend_from_slice(&msync.encode_to_vec());
}

/// A text as a serialized [`Meta`] without id, for [`put_meta`].
#[must_use]
pub fn text_body(app_key: &str, from: &str, to: &Target, text: &str) -> Vec<u8> {
    let (kind, to_name) = match to {
        Target::User(name) => (message_body::Type::Chat, name),
        Target::Group(name) => (message_body::Type::Groupchat, name),
        Target::Room { id, .. } => (message_body::Type::Chatroom, id),
    };
    let tag = match to {
        Target::Room { priority, .. } => Some(KeyValue {
            key: Some("chatroom_msg_tag".to_owned()),
            r#type: Some(key_value::ValueType::Int as i32),
            value: Some(key_value::Value::VarintValue(*priority)),
        }),
        Target::User(_) | Target::Group(_) => None,
    };
    let named = |name: &str| Some(Jid { name: Some(name.to_owned()), ..Jid::default() });
    let body = MessageBody {
        r#type: Some(kind as i32),
        from: named(from),
        to: named(to_name),
        contents: vec![Content {
            r#type: Some(content::Type::Text as i32),
            text: Some(text.to_owned()),
            ..Content::default()
        }],
        ..MessageBody::default()
    };
    Meta {
        to: Some(to.jid(app_key)),
        ns: Some(NameSpace::Chat as i32),
        payload: Some(body.encode_to_vec().into()),
        routetype: Some(0),
        ext: tag.into_iter().collect(),
        ..Meta::default()
    }
    .encode_to_vec()
}

// ---------------------------------------------------------------- downlinks

/// What a server sends.
#[derive(Debug)]
pub enum Downlink {
    /// The answer to an uplink, a batch of a queue or the end of a queue.
    Sync(SyncDown),
    /// The serialized JIDs of the queues with something to pull.
    Unread(Vec<Bytes>),
    /// The serialized JID of a queue that has something new.
    Notice(Bytes),
    /// The answer to a login.
    Provision(Box<Provision>),
    /// The answer to a logout.
    Logout,
}

/// A `CommSyncDL`.
#[derive(Clone, Debug, Default)]
pub struct SyncDown {
    /// `status.errorCode`; `None` without a status.
    pub code: Option<u64>,
    /// `status.reason`.
    pub reason: Option<Bytes>,
    /// The uplink this answers.
    pub meta_id: Option<u64>,
    /// The message's id.
    pub server_id: u64,
    /// Server time in ms.
    pub timestamp: u64,
    /// To be acknowledged with.
    pub next_key: Option<u64>,
    /// Serialized JID of the queue.
    pub queue: Option<Bytes>,
    /// End of the queue.
    pub is_last: bool,
    /// Number of messages.
    pub count: usize,
    payload: Bytes,
}

impl SyncDown {
    /// The serialized `Meta`s.
    pub fn metas(&self) -> impl Iterator<Item = &[u8]> {
        let mut fields = Fields::new(&self.payload);
        std::iter::from_fn(move || {
            // Parsed once already, so that malformed bytes cannot turn up here.
            while let Ok(Some((number, value))) = fields.next_field() {
                if let (4, Value::Bytes(meta)) = (number, value) {
                    return Some(meta);
                }
            }
            None
        })
    }
}

/// Reads one frame.
pub fn read_downlink(frame: &Bytes) -> Result<Downlink> {
    let mut command = 0;
    let mut payload = Bytes::new();
    let mut fields = Fields::new(frame);
    while let Some(field) = fields.next_field()? {
        match field {
            (8, Value::Varint(number)) => command = number,
            (9, Value::Bytes(bytes)) => payload = frame.slice_ref(bytes),
            _ => {}
        }
    }
    let command = i32::try_from(command).ok().and_then(|c| Command::try_from(c).ok());
    match command.context("unknown command")? {
        Command::Sync => read_sync(payload).map(Downlink::Sync),
        Command::Unread => read_unread(&payload).map(Downlink::Unread),
        Command::Notice => read_notice(&payload).map(Downlink::Notice),
        Command::Provision => Ok(Downlink::Provision(Box::new(Provision::decode(payload)?))),
        Command::Logout => Ok(Downlink::Logout),
    }
}

fn read_sync(payload: Bytes) -> Result<SyncDown> {
    let mut down = SyncDown::default();
    let mut fields = Fields::new(&payload);
    while let Some(field) = fields.next_field()? {
        match field {
            (1, Value::Bytes(status)) => {
                down.code = Some(0);
                let mut status_fields = Fields::new(status);
                while let Some(field) = status_fields.next_field()? {
                    match field {
                        (1, Value::Varint(code)) => down.code = Some(code),
                        (2, Value::Bytes(reason)) => {
                            down.reason = Some(Bytes::copy_from_slice(reason))
                        }
                        _ => {}
                    }
                }
            }
            (2, Value::Varint(id)) => down.meta_id = Some(id),
            (3, Value::Varint(id)) => down.server_id = id,
            (4, Value::Bytes(_)) => down.count += 1,
            (5, Value::Varint(key)) => down.next_key = Some(key),
            (6, Value::Bytes(queue)) => down.queue = Some(payload.slice_ref(queue)),
            (7, Value::Varint(last)) => down.is_last = last != 0,
            (8, Value::Varint(timestamp)) => down.timestamp = timestamp,
            _ => {}
        }
    }
    down.payload = payload;
    Ok(down)
}

fn read_unread(payload: &[u8]) -> Result<Vec<Bytes>> {
    let mut queues = Vec::new();
    let mut fields = Fields::new(payload);
    while let Some(field) = fields.next_field()? {
        if let (2, Value::Bytes(entry)) = field {
            queues.push(read_notice(entry)?);
        }
    }
    Ok(queues)
}

/// `CommNotice` and `MetaQueue` both carry the queue in field 1.
fn read_notice(payload: &[u8]) -> Result<Bytes> {
    let queue = bytes_field(payload, 1).context("a notice without queue")?;
    Ok(Bytes::copy_from_slice(queue))
}

/// The text of a serialized `Meta` of the CHAT namespace, if its first content is a text.
#[must_use]
pub fn first_text(meta: &[u8]) -> Option<&[u8]> {
    const CHAT: u64 = NameSpace::Chat as u64;
    let mut payload = None;
    let mut fields = Fields::new(meta);
    while let Ok(Some(field)) = fields.next_field() {
        match field {
            (5, Value::Varint(namespace)) if namespace != CHAT => return None,
            (6, Value::Bytes(bytes)) => payload = Some(bytes),
            _ => {}
        }
    }
    bytes_field(bytes_field(payload?, 4)?, 2)
}

/// The `name` of a serialized JID; the SDKs tell queues by it alone.
#[must_use]
pub fn jid_name(jid: &[u8]) -> &[u8] {
    bytes_field(jid, 2).unwrap_or_default()
}

fn bytes_field(message: &[u8], wanted: u32) -> Option<&[u8]> {
    let mut fields = Fields::new(message);
    while let Ok(Some((number, value))) = fields.next_field() {
        if let (true, Value::Bytes(bytes)) = (number == wanted, value) {
            return Some(bytes);
        }
    }
    None
}

enum Value<'a> {
    Varint(u64),
    Fixed,
    Bytes(&'a [u8]),
}

/// The fields of a serialized message, in order, without decoding what nobody asks for.
struct Fields<'a> {
    rest: &'a [u8],
}

impl<'a> Fields<'a> {
    fn new(message: &'a [u8]) -> Self {
        Self { rest: message }
    }

    fn next_field(&mut self) -> Result<Option<(u32, Value<'a>)>> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let key = decode_varint(&mut self.rest)?;
        let value = match key & 7 {
            0 => Value::Varint(decode_varint(&mut self.rest)?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let len = decode_varint(&mut self.rest)?;
                Value::Bytes(self.take(usize::try_from(len)?)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            other => bail!("wire type {other}"),
        };
        Ok(Some((u32::try_from(key >> 3)?, value)))
    }

    fn take(&mut self, len: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(len).context("truncated field")?;
        self.rest = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use hongyan_msync::{frame, meta, proto::CommSyncUl};

    use super::*;

    fn uplink(frame: &[u8]) -> CommSyncUl {
        let msync = MSync::decode(frame).unwrap();
        assert_eq!(msync.command, Some(Command::Sync as i32));
        CommSyncUl::decode(msync.payload.unwrap()).unwrap()
    }

    #[test]
    fn uplinks_are_well_formed() {
        let queue = Target::User("bob".into()).jid("o#a");
        let mut pull = Vec::new();
        put_pull(&mut pull, &queue.encode_to_vec(), Some(1 << 40));
        let expected = CommSyncUl { queue: Some(queue), key: Some(1 << 40), ..Default::default() };
        assert_eq!(uplink(&pull), expected);

        let mut message = Vec::new();
        let to = Target::Group("17".into());
        put_meta(&mut message, 77, &text_body("o#a", "ann", &to, "hello"));
        let sent = uplink(&message).meta.unwrap();
        assert_eq!((sent.id, sent.to), (Some(77), Some(to.jid("o#a"))));
        let body = MessageBody::decode(sent.payload.unwrap()).unwrap();
        assert_eq!(body.r#type, Some(message_body::Type::Groupchat as i32));
        assert_eq!(body.contents[0].text.as_deref(), Some("hello"));
    }

    #[test]
    fn downlinks_are_read_as_the_server_writes_them() {
        let queue = Target::User("bob".into()).jid("o#a");
        let body = text_body("o#a", "ann", &Target::User("bob".into()), "hello");
        let stored = frame::Stored { id: 5, timestamp: 10, meta: &body };
        let Downlink::Sync(batch) =
            read_downlink(&frame::batch(queue.clone(), 99, 12, &[stored])).unwrap()
        else {
            panic!("not a batch")
        };
        assert_eq!((batch.code, batch.next_key, batch.is_last), (Some(0), Some(99), false));
        assert_eq!((batch.count, batch.timestamp), (1, 12));
        assert_eq!(jid_name(batch.queue.as_ref().unwrap()), b"bob");
        let metas: Vec<_> = batch.metas().collect();
        assert_eq!(metas, [&meta::delivered(5, 10, &body)[..]]);
        assert_eq!(first_text(metas[0]), Some(&b"hello"[..]));

        let refused = frame::failure(hongyan_msync::proto::status::ErrorCode::Fail, "blocked");
        let Downlink::Sync(receipt) = read_downlink(&frame::receipt(7, 0, 3, refused)).unwrap()
        else {
            panic!("not a receipt")
        };
        assert_eq!((receipt.meta_id, receipt.code), (Some(7), Some(1)));
        assert_eq!(receipt.reason.as_deref(), Some(&b"blocked"[..]));

        let Downlink::Unread(queues) =
            read_downlink(&frame::unread(vec![queue.clone()], 1)).unwrap()
        else {
            panic!("not an unread")
        };
        assert_eq!(queues, [queue.encode_to_vec()]);
    }
}
