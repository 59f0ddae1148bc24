//! `/users/{user}/collections` and `/collections`.

use hongyan_model::{Feature, Grant};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Reply, START, Server, send};

const PATH: &str = "/users/alice/collections";

/// A server with alice and bob.
async fn with_users() -> Server {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    server
}

async fn add(server: &Server, body: Value) -> Reply {
    server.post(PATH, &server.app_token, body).await
}

async fn import(server: &Server, collections: Value) -> Reply {
    let body = json!({"username": "Alice", "collections": collections});
    server.post("/collections", &server.app_token, body).await
}

async fn remove(server: &Server, ids: Value) -> Reply {
    let body = json!({ "collection_ids": ids });
    send(server.request(Method::DELETE, PATH, &server.app_token).json(&body)).await
}

async fn ids(server: &Server, query: &str) -> Vec<String> {
    let body = server.get(&format!("{PATH}?{query}"), &server.app_token).await.ok();
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    body["collections"].as_array().unwrap().iter().map(id).collect()
}

#[tokio::test]
async fn a_favourite_is_kept_changed_read_and_removed_without_an_envelope() {
    let server = with_users().await;
    let mine = json!({"id": "mine/1", "type": 7, "data": "hello", "ext": "e"});
    let kept = json!({
        "id": "mine/1", "type": 7, "data": "hello", "ext": "e", "createdAt": START, "updatedAt": START,
    });
    assert_eq!(add(&server, mine.clone()).await.ok(), json!({ "collection": kept }));
    server.clock.advance(5);
    let other = add(&server, json!({"type": "-1", "data": "x", "createdAt": 1})).await.ok();
    let made = other["collection"]["id"].as_str().unwrap().to_owned();
    let shown = json!({
        "id": made, "type": -1, "data": "x", "ext": null, "createdAt": START + 5, "updatedAt": START + 5,
    });
    assert_eq!(other["collection"], shown);
    assert_eq!(made.len(), 36, "a UUID");

    let change =
        async |body: Value| server.put(&format!("{PATH}/mine%2F1"), &server.app_token, body).await;
    for (given, ext) in [(json!("new"), json!("new")), (json!(""), Value::Null)] {
        let body = change(json!({ "ext": given })).await.ok();
        assert_eq!(body["collection"]["ext"], ext);
        assert_eq!(body["collection"]["updatedAt"], START + 5);
        assert_eq!(body["collection"]["createdAt"], START);
    }
    change(json!({"ext": "x"})).await.ok();
    assert_eq!(change(json!({"ext": null})).await.ok()["collection"]["ext"], Value::Null);
    change(json!({})).await.refused(400, "illegal_argument", "ext must be provided");

    // Kept again under its id it is replaced, and is as old as before.
    let again = add(&server, json!({"id": "mine/1", "type": 8, "data": "new"})).await.ok();
    let expected = json!({
        "id": "mine/1", "type": 8, "data": "new", "ext": null, "createdAt": START, "updatedAt": START + 5,
    });
    assert_eq!(again["collection"], expected);
    let listed = server.get(PATH, &server.app_token).await.ok();
    assert_eq!(listed, json!({ "collections": [shown, expected] }));

    assert_eq!(remove(&server, json!(["mine/1", "ghost"])).await.ok(), json!({"result": true}));
    assert_eq!(ids(&server, "").await, [made]);
}

#[tokio::test]
async fn pages_go_by_time_or_from_a_favourite_on() {
    let server = with_users().await;
    let row = |id: &str, kind: i32, created: Value| json!({"id": id, "type": kind, "data": "d", "ext": "", "createdAt": created});
    let rows = json!([
        row("a", 1, json!(10)),
        row("b", 2, json!("20")),
        row("c", 1, json!(20)),
        row("d", 2, json!(30)),
        {"id": "e", "type": 1, "data": "now"},
    ]);
    let body = import(&server, rows.clone()).await.ok();
    assert_eq!(body.as_object().unwrap().len(), 1, "nothing but the favourites");
    let imported = body["collections"].as_array().unwrap();
    let created: Vec<_> = imported.iter().map(|row| row["createdAt"].as_i64().unwrap()).collect();
    assert_eq!(created, [10, 20, 20, 30, START]);
    assert_eq!((&imported[0]["updatedAt"], &imported[0]["ext"]), (&json!(START), &Value::Null));
    // Importing once more changes nothing.
    assert_eq!(import(&server, rows).await.ok(), body);

    assert_eq!(ids(&server, "").await, ["e", "d", "c", "b", "a"]);
    assert_eq!(ids(&server, "direction=asc&limit=2").await, ["a", "b"]);
    assert_eq!(ids(&server, "limit=0").await, ["e"]);
    assert_eq!(ids(&server, "begin_time=20&end_time=30").await, ["d", "c", "b"]);
    assert_eq!(ids(&server, "begin_time=20&end_time=20&direction=asc").await, ["b", "c"]);
    assert_eq!(ids(&server, "type=2").await, ["d", "b"]);
    assert_eq!(ids(&server, "begin_time=31&type=2").await, [""; 0]);
    assert_eq!(ids(&server, "collection_id=c&begin_time=30").await, ["c", "b", "a"]);
    assert_eq!(ids(&server, "collection_id=c&direction=asc&limit=200").await, ["c", "d", "e"]);
    assert_eq!(ids(&server, "collection_id=c&limit=1").await, ["c"]);
    assert_eq!(ids(&server, "collection_id=c&type=2").await, ["b"]);

    let refused = async |query: &str, text: &str| {
        let reply = server.get(&format!("{PATH}?{query}"), &server.app_token).await;
        reply.refused(400, "illegal_argument", text);
    };
    refused("limit=201", "limit should be less than 200").await;
    refused("direction=up", "direction should be desc or asc").await;
    refused("collection_id=ghost", "user collection not found").await;
    refused("begin_time=2&end_time=1", "begin_time should not be greater than end_time").await;
    refused("type=x", "type: not a whole number").await;
}

#[tokio::test]
async fn what_is_too_much_is_refused_as_a_whole() {
    let server = with_users().await;
    // Characters are counted, not bytes.
    let largest = |id: &str| json!({"id": id, "type": 1, "data": "长".repeat(20_480), "ext": "长".repeat(1024)});
    add(&server, largest("a")).await.ok();
    let full: Vec<Value> = (0..20).map(|n| largest(&n.to_string())).collect();
    let body = import(&server, json!(full)).await.ok();
    assert_eq!(body["collections"].as_array().unwrap().len(), 20, "more than 1 MiB");
    let refused = async |body: Value, status, error: &str, text: &str| {
        add(&server, body.clone()).await.refused(status, error, text);
        import(&server, json!([largest("b"), body])).await.refused(status, error, text);
    };
    let with = |name: &str, value: Value| {
        let mut body = json!({"id": "c", "type": 1, "data": "d"});
        body[name] = value;
        body
    };
    let long = "data cannot exceed to 20480";
    refused(with("data", json!("d".repeat(20_481))), 403, "exceed_limit", long).await;
    let long = "ext cannot exceed to 1024";
    refused(with("ext", json!("d".repeat(1025))), 403, "exceed_limit", long).await;
    let (illegal, id) = ("illegal_argument", "id: must have 1 to 128 bytes and no NUL");
    refused(with("id", json!("d".repeat(129))), 400, illegal, id).await;
    refused(with("id", json!("d\0")), 400, illegal, id).await;
    let nul = "data: holds a NUL character";
    refused(with("data", json!("d\0")), 400, illegal, nul).await;
    refused(with("data", json!("")), 400, illegal, "data must be provided").await;
    refused(with("type", Value::Null), 400, illegal, "type must be provided").await;
    let range = "type: must be -2147483648 to 2147483647";
    refused(with("type", json!(3_000_000_000_i64)), 400, illegal, range).await;
    import(&server, json!([with("createdAt", json!(-1))])).await.refused(
        400,
        illegal,
        "createdAt: must be 0 or more",
    );
    assert_eq!(ids(&server, "collection_id=a&limit=1").await, ["a"]);
    remove(&server, json!(["b"])).await.refused(400, illegal, "user collection not found");

    let many: Vec<Value> = (0..21).map(|n| json!({"id": n, "type": 1, "data": "d"})).collect();
    let text = "collections is more than max limit : 20";
    import(&server, json!(many)).await.refused(400, illegal, text);
    import(&server, json!([])).await.refused(400, illegal, "collections must be provided");
    import(&server, json!(["x"])).await.refused(400, illegal, "collections: not a list of objects");
    let text = "collection_ids is more than max limit : 20";
    remove(&server, json!((0..21).collect::<Vec<_>>())).await.refused(400, illegal, text);
    remove(&server, json!([])).await.refused(400, illegal, "collection_ids must be provided");
    let reply = send(
        server.request(Method::POST, "/collections", &server.app_token).body("x".repeat(7 << 20)),
    );
    assert_eq!(reply.await.status, 413);

    let limit = |app: &mut hongyan_model::App| {
        app.features.grants.insert(Feature::FavouritesPerUserMax, Grant::Limit(21));
    };
    server.change_app(limit).await;
    let reply = add(&server, with("data", json!("one more"))).await;
    reply.refused(403, "exceed_limit", "favourites_per_user_max is reached");
    add(&server, largest("a")).await.ok();
    remove(&server, json!(["1"])).await.ok();
    add(&server, with("data", json!("one more"))).await.ok();
}

#[tokio::test]
async fn each_user_has_its_own_until_it_goes() {
    let server = with_users().await;
    let token = &server.app_token;
    add(&server, json!({"id": "a", "type": 1, "data": "of alice"})).await.ok();
    let bobs = server.get("/users/bob/collections", token).await.ok();
    assert_eq!(bobs, json!({"collections": []}));
    let missing = |reply: Reply| {
        reply.refused(400, "illegal_argument", "user collection not found");
    };
    missing(server.get("/users/bob/collections?collection_id=a", token).await);
    missing(server.put("/users/bob/collections/a", token, json!({"ext": "x"})).await);
    missing(remove(&server, json!(["b"])).await);

    let one = json!({"type": 1, "data": "d"});
    let body = json!({"username": "ghost", "collections": [one]});
    for reply in [
        server.get("/users/ghost/collections", token).await,
        server.post("/users/ghost/collections", token, one.clone()).await,
        server.put("/users/ghost/collections/a", token, json!({"ext": "x"})).await,
        server.post("/collections", token, body).await,
    ] {
        reply.refused(404, "service_resource_not_found", "Service resource not found");
        assert_eq!(reply.body["exception"], "UserNotFoundException");
    }
    let reply = server.get("/users/no%20body/collections", token).await;
    reply.refused(400, "illegal_argument", "username [no body] is not legal");

    server.delete("/users/alice", token).await.ok();
    server.users(["alice"]).await;
    assert_eq!(ids(&server, "").await, [""; 0], "a later user of the name has none");
}
