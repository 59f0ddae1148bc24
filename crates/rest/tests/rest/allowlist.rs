use hongyan_model::{AllowedNetwork, Feature};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{CLIENT_HEADER, Reply, START, Server, send};

const MINUTE_MS: i64 = 60_000;

async fn with_list(networks: &[&str], effective: i64) -> Server {
    let server = Server::start().await;
    let line = |network: &&str| AllowedNetwork {
        network: network.parse().unwrap(),
        added: START,
        effective,
    };
    let list = networks.iter().map(line).collect();
    let change = |app: &mut hongyan_model::App| {
        app.features.switches.insert(Feature::RestIpAllowlist, true);
        app.settings.ip_allowlist = list;
    };
    server.change_app(change).await;
    server
}

/// A call of the app's server from an address.
async fn call(server: &Server, client: &str, path: &str, body: Value) -> Reply {
    let request = server.request(Method::POST, path, &server.app_token);
    send(request.header(CLIENT_HEADER, client).json(&body)).await
}

fn message(to: &str) -> Value {
    json!({"to": [to], "type": "txt", "body": {"msg": "hi"}})
}

#[tokio::test]
async fn only_addresses_on_the_list_send_and_withdraw() {
    let server = with_list(&["203.0.113.0/24", "2001:db8::1/128"], START).await;
    for client in ["203.0.113.9", "2001:db8::1"] {
        call(&server, client, "/messages/users", message("bob")).await.ok();
    }
    let recall = json!({"msg_id": "1", "to": "bob", "chat_type": "chat"});
    for client in ["198.51.100.1", "2001:db8::2", "127.0.0.1"] {
        for (path, body) in [
            ("/messages/users", message("bob")),
            ("/messages/chatgroups", message("7")),
            ("/messages/chatrooms", message("7")),
            ("/messages/msg_recall", recall.clone()),
        ] {
            let reply = call(&server, client, path, body).await;
            reply.refused(403, "forbidden_op", "ip not in allowlist");
        }
    }
    // A server that does not say from where it was called has not been called from the list.
    let reply = server.post("/messages/users", &server.app_token, message("bob")).await;
    reply.refused(403, "forbidden_op", "ip not in allowlist");
}

#[tokio::test]
async fn the_list_concerns_nothing_else() {
    let server = with_list(&["203.0.113.9/32"], START).await;
    let [alice] = server.users(["alice"]).await;
    for token in [&server.app_token, &alice] {
        server.get("/users/alice", token).await.ok();
    }
    let group = json!({"owner": "alice", "public": true, "groupname": "g"});
    call(&server, "198.51.100.1", "/chatgroups", group).await.ok();
}

#[tokio::test]
async fn a_line_that_waits_closes_nothing() {
    let server = with_list(&["203.0.113.9/32"], START + 10 * MINUTE_MS).await;
    call(&server, "198.51.100.1", "/messages/users", message("bob")).await.ok();
    server.clock.advance(10 * MINUTE_MS);
    let reply = call(&server, "198.51.100.1", "/messages/users", message("bob")).await;
    reply.refused(403, "forbidden_op", "ip not in allowlist");
    call(&server, "203.0.113.9", "/messages/users", message("bob")).await.ok();
}
