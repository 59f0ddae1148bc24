//! WebSocket: one message is one frame, in the coding that the client understands.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_websockets::{CloseCode, Config, Error, Limits, Message, ServerBuilder, WebSocketStream};

use super::sockjs::{self, SockJs};
use super::{Closed, Incoming, WRITE_TIMEOUT};

/// Clients pad, or do not.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);
/// Of a message that carries a frame in text: brackets, quotes, padding.
const TEXT_MARGIN: usize = 64;

pub(crate) struct WebSocket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    coding: Coding,
    max_frame_bytes: usize,
    unflushed: bool,
}

/// How frames stand in messages.
enum Coding {
    /// As the client's first message shows; the server never speaks before it.
    Unknown,
    /// Binary messages.
    Binary,
    /// Text messages, in base64: mini-programs without binary messages.
    Base64,
    /// Text messages, wrapped by SockJS.
    SockJs(Box<SockJs>),
}

impl WebSocket {
    /// A connection whose client says by its first message what it speaks: binary or base64.
    pub(crate) fn plain(io: TokioIo<Upgraded>, max_frame_bytes: usize) -> Self {
        Self::new(io, Coding::Unknown, max_frame_bytes)
    }

    /// A connection below SockJS.
    pub(crate) fn sockjs(io: TokioIo<Upgraded>, max_frame_bytes: usize) -> Self {
        Self::new(io, Coding::SockJs(Box::new(SockJs::new())), max_frame_bytes)
    }

    fn new(io: TokioIo<Upgraded>, coding: Coding, max_frame_bytes: usize) -> Self {
        // Text is a third longer than the frame in it; what is binary is measured when it is there.
        let most = base64::encoded_len(max_frame_bytes, true)
            .map_or(usize::MAX, |text| text.saturating_add(TEXT_MARGIN));
        let stream = ServerBuilder::new()
            .config(Config::default().frame_size(usize::MAX))
            .limits(Limits::default().max_payload_len(Some(most)))
            .serve(io);
        Self { stream, coding, max_frame_bytes, unflushed: false }
    }

    /// SockJS lets the server speak first.
    pub(super) async fn greet(&mut self) -> Result<(), Closed> {
        if !matches!(self.coding, Coding::SockJs(_)) {
            return Ok(());
        }
        let greeting = self.stream.send(Message::text(sockjs::OPEN));
        tokio::time::timeout(WRITE_TIMEOUT, greeting).await.map_err(|_| Closed)?.map_err(|_| Closed)
    }

    pub(super) fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Closed>> {
        loop {
            if let Coding::SockJs(sockjs) = &mut self.coding {
                if let Some(incoming) = sockjs.next() {
                    return Poll::Ready(self.measured(incoming));
                }
                // Without room there is traffic enough.
                if sockjs.poll_heartbeat(cx).is_ready() && self.has_room() {
                    let beat = Message::text(sockjs::HEARTBEAT);
                    self.stream.start_send_unpin(beat).map_err(|_| Closed)?;
                    self.unflushed = true;
                }
            }
            let next = std::task::ready!(Pin::new(&mut self.stream).poll_next(cx));
            let message = match next {
                Some(Ok(message)) => message,
                Some(Err(error)) => {
                    if !matches!(error, Error::Io(_)) {
                        tracing::info!(%error, "a connection is closed: it broke the WebSocket protocol");
                    }
                    return Poll::Ready(Err(Closed));
                }
                None => return Poll::Ready(Err(Closed)),
            };
            if message.is_binary() || message.is_text() {
                if let Some(incoming) = self.decoded(message) {
                    return Poll::Ready(self.measured(incoming));
                }
                continue;
            }
            // Pings are answered by the stream itself; the answer leaves with the next flush.
            self.unflushed = true;
        }
    }

    /// The frame of a message; `None` of one that SockJS takes apart.
    fn decoded(&mut self, message: Message) -> Option<Incoming> {
        let text = message.as_text();
        if matches!(self.coding, Coding::Unknown) {
            match text.map(from_base64) {
                None => self.coding = Coding::Binary,
                Some(Some(_)) => self.coding = Coding::Base64,
                Some(None) => {}
            }
        }
        Some(match (&mut self.coding, text) {
            (Coding::SockJs(sockjs), Some(text)) => {
                sockjs.take(text);
                return None;
            }
            (Coding::Binary, None) => Incoming::Frame(message.into_payload().into()),
            (Coding::Base64, Some(text)) => {
                from_base64(text).map_or(Incoming::Foreign("a text frame"), Incoming::Frame)
            }
            (_, Some(_)) => Incoming::Foreign("a text frame"),
            (_, None) => Incoming::Foreign("a binary frame"),
        })
    }

    fn measured(&self, incoming: Incoming) -> Result<Incoming, Closed> {
        match incoming {
            Incoming::Frame(frame) if frame.len() > self.max_frame_bytes => {
                tracing::info!("a connection is closed: its frame is too large");
                Err(Closed)
            }
            incoming => Ok(incoming),
        }
    }

    fn encoded(&self, frame: Bytes) -> Message {
        match self.coding {
            Coding::Unknown | Coding::Binary => Message::binary(frame),
            Coding::Base64 => Message::text(BASE64.encode(frame)),
            Coding::SockJs(_) => Message::text(sockjs::wrapped(&BASE64.encode(frame))),
        }
    }

    pub(super) async fn write(&mut self, frame: Bytes) -> Result<(), Closed> {
        self.unflushed = true;
        if !self.has_room() {
            let ready = std::future::poll_fn(|cx| Pin::new(&mut self.stream).poll_ready(cx));
            match tokio::time::timeout(WRITE_TIMEOUT, ready).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(Closed),
            }
        }
        let message = self.encoded(frame);
        self.stream.start_send_unpin(message).map_err(|_| Closed)
    }

    fn has_room(&mut self) -> bool {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        Pin::new(&mut self.stream).poll_ready(&mut cx).is_ready()
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        let flushed = std::task::ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.unflushed = false;
        Poll::Ready(flushed.map_err(|_| Closed))
    }

    pub(super) fn has_unflushed(&self) -> bool {
        self.unflushed
    }

    /// Code 1013, whose name is "try again later". Below SockJS, which has its own words for the end, nothing is said.
    pub(super) async fn turn_away(&mut self, again: Duration) {
        if !matches!(self.coding, Coding::SockJs(_)) {
            let reason = format!("retry after {} s", again.as_secs_f64().ceil());
            let close = Message::close(Some(CloseCode::SERVICE_OVERLOAD), &reason);
            let _ = tokio::time::timeout(WRITE_TIMEOUT, self.stream.send(close)).await;
        }
    }

    pub(super) async fn close(mut self) {
        let farewell = async {
            if matches!(self.coding, Coding::SockJs(_)) {
                self.stream.send(Message::text(sockjs::CLOSE)).await?;
            }
            self.stream.close().await
        };
        let _ = tokio::time::timeout(WRITE_TIMEOUT, farewell).await;
    }
}

/// The bytes of a frame in base64.
pub(super) fn from_base64(text: &str) -> Option<Bytes> {
    BASE64.decode(text).ok().map(Bytes::from)
}
