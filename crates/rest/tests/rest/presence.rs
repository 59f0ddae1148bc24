use hongyan_model::{App, Feature, Grant};
use reqwest::Method;
use serde_json::{Value, json};

use crate::features::switch;
use crate::support::{START, Server, send};

#[tokio::test]
async fn nobody_is_online_without_a_connection() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let body = server.get("/users/Alice/status", &server.app_token).await.ok();
    assert_eq!((&body["data"], &body["count"]), (&json!({"alice": "offline"}), &json!(0)));

    let names = json!({"usernames": ["Alice", "nobody"]});
    let body = server.post("/users/batch/status", &server.app_token, names).await.ok();
    assert_eq!(body["action"], "get batch user status");
    assert_eq!(body["data"], json!([{"alice": "offline"}, {"nobody": "offline"}]));
}

#[tokio::test]
async fn the_status_of_too_many_is_refused() {
    let server = Server::start().await;
    let names: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let ask = async |body| server.post("/users/batch/status", &server.app_token, body).await;
    let text = "request body exceeds maximum limit, maximum limit is 100";
    ask(json!({"usernames": names})).await.refused(400, "illegal_argument", text);
    ask(json!({})).await.refused(400, "illegal_argument", "usernames must be provided");
}

const ILLEGAL: &str = "illegal_argument";

#[tokio::test]
async fn presence_is_published_followed_and_read_without_the_envelope() {
    let server = Server::start().await;
    let [alice, _, _] = server.users(["alice", "bob", "carol"]).await;
    let path = "/users/alice/presence";
    let say = json!({"ext": "away"});
    let reply = server.post("/users/bob/presence/webim_1/0", &server.app_token, say).await.ok();
    assert_eq!(reply, json!({"result": "ok"}));

    let second = (START / 1000).to_string();
    let bob = json!({"uid": "bob", "last_time": second, "ext": "away", "status": {}});
    let names = json!({"usernames": ["BOB", "nobody"]});
    let reply = server.post(path, &alice, names.clone()).await.ok();
    assert_eq!(reply, json!({"result": [bob]}));
    let reply = server.post(&format!("{path}/600"), &alice, names).await.ok();
    let mut followed = bob;
    followed["expiry"] = (START / 1000 + 600).to_string().into();
    assert_eq!(reply, json!({"result": [followed]}));

    let more = json!({"usernames": ["carol"]});
    server.post(&format!("{path}/9999999999"), &alice, more).await.ok();
    let month = (START / 1000 + 30 * 24 * 3600).to_string();
    let reply = server.get(&format!("{path}/sublist?pageNum=2&pageSize=1"), &alice).await.ok();
    let row = json!({"uid": "carol", "expiry": month});
    assert_eq!(reply, json!({"result": {"totalnum": "2", "sublist": [row]}}));
    let reply = server.get(&format!("{path}/sublist"), &alice).await.ok();
    assert_eq!(reply["result"]["sublist"][0]["uid"], "bob", "pages of one unless asked otherwise");

    let gone = server.request(Method::DELETE, path, &alice).json(&json!(["carol", "nobody"]));
    assert_eq!(send(gone).await.ok(), json!({"result": "ok"}));
    let reply = server.get(&format!("{path}/sublist?pageNum=0&pageSize=500"), &alice).await.ok();
    assert_eq!(reply["result"]["totalnum"], "1");
}

#[tokio::test]
async fn what_is_refused_of_presence_reads_as_documented() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    let path = "/users/alice/presence";
    let post = async |path: &str, body: Value, text: &str| {
        server.post(path, &alice, body).await.refused(400, ILLEGAL, text);
    };
    let subscribe = format!("{path}/600");
    let many: Vec<String> = (0..101).map(|n| format!("u{n}")).collect();
    let publish = format!("{path}/webim_1/0");
    post(&publish, json!({}), "ext cannot be null").await;
    post(&publish, json!({"ext": "x".repeat(1025)}), "ext is too big ").await;
    post(&format!("{path}/webim_1/1"), json!({"ext": "x"}), "resource not exist").await;
    post(&format!("{path}/webim_1/x"), json!({"ext": "x"}), "status must be a number").await;
    post(&subscribe, json!({}), "usernames is empty").await;
    post(&subscribe, json!({"usernames": many}), "too many sub presence").await;
    post(&subscribe, json!({"usernames": ["Alice"]}), "you can't sub yourself").await;
    let no_time = "expiry must be a number of seconds";
    post(&format!("{path}/soon"), json!({"usernames": ["bob"]}), no_time).await;
    post(path, json!({"usernames": many}), "too many get presences").await;
    let stop = async |body: Value, text: &str| {
        let reply = send(server.request(Method::DELETE, path, &alice).json(&body)).await;
        reply.refused(400, ILLEGAL, text);
    };
    stop(json!(many), "too many unsub presences").await;
    stop(json!([]), "usernames cannot be null").await;
    let reply = server.get(&format!("{path}/sublist?pageSize=501"), &alice).await;
    reply.refused(400, ILLEGAL, "too many queries");

    server
        .change_app(|app: &mut App| {
            app.features.grants.insert(Feature::PresenceFollowersMax, Grant::Limit(0));
        })
        .await;
    post(&subscribe, json!({"usernames": ["bob"]}), "The quantity has exceeded the limit!").await;

    server.change_app(switch(Feature::Presence, false)).await;
    let off = "the app not open presence";
    for reply in [
        server.post(&publish, &alice, json!({"ext": "x"})).await,
        server.post(&subscribe, &alice, json!({"usernames": ["bob"]})).await,
        server.post(path, &alice, json!({"usernames": ["bob"]})).await,
        send(server.request(Method::DELETE, path, &alice).json(&json!(["bob"]))).await,
        server.get(&format!("{path}/sublist"), &alice).await,
    ] {
        reply.refused(400, "service open exception", off);
        assert_eq!(reply.body["result"], off, "where the SDK looks");
    }
}

#[tokio::test]
async fn the_members_of_a_group_who_are_online_are_a_number() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let token = &server.app_token;
    let group = json!({"owner": "alice", "public": false, "groupid": "77"});
    server.post("/chatgroups", token, group).await.ok();
    let reply = server.get("/presence/online/77/type/1", token).await.ok();
    assert_eq!(reply, json!({"result": 0}));
    let reply = server.get("/presence/online/77/type/2", token).await;
    reply.refused(400, ILLEGAL, "Type must be 0 or 1.");
    let reply = server.get("/presence/online/77/type/0", token).await;
    let text = "this appkey not open rest group online service";
    reply.refused(400, "service open exception", text);
    assert_eq!(server.get("/presence/online/78/type/1", token).await.status, 404);
}
