//! The REST calls a test needs before devices can log in.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use futures_util::{StreamExt, TryStreamExt, stream};
use reqwest::{Method, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

/// What `hongyan app create --json` prints.
#[derive(Clone, Debug, Deserialize)]
pub struct AppCredentials {
    /// `org#app`.
    pub appkey: String,
    /// Client id.
    pub client_id: String,
    /// Client secret.
    pub client_secret: String,
}

/// The API of one app, with an app token.
#[derive(Clone, Debug)]
pub struct Api {
    http: reqwest::Client,
    server: String,
    path: String,
    app_key: String,
    token: String,
}

impl Api {
    /// Gets an app token. `server` is such as `http://127.0.0.1:8080`.
    pub async fn open(server: &str, credentials: &AppCredentials) -> Result<Self> {
        let (org, app) = credentials.appkey.split_once('#').context("an app key is org#app")?;
        let mut api = Self {
            http: client()?,
            server: server.trim_end_matches('/').to_owned(),
            path: format!("/{org}/{app}"),
            app_key: credentials.appkey.clone(),
            token: String::new(),
        };
        let request = json!({
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
        });
        let answer = api.expect(Method::POST, "/token", None, Some(&request)).await?;
        api.token = string(&answer, "/access_token")?;
        Ok(api)
    }

    /// The same with connections of its own, for another runtime.
    pub fn apart(&self) -> Result<Self> {
        Ok(Self { http: client()?, ..self.clone() })
    }

    /// `org#app`.
    #[must_use]
    pub fn app_key(&self) -> &str {
        &self.app_key
    }

    /// `/org/app`, with which every path begins.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The app token.
    #[must_use]
    pub fn app_token(&self) -> &str {
        &self.token
    }

    /// One call; `path` starts after `/{org}/{app}`. Whatever the status, the answer comes back.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<(StatusCode, Value)> {
        let mut request = self.http.request(method, format!("{}{}{path}", self.server, self.path));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.with_context(|| format!("no answer from {path}"))?;
        let status = response.status();
        let text = response.text().await?;
        let answer =
            serde_json::from_str(&text).with_context(|| format!("{path}: not JSON: {text}"))?;
        Ok((status, answer))
    }

    /// [`Api::call`] that has to succeed; waits when there are too many calls.
    pub async fn expect(
        &self,
        method: Method,
        path: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Value> {
        const ATTEMPTS: usize = 50;
        for _ in 1..ATTEMPTS {
            let (status, answer) = self.call(method.clone(), path, token, body).await?;
            if status != StatusCode::TOO_MANY_REQUESTS {
                ensure!(status.is_success(), "{method} {path}: {status} {answer}");
                return Ok(answer);
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        anyhow::bail!("{method} {path}: too many calls")
    }

    /// A token of the user, who is created when missing.
    pub async fn user_token(&self, user: &str) -> Result<String> {
        let request = json!({ "grant_type": "inherit", "username": user, "autoCreateUser": true });
        let answer = self.expect(Method::POST, "/token", Some(&self.token), Some(&request)).await?;
        string(&answer, "/access_token")
    }

    /// Tokens of many users, in their order.
    pub async fn user_tokens(&self, users: &[String]) -> Result<Vec<String>> {
        const AT_ONCE: usize = 32;
        stream::iter(users).map(|user| self.user_token(user)).buffered(AT_ONCE).try_collect().await
    }

    /// Imports a text of the past (`at` in Unix ms); whatever the status, the answer comes back.
    pub async fn import_text(
        &self,
        (from, to): (&str, &str),
        text: &str,
        at: i64,
    ) -> Result<(StatusCode, Value)> {
        let message = json!({
            "from": from, "target": to, "type": "txt", "body": { "msg": text }, "msg_timestamp": at,
        });
        let path = "/messages/users/import";
        self.call(Method::POST, path, Some(&self.token), Some(&message)).await
    }

    /// The address of the file of an hour, which begins at `hour` (Unix ms). Asks until the file is made.
    pub async fn file_of_hour(&self, hour: i64) -> Result<String> {
        const PATIENCE: Duration = Duration::from_secs(180);
        let name = jiff::Timestamp::from_millisecond(hour)?.strftime("%Y%m%d%H");
        let (path, deadline) = (format!("/chatmessages/{name}"), Instant::now() + PATIENCE);
        loop {
            // The call itself waits some seconds.
            match self.call(Method::GET, &path, Some(&self.token), None).await? {
                (StatusCode::OK, answer) => return string(&answer, "/data/0/url"),
                (StatusCode::SERVICE_UNAVAILABLE, _) if Instant::now() < deadline => {}
                (status, answer) => anyhow::bail!("{path}: {status} {answer}"),
            }
        }
    }

    /// A group with these members besides its owner; returns its id.
    pub async fn create_group(&self, owner: &str, members: &[String]) -> Result<String> {
        const MEMBERS_PER_CALL: usize = 60;
        let mut chunks = members.chunks(MEMBERS_PER_CALL);
        let request = json!({
            "groupname": "load",
            "description": "",
            "public": false,
            "owner": owner,
            "maxusers": members.len() + 1,
            "members": chunks.next().unwrap_or_default(),
        });
        let answer =
            self.expect(Method::POST, "/chatgroups", Some(&self.token), Some(&request)).await?;
        let group = string(&answer, "/data/groupid")?;
        for chunk in chunks {
            let path = format!("/chatgroups/{group}/users");
            let request = json!({ "usernames": chunk });
            self.expect(Method::POST, &path, Some(&self.token), Some(&request)).await?;
        }
        Ok(group)
    }

    /// A chat room with these members besides its owner; returns its id.
    pub async fn create_room(&self, owner: &str, members: &[String]) -> Result<String> {
        let request = json!({
            "name": "load",
            "description": "",
            "owner": owner,
            "maxusers": members.len() + 1,
        });
        let answer =
            self.expect(Method::POST, "/chatrooms", Some(&self.token), Some(&request)).await?;
        let room = string(&answer, "/data/id")?;
        self.enter_room(&room, members).await?;
        Ok(room)
    }

    /// Makes users members of a chat room.
    pub async fn enter_room(&self, room: &str, members: &[String]) -> Result<()> {
        const MEMBERS_PER_CALL: usize = 60;
        for chunk in members.chunks(MEMBERS_PER_CALL) {
            let path = format!("/chatrooms/{room}/users");
            let request = json!({ "usernames": chunk });
            self.expect(Method::POST, &path, Some(&self.token), Some(&request)).await?;
        }
        Ok(())
    }
}

fn client() -> Result<reqwest::Client> {
    Ok(reqwest::Client::builder().timeout(Duration::from_secs(30)).build()?)
}

fn string(answer: &Value, pointer: &str) -> Result<String> {
    let found = answer.pointer(pointer).and_then(Value::as_str);
    found.map(str::to_owned).with_context(|| format!("no {pointer} in {answer}"))
}
