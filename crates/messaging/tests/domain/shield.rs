//! Members who do not want to hear a group.

use hongyan_messaging::groups::{self, GroupChange};
use hongyan_messaging::messages::{HistoryQuery, history};
use hongyan_model::{
    Conversation, EntryKind, Feature, Member, MessageId, Refusal, Role, User, UserId,
};
use hongyan_msync::proto::muc_body::Operation;
use hongyan_store::groups::GroupQuota;
use hongyan_store::{groups as stored, users};

use crate::fixture::{Fixture, NOW, group_id, refusal, strings};
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

#[tokio::test]
async fn what_a_large_group_is_told_is_one_entry_of_it_and_one_of_who_shields_it() {
    const MANY: u64 = 2_000;
    let mut f = Fixture::with_users(&["alice", "bob", "carol"]).await;
    f.limit(Feature::GroupMembersMax, MANY * 2).await;
    let club = f.group("club", "alice", &["bob", "carol"]).await;
    let rename = async |name: &str| {
        let change = GroupChange { name: Some(name.to_owned()), ..GroupChange::default() };
        groups::update(&f.m, &f.user("alice"), "club", change).await.unwrap();
    };
    let larger =
        GroupChange { max_users: Some(u32::try_from(MANY * 2).unwrap()), ..GroupChange::default() };
    groups::update(&f.m, &f.server(), "club", larger).await.unwrap();
    let ids: Vec<UserId> = (0..MANY).map(|n| UserId::from_trusted(format!("u{n}"))).collect();
    let user = |id: &UserId| User {
        id: id.clone(),
        uuid: id.to_string(),
        nickname: None,
        activated: true,
        token_epoch: 1,
        created: NOW,
        modified: NOW,
    };
    let new = |id| users::NewUser { user: user(id), password_hash: None };
    let new: Vec<_> = ids.iter().map(new).collect();
    users::insert(&f.store, f.app.id, &new, None).await.unwrap();
    let member =
        |user: UserId| Member { user, role: Role::Member, joined_at: MessageId(1), joined: NOW };
    let members: Vec<_> = ids.into_iter().map(member).collect();
    let quota = GroupQuota { groups: None, members: None, groups_per_user: None };
    stored::add_members(&f.store, f.app.id, group_id(&club), &members, quota).await.unwrap();

    shield(&f, "carol", true).await;
    let mut bob = f.connect("bob", "webim_1").await;
    let (of_bob, of_carol) = (f.events("bob").await.len(), f.events("carol").await.len());
    let entries = async || f.store.log().after(f.app.id, &club.key(), 0, 100).await.unwrap();
    let before = entries().await.len();
    rename("Many").await;
    assert_eq!(entries().await.len(), before + 1);
    let last = entries().await.pop().unwrap();
    assert_eq!((last.entry.kind, last.entry.sender.as_str()), (EntryKind::Event, "alice"));
    assert_eq!(f.events("bob").await.len(), of_bob, "not as one of bob's own");
    assert_eq!(f.events("carol").await.len(), of_carol + 1);
    assert_eq!(bob.receive(&club).await.len(), 1);
    assert_eq!(in_history(&f, "bob", &club).await, 0);
}
