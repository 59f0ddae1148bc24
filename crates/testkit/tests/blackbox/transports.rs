//! What carries frames beside binary WebSocket messages: TCP, base64, SockJS. Each from its good side and its bad.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use hongyan_msync::Message;
use hongyan_msync::proto::{MSync, Provision};
use hongyan_testkit::device::{Event, Identity};
use hongyan_testkit::process::free_address;
use hongyan_testkit::socket::{Endpoint, Link, Socket};
use hongyan_testkit::wire::{self, Downlink, Target};
use hongyan_testkit::{TestServer, seed};
use rand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::malformed::{Witness, damaged, samples};

const PATIENCE: Duration = Duration::from_secs(10);

/// A native client.
struct Native {
    stream: TcpStream,
}

impl Native {
    async fn connect(address: &str) -> Result<Self> {
        Ok(Self { stream: TcpStream::connect(address).await? })
    }

    async fn log_in(address: &str, identity: &Identity) -> Result<Self> {
        let mut native = Self::connect(address).await?;
        native.send(&provision(identity)).await?;
        native.expect_login().await?;
        Ok(native)
    }

    async fn expect_login(&mut self) -> Result<()> {
        let Downlink::Provision(reply) = self.next().await? else { bail!("not a login's answer") };
        let status = reply.status.context("no status")?;
        ensure!(status.error_code.unwrap_or(0) == 0, "refused: {:?}", status.reason);
        Ok(())
    }

    async fn send(&mut self, frame: &[u8]) -> Result<()> {
        self.stream.write_all(&u32::try_from(frame.len())?.to_be_bytes()).await?;
        Ok(self.stream.write_all(frame).await?)
    }

    async fn next(&mut self) -> Result<Downlink> {
        let read = async {
            let length = self.stream.read_u32().await?;
            let mut frame = vec![0; usize::try_from(length)?];
            self.stream.read_exact(&mut frame).await?;
            anyhow::Ok(frame)
        };
        let frame = tokio::time::timeout(PATIENCE, read).await.context("no frame came")??;
        wire::read_downlink(&frame.into())
    }

    /// How long it takes until the server closes.
    async fn closed(&mut self) -> Result<Duration> {
        let started = Instant::now();
        let mut rest = Vec::new();
        let read = self.stream.read_to_end(&mut rest);
        // A reset is as good.
        let _ = tokio::time::timeout(PATIENCE, read).await.context("it stays open")?;
        Ok(started.elapsed())
    }
}

fn provision(identity: &Identity) -> Vec<u8> {
    let mut frame = Vec::new();
    let Identity { app_key, user, token, resource } = identity;
    wire::put_provision(&mut frame, app_key, user, token, resource);
    frame
}

/// zlib without compressing: one stored block.
fn zlib(plain: &[u8]) -> Result<Vec<u8>> {
    let length = u16::try_from(plain.len())?;
    let mut packed = vec![0x78, 0x01, 1];
    packed.extend(length.to_le_bytes());
    packed.extend((!length).to_le_bytes());
    packed.extend(plain);
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in plain {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    packed.extend((b << 16 | a).to_be_bytes());
    Ok(packed)
}

/// The same frame with its payload packed.
fn packed(frame: &[u8]) -> Result<Vec<u8>> {
    let mut envelope = MSync::decode(frame)?;
    envelope.payload = Some(zlib(&envelope.payload.context("no payload")?)?.into());
    envelope.compress_algorimth = Some(1);
    Ok(envelope.encode_to_vec())
}

async fn start(settings: &[(&str, &str)]) -> Result<(TestServer, String)> {
    let address = free_address()?.to_string();
    let mut all = vec![("HONGYAN_TCP__LISTEN", address.as_str())];
    all.extend(settings);
    Ok((TestServer::start_sqlite(&all).await?, address))
}

fn text_frame(identity: &Identity, id: u64, text: &str) -> Vec<u8> {
    let body =
        wire::text_body(&identity.app_key, &identity.user, &Target::User("left".into()), text);
    let mut frame = Vec::new();
    wire::put_meta(&mut frame, id, &body);
    frame
}

#[tokio::test(flavor = "multi_thread")]
async fn native_clients_talk_over_tcp_also_compressed() -> Result<()> {
    let (mut server, address) = start(&[]).await?;
    let mut left = server.log_in(&server.identity("left").await?).await?;
    let identity = server.identity("native").await?;
    for pack in [false, true] {
        let prepare = |frame: Vec<u8>| if pack { packed(&frame) } else { Ok(frame) };
        let mut native = Native::connect(&address).await?;
        native.send(&prepare(provision(&identity))?).await?;
        native.expect_login().await?;
        let text = format!("packed: {pack}");
        native.send(&prepare(text_frame(&identity, 7 + u64::from(pack), &text))?).await?;
        let Downlink::Sync(receipt) = native.next().await? else { bail!("not a receipt") };
        ensure!(receipt.code == Some(0), "refused: {:?}", receipt.reason);
        let arrives = async {
            loop {
                let event = left.next().await?.context("left is disconnected")?;
                let Event::Batch(batch) = event else { continue };
                if batch.metas().filter_map(wire::first_text).any(|t| t == text.as_bytes()) {
                    return anyhow::Ok(());
                }
            }
        };
        tokio::time::timeout(PATIENCE, arrives).await.context("it does not arrive")??;
        left.send_text(&Target::User("native".into()), "back");
        left.socket().flush().await?;
        let Downlink::Notice(queue) = native.next().await? else { bail!("not a notice") };
        ensure!(wire::jid_name(&queue) == b"left");
    }
    // What is written beyond a socket's buffer comes whole, too.
    let mut native = Native::log_in(&address, &identity).await?;
    for id in 100..400 {
        native.send(&text_frame(&identity, id, &"x".repeat(1000))).await?;
    }
    for id in 100..400 {
        let Downlink::Sync(receipt) = native.next().await? else { bail!("not a receipt") };
        ensure!(receipt.meta_id == Some(id), "{:?} in place of {id}", receipt.meta_id);
    }
    // A graceful stop closes it.
    server.stop(Duration::from_secs(12)).await?;
    native.closed().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_native_login_is_answered_and_closed() -> Result<()> {
    let (server, address) = start(&[]).await?;
    let mut identity = server.identity("native").await?;
    identity.token = "garbage".to_owned();
    let mut native = Native::connect(&address).await?;
    native.send(&provision(&identity)).await?;
    let Downlink::Provision(reply) = native.next().await? else { bail!("not a login's answer") };
    ensure!(reply.status.is_some_and(|status| status.error_code == Some(1)));
    native.closed().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_over_tcp_harms_nobody() -> Result<()> {
    let mut rng = seed::rng("malformed tcp");
    let (mut server, address) = start(&[]).await?;
    let mut witness = Witness::new(&server).await?;
    let mallory = server.identity("mallory").await?;
    let samples = samples(&mallory.user, &mallory.token);
    let before = server.usage()?.resident;
    for round in 0..60 {
        let mut native = if round % 2 == 0 {
            Native::log_in(&address, &mallory).await?
        } else {
            Native::connect(&address).await?
        };
        for _ in 0..40 {
            let frame = damaged(&mut rng, &samples);
            // The server may have closed by now.
            let sent = match rng.random_range(0..10) {
                // A length that is not the frame's: everything behind it is out of step.
                0 => native.stream.write_all(&rng.random::<u32>().to_be_bytes()).await.is_ok(),
                1 => native.stream.write_all(&frame).await.is_ok(),
                _ => native.send(&frame).await.is_ok(),
            };
            if !sent {
                break;
            }
        }
        drop(native);
        if round % 10 == 9 {
            witness.talk().await?;
        }
    }
    for start in [&b"GET / HTTP/1.1\r\n\r\n"[..], &[0xff; 8], &[0x7f, 0xff, 0xff, 0xff, 0]] {
        let mut native = Native::connect(&address).await?;
        native.stream.write_all(start).await?;
        ensure!(native.closed().await? < Duration::from_secs(2), "{start:?} is waited for");
    }
    let grown = server.usage()?.resident.saturating_sub(before) >> 20;
    ensure!(grown < 32, "memory grew by {grown} MiB");
    witness.talk().await?;
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_dribbles_over_tcp_is_not_waited_for() -> Result<()> {
    let settings = [
        ("HONGYAN_GATEWAY__LOGIN_TIMEOUT_SECONDS", "1"),
        ("HONGYAN_GATEWAY__IDLE_TIMEOUT_SECONDS", "2"),
    ];
    let (server, address) = start(&settings).await?;
    let identity = server.identity("slow").await?;
    // Announces the largest frame, and sends a byte of it now and then: before the login, and after.
    for logged_in in [false, true] {
        let mut native = Native::connect(&address).await?;
        if logged_in {
            native.send(&provision(&identity)).await?;
            native.expect_login().await?;
        }
        native.stream.write_all(&(128_u32 << 10).to_be_bytes()).await?;
        let dribble = async {
            while native.stream.write_all(b"x").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(6), dribble).await.context("it goes on")?;
    }
    // A thousand that announce and send nothing cost no thousand frames.
    let before = server.usage()?.resident;
    let mut waiting = Vec::new();
    for _ in 0..1000 {
        let mut native = Native::connect(&address).await?;
        native.stream.write_all(&(128_u32 << 10).to_be_bytes()).await?;
        waiting.push(native);
    }
    let grown = server.usage()?.resident.saturating_sub(before) >> 20;
    ensure!(grown < 40, "memory grew by {grown} MiB");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_in_text_harms_nobody() -> Result<()> {
    let mut rng = seed::rng("malformed text");
    let mut server = TestServer::start_sqlite(&[]).await?;
    let mut witness = Witness::new(&server).await?;
    let mallory = server.identity("mallory").await?;
    let samples = samples(&mallory.user, &mallory.token);
    let address = server.endpoint().address();
    let sockjs = Endpoint::resolve(&format!("ws://{address}/ws/1/x/websocket")).await?;
    for round in 0..60 {
        let over_sockjs = round % 3 != 0;
        let endpoint = if over_sockjs { &sockjs } else { server.endpoint() };
        let mut socket = Socket::connect(endpoint, Link::default()).await?;
        let wrap = |frame: &[u8]| {
            let text = BASE64_STANDARD.encode(frame);
            if over_sockjs { format!("[\"{text}\"]") } else { text }
        };
        if round % 2 == 0 {
            socket.send_text(&wrap(&provision(&mallory)));
        }
        for _ in 0..40 {
            let frame = damaged(&mut rng, &samples);
            let mut text = wrap(&frame);
            match rng.random_range(0..8) {
                0 => text.truncate(rng.random_range(0..=text.len())),
                1 => text.insert(rng.random_range(0..=text.len()), '"'),
                2 => text = "[".repeat(rng.random_range(1..5000)),
                3 => text = format!("[{}\"\"]", "\"\",".repeat(rng.random_range(1..200))),
                4 => socket.send(&frame),
                _ => {}
            }
            socket.send_text(&text);
        }
        // The server may have closed the connection by now.
        let _ = tokio::time::timeout(Duration::from_secs(2), socket.flush()).await;
        drop(socket);
        if round % 10 == 9 {
            witness.talk().await?;
        }
    }
    for (endpoint, text) in [
        (server.endpoint(), BASE64_STANDARD.encode(vec![0; 200 << 10])),
        (&sockjs, format!("[\"{}\"]", BASE64_STANDARD.encode(vec![0; 200 << 10]))),
    ] {
        let mut socket = Socket::connect(endpoint, Link::default()).await?;
        socket.send_text(&text);
        let closed = async {
            let _ = socket.flush().await;
            while let Ok(Some(_)) = socket.recv().await {}
        };
        tokio::time::timeout(PATIENCE, closed).await.context("a large frame is waited for")?;
    }
    witness.talk().await?;
    server.check_health().await
}

/// The words of SockJS, read by hand: our device knows binary messages only.
#[tokio::test(flavor = "multi_thread")]
async fn sockjs_says_its_words() -> Result<()> {
    let settings = [("HONGYAN_GATEWAY__IDLE_TIMEOUT_SECONDS", "2")];
    let server = TestServer::start_sqlite(&settings).await?;
    let identity = server.identity("old").await?;
    let mut stream = TcpStream::connect(server.endpoint().address()).await?;
    let upgrade = "GET /ws/0/abc/websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\
                   Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   Sec-WebSocket-Version: 13\r\n\r\n";
    stream.write_all(upgrade.as_bytes()).await?;
    let mut input = Vec::new();
    let read_until = async |stream: &mut TcpStream, input: &mut Vec<u8>, what: &[u8]| {
        let read = async {
            while !input.windows(what.len()).any(|window| window == what) {
                ensure!(stream.read_buf(input).await? > 0, "closed before {what:?}");
            }
            anyhow::Ok(())
        };
        tokio::time::timeout(PATIENCE, read).await.with_context(|| format!("no {what:?}"))?
    };
    // A text message of one letter.
    read_until(&mut stream, &mut input, &[0x81, 1, b'o']).await?;
    let message = format!("[\"{}\"]", BASE64_STANDARD.encode(provision(&identity)));
    let mut frame = vec![0x81, 0x80 | 126];
    frame.extend(u16::try_from(message.len())?.to_be_bytes());
    frame.extend([0; 4]);
    frame.extend(message.as_bytes());
    stream.write_all(&frame).await?;
    read_until(&mut stream, &mut input, b"a[\"").await?;
    let at = input.windows(3).position(|window| window == b"a[\"").context("it was there")?;
    let rest = input[at + 3..].to_vec();
    let end = rest.iter().position(|byte| *byte == b'"').context("no end")?;
    let envelope = MSync::decode(&BASE64_STANDARD.decode(&rest[..end])?[..])?;
    let reply = Provision::decode(envelope.payload.context("no payload")?)?;
    ensure!(reply.status.is_some_and(|status| status.error_code.unwrap_or(0) == 0));
    // Silence ends it, with a word and a WebSocket's goodbye.
    read_until(&mut stream, &mut input, b"c[3000,\"Go away!\"]").await?;
    read_until(&mut stream, &mut input, &[0x88]).await?;
    Ok(())
}
