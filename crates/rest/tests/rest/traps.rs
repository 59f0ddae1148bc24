//! What the vendor's server SDKs insist on, done as they do it, and names that stand in two places.

use hongyan_rest::{AnswerForm, Endpoint, endpoints};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{PASSWORD, Reply, Server, send};

mod lower_case;

/// Half a day, for which the Java SDK keeps a token whatever its lifetime is.
const HALF_A_DAY: i64 = 12 * 3600;
/// Pages after which a loop counts as endless.
const MANY: usize = 9;

/// A request of the Java SDK: JSON that does not say what it is.
async fn untyped(server: &Server, method: Method, path: &str, body: Value) -> Reply {
    send(server.request(method, path, &server.app_token).body(body.to_string())).await
}

/// A request of the PHP SDK without a body, which says that there is JSON in it.
async fn bodiless(server: &Server, method: Method, path: &str) -> Reply {
    let request = server.request(method, path, &server.app_token);
    send(request.header("content-type", "application/json")).await
}

/// A group and a room of alice with bob, carol and dave, by their paths.
async fn places(server: &Server) -> [String; 2] {
    server.users(["alice", "bob", "carol", "dave"]).await;
    let members = json!(["bob", "carol", "dave"]);
    let group =
        json!({"owner": "alice", "groupname": "g", "public": true, "members": members.clone()});
    let group = server.post("/chatgroups", &server.app_token, group).await.ok();
    let room = json!({"owner": "alice", "name": "r", "description": "d", "members": members});
    let room = server.post("/chatrooms", &server.app_token, room).await.ok();
    let id = |id: &Value| id.as_str().unwrap().to_owned();
    [
        format!("/chatgroups/{}", id(&group["data"]["groupid"])),
        format!("/chatrooms/{}", id(&room["data"]["id"])),
    ]
}

/// Goes through pages until one has no cursor; an empty cursor is one.
async fn all_by_cursor(server: &Server, method: Method, path: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), String::new());
    for _ in 0..MANY {
        let request = server.request(method.clone(), &format!("{path}{cursor}"), &server.app_token);
        let page = send(request).await.ok();
        let items = page["data"].as_array().or_else(|| page["entities"].as_array());
        rows.extend_from_slice(items.unwrap());
        match &page["cursor"] {
            Value::Null => return rows,
            next => cursor = format!("&cursor={}", next.as_str().unwrap()),
        }
    }
    panic!("{path} has no last page: {rows:?}");
}

/// Goes through pages of `size` until one is not full; the number of the next follows from the answer.
async fn all_by_number(server: &Server, path: &str, size: u64) -> Vec<Value> {
    let (mut rows, mut number) = (Vec::new(), 1);
    for _ in 0..MANY {
        let path = format!("{path}?pagenum={number}&pagesize={size}");
        let page = server.get(&path, &server.app_token).await.ok();
        rows.extend_from_slice(page["data"].as_array().unwrap());
        if page["count"].as_u64().unwrap() < size {
            return rows;
        }
        let asked: u64 = page["params"]["pagenum"][0].as_str().unwrap().parse().unwrap();
        number = asked + 1;
    }
    panic!("{path} has no last page: {rows:?}");
}

fn ids(rows: &[Value], key: &str) -> Vec<String> {
    rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn the_java_sdk_pages_until_there_is_no_cursor() {
    let server = Server::start().await;
    let [group, room] = places(&server).await;
    let (mut groups, mut rooms) = (vec![group.clone()], vec![room.clone()]);
    for _ in 0..3 {
        server.clock.advance(1);
        let new = json!({"owner": "alice", "groupname": "g", "public": true});
        let made = server.post("/chatgroups", &server.app_token, new).await.ok();
        groups.insert(0, format!("/chatgroups/{}", made["data"]["groupid"].as_str().unwrap()));
        let new = json!({"owner": "alice", "name": "r", "description": "d"});
        let made = server.post("/chatrooms", &server.app_token, new).await.ok();
        rooms.insert(0, format!("/chatrooms/{}", made["data"]["id"].as_str().unwrap()));
    }
    // The last pages are full and short; the owner is left out before they are counted.
    for limit in [2, 3, 4] {
        let all = async |path: &str| {
            all_by_cursor(&server, Method::GET, &format!("{path}limit={limit}")).await
        };
        let found = ids(&all("/chatgroups?").await, "groupid");
        assert_eq!(found.iter().map(|id| format!("/chatgroups/{id}")).collect::<Vec<_>>(), groups);
        let found = ids(&all("/chatrooms?").await, "id");
        assert_eq!(found.iter().map(|id| format!("/chatrooms/{id}")).collect::<Vec<_>>(), rooms);
        let found = ids(&all("/users?").await, "username");
        assert_eq!(found, ["alice", "bob", "carol", "dave"]);
        for place in [&group, &room] {
            let found = all(&format!("{place}/users?version=v3&")).await;
            assert_eq!(found, ["bob", "carol", "dave"], "{place} by {limit}");
        }
    }
    let deleted = all_by_cursor(&server, Method::DELETE, "/users?limit=2").await;
    assert_eq!(ids(&deleted, "username"), ["alice", "bob", "carol", "dave"]);
    assert_eq!(server.get("/users", &server.app_token).await.ok()["entities"], json!([]));
}

#[tokio::test]
async fn the_java_sdk_sorts_members_as_it_wants() {
    let server = Server::start().await;
    for place in places(&server).await {
        let users = format!("{place}/users?version=v3&limit=2");
        for (sort, expected) in
            [("asc", ["bob", "carol", "dave"]), ("desc", ["dave", "carol", "bob"])]
        {
            let path = format!("{users}&sort={sort}");
            assert_eq!(all_by_cursor(&server, Method::GET, &path).await, expected, "{path}");
        }
    }
}

#[tokio::test]
async fn the_java_sdk_counts_pages_by_what_the_answer_says() {
    let server = Server::start().await;
    let places = places(&server).await;
    let members = [
        json!({"owner": "alice"}),
        json!({"member": "bob"}),
        json!({"member": "carol"}),
        json!({"member": "dave"}),
    ];
    let admins = "/chatrooms/super_admin";
    for user in ["alice", "bob", "carol", "dave"] {
        server.post(admins, &server.app_token, json!({"superadmin": user})).await.ok();
    }
    // The last page is empty, or short.
    for size in [2, 3] {
        for place in &places {
            assert_eq!(all_by_number(&server, &format!("{place}/users"), size).await, members);
        }
        let mut found = all_by_number(&server, admins, size).await;
        found.sort_by_key(Value::to_string);
        assert_eq!(found, ["alice", "bob", "carol", "dave"]);
    }
}

#[tokio::test]
async fn the_java_sdk_says_nothing_of_its_bodies() {
    let server = Server::start().await;
    let [_, room] = places(&server).await;
    let credentials = json!({
        "grant_type": "client_credentials", "client_id": server.credentials.client_id,
        "client_secret": server.credentials.client_secret,
    });
    let request = server.request(Method::POST, "/token", "").body(credentials.to_string());
    assert!(send(request).await.ok()["access_token"].is_string());
    let new = json!({"newpassword": PASSWORD});
    untyped(&server, Method::PUT, "/users/alice/password", new).await.ok();

    let delete = async |path: &str, body: Value| untyped(&server, Method::DELETE, path, body).await;
    let followed = json!({"usernames": ["bob", "carol"]});
    untyped(&server, Method::POST, "/users/alice/presence/600", followed).await.ok();
    let gone = delete("/users/alice/presence", json!(["carol"])).await.ok();
    assert_eq!(gone, json!({"result": "ok"}));
    let left = server.get("/users/alice/presence/sublist", &server.app_token).await.ok();
    assert_eq!(left["result"]["totalnum"], "1");

    let message = json!({"from": "bob", "to": ["alice"], "type": "txt", "body": {"msg": "hi"}});
    untyped(&server, Method::POST, "/messages/users", message).await.ok();
    let talk = json!({"channel": "bob", "type": "chat", "delete_roam": true});
    let gone = delete("/users/alice/user_channel", talk).await.ok();
    assert_eq!(gone["data"], json!({"result": "ok"}));

    let attributes = format!("/metadata{}", room.replace("s/", "/"));
    let of_bob = format!("{attributes}/user/bob");
    let set = json!({"metaData": {"a": "1", "b": "2", "c": "3"}});
    untyped(&server, Method::PUT, &of_bob, set).await.ok();
    // For all of them it sends no body at all.
    let all = bodiless(&server, Method::POST, &attributes).await.ok();
    assert_eq!(all["data"], json!({"a": "1", "b": "2", "c": "3"}));
    let gone = delete(&of_bob, json!({"keys": ["a"]})).await.ok();
    assert_eq!(gone["data"], json!({"successKeys": ["a"], "errorKeys": {}}));
    let forced = format!("{attributes}/user/admin/forced");
    let gone = delete(&forced, json!({"keys": ["b"]})).await.ok();
    assert_eq!(gone["data"], json!({"successKeys": ["b"], "errorKeys": {}}));
    let left = bodiless(&server, Method::POST, &attributes).await.ok();
    assert_eq!(left["data"], json!({"c": "3"}));
}

#[tokio::test]
async fn the_java_sdk_has_names_of_its_own_for_what_a_group_is() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let new = json!({
        "groupname": "g", "desc": "about", "scale": "large", "public": true, "owner": "alice",
        "members": ["bob"], "maxusers": 300, "allowinvites": false, "invite_need_confirm": true,
        "members_only": true, "custom": "c", "need_verify": true, "avatar": "a",
    });
    let made = untyped(&server, Method::POST, "/chatgroups", new).await.ok();
    let path = format!("/chatgroups/{}", made["data"]["groupid"].as_str().unwrap());
    let shown = async || {
        let detail = server.get(&path, &server.app_token).await.ok();
        ["name", "description", "membersonly", "allowinvites", "maxusers", "custom"]
            .map(|key| detail["data"][0][key].clone())
    };
    let expected = json!(["g", "about", true, false, 300, "c"]);
    assert_eq!(json!(shown().await), expected);

    let change = json!({
        "name": "h", "description": "other", "allowinvites": true, "invite_need_confirm": false,
        "membersonly": false, "maxusers": 400, "custom": "d", "public": true, "avatar": "b",
    });
    let changed = untyped(&server, Method::PUT, &path, change).await.ok();
    let all_true = json!({
        "groupname": true, "description": true, "allowinvites": true, "invite_need_confirm": true,
        "membersonly": true, "maxusers": true, "custom": true, "public": true, "avatar": true,
    });
    assert_eq!(changed["data"], all_true);
    let expected = json!(["h", "other", false, true, 400, "d"]);
    assert_eq!(json!(shown().await), expected);
    for (name, value) in
        [("maxusers", json!(500)), ("membersonly", json!(true)), ("allowinvites", json!(false))]
    {
        let changed = untyped(&server, Method::PUT, &path, json!({ name: value })).await.ok();
        assert_eq!(changed["data"], json!({ name: true }));
    }
}

#[tokio::test]
async fn the_java_sdk_may_send_need_verify_with_every_change() {
    let server = Server::start().await;
    let [group, room] = places(&server).await;
    for place in [room, group] {
        let change = json!({"name": "x", "need_verify": false});
        let changed = untyped(&server, Method::PUT, &place, change).await.ok();
        assert_eq!(changed["data"]["groupname"], true, "{place}");
    }
}

#[tokio::test]
async fn the_java_sdk_changes_a_part_of_a_room() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let new = json!({
        "name": "r", "description": "d", "maxusers": 300, "owner": "alice", "members": ["bob"],
        "scale": "large", "custom": "c", "need_verify": true,
    });
    let made = untyped(&server, Method::POST, "/chatrooms", new).await.ok();
    let path = format!("/chatrooms/{}", made["data"]["id"].as_str().unwrap());
    for (name, value, confirmed) in [
        ("name", json!("s"), "groupname"),
        ("description", json!("e"), "description"),
        ("maxusers", json!(400), "maxusers"),
        ("custom", json!("x"), "custom"),
    ] {
        let changed = untyped(&server, Method::PUT, &path, json!({ name: value })).await.ok();
        assert_eq!(changed["data"], json!({ confirmed: true }));
    }
    let detail = server.get(&path, &server.app_token).await.ok();
    let shown = ["name", "description", "maxusers", "custom"].map(|key| &detail["data"][0][key]);
    assert_eq!(json!(shown), json!(["s", "e", 400, "x"]));
}

#[tokio::test]
async fn the_java_sdk_finds_its_upload_behind_the_uri() {
    let server = Server::start().await;
    // The name is a field of its own, and the file does not say what it is.
    let form = Form::new().text("filename", "a.txt").part("file", Part::bytes(b"hello".to_vec()));
    let request = server.request(Method::POST, "/chatfiles", &server.app_token).multipart(form);
    let body = send(request.header("restrict-access", "true")).await.ok();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let file = &body["entities"][0];
    let url = format!("{}/{}", text(&body["uri"]), text(&file["uuid"]));
    let request = server.client.get(url).bearer_auth(&server.app_token);
    let response = request.header("share-secret", text(&file["share-secret"])).send().await;
    let response = response.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.bytes().await.unwrap(), "hello");
}

#[tokio::test]
async fn what_is_not_there_is_404_where_the_java_sdk_takes_that_for_done() {
    let server = Server::start().await;
    server.users(["alice"]).await;
    let owner = || json!({"newowner": "alice"});
    let mute = json!({"username": "ghost", "chat": 1, "groupchat": 1, "chatroom": 1});
    for (method, path, body) in [
        (Method::DELETE, "/chatgroups/77", Value::Null),
        (Method::DELETE, "/chatgroups/77/users/alice", Value::Null),
        (Method::PUT, "/chatgroups/77", owner()),
        (Method::PUT, "/chatrooms/77", owner()),
        (Method::POST, "/mutes", mute),
        (Method::POST, "/users/ghost/presence/webim_1/0", json!({"ext": "x"})),
        (Method::DELETE, "/users/ghost/presence", json!(["alice"])),
    ] {
        let reply = untyped(&server, method.clone(), path, body).await;
        assert_eq!(reply.status, 404, "{method} {path}: {}", reply.body);
        assert!(reply.body["error_description"].is_string(), "{method} {path}: {}", reply.body);
    }
}

#[tokio::test]
async fn tokens_of_the_app_outlive_half_a_day_and_fit_into_32_bits() {
    let server = Server::start().await;
    for ttl in [json!(null), json!(0), json!("0"), json!(u32::MAX)] {
        let body = json!({
            "grant_type": "client_credentials", "client_id": server.credentials.client_id,
            "client_secret": server.credentials.client_secret, "ttl": ttl,
        });
        let issued = server.post("/token", "", body).await.ok();
        let expires_in = issued["expires_in"].as_i64().unwrap();
        assert!(expires_in > HALF_A_DAY && i32::try_from(expires_in).is_ok(), "{ttl}: {issued}");
        // The second Java SDK does not ask again when it is refused.
        server.clock.advance(HALF_A_DAY * 1000);
        server.get("/users", issued["access_token"].as_str().unwrap()).await.ok();
    }
}

#[tokio::test]
async fn the_php_sdk_sends_empty_lists_and_no_bodies() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let new = json!({"name": "r", "description": "d", "owner": "alice", "members": []});
    let made = server.post("/chatrooms", &server.app_token, new).await.ok();
    let room = format!("/chatrooms/{}", made["data"]["id"].as_str().unwrap());
    let new = json!({
        "owner": "alice", "groupname": "g", "desc": "d", "public": false, "maxusers": 200,
        "allowinvites": false, "members_only": true, "members": [], "custom": "",
    });
    let made = server.post("/chatgroups", &server.app_token, new).await.ok();
    let group = format!("/chatgroups/{}", made["data"]["groupid"].as_str().unwrap());
    let post = async |path: String| bodiless(&server, Method::POST, &path).await.ok();
    for place in [room, group] {
        post(format!("{place}/users/bob")).await;
        let white = post(format!("{place}/white/users/bob")).await;
        assert_eq!(white["data"]["result"], true);
        assert_eq!(post(format!("{place}/ban")).await["data"], json!({"mute": true}));
        let detail = server.get(&place, &server.app_token).await.ok();
        let row = &detail["data"][0];
        assert_eq!((&row["affiliations_count"], &row["mute"]), (&json!(2), &json!(true)));
    }
    post("/users/bob/deactivate".to_owned()).await;
    post("/users/bob/activate".to_owned()).await;
    // Switches are numbers.
    let quiet = json!({
        "notification_no_disturbing": 1, "notification_no_disturbing_start": 22,
        "notification_no_disturbing_end": 7,
    });
    let shown = server.put("/users/bob", &server.app_token, quiet).await.ok();
    assert_eq!(shown["entities"][0]["notification_no_disturbing"], true);
    let loud = json!({
        "notification_no_disturbing": 0, "notification_no_disturbing_start": 0,
        "notification_no_disturbing_end": 0,
    });
    let shown = server.put("/users/bob", &server.app_token, loud).await.ok();
    assert_eq!(shown["entities"][0]["notification_no_disturbing"], false);
}

#[tokio::test]
async fn the_php_sdk_restricts_by_a_number() {
    let server = Server::start().await;
    let part = Part::bytes(b"hello".to_vec()).file_name("a.txt");
    let form = Form::new().part("file", part.mime_str("application/octet-stream").unwrap());
    let request = server.request(Method::POST, "/chatfiles", &server.app_token).multipart(form);
    let body = send(request.header("restrict-access", "1")).await.ok();
    let file = &body["entities"][0];
    let path = format!("/chatfiles/{}", file["uuid"].as_str().unwrap());
    assert_eq!(server.get(&path, "").await.status, 403);
    let request = server.request(Method::GET, &path, "");
    let secret = file["share-secret"].as_str().unwrap();
    let response = request.header("share-secret", secret).send().await.unwrap();
    assert_eq!(response.bytes().await.unwrap(), "hello");
}

#[tokio::test]
async fn the_php_sdk_withdraws_one_message_without_a_list() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let message = json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": "oops"}});
    let sent = server.post("/messages/users", &server.app_token, message).await.ok();
    let id = &sent["data"]["bob"];
    let one = json!({"msg_id": id, "to": "bob", "chat_type": "chat", "force": true});
    let body = json!({ "msgs": one });
    let reply = server.post("/messages/recall", &server.app_token, body).await.ok();
    let row = &reply["data"]["msgs"][0];
    assert_eq!((&row["recalled"], &row["msg_id"]), (&json!("yes"), id));
}

/// An address of the endpoint.
fn address(endpoint: &Endpoint) -> String {
    let part = |part: &str| match part {
        "{user}" => "alice".to_owned(),
        "{users}" | "{contact}" | "{blocked}" | "{peer}" => "bob".to_owned(),
        variable if variable.starts_with('{') => "1".to_owned(),
        word => word.to_owned(),
    };
    endpoint.path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// What every SDK takes for granted of an answer; what is wrong with this one, if something is.
fn fault(reply: &Reply) -> Option<String> {
    let Reply { status, headers, body } = reply;
    let is_json = headers.get("content-type").is_some_and(|kind| kind == "application/json");
    let fits = if *status == 200 {
        let is_empty = body.as_object().map_or(!body.is_array(), |object| object.is_empty());
        !is_empty && body.get("error").is_none()
    } else {
        let words = body["error_description"].as_str().unwrap_or_default();
        *status >= 400 && !words.is_empty() && body["error"].is_string()
    };
    (!is_json || !fits).then(|| format!("{status} {:?} {body}", headers.get("content-type")))
}

#[tokio::test]
async fn every_answer_is_json_that_says_so_and_only_failures_have_an_error() {
    let server = Server::start().await;
    let [alice, _] = server.users(["alice", "bob"]).await;
    // Speech has errors of its own.
    let all = endpoints().into_iter().filter(|endpoint| endpoint.prefix.is_empty());
    let all: Vec<Endpoint> = all.collect();
    let mut faults = Vec::new();
    for (token, who) in [(&*alice, "a user"), (&*server.app_token, "the app"), ("", "nobody")] {
        for endpoint in &all {
            for body in ["{}", "[]", "[1]", "\"x\"", "nonsense", ""] {
                let path = address(endpoint);
                let request = server.request(endpoint.method.clone(), &path, token).body(body);
                let fault = fault(&send(request).await);
                let what = || format!("{} {path} by {who} with {body:?}", endpoint.method);
                faults.extend(fault.map(|fault| format!("{}: {fault}", what())));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[tokio::test]
async fn addresses_where_nothing_is_say_so_in_json() {
    let server = Server::start().await;
    let mut faults = Vec::new();
    for path in
        ["", "/", "/nothing", "/users/", "/users//status", "/token", "/users/alice/status", "/%ff"]
    {
        // What is there answers none of these without a token.
        for method in ["PATCH", "PUT", "DELETE", "GET"] {
            let method = Method::from_bytes(method.as_bytes()).unwrap();
            let reply = send(server.request(method.clone(), path, "")).await;
            faults.extend(fault(&reply).map(|fault| format!("{method} {path:?}: {fault}")));
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The names that an object of this shape may have.
fn names<'a>(document: &'a Value, shape: &'a Value, found: &mut Vec<&'a str>) {
    if let Some(reference) = shape["$ref"].as_str() {
        names(document, document.pointer(&reference[1..]).unwrap(), found);
    }
    for list in ["allOf", "oneOf", "anyOf"] {
        for one in shape[list].as_array().into_iter().flatten() {
            names(document, one, found);
        }
    }
    found.extend(shape["properties"].as_object().into_iter().flatten().map(|(name, _)| &**name));
}

#[test]
fn no_success_is_documented_with_an_error() {
    let document = hongyan_rest::openapi();
    for endpoint in endpoints().iter().filter(|endpoint| endpoint.answer.0 != AnswerForm::Bytes) {
        let path = format!("{}/{{org}}/{{app}}{}", endpoint.prefix, endpoint.path);
        let operation = &document["paths"][&path][endpoint.method.as_str().to_lowercase()];
        let shape = &operation["responses"]["200"]["content"]["application/json"]["schema"];
        let mut found = Vec::new();
        names(&document, shape, &mut found);
        assert!(!found.contains(&"error"), "{} {path}: {found:?}", endpoint.method);
        if endpoint.answer.0 == AnswerForm::Envelope {
            assert!(found.contains(&"uri"), "{} {path}: {found:?}", endpoint.method);
        }
    }
}

#[tokio::test]
async fn users_named_like_words_of_paths_are_refused_or_reached() {
    let server = Server::start().await;
    let token = &server.app_token;
    let is_taken = async |name: &str| {
        let new = json!({"username": name, "password": PASSWORD});
        server.post("/users", token, new).await.status == 200
    };
    let mut lost = Vec::new();
    let status = |name: &str| format!("/users/{name}/status");
    if is_taken("batch").await {
        let seen = server.get(&status("batch"), token).await;
        if seen.body["data"] != json!({"batch": "offline"}) {
            lost.push(format!("GET {}: {} {}", status("batch"), seen.status, seen.body));
        }
    }
    for name in ["get", "capacity"] {
        let path = format!("/metadata/user/{name}");
        if is_taken(name).await {
            let set = server.put(&path, token, json!({"nickname": "n"})).await;
            let seen = server.get(&path, token).await;
            if seen.body["data"] != json!({"nickname": "n"}) {
                lost.push(format!("PUT {path}: {}, GET {} {}", set.status, seen.status, seen.body));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[tokio::test]
async fn groups_and_rooms_named_like_words_of_paths_are_refused_or_reached() {
    let server = Server::start().await;
    server.users(["alice", "users", "admin"]).await;
    let token = &server.app_token;
    let groups = server.get("/chatgroups/user/users", token).await.ok();
    assert_eq!((&groups["entities"], &groups["total"]), (&json!([]), &json!(0)));
    assert_eq!(server.get("/chatrooms/super_admin", token).await.ok()["data"], json!([]));
    let group = json!({"owner": "alice", "groupname": "g", "public": true, "groupid": "user"});
    let group = server.post("/chatgroups", token, group).await;
    let room = json!({"owner": "alice", "name": "r", "description": "d", "groupid": "super_admin"});
    let room = server.post("/chatrooms", token, room).await;
    let mut lost = Vec::new();
    if group.status == 200 {
        for (path, expected) in [
            ("/chatgroups/user/users", json!([{"owner": "alice"}])),
            ("/chatgroups/user/admin", json!([])),
            ("/chatgroups/user/mute", json!([])),
        ] {
            let seen = server.get(path, token).await;
            if seen.body["data"] != expected {
                lost.push(format!("GET {path}: {} {}", seen.status, seen.body));
            }
        }
    }
    if room.status == 200 {
        let seen = server.get("/chatrooms/super_admin", token).await;
        if seen.body["data"][0]["id"] != "super_admin" {
            lost.push(format!("GET /chatrooms/super_admin: {} {}", seen.status, seen.body));
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}

#[tokio::test]
async fn shapes_that_surprise() {
    let server = Server::start().await;
    server.users(["alice", "bob"]).await;
    let token = &server.app_token;
    let new = json!({"owner": "alice", "groupname": "a+b / c", "public": true});
    let made = server.post("/chatgroups", token, new).await.ok();
    let group = &made["data"]["groupid"];
    let own = server.get("/chatgroups/user/alice", token).await.ok();
    let row = &own["entities"][0];
    // Both ids, and the name as it came.
    assert_eq!((&row["id"], &row["groupId"]), (group, group));
    assert_eq!(row["name"], "a+b / c");
    // The newer limit of 8 KB, also for changes.
    let path = format!("/chatgroups/{}", group.as_str().unwrap());
    let custom = |bytes| json!({"custom": "x".repeat(bytes)});
    server.put(&path, token, custom(8192)).await.ok();
    let long = server.put(&path, token, custom(8193)).await;
    long.refused(400, "invalid_parameter", "custom length is too big");

    let new = json!({"owner": "alice", "name": "r", "description": "d"});
    let made = server.post("/chatrooms", token, new).await.ok();
    let room = made["data"]["id"].as_str().unwrap();
    let nobody = bodiless(&server, Method::POST, &format!("/chatrooms/{room}/users/ghost")).await;
    nobody.refused(404, "resource_not_found", "username ghost doesn't exist!");
    // One id is no list, but a list of one is one where lists are added.
    let added = json!({"usernames": ["bob"]});
    let added = server.post(&format!("/chatrooms/{room}/users"), token, added).await.ok();
    assert_eq!(added["data"]["newmembers"], json!(["bob"]));
    let gone = server.delete(&format!("/chatrooms/{room}/users/bob"), token).await.ok();
    assert_eq!(gone["data"]["result"], true);
}
