//! A double of every vendor. It looks at method, path, headers, proof of identity and body of each call, notes what is wrong, and
//! answers as the beginning of the device's token says:
//!
//! `ok-`, `bad-` (token), `auth-` (credential), `quota-`, `slow-` (never), `500-`, `429-<seconds>-`, `once500-` and `once429-` (at
//! the first call only), `code-<status>-<code>-` (that code of the vendor's).

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Version};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use md5::{Digest, Md5};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::proof::{field, form, hex, public};
use crate::support::{GOOGLE_KEY, HARMONY_KEY, NOW};

pub(crate) struct Double {
    address: SocketAddr,
    state: Arc<State>,
}

pub(crate) struct State {
    apple: Vec<u8>,
    pub(crate) google: Vec<u8>,
    harmony: Vec<u8>,
    pub(crate) memory: Mutex<Memory>,
    /// How many calls came in.
    calls: watch::Sender<usize>,
}

#[derive(Default)]
pub(crate) struct Memory {
    seen: Vec<Seen>,
    faults: Vec<String>,
    /// Access tokens that were given out, or signed well.
    pub(crate) good: HashSet<String>,
    pub(crate) revoked: HashSet<String>,
    /// How often an access token was asked for.
    pub(crate) grants: usize,
    pub(crate) grants_fail_with: Option<u16>,
    met: HashSet<String>,
}

/// A call.
#[derive(Clone)]
pub(crate) struct Seen {
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
    pub(crate) version: Version,
    /// The client's certificate.
    pub(crate) certificate: Option<Vec<u8>>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn form(&self) -> Vec<(String, String)> {
        form(&self.body)
    }
}

pub(crate) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Value,
}

pub(crate) fn answer(status: u16, body: Value) -> Answer {
    Answer { status, headers: Vec::new(), body }
}

impl Double {
    /// Speaks HTTP/1.1, and HTTP/2 to whoever begins with it, as Apple's clients do.
    pub(crate) async fn start(apple: &[u8]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let double = Self { address: listener.local_addr().unwrap(), state: State::new(apple) };
        let state = double.state.clone();
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let state = state.clone();
                tokio::spawn(async move {
                    let mut first = [0; 3];
                    let _ = socket.peek(&mut first).await;
                    state.serve(TokioIo::new(socket), &first == b"PRI", None).await;
                });
            }
        });
        double
    }

    /// Speaks HTTP/2 over TLS, and notes which certificate clients show.
    pub(crate) async fn start_tls(apple: &[u8], tls: rustls::ServerConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let double = Self { address: listener.local_addr().unwrap(), state: State::new(apple) };
        let (state, acceptor) = (double.state.clone(), TlsAcceptor::from(Arc::new(tls)));
        tokio::spawn(async move {
            loop {
                let (socket, _) = listener.accept().await.unwrap();
                let (state, acceptor) = (state.clone(), acceptor.clone());
                tokio::spawn(async move {
                    // A client whose certificate is refused ends here.
                    let Ok(stream) = acceptor.accept(socket).await else { return };
                    let (_, connection) = stream.get_ref();
                    let is_h2 = connection.alpn_protocol() == Some(b"h2");
                    let shown = connection.peer_certificates();
                    let certificate = shown.and_then(|shown| shown.first()).map(|c| c.to_vec());
                    state.serve(TokioIo::new(stream), is_h2, certificate).await;
                });
            }
        });
        double
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Calls that carried a notice.
    pub(crate) fn sent(&self) -> Vec<Seen> {
        let memory = self.state.memory.lock();
        memory.seen.iter().filter(|seen| !is_grant(&seen.path)).cloned().collect()
    }

    pub(crate) fn grants(&self) -> usize {
        self.state.memory.lock().grants
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.state.memory.lock().seen.clone()
    }

    /// No access token that was good until now is good any longer.
    pub(crate) fn revoke(&self) {
        let mut memory = self.state.memory.lock();
        let good = std::mem::take(&mut memory.good);
        memory.revoked.extend(good);
    }

    pub(crate) fn fail_grants(&self, status: Option<u16>) {
        self.state.memory.lock().grants_fail_with = status;
    }

    /// Until `calls` have come in.
    pub(crate) async fn wait_for(&self, calls: usize) {
        let mut seen = self.state.calls.subscribe();
        seen.wait_for(|seen| *seen >= calls).await.unwrap();
    }

    pub(crate) fn assert_no_faults(&self) {
        let memory = self.state.memory.lock();
        assert!(memory.faults.is_empty(), "{}", memory.faults.join("\n"));
    }
}

fn is_grant(path: &str) -> bool {
    path.starts_with("/oauth/") || matches!(path, "/server/v1/auth" | "/message/auth")
}

impl State {
    fn new(apple: &[u8]) -> Arc<Self> {
        Arc::new(Self {
            apple: apple.to_vec(),
            google: public(GOOGLE_KEY),
            harmony: public(HARMONY_KEY),
            memory: Mutex::default(),
            calls: watch::Sender::new(0),
        })
    }

    async fn serve<I>(self: Arc<Self>, io: I, is_h2: bool, certificate: Option<Vec<u8>>)
    where
        I: hyper::rt::Read + hyper::rt::Write + Unpin + Send + 'static,
    {
        let service = service_fn(move |request| {
            let (state, certificate) = (self.clone(), certificate.clone());
            async move { Ok::<_, std::convert::Infallible>(state.handle(request, certificate).await) }
        });
        if is_h2 {
            let builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
            let _ = builder.serve_connection(io, service).await;
        } else {
            let _ = hyper::server::conn::http1::Builder::new().serve_connection(io, service).await;
        }
    }

    async fn handle(
        &self,
        request: Request<Incoming>,
        certificate: Option<Vec<u8>>,
    ) -> Response<Full<Bytes>> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let seen = Seen {
            path: head.uri.path_and_query().unwrap().to_string(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
            version: head.version,
            certificate,
        };
        if head.method != Method::POST {
            self.fault(format!("{} {}", head.method, seen.path));
        }
        self.memory.lock().seen.push(seen.clone());
        self.calls.send_modify(|calls| *calls += 1);
        let Some(answer) = self.answer(&seen) else { return std::future::pending().await };
        let mut response = Response::builder().status(answer.status);
        for (name, value) in answer.headers {
            response = response.header(name, value);
        }
        response.body(Full::new(answer.body.to_string().into())).unwrap()
    }

    fn fault(&self, what: String) {
        self.memory.lock().faults.push(what);
    }

    pub(crate) fn expect(&self, fine: bool, what: &str, seen: &Seen) {
        if !fine {
            self.fault(format!("{}: {what}\n{}", seen.path, seen.body));
        }
    }

    /// `None`: never.
    fn answer(&self, seen: &Seen) -> Option<Answer> {
        let header = |name: &str| {
            seen.headers
                .get(name)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default()
                .to_owned()
        };
        let is_form = header("content-type") == "application/x-www-form-urlencoded";
        let is_json = header("content-type").starts_with("application/json");
        let parts: Vec<&str> = seen.path.trim_start_matches('/').split('/').collect();
        if is_grant(&seen.path) {
            return Some(self.grant(seen, is_form, is_json));
        }
        let bearer = header("authorization");
        let bearer = bearer.split_once(' ').map(|(_, token)| token.to_owned()).unwrap_or_default();
        match parts.as_slice() {
            ["3", "device", token] => {
                self.expect(is_json, "not JSON", seen);
                self.expect(seen.version == Version::HTTP_2, "not HTTP/2", seen);
                self.expect(header("apns-topic").starts_with("com.acme."), "topic", seen);
                let expires: i64 = header("apns-expiration").parse().unwrap_or_default();
                self.expect(expires > NOW / 1000, "expiration", seen);
                self.expect(seen.body.len() <= 5120, "too large", seen);
                if seen.certificate.is_none() {
                    let claims = self.jwt(&bearer, "ES256", "ABC123DEFG", &self.apple, seen);
                    let is_ours = claims["iss"] == "TEAM567890" && claims["iat"].is_i64();
                    self.expect(is_ours, "claims", seen);
                }
                let stale = self.is_stale(&bearer);
                let say = |status, reason: &str| answer(status, json!({ "reason": reason }));
                Some(match self.script(token)? {
                    _ if stale => say(403, "ExpiredProviderToken"),
                    Script::Ok => Answer {
                        headers: vec![(
                            "apns-id",
                            "EC1BF194-B3B2-424A-89A7-8E5D1D4A1B4E".to_owned(),
                        )],
                        ..answer(200, Value::Null)
                    },
                    Script::Bad => say(400, "BadDeviceToken"),
                    Script::Auth => say(403, "InvalidProviderToken"),
                    Script::Quota => say(429, "TooManyRequests"),
                    Script::Down => say(503, "ServiceUnavailable"),
                    Script::Flood(after) => later(after, say(429, "TooManyRequests")),
                    Script::Code(status, code) => say(status, &code),
                })
            }
            ["v1", "projects", "acme-chat", "messages:send"] => {
                self.expect(is_json, "not JSON", seen);
                let message = &seen.json()["message"];
                self.expect(message["data"]["t"] == "u2", "data", seen);
                let say = |status: u16, code: &str| {
                    let kind = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
                    let details = json!([{ "@type": kind, "errorCode": code }]);
                    let error = json!({ "code": status, "status": code, "message": "m", "details": details });
                    answer(status, json!({ "error": error }))
                };
                if !self.has_access(&bearer, seen) {
                    let error = json!({ "code": 401, "status": "UNAUTHENTICATED", "message": "m" });
                    return Some(answer(401, json!({ "error": error })));
                }
                Some(match self.script(message["token"].as_str().unwrap_or_default())? {
                    Script::Ok => answer(200, json!({ "name": "projects/acme-chat/messages/7" })),
                    Script::Bad => say(404, "UNREGISTERED"),
                    Script::Auth => say(401, "THIRD_PARTY_AUTH_ERROR"),
                    Script::Quota => say(429, "QUOTA_EXCEEDED"),
                    Script::Down => say(503, "UNAVAILABLE"),
                    Script::Flood(after) => later(after, say(429, "QUOTA_EXCEEDED")),
                    Script::Code(status, code) => say(status, &code),
                })
            }
            ["fcm", "send"] => {
                self.expect(is_json, "not JSON", seen);
                self.expect(header("authorization") == "key=server-key", "key", seen);
                let message = seen.json();
                self.expect(message["data"]["t"] == "u2", "data", seen);
                let say = |result: Value| answer(200, json!({ "results": [result] }));
                Some(match self.script(message["to"].as_str().unwrap_or_default())? {
                    Script::Ok => say(json!({ "message_id": "0:1" })),
                    Script::Bad => say(json!({ "error": "NotRegistered" })),
                    Script::Auth => answer(401, Value::Null),
                    Script::Quota => say(json!({ "error": "DeviceMessageRateExceeded" })),
                    Script::Down => answer(500, Value::Null),
                    Script::Flood(after) => later(after, answer(429, Value::Null)),
                    Script::Code(status, code) => {
                        answer(status, json!({ "results": [{ "error": code }] }))
                    }
                })
            }
            ["v1", "101", "messages:send"] | ["v2", "5550", "messages:send"] => {
                self.expect(is_json, "not JSON", seen);
                let body = seen.json();
                let data = body["message"]["data"].as_str().unwrap_or_default();
                let data: Value = serde_json::from_str(data).unwrap_or_default();
                self.expect(data["t"] == "u2", "data", seen);
                let say = |status, code: &str| {
                    answer(status, json!({ "code": code, "msg": "m", "requestId": "r-1" }))
                };
                if !self.has_access(&bearer, seen) {
                    return Some(say(200, "80200003"));
                }
                Some(
                    match self.script(body["message"]["token"][0].as_str().unwrap_or_default())? {
                        Script::Ok => say(200, "80000000"),
                        Script::Bad => say(200, "80300007"),
                        Script::Auth => say(200, "80300002"),
                        Script::Quota => answer(503, Value::Null),
                        Script::Down => say(500, "81000001"),
                        Script::Flood(after) => later(after, answer(503, Value::Null)),
                        Script::Code(status, code) => say(status, &code),
                    },
                )
            }
            ["api", "v1", "102", "sendMessage"] => {
                self.expect(is_json, "not JSON", seen);
                self.expect(header("timestamp") == NOW.to_string(), "timestamp", seen);
                let body = seen.json();
                let token = body["token"][0].as_str().unwrap_or_default();
                let say = |status, code: Value, data: Value| {
                    answer(status, json!({ "code": code, "message": "m", "data": data }))
                };
                let fine = |data| say(200, json!(200), data);
                if !self.has_access(&bearer, seen) {
                    return Some(say(401, json!(80_200_003), Value::Null));
                }
                Some(match self.script(token)? {
                    Script::Ok => fine(json!({ "sendResult": true, "requestId": "r-2" })),
                    Script::Bad => fine(json!({ "sendResult": false, "expireTokens": [token] })),
                    Script::Auth => say(403, json!("80300002"), Value::Null),
                    Script::Quota => answer(429, Value::Null),
                    Script::Down => answer(500, Value::Null),
                    Script::Flood(after) => later(after, answer(429, Value::Null)),
                    Script::Code(status, code) => say(status, json!(code), Value::Null),
                })
            }
            ["v3", "message", "regid"] => {
                self.expect(is_form, "not a form", seen);
                self.expect(header("authorization") == "key=xiaomi-secret", "key", seen);
                let fields = seen.form();
                let payload = form(&format!("p={}", field(&fields, "payload")));
                let payload: Value = serde_json::from_str(&payload[0].1).unwrap_or_default();
                self.expect(payload["t"] == "u2", "payload", seen);
                let package = field(&fields, "restricted_package_name");
                self.expect(package == "com.acme.chat", "package", seen);
                let say = |status, code: i64| {
                    let result = if code == 0 { "ok" } else { "error" };
                    let data = json!({ "id": "x-1" });
                    answer(
                        status,
                        json!({ "result": result, "code": code, "data": data, "reason": "m" }),
                    )
                };
                Some(match self.script(field(&fields, "registration_id"))? {
                    Script::Ok => say(200, 0),
                    Script::Bad => say(200, 20301),
                    Script::Auth => say(200, 21301),
                    Script::Quota => say(200, 200_001),
                    Script::Down => answer(502, Value::Null),
                    Script::Flood(after) => later(after, answer(429, Value::Null)),
                    Script::Code(status, code) => say(status, code.parse().unwrap()),
                })
            }
            ["v3", "38842184", "messages:send"] => {
                self.expect(is_json, "not JSON", seen);
                self.expect(header("push-type") == "0", "push-type", seen);
                let claims = self.jwt(&bearer, "PS256", "harmony-key", &self.harmony, seen);
                let lives = claims["exp"].as_i64().unwrap_or_default()
                    - claims["iat"].as_i64().unwrap_or_default();
                let is_ours = claims["iss"] == "111222333"
                    && claims["aud"] == "https://oauth-login.cloud.huawei.com/oauth2/v3/token";
                self.expect(is_ours && lives == 3600, "claims", seen);
                let body = seen.json();
                let data = &body["payload"]["notification"]["clickAction"]["data"];
                self.expect(data["t"] == "u2", "data", seen);
                let say = |status, code: &str| {
                    answer(status, json!({ "code": code, "msg": "m", "requestId": "r-3" }))
                };
                if self.is_stale(&bearer) {
                    return Some(say(200, "80200005"));
                }
                Some(
                    match self.script(body["target"]["token"][0].as_str().unwrap_or_default())? {
                        Script::Ok => say(200, "80000000"),
                        Script::Bad => say(200, "80300007"),
                        Script::Auth => say(200, "80300002"),
                        Script::Quota => say(200, "80300029"),
                        Script::Down => say(500, "81000001"),
                        Script::Flood(after) => later(after, answer(503, Value::Null)),
                        Script::Code(status, code) => match code.split_once('+') {
                            // A code with words.
                            Some((code, msg)) => {
                                answer(status, json!({ "code": code, "msg": msg }))
                            }
                            None => say(status, &code),
                        },
                    },
                )
            }
            ["server", "v1", "message", "notification", "unicast"] => {
                self.expect(is_form, "not a form", seen);
                let fields = seen.form();
                let message: Value =
                    serde_json::from_str(field(&fields, "message")).unwrap_or_default();
                self.expect(message["target_type"] == 2, "target", seen);
                let shown = &message["notification"];
                let level_stands_alone =
                    shown["notify_level"].is_u64() && shown["category"].is_null();
                self.expect(!level_stands_alone, "a level without a category", seen);
                let say = |code: i64| {
                    let data = json!({ "messageId": "o-1" });
                    answer(200, json!({ "code": code, "message": "m", "data": data }))
                };
                if !self.has_access(field(&fields, "auth_token"), seen) {
                    return Some(say(11));
                }
                Some(match self.script(message["target_value"].as_str().unwrap_or_default())? {
                    Script::Ok => say(0),
                    Script::Bad => say(10000),
                    Script::Auth => say(14),
                    Script::Quota => say(33),
                    Script::Down => say(-1),
                    Script::Flood(after) => later(after, say(-2)),
                    Script::Code(_, code) => say(code.replace('m', "-").parse().unwrap()),
                })
            }
            ["message", "send"] => {
                self.expect(is_json, "not JSON", seen);
                let body = seen.json();
                self.expect(body["appId"] == 10004, "app id", seen);
                let custom = body["clientCustomMap"].as_object();
                let is_text = custom.is_some_and(|custom| custom.values().all(Value::is_string));
                self.expect(is_text && body["clientCustomMap"]["t"] == "u2", "custom", seen);
                let say = |code: i64| answer(200, json!({ "result": code, "desc": "m" }));
                if !self.has_access(&header("authtoken"), seen) {
                    return Some(say(10000));
                }
                let token = body["regId"].as_str().unwrap_or_default();
                Some(match self.script(token)? {
                    Script::Ok => answer(200, json!({ "result": 0, "desc": "m", "taskId": "v-1" })),
                    Script::Bad if token.starts_with("bad-named") => {
                        let named = json!({ "status": 1, "userid": token });
                        answer(200, json!({ "result": 0, "taskId": "v-2", "invalidUser": named }))
                    }
                    Script::Bad => say(10302),
                    Script::Auth => say(10206),
                    Script::Quota => say(10070),
                    Script::Down => answer(500, Value::Null),
                    Script::Flood(after) => later(after, say(10072)),
                    Script::Code(_, code) => say(code.parse().unwrap()),
                })
            }
            ["garcia", "api", "server", "push", "varnished", "pushByPushId"] => {
                self.expect(is_form, "not a form", seen);
                let mut fields = seen.form();
                let sign = field(&fields, "sign").to_owned();
                fields.retain(|(name, _)| name != "sign");
                fields.sort();
                let all: String =
                    fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let signed = hex(&Md5::digest(format!("{all}meizu-secret")));
                self.expect(sign == signed, "signature", seen);
                self.expect(field(&fields, "appId") == "10000", "app id", seen);
                let token = field(&fields, "pushIds");
                let say = |code: &str, value: Value| {
                    answer(
                        200,
                        json!({ "code": code, "msgId": "m-1", "value": value, "message": "m" }),
                    )
                };
                Some(match self.script(token)? {
                    Script::Ok => say("200", json!({})),
                    Script::Bad => say("200", json!({ "110002": ["other"], "110003": [token] })),
                    Script::Auth => say("1006", json!("")),
                    Script::Quota => say("110009", json!("")),
                    Script::Down => say("1003", json!("")),
                    Script::Flood(after) => later(after, say("110010", json!(""))),
                    // What is said of a device, and of the whole.
                    Script::Code(1, code) => say("200", json!({ code: [token] })),
                    Script::Code(_, code) => say(&code, json!("")),
                })
            }
            _ => {
                self.fault(format!("no such path: {}", seen.path));
                Some(answer(404, Value::Null))
            }
        }
    }

    /// What is to be answered for a token; `None`: nothing, ever.
    fn script(&self, token: &str) -> Option<Script> {
        let mut parts = token.split('-');
        let is_first = self.memory.lock().met.insert(token.to_owned());
        Some(match parts.next().unwrap_or_default() {
            "bad" => Script::Bad,
            "auth" => Script::Auth,
            "quota" => Script::Quota,
            "slow" => return None,
            "500" => Script::Down,
            "429" => Script::Flood(parts.next().and_then(|s| s.parse().ok()).unwrap_or(1)),
            "once500" if is_first => Script::Down,
            "once429" if is_first => Script::Flood(7),
            "code" => {
                let status = parts.next().unwrap().parse().unwrap();
                Script::Code(status, parts.next().unwrap().to_owned())
            }
            "ok" | "once500" | "once429" => Script::Ok,
            _ => {
                self.fault(format!("no such token: {token}"));
                Script::Bad
            }
        })
    }

    fn is_stale(&self, access: &str) -> bool {
        self.memory.lock().revoked.contains(access)
    }

    /// Whether an access token is good; one that was never given is a fault.
    fn has_access(&self, access: &str, seen: &Seen) -> bool {
        let memory = self.memory.lock();
        let (is_good, is_stale) = (memory.good.contains(access), memory.revoked.contains(access));
        drop(memory);
        self.expect(is_good || is_stale, "an access token that nobody gave", seen);
        is_good
    }
}

enum Script {
    Ok,
    Bad,
    Auth,
    Quota,
    Down,
    /// Too fast; seconds.
    Flood(u64),
    Code(u16, String),
}

fn later(seconds: u64, answer: Answer) -> Answer {
    Answer { headers: vec![("retry-after", seconds.to_string())], ..answer }
}
