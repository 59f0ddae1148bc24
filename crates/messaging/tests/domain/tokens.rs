use hongyan_messaging::tokens::{authenticate, issue_app, issue_by_password, issue_inherited};
use hongyan_messaging::users;
use hongyan_model::{Actor, AppSettings, Refusal, UserId, limits};
use hongyan_platform::apps::{self, NewApp};

use crate::fixture::{Fixture, NOW, refusal};

#[tokio::test]
async fn an_app_token_needs_the_apps_credentials() {
    let f = Fixture::new().await;
    let (id, secret) = (f.credentials.client_id.as_str(), f.credentials.client_secret.as_str());
    let issue = async |id, secret| issue_app(&f.m, &f.app, id, secret, None).await;

    let token = issue(id, secret).await.unwrap();
    assert_eq!(token.expires_in, limits::TOKEN_TTL_SECONDS);
    let identity = authenticate(&f.m, &token.access_token).await.unwrap();
    assert_eq!((&identity.app, &identity.actor), (&f.app, &Actor::App));

    assert_eq!(refusal(issue("", secret).await), Refusal::Missing { name: "client_id" });
    assert_eq!(refusal(issue(id, "").await), Refusal::Missing { name: "client_secret" });
    assert_eq!(refusal(issue("YXA6x", secret).await), Refusal::ClientIdMismatch);
    assert_eq!(refusal(issue(id, "YXA6x").await), Refusal::ClientSecretMismatch);
}

#[tokio::test]
async fn a_user_token_needs_the_password() {
    let f = Fixture::new().await;
    f.register("alice").await;
    let issue = async |user, password| issue_by_password(&f.m, &f.app, user, password, None).await;

    let (token, user) = issue("ALICE", "alicealice").await.unwrap();
    assert_eq!(user.id.as_str(), "alice");
    let identity = authenticate(&f.m, &token.access_token).await.unwrap();
    assert_eq!(identity.actor, Actor::User(UserId::from_trusted("alice")));
    let prefixed = format!("$t${}", token.access_token);
    assert_eq!(authenticate(&f.m, &prefixed).await.unwrap().actor, identity.actor);

    assert_eq!(refusal(issue("alice", "wrong").await), Refusal::WrongPassword);
    assert_eq!(
        refusal(issue("bob", "bobbob").await),
        Refusal::UserNotFound { user: "bob".to_owned() }
    );
    assert_eq!(
        refusal(issue("a b", "x").await),
        Refusal::InvalidUserId { given: "a b".to_owned() }
    );
    assert_eq!(refusal(issue("", "x").await), Refusal::Missing { name: "username" });
    assert_eq!(refusal(issue("alice", "").await), Refusal::Missing { name: "password" });
}

#[tokio::test]
async fn the_customers_server_gets_tokens_for_its_users() {
    let f = Fixture::new().await;
    let missing = issue_inherited(&f.m, &f.server(), "Carol", false, None).await;
    assert_eq!(refusal(missing), Refusal::UserNotFound { user: "Carol".to_owned() });

    let (token, user) = issue_inherited(&f.m, &f.server(), "Carol", true, None).await.unwrap();
    assert_eq!(user.id.as_str(), "carol");
    authenticate(&f.m, &token.access_token).await.unwrap();
    let (_, again) = issue_inherited(&f.m, &f.server(), "carol", true, None).await.unwrap();
    assert_eq!(again.uuid, user.uuid);

    // Made without a password: none opens it.
    let login = issue_by_password(&f.m, &f.app, "carol", "carol", None).await;
    assert_eq!(refusal(login), Refusal::WrongPassword);
    let with_user_token = issue_inherited(&f.m, &f.user("carol"), "carol", true, None).await;
    assert_eq!(refusal(with_user_token), Refusal::TokenCorrupt);
}

#[tokio::test]
async fn many_at_once_make_one_user() {
    let f = Fixture::new().await;
    let server = f.server();
    let calls = (0..16).map(|_| issue_inherited(&f.m, &server, "dora", true, None));
    for (token, _) in futures_util::future::try_join_all(calls).await.unwrap() {
        authenticate(&f.m, &token.access_token).await.unwrap();
    }
}

#[tokio::test]
async fn a_token_ends_at_its_time() {
    let f = Fixture::with(AppSettings { token_ttl_seconds: 100, ..AppSettings::default() }).await;
    f.register("alice").await;
    let issue =
        async |ttl| issue_by_password(&f.m, &f.app, "alice", "alicealice", ttl).await.unwrap().0;
    let (by_default, short, endless, huge) = (
        issue(None).await,
        issue(Some(10)).await,
        issue(Some(0)).await,
        issue(Some(u64::MAX)).await,
    );
    assert_eq!([&by_default, &short, &endless].map(|token| token.expires_in), [100, 10, 0]);

    let expiry = async |token: &str| authenticate(&f.m, token).await.unwrap().expires_at;
    assert_eq!(expiry(&short.access_token).await, Some(NOW + 10_000));
    assert_eq!(expiry(&endless.access_token).await, None);

    f.clock.advance(9_999);
    authenticate(&f.m, &short.access_token).await.unwrap();
    f.clock.advance(1);
    assert_eq!(refusal(authenticate(&f.m, &short.access_token).await), Refusal::TokenExpired);
    f.clock.advance(90_000);
    assert_eq!(refusal(authenticate(&f.m, &by_default.access_token).await), Refusal::TokenExpired);
    f.clock.advance(400 * 24 * 3_600_000);
    authenticate(&f.m, &endless.access_token).await.unwrap();
    authenticate(&f.m, &huge.access_token).await.unwrap();
}

#[tokio::test]
async fn what_is_no_token_of_ours_is_refused() {
    let f = Fixture::new().await;
    f.register("alice").await;
    let (token, _) = issue_by_password(&f.m, &f.app, "alice", "alicealice", None).await.unwrap();
    let mut changed = token.access_token.clone();
    changed.replace_range(20..21, if &changed[20..21] == "A" { "B" } else { "A" });

    assert_eq!(refusal(authenticate(&f.m, "").await), Refusal::TokenExpired);
    assert_eq!(refusal(authenticate(&f.m, "$t$").await), Refusal::TokenExpired);
    assert_eq!(refusal(authenticate(&f.m, "nonsense").await), Refusal::TokenCorrupt);
    assert_eq!(refusal(authenticate(&f.m, &token.access_token[..20]).await), Refusal::TokenCorrupt);
    assert_eq!(refusal(authenticate(&f.m, &changed).await), Refusal::TokenInvalid);

    let elsewhere = Fixture::new().await;
    elsewhere.register("alice").await;
    assert_eq!(
        refusal(authenticate(&elsewhere.m, &token.access_token).await),
        Refusal::TokenInvalid
    );
}

#[tokio::test]
async fn a_token_names_its_own_app() {
    let f = Fixture::new().await;
    let new = NewApp::named("org", "other");
    let (other, credentials) = apps::create(&f.platform, new).await.unwrap();
    let token = issue_app(&f.m, &other, &credentials.client_id, &credentials.client_secret, None)
        .await
        .unwrap();
    assert_eq!(authenticate(&f.m, &token.access_token).await.unwrap().app, other);
    let crossed =
        issue_app(&f.m, &f.app, &credentials.client_id, &credentials.client_secret, None).await;
    assert_eq!(refusal(crossed), Refusal::ClientIdMismatch);
}

#[tokio::test]
async fn a_new_password_ends_the_tokens_of_the_old_one() {
    let f = Fixture::new().await;
    f.register("alice").await;
    f.register("bob").await;
    let issue = async |user, password| issue_by_password(&f.m, &f.app, user, password, None).await;
    let (old, _) = issue("alice", "alicealice").await.unwrap();
    let (bobs, _) = issue("bob", "bobbob").await.unwrap();
    authenticate(&f.m, &old.access_token).await.unwrap();

    users::set_password(&f.m, &f.server(), "Alice", "new").await.unwrap();
    assert_eq!(refusal(authenticate(&f.m, &old.access_token).await), Refusal::TokenInvalid);
    assert_eq!(refusal(issue("alice", "alicealice").await), Refusal::WrongPassword);
    let (new, _) = issue("alice", "new").await.unwrap();
    authenticate(&f.m, &new.access_token).await.unwrap();
    authenticate(&f.m, &bobs.access_token).await.unwrap();
}

#[tokio::test]
async fn the_token_of_a_deleted_user_does_not_serve_its_successor() {
    let f = Fixture::new().await;
    f.register("alice").await;
    let (old, _) = issue_by_password(&f.m, &f.app, "alice", "alicealice", None).await.unwrap();
    authenticate(&f.m, &old.access_token).await.unwrap();
    users::delete(&f.m, &f.server(), "alice").await.unwrap();
    assert_eq!(refusal(authenticate(&f.m, &old.access_token).await), Refusal::TokenUserGone);
    // In the same millisecond.
    f.register("alice").await;
    assert_eq!(refusal(authenticate(&f.m, &old.access_token).await), Refusal::TokenInvalid);
}
