use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::json;

use crate::support::{Reply, START, Server, send};

async fn share(server: &Server, path: &str, token: &str, bytes: Vec<u8>) -> Reply {
    let form = Form::new().part("file", Part::bytes(bytes).file_name("图 1.txt"));
    let request = server.request(Method::POST, &format!("{path}?resource=x"), token);
    send(request.header("restrict-access", "true").multipart(form)).await
}

#[tokio::test]
async fn groups_and_rooms_share_files() {
    let server = Server::start().await;
    let [alice, bob, eve] = server.users(["alice", "bob", "eve"]).await;
    let group = json!({
        "owner": "alice", "groupname": "g", "description": "d", "public": true, "members": ["bob"], "groupid": "club",
    });
    server.post("/chatgroups", &server.app_token, group).await.ok();
    let room = json!({
        "owner": "alice", "name": "r", "description": "d", "members": ["bob"], "groupid": "lobby",
    });
    server.post("/chatrooms", &server.app_token, room).await.ok();
    for (path, id) in [("/chatgroups/club", "group_id"), ("/chatrooms/lobby", "id")] {
        let place = path.rsplit('/').next().unwrap();
        let path = format!("{path}/share_files");
        let shared = share(&server, &path, &bob, b"hello".to_vec()).await.ok()["data"].clone();
        let file = shared["file_id"].as_str().unwrap().to_owned();
        let mut expected = json!({
            "file_url": format!("{}/acme/chat{path}/{file}", server.address), "file_name": "图 1.txt",
            "file_size": 5, "file_owner": "bob", "created": START, "file_id": file,
        });
        expected[id] = place.into();
        assert_eq!(shared, expected);

        let list = server.get(&format!("{path}?pagenum=1&pagesize=10&version=v3"), &alice).await;
        let list = list.ok();
        assert_eq!(list["count"], 1);
        assert_eq!(
            list["data"],
            json!([{
                "file_id": file, "file_name": "图 1.txt", "file_owner": "bob", "file_size": 5, "created": START,
            }])
        );
        let one = format!("{path}/{file}");
        let response = server.request(Method::GET, &one, &alice).send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.bytes().await.unwrap(), "hello");
        let outside = "users [eve] are not members of this group!";
        server.get(&one, &eve).await.refused(403, "forbidden_op", outside);
        server.delete(&one, &eve).await.refused(403, "forbidden_op", outside);
        // To the SDK every status but 400 is a success of an upload.
        share(&server, &path, &eve, b"x".to_vec()).await.refused(400, "forbidden_op", outside);
        let large = share(&server, &path, &bob, vec![0; 10 * 1024 * 1024 + 1]).await;
        let words = "the file size exceeds the maximum limit.";
        large.refused(400, "file exceeding maximum limit", words);
        let around = server.get(&format!("/chatfiles/{file}"), &bob).await;
        around.refused(404, "entity_not_found", "file may not exists");

        let mut expected = json!({"file_id": file, "result": true});
        expected[id] = place.into();
        assert_eq!(server.delete(&one, &alice).await.ok()["data"], expected);
        server.delete(&one, &alice).await.refused(404, "entity_not_found", "file may not exists");
    }
    let nowhere = share(&server, "/chatgroups/77/share_files", &server.app_token, vec![1]).await;
    nowhere.refused(404, "RestGroupFeignException", "grpID 77 does not exist!");
    for (method, path) in [
        (Method::GET, "/chatgroups/77/share_files"),
        (Method::GET, "/chatgroups/77/share_files/x"),
        (Method::DELETE, "/chatgroups/77/share_files/x"),
    ] {
        let reply = send(server.request(method, path, &server.app_token)).await;
        reply.refused(404, "RestGroupFeignException", "grpID 77 does not exist!");
    }
    for (path, token) in [("/chatgroups/club", &alice), ("/chatrooms/lobby", &server.app_token)] {
        let request = server.request(Method::POST, &format!("{path}/share_files"), token);
        let reply = send(request.multipart(Form::new().text("name", "no file"))).await;
        reply.refused(400, "IllegalArgumentException", "file must be provided.");
    }
}
