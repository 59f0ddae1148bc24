//! TCP: four bytes of length, big-endian, in front of each frame. Native clients.

use std::io::ErrorKind;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::{Closed, Incoming, WRITE_TIMEOUT};

const PREFIX: usize = 4;
/// Room made for what is to be read. A client that announces a large frame and sends none of it takes no more.
const READ_BYTES: usize = 4 * 1024;
/// What may wait for the client before writing waits for it, too.
const WAITING_BYTES: usize = 8 * 1024;

pub(crate) struct TcpSocket {
    stream: TcpStream,
    /// Empty, and without memory, while nothing of a frame is there.
    input: BytesMut,
    output: BytesMut,
    max_frame_bytes: usize,
}

impl TcpSocket {
    pub(crate) fn new(stream: TcpStream, max_frame_bytes: usize) -> Self {
        Self { stream, input: BytesMut::new(), output: BytesMut::new(), max_frame_bytes }
    }

    pub(super) fn poll_incoming(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming, Closed>> {
        loop {
            if let Some(frame) = take_frame(&mut self.input, self.max_frame_bytes)? {
                return Poll::Ready(Ok(Incoming::Frame(frame)));
            }
            ready!(self.stream.poll_read_ready(cx)).map_err(|_| Closed)?;
            self.input.reserve(READ_BYTES);
            match self.stream.try_read_buf(&mut self.input) {
                Ok(0) => return Poll::Ready(Err(Closed)),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    if self.input.is_empty() {
                        self.input = BytesMut::new();
                    }
                }
                Err(_) => return Poll::Ready(Err(Closed)),
            }
        }
    }

    pub(super) async fn write(&mut self, frame: &[u8]) -> Result<(), Closed> {
        if self.output.len() > WAITING_BYTES {
            let taken = std::future::poll_fn(|cx| self.poll_flush(cx));
            tokio::time::timeout(WRITE_TIMEOUT, taken).await.map_err(|_| Closed)??;
        }
        // Ours are far below what four bytes can say.
        let length = u32::try_from(frame.len()).map_err(|_| Closed)?;
        self.output.reserve(PREFIX + frame.len());
        self.output.extend_from_slice(&length.to_be_bytes());
        self.output.extend_from_slice(frame);
        Ok(())
    }

    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        while !self.output.is_empty() {
            ready!(self.stream.poll_write_ready(cx)).map_err(|_| Closed)?;
            match self.stream.try_write(&self.output) {
                Ok(written) => self.output.advance(written),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(Err(Closed)),
            }
        }
        self.output = BytesMut::new();
        Poll::Ready(Ok(()))
    }

    pub(super) fn has_unflushed(&self) -> bool {
        !self.output.is_empty()
    }

    pub(super) async fn close(mut self) {
        let farewell = async {
            std::future::poll_fn(|cx| self.poll_flush(cx)).await?;
            self.stream.shutdown().await.map_err(|_| Closed)
        };
        let _ = tokio::time::timeout(WRITE_TIMEOUT, farewell).await;
    }
}

/// The next whole frame of what was read.
fn take_frame(input: &mut BytesMut, max_frame_bytes: usize) -> Result<Option<Bytes>, Closed> {
    let Some(length) = input.first_chunk::<PREFIX>() else { return Ok(None) };
    let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
    if length > max_frame_bytes {
        tracing::info!(
            length,
            "a connection is closed: its frame is too large, or it does not speak MSYNC"
        );
        return Err(Closed);
    }
    if input.len() - PREFIX < length {
        return Ok(None);
    }
    input.advance(PREFIX);
    Ok(Some(input.split_to(length).freeze()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_taken_whole() {
        let mut input = BytesMut::from(&[0, 0, 0, 2, b'h', b'i', 0, 0, 0, 0, 0, 0][..]);
        assert_eq!(take_frame(&mut input, 2).unwrap().as_deref(), Some(&b"hi"[..]));
        assert_eq!(take_frame(&mut input, 2).unwrap().as_deref(), Some(&b""[..]));
        assert_eq!(take_frame(&mut input, 2).unwrap(), None);
        input.extend_from_slice(&[0, 1, b'!']);
        assert_eq!(take_frame(&mut input, 2).unwrap().as_deref(), Some(&b"!"[..]));
        assert!(input.is_empty());
    }

    #[test]
    fn a_length_beyond_the_limit_ends_the_connection_before_the_frame_is_there() {
        for start in [[0, 0, 0, 3], [0xff; 4], *b"GET "] {
            assert!(take_frame(&mut BytesMut::from(&start[..]), 2).is_err());
        }
    }
}
