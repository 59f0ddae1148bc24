//! Disabled groups.

use hongyan_messaging::groups::{self, GroupChange};
use hongyan_messaging::messages::{OutgoingMessage, TargetKind, content, send_from_server};
use hongyan_messaging::muc;
use hongyan_model::{Caller, Muc, Refusal};
use hongyan_msync::proto::message_body::Type as BodyType;
use hongyan_msync::proto::muc_body::Operation;
use serde_json::json;

use crate::fixture::{Fixture, group_id, refusal, strings};
use crate::uplink::{about, text, to_group};

#[tokio::test]
async fn nobody_writes_in_a_disabled_group_and_no_member_changes_it() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let club = f.group("club", "alice", &["bob"]).await;
    let to = || to_group(group_id(&club));
    let sent = f.send(&f.user("bob"), text(to(), "before")).await;
    let set = async |by: Caller, on| groups::set_disabled(&f.m, &by, "club", on).await;
    assert_eq!(refusal(set(f.user("alice"), true).await), Refusal::NotPermitted);
    for _ in 0..2 {
        set(f.server(), true).await.unwrap();
    }
    let told = f.events("bob").await;
    let told = told.iter().filter(|event| event.operation() == Operation::DisableGroup);
    assert_eq!(told.count(), 1, "once for a change");

    let disabled = Refusal::GroupDisabled;
    let alice = || f.user("alice");
    assert_eq!(refusal(f.submit(&alice(), text(to(), "hello")).await), disabled);
    let recall = about(to(), BodyType::Recall, sent.id);
    assert_eq!(refusal(f.submit(&f.user("bob"), recall).await), disabled);
    f.send(&alice(), about(to(), BodyType::ChannelAck, None)).await;
    let message = OutgoingMessage {
        from: "admin".to_owned(),
        to: strings(&["club"]),
        kind: TargetKind::Groups,
        content: content::parse_body("txt", &json!({"msg": "hi"})).unwrap(),
        ext: None,
        online_only: false,
        sync_device: false,
        need_group_ack: false,
        unroamed: Vec::new(),
        size: 2,
    };
    assert_eq!(refusal(send_from_server(&f.m, &f.server(), message.clone()).await), disabled);

    let rename = || GroupChange { name: Some("x".to_owned()), ..GroupChange::default() };
    let users = strings(&["carol"]);
    let muc = Muc::Group(group_id(&club).clone());
    let refused = [
        refusal(groups::update(&f.m, &alice(), "club", rename()).await),
        refusal(groups::add_members(&f.m, &alice(), "club", &users).await),
        refusal(groups::invite(&f.m, &alice(), "club", &users).await),
        refusal(groups::apply(&f.m, &f.user("carol"), "club", "").await),
        refusal(groups::remove_members(&f.m, &alice(), "club", &strings(&["bob"])).await),
        refusal(groups::destroy(&f.m, &alice(), "club").await),
        refusal(muc::promote(&f.m, &alice(), &muc, "bob").await),
        refusal(muc::mute(&f.m, &alice(), &muc, &strings(&["bob"]), -1).await),
        refusal(muc::block(&f.m, &alice(), &muc, &strings(&["bob"])).await),
        refusal(muc::allow(&f.m, &alice(), &muc, &strings(&["bob"])).await),
        refusal(muc::set_announcement(&f.m, &alice(), &muc, "x").await),
        refusal(muc::transfer(&f.m, &alice(), &muc, "bob").await),
    ];
    assert!(refused.iter().all(|refused| *refused == disabled), "{refused:?}");
    // It is still there to look at, to leave, and for the customer's server.
    let detail = groups::details(&f.m, &alice(), &strings(&["club"])).await.unwrap();
    assert!(detail[0].1.as_ref().unwrap().group.disabled);
    groups::update(&f.m, &f.server(), "club", rename()).await.unwrap();
    groups::leave(&f.m, &f.user("bob"), "club").await.unwrap();

    set(f.server(), false).await.unwrap();
    f.send(&alice(), text(to(), "after")).await;
    send_from_server(&f.m, &f.server(), message).await.unwrap();
    let unknown = groups::set_disabled(&f.m, &f.server(), "77", true).await;
    assert_eq!(refusal(unknown), Refusal::GroupNotFound { group: "77".to_owned() });
}
