use hongyan_model::AppSettings;
use serde_json::{Value, json};

use crate::support::{Reply, Server, send};

async fn server_json(server: &Server, query: &str) -> Reply {
    send(server.client.get(format!("{}/easemob/server.json?{query}", server.address))).await
}

#[tokio::test]
async fn an_app_is_found_by_its_key_and_by_its_id() {
    let server = Server::start().await;
    let port = server.address.rsplit_once(':').unwrap().1;
    let host = json!({
        "protocol": "http", "domain": "127.0.0.1", "port": port, "channel": "direct",
    });
    let id = server.app.uuid.clone();
    let bare = id.replace('-', "");
    for query in [
        "app_key=acme%23chat&_v=1",
        &format!("app_id={id}&sdk_version=4.10.0&file_version=1"),
        &format!("app_id={bare}"),
    ] {
        let reply = server_json(&server, query).await;
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
        let body = reply.ok();
        assert_eq!(body["app_key"], "acme#chat");
        assert_eq!(body["rest"]["hosts"], json!([host]));
        assert_eq!(body["msync-wx"]["hosts"], json!([host]));
        assert_eq!(body["msync-ws"], body["msync-wx"]);
        assert_eq!(body["enableReportLogs"], "false");
        assert_eq!(body["enableDataReport"], "false");
    }
}

#[tokio::test]
async fn the_public_address_is_preferred() {
    let server = Server::start_with(AppSettings::default(), Some("https://im.test")).await;
    let body = server_json(&server, "app_key=acme%23chat").await.ok();
    let host: &Value = &body["msync-wx"]["hosts"][0];
    assert_eq!((&host["protocol"], &host["domain"]), (&json!("https"), &json!("im.test")));
    assert_eq!(host["port"], "443");
}

#[tokio::test]
async fn an_app_that_is_not_there_is_refused_in_the_envelope() {
    let server = Server::start().await;
    for query in ["app_key=acme%23other", "app_key=acme", "app_id=nonsense", "app_id=acme%23chat"] {
        let reply = server_json(&server, query).await;
        assert_eq!(reply.status, 404, "{query}");
        assert_eq!(reply.body["error"], "organization_application_not_found");
        assert_eq!(reply.headers["access-control-allow-origin"], "*");
    }
    assert_eq!(server_json(&server, "").await.status, 400);
}

#[tokio::test]
async fn an_apps_id_stands_for_its_key_in_paths() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let by_id = |id: &str| format!("{}/app-id/{id}/users/alice", server.address);
    let reply = send(server.client.get(by_id(&server.app.uuid)).bearer_auth(&alice)).await.ok();
    assert_eq!(
        (&reply["organization"], &reply["applicationName"]),
        (&json!("acme"), &json!("chat"))
    );
    let foreign = server.foreign_token().await;
    let reply = send(server.client.get(by_id(&server.app.uuid)).bearer_auth(&foreign)).await;
    assert_eq!(reply.status, 401);
    let nobody = by_id("5fd74830-0000-4000-822a-000000000001");
    assert_eq!(send(server.client.get(nobody).bearer_auth(&alice)).await.status, 404);
}
