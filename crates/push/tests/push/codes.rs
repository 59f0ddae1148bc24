//! What each vendor answers, and what it means.

use hongyan_push::credential::{FcmV1, Huawei};
use hongyan_push::{Credential, Meaning, Outcome};

use crate::support::{CHANNELS, World, credential, kind, plain};

#[tokio::test]
async fn every_vendor_says_good_and_bad_in_its_own_way() {
    let world = World::new().await;
    let said = |token: &'static str| {
        let world = &world;
        async move {
            let mut kinds = Vec::new();
            for name in CHANNELS {
                // A channel of its own each, so that no ban stands in the way.
                let outcome = world.channel(name).send(token, &plain()).await.unwrap();
                kinds.push(kind(&outcome));
            }
            kinds
        }
    };
    assert_eq!(said("ok-1").await, ["delivered"; 10]);
    assert_eq!(said("bad-1").await, ["invalid token"; 10]);
    assert_eq!(said("auth-1").await, ["auth failed"; 10]);
    assert_eq!(said("500-1").await, ["unavailable"; 10]);
    assert_eq!(said("429-1-1").await, ["rate limited"; 10]);
    let (too_fast, too_many) = ("rate limited", "over quota");
    let quota = [
        // Apple, Google and Huawei know no day's limit of one app's notices.
        too_fast, too_fast, too_fast, too_fast, too_fast, too_many, too_many, too_many, too_many,
        too_fast,
    ];
    assert_eq!(said("quota-1").await, quota);
    world.double.assert_no_faults();
}

/// Vendor, HTTP status, code, outcome. With Meizu, status 1 stands for "said of the device".
const TABLE: &[(&str, u16, &str, &str)] = &[
    ("apns", 400, "BadDeviceToken", "invalid token"),
    ("apns", 400, "DeviceTokenNotForTopic", "invalid token"),
    ("apns", 410, "Unregistered", "invalid token"),
    ("apns", 410, "ExpiredToken", "invalid token"),
    ("apns", 410, "NewWord", "invalid token"),
    ("apns", 403, "InvalidProviderToken", "auth failed"),
    ("apns", 403, "MissingProviderToken", "auth failed"),
    ("apns", 403, "BadCertificate", "auth failed"),
    ("apns", 403, "BadCertificateEnvironment", "auth failed"),
    ("apns", 403, "Forbidden", "auth failed"),
    ("apns", 403, "NewWord", "auth failed"),
    ("apns", 400, "TopicDisallowed", "auth failed"),
    ("apns", 400, "BadTopic", "rejected"),
    ("apns", 400, "PayloadEmpty", "rejected"),
    ("apns", 405, "MethodNotAllowed", "rejected"),
    ("apns", 413, "PayloadTooLarge", "rejected"),
    ("apns", 429, "TooManyRequests", "rate limited"),
    ("apns", 429, "TooManyProviderTokenUpdates", "rate limited"),
    ("apns", 500, "InternalServerError", "unavailable"),
    ("apns", 503, "ServiceUnavailable", "unavailable"),
    ("apns", 503, "Shutdown", "unavailable"),
    ("fcm", 404, "UNREGISTERED", "invalid token"),
    ("fcm", 403, "SENDER_ID_MISMATCH", "invalid token"),
    ("fcm", 400, "INVALID_ARGUMENT", "rejected"),
    ("fcm", 404, "NOT_FOUND", "rejected"),
    ("fcm", 401, "THIRD_PARTY_AUTH_ERROR", "auth failed"),
    ("fcm", 401, "UNAUTHENTICATED", "auth failed"),
    ("fcm", 403, "PERMISSION_DENIED", "auth failed"),
    ("fcm", 429, "QUOTA_EXCEEDED", "rate limited"),
    ("fcm", 503, "UNAVAILABLE", "unavailable"),
    ("fcm", 500, "INTERNAL", "unavailable"),
    ("fcm_legacy", 200, "NotRegistered", "invalid token"),
    ("fcm_legacy", 200, "InvalidRegistration", "invalid token"),
    ("fcm_legacy", 200, "MismatchSenderId", "invalid token"),
    ("fcm_legacy", 200, "Unavailable", "unavailable"),
    ("fcm_legacy", 200, "InternalServerError", "unavailable"),
    ("fcm_legacy", 200, "MessageTooBig", "rejected"),
    ("huawei", 200, "80100000", "invalid token"),
    ("huawei", 200, "80300007", "invalid token"),
    ("huawei", 401, "80200001", "auth failed"),
    ("huawei", 200, "80200003", "auth failed"),
    ("huawei", 200, "80300002", "auth failed"),
    ("huawei", 200, "80600003", "auth failed"),
    ("huawei", 400, "80100001", "rejected"),
    ("huawei", 400, "80100003", "rejected"),
    ("huawei", 200, "80300008", "rejected"),
    ("huawei", 200, "80399999", "rejected"),
    ("huawei", 200, "81000001", "unavailable"),
    ("huawei", 503, "80399999", "rate limited"),
    ("honor", 200, "80300007", "invalid token"),
    ("honor", 401, "80200001", "auth failed"),
    ("honor", 500, "80399999", "unavailable"),
    ("honor", 400, "80100001", "rejected"),
    ("xiaomi", 200, "20301", "invalid token"),
    ("xiaomi", 200, "21301", "auth failed"),
    ("xiaomi", 200, "200001", "over quota"),
    ("xiaomi", 200, "10009", "unavailable"),
    ("xiaomi", 200, "10022", "rate limited"),
    ("xiaomi", 200, "10017", "rejected"),
    // "m" stands for minus.
    ("oppo", 200, "m2", "rate limited"),
    ("oppo", 200, "m1", "unavailable"),
    ("oppo", 200, "11", "auth failed"),
    ("oppo", 200, "13", "rate limited"),
    ("oppo", 200, "14", "auth failed"),
    ("oppo", 200, "15", "auth failed"),
    ("oppo", 200, "16", "auth failed"),
    ("oppo", 200, "17", "auth failed"),
    ("oppo", 200, "28", "auth failed"),
    ("oppo", 200, "33", "over quota"),
    ("oppo", 200, "41", "rejected"),
    ("oppo", 200, "67", "rejected"),
    ("oppo", 200, "10000", "invalid token"),
    ("vivo", 200, "10000", "auth failed"),
    ("vivo", 200, "10094", "auth failed"),
    ("vivo", 200, "10200", "auth failed"),
    ("vivo", 200, "10205", "auth failed"),
    ("vivo", 200, "10206", "auth failed"),
    ("vivo", 200, "10302", "invalid token"),
    ("vivo", 200, "10070", "over quota"),
    ("vivo", 200, "10073", "over quota"),
    ("vivo", 200, "10072", "rate limited"),
    ("vivo", 200, "10104", "rejected"),
    ("meizu", 1, "110002", "invalid token"),
    ("meizu", 1, "110003", "invalid token"),
    ("meizu", 1, "201", "auth failed"),
    ("meizu", 1, "501", "unavailable"),
    ("meizu", 1, "513", "unavailable"),
    ("meizu", 1, "519", "rate limited"),
    ("meizu", 1, "520", "delivered"),
    ("meizu", 200, "1006", "auth failed"),
    ("meizu", 200, "110000", "auth failed"),
    ("meizu", 200, "110001", "auth failed"),
    ("meizu", 200, "110009", "over quota"),
    ("meizu", 200, "110010", "rate limited"),
    ("meizu", 200, "1001", "unavailable"),
    ("meizu", 200, "1003", "unavailable"),
    ("meizu", 200, "1005", "rejected"),
    ("harmony", 200, "80300007+tokenFormatError", "invalid token"),
    ("harmony", 200, "80300007+noPushTypeRight", "rejected"),
    ("harmony", 200, "80100000+appinfoError", "rejected"),
    ("harmony", 200, "80200001", "auth failed"),
    ("harmony", 200, "80300036", "auth failed"),
    ("harmony", 200, "80300029", "rate limited"),
    ("harmony", 200, "81000001", "unavailable"),
];

#[tokio::test]
async fn every_documented_code_has_its_meaning() {
    let world = World::new().await;
    let mut wrong = Vec::new();
    for (name, status, code, expected) in TABLE {
        let token = format!("code-{status}-{code}-x");
        let outcome = world.channel(name).send(&token, &plain()).await.unwrap();
        if kind(&outcome) != *expected {
            wrong.push(format!("{name} {status} {code}: {outcome:?}, not {expected}"));
        }
        // Who looks for a fault needs the vendor's word: an app's wrong name is told as a wrong token.
        if let Outcome::InvalidToken { why } = &outcome {
            let word = code.split('+').next_back().unwrap_or(code);
            if !why.contains(word) || why.contains(&token) {
                wrong.push(format!("{name} {status} {code}: told as {why:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    world.double.assert_no_faults();
}

#[tokio::test]
async fn an_operator_may_know_a_code_better() {
    let world = World::with(|settings| {
        settings.xiaomi.codes.insert("77777".to_owned(), Meaning::OverQuota);
        settings.xiaomi.codes.insert("20301".to_owned(), Meaning::Rejected);
    })
    .await;
    let channel = world.channel("xiaomi");
    let outcome = channel.send("code-200-20301-x", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "rejected");
    let outcome = channel.send("code-200-77777-x", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "over quota");
}

#[tokio::test]
async fn vivo_also_names_whom_it_did_not_find() {
    let world = World::new().await;
    let outcome = world.channel("vivo").send("bad-named-1", &plain()).await.unwrap();
    let Outcome::InvalidToken { why } = outcome else { panic!("{outcome:?}") };
    assert!(why.contains("invalidUser") && !why.contains("bad-named-1"), "{why}");
}

#[tokio::test]
async fn ids_of_vendors_are_handed_on() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for name in CHANNELS {
        match world.channel(name).send("ok-1", &plain()).await.unwrap() {
            Outcome::Delivered { vendor_id } => ids.push(vendor_id.unwrap()),
            other => panic!("{name}: {other:?}"),
        }
    }
    let apple = "EC1BF194-B3B2-424A-89A7-8E5D1D4A1B4E";
    let google = "projects/acme-chat/messages/7";
    let expected = [apple, google, "0:1", "r-1", "r-2", "x-1", "o-1", "v-1", "m-1", "r-3"];
    assert_eq!(ids, expected);
}

#[tokio::test]
async fn a_project_leads_to_the_second_version_of_huaweis_api() {
    let world = World::new().await;
    let Credential::Huawei(own) = credential("huawei") else { panic!() };
    let channel =
        world.open(Credential::Huawei(Huawei { project_id: Some("5550".to_owned()), ..own }));
    let outcome = channel.send("ok-1", &plain()).await.unwrap();
    assert_eq!(kind(&outcome), "delivered");
    assert_eq!(world.double.sent()[0].path, "/v2/5550/messages:send");
}

#[tokio::test]
async fn the_shape_of_fcm_messages_follows_the_credential() {
    use hongyan_push::credential::FcmShape;

    let world = World::new().await;
    let Credential::FcmV1(own) = credential("fcm") else { panic!() };
    let own = FcmV1 { with_apns: false, shape: FcmShape::Data, ..own };
    world.open(Credential::FcmV1(own.clone())).send("ok-1", &plain()).await.unwrap();
    let message = world.double.sent()[0].json()["message"].clone();
    assert_eq!(message["data"]["alert"], "请点击查看", "clients show it themselves");
    for key in ["notification", "apns"] {
        assert!(message[key].is_null(), "{key}");
    }
    assert!(message["android"]["notification"].is_null());
    let own = FcmV1 { shape: FcmShape::Notification, ..own };
    world.open(Credential::FcmV1(own)).send("ok-2", &plain()).await.unwrap();
    let message = world.double.sent()[1].json()["message"].clone();
    assert!(message["data"].is_null());
    assert_eq!(message["notification"]["title"], "您有一条新消息");
}
