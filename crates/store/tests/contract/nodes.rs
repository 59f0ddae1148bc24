//! Several nodes that write one log, on PostgreSQL.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hongyan_model::{
    AppId, Audience, Clock as _, ConversationKey, DeviceId, EntryFlags, EntryKind, IdGenerator,
    ManualClock, MessageId, NewEntry, UserId,
};
use hongyan_store::{Appended, Database, MessageLog, Store, StoreOptions, leases};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{Fixture, on_every_engine};

const APP: AppId = AppId(1);

fn entry(conversation: &str, client_id: Option<u64>) -> NewEntry {
    NewEntry {
        app: APP,
        conversation: ConversationKey::from_trusted(conversation),
        kind: EntryKind::Text,
        flags: EntryFlags::default(),
        sender: UserId::from_trusted("alice"),
        device: Some(DeviceId::from_trusted("web_1")),
        client_id,
        audience: Audience::All,
        meta: Bytes::from_static(b"hi"),
        recalls: None,
        edits: None,
        reads: None,
        unroamed: Vec::new(),
    }
}

async fn append(log: &MessageLog, entry: NewEntry) -> Appended {
    log.append(entry).await.unwrap().await.unwrap()
}

/// A second node on the database of `f`, with a clock of its own.
async fn another(f: &Fixture, node: u8, clock: &ManualClock) -> Store {
    let ids = Arc::new(IdGenerator::new(node));
    let options = StoreOptions { clock: Arc::new(clock.clone()), ids, ..f.options.clone() };
    Store::open(options).await.unwrap()
}

async fn execute(f: &Fixture, sql: &str) -> u64 {
    let Database::Postgres { url } = &f.options.database else { return 0 };
    let mut connection = PgConnection::connect(url).await.unwrap();
    let done = sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    done.rows_affected()
}

async fn on_postgres<F: Future<Output = ()>>(test: impl Fn(Fixture) -> F) {
    on_every_engine(|f| {
        let is_sqlite = matches!(f.options.database, Database::Sqlite { .. });
        let run = (!is_sqlite).then(|| test(f));
        async move {
            if let Some(run) = run {
                run.await;
            }
        }
    })
    .await;
}

/// What a follower of the app has seen once `until` is among it.
async fn follow(log: MessageLog, until: usize) -> Vec<MessageId> {
    let mut seen: Vec<MessageId> = Vec::new();
    while seen.len() < until {
        let after = seen.last().copied().unwrap_or(MessageId(0));
        let entries = log.of_app(APP, after, 50).await.unwrap();
        if entries.is_empty() {
            tokio::task::yield_now().await;
        }
        seen.extend(entries.iter().map(|entry| entry.id));
    }
    seen
}

#[tokio::test]
async fn two_nodes_write_one_conversation_without_a_gap_and_with_rising_ids() {
    on_postgres(|f| async move {
        // Its clock is an hour behind.
        let slow = ManualClock::at(f.clock.now() - 3_600_000);
        let other = another(&f, 1, &slow).await;
        let write = async |log: &MessageLog| {
            for n in 0..100 {
                append(log, entry(if n % 3 == 0 { "g:2" } else { "g:1" }, None)).await;
            }
        };
        tokio::join!(write(f.store.log()), write(other.log()), write(other.log()));
        for (conversation, expected) in [("g:1", 198_u64), ("g:2", 102)] {
            let key = ConversationKey::from_trusted(conversation);
            let entries = other.log().after(APP, &key, 0, 1000).await.unwrap();
            let seqs: Vec<u64> = entries.iter().map(|entry| entry.seq).collect();
            assert_eq!(seqs, (1..=expected).collect::<Vec<_>>());
            assert!(entries.is_sorted_by(|a, b| a.id < b.id), "ids rise with positions");
            let newest = entries.last().unwrap();
            assert_eq!(f.store.log().position(APP, &key, newest.id).await.unwrap(), newest.seq);
        }
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_resend_by_way_of_another_node_is_answered_with_the_first_result() {
    on_postgres(|f| async move {
        let ahead = ManualClock::at(f.clock.now() + 1000);
        let other = another(&f, 1, &ahead).await;
        append(other.log(), entry("g:1", None)).await;
        // Its id has to be another one than was thought of first: the head is ahead of this node's clock.
        let first = append(f.store.log(), entry("g:1", Some(7))).await;
        let again = append(other.log(), entry("g:1", Some(7))).await;
        assert_eq!((again.id, again.seq, again.resent), (first.id, 2, true));
        let here = append(f.store.log(), entry("g:1", Some(7))).await;
        assert_eq!((here.id, here.resent), (first.id, true));
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn whoever_follows_an_app_misses_nothing_that_nodes_commit_late() {
    on_postgres(|f| async move {
        let other = another(&f, 1, &f.clock).await;
        let third = another(&f, 2, &ManualClock::at(f.clock.now() - 5000)).await;
        let follower = tokio::spawn(follow(other.log().clone(), 600));
        let write = async |log: &MessageLog, conversation: &str| {
            let mut pending = Vec::new();
            for n in 0..200 {
                f.clock.advance(1);
                pending.push(log.append(entry(conversation, None)).await.unwrap());
                if n % 7 == 0 {
                    tokio::task::yield_now().await;
                }
            }
            let mut ids = HashSet::new();
            for one in pending {
                ids.insert(one.await.unwrap().id);
            }
            ids
        };
        let (a, b, c) = tokio::join!(
            write(f.store.log(), "g:1"),
            write(other.log(), "g:2"),
            write(third.log(), "g:3")
        );
        let seen = follower.await.unwrap();
        assert!(seen.is_sorted_by(|a, b| a < b));
        let written: HashSet<MessageId> = a.into_iter().chain(b).chain(c).collect();
        assert_eq!(seen.into_iter().collect::<HashSet<_>>(), written);
        other.close().await;
        third.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_node_that_says_nothing_holds_up_followers_for_a_moment_only() {
    on_postgres(|f| async move {
        append(f.store.log(), entry("g:1", None)).await;
        let frozen = "INSERT INTO log_nodes VALUES (9, 1, 1, clock_timestamp())";
        execute(&f, frozen).await;
        append(f.store.log(), entry("g:1", None)).await;
        let held_up = f.store.log().of_app(APP, MessageId(0), 10).await.unwrap();
        assert!(held_up.is_empty(), "it might still commit something");
        let seen = tokio::time::timeout(Duration::from_secs(30), follow(f.store.log().clone(), 2));
        assert_eq!(seen.await.unwrap().len(), 2);
        // What it had under way finds that it was taken out.
        let moved = "UPDATE log_nodes SET mark = 5 WHERE node = 9 AND incarnation = 1";
        assert_eq!(execute(&f, moved).await, 0);
    })
    .await;
}

#[tokio::test]
async fn a_node_that_was_taken_out_writes_on_behind_what_others_have_followed() {
    on_postgres(|f| async move {
        let other = another(&f, 1, &ManualClock::at(f.clock.now() + 60_000)).await;
        let first = append(other.log(), entry("g:1", None)).await;
        execute(&f, "UPDATE log_nodes SET incarnation = 0 WHERE node = 0").await;
        let seen = follow(other.log().clone(), 1).await;
        let second = append(f.store.log(), entry("g:2", Some(1))).await;
        assert!(seen == [first.id] && second.id > first.id);
        let again = append(other.log(), entry("g:2", Some(1))).await;
        assert_eq!((again.id, again.resent), (second.id, true));
        assert_eq!(follow(other.log().clone(), 2).await, [first.id, second.id]);
        other.close().await;
    })
    .await;
}

#[tokio::test]
async fn a_lease_has_one_holder_until_it_ends_or_is_given_up() {
    on_postgres(|f| async move {
        let hold = async |holder, ms| leases::hold(&f.store, "work", holder, ms).await.unwrap();
        assert!(hold(1, 60_000).await && hold(1, 60_000).await);
        assert!(!hold(2, 60_000).await);
        assert!(leases::hold(&f.store, "other work", 2, 60_000).await.unwrap());
        leases::release(&f.store, 1).await.unwrap();
        assert!(hold(2, 1).await);
        let taken_over = async { while !hold(1, 60_000).await {} };
        tokio::time::timeout(Duration::from_secs(10), taken_over).await.unwrap();
    })
    .await;
}
