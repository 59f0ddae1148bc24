//! One connection, frames in and out, whatever carries them.

mod sockjs;
mod tcp;
mod web;

use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;

pub(crate) use tcp::TcpSocket;
pub(crate) use web::WebSocket;

/// A client that takes nothing for this long is gone.
const WRITE_TIMEOUT: Duration = Duration::from_secs(30);

/// The connection ended or must end.
#[derive(Debug)]
pub(crate) struct Closed;

/// What a client sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Incoming {
    /// A frame.
    Frame(Bytes),
    /// Something that is no frame here; what it is.
    Foreign(&'static str),
}

/// A connection. Sessions know no difference between its kinds. Boxed, because a task keeps room for whatever it passes
/// on, once for each hand that it passes through.
pub(crate) enum Socket {
    /// WebSocket, in one of its codings.
    Web(Box<WebSocket>),
    /// TCP with a length in front of each frame.
    Tcp(Box<TcpSocket>),
}

impl Socket {
    /// Says what has to be said before the client speaks.
    pub(crate) async fn greet(&mut self) -> Result<(), Closed> {
        match self {
            Self::Web(socket) => socket.greet().await,
            Self::Tcp(_) => Ok(()),
        }
    }

    pub(crate) fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Closed>> {
        match self {
            Self::Web(socket) => socket.poll_incoming(cx),
            Self::Tcp(socket) => socket.poll_incoming(cx),
        }
    }

    /// Queues a frame; it leaves with the next flush, or at once when enough has gathered.
    pub(crate) async fn write(&mut self, frame: Bytes) -> Result<(), Closed> {
        match self {
            Self::Web(socket) => socket.write(frame).await,
            Self::Tcp(socket) => socket.write(&frame).await,
        }
    }

    /// Sends what is queued; ready at once when nothing is.
    pub(crate) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        match self {
            Self::Web(socket) => socket.poll_flush(cx),
            Self::Tcp(socket) => socket.poll_flush(cx),
        }
    }

    pub(crate) fn has_unflushed(&self) -> bool {
        match self {
            Self::Web(socket) => socket.has_unflushed(),
            Self::Tcp(socket) => socket.has_unflushed(),
        }
    }

    /// Closes the connection before its login and says, if there are words for it, after how long it may come again.
    pub(crate) async fn turn_away(&mut self, again: Duration) {
        if let Self::Web(socket) = self {
            socket.turn_away(again).await;
        }
    }

    /// Sends what is queued and closes the connection.
    pub(crate) async fn close(self) {
        match self {
            Self::Web(socket) => socket.close().await,
            Self::Tcp(socket) => socket.close().await,
        }
    }
}
