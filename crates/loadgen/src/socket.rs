//! A WebSocket client that batches: frames are collected and written when there is nothing left to
//! read, both buffers are reused, and received frames are slices of the read buffer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use bytes::{Buf, Bytes, BytesMut};
use http::Uri;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_websockets::ClientBuilder;

const FINAL_BINARY: u8 = 0x82;
const FINAL_TEXT: u8 = 0x81;
const FINAL_CLOSE: u8 = 0x88;
const FINAL_PING: u8 = 0x89;
const FINAL_PONG: u8 = 0x8A;
const MASKED: u8 = 0x80;
/// Any key will do; the generator saves the randomness.
const MASK: [u8; 4] = [0x9d, 0x1c, 0x6b, 0xf3];
const MAX_FRAME: u64 = 64 << 20;
const READ_SIZE: usize = 4096;

/// The resolved address of a server, or of several nodes of one installation.
#[derive(Clone, Debug)]
pub struct Endpoint {
    uri: Uri,
    address: SocketAddr,
    /// Further nodes.
    others: Vec<Endpoint>,
}

impl Endpoint {
    /// Resolves `ws://host:port/path`.
    pub async fn resolve(url: &str) -> Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("not a URL: {url}"))?;
        ensure!(uri.scheme_str() == Some("ws"), "{url}: only ws:// is supported");
        let host = uri.host().with_context(|| format!("{url}: no host"))?.to_owned();
        let address = tokio::net::lookup_host((host, uri.port_u16().unwrap_or(80)))
            .await
            .with_context(|| format!("cannot resolve {url}"))?
            .next()
            .with_context(|| format!("{url}: no address"))?;
        Ok(Self { uri, address, others: Vec::new() })
    }

    /// Resolves several, with commas between.
    pub async fn resolve_all(urls: &str) -> Result<Self> {
        let mut urls = urls.split(',');
        let mut first = Self::resolve(urls.next().unwrap_or_default()).await?;
        for url in urls {
            first.others.push(Self::resolve(url).await?);
        }
        Ok(first)
    }

    /// Where the `n`-th connection goes: to each node in turn.
    #[must_use]
    pub fn nth(&self, n: usize) -> &Self {
        match n % (self.others.len() + 1) {
            0 => self,
            other => &self.others[other - 1],
        }
    }

    /// The server's address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A TCP connection.
    pub async fn connect(&self, link: Link) -> Result<TcpStream> {
        let socket = match self.address {
            SocketAddr::V4(_) => TcpSocket::new_v4()?,
            SocketAddr::V6(_) => TcpSocket::new_v6()?,
        };
        if let Some(size) = link.receive_buffer {
            socket.set_recv_buffer_size(size)?;
        }
        if let Some(source) = link.source {
            socket.bind((source, 0).into()).context("cannot bind the source address")?;
        }
        let stream = socket.connect(self.address).await.context("cannot connect")?;
        stream.set_nodelay(true)?;
        Ok(stream)
    }

    /// A source address for the `n`-th connection: a loopback server is reached from many
    /// (127.0.0.2 …), since one has only some 28,000 ports.
    #[must_use]
    pub fn source(&self, n: usize) -> Option<IpAddr> {
        const PORTS_USED_PER_ADDRESS: usize = 10_000;
        if !matches!(self.address.ip(), IpAddr::V4(ip) if ip.is_loopback()) {
            return None;
        }
        let [.., high, low] = ((n / PORTS_USED_PER_ADDRESS + 2) as u32).to_be_bytes();
        Some(Ipv4Addr::new(127, 0, high, low).into())
    }
}

/// How to connect; the default is what the system chooses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Link {
    /// Source address.
    pub source: Option<IpAddr>,
    /// Size of the kernel's receive buffer, for receivers that are to look slow.
    pub receive_buffer: Option<u32>,
}

/// The server has closed a connection before its login: too many come at once.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the server asks to come again in {retry_after:?}")]
pub struct TurnedAway {
    /// In how long.
    pub retry_after: Duration,
}

impl TurnedAway {
    /// Code of a close frame: try again later.
    const CODE: u16 = 1013;

    /// Reads the payload of a close frame.
    fn read(close: &[u8]) -> Option<Self> {
        let (code, reason) = close.split_first_chunk()?;
        let seconds =
            str::from_utf8(reason).ok()?.strip_prefix("retry after ")?.strip_suffix(" s")?;
        let retry_after = Duration::from_secs(seconds.parse().ok()?);
        (u16::from_be_bytes(*code) == Self::CODE).then_some(Self { retry_after })
    }
}

/// A connected WebSocket.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    input: BytesMut,
    output: Vec<u8>,
    /// How much of `output` is written.
    written: usize,
    turned_away: Option<TurnedAway>,
}

impl Socket {
    /// Connects and upgrades.
    pub async fn connect(endpoint: &Endpoint, link: Link) -> Result<Self> {
        let stream = endpoint.connect(link).await?;
        let (upgraded, _response) = ClientBuilder::from_uri(endpoint.uri.clone())
            .connect_on(stream)
            .await
            .context("the server refused the WebSocket")?;
        // An MSYNC server never speaks first, so nothing is lost with the upgrade's read buffer.
        Ok(Self {
            stream: upgraded.into_inner(),
            input: BytesMut::new(),
            output: Vec::new(),
            written: 0,
            turned_away: None,
        })
    }

    /// What the server has said when it closed the connection, if it was to come again.
    #[must_use]
    pub fn turned_away(&self) -> Option<TurnedAway> {
        self.turned_away
    }

    /// Queues a binary message. It leaves with [`Socket::recv`] or [`Socket::flush`].
    pub fn send(&mut self, message: &[u8]) {
        self.put_frame(FINAL_BINARY, message);
    }

    /// Queues a text message, which MSYNC servers do not expect.
    pub fn send_text(&mut self, message: &str) {
        self.put_frame(FINAL_TEXT, message.as_bytes());
    }

    /// Says goodbye and closes.
    pub async fn close(mut self) -> io::Result<()> {
        self.put_frame(FINAL_CLOSE, &1000u16.to_be_bytes());
        self.flush().await?;
        self.stream.shutdown().await
    }

    fn put_frame(&mut self, head: u8, payload: &[u8]) {
        self.output.push(head);
        match payload.len() {
            len @ 0..126 => self.output.push(MASKED | len as u8),
            len @ 126..=0xFFFF => {
                self.output.push(MASKED | 126);
                self.output.extend_from_slice(&(len as u16).to_be_bytes());
            }
            len => {
                self.output.push(MASKED | 127);
                self.output.extend_from_slice(&(len as u64).to_be_bytes());
            }
        }
        self.output.extend_from_slice(&MASK);
        let start = self.output.len();
        self.output.extend_from_slice(payload);
        for chunk in self.output[start..].chunks_mut(MASK.len()) {
            for (byte, key) in chunk.iter_mut().zip(MASK) {
                *byte ^= key;
            }
        }
    }

    /// Bytes queued and not written yet.
    #[must_use]
    pub fn unwritten(&self) -> usize {
        self.output.len() - self.written
    }

    /// Writes what is queued, without reading.
    pub async fn flush(&mut self) -> io::Result<()> {
        while self.unwritten() > 0 {
            let written = self.stream.write(&self.output[self.written..]).await?;
            self.note_written(written);
        }
        Ok(())
    }

    fn note_written(&mut self, count: usize) {
        self.written += count;
        if self.written == self.output.len() {
            self.output.clear();
            self.written = 0;
        }
    }

    /// The next message; `None` when the server closed. Writes what is queued before it waits.
    /// Nothing is lost when the returned future is dropped.
    pub async fn recv(&mut self) -> Result<Option<Bytes>> {
        loop {
            if let Some((head, payload)) = self.take_frame()? {
                match head {
                    FINAL_BINARY => return Ok(Some(payload)),
                    FINAL_PING => self.put_frame(FINAL_PONG, &payload),
                    FINAL_PONG => {}
                    FINAL_CLOSE => {
                        self.turned_away = TurnedAway::read(&payload);
                        self.put_frame(FINAL_CLOSE, &payload);
                        // The server may be gone already; it said goodbye either way.
                        let _ = self.flush().await;
                        return Ok(None);
                    }
                    other => bail!("unexpected WebSocket frame {other:#x}"),
                }
                continue;
            }
            if self.input.capacity() - self.input.len() < READ_SIZE / 2 {
                self.input.reserve(READ_SIZE);
            }
            let (mut reader, mut writer) = self.stream.split();
            let unwritten = &self.output[self.written..];
            let read = if unwritten.is_empty() {
                reader.read_buf(&mut self.input).await?
            } else {
                tokio::select! {
                    biased;
                    written = writer.write(unwritten) => {
                        self.note_written(written?);
                        continue;
                    }
                    read = reader.read_buf(&mut self.input) => read?,
                }
            };
            if read == 0 {
                return Ok(None);
            }
        }
    }

    fn take_frame(&mut self) -> Result<Option<(u8, Bytes)>> {
        let [head, len, ..] = self.input[..] else { return Ok(None) };
        ensure!(len & MASKED == 0, "the server masked a frame");
        let (head_len, len) = match len {
            126 => {
                let Some(len) = self.input[2..].first_chunk() else { return Ok(None) };
                (4, u64::from(u16::from_be_bytes(*len)))
            }
            127 => {
                let Some(len) = self.input[2..].first_chunk() else { return Ok(None) };
                (10, u64::from_be_bytes(*len))
            }
            len => (2, u64::from(len)),
        };
        ensure!(len <= MAX_FRAME, "a frame of {len} bytes");
        let len = usize::try_from(len)?;
        if self.input.len() < head_len + len {
            self.input.reserve(head_len + len - self.input.len());
            return Ok(None);
        }
        self.input.advance(head_len);
        Ok(Some((head, self.input.split_to(len).freeze())))
    }
}
