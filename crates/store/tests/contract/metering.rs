//! Figures by day.

use std::collections::HashMap;

use hongyan_model::{
    AppId, ChatType, EntryKind, Group, GroupId, Member, MessageId, Role, Source, UserId,
};
use hongyan_store::groups::GroupQuota;
use hongyan_store::metering::{
    self, ActiveUser, Batch, DayKey, Figure, Flushed, KindCounts, MessageCounts, MessageKey,
    Position, Subject, SubjectKey,
};
use hongyan_store::{Store, groups, users};

use crate::{Fixture, NOW, on_every_engine};

const DAY: i64 = 20_775;

async fn flush(store: &Store, fill: impl FnOnce(&mut Batch)) {
    let mut batch = Batch::behind(metering::position(store).await.unwrap());
    fill(&mut batch);
    assert_eq!(metering::flush(store, &batch).await.unwrap(), Flushed::Done);
}

async fn figures(store: &Store, app: AppId, day: i64) -> HashMap<Figure, u64> {
    let found = metering::days(store, app, day, day).await.unwrap();
    found.into_iter().map(|(_, figure, value)| (figure, value)).collect()
}

fn key(app: AppId, kind: EntryKind) -> MessageKey {
    MessageKey { app, day: DAY, chat: ChatType::Single, kind, source: Source::Sdk }
}

fn subject(app: AppId, subject: Subject, id: &str) -> SubjectKey {
    SubjectKey { app, day: DAY, subject, id: id.to_owned() }
}

fn kinds(of: &[EntryKind]) -> KindCounts {
    let mut counts = KindCounts::default();
    of.iter().for_each(|kind| counts.count(*kind));
    counts
}

fn active(app: AppId, user: &str, platform: &str) -> ActiveUser {
    let user = UserId::from_trusted(user);
    ActiveUser { app, day: DAY, platform: platform.to_owned(), user }
}

#[tokio::test]
async fn a_fresh_store_is_counted_from_its_beginning() {
    on_every_engine(async |Fixture { store, .. }| {
        let position = metering::position(&store).await.unwrap();
        assert_eq!(position, Position { counter: 0, message: MessageId(0), flushes: 0 });
    })
    .await;
}

#[tokio::test]
async fn batches_add_up_and_none_is_applied_twice() {
    on_every_engine(async |f| {
        let app = f.app("one").await;
        let counts = MessageCounts { uplink: 2, downlink: 3, offline: 1 };
        let mut batch = Batch::behind(metering::position(&f.store).await.unwrap());
        batch.position = MessageId(1 << 60);
        batch.messages.insert(key(app, EntryKind::Text), counts);
        batch.messages.insert(key(app, EntryKind::ReadAck), counts);
        assert_eq!(metering::flush(&f.store, &batch).await.unwrap(), Flushed::Done);
        assert_eq!(metering::flush(&f.store, &batch).await.unwrap(), Flushed::Before);
        let position = metering::position(&f.store).await.unwrap();
        assert_eq!(position, Position { counter: 0, message: MessageId(1 << 60), flushes: 1 });
        flush(&f.store, |b| {
            b.messages.insert(key(app, EntryKind::Text), counts);
        })
        .await;
        assert!(metering::flush(&f.store, &batch).await.is_err(), "two flushes behind");

        let found = metering::messages(&f.store, app, DAY, DAY).await.unwrap();
        let twice = MessageCounts { uplink: 4, downlink: 6, offline: 2 };
        assert_eq!(
            found,
            [(key(app, EntryKind::Text), twice), (key(app, EntryKind::ReadAck), counts)]
        );
        assert!(metering::messages(&f.store, app, DAY + 1, DAY + 9).await.unwrap().is_empty());
        assert!(metering::messages(&f.store, AppId(app.0 + 1), 0, DAY).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_subject_is_active_once_a_day() {
    on_every_engine(async |f| {
        let (app, other) = (f.app("one").await, f.app("two").await);
        for _ in 0..2 {
            flush(&f.store, |b| {
                use EntryKind::{Image, Text};
                b.subjects.insert(subject(app, Subject::User, "alice"), kinds(&[Text, Image]));
                b.subjects.insert(subject(app, Subject::User, "bob"), kinds(&[Text]));
                b.subjects.insert(subject(app, Subject::Group, "7"), kinds(&[Text]));
                b.subjects.insert(subject(app, Subject::Room, "7"), kinds(&[Text]));
                b.subjects.insert(subject(other, Subject::User, "alice"), kinds(&[Text]));
            })
            .await;
        }
        // More than fit one statement.
        flush(&f.store, |b| {
            for n in 0..120 {
                let key = subject(other, Subject::Group, &n.to_string());
                b.subjects.insert(key, kinds(&[EntryKind::Combine]));
            }
        })
        .await;
        let expected = [(Figure::Senders, 2), (Figure::ActiveGroups, 1), (Figure::ActiveRooms, 1)];
        assert_eq!(figures(&f.store, app, DAY).await, expected.into());
        let expected = [(Figure::Senders, 1), (Figure::ActiveGroups, 120)];
        assert_eq!(figures(&f.store, other, DAY).await, expected.into());

        let top = metering::subjects(&f.store, app, Subject::User, (DAY, DAY), 9).await.unwrap();
        let mut of_alice = KindCounts::default();
        (of_alice.0[0], of_alice.0[1]) = (2, 2);
        assert_eq!(top[0], ("alice".to_owned(), of_alice));
        assert_eq!((top[1].0.as_str(), top[1].1.total(), top.len()), ("bob", 2, 2));
        let top = metering::subjects(&f.store, app, Subject::User, (DAY, DAY), 1).await.unwrap();
        assert_eq!(top.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn days_that_are_over_keep_their_busiest_subjects() {
    on_every_engine(async |f| {
        let app = f.app("one").await;
        flush(&f.store, |b| {
            for n in 0..30_usize {
                let counts = kinds(&vec![EntryKind::Text; 1 + n / 2]);
                b.subjects.insert(subject(app, Subject::User, &format!("u{n:02}")), counts);
            }
            b.subjects.insert(subject(app, Subject::Group, "g"), kinds(&[EntryKind::Text]));
        })
        .await;
        assert_eq!(metering::apps_of_day(&f.store, DAY).await.unwrap(), [app]);
        assert_eq!(metering::apps_of_day(&f.store, DAY + 1).await.unwrap(), []);
        let trim = async |limit| {
            metering::trim_subjects(&f.store, app, Subject::User, DAY, 3, limit).await.unwrap()
        };
        assert_eq!((trim(20).await, trim(20).await, trim(20).await), (20, 7, 0));
        let top = metering::subjects(&f.store, app, Subject::User, (DAY, DAY), 9).await.unwrap();
        let names: Vec<_> = top.iter().map(|(id, _)| id.as_str()).collect();
        assert_eq!(names, ["u28", "u29", "u26"]);
        let forget = async |day| {
            metering::forget_subjects(&f.store, app, Subject::User, day, 2).await.unwrap()
        };
        assert_eq!((forget(DAY).await, forget(DAY + 1).await, forget(DAY + 1).await), (0, 2, 1));
        let groups = metering::subjects(&f.store, app, Subject::Group, (DAY, DAY), 9).await;
        assert_eq!(groups.unwrap().len(), 1);
    })
    .await;
}

#[tokio::test]
async fn of_many_users_at_once_so_many_are_admitted_as_there_is_room_for() {
    on_every_engine(async |f| {
        let app = f.app("one").await;
        let names: Vec<UserId> =
            (0..12).map(|n| UserId::from_trusted(format!("user{n}"))).collect();
        flush(&f.store, |b| b.active.push(active(app, "user0", ""))).await;
        let mut tries = tokio::task::JoinSet::new();
        // Everybody twice, while the same users are counted by a flush.
        for name in names.iter().chain(&names).cloned() {
            let store = f.store.clone();
            tries.spawn(async move {
                (metering::admit(&store, app, DAY, &name, 5).await.unwrap(), name)
            });
        }
        flush(&f.store, |b| b.active.push(active(app, "user0", "webim"))).await;
        let mut admitted: Vec<UserId> = Vec::new();
        while let Some(tried) = tries.join_next().await {
            let (is_in, name) = tried.unwrap();
            if is_in && !admitted.contains(&name) {
                admitted.push(name);
            }
        }
        assert_eq!(admitted.len(), 5);
        assert!(admitted.contains(&names[0]), "who counts already is never refused");
        assert_eq!(metering::active_users(&f.store, app, DAY).await.unwrap(), 5);
        for name in &names {
            let again = metering::admit(&f.store, app, DAY, name, 5).await.unwrap();
            assert_eq!(again, admitted.contains(name));
            let is_active = metering::is_active(&f.store, app, DAY, name).await.unwrap();
            assert_eq!(is_active, again, "nobody is left entered who was refused");
        }
        assert!(!metering::admit(&f.store, app, DAY + 1, &names[0], 0).await.unwrap());
    })
    .await;
}

#[tokio::test]
async fn a_user_is_active_once_a_day_and_on_each_platform() {
    on_every_engine(async |f| {
        let app = f.app("one").await;
        for names in [["alice", "bob"], ["alice", "carol"]] {
            flush(&f.store, |b| {
                for name in names {
                    b.active.push(active(app, name, ""));
                    b.active.push(active(app, name, "webim"));
                }
                b.active.push(active(app, names[0], "ios"));
            })
            .await;
        }
        assert_eq!(figures(&f.store, app, DAY).await, [(Figure::ActiveUsers, 3)].into());
        let platforms = metering::platforms(&f.store, app, DAY).await.unwrap();
        assert_eq!(platforms, [("webim".to_owned(), 3), ("ios".to_owned(), 1)]);

        assert_eq!(metering::forget_active(&f.store, DAY, 100).await.unwrap(), 0);
        assert_eq!(metering::forget_active(&f.store, DAY + 1, 3).await.unwrap(), 3);
        assert_eq!(metering::forget_active(&f.store, DAY + 1, 100).await.unwrap(), 4);
        assert_eq!(figures(&f.store, app, DAY).await, [(Figure::ActiveUsers, 3)].into());
    })
    .await;
}

#[tokio::test]
async fn a_peak_only_rises() {
    on_every_engine(async |f| {
        let app = f.app("one").await;
        let peak = DayKey { app, day: DAY, figure: Figure::PeakConnections };
        for value in [2, 5, 3] {
            flush(&f.store, |b| b.peaks = [(peak, value)].into()).await;
        }
        assert_eq!(figures(&f.store, app, DAY).await, [(Figure::PeakConnections, 5)].into());
    })
    .await;
}

#[tokio::test]
async fn the_peak_of_room_members_follows_who_came_and_went() {
    on_every_engine(async |f| {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let moved = |day, joins, leaves| {
            [
                (DayKey { app, day, figure: Figure::RoomJoins }, joins),
                (DayKey { app, day, figure: Figure::RoomLeaves }, leaves),
                (DayKey { app: other, day, figure: Figure::RoomJoins }, 1),
            ]
        };
        flush(&f.store, |b| b.counts = moved(DAY, 5, 1).into()).await;
        flush(&f.store, |b| b.counts = moved(DAY, 1, 3).into()).await;
        flush(&f.store, |b| b.begins = Some(DAY + 1)).await;
        let peak = async |app, day| {
            figures(&f.store, app, day).await.get(&Figure::PeakRoomMembers).copied()
        };
        assert_eq!((peak(app, DAY).await, peak(app, DAY + 1).await), (Some(4), Some(2)));
        assert_eq!(metering::room_members(&f.store, app).await.unwrap(), 2);
        assert_eq!(metering::room_members(&f.store, AppId(99)).await.unwrap(), 0);
        assert_eq!((peak(other, DAY).await, peak(other, DAY + 1).await), (Some(2), Some(2)));
    })
    .await;
}

#[tokio::test]
async fn changes_are_noted_with_what_they_change() {
    on_every_engine(async |f| {
        let app = f.app("one").await;
        let (alice, bob) = (f.user(app, "alice").await, f.user(app, "bob").await);
        let group = Group {
            id: GroupId::from_trusted("7"),
            name: String::new(),
            description: String::new(),
            avatar: String::new(),
            custom: String::new(),
            owner: alice.clone(),
            public: false,
            members_only: false,
            allow_invites: false,
            invite_need_confirm: false,
            disabled: false,
            max_users: 10,
            member_count: 1,
            created: NOW,
            modified: NOW,
        };
        let member = |user: &UserId, role| Member {
            user: user.clone(),
            role,
            joined: NOW,
            joined_at: MessageId(1),
        };
        let owner = [member(&alice, Role::Owner)];
        groups::insert(&f.store, app, &group, &owner, GroupQuota::default()).await.unwrap();
        // What is refused did not happen.
        groups::insert(&f.store, app, &group, &owner, GroupQuota::default()).await.unwrap();
        f.clock.advance(1000);
        for _ in 0..2 {
            let new = [member(&bob, Role::Member)];
            groups::add_members(&f.store, app, &group.id, &new, GroupQuota::default())
                .await
                .unwrap();
        }
        groups::delete(&f.store, app, &group.id).await.unwrap();
        for _ in 0..2 {
            users::delete(&f.store, app, &bob).await.unwrap();
        }

        let changes = metering::changes(&f.store, 100).await.unwrap();
        let noted: Vec<_> = changes.iter().map(|c| (c.figure, c.n, c.at - NOW)).collect();
        let expected = [
            (Figure::Registrations, 1, 0),
            (Figure::Registrations, 1, 0),
            (Figure::NewGroups, 1, 0),
            (Figure::GroupJoins, 1, 0),
            (Figure::GroupJoins, 1, 1000),
            (Figure::DissolvedGroups, 1, 1000),
            (Figure::GroupLeaves, 2, 1000),
            (Figure::Deletions, 1, 1000),
        ];
        assert_eq!(noted, expected);

        let add = |b: &mut Batch| {
            for change in &changes {
                let key = DayKey { app: change.app, day: DAY, figure: change.figure };
                *b.counts.entry(key).or_default() += change.n;
                b.changes.push(change.id);
            }
        };
        flush(&f.store, add).await;
        assert_eq!(metering::changes(&f.store, 100).await.unwrap(), []);
        let expected = [
            (Figure::Registrations, 2),
            (Figure::Deletions, 1),
            (Figure::NewGroups, 1),
            (Figure::DissolvedGroups, 1),
            (Figure::GroupJoins, 2),
            (Figure::GroupLeaves, 2),
        ];
        assert_eq!(figures(&f.store, app, DAY).await, expected.into());
        // A change may be gone with its app.
        flush(&f.store, |b| b.changes.push(changes[0].id)).await;
        assert_eq!(figures(&f.store, app, DAY).await, expected.into());
    })
    .await;
}
