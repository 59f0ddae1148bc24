use hongyan_model::limits;
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{Reply, Server, send};

const UPLOADS: &str = "/sdk/chatfiles/part-upload";

async fn put(server: &Server, path: &str, token: &str, number: &str, bytes: Vec<u8>) -> Reply {
    let form = Form::new()
        .part("part_file", Part::bytes(bytes).file_name("blob"))
        .text("part_number", number.to_owned());
    send(server.request(Method::PUT, path, token).multipart(form)).await
}

async fn begin(server: &Server, token: &str) -> String {
    let body = send(server.request(Method::POST, UPLOADS, token)).await.ok();
    format!("{UPLOADS}/{}", body["entities"][0]["uuid"].as_str().unwrap())
}

fn entity(body: &Value) -> &Value {
    &body["entities"][0]
}

#[tokio::test]
async fn a_file_comes_in_parts() {
    let server = Server::start().await;
    let [alice, bob] = server.users(["alice", "bob"]).await;
    let body = send(server.request(Method::POST, UPLOADS, &alice)).await.ok();
    assert_eq!(entity(&body)["part_lower_limit"], limits::UPLOAD_PART_BYTES);
    assert_eq!(entity(&body)["file_upper_limit"], 10 << 20);
    let path = format!("{UPLOADS}/{}", entity(&body)["uuid"].as_str().unwrap());
    let body = put(&server, &path, &alice, "2", b"second".to_vec()).await.ok();
    assert_eq!(entity(&body), &json!({ "part_number": 2, "part_size": 6 }));
    put(&server, &path, &alice, "1", b"first ".to_vec()).await.ok();
    // Somebody else's is none.
    let foreign = put(&server, &path, &bob, "1", b"evil".to_vec()).await;
    foreign.refused(404, "entity_not_found", "file may not exists");
    let wishes = "?restrict-access=true&chat-type=CHAT&chat-target=bob&thumbnail-width=undefined";
    let request = server.request(Method::POST, &format!("{path}{wishes}"), &alice);
    let body = send(request).await.ok();
    let (id, secret) = (&entity(&body)["uuid"], &entity(&body)["share-secret"]);
    assert_eq!(entity(&body)["file-metadata"]["content-length"], 12);
    let file = format!("/chatfiles/{}", id.as_str().unwrap());
    assert_eq!(server.get(&file, "").await.status, 403);
    let file = format!("{file}?share-secret={}", secret.as_str().unwrap());
    assert_eq!(server.get(&file, "").await.body, json!("first second"));
    let again = send(server.request(Method::POST, &path, &alice)).await;
    again.refused(404, "entity_not_found", "file may not exists");
}

#[tokio::test]
async fn what_is_refused() {
    let server = Server::start().await;
    let [alice] = server.users(["alice"]).await;
    let path = begin(&server, &alice).await;
    let (error, text) =
        ("file exceeding maximum limit", "the file size exceeds the maximum limit.");
    let large = vec![0; limits::UPLOAD_PART_BYTES + 1];
    put(&server, &path, &alice, "1", large).await.refused(400, error, text);
    put(&server, &path, &alice, "3", vec![0]).await.refused(400, error, text);
    for (number, description) in
        [("0", "part_number: counts from 1"), ("x", "part_number: is no number")]
    {
        let reply = put(&server, &path, &alice, number, vec![0]).await;
        reply.refused(400, "illegal_argument", description);
    }
    let reply = send(server.request(Method::POST, &path, &alice)).await;
    reply.refused(400, "illegal_argument", "part_number: 1 is missing");
    let form = Form::new().text("part_number", "1");
    let reply = send(server.request(Method::PUT, &path, &alice).multipart(form)).await;
    reply.refused(400, "illegal_argument", "part_file must be provided.");

    let foreign = server.foreign_token().await;
    for token in ["", "garbage", &foreign] {
        assert_eq!(send(server.request(Method::POST, UPLOADS, token)).await.status, 401);
        assert_eq!(put(&server, &path, token, "1", vec![0]).await.status, 401);
        assert_eq!(send(server.request(Method::POST, &path, token)).await.status, 401);
        assert_eq!(server.delete(&path, token).await.status, 401);
    }
    server.delete(&path, &alice).await.ok();
    assert_eq!(server.delete(&path, &alice).await.status, 404);
}
