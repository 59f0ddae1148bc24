//! Push settings: what is kept, for whom, and who is told.

use hongyan_messaging::push_settings::{
    self, Interval, NoticeChange, Peer, PeerKind, Remind, Rule, RuleChange,
};
use hongyan_messaging::{groups, rooms, users};
use hongyan_model::{Caller, Conversation, Refusal, UserId};
use hongyan_msync::Message;
use hongyan_msync::proto::Meta;
use serde_json::{Value, json};

use crate::fixture::{Fixture, NOW, refusal};

fn with(user: &str) -> Peer {
    Peer { kind: PeerKind::User, id: user.to_owned() }
}

fn muc(id: &str) -> Peer {
    Peer { kind: PeerKind::Muc, id: id.to_owned() }
}

fn remind(word: &str) -> RuleChange {
    RuleChange { remind: Some(word.to_owned()), ..RuleChange::default() }
}

fn quiet(duration: u64) -> RuleChange {
    RuleChange { duration: Some(duration), ..RuleChange::default() }
}

async fn set(f: &Fixture, peer: Peer, change: RuleChange) -> Rule {
    push_settings::set_rule(&f.m, &f.user("alice"), "alice", &peer, change).await.unwrap()
}

async fn read(f: &Fixture, peer: Peer) -> Rule {
    push_settings::rule(&f.m, &f.user("alice"), "alice", &peer).await.unwrap()
}

/// What alice's devices are told, oldest first, with the device that did it.
async fn told(f: &Fixture) -> Vec<Value> {
    let conversation = Conversation::System(UserId::from_trusted("alice")).key();
    let entries = f.store.log().after(f.app.id, &conversation, 0, 100).await.unwrap();
    let value = |meta: &[u8]| {
        let payload = Meta::decode(meta).unwrap().payload.unwrap();
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["type"], "user_notification_mute");
        payload["values"][0].clone()
    };
    entries.iter().map(|entry| value(&entry.entry.meta)).collect()
}

const UNSET: Rule = Rule { remind: None, quiet_until: 0, interval: None };

#[tokio::test]
async fn general_and_own_rules_are_kept_apart_and_end_by_themselves() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let general = Rule { remind: Some(Remind::All), ..UNSET };
    assert_eq!(read(&f, with("alice")).await, general);
    assert_eq!(read(&f, with("bob")).await, UNSET);
    set(&f, with("Alice"), remind("at")).await;
    set(&f, with("bob"), remind("NONE")).await;
    let until = set(&f, with("bob"), quiet(1000)).await;
    let of_bob = Rule { remind: Some(Remind::Nothing), quiet_until: NOW + 1000, interval: None };
    assert_eq!((until, read(&f, with("bob")).await), (of_bob, of_bob));
    let night = RuleChange { interval: Some("22:0-7:30".to_owned()), ..quiet(0) };
    let interval = Some(Interval { from: 22 * 60, to: 7 * 60 + 30 });
    let own = Rule { remind: Some(Remind::Mentions), quiet_until: 0, interval };
    assert_eq!(set(&f, with("alice"), night).await, own);

    f.clock.advance(1000);
    let over = Rule { quiet_until: 0, ..of_bob };
    assert_eq!(read(&f, with("bob")).await, over);
    assert_eq!(set(&f, with("bob"), remind("DEFAULT")).await, UNSET);
    let found = push_settings::rules(&f.m, &f.user("alice"), "alice", &[with("bob")]).await;
    assert_eq!(found.unwrap(), []);

    let expected = [
        json!({"operator_resource": "webim_alice", "user": "alice",
            "data": {"type": "AT", "ignoreInterval": ""}}),
        json!({"operator_resource": "webim_alice", "user": "bob", "data": {"type": "NONE"}}),
        json!({"operator_resource": "webim_alice", "user": "bob",
            "data": {"type": "NONE", "ignoreDuration": NOW + 1000}}),
        json!({"operator_resource": "webim_alice", "user": "alice",
            "data": {"type": "AT", "ignoreInterval": "22:00-07:30"}}),
        json!({"operator_resource": "webim_alice", "user": "bob", "data": {}}),
    ];
    assert_eq!(told(&f).await, expected);
}

#[tokio::test]
async fn rules_end_with_what_they_are_about() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    f.group("1", "bob", &["alice"]).await;
    let room = rooms::NewRoom {
        id: Some("2".to_owned()),
        name: "r".to_owned(),
        description: "d".to_owned(),
        owner: "bob".to_owned(),
        members: Vec::new(),
        custom: String::new(),
        max_users: None,
    };
    rooms::create(&f.m, &f.server(), room).await.unwrap();
    for peer in [with("bob"), muc("1"), muc("2")] {
        set(&f, peer, remind("NONE")).await;
    }
    let page = async |limit, cursor: Option<&str>| {
        let alice = f.user("alice");
        push_settings::reminding(&f.m, &alice, "alice", limit, cursor).await.unwrap()
    };
    let first = page(2, None).await;
    assert_eq!(first.items, [(with("bob"), Remind::Nothing), (muc("1"), Remind::Nothing)]);
    let second = page(2, first.cursor.as_deref()).await;
    assert_eq!((second.items, second.cursor), (vec![(muc("2"), Remind::Nothing)], None));

    groups::destroy(&f.m, &f.server(), "1").await.unwrap();
    rooms::destroy(&f.m, &f.server(), "2").await.unwrap();
    assert_eq!(page(10, None).await.items, [(with("bob"), Remind::Nothing)]);
    users::delete(&f.m, &f.server(), "bob").await.unwrap();
    f.make_user("bob").await;
    assert_eq!(page(10, None).await.items, []);
    assert_eq!(read(&f, with("bob")).await, UNSET);
}

#[tokio::test]
async fn only_the_user_itself_or_its_app_sets_and_only_what_can_be() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let m = &f.m;
    let set = async |caller: &Caller, peer: Peer, change: RuleChange| {
        push_settings::set_rule(m, caller, "alice", &peer, change).await
    };
    let alice = f.user("alice");
    let denied = set(&f.user("bob"), with("alice"), remind("NONE")).await;
    assert_eq!(refusal(denied), Refusal::NotPermitted);
    assert_eq!(
        refusal(push_settings::rule(m, &f.user("bob"), "alice", &with("alice")).await),
        Refusal::NotPermitted
    );
    let foreign = Caller { app: f.other_app.clone(), ..f.server() };
    let no_user = set(&foreign, with("alice"), remind("NONE")).await;
    assert!(matches!(refusal(no_user), Refusal::UserNotFound { .. }));
    let nobody = set(&alice, with("ghost"), remind("NONE")).await;
    assert_eq!(refusal(nobody), Refusal::UserNotFound { user: "ghost".to_owned() });
    let nowhere = set(&alice, muc("77"), remind("NONE")).await;
    assert_eq!(refusal(nowhere), Refusal::GroupNotFound { group: "77".to_owned() });
    let name_of = |refusal: Refusal| match refusal {
        Refusal::Invalid { name, .. } | Refusal::Missing { name } => name,
        other => panic!("{other:?}"),
    };
    let day = RuleChange { interval: Some("8:00-9:00".to_owned()), ..RuleChange::default() };
    for (peer, change, name) in [
        (with("alice"), remind("DEFAULT"), "type"),
        (with("bob"), remind("?"), "type"),
        (with("bob"), RuleChange::default(), "type"),
        (with("bob"), quiet(7 * 24 * 3_600_000 + 1), "ignoreDuration"),
        (with("bob"), day, "ignoreInterval"),
    ] {
        assert_eq!(name_of(refusal(set(&alice, peer, change).await)), name);
    }
    let many: Vec<Peer> = (0..21).map(|n| with(&format!("u{n}"))).collect();
    let too_many = push_settings::rules(m, &alice, "alice", &many).await;
    assert!(matches!(refusal(too_many), Refusal::TooMany { limit: 20, .. }));
    assert_eq!(told(&f).await, [] as [Value; 0]);
}

#[tokio::test]
async fn language_style_and_hours_are_kept() {
    let f = Fixture::with_users(&["alice"]).await;
    let (m, alice) = (&f.m, f.user("alice"));
    assert_eq!(push_settings::language(m, &alice, "alice").await.unwrap(), "");
    push_settings::set_language(m, &alice, "alice", "zh").await.unwrap();
    let long = push_settings::set_language(m, &alice, "alice", &"x".repeat(65)).await;
    assert!(matches!(refusal(long), Refusal::Invalid { name: "translationLanguage", .. }));
    let change = NoticeChange {
        nickname: Some("Ally".to_owned()),
        display_style: Some(1),
        no_disturbing: Some(true),
        from: Some(22),
        to: Some(7),
    };
    push_settings::set_notice(m, &alice, "alice", change).await.unwrap();
    let change = NoticeChange { to: Some(8), ..NoticeChange::default() };
    let (user, settings) = push_settings::set_notice(m, &alice, "alice", change).await.unwrap();
    assert_eq!(user.nickname.as_deref(), Some("Ally"));
    assert!(settings.shows_content && settings.no_disturbing);
    assert_eq!((settings.disturb, settings.language.as_str()), ((Some(22), Some(8)), "zh"));
    for change in [
        NoticeChange { display_style: Some(2), ..NoticeChange::default() },
        NoticeChange { from: Some(24), ..NoticeChange::default() },
    ] {
        let refused = push_settings::set_notice(m, &alice, "alice", change).await;
        assert!(matches!(refusal(refused), Refusal::Invalid { .. }));
    }
}
