use std::future::poll_fn;

use hongyan_cluster::{Kick, Registration};
use hongyan_messaging::users::{
    NewUser, delete, delete_page, get, page, register, register_batch, set_nickname, set_password,
};
use hongyan_model::{AppSettings, DeviceId, DeviceLimit, Refusal, UserId};

use crate::fixture::{Fixture, NOW, new_user, refusal};

#[tokio::test]
async fn the_customers_server_registers_users() {
    let f = Fixture::new().await;
    let new = NewUser { nickname: Some("小爱".to_owned()), ..new_user("Alice.1_x-y") };
    let user = register(&f.m, Some(&f.server()), &f.app, new).await.unwrap();
    assert_eq!(user.id.as_str(), "alice.1_x-y");
    assert_eq!((user.nickname.as_deref(), user.activated), (Some("小爱"), true));
    assert_eq!((user.created, user.modified), (NOW, NOW));
    assert_eq!(get(&f.m, &f.server(), "ALICE.1_x-y").await.unwrap(), user);

    let again = register(&f.m, Some(&f.server()), &f.app, new_user("ALICE.1_X-Y")).await;
    assert_eq!(refusal(again), Refusal::UserExists { user: "alice.1_x-y".to_owned() });
}

#[tokio::test]
async fn registration_is_open_only_where_the_app_says_so() {
    let f = Fixture::new().await;
    assert_eq!(
        refusal(register(&f.m, None, &f.app, new_user("eve")).await),
        Refusal::RegistrationClosed
    );
    assert_eq!(
        refusal(register_batch(&f.m, None, &f.app, vec![]).await),
        Refusal::RegistrationClosed
    );
    let by_user = register(&f.m, Some(&f.user("bob")), &f.app, new_user("eve")).await;
    assert_eq!(refusal(by_user), Refusal::NotPermitted);

    let open =
        Fixture::with(AppSettings { open_registration: true, ..AppSettings::default() }).await;
    register(&open.m, None, &open.app, new_user("eve")).await.unwrap();
}

#[tokio::test]
async fn what_a_user_may_not_be_called() {
    let f = Fixture::new().await;
    let register = async |username: &str, password: &str, nickname: Option<&str>| {
        let (username, password) = (username.to_owned(), password.to_owned());
        let new = NewUser { username, password, nickname: nickname.map(str::to_owned) };
        register(&f.m, Some(&f.server()), &f.app, new).await
    };
    assert_eq!(refusal(register("", "p", None).await), Refusal::Missing { name: "username" });
    assert_eq!(refusal(register("bob", "", None).await), Refusal::Missing { name: "password" });
    assert_eq!(
        refusal(register("ü", "p", None).await),
        Refusal::InvalidUserId { given: "ü".to_owned() }
    );
    assert_eq!(refusal(register(&"x".repeat(65), "p", None).await), Refusal::UserIdTooLong);
    assert_eq!(refusal(register("bob", &"p".repeat(65), None).await), Refusal::PasswordTooLong);
    assert_eq!(
        refusal(register("bob", "p", Some(&"n".repeat(101))).await),
        Refusal::NicknameTooLong
    );
    assert!(matches!(refusal(register("bob", "p", Some("a\0b")).await), Refusal::Invalid { .. }));
    register(&"x".repeat(64), &"密".repeat(64), Some(&"名".repeat(100))).await.unwrap();
}

#[tokio::test]
async fn a_batch_registers_what_it_can_and_names_the_rest() {
    let f = Fixture::new().await;
    let server = f.server();
    let batch = async |names: &[&str]| {
        let new = names.iter().map(|name| new_user(name)).collect();
        register_batch(&f.m, Some(&server), &f.app, new).await
    };
    f.register("bob").await;
    let outcome = batch(&["alice", "bob", "carol", "carol"]).await.unwrap();
    let registered: Vec<_> = outcome.registered.iter().map(|user| user.id.as_str()).collect();
    assert_eq!(registered, ["alice", "carol"]);
    assert_eq!(
        outcome.failed,
        [("bob".to_owned(), Refusal::UserExists { user: "bob".to_owned() })]
    );

    assert!(matches!(refusal(batch(&["dave", "d e"]).await), Refusal::InvalidUserId { .. }));
    // "Dave" and "dave" are one user, with two passwords.
    assert!(matches!(refusal(batch(&["Dave", "dave"]).await), Refusal::Invalid { .. }));
    assert!(matches!(refusal(get(&f.m, &server, "dave").await), Refusal::UserNotFound { .. }));
    assert!(matches!(refusal(batch(&[]).await), Refusal::Missing { .. }));
    assert_eq!(refusal(batch(&["x"; 61]).await), Refusal::TooMany { name: "users", limit: 60 });
}

#[tokio::test]
async fn a_user_reads_and_changes_only_itself() {
    let f = Fixture::new().await;
    f.register("alice").await;
    f.register("bob").await;
    let (server, alice) = (f.server(), f.user("alice"));

    assert_eq!(get(&f.m, &alice, "Alice").await.unwrap().id.as_str(), "alice");
    assert_eq!(refusal(get(&f.m, &alice, "bob").await), Refusal::NotPermitted);
    assert_eq!(
        set_nickname(&f.m, &alice, "alice", "Al").await.unwrap().nickname.as_deref(),
        Some("Al")
    );
    assert_eq!(refusal(set_nickname(&f.m, &alice, "bob", "B").await), Refusal::NotPermitted);
    assert_eq!(refusal(set_password(&f.m, &alice, "alice", "new").await), Refusal::NotPermitted);
    assert_eq!(refusal(page(&f.m, &alice, 10, None).await), Refusal::NotPermitted);
    assert_eq!(refusal(delete(&f.m, &alice, "alice").await), Refusal::NotPermitted);
    assert_eq!(refusal(delete_page(&f.m, &alice, 10, None).await), Refusal::NotPermitted);

    for unknown in ["carol", "c a", ""] {
        let not_found = Refusal::UserNotFound { user: unknown.to_owned() };
        assert_eq!(refusal(get(&f.m, &server, unknown).await), not_found);
        assert_eq!(refusal(delete(&f.m, &server, unknown).await), not_found);
        assert_eq!(refusal(set_password(&f.m, &server, unknown, "new").await), not_found);
        assert_eq!(refusal(set_nickname(&f.m, &server, unknown, "C").await), not_found);
    }
    assert_eq!(
        refusal(set_password(&f.m, &server, "bob", "").await),
        Refusal::Missing { name: "newpassword" }
    );
    assert_eq!(
        refusal(set_password(&f.m, &server, "bob", &"p".repeat(65)).await),
        Refusal::PasswordTooLong
    );
    assert_eq!(
        refusal(set_nickname(&f.m, &server, "bob", &"n".repeat(101)).await),
        Refusal::NicknameTooLong
    );
}

#[tokio::test]
async fn pages_go_from_the_oldest_to_the_newest() {
    let f = Fixture::new().await;
    for name in ["c", "b", "a"] {
        f.register(name).await;
        f.clock.advance(1);
    }
    let server = f.server();
    let names = |page: &hongyan_messaging::Page<hongyan_model::User>| -> Vec<String> {
        page.items.iter().map(|user| user.id.to_string()).collect()
    };
    let first = page(&f.m, &server, 2, None).await.unwrap();
    assert_eq!(names(&first), ["c", "b"]);
    let last = page(&f.m, &server, 2, first.cursor.as_deref()).await.unwrap();
    assert_eq!((names(&last), last.cursor), (vec!["a".to_owned()], None));
    // Clamped.
    assert_eq!(page(&f.m, &server, 0, None).await.unwrap().items.len(), 1);
    assert_eq!(page(&f.m, &server, 9999, None).await.unwrap().items.len(), 3);
    for bad in ["", "?", "YQ", "MTIgYSBi"] {
        assert!(
            matches!(refusal(page(&f.m, &server, 2, Some(bad)).await), Refusal::Invalid { .. }),
            "{bad}"
        );
    }

    let deleted = delete_page(&f.m, &server, 2, None).await.unwrap();
    assert_eq!(names(&deleted), ["c", "b"]);
    assert_eq!(names(&page(&f.m, &server, 10, None).await.unwrap()), ["a"]);
    let rest = delete_page(&f.m, &server, 2, deleted.cursor.as_deref()).await.unwrap();
    assert_eq!(names(&rest), ["a"]);
    assert_eq!(names(&page(&f.m, &server, 10, None).await.unwrap()), Vec::<String>::new());
}

#[tokio::test]
async fn sessions_end_with_their_user_and_with_its_password() {
    let f = Fixture::new().await;
    let connect = async |user: &str, device: &str| {
        let user = f.register(user).await.id;
        let device = DeviceId::parse(device).unwrap();
        f.router().register(f.app.id, &user, &device, DeviceLimit::PerPlatform(4), "")
    };
    let kick =
        async |session: &Registration| poll_fn(|cx| session.mailbox().poll_take(cx)).await.kick;
    let (alice, bob) = (connect("alice", "webim_1").await, connect("bob", "webim_2").await);

    set_password(&f.m, &f.server(), "Alice", "new").await.unwrap();
    assert_eq!(kick(&alice).await, Some(Kick::PasswordChanged));
    delete(&f.m, &f.server(), "Bob").await.unwrap();
    assert_eq!(kick(&bob).await, Some(Kick::UserRemoved));
}

#[tokio::test]
async fn a_deleted_user_is_gone_at_once() {
    let f = Fixture::new().await;
    f.register("alice").await;
    let deleted = delete(&f.m, &f.server(), "alice").await.unwrap();
    assert_eq!(deleted.id, UserId::from_trusted("alice"));
    assert!(matches!(refusal(get(&f.m, &f.server(), "alice").await), Refusal::UserNotFound { .. }));
    let successor = f.register("alice").await;
    assert_ne!(successor.uuid, deleted.uuid);
}
