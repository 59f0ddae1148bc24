//! The rules of docs/push.md, "When", as a table: what is changed of a message that makes a phone ring, and what comes of it.

use hongyan_messaging::push_bindings::PushBinding;
use hongyan_messaging::push_settings::{Interval, PushSettings, Remind};
use hongyan_model::{DeviceId, PushWhen, Timestamp, User, UserId};
use hongyan_push::Overrides;
use hongyan_store::push_certificates::{Cause, Closed, PushCertificate};
use hongyan_store::push_settings::ConversationWish;
use serde_json::{Map, Value, json};

use super::rules::{Decision, Reason, Receiver, Said, Situation, decide, is_device};

const NOW: Timestamp = 1_790_000_000_000;
const HOUR: i64 = 3600 * 1000;

/// Everything that is looked at.
struct Case {
    when: PushWhen,
    minute: u16,
    advanced: bool,
    certificates: Vec<PushCertificate>,
    sent: Timestamp,
    ext: Value,
    user: Option<User>,
    online: Vec<DeviceId>,
    bindings: Vec<PushBinding>,
    settings: PushSettings,
    wish: ConversationWish,
}

fn certificate(name: &str, vendor: &str) -> PushCertificate {
    PushCertificate {
        id: format!("id-{name}"),
        name: name.to_owned(),
        kind: String::new(),
        vendor: vendor.to_owned(),
        shown: "{}".to_owned(),
        enabled: true,
        expires: None,
        closed: None,
        created: 0,
        updated: 0,
    }
}

fn binding(device: &str, notifier: &str) -> PushBinding {
    PushBinding {
        device_id: device.to_owned(),
        notifier: notifier.to_owned(),
        device_token: format!("token-{device}-{notifier}"),
    }
}

impl Case {
    /// Bob's phone, `d1`, rings by the certificate `cert`; it is noon.
    fn base() -> Self {
        Self {
            when: PushWhen::AllOffline,
            minute: 12 * 60,
            advanced: true,
            certificates: vec![certificate("cert", "HUAWEI"), certificate("apple", "APNS")],
            sent: NOW - 1000,
            ext: json!({}),
            user: Some(User {
                id: UserId::from_trusted("bob"),
                uuid: String::new(),
                nickname: None,
                activated: true,
                token_epoch: 0,
                created: 0,
                modified: 0,
            }),
            online: Vec::new(),
            bindings: vec![binding("d1", "cert")],
            settings: PushSettings::default(),
            wish: ConversationWish::default(),
        }
    }

    /// `ring d1/cert`, `d1: why`, `nobody: why`, `nothing`; several devices with `, `.
    fn outcome(&self) -> String {
        let ext: Map<String, Value> = self.ext.as_object().cloned().unwrap_or_default();
        let situation = Situation {
            now: NOW,
            minute: self.minute,
            when: self.when,
            advanced: self.advanced,
            certificates: &self.certificates,
        };
        let receiver = Receiver {
            user: self.user.as_ref(),
            online: &self.online,
            bindings: &self.bindings,
            settings: &self.settings,
            wish: self.wish,
        };
        let is_call = Overrides::of(&ext).apns.voip;
        match decide(situation, Said { sent: self.sent, ext: &ext, is_call }, receiver) {
            Decision::Nothing => "nothing".to_owned(),
            Decision::None(reason) => format!("nobody: {}", reason.word()),
            Decision::Devices(devices) => {
                let shown = devices.iter().map(|device| match device.way {
                    Ok(certificate) => {
                        assert_eq!(certificate.name, device.binding.notifier);
                        format!("ring {}/{}", device.binding.device_id, certificate.name)
                    }
                    Err(reason) => format!("{}: {}", device.binding.device_id, reason.word()),
                });
                shown.collect::<Vec<_>>().join(", ")
            }
        }
    }
}

type Change = fn(&mut Case);

fn holds(table: &[(&str, Change, &str)]) {
    for (what, change, expected) in table {
        let mut case = Case::base();
        change(&mut case);
        assert_eq!(case.outcome(), *expected, "{what}");
    }
}

fn online(case: &mut Case, sessions: &[&str]) {
    case.online = sessions.iter().map(|session| DeviceId::from_trusted(*session)).collect();
}

#[test]
fn who_is_there_needs_no_notice() {
    holds(&[
        ("nobody is online", |_| {}, "ring d1/cert"),
        ("another device is online", |c| online(c, &["web_x"]), "nothing"),
        ("the phone itself is online", |c| online(c, &["ios_d1"]), "nothing"),
        (
            "another device is online, and each rings for itself",
            |c| {
                c.when = PushWhen::AnyOffline;
                online(c, &["web_x"]);
            },
            "ring d1/cert",
        ),
        (
            "the phone is online, and each rings for itself",
            |c| {
                c.when = PushWhen::AnyOffline;
                online(c, &["ios_d1", "web_x"]);
            },
            "nothing",
        ),
        (
            "one of two phones is online, and each rings for itself",
            |c| {
                c.when = PushWhen::AnyOffline;
                c.bindings.push(binding("d2", "apple"));
                online(c, &["ios_d2"]);
            },
            "ring d1/cert",
        ),
        ("the user is banned", |c| c.user.as_mut().unwrap().activated = false, "nothing"),
        ("the user is gone", |c| c.user = None, "nobody: no user exist"),
        ("no phone is bound", |c| c.bindings.clear(), "nobody: no push binding"),
    ]);
}

#[test]
fn what_the_message_says_counts() {
    holds(&[
        ("a day old", |c| c.sent = NOW - 24 * HOUR, "ring d1/cert"),
        ("older than a day", |c| c.sent = NOW - 24 * HOUR - 1, "nobody: expire message"),
        (
            "no notice is wanted",
            |c| c.ext = json!({"em_ignore_notification": true}),
            "nobody: message ignore push",
        ),
        (
            "a word is no flag",
            |c| c.ext = json!({"em_ignore_notification": "true"}),
            "ring d1/cert",
        ),
        (
            "what ignores is stronger than what forces",
            |c| c.ext = json!({"em_ignore_notification": true, "em_force_notification": true}),
            "nobody: message ignore push",
        ),
        (
            "this device not",
            |c| c.ext = json!({"em_push_filter": {"ignore_device_id": ["d1"]}}),
            "d1: ignore push device id",
        ),
        (
            "this certificate not, even when forced",
            |c| {
                c.ext = json!({
                    "em_push_filter": {"ignore_notifier_name": ["cert"]}, "em_force_notification": true,
                });
            },
            "d1: ignore push device id",
        ),
        (
            "other devices only",
            |c| c.ext = json!({"em_push_filter": {"accept_device_id": ["d9"]}}),
            "d1: ignore push device id",
        ),
        (
            "this one among others, and any certificate",
            |c| {
                c.ext = json!({"em_push_filter": {
                    "accept_device_id": ["d9", "d1"], "accept_notifier_name": [],
                }});
            },
            "ring d1/cert",
        ),
        (
            "one of two devices",
            |c| {
                c.bindings.push(binding("d2", "apple"));
                c.ext = json!({"em_push_filter": {"accept_notifier_name": ["apple"]}});
            },
            "d1: ignore push device id, ring d2/apple",
        ),
        ("a filter of no shape", |c| c.ext = json!({"em_push_filter": [1]}), "ring d1/cert"),
    ]);
}

#[test]
fn what_the_user_wishes_counts() {
    const QUIET: &str = "nobody: user ignore push";
    holds(&[
        ("nothing at all", |c| c.settings.remind = Remind::Nothing, QUIET),
        (
            "nothing at all, forced",
            |c| {
                c.settings.remind = Remind::Nothing;
                c.ext = json!({"em_force_notification": true});
            },
            "ring d1/cert",
        ),
        ("mentions only, not mentioned", |c| c.settings.remind = Remind::Mentions, QUIET),
        (
            "mentions only, mentioned",
            |c| {
                c.settings.remind = Remind::Mentions;
                c.ext = json!({"em_at_list": ["alice", "BOB"]});
            },
            "ring d1/cert",
        ),
        (
            "mentions only, all are",
            |c| {
                c.settings.remind = Remind::Mentions;
                c.ext = json!({"em_at_list": "ALL"});
            },
            "ring d1/cert",
        ),
        (
            "mentions only, somebody else is",
            |c| {
                c.settings.remind = Remind::Mentions;
                c.ext = json!({"em_at_list": ["alice"]});
            },
            QUIET,
        ),
        (
            "nothing in general, everything here",
            |c| {
                c.settings.remind = Remind::Nothing;
                c.wish.remind = Some(Remind::All);
            },
            "ring d1/cert",
        ),
        ("everything in general, nothing here", |c| c.wish.remind = Some(Remind::Nothing), QUIET),
        ("quiet for a while", |c| c.settings.quiet_until = NOW + 1, QUIET),
        ("no longer", |c| c.settings.quiet_until = NOW, "ring d1/cert"),
        ("quiet here for a while", |c| c.wish.quiet_until = NOW + 1, QUIET),
        (
            "quiet is stronger than everything here",
            |c| {
                c.settings.quiet_until = NOW + 1;
                c.wish.remind = Some(Remind::All);
            },
            QUIET,
        ),
        (
            "inside of an interval",
            |c| c.settings.interval = Some(Interval { from: 720, to: 721 }),
            QUIET,
        ),
        (
            "after an interval",
            |c| c.settings.interval = Some(Interval { from: 700, to: 720 }),
            "ring d1/cert",
        ),
        (
            "over midnight, at noon",
            |c| c.settings.interval = Some(Interval { from: 22 * 60, to: 8 * 60 }),
            "ring d1/cert",
        ),
        (
            "over midnight, at night",
            |c| {
                c.settings.interval = Some(Interval { from: 22 * 60, to: 8 * 60 });
                c.minute = 60;
            },
            QUIET,
        ),
        ("all day long", |c| c.settings.interval = Some(Interval { from: 60, to: 60 }), QUIET),
        (
            "an interval that is over and a while that lasts",
            |c| {
                c.settings.interval = Some(Interval { from: 60, to: 120 });
                c.settings.quiet_until = NOW + HOUR;
            },
            QUIET,
        ),
        (
            "the older form",
            |c| {
                c.settings.no_disturbing = true;
                c.settings.disturb = (Some(12), Some(13));
            },
            QUIET,
        ),
        (
            "the older form, an hour later",
            |c| {
                c.settings.no_disturbing = true;
                c.settings.disturb = (Some(12), Some(13));
                c.minute = 13 * 60;
            },
            "ring d1/cert",
        ),
        ("the older form, without hours", |c| c.settings.no_disturbing = true, QUIET),
        (
            "the older form, switched off",
            |c| c.settings.disturb = (Some(12), Some(13)),
            "ring d1/cert",
        ),
        (
            "finer wishes without the advanced functions",
            |c| {
                c.advanced = false;
                c.settings.remind = Remind::Nothing;
                c.settings.quiet_until = NOW + 1;
            },
            "ring d1/cert",
        ),
        (
            "the older form without the advanced functions",
            |c| {
                c.advanced = false;
                c.settings.no_disturbing = true;
            },
            QUIET,
        ),
    ]);
}

#[test]
fn certificates_that_cannot_be_used_say_so() {
    fn closed(case: &mut Case, cause: Cause, until: Timestamp) {
        case.certificates[0].closed = Some(Closed { cause, until, why: String::new() });
    }
    holds(&[
        ("there is none", |c| c.certificates.clear(), "d1: no notifier exist"),
        (
            "names are compared as they are",
            |c| c.certificates[0].name = "Cert".to_owned(),
            "d1: no notifier exist",
        ),
        ("switched off", |c| c.certificates[0].enabled = false, "d1: notifier disabled"),
        ("ended", |c| c.certificates[0].expires = Some(NOW), "d1: notifier disabled"),
        ("about to end", |c| c.certificates[0].expires = Some(NOW + 1), "ring d1/cert"),
        ("refused too often", |c| closed(c, Cause::Banned, NOW + 1), "d1: notifier is ban"),
        ("enough for today", |c| closed(c, Cause::OverQuota, NOW + 1), "d1: notifier out of limit"),
        ("refused too often before", |c| closed(c, Cause::Banned, NOW), "ring d1/cert"),
    ]);
}

#[test]
fn a_phone_that_is_bound_twice_rings_once() {
    holds(&[
        (
            "by the vendor that clients prefer",
            |c| {
                c.certificates.push(certificate("fcm", "ANDROID"));
                c.bindings.push(binding("d1", "fcm"));
            },
            "ring d1/fcm",
        ),
        (
            "by the one that can be used",
            |c| {
                c.certificates.push(certificate("fcm", "ANDROID"));
                c.certificates[2].enabled = false;
                c.bindings.push(binding("d1", "fcm"));
            },
            "ring d1/cert",
        ),
        (
            "by none",
            |c| {
                c.certificates.clear();
                c.bindings.push(binding("d1", "fcm"));
            },
            "d1: no notifier exist",
        ),
        (
            "each of two phones",
            |c| c.bindings.push(binding("d2", "apple")),
            "ring d1/cert, ring d2/apple",
        ),
    ]);
}

#[test]
fn bindings_name_devices_without_their_platform() {
    for (session, bound, expected) in [
        ("android_d1", "d1", true),
        ("d1", "d1", true),
        ("webim_web_d1", "d1", true),
        ("android_d1", "d2", false),
        ("android_d10", "d1", false),
        ("android_a_d1", "d1", false),
        ("android_a_d1", "a_d1", true),
        ("androidd1", "d1", false),
    ] {
        assert_eq!(
            is_device(&DeviceId::from_trusted(session), bound),
            expected,
            "{session} {bound}"
        );
    }
}

#[test]
fn reasons_have_the_published_words() {
    // As documented for push events.
    let published = [
        (Reason::NoBinding, "no push binding"),
        (Reason::NoUser, "no user exist"),
        (Reason::OutOfLimit, "notifier out of limit"),
        (Reason::Disabled, "notifier disabled"),
        (Reason::Banned, "notifier is ban"),
        (Reason::NoCertificate, "no notifier exist"),
        (Reason::Ignored, "message ignore push"),
        (Reason::InvalidMessage, "invalid message"),
        (Reason::Expired, "expire message"),
        (Reason::Quiet, "user ignore push"),
        (Reason::Filtered, "ignore push device id"),
        (Reason::InvalidVoip, "invalid VOIP notification"),
        (Reason::Refused, "push yet but fail"),
    ];
    for (reason, word) in published {
        assert_eq!(reason.word(), word);
    }
}

#[test]
fn a_phone_with_a_certificate_for_calls_gets_calls_by_it_and_everything_else_by_the_other() {
    let two = |c: &mut Case| {
        let calls = PushCertificate {
            shown: r#"{"bundle_id":"com.example.chat.voip"}"#.to_owned(),
            ..certificate("a_calls", "APNS")
        };
        c.certificates.push(calls);
        c.bindings = vec![binding("d1", "a_calls"), binding("d1", "apple")];
    };
    let mut case = Case::base();
    two(&mut case);
    assert_eq!(case.outcome(), "ring d1/apple");
    case.ext = json!({ "em_apns_ext": { "em_push_type": "voip" } });
    assert_eq!(case.outcome(), "ring d1/a_calls");
    case.bindings.reverse();
    assert_eq!(case.outcome(), "ring d1/a_calls");
    case.ext = json!({});
    assert_eq!(case.outcome(), "ring d1/apple");
}
