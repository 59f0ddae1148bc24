//! The history of connections.

use hongyan_model::{AppId, DeviceId, MessageId, UserId};
use hongyan_store::connections::{self, ConnectionEvent, Operation};

use crate::{Fixture, NOW, on_every_engine};

fn event(id: u64, app: i64, user: &str, operation: Operation) -> ConnectionEvent {
    ConnectionEvent {
        id: MessageId(id),
        app: AppId(app),
        user: UserId::from_trusted(user),
        time: NOW + i64::try_from(id).unwrap(),
        version: "4.21.1".to_owned(),
        device: DeviceId::from_trusted("webim_web_1"),
        address: Some("2001:db8::1".parse().unwrap()),
        operation,
        online: operation == Operation::Login,
    }
}

#[tokio::test]
async fn a_users_history_is_read_from_its_newest_line_on() {
    on_every_engine(async |Fixture { store, .. }| {
        let mut events = vec![
            event(1, 1, "alice", Operation::Login),
            event(2, 1, "bob", Operation::Login),
            event(3, 2, "alice", Operation::Login),
            event(4, 1, "alice", Operation::Kick),
            event(5, 1, "alice", Operation::Logout),
            ConnectionEvent { address: None, ..event(6, 1, "alice", Operation::Closed) },
        ];
        // More than fit one statement.
        events.extend((100..220).map(|id| event(id, 1, "carol", Operation::Closed)));
        connections::insert(&store, &events).await.unwrap();
        // A second try after an answer that got lost.
        connections::insert(&store, &events[..3]).await.unwrap();

        let alice = UserId::from_trusted("alice");
        let page = async |after, before, limit| {
            let range = (MessageId(after), MessageId(before));
            connections::page(&store, AppId(1), &alice, range, limit).await.unwrap()
        };
        let own = [&events[5], &events[4], &events[3], &events[0]];
        assert_eq!(page(0, u64::MAX, 9).await.iter().collect::<Vec<_>>(), own);
        assert_eq!(page(0, 5, 1).await.iter().collect::<Vec<_>>(), own[2..3]);
        assert_eq!(page(1, 5, 9).await.iter().collect::<Vec<_>>(), own[2..3]);

        assert_eq!(connections::forget(&store, MessageId(5), 3).await.unwrap(), 3);
        assert_eq!(connections::forget(&store, MessageId(5), 3).await.unwrap(), 2);
        assert_eq!(page(0, u64::MAX, 9).await.iter().collect::<Vec<_>>(), own[..1]);
    })
    .await;
}

#[tokio::test]
async fn the_newest_line_of_each_device_is_found() {
    on_every_engine(async |Fixture { store, .. }| {
        let on = |device: &str, event| ConnectionEvent {
            device: DeviceId::from_trusted(device),
            ..event
        };
        let events = [
            event(1, 1, "alice", Operation::Login),
            on("ios_1", event(2, 1, "alice", Operation::Login)),
            event(3, 1, "alice", Operation::Closed),
            event(4, 1, "bob", Operation::Login),
            event(5, 1, "carol", Operation::Login),
            event(6, 2, "alice", Operation::Login),
            ConnectionEvent { online: true, ..event(7, 1, "bob", Operation::Closed) },
        ];
        connections::insert(&store, &events).await.unwrap();
        let users = ["alice", "bob", "nobody"].map(UserId::from_trusted);
        let newest = async |users: &[UserId], after| {
            let found = connections::newest(&store, AppId(1), users, MessageId(after)).await;
            let mut found = found.unwrap();
            found.sort_by_key(|event| event.id);
            found
        };
        assert_eq!(newest(&users, 0).await, events[1..4]);
        assert_eq!(newest(&users, 2).await, events[2..4]);
        assert_eq!(newest(&[], 0).await, []);
    })
    .await;
}
