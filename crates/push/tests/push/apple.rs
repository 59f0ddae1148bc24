//! APNs over TLS with certificates of a private authority, and what fits into its payload.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hongyan_model::ManualClock;
use hongyan_push::credential::{ApnsP8, ApnsP12, Environment};
use hongyan_push::{Badge, Channel, Credential, Data, Notice, Outcome, Overrides, Vendors};
use http::Version;
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, IsCa, Issuer, KeyPair,
    date_time_ymd,
};
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde_json::json;

use crate::double::Double;
use crate::support::{NOW, NotedPauses, World, apns_p8, kind, plain, settings};

/// An authority that vouches for the double and for clients.
pub(crate) struct Apple {
    issuer: Issuer<'static, KeyPair>,
    certificate: rcgen::Certificate,
}

/// A certificate and a key.
pub(crate) struct Made {
    pub(crate) certificate: rcgen::Certificate,
    pub(crate) key: KeyPair,
}

impl Apple {
    pub(crate) fn new() -> Self {
        Self::named("Not Apple")
    }

    fn named(name: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, name);
        let certificate = params.self_signed(&key).unwrap();
        Self { issuer: Issuer::new(params, key), certificate }
    }

    /// A certificate for push: for development with 1 among `kinds`, for production with 2; from the beginning of one year to
    /// that of another.
    pub(crate) fn push_certificate(&self, topic: &str, kinds: &[u64], years: (i32, i32)) -> Made {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        let uid = DnType::CustomDnType(vec![0, 9, 2342, 19200300, 100, 1, 1]);
        params.distinguished_name.push(uid, topic);
        params.distinguished_name.push(DnType::CommonName, format!("Apple Push Services: {topic}"));
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        for kind in kinds {
            let oid = [1, 2, 840, 113635, 100, 6, 3, *kind];
            params.custom_extensions.push(CustomExtension::from_oid_content(&oid, vec![5, 0]));
        }
        if !kinds.is_empty() {
            let oid = [1, 2, 840, 113635, 100, 6, 3, 6];
            let topics = [
                der(0x0c, topic.as_bytes()),
                der(0x30, &der(0x0c, b"app")),
                der(0x0c, format!("{topic}.voip").as_bytes()),
                der(0x30, &der(0x0c, b"voip")),
            ];
            let topics = der(0x30, &topics.concat());
            params.custom_extensions.push(CustomExtension::from_oid_content(&oid, topics));
        }
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Made { certificate, key }
    }

    /// TLS of a double that asks clients for certificates of `clients`.
    fn server(&self, clients: &Apple) -> ServerConfig {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut roots = RootCertStore::empty();
        roots.add(clients.certificate.der().clone()).unwrap();
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .allow_unauthenticated()
                .build()
                .unwrap();
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config
    }
}

/// One element; at most 127 bytes.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut element = vec![tag, u8::try_from(content.len()).unwrap()];
    assert!(content.len() < 128);
    element.extend_from_slice(content);
    element
}

/// A file in base64.
pub(crate) fn p12(made: &Made, password: &str) -> String {
    let certificate = Certificate::from_der(made.certificate.der()).unwrap();
    written(KeyStoreEntry::PrivateKeyChain(chain(made, vec![certificate])), password)
}

/// One without a key, and one without a certificate.
pub(crate) fn halves(made: &Made, password: &str) -> [String; 2] {
    let certificate = Certificate::from_der(made.certificate.der()).unwrap();
    let key = KeyStoreEntry::PrivateKeyChain(chain(made, Vec::new()));
    [written(KeyStoreEntry::Certificate(certificate), password), written(key, password)]
}

fn chain(made: &Made, certificates: Vec<Certificate>) -> PrivateKeyChain {
    let key = PrivateKey::from_der(&made.key.serialize_der()).unwrap();
    PrivateKeyChain::new("1", key, certificates)
}

fn written(entry: KeyStoreEntry, password: &str) -> String {
    let mut store = KeyStore::new();
    store.add_entry("Apple Push", entry);
    let writer = store.writer(password).encryption_iterations(10).mac_iterations(10);
    STANDARD.encode(writer.write().unwrap())
}

fn vendors(double: &Double, authority: &Apple) -> Vendors {
    let mut settings = settings(&format!("https://localhost:{}", double.port()));
    settings.ca_pem = Some(authority.certificate.pem());
    settings.unavailable_pauses.clear();
    let pauses = Arc::new(NotedPauses::default());
    Vendors::with_pauses(settings, Arc::new(ManualClock::at(NOW)), pauses).unwrap()
}

fn by_certificate(vendors: &Vendors, made: &Made) -> Channel {
    let own = ApnsP12 {
        name: "acme-ios".to_owned(),
        file: p12(made, "").into(),
        password: "".into(),
        environment: Environment::Sandbox,
        bundle_id: "com.acme.chat".to_owned(),
        sound: None,
    };
    vendors.open(&Credential::ApnsP12(own)).unwrap()
}

#[tokio::test]
async fn a_certificate_is_shown_to_apple_over_one_connection_of_http_2() {
    let apple = Apple::new();
    let double = Double::start_tls(&[], apple.server(&apple)).await;
    let made = apple.push_certificate("com.acme.chat", &[1, 2], (2020, 2090));
    let channel = by_certificate(&vendors(&double, &apple), &made);
    for number in 0..3 {
        let outcome = channel.send(&format!("ok-{number}"), &plain()).await.unwrap();
        assert_eq!(kind(&outcome), "delivered", "{outcome:?}");
    }
    for seen in double.sent() {
        assert_eq!(seen.version, Version::HTTP_2);
        assert_eq!(seen.certificate.as_deref(), Some(&**made.certificate.der()));
        assert!(!seen.headers.contains_key("authorization"));
    }
    double.assert_no_faults();
}

#[tokio::test]
async fn a_certificate_that_is_refused_is_the_credentials_fault() {
    let (apple, other) = (Apple::new(), Apple::named("Somebody else"));
    let double = Double::start_tls(&[], apple.server(&other)).await;
    let made = apple.push_certificate("com.acme.chat", &[1, 2], (2020, 2090));
    let channel = by_certificate(&vendors(&double, &apple), &made);
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "auth failed", "{outcome:?}");
    assert!(double.seen().is_empty());
}

#[tokio::test]
async fn who_apple_is_is_checked() {
    let (apple, other) = (Apple::new(), Apple::named("Somebody else"));
    let key = KeyPair::generate().unwrap();
    let double = Double::start_tls(key.public_key_raw(), other.server(&apple)).await;
    let channel = vendors(&double, &apple).open(&Credential::ApnsP8(apns_p8(&key))).unwrap();
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    let Outcome::Unavailable { why, .. } = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("UnknownIssuer"), "{why}");
    assert!(double.seen().is_empty(), "no token was shown to a stranger");
}

#[tokio::test]
async fn a_key_signs_over_tls_too() {
    let (apple, key) = (Apple::new(), KeyPair::generate().unwrap());
    let double = Double::start_tls(key.public_key_raw(), apple.server(&apple)).await;
    let channel = vendors(&double, &apple).open(&Credential::ApnsP8(apns_p8(&key))).unwrap();
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "delivered", "{outcome:?}");
    double.assert_no_faults();
}

fn large(body: &str, custom: &str) -> Notice {
    let data = Data::new("u2", "u1", "1234567890123456789", None);
    let data = Data { custom: json!(custom), ..data };
    Notice::new("title", body, data, Overrides::default())
}

#[tokio::test]
async fn a_payload_is_made_to_fit() {
    let world = World::new().await;
    let channel = world.apns();
    let sent = async |notice: Notice| {
        let outcome = channel.send("ok-1", &notice).await.unwrap();
        assert_eq!(kind(&outcome), "delivered", "{outcome:?}");
        world.double.sent().pop().unwrap()
    };
    let seen = sent(large(&"鸿".repeat(2000), "kept")).await;
    assert!((4094..=4096).contains(&seen.body.len()), "{}", seen.body.len());
    let payload = seen.json();
    assert!(payload["aps"]["alert"]["body"].as_str().unwrap().ends_with("鸿…"));
    assert_eq!(payload["e"], "kept");

    let seen = sent(large("hello world and everybody else", &"x".repeat(4000))).await;
    let payload = seen.json();
    assert!(payload["e"].is_null(), "no text of a sensible length has room beside it");
    assert_eq!(payload["aps"]["alert"]["body"], "hello world and everybody else");

    let huge = Notice { title: "x".repeat(5000), ..large("", "") };
    let outcome = channel.send("ok-1", &huge).await.unwrap();
    assert!(matches!(outcome, Outcome::Rejected { code, .. } if code == "PayloadTooLarge"));
    world.double.assert_no_faults();
}

#[tokio::test]
async fn calls_and_messages_keep_to_their_topics() {
    let world = World::new().await;
    let own = ApnsP8 { bundle_id: "com.acme.chat.voip".to_owned(), ..apns_p8(&world.apple_key) };
    let channel = world.open(Credential::ApnsP8(own));
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    assert!(
        matches!(outcome, Outcome::Rejected { code, .. } if code == "invalid VOIP notification")
    );
    let ext = json!({ "em_apns_ext": { "em_push_type": "voip" } });
    let overrides = Overrides::of(ext.as_object().unwrap());
    let call = Notice { overrides, ..plain() };
    channel.send("ok-1", &call).await.unwrap();
    let seen = world.double.sent().pop().unwrap();
    assert_eq!(seen.headers["apns-push-type"], "voip");
    assert_eq!(seen.headers["apns-topic"], "com.acme.chat.voip");
    // On the topic of messages it is a message.
    world.apns().send("ok-1", &call).await.unwrap();
    assert_eq!(world.double.sent().pop().unwrap().headers["apns-push-type"], "alert");
    world.double.assert_no_faults();
}

#[tokio::test]
async fn a_message_comes_before_the_credential_and_the_notice() {
    let world = World::new().await;
    let own = ApnsP8 { sound: Some("own.caf".to_owned()), ..apns_p8(&world.apple_key) };
    let channel = world.open(Credential::ApnsP8(own));
    let aps = async |notice: Notice| {
        channel.send("ok-1", &notice).await.unwrap();
        world.double.sent().pop().unwrap().json()["aps"].clone()
    };
    let shown = aps(Notice { badge: Some(Badge::Set(3)), ..plain() }).await;
    assert_eq!((&shown["sound"], &shown["badge"]), (&json!("own.caf"), &json!(3)));
    let ext = json!({ "em_apns_ext": { "em_push_sound": "theirs.caf", "em_push_badge": 0 } });
    let overrides = Overrides::of(ext.as_object().unwrap());
    let shown = aps(Notice { overrides, badge: Some(Badge::Set(3)), ..plain() }).await;
    assert_eq!((&shown["sound"], &shown["badge"]), (&json!("theirs.caf"), &json!(0)));
}

#[tokio::test]
async fn words_that_collapse_fit_into_a_header() {
    let world = World::new().await;
    let channel = world.apns();
    let word = async |word: &str| {
        let notice = Notice { collapse: Some(word.to_owned()), ..plain() };
        channel.send("ok-1", &notice).await.unwrap();
        let seen = world.double.sent().pop().unwrap();
        seen.headers["apns-collapse-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(word("group-42").await, "group-42");
    let (long, other) = (word(&"x".repeat(65)).await, word(&"x".repeat(66)).await);
    assert!(long.len() <= 64 && long != other, "{long} {other}");
    assert_ne!(word("群一").await, word("群二").await);
}
