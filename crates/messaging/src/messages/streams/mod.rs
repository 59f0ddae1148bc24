//! Messages that a customer's server sends in chunks, while they are being written.
//!
//! The message is an entry that nobody is served; each chunk is an entry for those who are there (online-only), in the
//! message's name, so that what was acknowledged is durable, and order and delivery are the usual ones. The end is an
//! entry for everybody; with it, in the same transaction, the message gets its whole text, which history shows from
//! then on. An end that is served is served as the message (docs/decisions.md, "A streamed message and its chunks").

mod chunk;
mod elsewhere;
mod end;
mod registry;
mod upkeep;

use hongyan_model::{
    AppId, Audience, Caller, Conversation, EntryFlags, EntryKind, Feature, GroupId, IdGenerator,
    MessageId, NewEntry, Refusal, Result, Rewrite, StreamRefusal, Timestamp, UserId,
};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::meta::NameSpace;
use hongyan_msync::proto::{MessageBody, Meta};
use hongyan_platform::allowlist;
use hongyan_store::StoreError;
use hongyan_store::streams::{self, OpenStream};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::chunk::{Status, Words};
use self::registry::Stream;
use super::{content, jid};
use crate::messages::require_size;
use crate::mutes::{self, ChatKind};
use crate::users::require_app;
use crate::{Messaging, groups};

pub use self::upkeep::end_overdue as end_overdue_streams;

pub(crate) use self::elsewhere::do_errand as do_stream_errand;
pub(crate) use self::end::delivered_as;
pub(crate) use self::registry::Streams;
pub(crate) use self::upkeep::start as start_streams;

/// Properties of a message that goes on, and of its chunks.
const CHUNK: EntryFlags = EntryFlags(EntryFlags::ONLINE_ONLY.0 | EntryFlags::STREAMED.0);

/// A chunk of a message.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StreamChunk {
    /// In whose name; need not exist.
    pub from: String,
    /// For whom.
    pub to: StreamReceiver,
    /// The message; `None` for its first chunk.
    pub message: Option<String>,
    /// Its number: 0 for the first, and rising.
    pub seq: Option<i64>,
    /// What it adds to the text.
    pub text: String,
    /// Of the last chunk: why the message ends, in the caller's numbers.
    pub finish: Option<i32>,
    /// How the text is to be read, such as `markdown`; the first chunk's counts.
    pub format: String,
    /// The caller's own fields; those of the first chunk stay with the message.
    pub ext: Option<Map<String, Value>>,
}

/// For whom a streamed message is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub enum StreamReceiver {
    /// A user, who need not exist.
    User(String),
    /// A group.
    Group(String),
}

/// Takes a chunk; durable when it returns. Of a first chunk it answers the message's id.
///
/// Nobody is asked whether the receiver has blocked the sender or the sender is muted: the customer's server speaks.
pub async fn send_chunk(
    m: &Messaging,
    caller: &Caller,
    chunk: StreamChunk,
) -> Result<Option<MessageId>> {
    require_app(caller)?;
    allowlist::admit(caller, m.clock().now())?;
    let sender = UserId::parse(&chunk.from)?;
    let seq = chunk.seq.filter(|seq| *seq >= 0).ok_or(StreamRefusal::IllegalSeq)?;
    match chunk.message.clone() {
        None => begin(m, caller, sender, seq, chunk).await.map(Some),
        Some(id) => {
            let id = id.parse().map(MessageId).map_err(|_| StreamRefusal::NotFound)?;
            let next = Next { app: caller.app.id, sender, message: id, seq, chunk };
            // The node that took the first one has the message.
            match m.router().is_clustered() && IdGenerator::node_of(id) != m.ids().node() {
                true => elsewhere::go_on(m, next).await?,
                false => go_on(m, next).await?,
            }
            Ok(None)
        }
    }
}

async fn begin(
    m: &Messaging,
    caller: &Caller,
    sender: UserId,
    seq: i64,
    chunk: StreamChunk,
) -> Result<MessageId> {
    if seq != 0 {
        return Err(StreamRefusal::IllegalSeq.into());
    }
    let quota = |feature| caller.app.quota(feature).unwrap_or(u64::MAX);
    let milliseconds =
        |feature| i64::try_from(quota(feature).saturating_mul(1000)).unwrap_or(i64::MAX);
    let most_bytes = usize::try_from(quota(Feature::StreamBytesMax)).unwrap_or(usize::MAX);
    if chunk.text.len() > most_bytes {
        return Err(StreamRefusal::TooLong.into());
    }
    // The text may be longer.
    require_size(
        &caller.app,
        chunk.ext.as_ref().map_or(0, |ext| Value::from(ext.clone()).to_string().len()),
    )?;
    let (conversation, audience, envelope, body) = address(m, caller, &sender, &chunk).await?;
    let place = m.0.streams.place(chunk.text.len())?;

    let now = m.clock().now();
    let mut stream = Stream {
        app: caller.app.id,
        id: MessageId(0),
        flags: CHUNK,
        sender,
        receiver: chunk.to.clone(),
        conversation: conversation.key(),
        audience,
        envelope,
        body,
        format: chunk.format.clone(),
        text: String::new(),
        last_seq: seq,
        chunks: 0,
        began: now,
        touched: now,
        gap_ms: milliseconds(Feature::StreamGapSecondsMax),
        total_ms: milliseconds(Feature::StreamSecondsMax),
        most_bytes,
        ended: false,
        place,
    };
    let status = if chunk.finish.is_some() { Status::Whole } else { Status::First };
    let message = NewEntry {
        kind: EntryKind::Text,
        edits: None,
        meta: words(&stream, &chunk, status).meta(
            &stream.envelope,
            stream.body.clone(),
            &stream.format,
            None,
        ),
        ..entry(&stream, &chunk, status)
    };
    let appended = m.store().log().append(message).await?.await?;
    stream.id = appended.id;
    if !append(m, &mut stream, &chunk, status).await? {
        return Err(StreamRefusal::Finished.into());
    }
    stream.add(&chunk.text);
    if let Some(reason) = chunk.finish {
        end::finish(m, &mut stream, Words::finished(reason)).await?;
        return Ok(appended.id);
    }
    let open = OpenStream {
        app: stream.app,
        id: stream.id,
        conversation: stream.conversation.clone(),
        seq: appended.seq,
    };
    m.0.streams.enter(stream);
    streams::begin(m.store(), &open).await?;
    Ok(appended.id)
}

/// Where a streamed message goes, who hears of it, and how each of its chunks is addressed.
async fn address(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    chunk: &StreamChunk,
) -> Result<(Conversation, Audience, Meta, MessageBody)> {
    let place = match &chunk.to {
        StreamReceiver::User(_) => ChatKind::User,
        StreamReceiver::Group(_) => ChatKind::Group,
    };
    mutes::admit_sender_of_server(m, &caller.app, sender, place).await?;
    // The devices of the sender do not get it: it is not them who speak.
    let (conversation, to, kind, audience) = match &chunk.to {
        StreamReceiver::User(name) => {
            let user = UserId::parse(name)?;
            let conversation = Conversation::single(sender, &user);
            let to = jid::user(&caller.app, &user, None);
            (conversation, to, BodyType::Chat, Audience::Only(vec![user]))
        }
        StreamReceiver::Group(name) => {
            let group = GroupId::parse(name)?;
            let membership = groups::membership(m, caller.app.id, &group, sender).await?;
            if membership == groups::Membership::NoGroup {
                return Err(Refusal::GroupNotFound { group: name.clone() }.into());
            }
            groups::require_enabled(m, caller.app.id, &group).await?;
            let to = jid::group(&caller.app, &group);
            let audience = Audience::Except(vec![sender.clone()]);
            (Conversation::Group(group), to, BodyType::Groupchat, audience)
        }
    };
    let body = MessageBody {
        r#type: Some(kind as i32),
        from: Some(jid::bare(sender.as_str())),
        to: Some(jid::bare(to.name.as_deref().unwrap_or_default())),
        ext: chunk.ext.as_ref().map(content::to_key_values).unwrap_or_default(),
        ..MessageBody::default()
    };
    let envelope = Meta {
        from: Some(jid::user(&caller.app, sender, None)),
        to: Some(to),
        ns: Some(NameSpace::Chat as i32),
        ..Meta::default()
    };
    Ok((conversation, audience, envelope, body))
}

/// A chunk that is not the first one.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Next {
    app: AppId,
    sender: UserId,
    message: MessageId,
    seq: i64,
    chunk: StreamChunk,
}

async fn go_on(m: &Messaging, next: Next) -> Result<()> {
    let Next { app, sender, message, seq, chunk } = next;
    let Some(stream) = m.0.streams.find(app, message) else {
        return Err(ended(m, app, message).await?.into());
    };
    // Chunks of one message come one after the other.
    let stream = &mut *stream.lock().await;
    if stream.ended {
        return Err(StreamRefusal::Finished.into());
    }
    if stream.sender != sender {
        return Err(StreamRefusal::OtherSender.into());
    }
    if !stream.is_for(&chunk.to) {
        return Err(StreamRefusal::OtherReceiver.into());
    }
    if seq <= stream.last_seq {
        return Err(StreamRefusal::SeqTooSmall.into());
    }
    let now = m.clock().now();
    if let Some(broken) = overdue(stream, now, chunk.text.len()) {
        end::finish(m, stream, Words::broken(broken)).await?;
        return Err(broken.refusal().into());
    }
    stream.place.grow(chunk.text.len())?;
    let status = if chunk.finish.is_some() { Status::Last } else { Status::Middle };
    if !append(m, stream, &chunk, status).await? {
        end::close(m, stream).await?;
        return Err(StreamRefusal::Finished.into());
    }
    stream.add(&chunk.text);
    (stream.last_seq, stream.touched) = (seq, now);
    match chunk.finish {
        Some(reason) => end::finish(m, stream, Words::finished(reason)).await,
        None => Ok(()),
    }
}

/// Stores a chunk; `false` if the message has been recalled, or another node has ended it while this one was frozen.
async fn append(
    m: &Messaging,
    stream: &mut Stream,
    chunk: &StreamChunk,
    status: Status,
) -> Result<bool> {
    loop {
        match m.store().log().append(entry(stream, chunk, status)).await?.await {
            Ok(_) => return Ok(true),
            // Somebody has edited the message meanwhile, or taken it back.
            Err(StoreError::Stale) => {
                let message = m.store().log().entry(stream.app, stream.id).await?;
                let flags = message.map(|message| message.entry.flags);
                let goes_on = |flags: &EntryFlags| {
                    flags.contains(CHUNK) && !flags.contains(EntryFlags::RECALLED)
                };
                match flags.filter(goes_on) {
                    Some(flags) => stream.flags = flags,
                    None => return Ok(false),
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Why there is nothing to go on with.
async fn ended(m: &Messaging, app: AppId, id: MessageId) -> Result<StreamRefusal> {
    let message = m.store().log().entry(app, id).await?;
    let was_one = message.is_some_and(|message| {
        message.entry.kind.is_message() && message.entry.flags.contains(EntryFlags::STREAMED)
    });
    Ok(if was_one { StreamRefusal::Finished } else { StreamRefusal::NotFound })
}

/// What breaks a streamed message off.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Broken {
    Gap,
    Total,
    TooLong,
}

impl Broken {
    fn refusal(self) -> StreamRefusal {
        match self {
            Self::Gap => StreamRefusal::GapTimeout,
            Self::Total => StreamRefusal::TotalTimeout,
            Self::TooLong => StreamRefusal::TooLong,
        }
    }
}

/// What breaks it off if `more` bytes come now.
fn overdue(stream: &Stream, now: Timestamp, more: usize) -> Option<Broken> {
    if now - stream.touched > stream.gap_ms {
        return Some(Broken::Gap);
    }
    if now - stream.began > stream.total_ms {
        return Some(Broken::Total);
    }
    (stream.text.len() + more > stream.most_bytes).then_some(Broken::TooLong)
}

/// The entry of a chunk; it goes with the message when that is withdrawn.
fn entry(stream: &Stream, chunk: &StreamChunk, status: Status) -> NewEntry {
    let ext = chunk.ext.as_ref().map(content::to_key_values);
    let ext = ext.unwrap_or_else(|| stream.body.ext.clone());
    let body = MessageBody { ext, ..stream.body.clone() };
    let words = words(stream, chunk, status);
    let rewrite =
        Rewrite { of: stream.id, seen: Some(stream.flags), becomes: stream.flags, meta: None };
    NewEntry {
        app: stream.app,
        conversation: stream.conversation.clone(),
        kind: EntryKind::Event,
        flags: CHUNK,
        sender: stream.sender.clone(),
        device: None,
        client_id: None,
        audience: stream.audience.clone(),
        meta: words.meta(&stream.envelope, body, &stream.format, Some(stream.id)),
        recalls: None,
        edits: Some(rewrite),
        reads: None,
        unroamed: Vec::new(),
    }
}

fn words<'a>(stream: &Stream, chunk: &'a StreamChunk, status: Status) -> Words<'a> {
    Words { text: &chunk.text, seq: stream.chunks, status, error: 0, finish_reason: chunk.finish }
}
