use serde_json::json;

use crate::support::Server;

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
