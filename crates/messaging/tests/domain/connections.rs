//! Who came and went.

use std::net::IpAddr;

use hongyan_messaging::connections::{self, Connection, ConnectionEvent, Operation};
use hongyan_model::{Caller, Refusal};

use crate::fixture::{Fixture, NOW, refusal};

const DAY_MS: i64 = 24 * 3_600_000;

async fn history(f: &Fixture, user: &str) -> Vec<ConnectionEvent> {
    connections::flush(&f.m).await.unwrap();
    let now = (0, i64::MAX);
    connections::page(&f.m, &f.server(), user, now, None, 100).await.unwrap().items
}

fn lines(history: &[ConnectionEvent]) -> Vec<(i64, Operation, bool)> {
    history.iter().map(|event| (event.time - NOW, event.operation, event.online)).collect()
}

#[tokio::test]
async fn a_connection_leaves_two_lines() {
    let f = Fixture::with_users(&["alice"]).await;
    let address: IpAddr = "203.0.113.9".parse().unwrap();
    let caller = Caller { client: Some(address), ..f.user("alice") };
    let session = f.connect_as(&caller).await;
    let mut connection = Connection::begin(&f.m, &caller, "4.21.1\0").unwrap();
    f.clock.advance(5);
    connection.ends_with(Operation::Logout);
    drop(session);
    drop(connection);
    let found = history(&f, "Alice").await;
    assert_eq!(lines(&found), [(5, Operation::Logout, false), (0, Operation::Login, true)]);
    for event in &found {
        assert_eq!((event.version.as_str(), event.address), ("4.21.1", Some(address)));
        assert_eq!(event.device, caller.device.clone().unwrap());
    }
    assert_eq!(history(&f, "bob").await, []);
}

#[tokio::test]
async fn a_device_that_came_again_is_online_when_its_old_connection_ends() {
    let f = Fixture::with_users(&["alice"]).await;
    let caller = f.user("alice");
    let old = (f.connect_as(&caller).await, Connection::begin(&f.m, &caller, "").unwrap());
    f.clock.advance(1);
    let new = (f.connect_as(&caller).await, Connection::begin(&f.m, &caller, "").unwrap());
    f.clock.advance(1);
    drop(old);
    let (closed, login) = (Operation::Closed, Operation::Login);
    assert_eq!(
        lines(&history(&f, "alice").await),
        [(2, closed, true), (1, login, true), (0, login, true)]
    );
    drop(new);
    assert_eq!(lines(&history(&f, "alice").await)[0], (2, closed, false));
}

#[tokio::test]
async fn the_history_is_paged_and_ends_after_three_days() {
    let f = Fixture::with_users(&["alice"]).await;
    for _ in 0..4 {
        drop(Connection::begin(&f.m, &f.user("alice"), "").unwrap());
        f.clock.advance(DAY_MS);
    }
    assert_eq!(history(&f, "alice").await.len(), 6, "the first day is over");
    let page = async |from, to, cursor: Option<String>| {
        let range = (NOW + from, NOW + to);
        let cursor = cursor.as_deref();
        let page = connections::page(&f.m, &f.server(), "alice", range, cursor, 2).await.unwrap();
        (page.items.iter().map(|event| event.time - NOW).collect::<Vec<_>>(), page.cursor)
    };
    let (first, cursor) = page(0, 9 * DAY_MS, None).await;
    assert_eq!(first, [3 * DAY_MS; 2]);
    let (second, cursor) = page(0, 9 * DAY_MS, cursor).await;
    assert_eq!(second, [2 * DAY_MS; 2]);
    let (third, cursor) = page(0, 9 * DAY_MS, cursor).await;
    assert_eq!((third, cursor), (vec![DAY_MS; 2], None));
    assert_eq!(page(2 * DAY_MS, 2 * DAY_MS, None).await.0, [2 * DAY_MS; 2]);
    assert_eq!(page(2 * DAY_MS + 1, 3 * DAY_MS - 1, None).await.0, [0; 0]);

    // What is too old is removed too, now and then.
    f.clock.advance(DAY_MS);
    connections::flush(&f.m).await.unwrap();
    let all = (hongyan_model::MessageId(0), hongyan_model::MessageId(u64::MAX >> 1));
    let alice = hongyan_model::UserId::from_trusted("alice");
    let kept = hongyan_store::connections::page(&f.store, f.app.id, &alice, all, 100).await;
    assert_eq!(kept.unwrap().len(), 4);
}

#[tokio::test]
async fn the_history_is_for_the_app() {
    let f = Fixture::with_users(&["alice"]).await;
    let page = |caller: Caller, range| async move {
        refusal(connections::page(&f.m, &caller, "alice", range, None, 9).await)
    };
    let alice = Fixture::with_users(&["alice"]).await.user("alice");
    assert_eq!(page(alice, (0, 1)).await, Refusal::NotPermitted);
}
