//! Push: certificates, templates, notices that wait, results, figures.

use hongyan_model::{AppId, Group, GroupId, IdGenerator, Member, MessageId, Role, UserId};
use hongyan_store::groups::{self, GroupQuota, UNHEARD};
use hongyan_store::push_bindings::Circle;
use hongyan_store::push_certificates::{self, Cause, Closed, PushCertificate, Written};
use hongyan_store::push_figures::{self, Figure};
use hongyan_store::push_templates::{self, Inserted, PushTemplate};
use hongyan_store::pushes::{self, Decided, Push, PushResult, PushStatus, Settled};
use hongyan_store::{push_bindings, users};

use crate::{Fixture, NOW, on_every_engine};

fn id(id: &str) -> UserId {
    UserId::from_trusted(id)
}

async fn app_with_users(f: &Fixture, name: &str, users: &[&str]) -> AppId {
    let app = f.app(name).await;
    for user in users {
        f.user(app, user).await;
    }
    app
}

fn certificate(id: &str, name: &str) -> PushCertificate {
    PushCertificate {
        id: id.to_owned(),
        name: name.to_owned(),
        kind: "huawei".to_owned(),
        vendor: "HUAWEI".to_owned(),
        shown: "{}".to_owned(),
        enabled: true,
        expires: Some(NOW + 9),
        closed: None,
        created: NOW,
        updated: NOW,
    }
}

#[tokio::test]
async fn certificates_are_kept_by_app_with_names_of_their_own() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let add = async |app, new: &PushCertificate| {
            push_certificates::insert(&f.store, app, new, b"sealed", 2).await.unwrap()
        };
        let first = certificate("a", "alpha");
        assert_eq!(add(app, &first).await, Written::Done);
        assert_eq!(add(app, &certificate("b", "alpha")).await, Written::NameTaken);
        assert_eq!(add(other, &certificate("c", "alpha")).await, Written::Done);
        assert_eq!(add(app, &certificate("b", "beta")).await, Written::Done);
        assert_eq!(add(app, &certificate("d", "delta")).await, Written::Full);

        let found = push_certificates::find(&f.store, app, "a").await.unwrap();
        assert_eq!(found, Some((first.clone(), b"sealed".to_vec())));
        assert_eq!(push_certificates::find(&f.store, other, "a").await.unwrap(), None);

        let closed = Closed { cause: Cause::Banned, until: NOW + 5, why: "no such key".to_owned() };
        let close = async |app, updated| {
            push_certificates::close(&f.store, app, ("a", updated), &closed).await.unwrap();
            push_certificates::find(&f.store, AppId(app.0), "a").await.unwrap().map(|f| f.0.closed)
        };
        assert_eq!(close(other, NOW).await, None, "another app's");
        assert_eq!(close(app, NOW - 1).await, Some(None), "as it was before it was saved again");
        assert_eq!(close(app, NOW).await, Some(Some(closed.clone())));
        let save = async |new: &PushCertificate| {
            push_certificates::update(&f.store, app, new, b"again").await.unwrap()
        };
        assert_eq!(save(&certificate("a", "beta")).await, Written::NameTaken);
        assert_eq!(save(&certificate("z", "zeta")).await, Written::NotFound);
        let renamed = PushCertificate { updated: NOW + 1, ..certificate("a", "alef") };
        assert_eq!(save(&renamed).await, Written::Done);
        let found = push_certificates::find(&f.store, app, "a").await.unwrap();
        assert_eq!(found, Some((renamed, b"again".to_vec())), "closed no more");

        assert!(!push_certificates::set_enabled(&f.store, other, "a", false).await.unwrap());
        assert!(push_certificates::set_enabled(&f.store, app, "a", false).await.unwrap());
        let all = push_certificates::list(&f.store, app).await.unwrap();
        let shown: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.enabled)).collect();
        assert_eq!(shown, [("alef", false), ("beta", true)]);
        assert!(!push_certificates::delete(&f.store, other, "a").await.unwrap());
        assert!(push_certificates::delete(&f.store, app, "a").await.unwrap());
        assert_eq!(push_certificates::list(&f.store, other).await.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn templates_are_counted_but_for_those_that_every_app_has() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let add = async |app, name: &str| {
            let new = PushTemplate {
                name: name.to_owned(),
                title: "t".to_owned(),
                content: "c".to_owned(),
                created: NOW,
                updated: NOW,
            };
            push_templates::insert(&f.store, app, &new, (1, &["default"])).await.unwrap()
        };
        assert_eq!(add(app, "mine").await, Inserted::Done);
        assert_eq!(add(app, "mine").await, Inserted::Exists);
        assert_eq!(add(app, "more").await, Inserted::Full);
        assert_eq!(add(app, "default").await, Inserted::Done);
        assert_eq!(add(other, "mine").await, Inserted::Done);
        let change = async |app, name: &str| {
            push_templates::update(&f.store, app, name, ("T", "C"), NOW + 1).await.unwrap()
        };
        assert!(change(app, "mine").await && !change(app, "more").await);
        let found = push_templates::find(&f.store, app, "mine").await.unwrap().unwrap();
        assert_eq!((found.title.as_str(), found.created, found.updated), ("T", NOW, NOW + 1));
        let theirs = push_templates::find(&f.store, other, "mine").await.unwrap().unwrap();
        assert_eq!(theirs.title, "t");
        assert!(push_templates::delete(&f.store, app, "mine").await.unwrap());
        assert!(!push_templates::delete(&f.store, app, "mine").await.unwrap());
        let left = push_templates::list(&f.store, app).await.unwrap();
        assert_eq!(left.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), ["default"]);
    })
    .await;
}

fn push(n: u64, user: &str, device: &str) -> Push {
    Push {
        id: n,
        message: MessageId(100 + n),
        user: id(user),
        device: device.to_owned(),
        certificate: "cert".to_owned(),
        notifier: "name".to_owned(),
        token: format!("token-{n}"),
        content: "{}".to_owned(),
        interrupted: 0,
        tries: 0,
    }
}

fn ended(message: u64, user: &str, device: &str, reason: &str) -> PushResult {
    PushResult {
        message: MessageId(message),
        user: id(user),
        device: device.to_owned(),
        notifier: "name".to_owned(),
        channel: "HUAWEI".to_owned(),
        status: if reason.is_empty() { PushStatus::Success } else { PushStatus::Failure },
        reason: reason.to_owned(),
        answer: String::new(),
        time: NOW,
    }
}

#[tokio::test]
async fn notices_are_decided_once_and_taken_by_one() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["bob"]).await;
        let other = app_with_users(&f, "two", &["bob"]).await;
        let place = async || pushes::cursor(&f.store, app).await.unwrap();
        assert_eq!(place().await, None);
        let first = IdGenerator::floor(NOW).0;
        let earlier = PushCertificate { created: NOW - 1, ..certificate("other", "n2") };
        for new in [certificate("cert", "n1"), earlier] {
            push_certificates::insert(&f.store, app, &new, b"sealed", 9).await.unwrap();
        }
        assert_eq!(place().await, Some(MessageId(first)), "followed already");

        let decide = async |to: Option<u64>, pushes: Vec<Push>, results: Vec<PushResult>| {
            let decided = Decided { pushes, results, ..Decided::default() };
            pushes::decide(&f.store, app, to.map(MessageId), &decided).await.unwrap()
        };
        let both = vec![push(1, "bob", "d1"), push(2, "bob", "d1"), push(3, "ghost", "d1")];
        assert_eq!(decide(Some(first + 9), both, vec![]).await, [1, 2], "nobody is no user");
        assert_eq!(place().await, Some(MessageId(first + 9)));
        let again = Push { id: 4, ..push(1, "bob", "d1") };
        assert!(decide(None, vec![again.clone()], vec![]).await.is_empty(), "the same, again");

        let take = async |app, owner: &str, now, limit| {
            let taken =
                pushes::take(&f.store, app, ("cert", owner), (now, now + 10), limit).await.unwrap();
            taken.iter().map(|push| (push.id, push.interrupted)).collect::<Vec<_>>()
        };
        assert_eq!(take(other, "n1", NOW, 9).await, []);
        assert_eq!(take(app, "n1", NOW, 1).await, [(1, 0)]);
        assert_eq!(take(app, "n2", NOW, 9).await, [(2, 0)]);
        assert_eq!(take(app, "n3", NOW + 9, 9).await, []);
        // Whoever had the first did not come to an end; whoever had the second comes back.
        pushes::release(&f.store, app, ("cert", "n2"), NOW + 9).await.unwrap();
        assert_eq!(take(app, "n2", NOW + 9, 9).await, [(2, 1)]);
        assert_eq!(take(app, "n3", NOW + 10, 9).await, [(1, 1)]);

        let settle = async |settled: &[Settled], results: &[PushResult]| {
            pushes::settle(&f.store, app, settled, (results, &[])).await.unwrap();
        };
        settle(&[Settled::Again(2, NOW + 50)], &[]).await;
        assert_eq!(pushes::next_due(&f.store, app, "cert").await.unwrap(), Some(NOW + 20));
        settle(&[Settled::Done(1)], &[ended(101, "bob", "d1", "")]).await;
        assert_eq!(pushes::next_due(&f.store, app, "cert").await.unwrap(), Some(NOW + 50));
        assert!(decide(None, vec![again], vec![]).await.is_empty(), "it has come to an end");
        let waiting = pushes::waiting(&f.store, app).await.unwrap();
        assert_eq!(waiting, [("cert".to_owned(), 1)]);
        let taken = pushes::take(&f.store, app, ("cert", "n1"), (NOW + 50, NOW + 60), 9).await;
        let taken = taken.unwrap();
        let told = "a try that came to an end was not interrupted";
        assert_eq!((taken[0].tries, taken[0].interrupted), (1, 0), "{told}");

        let (results, waits) =
            pushes::of_message(&f.store, app, MessageId(101), &[id("bob")]).await.unwrap();
        assert_eq!((results, waits.len()), (vec![ended(101, "bob", "d1", "")], 0));
        let (results, waits) =
            pushes::of_message(&f.store, app, MessageId(102), &[id("bob")]).await.unwrap();
        assert_eq!((results.len(), waits.len()), (0, 1));
        let theirs = pushes::of_message(&f.store, other, MessageId(101), &[id("bob")]).await;
        assert!(theirs.unwrap().0.is_empty());
        assert_eq!(pushes::forget(&f.store, NOW, 9).await.unwrap(), 0);
        assert_eq!(pushes::forget(&f.store, NOW + 1, 9).await.unwrap(), 1);

        users::delete(&f.store, app, &id("bob")).await.unwrap();
        assert!(pushes::waiting(&f.store, app).await.unwrap().is_empty(), "they end with the user");
        let late = Decided { figures: vec![Figure::default()], ..Decided::default() };
        pushes::decide(&f.store, app, Some(MessageId(first + 9)), &late).await.unwrap();
        let figures = push_figures::read(&f.store, app, (0, 9)).await.unwrap();
        assert!(figures.is_empty(), "another node was there before");
        assert!(push_certificates::delete(&f.store, app, "cert").await.unwrap());
        assert!(place().await.is_some(), "there is another");
        assert!(push_certificates::delete(&f.store, app, "other").await.unwrap());
        decide(Some(first + 99), vec![], vec![]).await;
        assert_eq!(place().await, None, "nobody follows any more");
    })
    .await;
}

#[tokio::test]
async fn notices_of_a_certificate_that_is_gone_are_removed() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["bob"]).await;
        for new in [certificate("cert", "n1"), certificate("other", "n2")] {
            push_certificates::insert(&f.store, app, &new, b"sealed", 9).await.unwrap();
        }
        let of_other = Push { certificate: "other".to_owned(), ..push(2, "bob", "d2") };
        let pushes = vec![push(1, "bob", "d1"), of_other];
        let decided = Decided { pushes, ..Decided::default() };
        pushes::decide(&f.store, app, None, &decided).await.unwrap();
        assert_eq!(pushes::drop_orphans(&f.store, 9).await.unwrap(), 0);
        push_certificates::delete(&f.store, app, "cert").await.unwrap();
        assert_eq!(pushes::drop_orphans(&f.store, 9).await.unwrap(), 1);
        let waiting = pushes::waiting(&f.store, app).await.unwrap();
        assert_eq!(waiting, [("other".to_owned(), 1)]);
    })
    .await;
}

#[tokio::test]
async fn figures_are_added_up_by_day_vendor_and_reason() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let figure = |day, channel: &str, reason: &str, success, failure| Figure {
            day,
            channel: channel.to_owned(),
            reason: reason.to_owned(),
            success,
            failure,
            ..Figure::default()
        };
        let some = [
            figure(5, "APNS", "", 1, 0),
            figure(4, "", "no push binding", 0, 2),
            figure(5, "APNS", "", 2, 0),
        ];
        push_figures::add_later(&f.store, app, &some).await.unwrap();
        push_figures::add_later(&f.store, app, &some[..1]).await.unwrap();
        let read = async |app, days| push_figures::read(&f.store, app, days).await.unwrap();
        assert_eq!(read(app, (5, 9)).await, [figure(5, "APNS", "", 4, 0)]);
        assert_eq!(read(app, (4, 4)).await, [figure(4, "", "no push binding", 0, 2)]);
        assert_eq!(read(other, (0, 9)).await, []);
        push_figures::forget(&f.store, 5).await.unwrap();
        assert_eq!(read(app, (0, 9)).await.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn icons_count_until_somebody_looks() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["bob"]).await;
        let other = app_with_users(&f, "two", &["bob"]).await;
        let count = async |app, user: &str, n| {
            let decided = Decided { badges: vec![(id(user), n)], ..Decided::default() };
            pushes::decide(&f.store, app, None, &decided).await.unwrap();
        };
        count(app, "bob", 1).await;
        count(app, "bob", 2).await;
        count(app, "ghost", 2).await;
        count(other, "bob", 7).await;
        let shown =
            async |app| pushes::badges(&f.store, app, &[id("bob"), id("ghost")]).await.unwrap();
        assert_eq!(shown(app).await, [(id("bob"), 3)]);
        pushes::note_connections(&f.store, app, &[id("bob")], &[]).await.unwrap();
        assert_eq!(shown(app).await, []);
        assert_eq!(shown(other).await, [(id("bob"), 7)]);
    })
    .await;
}

#[tokio::test]
async fn broken_connections_of_users_with_phones_are_remembered() {
    on_every_engine(|f| async move {
        let app = app_with_users(&f, "one", &["bob", "carol"]).await;
        let bound = push_bindings::PushBinding {
            device_id: "d1".to_owned(),
            notifier: "name".to_owned(),
            device_token: "t".to_owned(),
        };
        push_bindings::bind(&f.store, app, &id("bob"), &bound, 9, NOW).await.unwrap();
        let went = [("carol", NOW), ("bob", NOW), ("bob", NOW + 5)];
        let went = went.map(|(user, time)| (id(user), "ios_d1".to_owned(), time));
        pushes::note_connections(&f.store, app, &[], &went).await.unwrap();
        let broken = async || pushes::broken(&f.store, app, 9).await.unwrap();
        assert_eq!(broken().await, [(id("bob"), "ios_d1".to_owned(), NOW + 5)]);
        let forget = async |time| {
            pushes::forget_broken(&f.store, app, (&id("bob"), "ios_d1"), time).await.unwrap();
        };
        forget(NOW).await;
        assert_eq!(broken().await.len(), 1, "it broke again meanwhile");
        forget(NOW + 5).await;
        assert!(broken().await.is_empty());

        // Who was logged out is bound no more, but for what was bound after that.
        let unbind = async |before| {
            push_bindings::unbind_before(&f.store, app, &id("bob"), "d1", before).await.unwrap();
            push_bindings::of_user(&f.store, app, &id("bob")).await.unwrap().len()
        };
        assert_eq!((unbind(NOW).await, unbind(NOW + 1).await), (1, 0));
    })
    .await;
}

#[tokio::test]
async fn members_with_phones_are_found_page_by_page() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let names = ["alice", "bob", "carol", "dave", "erin"];
        for user in names {
            f.user(app, user).await;
        }
        let member = |user: &str, role, at| Member {
            user: id(user),
            role,
            joined: NOW,
            joined_at: MessageId(at),
        };
        let free = GroupQuota { groups: None, members: None, groups_per_user: None };
        let group = GroupId::from_trusted("1");
        let new = Group {
            id: group.clone(),
            name: "g".to_owned(),
            description: String::new(),
            avatar: String::new(),
            custom: String::new(),
            owner: id("alice"),
            public: true,
            members_only: false,
            allow_invites: true,
            invite_need_confirm: false,
            disabled: false,
            max_users: 9,
            member_count: 1,
            created: NOW,
            modified: NOW,
        };
        let owner = [member("alice", Role::Owner, 1)];
        groups::insert(&f.store, app, &new, &owner, free).await.unwrap();
        // Dave came later, and erin does not want to hear the group.
        let others = [
            member("bob", Role::Member, 2),
            member("dave", Role::Member, 50),
            member("erin", Role::Member, 3),
        ];
        groups::add_members(&f.store, app, &group, &others, free).await.unwrap();
        groups::set_heard_from(&f.store, app, &group, &id("erin"), UNHEARD).await.unwrap();
        let hearing = groups::hearing_ids(&f.store, app, &group, MessageId(40)).await.unwrap();
        assert_eq!(hearing, [id("alice"), id("bob")]);
        for (user, device) in [
            ("alice", "d1"),
            ("bob", "d1"),
            ("bob", "d2"),
            ("carol", "d1"),
            ("dave", "d1"),
            ("erin", "d1"),
        ] {
            let bound = push_bindings::PushBinding {
                device_id: device.to_owned(),
                notifier: "name".to_owned(),
                device_token: format!("{user}-{device}"),
            };
            push_bindings::bind(&f.store, app, &id(user), &bound, 9, NOW).await.unwrap();
        }
        let page = async |place, after: Option<&str>, limit| {
            let after = after.map(id);
            let place = (MessageId(place), after.as_ref());
            let circle = Circle::Group(&group);
            let found = push_bindings::of_members(&f.store, app, circle, place, limit).await;
            let shown = found.unwrap().into_iter().map(|(_, binding)| binding.device_token);
            shown.collect::<Vec<_>>()
        };
        assert_eq!(page(40, None, 9).await, ["alice-d1", "bob-d1", "bob-d2"]);
        assert_eq!(page(51, None, 9).await, ["alice-d1", "bob-d1", "bob-d2", "dave-d1"]);
        assert_eq!(page(51, None, 2).await, ["alice-d1", "bob-d1", "bob-d2"], "two members");
        assert_eq!(page(51, Some("bob"), 2).await, ["dave-d1"]);
        assert!(page(51, Some("dave"), 2).await.is_empty());
    })
    .await;
}
