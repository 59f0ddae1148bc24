//! `/users/{user}/contacts`: contacts, invitations, remarks.

use axum::Router;
use axum::routing::{delete, get, post, put};
use hongyan_messaging::contacts::{self, Contact};
use hongyan_model::UserId;
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::users;

/// Contacts on a page when the caller names no limit.
const PAGE: usize = 10;

pub(crate) fn routes() -> Router<RestState> {
    let one = post(handle(Area::Contacts, add))
        .delete(handle(Area::Contacts, remove))
        .put(handle(Area::Contacts, set_remark));
    let accept = post(handle(Area::Contacts, accept));
    let decline = post(handle(Area::Contacts, decline));
    // The server API says `/user`, the client SDK `/users`.
    Router::new()
        .route("/users/{user}/contacts", get(handle(Area::Contacts, page)))
        .route("/user/{user}/contacts", get(handle(Area::Contacts, page)))
        .route("/users/{user}/contacts/users", get(handle(Area::Contacts, all)))
        .route("/users/{user}/contacts/users/{contact}", one)
        .route("/user/{user}/contacts/users/{contact}", put(handle(Area::Contacts, set_remark)))
        .route("/users/{user}/contacts/apply", post(handle(Area::Contacts, invite)))
        .route("/users/{user}/contacts/accept/users/{contact}", accept)
        .route("/users/{user}/contacts/decline/users/{contact}", decline)
        .route("/users/{user}/contacts/import", post(handle(Area::Contacts, import)))
        .route("/contacts/users/{user}", delete(handle(Area::Contacts, remove_all)))
        .route("/contacts/check", post(handle(Area::Contacts, relations)))
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
