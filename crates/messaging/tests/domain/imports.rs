//! Messages of the past.

use hongyan_messaging::messages::content::Content;
use hongyan_messaging::messages::{ImportTarget, ImportedMessage, import};

use crate::fixture::{Fixture, NOW, single};
use crate::uplink::{text, to};

fn past(from: &str, to: &str) -> ImportedMessage {
    ImportedMessage {
        from: from.to_owned(),
        to: to.to_owned(),
        target: ImportTarget::User,
        content: Content::Text { text: "past".to_owned() },
        ext: None,
        time: Some(NOW - 1000),
        is_read: false,
        fetch: false,
        files: String::new(),
        size: 10,
    }
}

#[tokio::test]
async fn devices_are_neither_told_of_imported_messages_nor_served_them() {
    let f = Fixture::with_users(&["alice", "bob"]).await;
    let mut bob = f.connect("bob", "webim_1").await;
    import(&f.m, &f.server(), past("alice", "bob")).await.unwrap();
    f.settle().await;
    assert_eq!((bob.heard(), bob.unread().await), (vec![], vec![]));
    // Nor when something else is, or at the next login.
    f.send(&f.on("alice", "webim_1"), text(to("bob"), "now")).await;
    f.settle().await;
    assert_eq!(bob.receive(&single("alice", "bob")).await, ["now"]);
    let mut again = f.connect("bob", "webim_1").await;
    import(&f.m, &f.server(), past("alice", "bob")).await.unwrap();
    assert_eq!(again.unread().await, [""; 0]);
}
