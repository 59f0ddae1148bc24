//! Members who do not want to hear a group.

use hongyan_messaging::groups;
use hongyan_messaging::messages::{HistoryQuery, history};
use hongyan_model::{Conversation, Refusal};
use hongyan_msync::proto::muc_body::Operation;

use crate::fixture::{Fixture, group_id, refusal, strings};
use crate::uplink::{text, to_group};

async fn shield(f: &Fixture, user: &str, on: bool) {
    groups::set_shielded(&f.m, &f.user(user), "club", on).await.unwrap();
}

async fn is_shielded(f: &Fixture, user: &str) -> bool {
    let ids = strings(&["club"]);
    let found = groups::details(&f.m, &f.user(user), &ids).await.unwrap();
    found[0].1.as_ref().unwrap().shielded
}

async fn in_history(f: &Fixture, user: &str, conversation: &Conversation) -> usize {
    let query = HistoryQuery {
        conversation: conversation.clone(),
        cursor: None,
        limit: 50,
        oldest_first: false,
        kinds: Vec::new(),
        from_time: None,
        to_time: None,
        sender: None,
    };
    history(&f.m, &f.user(user), query).await.unwrap().metas.len()
}

#[tokio::test]
async fn a_shielded_group_is_not_heard_and_can_be_read() {
    let f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    let club = f.group("club", "alice", &["bob", "carol"]).await;
    let say = async |words: &str| {
        f.send(&f.user("alice"), text(to_group(group_id(&club)), words)).await;
    };
    // One that stays away meanwhile.
    drop(f.connect("bob", "android_1").await);
    let mut web = f.connect("bob", "webim_1").await;
    let mut carol = f.connect("carol", "webim_1").await;
    say("before").await;
    assert_eq!(web.receive(&club).await, ["before"]);
    web.heard();

    shield(&f, "bob", true).await;
    say("unheard").await;
    assert_eq!(carol.receive(&club).await, ["before", "unheard"]);
    assert!(!web.heard().contains(&"g:club".to_owned()));
    assert_eq!(web.receive(&club).await, [""; 0]);
    // A device that comes only now.
    let mut phone = f.connect("bob", "ios_1").await;
    assert!(!phone.unread().await.contains(&"g:club".to_owned()));
    say("unheard, too").await;
    assert!(!phone.heard().contains(&"g:club".to_owned()));
    assert_eq!(in_history(&f, "bob", &club).await, 3);
    assert!(is_shielded(&f, "bob").await && !is_shielded(&f, "carol").await);

    shield(&f, "bob", false).await;
    say("after").await;
    for session in [&mut web, &mut phone] {
        assert!(session.heard().contains(&"g:club".to_owned()));
        assert_eq!(session.receive(&club).await, ["after"]);
    }
    let mut late = f.connect("bob", "android_1").await;
    assert_eq!(late.receive(&club).await, ["after"]);
    assert!(!is_shielded(&f, "bob").await);
    let events = f.events("bob").await;
    let of = |operation| events.iter().filter(|event| event.operation() == operation).count();
    assert_eq!((of(Operation::Block), of(Operation::Unblock)), (1, 1));
}

#[tokio::test]
async fn only_plain_members_shield() {
    let f = Fixture::with_users(&["alice", "bob", "eve"]).await;
    f.group("club", "alice", &["bob"]).await;
    let set =
        async |caller, group: &str| refusal(groups::set_shielded(&f.m, &caller, group, true).await);
    assert_eq!(set(f.user("alice"), "club").await, Refusal::RoleTooLow);
    assert_eq!(set(f.user("eve"), "club").await, Refusal::NotInGroup);
    assert_eq!(set(f.server(), "club").await, Refusal::NotPermitted);
    let unknown = Refusal::GroupNotFound { group: "77".to_owned() };
    assert_eq!(set(f.user("bob"), "77").await, unknown);
    // Who leaves and comes back hears it.
    shield(&f, "bob", true).await;
    groups::leave(&f.m, &f.user("bob"), "club").await.unwrap();
    groups::add_members(&f.m, &f.server(), "club", &strings(&["bob"])).await.unwrap();
    assert!(!is_shielded(&f, "bob").await);
}
