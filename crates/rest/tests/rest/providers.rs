//! Translation and speech recognition, with a provider that does what the test says.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hongyan_model::{AppSettings, Feature, Grant};
use hongyan_providers::{ProviderOptions, ProviderSettings, Providers};
use http_body_util::BodyExt;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};
use tokio::sync::{Mutex, Notify};

use crate::support::{Reply, Server, send};

const TOKEN: &str = "of-the-provider";
const RECORDING: &[u8] = b"#!AMR\n\x00\x01\xff";

/// What the provider was asked.
#[derive(Clone, Debug)]
struct Asked {
    method: String,
    path: String,
    authorization: String,
    content_type: String,
    body: Vec<u8>,
}

impl Asked {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

/// What it answers.
enum Behaviour {
    Answer(u16, Value),
    Raw(u16, &'static str, Vec<u8>),
    /// Waits until it is told to go on, then answers.
    Wait(Arc<Notify>, Value),
    /// Answers nothing at all.
    Hang,
}

#[derive(Clone, Default)]
struct Provider {
    asked: Arc<Mutex<Vec<Asked>>>,
    next: Arc<Mutex<VecDeque<Behaviour>>>,
    came: Arc<Notify>,
}

impl Provider {
    async fn will(&self, behaviour: Behaviour) {
        self.next.lock().await.push_back(behaviour);
    }

    async fn answers(&self, status: u16, body: Value) {
        self.will(Behaviour::Answer(status, body)).await;
    }

    async fn last(&self) -> Asked {
        self.asked.lock().await.last().unwrap().clone()
    }

    async fn handle(self, request: Request) -> Response {
        let (parts, body) = request.into_parts();
        let header = |name: &str| {
            let value = parts.headers.get(name).map(|value| value.to_str().unwrap());
            value.unwrap_or_default().to_owned()
        };
        let asked = Asked {
            method: parts.method.to_string(),
            path: parts.uri.to_string(),
            authorization: header("authorization"),
            content_type: header("content-type"),
            body: body.collect().await.unwrap().to_bytes().to_vec(),
        };
        self.asked.lock().await.push(asked);
        self.came.notify_one();
        let next = self.next.lock().await.pop_front().expect("the provider was not to be asked");
        let (status, location, body) = match next {
            Behaviour::Answer(status, body) => (status, "", body.to_string().into_bytes()),
            Behaviour::Raw(status, location, body) => (status, location, body),
            Behaviour::Wait(go, body) => {
                go.notified().await;
                (200, "", body.to_string().into_bytes())
            }
            Behaviour::Hang => std::future::pending().await,
        };
        let response = Response::builder().status(status);
        let response =
            if location.is_empty() { response } else { response.header("location", location) };
        response.body(Body::from(body)).unwrap()
    }
}

/// A server with both functions, granted to its app.
async fn server() -> (Server, Provider, [String; 1]) {
    server_with_patience(Duration::from_secs(20)).await
}

/// The same, where the provider is waited for so long.
async fn server_with_patience(timeout: Duration) -> (Server, Provider, [String; 1]) {
    let provider = Provider::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/v1/", listener.local_addr().unwrap());
    let serving = provider.clone();
    let router = axum::Router::new().fallback(move |request| serving.clone().handle(request));
    tokio::spawn(async { axum::serve(listener, router).await });
    let settings =
        ProviderSettings { url, token: TOKEN.to_owned(), timeout, most: 2, most_of_app: 1 };
    let providers = Providers::new(&ProviderOptions {
        translation: Some(settings.clone()),
        speech: Some(settings),
        moderation: None,
    })
    .unwrap();
    let server = Server::start_on(AppSettings::default(), None, providers).await;
    grant(&server).await;
    let users = server.users(["alice"]).await;
    (server, provider, users)
}

async fn grant(server: &Server) {
    server
        .change_app(|app| {
            for feature in [Feature::Translation, Feature::SpeechToText] {
                app.features.grants.insert(feature, Grant::Included);
            }
        })
        .await;
}

fn hello(text: &str) -> Value {
    json!({
        "translations": [{"to": "zh-Hans", "text": text}, {"to": "de", "text": "hallo"}],
        "detected": {"language": "en", "score": 0.75},
    })
}

fn wish() -> Value {
    json!({"text": "hello", "to": ["zh-Hans", "de"]})
}

async fn translate(server: &Server, token: &str, body: Value) -> Reply {
    server.post("/users/alice/translate", token, body).await
}

#[tokio::test]
async fn a_client_has_a_text_translated() {
    let (server, provider, [alice]) = server().await;
    provider.answers(200, hello("你好")).await;
    let reply = translate(&server, &alice, wish()).await.ok();
    assert_eq!(
        reply["data"],
        json!([{
            "translations": [{"text": "你好", "to": "zh-Hans"}, {"text": "hallo", "to": "de"}],
            "detectedLanguage": {"language": "en", "score": 0.75},
        }])
    );
    let asked = provider.last().await;
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/v1/translate"));
    assert_eq!(asked.authorization, format!("Bearer {TOKEN}"));
    assert_eq!(asked.content_type, "application/json");
    let expected = json!({"app": "acme#chat", "text": "hello", "to": ["zh-Hans", "de"]});
    assert_eq!(asked.json(), expected);

    provider
        .answers(
            200,
            json!({"languages": [{"code": "de", "name": "German", "nativeName": "Deutsch"}]}),
        )
        .await;
    let reply = server.get("/users/alice/translate/support/language", &alice).await.ok();
    assert_eq!(reply["data"], json!([{"code": "de", "name": "German", "nativeName": "Deutsch"}]));
    let asked = provider.last().await;
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("GET", "/v1/languages"));
}

#[tokio::test]
async fn the_customers_server_translates_on_paths_of_its_own() {
    let (server, provider, [alice]) = server().await;
    provider.answers(200, json!({"translations": [{"to": "en", "text": "study"}]})).await;
    let body = json!({"text": "学习", "from": "zh-Hans", "to": ["en"]});
    let reply = server.post("/translate", &server.app_token, body.clone()).await.ok();
    assert_eq!(reply, json!([{"translations": [{"text": "study", "to": "en"}]}]));
    assert_eq!(provider.last().await.json()["from"], "zh-Hans");

    provider.answers(200, json!({"language": "zh-Hans", "score": 0.98, "supported": false})).await;
    let text = json!({"text": "你好"});
    let reply = server.post("/translate/detect", &server.app_token, text.clone()).await.ok();
    let expected = json!({"language": "zh-Hans", "score": 0.98, "isTranslationSupported": false});
    assert_eq!(reply, expected);
    assert_eq!(provider.last().await.path, "/v1/detect");

    provider.answers(200, json!({"languages": []})).await;
    let reply = server.get("/translate/support/language", &server.app_token).await.ok();
    assert_eq!(reply, json!([]));

    for (path, body) in [("/translate", body), ("/translate/detect", text)] {
        server.post(path, &alice, body).await.refused(401, "unauthorized", "unauthorized");
    }
}

#[tokio::test]
async fn what_cannot_be_translated_is_refused_before_the_provider_is_asked() {
    let (server, provider, [alice]) = server().await;
    let refused = async |body: Value, text: &str| {
        translate(&server, &alice, body).await.refused(400, "illegal_argument", text);
    };
    refused(json!({"to": ["de"]}), "An input text is missing or invalid.").await;
    let none = "The target language is missing or invalid.";
    refused(json!({"text": "hello"}), none).await;
    refused(json!({"text": "hello", "to": []}), none).await;
    refused(json!({"text": "hello", "to": [""]}), none).await;
    // Characters, not bytes, times languages.
    let too_long = "The input text is too long.";
    refused(json!({"text": "好".repeat(5001), "to": ["de", "en"]}), too_long).await;
    assert!(provider.asked.lock().await.is_empty());
    provider.answers(200, hello("x")).await;
    let longest = json!({"text": "好".repeat(5000), "to": ["zh-Hans", "de"]});
    translate(&server, &alice, longest).await.ok();
}

#[tokio::test]
async fn what_the_provider_says_becomes_what_the_sdk_knows() {
    let (server, provider, [alice]) = server().await;
    for (status, word, error, text) in [
        (400, "unknown_language", (400, "illegal_argument"), "The target language is not valid."),
        (413, "text_too_long", (400, "illegal_argument"), "The input text is too long."),
        (429, "limit", (429, "resource_limited"), "The request has reached the maximum limit"),
        (400, "something_else", (500, "internal_error"), "translte failed!"),
        (500, "unknown_language", (500, "internal_error"), "translte failed!"),
    ] {
        provider.answers(status, json!({"error": word})).await;
        translate(&server, &alice, wish()).await.refused(error.0, error.1, text);
    }
    // Nothing of what it says beside the contract reaches the caller.
    for behaviour in [
        Behaviour::Raw(200, "", b"<html>".to_vec()),
        Behaviour::Raw(200, "", Vec::new()),
        Behaviour::Raw(302, "/v1/elsewhere", Vec::new()),
        Behaviour::Answer(200, json!({"translations": [{"to": "fr", "text": "salut"}]})),
        Behaviour::Answer(200, hello(&"x".repeat(1024 * 1024))),
    ] {
        let asked = provider.asked.lock().await.len();
        provider.will(behaviour).await;
        let reply = translate(&server, &alice, wish()).await;
        reply.refused(500, "internal_error", "translte failed!");
        assert_eq!(provider.asked.lock().await.len(), asked + 1, "redirects are not followed");
    }
}

#[tokio::test]
async fn a_provider_that_says_nothing_is_not_waited_for() {
    let (server, provider, [alice]) = server_with_patience(Duration::from_millis(500)).await;
    provider.will(Behaviour::Hang).await;
    let reply = translate(&server, &alice, wish()).await;
    reply.refused(500, "internal_error", "translte failed!");
}

#[tokio::test]
async fn no_more_calls_than_allowed_are_under_way() {
    let (server, provider, [alice]) = server().await;
    let go = Arc::new(Notify::new());
    provider.will(Behaviour::Wait(go.clone(), hello("first"))).await;
    let first = translate(&server, &alice, wish());
    let second = async {
        provider.came.notified().await;
        let reply = translate(&server, &alice, wish()).await;
        let text = "The server is busy, please try again later";
        reply.refused(503, "service_unavailable", text);
        go.notify_one();
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.ok()["data"][0]["translations"][0]["text"], "first");
    provider.answers(200, hello("again")).await;
    translate(&server, &alice, wish()).await.ok();
}

#[tokio::test]
async fn without_a_provider_or_a_grant_it_is_not_enabled() {
    let no_provider = Server::start().await;
    grant(&no_provider).await;
    let [user] = no_provider.users(["alice"]).await;
    let (not_granted, _, [alice]) = server().await;
    not_granted.change_app(|app| app.features.grants.clear()).await;
    for (server, alice) in [(&no_provider, &user), (&not_granted, &alice)] {
        let text = "translation service not open!";
        translate(server, alice, wish()).await.refused(403, "forbidden_op", text);
        let path = "/users/alice/translate/support/language";
        server.get(path, alice).await.refused(403, "forbidden_op", text);
        let reply = server.post("/translate", &server.app_token, wish()).await;
        reply.refused(503, "service_unavailable", "service not open");
        speech_refused(&transcribe(server, alice, "x").await, 403, 4_031_001);
        speech_refused(&recognise(server, alice, form(RECORDING)).await, 403, 4_031_001);
    }
}

#[tokio::test]
async fn nobody_translates_or_hears_with_the_token_of_another() {
    let (server, _, [alice]) = server().await;
    let [bob] = server.users(["bob"]).await;
    let foreign = server.foreign_token().await;
    let text = "Unable to authenticate";
    translate(&server, &foreign, wish()).await.refused(401, "auth_bad_access_token", text);
    translate(&server, &bob, wish()).await.refused(401, "unauthorized", "unauthorized");
    let path = "/users/alice/translate/support/language";
    server.get(path, &bob).await.refused(401, "unauthorized", "unauthorized");
    let reply = server.post("/translate", &foreign, wish()).await;
    reply.refused(401, "auth_bad_access_token", text);
    let file = upload(&server, &alice).await;
    for token in [&foreign, &bob, ""] {
        speech_refused(&transcribe(&server, token, &file).await, 401, 4_011_001);
        speech_refused(&recognise(&server, token, form(RECORDING)).await, 401, 4_011_001);
    }
}

async fn upload(server: &Server, token: &str) -> String {
    let part = Part::bytes(RECORDING).file_name("a.amr").mime_str("audio/amr").unwrap();
    let request = server.request(Method::POST, "/chatfiles", token);
    let request = request.header("restrict-access", "true");
    let reply = send(request.multipart(Form::new().part("file", part))).await.ok();
    reply["entities"][0]["uuid"].as_str().unwrap().to_owned()
}

fn speech(server: &Server, path: &str, token: &str) -> reqwest::RequestBuilder {
    let url = format!("{}/api/sdk/v1/acme/chat/speech/{path}", server.address);
    let request = server.client.post(url);
    if token.is_empty() { request } else { request.bearer_auth(token) }
}

async fn transcribe(server: &Server, token: &str, file: &str) -> Reply {
    let body = json!({"data": {"fileId": file, "username": "Alice", "audio": {"format": "amr"}}});
    send(speech(server, "transcriptions", token).json(&body)).await
}

fn form(recording: &'static [u8]) -> Form {
    let part = Part::bytes(recording).file_name("a.pcm").mime_str("audio/pcm").unwrap();
    Form::new()
        .text("username", "alice")
        .text("audio.format", "pcm")
        .text("audio.sampleRate", "16000")
        .text("audio.bitsPerSample", "16")
        .text("audio.channels", "1")
        .part("file", part)
}

async fn recognise(server: &Server, token: &str, form: Form) -> Reply {
    send(speech(server, "recognitions", token).multipart(form)).await
}

#[track_caller]
fn speech_refused(reply: &Reply, status: u16, code: u32) {
    let found = (reply.status, &reply.body["error"]["code"]);
    assert_eq!(found, (status, &json!(code)), "{}", reply.body);
    assert!(reply.body["error_description"].is_string());
}

#[tokio::test]
async fn a_voice_message_becomes_text() {
    let (server, provider, [alice]) = server().await;
    let file = upload(&server, &alice).await;
    provider.answers(200, json!({"text": "hello"})).await;
    let reply = transcribe(&server, &alice, &file).await.ok();
    assert_eq!(reply, json!({"data": {"text": "hello"}}));
    let asked = provider.last().await;
    assert_eq!(asked.path, "/v1/recognize?app=acme%23chat&format=amr");
    assert_eq!((asked.body.as_slice(), asked.content_type.as_str()), (RECORDING, "audio/amr"));
    assert_eq!(asked.authorization, format!("Bearer {TOKEN}"));
    let unknown = "00000000-0000-4000-8000-000000000000";
    speech_refused(&transcribe(&server, &alice, unknown).await, 404, 4_041_001);
    server.clock.advance(8 * 24 * 3600 * 1000);
    speech_refused(&transcribe(&server, &alice, &file).await, 404, 4_041_001);
}

#[tokio::test]
async fn a_recording_that_comes_with_the_call_becomes_text() {
    let (server, provider, [alice]) = server().await;
    provider.answers(200, json!({"text": ""})).await;
    let reply = recognise(&server, &alice, form(RECORDING)).await.ok();
    assert_eq!(reply, json!({"data": {"text": ""}}));
    let asked = provider.last().await;
    let query = "app=acme%23chat&format=pcm&sample_rate=16000&bits_per_sample=16&channels=1";
    assert_eq!(asked.path, format!("/v1/recognize?{query}"));
    assert_eq!((asked.body.as_slice(), asked.content_type.as_str()), (RECORDING, "audio/pcm"));
    assert_eq!(server.post("/x", &alice, json!({})).await.status, 404);
}

#[tokio::test]
async fn what_cannot_be_heard_is_told_in_the_sdks_numbers() {
    let (server, provider, [alice]) = server().await;
    for (status, word, expected) in [
        (400, "invalid_audio", (400, 4_001_002)),
        (400, "audio_too_long", (400, 4_001_003)),
        (429, "limit", (403, 4_031_002)),
        (404, "what", (502, 5_021_003)),
        (503, "", (502, 5_021_003)),
    ] {
        provider.answers(status, json!({"error": word})).await;
        speech_refused(&recognise(&server, &alice, form(RECORDING)).await, expected.0, expected.1);
    }
    provider.will(Behaviour::Hang).await;
    speech_refused(&recognise(&server, &alice, form(RECORDING)).await, 502, 5_021_003);

    speech_refused(&recognise(&server, &alice, form(b"")).await, 400, 4_001_002);
    let nothing = Form::new().text("username", "alice");
    speech_refused(&recognise(&server, &alice, nothing).await, 400, 4_001_001);
    let nobody = Form::new().part("file", Part::bytes(RECORDING));
    speech_refused(&recognise(&server, &alice, nobody).await, 400, 4_001_001);
    let wrong = form(RECORDING).text("audio.channels", "x");
    provider.answers(200, json!({"text": "the first word counts"})).await;
    recognise(&server, &alice, wrong).await.ok();

    let large = Part::bytes(vec![0; 10 * 1024 * 1024 + 1]);
    let large = Form::new().text("username", "alice").part("file", large);
    let reply = recognise(&server, &alice, large).await;
    speech_refused(&reply, 400, 4_001_001);
    assert!(reply.body["error"]["message"].as_str().unwrap().contains("uploaded file exceeds"));

    let path = speech(&server, "transcriptions", &alice);
    speech_refused(&send(path.body("{")).await, 400, 4_001_001);
    let other = server
        .client
        .post(format!("{}/api/sdk/v1/acme/none/speech/transcriptions", server.address));
    speech_refused(&send(other.json(&json!({}))).await, 404, 4_041_002);
}
