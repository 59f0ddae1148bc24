//! One WebSocket connection, frames in and out.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream};
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use tokio_websockets::{Config, Error, Limits, Message, ServerBuilder, WebSocketStream};

/// A client that takes nothing for this long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The connection ended or must end.
#[derive(Debug)]
pub(crate) struct Closed;

/// What a client sent.
pub(crate) enum Incoming {
    /// A binary frame.
    Frame(Bytes),
    /// A frame that the protocol does not know.
    Foreign,
}

pub(crate) struct Socket {
    stream: WebSocketStream<TokioIo<Upgraded>>,
    unflushed: bool,
}

impl Socket {
    pub(crate) fn new(io: TokioIo<Upgraded>, max_frame_bytes: usize) -> Self {
        let stream = ServerBuilder::new()
            .config(Config::default().frame_size(usize::MAX))
            .limits(Limits::default().max_payload_len(Some(max_frame_bytes)))
            .serve(io);
        Self { stream, unflushed: false }
    }

    pub(crate) fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Closed>> {
        loop {
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
            if message.is_binary() {
                return Poll::Ready(Ok(Incoming::Frame(message.into_payload().into())));
            }
            if message.is_text() {
                return Poll::Ready(Ok(Incoming::Foreign));
            }
            // Pings are answered by the stream itself; the answer leaves with the next flush.
            self.unflushed = true;
        }
    }

    /// Queues a frame; it leaves with the next flush, or at once when enough has gathered.
    pub(crate) async fn write(&mut self, frame: Bytes) -> Result<(), Closed> {
        self.unflushed = true;
        if !self.has_room() {
            let ready = std::future::poll_fn(|cx| Pin::new(&mut self.stream).poll_ready(cx));
            match tokio::time::timeout(WRITE_TIMEOUT, ready).await {
                Ok(Ok(())) => {}
                Ok(Err(_)) | Err(_) => return Err(Closed),
            }
        }
        self.stream.start_send_unpin(Message::binary(frame)).map_err(|_| Closed)
    }

    fn has_room(&mut self) -> bool {
        let mut cx = Context::from_waker(std::task::Waker::noop());
        Pin::new(&mut self.stream).poll_ready(&mut cx).is_ready()
    }

    /// Sends what is queued; ready at once when nothing is.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        if !self.unflushed {
            return Poll::Ready(Ok(()));
        }
        let flushed = std::task::ready!(Pin::new(&mut self.stream).poll_flush(cx));
        self.unflushed = false;
        Poll::Ready(flushed.map_err(|_| Closed))
    }

    pub(crate) fn has_unflushed(&self) -> bool {
        self.unflushed
    }

    /// Sends what is queued and closes the connection.
    pub(crate) async fn close(mut self) {
        let _ = tokio::time::timeout(WRITE_TIMEOUT, self.stream.close()).await;
    }
}
