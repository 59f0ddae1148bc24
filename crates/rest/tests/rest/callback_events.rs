//! What rules after sending are told of operations, in both forms: each case is a call and the events that it makes.

use hongyan_integrations::callbacks::{DeliveryFilter, deliveries};
use hongyan_messaging::words;
use hongyan_model::{
    Actor, App, CallbackScope, Caller, ChatType, Feature, Grant, GroupEventFormat, Origin,
    PostRule, WordPolicy, WordSettings,
};
use hongyan_platform::apps;
use hongyan_platform::callbacks::{RuleForm, create};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use crate::support::{START, Server, send};

/// A server whose app tells a rule everything, and what the rule was told.
struct Told {
    server: Server,
    rule: String,
    seen: u64,
}

impl Told {
    async fn start() -> Self {
        let server = Server::start().await;
        let feature = Feature::CallbackPost;
        let grant = |app: &mut App| {
            app.features.grants.insert(feature, Grant::Included);
            app.features.switches.insert(feature, true);
        };
        server.change_app(grant).await;
        let post = PostRule { group_event_format: GroupEventFormat::Both, ..PostRule::default() };
        let form = RuleForm {
            name: "rule".to_owned(),
            url: "http://127.0.0.1:9/".to_owned(),
            enabled: true,
            custom_secret: None,
            scope: CallbackScope::Post(post),
        };
        let rule = create(server.platform(), server.app.id, form).await.unwrap().id;
        Self { server, rule, seen: 0 }
    }

    /// What came since this was asked for last, as it is sent.
    async fn bodies(&mut self) -> Vec<Value> {
        let (i, filter) = (self.server.integrations(), DeliveryFilter::default());
        let app = apps::find_by_id(self.server.platform(), self.server.app.id);
        let app = app.await.unwrap().unwrap();
        let (found, more) = deliveries(i, &app, &self.rule, &filter, None, 100).await.unwrap();
        assert!(!more, "more events than a page holds");
        let mut new: Vec<_> = found.into_iter().filter(|one| one.id > self.seen).collect();
        new.sort_by_key(|one| one.id);
        self.seen = new.last().map_or(self.seen, |one| one.id);
        new.iter().map(|one| serde_json::from_str(&one.body).unwrap()).collect()
    }

    /// What a call makes, in short.
    #[track_caller]
    fn expect(&mut self, what: &str, found: Vec<Value>, expected: Value) {
        let found: Vec<Value> = found.iter().map(short).collect();
        assert_eq!(Value::from(found), expected, "{what}");
    }

    /// Calls as the customer's server, and compares what is told of it.
    async fn case(&mut self, (method, path): (Method, &str), body: Value, expected: Value) {
        let what = format!("{method} {path}");
        let request = self.server.request(method, path, &self.server.app_token);
        let request = if body.is_null() { request } else { request.json(&body) };
        send(request).await.ok();
        let bodies = self.bodies().await;
        self.expect(&what, bodies, expected);
    }
}

/// `[operation, to, reason, members]` of the older form, `[operation, type, operator, member_count, payload]` of the newer
/// one, `[operation, from, to]` of contacts.
fn short(body: &Value) -> Value {
    let payload = &body["payload"];
    if body["event"] == "group_op_event" {
        let mut payload = payload.clone();
        if let Some(info) = payload["info"].as_object() {
            let mut keys: Vec<&String> = info.keys().collect();
            keys.sort();
            payload["info"] = json!(keys);
        }
        let [operation, kind] = [&body["operation"], &body["type"]];
        return json!([operation, kind, body["operator"], body["member_count"], payload]);
    }
    if body["chat_type"] == "roster" {
        return json!([payload["operation"], body["from"], body["to"]]);
    }
    assert_eq!(body["chat_type"], "muc", "{body}");
    json!([payload["operation"], body["to"], payload["reason"], payload["members"]])
}

const ADMIN: &str = "@ppAdmin";
/// When mutes and blocks without end are said to end.
const NEVER: i64 = 4_638_873_600_000;

fn group_info() -> Value {
    json!([
        "allow_user_invites",
        "avatar",
        "created",
        "custom",
        "description",
        "disabled",
        "invite_need_confirm",
        "last_modified",
        "max_users",
        "members_only",
        "mute",
        "mute_duration",
        "owner",
        "public",
        "title",
    ])
}

fn room_info() -> Value {
    json!([
        "created",
        "custom",
        "description",
        "last_modified",
        "max_users",
        "mute",
        "mute_duration",
        "owner",
        "title",
    ])
}

#[tokio::test]
async fn operations_on_a_group() {
    let mut told = Told::start().await;
    told.server.users(["alice", "bob", "carol", "dave"]).await;
    let new = json!({
        "owner": "alice", "groupname": "g", "description": "d", "public": true, "members": ["bob"], "groupid": "g1",
    });
    let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
    told.case(
        (post.clone(), "/chatgroups"),
        new,
        json!([
            ["create", "alice", "", null],
            ["direct_joined", "bob", "", null],
            ["CREATE", "GROUP", ADMIN, null, {
                "role": {"alice": "owner"}, "member": ["alice", "bob"], "info": group_info(),
            }],
        ]),
    )
    .await;
    let joined = |user: &str, count: u32| {
        json!([
            ["direct_joined", user, "", null],
            ["presence", "g1", null, [user]],
            ["JOIN", "GROUP", ADMIN, count, {"type": "DIRECT", "member": [user]}],
        ])
    };
    told.case((post.clone(), "/chatgroups/g1/users/carol"), Value::Null, joined("carol", 3)).await;
    told.case((post.clone(), "/chatgroups/g1/users/dave"), Value::Null, joined("dave", 4)).await;
    told.case(
        (post.clone(), "/chatgroups/g1/blocks/users/carol"),
        Value::Null,
        json!([
            ["ban", "carol", "", null],
            ["BLOCK", "GROUP", ADMIN, null, {"type": "ADD", "member": ["carol"], "expire_timestamp": NEVER}],
            ["absence", "g1", null, ["carol"]],
            ["LEAVE", "GROUP", ADMIN, 3, {"type": "BLOCK", "member": ["carol"]}],
        ]),
    )
    .await;
    told.case(
        (delete.clone(), "/chatgroups/g1/blocks/users/carol"),
        Value::Null,
        json!([
            ["allow", "carol", "", null],
            ["BLOCK", "GROUP", ADMIN, null, {"type": "REMOVE", "member": ["carol"]}],
        ]),
    )
    .await;
    told.case(
        (delete.clone(), "/chatgroups/g1/users/dave"),
        Value::Null,
        json!([
            ["kick", "dave", "", null],
            ["absence", "g1", null, ["dave"]],
            ["LEAVE", "GROUP", ADMIN, 2, {"type": "KICK", "member": ["dave"]}],
        ]),
    )
    .await;
    told.case(
        (put.clone(), "/chatgroups/g1"),
        json!({"groupname": "new"}),
        json!([
            ["update", "g1", "", null],
            ["UPDATE", "GROUP", ADMIN, null, {"type": "INFO", "info": group_info()}],
        ]),
    )
    .await;
    told.case(
        (put.clone(), "/chatgroups/g1"),
        json!({"newowner": "bob"}),
        json!([
            ["assing_owner", "bob", "", null],
            ["UPDATE", "GROUP", ADMIN, null, {"type": "OWNER", "owner": "alice", "new_owner": "bob"}],
        ]),
    )
    .await;
    told.case(
        (post.clone(), "/chatgroups/g1/announcement"),
        json!({"announcement": "news"}),
        json!([
            ["update_announcement", "g1", "news", null],
            ["UPDATE", "GROUP", ADMIN, null, {"type": "ANNOUNCEMENT", "announcement": "news"}],
        ]),
    )
    .await;
    told.case(
        (post.clone(), "/chatgroups/g1/announcement"),
        json!({"announcement": ""}),
        json!([
            ["delete_announcement", "g1", "", null],
            ["UPDATE", "GROUP", ADMIN, null, {"type": "ANNOUNCEMENT"}],
        ]),
    )
    .await;
    for (method, older, mute) in
        [(post.clone(), "ban_group", true), (delete.clone(), "remove_ban_group", false)]
    {
        let newer = json!(["UPDATE", "GROUP", ADMIN, null, {"type": "MUTE", "mute": mute}]);
        let path = (method, "/chatgroups/g1/ban");
        told.case(path, Value::Null, json!([[older, "g1", "", null], newer])).await;
    }
    for (path, disable) in [("/chatgroups/g1/disable", true), ("/chatgroups/g1/enable", false)] {
        let newer =
            json!(["UPDATE", "GROUP", ADMIN, null, {"type": "DISABLE", "disable": disable}]);
        told.case((post.clone(), path), Value::Null, json!([["update", "g1", "", null], newer]))
            .await;
    }
    told.case(
        (post.clone(), "/chatgroups/g1/admin"),
        json!({"newadmin": "alice"}),
        json!([
            ["add_admin", "alice", "", null],
            ["ADMIN", "GROUP", ADMIN, null, {"type": "ADD", "admin": ["alice"]}],
        ]),
    )
    .await;
    told.case(
        (delete.clone(), "/chatgroups/g1/admin/alice"),
        Value::Null,
        json!([
            ["remove_admin", "alice", "", null],
            ["ADMIN", "GROUP", ADMIN, null, {"type": "REMOVE", "admin": ["alice"]}],
        ]),
    )
    .await;
    told.case(
        (post.clone(), "/chatgroups/g1/mute"),
        json!({"usernames": ["alice"], "mute_duration": 60_000}),
        json!([
            ["add_mute", "alice", "", null],
            ["MUTE", "GROUP", ADMIN, null, {
                "type": "ADD", "member": ["alice"], "expire_timestamp": START + 60_000,
            }],
        ]),
    )
    .await;
    told.case(
        (delete.clone(), "/chatgroups/g1/mute/alice"),
        Value::Null,
        json!([
            ["remove_mute", "alice", "", null],
            ["MUTE", "GROUP", ADMIN, null, {"type": "REMOVE", "member": ["alice"]}],
        ]),
    )
    .await;
    told.case(
        (post.clone(), "/chatgroups/g1/white/users/alice"),
        Value::Null,
        json!([
            ["add_user_white_list", "alice", "", null],
            ["WHITE", "GROUP", ADMIN, null, {"type": "ADD", "member": ["alice"]}],
        ]),
    )
    .await;
    told.case(
        (delete.clone(), "/chatgroups/g1/white/users/alice"),
        Value::Null,
        json!([
            ["remove_user_white_list", "alice", "", null],
            ["WHITE", "GROUP", ADMIN, null, {"type": "REMOVE", "member": ["alice"]}],
        ]),
    )
    .await;
    // A user who is no more has left.
    told.case(
        (delete.clone(), "/users/alice"),
        Value::Null,
        json!([
            ["absence", "g1", null, ["alice"]],
            ["LEAVE", "GROUP", ADMIN, 1, {"type": "DELETE", "member": ["alice"]}],
        ]),
    )
    .await;
    told.case(
        (delete, "/chatgroups/g1"),
        Value::Null,
        json!([["destroy", "g1", "", null], ["DELETE", "GROUP", ADMIN, null, null]]),
    )
    .await;
}

#[tokio::test]
async fn files_of_a_group() {
    let mut told = Told::start().await;
    told.server.users(["alice"]).await;
    let new = json!({
        "owner": "alice", "groupname": "g", "description": "d", "public": true, "groupid": "g1",
    });
    told.server.post("/chatgroups", &told.server.app_token, new).await.ok();
    told.bodies().await;
    let form = Form::new().part("file", Part::bytes(b"hello".to_vec()).file_name("a.txt"));
    let path = "/chatgroups/g1/share_files";
    let request = told.server.request(Method::POST, path, &told.server.app_token);
    let shared = send(request.multipart(form)).await.ok();
    let file = shared["data"]["file_id"].as_str().unwrap().to_owned();
    let bodies = told.bodies().await;
    let reason: Value =
        serde_json::from_str(bodies[0]["payload"]["reason"].as_str().unwrap()).unwrap();
    let data = json!({
        "file_id": file, "file_name": "a.txt", "file_owner": "admin", "file_size": 5, "created": START,
    });
    assert_eq!(reason, json!({ "data": data }));
    assert_eq!(
        (&bodies[0]["payload"]["operation"], &bodies[0]["to"]),
        (&json!("upload_file"), &json!("g1"))
    );
    let newer = json!(["SHARE_FILE", "GROUP", ADMIN, null, {"type": "ADD", "share_file": [file]}]);
    assert_eq!(short(&bodies[1]), newer);
    told.case(
        (Method::DELETE, &format!("{path}/{file}")),
        Value::Null,
        json!([
            ["delete_file", "g1", file, null],
            ["SHARE_FILE", "GROUP", ADMIN, null, {"type": "REMOVE", "share_file": [file]}],
        ]),
    )
    .await;
}

#[tokio::test]
async fn requests_to_come_into_a_group() {
    let mut told = Told::start().await;
    let [_, bob, carol, dave] = told.server.users(["alice", "bob", "carol", "dave"]).await;
    let new = json!({
        "owner": "alice", "groupname": "g", "description": "d", "public": true, "membersonly": true,
        "invite_need_confirm": true, "groupid": "g1",
    });
    told.server.post("/chatgroups", &told.server.app_token, new).await.ok();
    told.server.post("/chatgroups/g1/users/dave", &told.server.app_token, json!({})).await.ok();
    let admin = json!({"newadmin": "dave"});
    told.server.post("/chatgroups/g1/admin", &told.server.app_token, admin).await.ok();
    told.bodies().await;

    let apply = json!({"message": "let me in"});
    told.server.post("/chatgroups/g1/apply?resource=web", &bob, apply).await.ok();
    let bodies = told.bodies().await;
    // Whoever can answer is asked.
    let asked =
        json!([["apply", "alice", "let me in", null], ["apply", "dave", "let me in", null]]);
    told.expect("apply", bodies, asked);
    let verdict = json!({"applicant": "bob", "verifyResult": true, "reason": ""});
    told.server.post("/chatgroups/g1/apply_verify?resource=web", &dave, verdict).await.ok();
    let bodies = told.bodies().await;
    let accepted = json!([
        ["apply_accept", "bob", "", null],
        ["presence", "g1", null, ["bob"]],
        ["JOIN", "GROUP", "dave", 3, {"type": "APPLY", "member": ["bob"]}],
    ]);
    told.expect("apply_verify", bodies, accepted);

    let invite = json!({"usernames": ["carol"]});
    told.server.post("/chatgroups/g1/invite?resource=web", &dave, invite).await.ok();
    let bodies = told.bodies().await;
    told.expect("invite", bodies, json!([["invite", "carol", "", null]]));
    let verdict = json!({"invitee": "carol", "verifyResult": true});
    told.server.post("/chatgroups/g1/invite_verify?resource=web", &carol, verdict).await.ok();
    let bodies = told.bodies().await;
    let accepted = json!([
        ["invite_accept", "dave", "", null],
        ["presence", "g1", null, null],
        ["JOIN", "GROUP", "carol", 4, {"type": "INVITE", "member": ["carol"]}],
    ]);
    told.expect("invite_verify", bodies, accepted);

    told.server.delete("/chatgroups/g1/quit?resource=web", &carol).await.ok();
    let bodies = told.bodies().await;
    let left = json!([
        ["leave", "carol", "", null],
        ["absence", "g1", null, null],
        ["LEAVE", "GROUP", "carol", 3, {"type": "QUIT", "member": ["carol"]}],
    ]);
    told.expect("quit", bodies, left);
    told.server.post("/chatgroups/g1/shield?resource=web", &bob, json!({})).await.ok();
    let bodies = told.bodies().await;
    let shut_out = json!([
        ["block", "bob", "", null],
        ["SHIELD", "GROUP", "bob", null, {"type": "ADD"}],
    ]);
    told.expect("shield", bodies, shut_out);
}

#[tokio::test]
async fn operations_on_a_chat_room() {
    let mut told = Told::start().await;
    told.server.users(["alice", "bob", "carol"]).await;
    let (post, put, delete) = (Method::POST, Method::PUT, Method::DELETE);
    told.case(
        (post.clone(), "/chatrooms/super_admin"),
        json!({"superadmin": "alice"}),
        json!([["ROOM_SUPER_ADMIN", "CHATROOM", ADMIN, null, {"type": "ADD", "admin": ["alice"]}]]),
    )
    .await;
    told.case(
        (delete.clone(), "/chatrooms/super_admin/alice"),
        Value::Null,
        json!([["ROOM_SUPER_ADMIN", "CHATROOM", ADMIN, null, {"type": "REMOVE", "admin": ["alice"]}]]),
    )
    .await;
    told.case(
        (post.clone(), "/chatrooms"),
        json!({"owner": "alice", "name": "r", "description": "d", "groupid": "r1"}),
        json!([
            ["create", "alice", "", null],
            ["CREATE", "CHATROOM", ADMIN, null, {
                "role": {"alice": "owner"}, "member": ["alice"], "info": room_info(),
            }],
        ]),
    )
    .await;
    let joined = |user: &str, count: u32| {
        json!([
            ["direct_joined", user, "", null],
            ["presence", "r1", null, [user]],
            ["JOIN", "CHATROOM", ADMIN, count, {"type": "DIRECT", "member": [user]}],
        ])
    };
    told.case((post.clone(), "/chatrooms/r1/users/bob"), Value::Null, joined("bob", 2)).await;
    told.case((post.clone(), "/chatrooms/r1/users/carol"), Value::Null, joined("carol", 3)).await;
    told.case(
        (delete.clone(), "/chatrooms/r1/users/bob"),
        Value::Null,
        json!([
            ["kick", "bob", "", null],
            ["absence", "r1", null, ["bob"]],
            ["LEAVE", "CHATROOM", ADMIN, 2, {"type": "KICK", "member": ["bob"]}],
        ]),
    )
    .await;
    told.case(
        (post.clone(), "/chatrooms/r1/blocks/users/carol"),
        Value::Null,
        json!([
            ["ban", "carol", "", null],
            ["BLOCK", "CHATROOM", ADMIN, null, {"type": "ADD", "member": ["carol"], "expire_timestamp": NEVER}],
            ["absence", "r1", null, ["carol"]],
            ["LEAVE", "CHATROOM", ADMIN, 1, {"type": "BLOCK", "member": ["carol"]}],
        ]),
    )
    .await;
    told.case(
        (put, "/chatrooms/r1"),
        json!({"name": "new"}),
        json!([
            ["update", "r1", "", null],
            ["UPDATE", "CHATROOM", ADMIN, null, {"type": "INFO", "info": room_info()}],
        ]),
    )
    .await;
    told.case((post.clone(), "/chatrooms/r1/users/bob"), Value::Null, joined("bob", 2)).await;
    told.case(
        (delete.clone(), "/users/bob"),
        Value::Null,
        json!([
            ["absence", "r1", null, ["bob"]],
            ["LEAVE", "CHATROOM", ADMIN, 1, {"type": "DELETE", "member": ["bob"]}],
        ]),
    )
    .await;
    told.case(
        (delete, "/chatrooms/r1"),
        Value::Null,
        json!([["destroy", "r1", "", null], ["DELETE", "CHATROOM", ADMIN, null, null]]),
    )
    .await;
}

#[tokio::test]
async fn what_a_group_looks_like_is_told_in_texts() {
    let mut told = Told::start().await;
    told.server.users(["alice"]).await;
    let new = json!({
        "owner": "alice", "groupname": "g", "description": "d", "public": true, "groupid": "g1", "maxusers": 10,
    });
    told.server.post("/chatgroups", &told.server.app_token, new).await.ok();
    told.server.post("/chatgroups/g1/ban", &told.server.app_token, json!({})).await.ok();
    told.bodies().await;
    let change = json!({"groupname": "new"});
    told.server.put("/chatgroups/g1", &told.server.app_token, change).await.ok();
    let bodies = told.bodies().await;
    let info = json!({
        "owner": "alice", "title": "new", "description": "d", "custom": "", "avatar": "", "public": "true",
        "members_only": "false", "allow_user_invites": "false", "invite_need_confirm": "true",
        "disabled": "false", "max_users": "10", "created": START.to_string(),
        "last_modified": START.to_string(), "mute": "true", "mute_duration": -1,
    });
    assert_eq!(bodies[1]["payload"]["info"], info);
}

#[tokio::test]
async fn users_who_are_blocked() {
    let mut told = Told::start().await;
    let [alice, ..] = told.server.users(["alice", "bob", "carol"]).await;
    let path = "/users/alice/blocks/users";
    let both = json!({"usernames": ["bob", "carol"]});
    told.case(
        (Method::POST, path),
        json!({"usernames": ["bob"]}),
        json!([["ban", "alice", "bob"]]),
    )
    .await;
    // Who was blocked before is not told again.
    told.case((Method::POST, path), both, json!([["ban", "alice", "carol"]])).await;
    told.case(
        (Method::DELETE, &format!("{path}/bob")),
        Value::Null,
        json!([["allow", "alice", "bob"]]),
    )
    .await;
    told.case((Method::DELETE, &format!("{path}/bob")), Value::Null, json!([])).await;
    // As the SDK does it.
    let sdk = "/sdk/user/alice/blocks?resource=web";
    let request = told.server.request(Method::DELETE, sdk, &alice);
    send(request.json(&json!({"usernames": ["carol"]}))).await.ok();
    let bodies = told.bodies().await;
    assert_eq!(
        bodies[0]["payload"],
        json!({"operation": "allow", "reason": "", "status": {"error_code": "ok"}})
    );
}

#[tokio::test]
async fn words_of_a_message_are_told_with_its_id() {
    let mut told = Told::start().await;
    told.server.users(["alice", "bob"]).await;
    let settings = WordSettings {
        scopes: ChatType::ALL.to_vec(),
        policy: WordPolicy::Record,
        ..WordSettings::default()
    };
    let caller = async |told: &Told| {
        let app = apps::find_by_id(told.server.platform(), told.server.app.id);
        Caller {
            app: app.await.unwrap().unwrap(),
            actor: Actor::App,
            origin: Origin::Rest,
            device: None,
            client: None,
        }
    };
    let m = told.server.messaging();
    let by = caller(&told).await;
    words::set(m, &by, true, settings).await.unwrap();
    let by = caller(&told).await;
    words::add(m, &by, "secret").await.unwrap();
    let message =
        json!({"from": "alice", "to": ["bob"], "type": "txt", "body": {"msg": "a secret"}});
    let sent = told.server.post("/messages/users", &told.server.app_token, message).await.ok();
    let id = sent["data"]["bob"].as_str().unwrap();
    let bodies = told.bodies().await;
    assert_eq!(bodies.len(), 1);
    assert_eq!(bodies[0]["contentUri"], format!("msync:{id}"));
    assert_eq!(
        (&bodies[0]["alertReason"], &bodies[0]["status"]),
        (&json!("through"), &json!("pass"))
    );
}
