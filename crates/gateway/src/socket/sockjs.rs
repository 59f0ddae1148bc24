//! SockJS around WebSocket, as builds of the SDK before 4.13 speak it: every frame is base64 in a JSON array of texts.
//!
//! The server says `o` when the connection is open, `h` now and then, `a["…"]` for a frame, `c[code,"reason"]` at the
//! end; the client says `["…"]`.

use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Interval, MissedTickBehavior};

use super::Incoming;
use super::web::from_base64;

pub(super) const OPEN: &str = "o";
pub(super) const HEARTBEAT: &str = "h";
/// What SockJS servers say when they close.
pub(super) const CLOSE: &str = "c[3000,\"Go away!\"]";

/// Clients need none; proxies in between do.
const HEARTBEAT_EVERY: Duration = Duration::from_secs(25);
/// Frames in one message of a client. The SDK sends one.
const MAX_FRAMES: usize = 64;
const BROKEN: &str = "a message that is no SockJS";

/// What a connection keeps for it.
pub(super) struct SockJs {
    /// Frames that came with one message and were not yet asked for.
    waiting: VecDeque<Incoming>,
    heartbeat: Interval,
}

impl SockJs {
    pub(super) fn new() -> Self {
        let first = tokio::time::Instant::now() + HEARTBEAT_EVERY;
        let mut heartbeat = tokio::time::interval_at(first, HEARTBEAT_EVERY);
        heartbeat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self { waiting: VecDeque::new(), heartbeat }
    }

    /// Takes a message apart; [`next`](Self::next) gives its frames.
    pub(super) fn take(&mut self, message: &str) {
        self.waiting.extend(frames(message));
    }

    pub(super) fn next(&mut self) -> Option<Incoming> {
        self.waiting.pop_front()
    }

    /// Ready when a heartbeat is due.
    pub(super) fn poll_heartbeat(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.heartbeat.poll_tick(cx).map(|_| ())
    }
}

/// A frame as the server says it. Base64 needs no escapes in JSON.
pub(super) fn wrapped(base64: &str) -> String {
    format!("a[\"{base64}\"]")
}

/// The frames of a message: a list of texts, or one text. SockJS means nothing by an empty message.
fn frames(message: &str) -> Vec<Incoming> {
    if message.is_empty() {
        return Vec::new();
    }
    let texts = match serde_json::from_str::<Vec<String>>(message) {
        Ok(texts) => texts,
        Err(_) => match serde_json::from_str::<String>(message) {
            Ok(text) => vec![text],
            Err(_) => return vec![Incoming::Foreign(BROKEN)],
        },
    };
    if texts.len() > MAX_FRAMES {
        return vec![Incoming::Foreign("a SockJS message of too many frames")];
    }
    texts
        .iter()
        .map(|text| from_base64(text).map_or(Incoming::Foreign(BROKEN), Incoming::Frame))
        .collect()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    fn frame(bytes: &'static [u8]) -> Incoming {
        Incoming::Frame(Bytes::from_static(bytes))
    }

    #[test]
    fn a_message_holds_frames() {
        assert_eq!(frames(r#"["aGk="]"#), [frame(b"hi")]);
        assert_eq!(frames(r#""aGk""#), [frame(b"hi")]);
        assert_eq!(frames(r#"["aGk=","","aG8="]"#), [frame(b"hi"), frame(b""), frame(b"ho")]);
        assert_eq!(frames("[]"), []);
        assert_eq!(frames(""), []);
    }

    #[test]
    fn what_is_no_sockjs_is_foreign() {
        let deep = "[".repeat(100_000);
        for message in ["o", "[1]", "[[\"aGk=\"]]", "[\"?\"]", "{}", "null", "[\"aGk=\"", &deep] {
            assert_eq!(frames(message), [Incoming::Foreign(BROKEN)], "{message:.20}");
        }
        let crowd = serde_json::to_string(&vec![""; MAX_FRAMES + 1]).unwrap();
        assert!(matches!(frames(&crowd)[..], [Incoming::Foreign(_)]));
    }

    #[test]
    fn a_frame_is_said_in_a_list() {
        assert_eq!(wrapped("aGk="), r#"a["aGk="]"#);
    }
}
