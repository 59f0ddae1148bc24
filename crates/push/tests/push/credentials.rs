//! What is said of credentials before anybody asks a vendor.

use hongyan_model::Timestamp;
use hongyan_push::credential::{
    ApnsP8, ApnsP12, Environment, FcmV1, Harmony, Honor, Huawei, Oppo, Vivo, VivoPushType, Xiaomi,
};
use hongyan_push::{Credential, FieldError, Reason, Secret, Vendor};
use rcgen::{KeyPair, PKCS_ECDSA_P384_SHA384};
use serde_json::{Value, json};

use crate::apple::{Apple, Made, halves, p12};
use crate::support::{GOOGLE_KEY, NOW, apns_p8, credential, harmony_account, service_account};

const DAY: Timestamp = 24 * 3_600_000;

fn errors(credential: &Credential) -> Vec<(&'static str, Reason)> {
    let errors = credential.check(NOW).err().unwrap_or_default();
    errors.into_iter().map(|FieldError { field, reason }| (field, reason)).collect()
}

#[test]
fn good_credentials_say_what_devices_call_them() {
    let names = [
        ("fcm", "1234567890", Vendor::Fcm),
        ("fcm_legacy", "1234567890", Vendor::Fcm),
        ("huawei", "101", Vendor::Huawei),
        ("honor", "102", Vendor::Honor),
        ("xiaomi", "103", Vendor::Xiaomi),
        ("oppo", "oppo-key", Vendor::Oppo),
        ("vivo", "10004#vivo-key", Vendor::Vivo),
        ("meizu", "10000", Vendor::Meizu),
        ("harmony", "105", Vendor::Harmony),
    ];
    for (name, expected, vendor) in names {
        let credential = credential(name);
        let facts = credential.check(NOW).unwrap();
        assert_eq!((facts.notifier_name.as_str(), credential.vendor()), (expected, vendor));
        assert_eq!((facts.expires_at, facts.topic), (None, None));
    }
    let apple = Credential::ApnsP8(apns_p8(&KeyPair::generate().unwrap()));
    let facts = apple.check(NOW).unwrap();
    assert_eq!(facts.notifier_name, "acme-ios");
    assert_eq!(facts.topic.as_deref(), Some("com.acme.chat"));
}

#[test]
fn credentials_are_kept_as_json_and_shown_without_secrets() {
    for name in ["fcm", "huawei", "honor", "xiaomi", "oppo", "vivo", "meizu", "harmony"] {
        let credential = credential(name);
        let json = serde_json::to_string(&credential).unwrap();
        assert_eq!(serde_json::from_str::<Credential>(&json).unwrap(), credential);
        let shown = format!("{credential:?}");
        for secret in ["-secret", "oppo-master", "PRIVATE KEY"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    let least = json!({
        "kind": "xiaomi", "app_id": "103", "app_secret": "s", "package": "com.acme.chat",
    });
    assert!(serde_json::from_value::<Credential>(least).unwrap().check(NOW).is_ok());
    let error = FieldError { field: "file", reason: Reason::Lacks { key: "project_id" } };
    let json = serde_json::to_value(error).unwrap();
    assert_eq!(json, json!({ "field": "file", "reason": "lacks", "key": "project_id" }));
}

fn by_certificate(made: &Made, password: &str) -> ApnsP12 {
    ApnsP12 {
        name: "acme-ios".to_owned(),
        file: p12(made, "hunter2").into(),
        password: password.into(),
        environment: Environment::Production,
        bundle_id: "com.acme.chat".to_owned(),
        sound: None,
    }
}

#[test]
fn a_certificate_is_opened_and_looked_at() {
    let apple = Apple::new();
    let made = apple.push_certificate("com.acme.chat", &[1, 2], (2026, 2028));
    let good = by_certificate(&made, "hunter2");
    let facts = Credential::ApnsP12(good.clone()).check(NOW).unwrap();
    // 2028-01-01T00:00:00Z.
    assert_eq!(facts.expires_at, Some(1_830_297_600_000));
    assert_eq!(facts.topic.as_deref(), Some("com.acme.chat"));

    let wrong = |own: ApnsP12| errors(&Credential::ApnsP12(own));
    let with = |file: Secret| ApnsP12 { file, ..good.clone() };
    let password = ApnsP12 { password: "hunter3".into(), ..good.clone() };
    assert_eq!(wrong(password), [("password", Reason::WrongPassword)]);
    assert_eq!(wrong(with("".into())), [("file", Reason::Required)]);
    assert_eq!(wrong(with("%%%".into())), [("file", Reason::NotBase64)]);
    assert_eq!(wrong(with("AAAA".into())), [("file", Reason::NotPkcs12)]);
    assert_eq!(
        wrong(with("A".repeat(70_000).into())),
        [("file", Reason::TooLong { most: 65_536 })]
    );
    let topic = ApnsP12 { bundle_id: "com.acme.other".to_owned(), ..good.clone() };
    assert_eq!(wrong(topic), [("bundle_id", Reason::WrongTopic)]);
    let call = ApnsP12 { bundle_id: "com.acme.chat.voip".to_owned(), ..good.clone() };
    assert_eq!(wrong(call), [], "a certificate may serve several topics");

    let ended = Credential::ApnsP12(good.clone()).check(1_830_297_600_000).unwrap_err();
    assert_eq!(ended, [FieldError { field: "file", reason: Reason::Expired }]);
    let early = Credential::ApnsP12(good.clone()).check(1_767_225_600_000 - DAY).unwrap_err();
    assert_eq!(early, [FieldError { field: "file", reason: Reason::NotYetValid }]);

    let sandbox = apple.push_certificate("com.acme.chat", &[1], (2026, 2028));
    let own = by_certificate(&sandbox, "hunter2");
    assert_eq!(wrong(own.clone()), [("environment", Reason::WrongEnvironment)]);
    assert_eq!(wrong(ApnsP12 { environment: Environment::Sandbox, ..own }), []);
    let other = apple.push_certificate("com.acme.chat", &[], (2026, 2028));
    assert_eq!(wrong(by_certificate(&other, "hunter2")), [("file", Reason::NotForPush)]);

    let [no_key, no_certificate] = halves(&made, "hunter2");
    assert_eq!(wrong(with(no_key.into())), [("file", Reason::NoPrivateKey)]);
    assert_eq!(wrong(with(no_certificate.into())), [("file", Reason::NoCertificate)]);
    let strange = Made { key: KeyPair::generate().unwrap(), ..made };
    assert_eq!(wrong(by_certificate(&strange, "hunter2")), [("file", Reason::KeyMismatch)]);
}

#[test]
fn files_of_the_keychain_are_opened() {
    // RC2 and triple DES, as the keychain writes them; made with openssl 3 (`pkcs12 -export -legacy`, RSA, UID and Apple's
    // extensions in the certificate).
    let file = include_bytes!("../files/keychain.p12");
    let own = ApnsP12 {
        name: "acme-ios".to_owned(),
        file: base64::Engine::encode(&base64::engine::general_purpose::STANDARD, file).into(),
        password: "hunter2".into(),
        environment: Environment::Production,
        bundle_id: "com.acme.chat.voip".to_owned(),
        sound: None,
    };
    assert_eq!(errors(&Credential::ApnsP12(own.clone())), []);
    let own = ApnsP12 { password: "".into(), ..own };
    assert_eq!(errors(&Credential::ApnsP12(own)), [("password", Reason::WrongPassword)]);
}

#[test]
fn keys_of_apple_are_on_their_curve() {
    let good = apns_p8(&KeyPair::generate().unwrap());
    let wrong = |own: ApnsP8| errors(&Credential::ApnsP8(own));
    let with = |file: &str| ApnsP8 { file: file.into(), ..good.clone() };
    let other_curve = KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384).unwrap().serialize_pem();
    for file in ["nonsense", GOOGLE_KEY, &other_curve] {
        assert_eq!(wrong(with(file)), [("file", Reason::NotP256Key)]);
    }
    let ids = ApnsP8 { key_id: "SHORT".to_owned(), team_id: String::new(), ..good.clone() };
    let expected = [("key_id", Reason::WrongLength { length: 10 }), ("team_id", Reason::Required)];
    assert_eq!(wrong(ids), expected);
    let sound = |sound: &str| wrong(ApnsP8 { sound: Some(sound.to_owned()), ..good.clone() });
    assert_eq!(sound("ring.mp3"), [("sound", Reason::NotASound)]);
    assert_eq!(sound("Ring.CAF"), []);
    assert_eq!(sound("default"), []);
}

#[test]
fn service_accounts_are_read() {
    let Credential::FcmV1(own) = credential("fcm") else { panic!() };
    let google = |file: &Value| {
        errors(&Credential::FcmV1(FcmV1 { file: file.to_string().into(), ..own.clone() }))
    };
    for key in ["project_id", "client_email", "private_key", "token_uri"] {
        let mut file = service_account();
        file.as_object_mut().unwrap().remove(key);
        assert_eq!(google(&file), [("file", Reason::Lacks { key })]);
    }
    let mut file = service_account();
    file["private_key"] = KeyPair::generate().unwrap().serialize_pem().into();
    assert_eq!(google(&file), [("file", Reason::NotRsaKey)]);
    file["type"] = "authorized_user".into();
    assert_eq!(google(&file), [("file", Reason::NotAServiceAccount)]);
    assert_eq!(google(&json!("text")), [("file", Reason::NotJson)]);
    let marked = format!("\u{feff}{}", service_account());
    let marked = Credential::FcmV1(FcmV1 { file: marked.into(), ..own.clone() });
    assert_eq!(errors(&marked), [], "editors put a mark before UTF-8");
    let own = FcmV1 { sender_id: "12a".to_owned(), file: "{".into(), ..own };
    let expected = [("sender_id", Reason::NotDigits), ("file", Reason::NotJson)];
    assert_eq!(errors(&Credential::FcmV1(own)), expected);

    let Credential::Harmony(own) = credential("harmony") else { panic!() };
    let huawei = |file: &Value| {
        errors(&Credential::Harmony(Harmony { file: file.to_string().into(), ..own.clone() }))
    };
    for key in ["project_id", "key_id", "private_key", "sub_account"] {
        let mut file = harmony_account();
        file.as_object_mut().unwrap().remove(key);
        assert_eq!(huawei(&file), [("file", Reason::Lacks { key })]);
    }
}

#[test]
fn every_field_that_is_wrong_is_named() {
    let empty = Credential::Vivo(Vivo {
        app_id: "1x".to_owned(),
        app_key: " ".to_owned(),
        app_secret: "with space".into(),
        package: "com..acme".to_owned(),
        category: Some("短信".to_owned()),
        activity: None,
        push_type: Some(VivoPushType::Operation),
    });
    let expected = [
        ("app_id", Reason::NotDigits),
        ("app_key", Reason::Required),
        ("app_secret", Reason::NotPrintable),
        ("package", Reason::NotAPackage),
        ("category", Reason::NotPrintable),
    ];
    assert_eq!(errors(&empty), expected);

    let Credential::Oppo(own) = credential("oppo") else { panic!() };
    let level = |notify_level, category: Option<&str>| {
        let category = category.map(str::to_owned);
        errors(&Credential::Oppo(Oppo { notify_level, category, ..own.clone() }))
    };
    assert_eq!(level(Some(16), Some("IM")), []);
    assert_eq!(level(Some(16), None), [("notify_level", Reason::NeedsCategory)]);
    assert_eq!(level(Some(3), Some("IM")), [("notify_level", Reason::UnknownValue)]);

    let Credential::Xiaomi(own) = credential("xiaomi") else { panic!() };
    let long = Xiaomi { channel_id: Some("x".repeat(513)), app_id: "1".repeat(20), ..own };
    let expected =
        [("app_id", Reason::TooLong { most: 19 }), ("channel_id", Reason::TooLong { most: 512 })];
    assert_eq!(errors(&Credential::Xiaomi(long)), expected);

    let Credential::Huawei(own) = credential("huawei") else { panic!() };
    let own = Huawei { project_id: Some("../x".to_owned()), ..own };
    assert_eq!(errors(&Credential::Huawei(own)), [("project_id", Reason::NotDigits)]);
    let Credential::Honor(own) = credential("honor") else { panic!() };
    let own = Honor { client_secret: "".into(), ..own };
    assert_eq!(errors(&Credential::Honor(own)), [("client_secret", Reason::Required)]);
}
