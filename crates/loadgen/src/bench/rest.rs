//! A REST client that keeps its connection and builds nothing twice, so that it is the server that
//! is measured.

use anyhow::{Context, Result, ensure};
use bytes::{Buf, BytesMut};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::api::Api;
use crate::socket::{Endpoint, Link};

/// What is sent again and again.
#[derive(Clone, Copy)]
pub(crate) enum Content {
    /// A text of so many bytes to the user.
    Text(usize),
    /// A change of the user, which other nodes have heard of when it is answered.
    Change,
}

/// One keep-alive connection that sends the same request again and again.
pub(crate) struct RestSender {
    stream: TcpStream,
    request: Vec<u8>,
    input: BytesMut,
}

impl RestSender {
    /// A connection for `user`.
    pub(crate) async fn connect(
        endpoint: &Endpoint,
        link: Link,
        api: &Api,
        user: &str,
        content: Content,
    ) -> Result<Self> {
        let (call, body) = match content {
            Content::Text(length) => (
                format!("POST {}/messages/users", api.path()),
                json!({
                    "from": "admin", "to": [user], "type": "txt", "body": { "msg": "x".repeat(length) },
                }),
            ),
            Content::Change => {
                (format!("PUT {}/users/{user}", api.path()), json!({ "nickname": "load" }))
            }
        };
        let body = body.to_string();
        let request = format!(
            "{call} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            endpoint.address(),
            api.app_token(),
            body.len(),
        );
        let stream = endpoint.connect(link).await?;
        Ok(Self { stream, request: request.into_bytes(), input: BytesMut::new() })
    }

    /// Sends once and waits for the answer, which has to be a success.
    pub(crate) async fn send(&mut self) -> Result<()> {
        self.stream.write_all(&self.request).await?;
        let head_len = loop {
            if let Some(at) = self.input.windows(4).position(|window| window == b"\r\n\r\n") {
                break at + 4;
            }
            self.read().await?;
        };
        let head = std::str::from_utf8(&self.input[..head_len])?;
        let accepted = head.starts_with("HTTP/1.1 200");
        let body_len: usize = head
            .lines()
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .context("an answer without length")?
            .1
            .trim()
            .parse()?;
        while self.input.len() < head_len + body_len {
            self.read().await?;
        }
        let answer = &self.input[..head_len + body_len];
        ensure!(accepted, "a call was refused: {}", String::from_utf8_lossy(answer));
        self.input.advance(head_len + body_len);
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        self.input.reserve(4096);
        let read = self.stream.read_buf(&mut self.input).await?;
        ensure!(read > 0, "the server closed a connection");
        Ok(())
    }
}
