//! Signing in, one's own account, members, invitations, organisations, operation log: over HTTP.

use hongyan_platform::roles::Role;
use hongyan_platform::{ConsoleOptions, RegistrationMode};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::harness::{Client, Console, PASSWORD, Reply, START, send};

impl Console {
    async fn open() -> Self {
        Self::start_with(ConsoleOptions {
            registration: RegistrationMode::Open,
            ..ConsoleOptions::default()
        })
        .await
    }

    /// A solved challenge.
    async fn proof(&self) -> Value {
        let issued = self.stranger.get("/challenge").await.ok();
        let challenge = issued["challenge"].as_str().unwrap();
        let difficulty = u32::try_from(issued["difficulty"].as_u64().unwrap()).unwrap();
        let is_solution = |nonce: &u32| {
            let digest = Sha256::digest(format!("{challenge}:{nonce}"));
            u32::from_be_bytes(*digest.first_chunk().unwrap()).leading_zeros() >= difficulty
        };
        let nonce = (0..).find(is_solution).unwrap();
        json!({ "challenge": challenge, "nonce": nonce.to_string() })
    }

    /// Logs in; answers the session's cookie as the browser would send it back.
    async fn log_in(&self, email: &str, password: &str) -> String {
        let body = json!({ "email": email, "password": password });
        let request = self.stranger.request(Method::POST, "/login").json(&body);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200);
        let cookie = response.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert_eq!(response.json::<Value>().await.unwrap(), json!({ "status": "signed_in" }));
        for part in ["HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age=604800"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        cookie.split(';').next().unwrap().to_owned()
    }

    async fn session_of(&self, cookie: &str) -> Value {
        let request = self.stranger.request(Method::GET, "/session").header("cookie", cookie);
        send(request).await.ok()
    }

    /// A write with a cookie and the token that belongs to it.
    async fn write_as(&self, cookie: &str, method: Method, path: &str, body: Value) -> Reply {
        let session = self.session_of(cookie).await;
        let csrf = session["csrf"].as_str().unwrap();
        let request = self.stranger.request(method, path).header("cookie", cookie);
        send(request.header("x-csrf-token", csrf).json(&body)).await
    }
}

fn register(org: &str, email: &str, proof: Value) -> Value {
    json!({
        "kind": "company", "company": "Wayne", "org": org, "email": email, "password": PASSWORD,
        "language": "en", "agree": true, "proof": proof,
    })
}

fn new_member(email: &str) -> Value {
    json!({ "email": email, "password": PASSWORD, "role": "developer", "apps": ["shop"] })
}

async fn log(client: &Client, query: &str) -> Vec<Value> {
    let page = client.get(&format!("/audit?{query}")).await.ok();
    page["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_session_says_who_is_signed_in_and_what_is_allowed() {
    let c = Console::start().await;
    let nobody = c.stranger.get("/session").await.ok();
    assert_eq!((&nobody["signed_in"], &nobody["csrf"]), (&Value::Null, &Value::Null));
    let installation = &nobody["installation"];
    assert_eq!(installation["registration"], "closed");
    assert_eq!(installation["mail_configured"], false);
    assert_eq!(installation["time_zone"], "Asia/Shanghai");
    assert_eq!(installation["contact"], Value::Null);

    let cookie = c.log_in("owner@acme.test", PASSWORD).await;
    let session = c.session_of(&cookie).await;
    let me = &session["signed_in"];
    assert_eq!((&me["email"], &me["role"]), (&json!("owner@acme.test"), &json!("super_admin")));
    assert_eq!(me["org"]["name"], "acme");
    assert_eq!(me["last_login"], START);
    let allowed = |me: &Value, permission: &str| {
        me["permissions"].as_array().unwrap().contains(&json!(permission))
    };
    assert!(allowed(me, "members") && !allowed(me, "manage_installation"));
    let session = c.developer.get("/session").await.ok();
    let me = &session["signed_in"];
    assert!(allowed(me, "operations") && !allowed(me, "billing_read") && !allowed(me, "members"));
    let session = c.operator.get("/session").await.ok();
    assert_eq!(session["signed_in"]["org"], Value::Null);
    assert!(allowed(&session["signed_in"], "manage_installation"));

    let left = c.write_as(&cookie, Method::POST, "/logout", json!({})).await;
    left.ok();
    assert_eq!(c.session_of(&cookie).await["signed_in"], Value::Null);
}

#[tokio::test]
async fn guessing_ends_in_a_challenge() {
    let c = Console::start().await;
    let wrong = json!({ "email": "owner@acme.test", "password": "wrong" });
    for _ in 0..5 {
        c.stranger.post("/login", wrong.clone()).await.refused(403, "login_failed");
    }
    let asked = c.stranger.post("/login", wrong.clone()).await.refused(403, "challenge_required");
    assert!(asked["params"]["challenge"].is_string() && asked["params"]["difficulty"].is_u64());
    let mut right = json!({ "email": "owner@acme.test", "password": PASSWORD });
    right["proof"] = c.proof().await;
    c.stranger.post("/login", right).await.ok();
    let failed = log(&c.owner, "result=failed&module=security").await;
    assert_eq!((failed.len(), &failed[0]["action"]), (5, &json!("login")));
    assert!(!failed[0].to_string().contains("wrong"));
}

#[tokio::test]
async fn somebody_registers_and_is_signed_in() {
    let c = Console::open().await;
    let check = async |org: &str| c.stranger.get(&format!("/register/check?org={org}")).await.ok();
    assert_eq!(check("wayne").await, json!({ "available": true, "reason": null }));
    assert_eq!(check("acme").await, json!({ "available": false, "reason": "taken" }));
    assert_eq!(check("console").await, json!({ "available": false, "reason": "illegal" }));

    let body = |email| register("wayne", email, Value::Null);
    let asked = c.stranger.post("/register", body("bruce@wayne.test")).await;
    asked.refused(403, "challenge_required");
    let mut disagreed = register("wayne", "bruce@wayne.test", c.proof().await);
    disagreed["agree"] = false.into();
    c.stranger.post("/register", disagreed).await.invalid("agree");
    let mut nameless = register("wayne", "bruce@wayne.test", c.proof().await);
    nameless["company"] = "".into();
    c.stranger.post("/register", nameless).await.invalid("company");
    let made = register("wayne", "bruce@wayne.test", c.proof().await);
    c.stranger.post("/register", made).await.ok();
    let again = register("wayne", "other@wayne.test", c.proof().await);
    let refused = c.stranger.post("/register", again).await.refused(409, "organisation_exists");
    assert_eq!(refused["field"], "org");
    let cookie = c.log_in("bruce@wayne.test", PASSWORD).await;
    let me = c.session_of(&cookie).await["signed_in"].clone();
    assert_eq!((&me["org"]["title"], &me["language"]), (&json!("Wayne"), &json!("en")));
    assert_eq!(me["email_verified"], false);

    let closed = Console::start().await;
    let refused = register("wayne", "bruce@wayne.test", closed.proof().await);
    closed.stranger.post("/register", refused).await.refused(403, "registration_closed");
}

#[tokio::test]
async fn without_a_mail_server_the_page_is_told_so() {
    let c = Console::start().await;
    let body = json!({ "email": "owner@acme.test", "proof": c.proof().await });
    c.stranger.post("/password/forgot", body).await.refused(409, "mail_not_configured");
    let refused = c.owner.post("/email/send-verification", json!({})).await;
    refused.refused(409, "mail_not_configured");
    let changed = c.owner.post("/account/email", json!({ "email": "new@acme.test" })).await.ok();
    assert_eq!(changed, json!({ "mailed": false }));
    let status = c.operator.get("/mail").await.ok();
    assert_eq!(status["configured"], false);
}

#[tokio::test]
async fn links_that_nobody_sent_are_not_valid() {
    let c = Console::start().await;
    let body = json!({ "token": "x", "password": PASSWORD });
    c.stranger.post("/password/reset", body).await.refused(410, "link_invalid");
    let body = json!({ "token": "x" });
    c.stranger.post("/email/verify", body).await.refused(410, "link_invalid");
    c.stranger.get("/invite/x").await.refused(410, "link_invalid");
}

#[tokio::test]
async fn an_account_is_edited_by_its_owner() {
    let c = Console::start().await;
    let edit = json!({ "name": "张三", "phone": "123", "qq": "10001", "company": "新公司", "language": "en" });
    c.owner.put("/account", edit).await.ok();
    let me = c.owner.get("/account").await.ok();
    let values = ["name", "phone", "qq", "language"].map(|key| me[key].as_str().unwrap());
    assert_eq!(values, ["张三", "123", "10001", "en"]);
    assert_eq!(me["org"]["title"], "新公司");
    c.owner.put("/account", json!({ "qq": "x" })).await.invalid("qq");
    c.owner.put("/account", json!({ "language": "fr" })).await.refused(400, "malformed_request");
    let refused = c.developer.put("/account", json!({ "company": "Mine" })).await;
    refused.refused(403, "not_permitted");

    let change = |old: &str, new: &str| json!({ "old": old, "new": new });
    let wrong = c.owner.post("/account/password", change("wrong-guess", "Another-1")).await;
    assert_eq!(wrong.refused(403, "wrong_password")["field"], "old");
    c.owner.post("/account/password", change(PASSWORD, "short")).await.invalid("new");
    c.owner.post("/account/password", change(PASSWORD, "Another-1")).await.ok();
    c.log_in("owner@acme.test", "Another-1").await;
    let line = &log(&c.owner, "module=account&text=change_password").await[0];
    assert_eq!(line["detail"], r#"{"old":"******","new":"******"}"#);
}

#[tokio::test]
async fn protected_operations_ask_for_a_factor() {
    let c = Console::start().await;
    c.owner.put("/account/protection", json!({ "operation": true })).await.ok();
    let refused = c.owner.post("/members", new_member("dev@acme.test")).await;
    let refused = refused.refused(403, "verification_required");
    assert_eq!(refused["params"]["factors"], json!(["password"]));
    let offered = c.owner.get("/verify").await.ok();
    assert_eq!(offered, json!({ "factors": ["password"], "verified_until": null }));
    let verify = |code: &str| json!({ "factor": "password", "code": code });
    c.owner.post("/verify", verify("wrong")).await.refused(403, "wrong_code");
    let verified = c.owner.post("/verify", verify(PASSWORD)).await.ok();
    assert_eq!(verified["verified_until"], START + 600_000);
    c.owner.post("/members", new_member("dev@acme.test")).await.ok();
    c.clock.advance(600_000);
    let late = c.owner.post("/members", new_member("dev2@acme.test")).await;
    late.refused(403, "verification_required");
}

#[tokio::test]
async fn an_authenticator_app_is_bound_and_asked_for() {
    let c = Console::start().await;
    let begin = async || c.owner.post("/account/totp/begin", json!({})).await;
    begin().await.refused(403, "verification_required");
    c.owner.post("/verify", json!({ "factor": "password", "code": PASSWORD })).await.ok();
    let offer = begin().await.ok();
    assert!(offer["uri"].as_str().unwrap().starts_with("otpauth://totp/"));
    let confirm = json!({
        "ticket": offer["ticket"], "code": "12345", "login_protection": true, "operation_protection": false,
    });
    c.owner.post("/account/totp/confirm", confirm.clone()).await.refused(403, "wrong_code");
    let secret = totp_rs::Secret::try_from_base32(offer["secret"].as_str().unwrap()).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build().unwrap();
    let code =
        |steps: u64| app.generate(u64::try_from(START).unwrap() / 1000 + steps * 30).to_string();
    let mut right = confirm;
    right["code"] = code(0).into();
    let bound = c.owner.post("/account/totp/confirm", right).await.ok();
    let codes = bound["recovery_codes"].as_array().unwrap();
    assert_eq!(codes.len(), 10);
    let security = c.owner.get("/account/security").await.ok();
    assert_eq!(
        (&security["totp_bound"], &security["login_protection"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(security["factors"], json!(["totp", "recovery"]));

    let login = json!({ "email": "owner@acme.test", "password": PASSWORD });
    let due = c.stranger.post("/login", login).await.ok();
    assert_eq!(
        (&due["status"], &due["factors"]),
        (&json!("factor_required"), &json!(["totp", "recovery"]))
    );
    assert_eq!(due["email_hint"], "o***@acme.test");
    let factor = |factor: &str, code: &str| json!({ "ticket": due["ticket"], "factor": factor, "code": code });
    let used = c.stranger.post("/login/factor", factor("totp", &code(0))).await;
    used.refused(403, "wrong_code");
    c.stranger.post("/login/factor", factor("totp", &code(1))).await.ok();
    let recovery = factor("recovery", codes[0].as_str().unwrap());
    c.stranger.post("/login/factor", recovery.clone()).await.ok();
    c.stranger.post("/login/factor", recovery).await.refused(403, "wrong_code");
    c.stranger
        .post("/login/email-code", json!({ "ticket": due["ticket"] }))
        .await
        .invalid("factor");
    let forged = json!({ "ticket": "x", "factor": "totp", "code": "000000" });
    c.stranger.post("/login/factor", forged).await.refused(401, "signed_out");

    let renewed = c.owner.post("/account/recovery-codes", json!({})).await.ok();
    assert_ne!(renewed["recovery_codes"][1], codes[1]);
    c.owner.post("/account/totp/unbind", json!({})).await.ok();
    c.log_in("owner@acme.test", PASSWORD).await;
    // Neither codes nor secrets are in the operation log.
    let lines = Value::from(log(&c.owner, "limit=100").await).to_string();
    assert!(lines.contains("totp_bind") && !lines.contains(codes[1].as_str().unwrap()), "{lines}");
    assert!(!lines.contains(offer["ticket"].as_str().unwrap()));
}

#[tokio::test]
async fn members_are_managed_by_their_super_admin() {
    let c = Console::start().await;
    let made = c.owner.post("/members", new_member("new@acme.test")).await.ok();
    assert_eq!((&made["activated"], &made["must_change_password"]), (&json!(false), &json!(true)));
    assert_eq!((&made["role"], &made["apps"]), (&json!("developer"), &json!(["shop"])));
    let path = format!("/members/{}", made["id"]);
    let login = json!({ "email": "new@acme.test", "password": PASSWORD });
    c.stranger.post("/login", login).await.refused(403, "not_activated");
    c.owner.post(&format!("{path}/activate"), json!({})).await.ok();

    // Nothing but the new password, until it is there.
    let cookie = c.log_in("new@acme.test", PASSWORD).await;
    let get = async |path: &str| {
        send(c.stranger.request(Method::GET, path).header("cookie", &cookie)).await
    };
    get("/apps").await.refused(403, "password_change_required");
    let change = json!({ "old": PASSWORD, "new": "Another-1" });
    c.write_as(&cookie, Method::POST, "/account/password", change).await.ok();
    let apps = get("/apps").await.ok();
    assert_eq!(apps.as_array().unwrap().len(), 1, "{apps}");

    let edited = c.owner.put(&path, json!({ "apps": null, "remark": "备注" })).await.ok();
    assert_eq!((&edited["apps"], &edited["remark"]), (&Value::Null, &json!("备注")));
    assert_eq!(edited["role"], "developer");
    let kept = c.owner.put(&path, json!({ "role": "admin" })).await.ok();
    assert_eq!((&kept["role"], &kept["remark"]), (&json!("admin"), &json!("备注")));
    c.owner.put(&path, json!({ "apps": ["nowhere"] })).await.invalid("apps");
    c.owner.put(&path, json!({ "role": "operator" })).await.invalid("role");
    c.owner.post(&format!("{path}/password"), json!({ "password": "x" })).await.invalid("password");
    c.owner.post(&format!("{path}/password"), json!({ "password": PASSWORD })).await.ok();
    get("/apps").await.refused(401, "signed_out");
    c.owner.delete(&path).await.ok();
    c.owner.delete(&path).await.refused(404, "member_not_found");
    c.owner.delete("/members/x").await.refused(404, "member_not_found");

    let lines = log(&c.owner, "module=members").await;
    let done: Vec<_> = lines.iter().filter(|line| line["result"] == "ok").collect();
    assert!(done.iter().all(|line| line["target"] == "new@acme.test"), "{done:?}");
    let actions: Vec<_> = done.iter().rev().map(|line| line["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["create", "activate", "edit", "edit", "reset_password", "remove"]);
}

#[tokio::test]
async fn another_organisations_members_do_not_exist() {
    let c = Console::start().await;
    let path = format!("/members/{}", c.admin.id.unwrap().0);
    let own = c.foreigner.put(&path, json!({ "role": "developer" })).await;
    own.refused(404, "member_not_found");
    let named = c.foreigner.delete(&format!("{path}?org=acme")).await;
    named.refused(404, "organisation_not_found");
    c.foreigner.get("/members?org=acme").await.refused(404, "organisation_not_found");
    c.foreigner.get("/audit?org=acme").await.refused(404, "organisation_not_found");
    let own = c.foreigner.get("/members").await.ok();
    assert_eq!(own.as_array().unwrap().len(), 1);

    // An operator says which.
    let members = c.operator.get("/members?org=acme").await.ok();
    assert_eq!(members.as_array().unwrap().len(), 3);
    c.operator.get("/members").await.invalid("org");
    c.operator.put(&format!("{path}?org=acme"), json!({ "remark": "x" })).await.ok();
    // The organisation sees what was done to it.
    let line = &log(&c.owner, "module=members").await[0];
    assert_eq!(
        (&line["email"], &line["role"]),
        (&json!("operator@hongyan.test"), &json!("operator"))
    );
    let owner = format!("/members/{}", c.owner.id.unwrap().0);
    let last = c.operator.delete(&format!("{owner}?org=acme")).await;
    last.refused(409, "last_super_admin");
    c.owner.delete(&owner).await.refused(409, "own_account");
}

#[tokio::test]
async fn an_invitation_is_followed() {
    let c = Console::open().await;
    let wanted = json!({ "email": "New@acme.test", "role": "admin" });
    let made = c.owner.post("/invites", wanted).await.ok();
    let link = made["link"].as_str().unwrap();
    assert!(link.starts_with("http://localhost:8080/console/user/register?token="), "{link}");
    let token = link.split_once("?token=").unwrap().1;
    let info = c.stranger.get(&format!("/invite/{token}")).await.ok();
    let expected = json!({ "email": "new@acme.test", "org": "ACME", "role": "admin" });
    assert_eq!(info, expected);
    let join =
        json!({ "email": "new@acme.test", "password": PASSWORD, "invite": token, "agree": true });
    c.stranger.post("/register", join.clone()).await.ok();
    c.stranger.post("/register", join).await.refused(410, "link_invalid");
    let cookie = c.log_in("new@acme.test", PASSWORD).await;
    assert_eq!(c.session_of(&cookie).await["signed_in"]["role"], "admin");

    c.owner.post("/invites", json!({})).await.invalid("role");
    let open = c.owner.post("/invites", json!({ "role": "developer" })).await.ok();
    let listed = c.owner.get("/invites").await.ok();
    assert_eq!((&listed[0]["id"], &listed[0]["email"]), (&open["id"], &json!("")));
    let path = format!("/invites/{}", open["id"]);
    c.foreigner.delete(&path).await.refused(410, "link_invalid");
    c.owner.delete(&path).await.ok();
    assert_eq!(c.owner.get("/invites").await.ok(), json!([]));
    // An operator invites to register.
    let made = c.operator.post("/invites", json!({})).await.ok();
    assert_eq!(c.operator.get("/invites").await.ok()[0]["id"], made["id"]);
}

#[tokio::test]
async fn an_operator_makes_and_closes_organisations() {
    let c = Console::start().await;
    let new = json!({ "org": "wayne", "title": "Wayne", "email": "bruce@wayne.test", "password": PASSWORD });
    c.operator.post("/organisations", new.clone()).await.ok();
    c.operator.post("/organisations", new).await.refused(409, "organisation_exists");
    c.operator.post("/organisations", json!({ "org": "x", "title": "" })).await.invalid("title");
    let page = c.operator.get("/organisations?search=WAY&page=1&size=10").await.ok();
    assert_eq!((&page["total"], &page["items"][0]["members"]), (&json!(1), &json!(1)));

    let cookie = c.log_in("bruce@wayne.test", PASSWORD).await;
    assert_eq!(c.session_of(&cookie).await["signed_in"]["must_change_password"], true);
    let change = json!({ "old": PASSWORD, "new": "Another-1" });
    c.write_as(&cookie, Method::POST, "/account/password", change).await.ok();
    let close = async || c.operator.delete("/organisations/wayne").await;
    close().await.refused(409, "closing_not_requested");
    for method in [Method::POST, Method::DELETE] {
        c.write_as(&cookie, method, "/account/close", json!({})).await.ok();
    }
    close().await.refused(409, "closing_not_requested");
    c.write_as(&cookie, Method::POST, "/account/close", json!({})).await.ok();
    close().await.ok();
    assert_eq!(c.session_of(&cookie).await["signed_in"], Value::Null);
    c.owner.post("/account/close", json!({})).await.refused(409, "organisation_has_apps");
}

#[tokio::test]
async fn the_operation_log_is_searched_paged_and_exported() {
    let c = Console::start().await;
    for n in 0..3 {
        c.clock.advance(1000);
        c.owner.put("/account", json!({ "name": format!("=name {n}") })).await.ok();
    }
    c.developer.put("/account", json!({ "name": "me" })).await.ok();
    let first = c.owner.get("/audit?module=account&limit=2").await.ok();
    let cursor = first["cursor"].as_str().unwrap();
    let second = c.owner.get(&format!("/audit?module=account&limit=2&cursor={cursor}")).await.ok();
    assert_eq!(second["items"].as_array().unwrap().len(), 2);
    let cursor = second["cursor"].as_str().unwrap();
    let third = c.owner.get(&format!("/audit?module=account&limit=2&cursor={cursor}")).await.ok();
    assert_eq!(third, json!({ "items": [], "cursor": null }));
    assert_eq!(second["items"][1]["detail"], r#"{"name":"=name 0"}"#);
    let of = async |query: &str| log(&c.owner, &format!("module=account&{query}")).await.len();
    let developer = c.developer.id.unwrap().0;
    assert_eq!(of(&format!("member={developer}")).await, 1);
    assert_eq!(of(&format!("from={}&to={}", START + 2000, START + 3000)).await, 1);
    assert_eq!(of("text=NAME%201").await, 1);
    assert_eq!(of("result=failed").await, 0);
    // A developer sees its own lines, whatever it asks for.
    let owner = c.owner.id.unwrap().0;
    let own = log(&c.developer, &format!("module=account&member={owner}")).await;
    assert_eq!((own.len(), &own[0]["member"]), (1, &json!(developer)));
    c.owner.get("/audit?cursor=x").await.invalid("cursor");

    let file = c.owner.get("/audit.csv?module=account").await.ok();
    let lines: Vec<&str> = file.as_str().unwrap().trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], "时间,操作人,角色,IP,应用,模块,操作,对象,结果,详情");
    assert_eq!(lines.len(), 5);
    assert!(lines[4].starts_with("2026-11-23 "), "{}", lines[4]);
    assert!(
        lines[4].contains("owner@acme.test,super_admin,127.0.0.1,,account,edit,,ok,"),
        "{}",
        lines[4]
    );
}

#[tokio::test]
async fn a_member_kept_from_secrets_has_no_such_permission() {
    let c = Console::start().await;
    let developer = c.developer.id.unwrap().0;
    let path = format!("/members/{developer}");
    c.owner.put(&path, json!({ "may_reveal_secret": false })).await.ok();
    let me = c.developer.get("/account").await.ok();
    assert!(!me["permissions"].as_array().unwrap().contains(&json!("reveal_secret")));
    let refused = c.developer.post("/apps/acme/chat/secret/reveal", json!({})).await;
    refused.refused(403, "not_permitted");
    assert!(Role::Developer.allows(hongyan_platform::roles::Permission::RevealSecret));
}
