//! What switches and limits of an app do to its REST clients.

use hongyan_model::{App, AppStatus, Feature, Grant};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{CLIENT_HEADER, Server, send};

const EXHAUSTED: &str =
    "You have exceeded the limit of the community edition,Please upgrade to the enterprise edition";

pub(crate) fn limit(feature: Feature, most: u64) -> impl FnOnce(&mut App) + Send {
    move |app| {
        app.features.grants.insert(feature, Grant::Limit(most));
    }
}

/// Switches a feature, for [`Server::change_app`].
pub(crate) fn switch(feature: Feature, on: bool) -> impl FnOnce(&mut App) + Send {
    move |app| {
        app.features.switches.insert(feature, on);
    }
}

#[tokio::test]
async fn registration_ends_at_the_plans_limit_in_the_documented_words() {
    let server = Server::start().await;
    let token = &server.app_token;
    server.change_app(limit(Feature::RegisteredUsersMax, 3)).await;
    let new = |name: &str| json!({"username": name, "password": "p"});
    server.post("/users", token, new("a")).await.ok();
    let batch = json!([new("b"), new("a"), new("c"), new("d")]);
    let body = server.post("/users", token, batch).await.ok();
    let names: Vec<&Value> =
        body["entities"].as_array().unwrap().iter().map(|user| &user["username"]).collect();
    assert_eq!(names, ["b", "c"]);
    let failed = json!([
        {"username": "a", "registerUserFailReason": "the a already exists"},
        {"username": "d", "registerUserFailReason": EXHAUSTED},
    ]);
    assert_eq!(body["data"], failed);

    let refused = |reply: crate::support::Reply| reply.refused(429, "resource_limited", EXHAUSTED);
    refused(server.post("/users", token, new("d")).await);
    refused(server.post("/users", token, json!([new("d")])).await);
    let inherit = json!({"grant_type": "inherit", "username": "d", "autoCreateUser": true});
    refused(server.post("/token", token, inherit).await);
    server.change_app(limit(Feature::RegisteredUsersMax, 4)).await;
    server.post("/users", token, new("d")).await.ok();
}

#[tokio::test]
async fn groups_end_at_the_plans_limits_in_the_documented_words() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    server.change_app(limit(Feature::GroupMembersMax, 100)).await;
    let group =
        |max: Value| json!({"owner": "alice", "public": true, "groupname": "g", "maxusers": max});
    let create = async |token: &str, max| server.post("/chatgroups", token, group(max)).await;
    let reply = create(token, json!(101)).await;
    reply.refused(403, "exceed_limit", "maxUsers cannot exceed 100");
    // To a user in the words that its SDK knows.
    let reply = create(&alice, json!(200)).await;
    reply.refused(403, "exceed_limit", "members size is greater than max user size !");
    assert_eq!(create(token, json!(0)).await.body["error"], "invalid_parameter");

    let made = create(token, json!(null)).await.ok();
    let id = made["data"]["groupid"].as_str().unwrap();
    let details = server.get(&format!("/chatgroups/{id}"), token).await.ok();
    assert_eq!(details["data"][0]["maxusers"], 100);
    let path = format!("/chatgroups/{id}");
    let reply = server.put(&path, token, json!({"maxusers": 101})).await;
    reply.refused(403, "exceed_limit", "maxUsers cannot exceed 100");

    server.change_app(limit(Feature::GroupsPerUserMax, 1)).await;
    let reply = create(token, json!(50)).await;
    reply.refused(403, "exceed_limit", "user alice has joined too many groups!");
    server.change_app(limit(Feature::GroupsPerUserMax, 0)).await;
    let reply = server.post(&format!("{path}/users/bob"), token, json!({})).await;
    reply.refused(403, "exceed_limit", "user bob has joined too many groups!");
    server.change_app(limit(Feature::GroupsPerUserMax, 9)).await;
    server.change_app(limit(Feature::GroupsMax, 1)).await;
    let reply = create(token, json!(50)).await;
    reply.refused(403, "exceed_limit", "appKey:acme#chat has create too many groups!");
    server.change_app(limit(Feature::GroupMembersMax, 1)).await;
    let reply = server.post(&format!("{path}/users/bob"), token, json!({})).await;
    reply.refused(403, "exceed_limit", "members size is greater than max user size !");
}

#[tokio::test]
async fn contacts_end_at_the_plans_limit_in_the_documented_words() {
    let server = Server::start().await;
    server.users(["alice", "bob", "carol"]).await;
    server.change_app(limit(Feature::FriendsPerUserMax, 1)).await;
    let add = async |other: &str| {
        let path = format!("/users/alice/contacts/users/{other}");
        server.post(&path, &server.app_token, json!({})).await
    };
    add("bob").await.ok();
    add("carol").await.refused(403, "exceed_limit", "user contact number exceed limit");
}

#[tokio::test]
async fn block_lists_can_be_switched_off() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    server.change_app(switch(Feature::UserBlocklist, false)).await;
    let names = json!({"usernames": ["bob"]});
    for reply in [
        server.post("/users/alice/blocks/users", &alice, names.clone()).await,
        server.get("/users/alice/blocks/users", &server.app_token).await,
        server.delete("/users/alice/blocks/users/bob", &server.app_token).await,
    ] {
        reply.refused(403, "forbidden_op", "user_blocklist service not open!");
    }
    server.change_app(switch(Feature::UserBlocklist, true)).await;
    server.post("/users/alice/blocks/users", &alice, names).await.ok();
}

#[tokio::test]
async fn a_suspended_app_answers_nobody() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    server.change_app(|app| app.status = AppStatus::Suspended).await;
    let password = json!({"grant_type": "password", "username": "alice", "password": "p"});
    for reply in [
        server.get("/users/alice", &alice).await,
        server.get("/users", &server.app_token).await,
        server.post("/token", "", password).await,
    ] {
        reply.refused(403, "forbidden_service_operation", "Service operation not allowed");
    }
    server.change_app(|app| app.status = AppStatus::Active).await;
    server.get("/users/alice", &alice).await.ok();
}

#[tokio::test]
async fn registration_follows_its_setting_and_tokens_theirs_at_once() {
    let server = Server::start().await;
    let new = |name: &str| json!({"username": name, "password": "p"});
    let closed = "Open registration doesn't allow, so register user need token";
    server.post("/users", "", new("a")).await.refused(401, "unauthorized", closed);
    server.change_app(|app| app.settings.open_registration = true).await;
    server.post("/users", "", new("a")).await.ok();
    server.change_app(|app| app.settings.open_registration = false).await;
    server.post("/users", "", new("b")).await.refused(401, "unauthorized", closed);

    let password = json!({"grant_type": "password", "username": "a", "password": "p"});
    for (set, shown) in [(3_600, 3_600), (0, i32::MAX)] {
        server.change_app(|app| app.settings.token_ttl_seconds = set).await;
        let reply = server.post("/token", "", password.clone()).await.ok();
        assert_eq!(reply["expires_in"], shown);
    }
}

#[tokio::test]
async fn an_endpoint_is_called_as_often_as_the_plan_allows() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let limit = |calls| {
        move |app: &mut App| {
            app.features.grants.insert(Feature::RestRateMax, Grant::Limit(calls));
        }
    };
    server.change_app(limit(10)).await;
    let app_token = server.app_token.clone();
    let often = async |path: &str, token: &str, times: usize| {
        let mut answered = 0;
        for _ in 0..times {
            answered += usize::from(server.get(path, token).await.status == 200);
        }
        answered
    };
    // 10 for the default of 100; the clock stands still.
    assert_eq!(often("/users/alice", &app_token, 15).await, 10);
    let words = "This request has reached api limit";
    server.get("/users/alice", &app_token).await.refused(429, "reach_limit", words);
    // Each endpoint for itself, with rates of its own: 50 become 5.
    assert_eq!(often("/users/alice/contacts/users", &app_token, 3).await, 3);
    assert_eq!(often("/users/alice/joined_chatgroups", &app_token, 9).await, 5);
    // The app's users take of the same; what only client SDKs call is not counted.
    assert_eq!(often("/users/alice", &alice, 5).await, 0);
    assert_eq!(often("/users/alice/blocks/users", &alice, 9).await, 5);
    assert_eq!(often("/sdk/user/alice/user_channels/list", &alice, 15).await, 15);
    // Never more within a second, wherever it begins.
    server.clock.advance(999);
    assert_eq!(often("/users/alice", &app_token, 5).await, 0);
    server.clock.advance(1);
    assert_eq!(often("/users/alice", &alice, 4).await, 4);
    server.clock.advance(600);
    assert_eq!(often("/users/alice", &app_token, 15).await, 6);
    server.clock.advance(400);
    assert_eq!(often("/users/alice", &app_token, 15).await, 4);
    // What is bought counts for the next call.
    server.change_app(limit(1000)).await;
    assert_eq!(often("/users/alice", &app_token, 30).await, 30);
}

#[tokio::test]
async fn two_calls_for_push_bindings_have_one_rate_and_two_urls_of_one_call_too() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let few = |app: &mut App| {
        app.features.grants.insert(Feature::RestRateMax, Grant::Limit(10));
    };
    server.change_app(few).await;
    let token = &server.app_token;
    let bind = json!({"device_id": "d", "device_token": "t", "notifier_name": "n"});
    for _ in 0..5 {
        server.put("/users/alice/push/binding", token, bind.clone()).await.ok();
        server.get("/users/alice/push/binding", token).await.ok();
    }
    let words = "This request has reached api limit";
    let reply = server.get("/users/alice/push/binding", token).await;
    reply.refused(429, "reach_limit", words);
    let reply = server.put("/users/alice/push/binding", token, bind).await;
    reply.refused(429, "reach_limit", words);

    for path in ["/user/alice/contacts", "/users/alice/contacts"].repeat(5) {
        server.get(path, token).await.ok();
    }
    server.get("/users/alice/contacts", token).await.refused(429, "reach_limit", words);
}

#[tokio::test]
async fn conversations_of_one_user_are_listed_and_deleted_five_times_a_minute() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let usual = |app: &mut App| {
        app.features.grants.insert(Feature::RestRateMax, Grant::Limit(100));
    };
    server.change_app(usual).await;
    let words = "This request has reached api limit";
    let (app_token, deletion) =
        (server.app_token.clone(), json!({"channel": "carl", "type": "chat", "delete_roam": true}));
    let list = async |face: &str, user: &str, token: &str| {
        server.get(&format!("/{face}/{user}/user_channels"), token).await
    };
    let delete = async |face: &str, user: &str, token: &str| {
        let path = format!("/{face}/{user}/user_channel");
        send(server.request(Method::DELETE, &path, token).json(&deletion)).await
    };
    // Whoever asks, in whatever spelling.
    for (face, user, token) in [
        ("user", "alice", &alice),
        ("users", "ALICE", &app_token),
        ("user", "Alice", &app_token),
        ("users", "alice", &alice),
        ("user", "alice", &alice),
    ] {
        list(face, user, token).await.ok();
        assert_ne!(delete(face, user, token).await.status, 429);
        server.clock.advance(10_000);
    }
    list("users", "alice", &alice).await.refused(429, "reach_limit", words);
    delete("user", "alice", &app_token).await.refused(429, "reach_limit", words);
    list("user", "bob", &bob).await.ok();
    assert_ne!(delete("user", "bob", &bob).await.status, 429);
    // Newer SDKs ask elsewhere.
    server.get("/sdk/user/alice/user_channels/list", &alice).await.ok();
    server.clock.advance(9_999);
    assert_eq!(list("user", "alice", &alice).await.status, 429);
    server.clock.advance(1);
    list("user", "alice", &alice).await.ok();
    assert_ne!(delete("user", "alice", &alice).await.status, 429);
}

#[tokio::test]
async fn strangers_take_nothing_of_what_an_app_may_call() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let foreign = server.foreign_token().await;
    let few = |app: &mut App| {
        app.features.grants.insert(Feature::RestRateMax, Grant::Limit(10));
    };
    server.change_app(few).await;
    for token in ["", "garbage", &foreign] {
        for _ in 0..15 {
            assert_eq!(server.get("/users/alice", token).await.status, 401);
        }
    }
    server.get("/users/alice", &server.app_token).await.ok();

    // Where no token is needed, each address has its own.
    let login = async |client: &str| {
        let grant = json!({
            "grant_type": "client_credentials",
            "client_id": server.credentials.client_id,
            "client_secret": server.credentials.client_secret,
        });
        let request = server.request(Method::POST, "/token", "").header(CLIENT_HEADER, client);
        send(request.json(&grant)).await.status
    };
    for _ in 0..30 {
        assert_eq!(login("203.0.113.9").await, 200);
    }
    assert_eq!(login("203.0.113.9").await, 429);
    assert_eq!(login("203.0.113.10").await, 200);
}
