//! Credentials, notices, and channels that lead to a double.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use hongyan_model::ManualClock;
use hongyan_push::credential::{
    ApnsP8, Environment, FcmLegacy, FcmPriority, FcmShape, FcmV1, Harmony, Honor, Huawei, Meizu,
    Oppo, Vivo, VivoPushType, Xiaomi,
};
use hongyan_push::{
    Channel, Credential, Data, Notice, Outcome, Overrides, Pauses, Settings, Vendors,
};
use parking_lot::Mutex;
use rcgen::KeyPair;
use serde_json::{Value, json};

use crate::double::Double;

/// 2027-01-15T08:00:00Z.
pub(crate) const NOW: i64 = 1_800_000_000_000;

// Made with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048`.
pub(crate) const GOOGLE_KEY: &str = include_str!("../files/google.pem");
pub(crate) const HARMONY_KEY: &str = include_str!("../files/harmony.pem");

/// Everything of one test.
pub(crate) struct World {
    pub(crate) double: Double,
    pub(crate) vendors: Vendors,
    pub(crate) clock: ManualClock,
    pub(crate) pauses: Arc<NotedPauses>,
    pub(crate) apple_key: KeyPair,
}

/// Takes no time, and remembers how much it should have.
#[derive(Default)]
pub(crate) struct NotedPauses(Mutex<Vec<Duration>>);

impl NotedPauses {
    pub(crate) fn take(&self) -> Vec<u64> {
        self.0.lock().drain(..).map(|pause| pause.as_secs()).collect()
    }
}

impl Pauses for NotedPauses {
    fn pause(&self, length: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.0.lock().push(length);
        Box::pin(std::future::ready(()))
    }
}

/// Settings that lead to a double.
pub(crate) fn settings(base: &str) -> Settings {
    let mut settings = Settings::default();
    for vendor in [
        &mut settings.apns,
        &mut settings.apns_sandbox,
        &mut settings.fcm,
        &mut settings.fcm_legacy,
        &mut settings.huawei,
        &mut settings.honor,
        &mut settings.xiaomi,
        &mut settings.oppo,
        &mut settings.vivo,
        &mut settings.meizu,
        &mut settings.harmony,
    ] {
        base.clone_into(&mut vendor.base_url);
    }
    settings.fcm.auth_url = format!("{base}/oauth/google");
    settings.huawei.auth_url = format!("{base}/oauth/huawei");
    settings.honor.auth_url = format!("{base}/oauth/honor");
    settings
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let apple_key = KeyPair::generate().unwrap();
        let double = Double::start(apple_key.public_key_raw()).await;
        let mut settings = settings(&double.url());
        change(&mut settings);
        let (clock, pauses) = (ManualClock::at(NOW), Arc::new(NotedPauses::default()));
        let vendors =
            Vendors::with_pauses(settings, Arc::new(clock.clone()), pauses.clone()).unwrap();
        Self { double, vendors, clock, pauses, apple_key }
    }

    pub(crate) fn apns(&self) -> Channel {
        self.open(Credential::ApnsP8(apns_p8(&self.apple_key)))
    }

    pub(crate) fn open(&self, credential: Credential) -> Channel {
        self.vendors.open(&credential).unwrap()
    }

    /// A channel by its name in golden files.
    pub(crate) fn channel(&self, name: &str) -> Channel {
        match name {
            "apns" => self.apns(),
            name => self.open(credential(name)),
        }
    }
}

pub(crate) const CHANNELS: [&str; 10] =
    ["apns", "fcm", "fcm_legacy", "huawei", "honor", "xiaomi", "oppo", "vivo", "meizu", "harmony"];

pub(crate) fn apns_p8(key: &KeyPair) -> ApnsP8 {
    ApnsP8 {
        name: "acme-ios".to_owned(),
        file: key.serialize_pem().into(),
        key_id: "ABC123DEFG".to_owned(),
        team_id: "TEAM567890".to_owned(),
        environment: Environment::Production,
        bundle_id: "com.acme.chat".to_owned(),
        sound: None,
    }
}

pub(crate) fn service_account() -> Value {
    json!({
        "type": "service_account",
        "project_id": "acme-chat",
        "private_key_id": "key-1",
        "private_key": GOOGLE_KEY,
        "client_email": "push@acme-chat.iam.gserviceaccount.com",
        // Named in the token, never called.
        "token_uri": "https://oauth2.googleapis.com/token",
    })
}

pub(crate) fn harmony_account() -> Value {
    json!({
        "project_id": "38842184",
        "key_id": "harmony-key",
        "private_key": HARMONY_KEY,
        "sub_account": "111222333",
    })
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

pub(crate) fn credential(name: &str) -> Credential {
    let package = "com.acme.chat".to_owned();
    match name {
        "fcm" => Credential::FcmV1(FcmV1 {
            sender_id: "1234567890".to_owned(),
            file: service_account().to_string().into(),
            sound: some("ding"),
            channel_id: some("chat"),
            priority: FcmPriority::High,
            shape: FcmShape::Both,
            with_apns: true,
        }),
        "fcm_legacy" => Credential::FcmLegacy(FcmLegacy {
            sender_id: "1234567890".to_owned(),
            server_key: "server-key".into(),
            sound: None,
            channel_id: some("chat"),
            priority: FcmPriority::Normal,
            shape: FcmShape::Both,
        }),
        "huawei" => Credential::Huawei(Huawei {
            app_id: "101".to_owned(),
            client_secret: "huawei-secret".into(),
            package,
            project_id: None,
            category: some("IM"),
            action: None,
            badge_class: some("com.acme.chat.MainActivity"),
        }),
        "honor" => Credential::Honor(Honor {
            app_id: "102".to_owned(),
            client_id: "honor-client".to_owned(),
            client_secret: "honor-secret".into(),
            badge_class: some("com.acme.chat.MainActivity"),
            action: None,
        }),
        "xiaomi" => Credential::Xiaomi(Xiaomi {
            app_id: "103".to_owned(),
            app_secret: "xiaomi-secret".into(),
            package,
            channel_id: some("115511"),
            action: None,
        }),
        "oppo" => Credential::Oppo(Oppo {
            app_key: "oppo-key".to_owned(),
            master_secret: "oppo-master".into(),
            package,
            channel_id: some("chat"),
            activity: None,
            category: some("IM"),
            notify_level: Some(2),
        }),
        "vivo" => Credential::Vivo(Vivo {
            app_id: "10004".to_owned(),
            app_key: "vivo-key".to_owned(),
            app_secret: "vivo-secret".into(),
            package,
            category: some("IM"),
            activity: None,
            push_type: Some(VivoPushType::System),
        }),
        "meizu" => Credential::Meizu(Meizu {
            app_id: "10000".to_owned(),
            app_secret: "meizu-secret".into(),
            package,
            activity: None,
            receipts: true,
        }),
        "harmony" => Credential::Harmony(Harmony {
            client_id: "105".to_owned(),
            file: harmony_account().to_string().into(),
            category: None,
            action: None,
        }),
        other => panic!("no credential {other}"),
    }
}

/// Display style 0: nothing of the message is shown.
pub(crate) fn plain() -> Notice {
    let data = Data::new("u2", "u1", "1234567890123456789", None);
    Notice::new("您有一条新消息", "请点击查看", data, Overrides::default())
}

/// How an outcome is called here.
pub(crate) fn kind(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered { .. } => "delivered",
        Outcome::InvalidToken { .. } => "invalid token",
        Outcome::AuthFailed { .. } => "auth failed",
        Outcome::OverQuota { .. } => "over quota",
        Outcome::RateLimited { .. } => "rate limited",
        Outcome::Unavailable { .. } => "unavailable",
        Outcome::Rejected { .. } => "rejected",
    }
}
