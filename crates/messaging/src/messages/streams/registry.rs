//! The streamed messages that go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use dashmap::DashMap;
use hongyan_model::{
    AppId, Audience, ConversationKey, EntryFlags, MessageId, Refusal, Timestamp, UserId,
};
use hongyan_msync::proto::{MessageBody, Meta};
use tokio::sync::Mutex;

use super::StreamReceiver;

/// Messages that may go on at once, and bytes of their texts in all. One more is refused: try again later.
const MESSAGES: usize = 10_000;
const BYTES: usize = 64 << 20;

/// One of them. It keeps the limits that it began with.
pub(super) struct Stream {
    pub(super) app: AppId,
    pub(super) id: MessageId,
    /// The message's properties, as far as is known.
    pub(super) flags: EntryFlags,
    pub(super) sender: UserId,
    pub(super) receiver: StreamReceiver,
    pub(super) conversation: ConversationKey,
    pub(super) audience: Audience,
    pub(super) envelope: Meta,
    /// Without text; `ext` is the first chunk's.
    pub(super) body: MessageBody,
    pub(super) format: String,
    pub(super) text: String,
    /// The caller's number of the last chunk.
    pub(super) last_seq: i64,
    pub(super) chunks: u64,
    pub(super) began: Timestamp,
    pub(super) touched: Timestamp,
    pub(super) gap_ms: i64,
    pub(super) total_ms: i64,
    pub(super) most_bytes: usize,
    pub(super) ended: bool,
    pub(super) place: Place,
}

impl Stream {
    /// Takes the text of a stored chunk.
    pub(super) fn add(&mut self, text: &str) {
        self.text.push_str(text);
        self.chunks += 1;
    }

    /// Whether `receiver`, as written in a request, is its receiver.
    pub(super) fn is_for(&self, receiver: &StreamReceiver) -> bool {
        match (&self.receiver, receiver) {
            (StreamReceiver::User(own), StreamReceiver::User(other)) => {
                own.eq_ignore_ascii_case(other)
            }
            (own, other) => own == other,
        }
    }
}

/// All of them.
#[derive(Default)]
pub(crate) struct Streams {
    open: DashMap<(AppId, MessageId), Arc<Mutex<Stream>>>,
    used: Arc<Used>,
}

#[derive(Default)]
struct Used {
    messages: AtomicUsize,
    bytes: AtomicUsize,
}

/// Room for one message and its text; given back when dropped.
pub(super) struct Place {
    used: Arc<Used>,
    bytes: usize,
}

impl Place {
    /// Room for a longer text.
    pub(super) fn grow(&mut self, bytes: usize) -> Result<(), Refusal> {
        let before = self.used.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before + bytes <= BYTES {
            return Ok(());
        }
        self.used.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.bytes -= bytes;
        Err(Refusal::Overloaded)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.used.bytes.fetch_sub(self.bytes, Ordering::Relaxed);
        self.used.messages.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Streams {
    /// Room for a message that begins with `bytes`.
    pub(super) fn place(&self, bytes: usize) -> Result<Place, Refusal> {
        let before = self.used.messages.fetch_add(1, Ordering::Relaxed);
        let mut place = Place { used: self.used.clone(), bytes: 0 };
        if before >= MESSAGES {
            return Err(Refusal::Overloaded);
        }
        place.grow(bytes)?;
        Ok(place)
    }

    pub(super) fn enter(&self, stream: Stream) {
        self.open.insert((stream.app, stream.id), Arc::new(Mutex::new(stream)));
    }

    pub(super) fn leave(&self, stream: &Stream) {
        self.open.remove(&(stream.app, stream.id));
    }

    pub(super) fn find(&self, app: AppId, id: MessageId) -> Option<Arc<Mutex<Stream>>> {
        self.open.get(&(app, id)).map(|stream| stream.clone())
    }

    pub(super) fn all(&self) -> Vec<Arc<Mutex<Stream>>> {
        self.open.iter().map(|stream| stream.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_bounded_and_given_back() {
        let streams = Streams::default();
        let mut large = streams.place(BYTES - 10).unwrap();
        assert_eq!(large.grow(11), Err(Refusal::Overloaded));
        large.grow(10).unwrap();
        assert!(streams.place(1).is_err());
        drop(large);
        let places: Vec<_> = (0..MESSAGES).map(|_| streams.place(1).unwrap()).collect();
        assert!(streams.place(0).is_err());
        drop(places);
        assert!(streams.place(BYTES).is_ok());
    }
}
