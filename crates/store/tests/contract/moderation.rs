//! Records, tags and jobs of moderation.

use hongyan_model::{AppId, ChatType, MessageId, ModeratedKind, ModerationAct, Outcome, UserId};
use hongyan_store::moderation::{
    Record, RecordFilter, Tagged, add_job, clear_tag, counts, end_job, forget, note, put_off,
    records, rejected, release_jobs, tag, tag_sizes, tagged, tags_of, take_jobs, untag,
};

use crate::{NOW, on_every_engine};

const DAY_MS: i64 = 24 * 3600 * 1000;

fn strings(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn record(id: u64, sender: &str, outcome: Outcome, act: ModerationAct) -> Record {
    Record {
        id,
        time: NOW + i64::try_from(id).unwrap(),
        sender: UserId::from_trusted(sender),
        target: "bob".into(),
        chat: ChatType::Room,
        kind: ModeratedKind::Video,
        content: "https://example.com/v".into(),
        rule: "rule".into(),
        outcome,
        act,
        risk: "ads".into(),
        detail: "more".into(),
        message: Some(MessageId(99)),
        is_trial: false,
        review: id,
    }
}

#[tokio::test]
async fn records_are_listed_and_counted() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let first = record(1, "alice", Outcome::Reject, ModerationAct::Block);
        let second = record(2, "alice", Outcome::Pass, ModerationAct::Pass);
        let third = Record {
            kind: ModeratedKind::Text,
            chat: ChatType::Single,
            target: "dave".into(),
            message: None,
            ..record(3, "carol", Outcome::Reject, ModerationAct::Block)
        };
        let both = [(app, first.clone()), (app, second.clone())];
        note(&f.store, &both).await.unwrap();
        note(&f.store, &[(app, third.clone())]).await.unwrap();
        let found = async |filter: RecordFilter, before| {
            let found = records(&f.store, app, &filter, before, 10).await.unwrap();
            found.into_iter().map(|record| record.id).collect::<Vec<_>>()
        };
        let any = RecordFilter::default;
        assert_eq!(found(any(), None).await, [3, 2, 1]);
        assert_eq!(found(any(), Some(3)).await, [2, 1]);
        assert_eq!(found(RecordFilter { sender: "carol".into(), ..any() }, None).await, [3]);
        assert_eq!(found(RecordFilter { target: "bob".into(), ..any() }, None).await, [2, 1]);
        let singles = RecordFilter { chat: Some(ChatType::Single), ..any() };
        assert_eq!(found(singles, None).await, [3]);
        let videos = RecordFilter { kind: Some(ModeratedKind::Video), ..any() };
        assert_eq!(found(videos, None).await, [2, 1]);
        let rejects = RecordFilter { outcome: Some(Outcome::Reject), ..any() };
        assert_eq!(found(rejects, None).await, [3, 1]);
        let passes = RecordFilter { act: Some(ModerationAct::Pass), ..any() };
        assert_eq!(found(passes, None).await, [2]);
        let late = RecordFilter { from: Some(NOW + 2), to: Some(NOW + 2), ..any() };
        assert_eq!(found(late, None).await, [2]);
        assert_eq!(records(&f.store, app, &any(), None, 2).await.unwrap(), [third, second]);
        assert!(records(&f.store, other, &any(), None, 10).await.unwrap().is_empty());

        let alice = UserId::from_trusted("alice");
        assert_eq!(rejected(&f.store, app, &alice, NOW).await.unwrap(), 1);
        assert_eq!(rejected(&f.store, app, &alice, NOW + 2).await.unwrap(), 0);
        assert_eq!(rejected(&f.store, other, &alice, NOW).await.unwrap(), 0);

        let trial = Record { id: 5, is_trial: true, ..first.clone() };
        note(&f.store, &[(app, Record { id: 4, review: 4, ..first.clone() }), (app, trial)])
            .await
            .unwrap();
        assert_eq!(rejected(&f.store, app, &alice, NOW).await.unwrap(), 2);
        // Another part of the same message.
        note(&f.store, &[(app, Record { id: 6, review: 4, ..first })]).await.unwrap();
        assert_eq!(rejected(&f.store, app, &alice, NOW).await.unwrap(), 2);
        let today = NOW.div_euclid(DAY_MS);
        let of_today = counts(&f.store, app, (today, today)).await.unwrap();
        let figures: Vec<_> = of_today.iter().map(|c| (c.kind, c.outcome, c.act, c.n)).collect();
        assert_eq!(
            figures,
            [
                (ModeratedKind::Text, Outcome::Reject, ModerationAct::Block, 1),
                (ModeratedKind::Video, Outcome::Pass, ModerationAct::Pass, 1),
                (ModeratedKind::Video, Outcome::Reject, ModerationAct::Block, 3),
            ]
        );
        assert!(counts(&f.store, app, (today + 1, today + 9)).await.unwrap().is_empty());
        assert!(counts(&f.store, other, (today, today)).await.unwrap().is_empty());

        assert_eq!(forget(&f.store, NOW + 3, 10).await.unwrap(), 5);
        assert_eq!(found(any(), None).await, [3]);
        assert_eq!(counts(&f.store, app, (today, today)).await.unwrap().len(), 3);
        forget(&f.store, NOW + DAY_MS, 10).await.unwrap();
        assert!(counts(&f.store, app, (today, today)).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_tag_has_so_many_members_and_excludes_others() {
    on_every_engine(|f| async move {
        let (app, other) = (f.app("one").await, f.app("two").await);
        let give = async |name: &str, members: &[&str], excluding: &[&str]| {
            let (members, excluding) = (strings(members), strings(excluding));
            tag(&f.store, (app, name), &members, (2, &excluding), NOW).await.unwrap()
        };
        assert_eq!(give("vip", &["a", "b"], &[]).await, Tagged { added: 2, ..Tagged::default() });
        let done = give("new", &["a", "c", "d", "e"], &["vip"]).await;
        assert_eq!(done, Tagged { added: 2, elsewhere: 1, over_limit: 1, already: 0 });
        assert_eq!(give("new", &["c"], &["vip"]).await, Tagged { already: 1, ..Tagged::default() });
        assert_eq!(give("other", &["a"], &[]).await, Tagged { added: 1, ..Tagged::default() });
        let mut of_a = tags_of(&f.store, app, "a").await.unwrap();
        of_a.sort();
        assert_eq!(of_a, ["other", "vip"]);
        assert!(tags_of(&f.store, other, "a").await.unwrap().is_empty());
        let listed = async |search, after| {
            let found = tagged(&f.store, (app, "new"), search, after, 10).await.unwrap();
            found.into_iter().map(|(member, _)| member).collect::<Vec<_>>()
        };
        assert_eq!(listed("", None).await, ["c", "d"]);
        assert_eq!(listed("d", None).await, ["d"]);
        assert_eq!(listed("", Some("c")).await, ["d"]);
        let mut sizes = tag_sizes(&f.store, app).await.unwrap();
        sizes.sort();
        assert_eq!(sizes, [("new".into(), 2), ("other".into(), 1), ("vip".into(), 2)]);
        let gone = strings(&["c", "nobody"]);
        assert_eq!(untag(&f.store, (app, "new"), &gone).await.unwrap(), 1);
        clear_tag(&f.store, app, "vip").await.unwrap();
        assert_eq!(tags_of(&f.store, app, "a").await.unwrap(), ["other"]);
        assert_eq!(listed("", None).await, ["d"]);
    })
    .await;
}

#[tokio::test]
async fn a_job_is_taken_until_it_ends() {
    on_every_engine(|f| async move {
        let app = f.app("one").await;
        let (first, second) = (MessageId(7), MessageId(8));
        add_job(&f.store, app, first, NOW).await.unwrap();
        add_job(&f.store, app, first, NOW + 5).await.unwrap();
        add_job(&f.store, app, second, NOW + 10).await.unwrap();
        let take = async |now: i64| take_jobs(&f.store, now, now + 100, 10).await.unwrap();
        let none: [(AppId, MessageId, u32); 0] = [];
        assert_eq!(take(NOW).await, [(app, first, 0)]);
        assert_eq!(take(NOW + 9).await, none);
        assert_eq!(take(NOW + 10).await, [(app, second, 0)]);
        // Whoever took it is gone.
        assert_eq!(take(NOW + 100).await, [(app, first, 1)]);
        put_off(&f.store, app, second, NOW + 500).await.unwrap();
        end_job(&f.store, app, first).await.unwrap();
        assert_eq!(take(NOW + 499).await, none);
        assert_eq!(take(NOW + 500).await, [(app, second, 1)]);
        release_jobs(&f.store, NOW + 501).await.unwrap();
        assert_eq!(take(NOW + 501).await, [(app, second, 2)]);
    })
    .await;
}
