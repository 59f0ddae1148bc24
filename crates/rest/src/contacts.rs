//! `/users/{user}/contacts`: contacts, invitations, remarks.

use hongyan_messaging::contacts::{self, Contact};
use hongyan_model::UserId;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::users;

/// Contacts on a page when the caller names no limit.
const PAGE: usize = 10;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Contacts, "Contacts and block lists");
    // The server API says `/user`, the client SDK `/users`.
    for face in ["users", "user"] {
        routes
            .get(&format!("/{face}/{{user}}/contacts"), page)
            .ids(&["C5"])
            .access(Access::Itself)
            .about(
                "Reads a page of the user's contacts, with remarks if asked for",
                "分页查询用户的好友，可按需带上备注",
            )
            .query("{limit?: int(1..50), cursor?: string, needReturnRemark?: bool}")
            .answers(
                "{data: {contacts: {username: string, remark: string | null}[], cursor?: string}, \
                 count: int}",
            );
        routes
            .put(&format!("/{face}/{{user}}/contacts/users/{{contact}}"), set_remark)
            .ids(&["C4"])
            .access(Access::Itself)
            .about(
                "Sets the user's remark on a contact; empty clears it",
                "设置用户对好友的备注；空字符串表示清除",
            )
            .body("{remark: string}")
            .answers("{status: 'ok'}");
    }
    routes
        .get("/users/{user}/contacts/users", all)
        .ids(&["C3"])
        .access(Access::Itself)
        .about(
            "Reads all contacts of the user, as plain IDs or with remarks",
            "查询用户的全部好友，仅返回用户 ID 或带上备注",
        )
        .query("{needReturnRemark?: bool}")
        .answers("{data?: string[], entities: {username: string, remark: string}[], count: int}");
    routes
        .post("/users/{user}/contacts/users/{contact}", add)
        .ids(&["C1"])
        .access(Access::App)
        .about(
            "Makes two users contacts of each other without asking them",
            "不经对方同意，使两个用户成为好友",
        )
        .answers("{entities: User[]}");
    routes
        .delete("/users/{user}/contacts/users/{contact}", remove)
        .ids(&["C2"])
        .access(Access::Itself)
        .about("Ends a contact on both sides", "解除双方的好友关系")
        .answers("{entities: User[]}");
    routes
        .post("/users/{user}/contacts/apply", invite)
        .access(Access::Itself)
        .about("Invites up to 10 users to become contacts", "邀请最多 10 个用户成为好友")
        .body("{usernames: string[1..CONTACT_BATCH], reason?: string}")
        .answers("{data: {applyContacts: string[]}}");
    routes
        .post("/users/{user}/contacts/accept/users/{contact}", accept)
        .access(Access::Itself)
        .about("Accepts the invitation of the other one", "接受对方的好友邀请")
        .answers("{data: {}}");
    routes
        .post("/users/{user}/contacts/decline/users/{contact}", decline)
        .access(Access::Itself)
        .about("Declines the invitation of the other one", "拒绝对方的好友邀请")
        .answers("{data: {}}");
    routes
        .post("/users/{user}/contacts/import", import)
        .ids(&["C6"])
        .access(Access::App)
        .about(
            "Makes up to 10 users contacts of the user, and says what became of each",
            "为用户导入最多 10 个好友，并说明每个的结果",
        )
        .query("{isSendNotice?: bool}")
        .body("{usernames: string[1..CONTACT_BATCH]}")
        .answers(
            "{status: 'ok', data: {success: string[], NotExistFailed: string[], \
             maxLimitFailed: string[], UnKnowFailed: string[]}}",
        );
    routes
        .delete("/contacts/users/{user}", remove_all)
        .ids(&["C8"])
        .access(Access::App)
        .about("Ends all contacts of a user on both sides", "解除用户与所有人的好友关系");
    routes
        .post("/contacts/check", relations)
        .ids(&["C7"])
        .access(Access::App)
        .about(
            "Says which of up to 100 users are contacts of a user",
            "查询最多 100 个用户是否为某用户的好友",
        )
        .body("{username: string, check_list: string[1..RELATION_BATCH]}")
        .answers("{entities: {username: string, relation: 'friend' | 'not_friend'}[]}");
    routes
}

async fn add(call: Call) -> Result<Answer, Failure> {
    let (user, contact) = (call.path("user"), call.path("contact"));
    let contact = contacts::add(call.messaging(), &call.caller()?, user, contact).await?;
    Ok(Envelope::entities(vec![users::entity(&contact)]).into())
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let (user, contact) = (call.path("user"), call.path("contact"));
    let contact = contacts::remove(call.messaging(), &call.caller()?, user, contact).await?;
    Ok(Envelope::entities(vec![users::entity(&contact)]).into())
}

async fn remove_all(call: Call) -> Result<Answer, Failure> {
    contacts::remove_all(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::empty().into())
}

async fn set_remark(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let remark =
        fields.text("remark")?.ok_or(hongyan_model::Refusal::Missing { name: "remark" })?;
    let (user, contact) = (call.path("user"), call.path("contact"));
    contacts::set_remark(call.messaging(), &caller, user, contact, &remark).await?;
    Ok(Envelope::empty().with("status", "ok").into())
}

/// Plain ids in `data`, or with remarks in `entities`.
async fn all(call: Call) -> Result<Answer, Failure> {
    let contacts = contacts::all(call.messaging(), &call.caller()?, call.path("user")).await?;
    if call.query().flag("needReturnRemark") {
        let rows = contacts.iter().map(|contact| row(contact, true)).collect();
        return Ok(Envelope::entities(rows).count(contacts.len()).into());
    }
    let ids: Vec<&str> = contacts.iter().map(|contact| contact.user.as_str()).collect();
    Ok(Envelope::data(json!(ids)).count(ids.len()).into())
}

async fn page(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(PAGE);
    let user = call.path("user");
    let page = contacts::page(call.messaging(), &call.caller()?, user, limit, cursor).await?;
    let remarks = call.query().flag("needReturnRemark");
    let rows: Vec<Value> = page.items.iter().map(|contact| row(contact, remarks)).collect();
    let count = rows.len();
    let mut data = json!({ "contacts": rows });
    if let Some(cursor) = page.cursor {
        data["cursor"] = cursor.into();
    }
    Ok(Envelope::data(data).count(count).into())
}

fn row(contact: &Contact, remark: bool) -> Value {
    json!({
        "username": contact.user.as_str(),
        "remark": remark.then_some(contact.remark.as_str()),
    })
}

async fn invite(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let invited = fields.required_texts("usernames")?;
    let reason = fields.text("reason")?;
    let user = call.path("user");
    let asked =
        contacts::invite(call.messaging(), &caller, user, &invited, reason.as_deref()).await?;
    let asked: Vec<&str> = asked.iter().map(UserId::as_str).collect();
    Ok(Envelope::data(json!({ "applyContacts": asked })).into())
}

async fn accept(call: Call) -> Result<Answer, Failure> {
    let (user, inviter) = (call.path("user"), call.path("contact"));
    contacts::accept(call.messaging(), &call.caller()?, user, inviter).await?;
    Ok(Envelope::data(json!({})).into())
}

async fn decline(call: Call) -> Result<Answer, Failure> {
    let (user, inviter) = (call.path("user"), call.path("contact"));
    contacts::decline(call.messaging(), &call.caller()?, user, inviter).await?;
    Ok(Envelope::data(json!({})).into())
}

async fn import(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let names = call.fields().await?.required_texts("usernames")?;
    let notify = call.query().flag("isSendNotice");
    let user = call.path("user");
    let import = contacts::import(call.messaging(), &caller, user, &names, notify).await?;
    let data = json!({
        "success": import.contacts,
        "NotExistFailed": import.unknown,
        "maxLimitFailed": import.full,
        "UnKnowFailed": import.illegal,
    });
    Ok(Envelope::data(data).with("status", "ok").into())
}

async fn relations(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let user = fields.required_text("username")?;
    let others = fields.required_texts("check_list")?;
    let rows = contacts::relations(call.messaging(), &caller, &user, &others).await?;
    let word = |friend| if friend { "friend" } else { "not_friend" };
    let rows = rows.into_iter();
    let rows =
        rows.map(|(user, friend)| json!({ "username": user, "relation": word(friend) })).collect();
    Ok(Envelope::entities(rows).into())
}
