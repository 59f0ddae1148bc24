//! Garbage on every layer: the process and the other connections live on.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use hongyan_testkit::device::{Device, Event};
use hongyan_testkit::socket::{Link, Socket};
use hongyan_testkit::wire::{self, Target};
use hongyan_testkit::{TestServer, seed};
use rand::Rng;
use rand::rngs::StdRng;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A pair of users that must be able to talk, whatever else happens.
pub(crate) struct Witness {
    left: Device,
    right: Device,
    count: usize,
}

impl Witness {
    pub(crate) async fn new(server: &TestServer) -> Result<Self> {
        let left = server.log_in(&server.identity("left").await?).await?;
        let right = server.log_in(&server.identity("right").await?).await?;
        Ok(Self { left, right, count: 0 })
    }

    pub(crate) async fn talk(&mut self) -> Result<()> {
        self.count += 1;
        let text = format!("still here {}", self.count);
        let id = self.left.send_text(&Target::User("right".into()), &text);
        let talk = async {
            loop {
                match self.left.next().await?.context("left is disconnected")? {
                    Event::Receipt(receipt) if receipt.meta_id == id => {
                        ensure!(receipt.code == 0, "refused: {}", receipt.reason);
                        break;
                    }
                    _ => {}
                }
            }
            loop {
                let event = self.right.next().await?.context("right is disconnected")?;
                let Event::Batch(batch) = event else { continue };
                if batch.metas().filter_map(wire::first_text).any(|t| t == text.as_bytes()) {
                    return Ok(());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), talk).await.context("the witnesses hang")?
    }
}

/// Well-formed frames, to be damaged.
pub(crate) fn samples(user: &str, token: &str) -> Vec<Vec<u8>> {
    let app = "test#chat";
    let mut frames = vec![Vec::new(); 6];
    wire::put_provision(&mut frames[0], app, user, token, "webim_web_1");
    wire::put_unread(&mut frames[1]);
    wire::put_statistics(&mut frames[2], 7);
    let body = wire::text_body(app, user, &Target::User("right".into()), "hello");
    wire::put_meta(&mut frames[3], 8, &body);
    let queue = [0x0a, 1, b'x', 0x12, 4, b'l', b'e', b'f', b't'];
    wire::put_pull(&mut frames[4], &queue, Some(u64::MAX));
    wire::put_meta(&mut frames[5], u64::MAX, &[0x2a, 0xff, 0xff, 0xff, 0xff, 0x0f]);
    frames
}

/// One frame that no SDK sends.
pub(crate) fn damaged(rng: &mut StdRng, samples: &[Vec<u8>]) -> Vec<u8> {
    let mut frame = samples[rng.random_range(0..samples.len())].clone();
    match rng.random_range(0..5) {
        // Cut off.
        0 => frame.truncate(rng.random_range(0..frame.len())),
        // Some bits wrong.
        1 => {
            for _ in 0..rng.random_range(1..8) {
                let at = rng.random_range(0..frame.len());
                frame[at] ^= 1 << rng.random_range(0..8);
            }
        }
        // Something inserted.
        2 => {
            let at = rng.random_range(0..frame.len());
            let more: Vec<u8> = (0..rng.random_range(1..20)).map(|_| rng.random()).collect();
            frame.splice(at..at, more);
        }
        // Two frames in one.
        3 => frame.extend_from_slice(&samples[rng.random_range(0..samples.len())]),
        // Nothing that was ever a frame.
        _ => frame = (0..rng.random_range(0..400)).map(|_| rng.random()).collect(),
    }
    frame
}

/// Reads what comes for a moment, so that the server is never blocked by us.
async fn drain(socket: &mut Socket) {
    let read = async { while let Ok(Some(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(Duration::from_millis(20), read).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_frames_before_and_after_login_harm_nobody() -> Result<()> {
    const CONNECTIONS: usize = 60;
    const FRAMES: usize = 60;
    let mut rng = seed::rng("malformed frames");
    let mut server = TestServer::start_sqlite(&[]).await?;
    let mut witness = Witness::new(&server).await?;
    let mallory = server.identity("mallory").await?;
    let samples = samples(&mallory.user, &mallory.token);
    for connection in 0..CONNECTIONS {
        let logged_in = connection % 2 == 0;
        let mut device;
        let mut anonymous;
        let socket = if logged_in {
            device = server.log_in(&mallory).await?;
            device.socket()
        } else {
            anonymous = Socket::connect(server.endpoint(), Link::default()).await?;
            &mut anonymous
        };
        for _ in 0..FRAMES {
            if rng.random_ratio(1, 20) {
                socket.send_text("[\"text\"]");
            } else {
                socket.send(&damaged(&mut rng, &samples));
            }
        }
        // The server may have closed the connection by now.
        let _ = tokio::time::timeout(Duration::from_secs(2), socket.flush()).await;
        drain(socket).await;
        witness.talk().await?;
    }
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_prefix_of_every_frame_is_survived() -> Result<()> {
    let mut server = TestServer::start_sqlite(&[]).await?;
    let mut witness = Witness::new(&server).await?;
    let mallory = server.identity("mallory").await?;
    for frame in samples(&mallory.user, &mallory.token) {
        let mut device = server.log_in(&mallory).await?;
        for end in 0..frame.len() {
            device.socket().send(&frame[..end]);
            if end % 16 == 15 {
                drain(device.socket()).await;
            }
        }
        drain(device.socket()).await;
        witness.talk().await?;
    }
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn oversize_frames_end_their_own_connection_only() -> Result<()> {
    let mut server = TestServer::start_sqlite(&[]).await?;
    let mut witness = Witness::new(&server).await?;
    let mallory = server.identity("mallory").await?;
    let before = server.usage()?.resident;
    for size in [200 << 10, 1 << 20, 32 << 20] {
        let mut device = server.log_in(&mallory).await?;
        let message = vec![0x4a; size];
        device.socket().send(&message);
        let closed = async {
            // The server may close before it has read everything.
            let _ = device.socket().flush().await;
            while let Ok(Some(_)) = device.socket().recv().await {}
        };
        let ended = tokio::time::timeout(Duration::from_secs(10), closed).await;
        ensure!(ended.is_ok(), "a frame of {size} bytes did not end the connection");
        witness.talk().await?;
    }
    let grown = server.usage()?.resident.saturating_sub(before) >> 20;
    ensure!(grown < 32, "memory grew by {grown} MiB");
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_websockets_and_http_are_survived() -> Result<()> {
    let mut rng = seed::rng("broken transport");
    let mut server = TestServer::start_sqlite(&[]).await?;
    let mut witness = Witness::new(&server).await?;
    let upgrade = "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    let frames: [&[u8]; 9] = [
        // Not masked.
        &[0x82, 3, 1, 2, 3],
        // Reserved bits and opcodes.
        &[0xF2, 0x80, 0, 0, 0, 0],
        &[0x87, 0x80, 0, 0, 0, 0],
        // A continuation of nothing, and an overlong ping.
        &[0x80, 0x80, 0, 0, 0, 0],
        &[0x89, 0xFE, 0xFF, 0xFF, 0, 0, 0, 0],
        // Lengths of 2^63 - 1 and 2^64 - 1.
        &[0x82, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
        &[0x82, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0],
        // A close frame with half a code, and with a reserved one.
        &[0x88, 0x81, 0, 0, 0, 0, 3],
        &[0x88, 0x82, 0, 0, 0, 0, 0, 5],
    ];
    let mut conversations: Vec<Vec<u8>> =
        frames.iter().map(|frame| [upgrade.as_bytes(), *frame].concat()).collect();
    conversations.push(upgrade.replace("dGhl", "\u{0}\u{1}").into_bytes());
    conversations.push(upgrade.replace("13", "99").into_bytes());
    conversations.push(upgrade.replace("Sec-WebSocket-Key", "Nothing").into_bytes());
    conversations.push(upgrade.as_bytes()[..60].to_vec());
    conversations
        .push(b"POST /test/chat/token HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".to_vec());
    conversations.push(b"GET /%ff%00/../..//?&&==%% HTTP/1.1\r\nHost: x\r\n\r\n".to_vec());
    for _ in 0..40 {
        conversations.push((0..rng.random_range(1..2000)).map(|_| rng.random()).collect());
        let mut noise = upgrade.as_bytes().to_vec();
        noise.extend((0..rng.random_range(1..2000)).map(|_| rng.random::<u8>()));
        conversations.push(noise);
    }
    for (number, conversation) in conversations.iter().enumerate() {
        let mut stream = TcpStream::connect(server.endpoint().address()).await?;
        // The server may answer and close before it has read everything.
        let _ = stream.write_all(conversation).await;
        let mut answer = [0; 4096];
        let _ = tokio::time::timeout(Duration::from_millis(20), stream.read(&mut answer)).await;
        drop(stream);
        if number % 10 == 9 {
            witness.talk().await?;
        }
    }
    witness.talk().await?;
    server.check_health().await
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_over_rest_is_refused_and_never_a_fault() -> Result<()> {
    let mut rng = seed::rng("malformed rest");
    let mut server = TestServer::start_sqlite(&[]).await?;
    let address = server.endpoint().address();
    // No connection is used twice: one whose large body nobody wanted is closed by the server.
    let http = reqwest::Client::builder()
        .timeout(Duration::from_secs(10))
        .pool_max_idle_per_host(0)
        .build()?;
    let paths = [
        "token",
        "users",
        "users/left",
        "users/left/password",
        "messages/users",
        "messages/chatgroups",
        "chatgroups",
        "chatgroups/1/users",
        "users/batch/status",
        "metadata/user/left",
        "users/left/messageroaming",
        "chatfiles",
        "chatfiles/%00",
        "users/%ff",
    ];
    let bodies = [
        "",
        "{",
        "[]",
        "null",
        "\"x\"",
        "{}",
        "[[[[[[[[",
        "{\"username\":{}}",
        "[{},1,null]",
        "{\"username\":\"\\u0000\",\"password\":[]}",
        "{\"to\":[1,null,{}],\"type\":7,\"body\":[]}",
        "{\"grant_type\":1}",
        "{\"grant_type\":\"inherit\",\"username\":9,\"autoCreateUser\":\"x\"}",
        "{\"to\":[\"left\"],\"type\":\"txt\",\"body\":{\"msg\":{}},\"ext\":\"x\",\"from\":[]}",
        "{\"queue\":\"@@@\",\"start\":\"x\",\"pull_number\":-5}",
        "{\"owner\":\"left\",\"members\":\"x\",\"maxusers\":-1,\"public\":\"perhaps\",\"groupname\":[]}",
    ];
    let deep = "[".repeat(100_000);
    let tokens = [server.api().app_token().to_owned(), "YWMtx".to_owned(), "\u{7f}".to_owned()];
    for path in paths {
        for method in ["GET", "POST", "PUT", "DELETE"] {
            for _ in 0..12 {
                let body = match rng.random_range(0..10) {
                    0 => deep.clone().into_bytes(),
                    1 => (0..rng.random_range(0..300)).map(|_| rng.random()).collect(),
                    _ => bodies[rng.random_range(0..bodies.len())].as_bytes().to_vec(),
                };
                let token =
                    &tokens[if rng.random_ratio(3, 4) { 0 } else { rng.random_range(1..3) }];
                let request = http
                    .request(method.parse()?, format!("http://{address}/test/chat/{path}"))
                    .header("authorization", format!("Bearer {token}").as_bytes())
                    .body(body.clone());
                let Ok(request) = request.build() else { continue };
                let shown = String::from_utf8_lossy(&body[..body.len().min(200)]);
                let what = format!("{method} {path} with {} bytes {shown:?}", body.len());
                let answer = http.execute(request).await.with_context(|| what.clone())?;
                let status = answer.status();
                let text = answer.text().await.with_context(|| what.clone())?;
                ensure!(!status.is_server_error(), "{what}: {status} {text}");
            }
        }
    }
    server.check_health().await
}
