use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::AppSettings;
use hongyan_platform::apps::{self, SecretReset};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{PASSWORD, START, Server};

const ILLEGAL: &str = "illegal_argument";
const GRANT: &str = "invalid_grant";

fn by_password(username: &str, password: &str) -> Value {
    json!({"grant_type": "password", "username": username, "password": password})
}

#[tokio::test]
async fn app_tokens_are_issued_bare() {
    let server = Server::start().await;
    let body = json!({
        "grant_type": "client_credentials",
        "client_id": server.credentials.client_id,
        "client_secret": server.credentials.client_secret,
        "ttl": "3600",
    });
    let reply = server.post("/token", "", body).await.ok();
    assert_eq!(
        (&reply["expires_in"], &reply["application"]),
        (&json!(3600), &json!(server.app.uuid))
    );
    assert!(reply.get("entities").is_none());
    server.get("/users", reply["access_token"].as_str().unwrap()).await.ok();
    server.clock.advance(3_600_001);
    let reply = server.get("/users", reply["access_token"].as_str().unwrap()).await;
    reply.refused(401, "unauthorized", "Unable to authenticate due to expired access token");
}

#[tokio::test]
async fn wrong_app_credentials_are_named() {
    let server = Server::start().await;
    let (id, secret) = (&server.credentials.client_id, &server.credentials.client_secret);
    let ask = async |body: Value, status, error, text| {
        server.post("/token", "", body).await.refused(status, error, text);
    };
    let grant = "client_credentials";
    ask(json!({"grant_type": grant}), 400, ILLEGAL, "client_id must be provided.").await;
    ask(
        json!({"grant_type": grant, "client_id": id}),
        400,
        ILLEGAL,
        "client_secret must be provided",
    )
    .await;
    let wrong_id = json!({"grant_type": grant, "client_id": "x", "client_secret": secret});
    ask(wrong_id, 400, GRANT, "client_id does not match").await;
    let wrong_secret = json!({"grant_type": grant, "client_id": id, "client_secret": "x"});
    ask(wrong_secret, 400, GRANT, "client_secret does not match").await;
    ask(json!({}), 400, ILLEGAL, "grant_type must be provided").await;
    ask(json!({"grant_type": "sms"}), 400, ILLEGAL, "grant_type: not supported").await;
    let bad_ttl = json!({"grant_type": grant, "client_id": id, "client_secret": secret, "ttl": -1});
    ask(bad_ttl, 400, ILLEGAL, "ttl: not a whole number").await;
}

#[tokio::test]
async fn users_log_in_with_their_password() {
    let server = Server::start().await;
    let new = json!({"username": "alice", "password": PASSWORD});
    server.post("/users", &server.app_token, new).await.ok();
    let reply = server.post("/token", "", by_password("Alice", PASSWORD)).await.ok();
    assert_eq!(reply["expires_in"], AppSettings::default().token_ttl_seconds);
    assert_eq!(reply["user"]["username"], "alice");
    assert_eq!(reply["user"]["activated"], true);
    assert_eq!(reply["user"]["type"], "user");
    assert_eq!(reply["user"]["created"], START);

    let ask = async |body: Value, status, error, text| {
        server.post("/token", "", body).await.refused(status, error, text);
    };
    ask(by_password("alice", "wrong"), 400, GRANT, "invalid password").await;
    ask(by_password("nobody", "x"), 404, GRANT, "user not found").await;
    ask(by_password("a b", "x"), 400, ILLEGAL, "username [a b] is not legal").await;
    ask(by_password(&"x".repeat(65), "x"), 400, ILLEGAL, "USERNAME_TOO_LONG").await;
    ask(json!({"grant_type": "password"}), 400, ILLEGAL, "username must be provided").await;
}

#[tokio::test]
async fn the_customers_server_vouches_for_users() {
    let server = Server::start().await;
    let inherit = |create: Value| json!({"grant_type": "inherit", "username": "Carl", "autoCreateUser": create, "ttl": 0});
    let reply = server.post("/token", &server.app_token, inherit(json!(false))).await;
    reply.refused(404, GRANT, "user not found");
    let reply = server.post("/token", &server.app_token, inherit(json!("true"))).await.ok();
    let shown = (&reply["user"]["username"], &reply["expires_in"]);
    assert_eq!(shown, (&json!("carl"), &json!(i32::MAX)));
    let token = reply["access_token"].as_str().unwrap();
    server.clock.advance(100 * 365 * 24 * 3_600_000);
    server.get("/users/carl", token).await.ok();
    let reply = server.post("/token", token, inherit(json!(true))).await;
    let corrupt = "Unable to authenticate due to corrupt access token";
    reply.refused(401, "auth_bad_access_token", corrupt);
}

#[tokio::test]
async fn a_client_asks_when_its_new_token_expires() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let reply = server.get("/sdk/users/Alice/token/expires", &alice).await.ok();
    let lifetime = i64::try_from(AppSettings::default().token_ttl_seconds).unwrap() * 1000;
    assert_eq!(reply, json!({"expire_timestamp": START + lifetime}));
    let reply = server.get("/sdk/users/bob/token/expires", &alice).await;
    reply.refused(401, "unauthorized", "unauthorized");
}

#[tokio::test]
async fn tokens_end_with_the_password_and_with_the_user() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let set = json!({"newpassword": "new"});
    let reply = server.put("/users/alice/password", &server.app_token, set).await.ok();
    assert_eq!(reply["action"], "set user password");
    let reply = server.get("/users/alice", &alice).await;
    reply.refused(401, "auth_bad_access_token", "Unable to authenticate");
    server.post("/token", "", by_password("alice", "new")).await.ok();

    server.delete("/users/bob", &server.app_token).await.ok();
    assert_eq!(server.get("/users/bob", &bob).await.status, 401);
    server.users(["bob"]).await;
    assert_eq!(server.get("/users/bob", &bob).await.status, 401, "a new bob is somebody else");
}

#[tokio::test]
async fn the_oldest_clients_exchange_a_token_for_one_that_ends_when_it_does() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let lifetime = i64::try_from(AppSettings::default().token_ttl_seconds).unwrap() * 1000;
    server.clock.advance(1_000_000);
    let ask = json!({"grant_type": "agora"});
    let reply = server.post("/token", &alice, ask.clone()).await.ok();
    assert_eq!(reply["expire_timestamp"], START + lifetime);
    assert_eq!(reply["expires_in"], (lifetime - 1_000_000) / 1000);
    assert_eq!(reply["user"]["username"], "alice");
    let token = reply["access_token"].as_str().unwrap();
    server.get("/users/alice", token).await.ok();
    server.clock.advance(lifetime - 1_000_000);
    assert_eq!(server.get("/users/alice", token).await.status, 401);

    let reply = server.post("/token", &server.app_token, ask.clone()).await;
    assert_eq!(reply.status, 401);
    for token in ["", "garbage", &alice, &server.foreign_token().await] {
        assert_eq!(server.post("/token", token, ask.clone()).await.status, 401);
    }
}

/// A token as the customer's server makes it by itself.
fn dynamic(server: &Server, user: &str, made: i64, ttl: i64, secret: &str) -> String {
    let (key, id) = ("acme#chat", &server.credentials.client_id);
    let digest = Sha256::digest(format!("{id}{key}{user}{made}{ttl}{secret}"));
    let signature: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let claims = json!({
        "signature": signature, "appkey": key, "userId": user, "curTime": made, "ttl": ttl,
    });
    URL_SAFE_NO_PAD.encode(format!("dt-{claims}"))
}

#[tokio::test]
async fn the_customers_server_makes_tokens_by_itself() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let (now, secret) = (START / 1000, server.credentials.client_secret.clone());
    let token = |user: &str, ttl| dynamic(&server, user, now, ttl, &secret);
    let alice = token("Alice", 60);
    assert_eq!(server.get("/users/alice", &alice).await.ok()["entities"][0]["username"], "alice");
    assert_eq!(server.get("/users/alice", &format!("{alice}==")).await.status, 200);
    server.get("/users/bob", &alice).await.refused(401, "unauthorized", "unauthorized");
    server.get("/users", &alice).await.refused(401, "unauthorized", "unauthorized");

    let invalid = "Unable to authenticate";
    let forged = dynamic(&server, "alice", now, 60, "another secret");
    server.get("/users/alice", &forged).await.refused(401, "auth_bad_access_token", invalid);
    let nobody = token("nobody", 60);
    assert_eq!(server.get("/users/nobody", &nobody).await.status, 401);

    let for_ever = token("alice", 0);
    server.clock.advance(60_000);
    let expired = "Unable to authenticate due to expired access token";
    server.get("/users/alice", &alice).await.refused(401, "unauthorized", expired);
    server.get("/users/alice", &for_ever).await.ok();
    // A new password ends what was made before it.
    let new = json!({"newpassword": PASSWORD});
    server.put("/users/alice/password", &server.app_token, new).await.ok();
    server.get("/users/alice", &for_ever).await.refused(401, "auth_bad_access_token", invalid);
    let later = dynamic(&server, "alice", now + 60, 60, &secret);
    server.get("/users/alice", &later).await.ok();

    // A new client secret ends all that the old one has signed, at once.
    let reset = SecretReset { grace: Duration::from_secs(60), revoke_tokens: false };
    let new = apps::reset_secret(server.platform(), &server.app, reset).await.unwrap();
    server.get("/users/alice", &later).await.refused(401, "auth_bad_access_token", invalid);
    let newer = dynamic(&server, "alice", now + 60, 60, &new);
    server.get("/users/alice", &newer).await.ok();
}
