//! 应用列表, 应用详情, 用户认证.

use hongyan_cluster::Kick;
use hongyan_model::Refusal;
use hongyan_platform::audit::{self, Filter};
use hongyan_platform::roles::Role;
use hongyan_platform::{ConsoleOptions, apps};
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{CHAT, Client, Console, START, send};

fn wanted(name: &str) -> Value {
    json!({
        "name": name, "data_center": "default", "product_name": "商城", "description": "卖东西",
        "open_registration": false,
    })
}

async fn names(client: &Client, query: &str) -> Vec<String> {
    let listed = client.get(&format!("/apps{query}")).await.ok();
    let name = |app: &Value| app["name"].as_str().unwrap().to_owned();
    listed.as_array().unwrap().iter().map(name).collect()
}

async fn delete(client: &Client, app: &str, typed: &str) -> crate::harness::Reply {
    let request = client.request(Method::DELETE, app);
    send(request.json(&json!({ "app_key": typed }))).await
}

#[tokio::test]
async fn an_app_is_made_as_the_dialog_asks() {
    let c = Console::start().await;
    let made = c.admin.post("/apps", wanted("mall")).await.ok();
    assert_eq!(made["app_key"], "acme#mall");
    assert_eq!((&made["plan"], &made["status"]), (&json!("free"), &json!("active")));
    assert_eq!(made["data_center"]["id"], "default");
    assert_eq!((&made["created"], &made["deleted"]), (&json!(START), &Value::Null));

    c.owner.post("/apps", json!({"name": "other"})).await.refused(400, "malformed_request");
    c.owner.post("/apps", wanted("")).await.invalid("name");
    c.owner.post("/apps", wanted("Mall")).await.invalid("name");
    for (field, value) in [
        ("product_name", json!("")),
        ("product_name", json!("鸿".repeat(33))),
        ("description", json!(" ")),
        ("data_center", json!("moon")),
    ] {
        let mut app = wanted("other");
        app[field] = value;
        c.owner.post("/apps", app).await.invalid(field);
    }
    let taken = c.owner.post("/apps", wanted("mall")).await.refused(409, "app_exists");
    assert_eq!(taken["field"], "name");

    let centers = c.developer.get("/data-centers").await.ok();
    assert_eq!((&centers[0]["id"], &centers[0]["region"]), (&json!("default"), &json!("domestic")));

    // The operator says where, and somebody reads in the operation log who it was.
    c.operator.post("/apps", wanted("theirs")).await.invalid("org");
    let mut theirs = wanted("theirs");
    theirs["org"] = json!("globex");
    let made = c.operator.post("/apps", theirs.clone()).await.ok();
    assert_eq!(made["app_key"], "globex#theirs");
    c.owner.post("/apps", theirs).await.refused(404, "organisation_not_found");
}

#[tokio::test]
async fn an_organisation_has_no_more_apps_than_it_may() {
    let options = ConsoleOptions { apps_per_org_max: 3, ..ConsoleOptions::default() };
    let c = Console::start_with(options).await;
    c.owner.post("/apps", wanted("third")).await.ok();
    let full = c.owner.post("/apps", wanted("fourth")).await.refused(400, "too_many");
    assert_eq!(full["params"]["limit"], 3);
    let third = "/apps/acme/third";
    delete(&c.owner, third, "acme#third").await.ok();
    c.owner.post("/apps", wanted("fourth")).await.ok();
    c.owner.post(&format!("{third}/restore"), json!({})).await.refused(400, "too_many");
    c.operator.post(&format!("{third}/restore"), json!({})).await.ok();
}

#[tokio::test]
async fn the_list_is_searched_and_keeps_to_what_one_may_see() {
    let c = Console::start().await;
    assert_eq!(names(&c.developer, "").await, ["shop", "chat"]);
    assert_eq!(names(&c.owner, "?search=CHA").await, ["chat"]);
    assert_eq!(names(&c.foreigner, "").await, ["chat"]);
    assert_eq!(names(&c.operator, "?org=globex").await, ["chat"]);
    c.operator.get("/apps").await.invalid("org");
    c.owner.get("/apps?org=globex").await.refused(404, "organisation_not_found");
    c.owner.get("/apps?deleted=maybe").await.refused(400, "malformed_request");
    let limited = c.member(Role::Admin, Some(vec![c.shop.id])).await;
    assert_eq!(names(&limited, "").await, ["shop"]);
    limited.post("/apps", wanted("mine")).await.ok();
    assert_eq!(names(&limited, "").await, ["mine", "shop"]);
}

#[tokio::test]
async fn the_page_of_an_app_shows_its_facts_and_never_its_secret() {
    let c = Console::start().await;
    let shown = c.developer.get(CHAT).await.ok();
    assert_eq!(shown["client_id"], c.chat.client_id);
    assert_eq!(shown["uuid"], c.chat.uuid);
    assert_eq!((&shown["org_title"], &shown["plan"]), (&json!("ACME"), &json!("premier")));
    assert_eq!(shown["secret_known"], true);
    assert_eq!(shown["previous_secret_until"], Value::Null);
    assert_eq!(shown["token_ttl_seconds"], 60 * 24 * 3600);
    assert!(!shown.to_string().contains("client_secret\""));

    c.clock.advance(60_000);
    let edited = c.admin.put(CHAT, json!({"product_name": "聊天"})).await.ok();
    assert_eq!(
        (&edited["product_name"], &edited["modified"]),
        (&json!("聊天"), &json!(START + 60_000))
    );
    c.admin.put(CHAT, json!({"product_name": "x".repeat(33)})).await.invalid("product_name");
    c.admin.put(CHAT, json!({"description": ""})).await.invalid("description");
}

#[tokio::test]
async fn the_secret_is_shown_replaced_and_kept_from_whom_it_is_not_for() {
    let c = Console::start().await;
    let reveal = format!("{CHAT}/secret/reveal");
    let reset = format!("{CHAT}/secret/reset");
    let shown = c.developer.post(&reveal, json!({})).await.ok()["client_secret"].clone();
    let opens = async |secret: &Value| {
        let app = c.chat_now().await;
        let secret = secret.as_str().unwrap();
        apps::verify_credentials(&c.platform, &app, &app.client_id, secret).await.is_ok()
    };
    assert!(opens(&shown).await);
    let body = json!({"grace_seconds": 3600, "revoke_tokens": false});
    let fresh = c.owner.post(&reset, body).await.ok()["client_secret"].clone();
    assert!(opens(&fresh).await && opens(&shown).await);
    assert_eq!(c.owner.get(CHAT).await.ok()["previous_secret_until"], START + 3_600_000);
    c.clock.advance(3_600_000);
    assert!(opens(&fresh).await && !opens(&shown).await);
    let body = json!({"grace_seconds": 86_401, "revoke_tokens": false});
    c.owner.post(&reset, body).await.invalid("grace_seconds");

    let kept = c.member(Role::Admin, None).await;
    let keep = |row: &mut hongyan_store::staff::StaffRow| {
        row.may_reveal_secret = false;
        Ok::<_, ()>(())
    };
    hongyan_store::staff::update(&c.store, kept.id.unwrap(), keep).await.unwrap().unwrap().unwrap();
    kept.post(&reveal, json!({})).await.refused(403, "not_permitted");
    kept.post(&format!("{CHAT}/app-token"), json!({})).await.refused(403, "not_permitted");

    let everything = Filter::default();
    let operator = hongyan_platform::staff::find(&c.platform, c.operator.id.unwrap()).await;
    let operator = operator.unwrap().unwrap();
    let log = audit::page(&c.platform, &operator, everything, None, 100).await.unwrap();
    let log = log.entries.iter().map(|(_, line)| format!("{line:?}")).collect::<String>();
    assert!(log.contains("reveal_secret") && log.contains("reset_secret"), "{log}");
    for secret in [shown, fresh] {
        assert!(!log.contains(secret.as_str().unwrap()));
    }
}

#[tokio::test]
async fn app_tokens_are_issued_and_revoked() {
    let c = Console::start().await;
    let issue = format!("{CHAT}/app-token");
    let issued = c.developer.post(&issue, json!({"ttl_seconds": 60})).await.ok();
    assert_eq!(
        (&issued["expires_in"], &issued["expires_at"]),
        (&json!(60), &json!(START + 60_000))
    );
    let speaks_for = async |token: &Value| {
        let token = token["access_token"].as_str().unwrap();
        hongyan_messaging::tokens::authenticate(&c.messaging, token).await
    };
    assert_eq!(speaks_for(&issued).await.unwrap().app.id, c.chat.id);
    let ttl = format!("{CHAT}/token-ttl");
    c.developer.put(&ttl, json!({"seconds": 0})).await.ok();
    let endless = c.developer.post(&issue, json!({})).await.ok();
    assert_eq!((&endless["expires_in"], &endless["expires_at"]), (&json!(0), &Value::Null));
    c.developer.put(&ttl, json!({"seconds": u64::MAX})).await.invalid("seconds");

    let reset = format!("{CHAT}/secret/reset");
    c.owner.post(&reset, json!({"grace_seconds": 0, "revoke_tokens": false})).await.ok();
    speaks_for(&endless).await.unwrap();
    c.clock.advance(1);
    c.owner.post(&reset, json!({"grace_seconds": 0, "revoke_tokens": true})).await.ok();
    for token in [issued, endless] {
        let refused = speaks_for(&token).await;
        assert!(matches!(refused, Err(hongyan_model::Error::Refused(Refusal::TokenInvalid))));
    }
}

#[tokio::test]
async fn suspending_ends_sessions_and_is_lifted_by_who_did_it() {
    let c = Console::start().await;
    let (suspend, resume) = (format!("{CHAT}/suspend"), format!("{CHAT}/resume"));
    let session = c.connect("alice");
    let suspended = c.owner.post(&suspend, json!({})).await.ok();
    assert_eq!(
        (&suspended["status"], &suspended["suspended_by"]),
        (&json!("suspended"), &json!("owner"))
    );
    let signals = std::future::poll_fn(|cx| session.mailbox().poll_take(cx)).await;
    assert_eq!(signals.kick, Some(Kick::AppStopped));
    assert!(apps::find(&c.platform, "acme", "chat").await.is_err());
    // Its settings stay within reach.
    c.developer.get(&format!("{CHAT}/features")).await.ok();
    assert_eq!(c.owner.post(&resume, json!({})).await.ok()["status"], "active");
    apps::find(&c.platform, "acme", "chat").await.unwrap();
    c.operator.post(&suspend, json!({})).await.ok();
    c.owner.post(&resume, json!({})).await.refused(403, "not_permitted");
    c.operator.post(&resume, json!({})).await.ok();
}

#[tokio::test]
async fn a_deleted_app_is_restored_or_removed_with_all_it_had() {
    let c = Console::start().await;
    let user = json!({"user": "alice", "password": "secret"});
    c.owner.post(&format!("{CHAT}/users"), user).await.ok();
    c.owner.delete(CHAT).await.refused(400, "malformed_request");
    delete(&c.owner, CHAT, "acme#shop").await.invalid("app_key");
    let deleted = delete(&c.owner, CHAT, "acme#chat").await.ok();
    assert_eq!((&deleted["status"], &deleted["deleted"]), (&json!("deleting"), &json!(START)));
    assert_eq!(names(&c.owner, "").await, ["shop"]);
    assert_eq!(names(&c.owner, "?deleted=true").await, ["chat"]);
    // Only what is needed to restore it is within reach.
    assert_eq!(c.developer.get(CHAT).await.ok()["status"], "deleting");
    c.owner.get(&format!("{CHAT}/users")).await.refused(404, "app_not_found");
    c.owner.get(&format!("{CHAT}/features")).await.refused(404, "app_not_found");
    c.owner.post(&format!("{CHAT}/resume"), json!({})).await.refused(404, "app_not_found");
    c.admin.post(&format!("{CHAT}/restore"), json!({})).await.refused(403, "not_permitted");
    let restored = c.owner.post(&format!("{CHAT}/restore"), json!({})).await.ok();
    assert_eq!((&restored["status"], &restored["deleted"]), (&json!("active"), &Value::Null));
    c.owner.get(&format!("{CHAT}/users/alice")).await.ok();

    delete(&c.owner, CHAT, "acme#chat").await.ok();
    assert_eq!(apps::sweep(&c.platform).await.unwrap(), 0);
    c.clock.advance(30 * 24 * 3_600_000);
    // Sessions do not live that long.
    let owner = c.signed_in_again(&c.owner).await;
    owner.get(CHAT).await.refused(404, "app_not_found");
    owner.post(&format!("{CHAT}/restore"), json!({})).await.refused(404, "app_not_found");
    assert!(names(&owner, "?deleted=true").await.is_empty());
    assert_eq!(apps::sweep(&c.platform).await.unwrap(), 1);
    // The name is free again, and nobody of before is there.
    owner.post("/apps", wanted("chat")).await.ok();
    owner.get(&format!("{CHAT}/users/alice")).await.refused(404, "user_not_found");
    // The other organisation's app of the same name is what it was.
    let foreigner = c.signed_in_again(&c.foreigner).await;
    foreigner.get("/apps/globex/chat").await.ok();
}

#[tokio::test]
async fn what_ends_an_app_asks_for_the_second_factor_where_the_account_protects_it() {
    let c = Console::start().await;
    let protect = |row: &mut hongyan_store::staff::StaffRow| {
        row.operation_protection = true;
        Ok::<_, ()>(())
    };
    hongyan_store::staff::update(&c.store, c.owner.id.unwrap(), protect).await.unwrap();
    delete(&c.owner, CHAT, "acme#chat").await.refused(403, "verification_required");
    let reset = json!({"grace_seconds": 0, "revoke_tokens": false});
    let reset = c.owner.post(&format!("{CHAT}/secret/reset"), reset).await;
    reset.refused(403, "verification_required");
    c.owner.post(&format!("{CHAT}/suspend"), json!({})).await.ok();
    assert!(c.chat_now().await.restorable_until.is_none());
}

#[tokio::test]
async fn a_plan_is_set_by_the_operator() {
    let c = Console::start().await;
    let plan = format!("/operator{CHAT}/plan");
    let to = |plan: &str| json!({"plan": plan, "charged": false, "reason": "a trial"});
    c.operator.put(&plan, to("pro")).await.ok();
    c.owner.put(&plan, to("premier")).await.refused(403, "not_permitted");
    c.operator.put(&plan, to("gold")).await.refused(400, "malformed_request");
    assert_eq!(c.chat_now().await.plan, hongyan_model::Plan::Pro);
}

#[tokio::test]
async fn what_is_done_to_an_app_stands_in_its_organisations_log() {
    let c = Console::start().await;
    let mut theirs = wanted("given");
    theirs["org"] = json!("acme");
    c.operator.post("/apps", theirs).await.ok();
    c.owner
        .put("/apps/acme/given", json!({"product_name": "x".repeat(33)}))
        .await
        .invalid("product_name");
    let owner = hongyan_platform::staff::find(&c.platform, c.owner.id.unwrap()).await;
    let owner = owner.unwrap().unwrap();
    let log = audit::page(&c.platform, &owner, Filter::default(), None, 10).await.unwrap();
    let lines: Vec<_> = log.entries.iter().map(|(_, line)| line).collect();
    let found: Vec<_> = lines
        .iter()
        .map(|l| (l.email.as_str(), l.module.as_str(), l.action.as_str(), l.result.as_str()))
        .collect();
    assert_eq!(
        found,
        [
            ("owner@acme.test", "apps", "edit", "invalid"),
            ("operator@hongyan.test", "apps", "create", "ok"),
        ]
    );
    for line in lines {
        assert_eq!(line.app_key.as_deref(), Some("acme#given"));
        assert_eq!(line.ip, "127.0.0.1");
    }
}
