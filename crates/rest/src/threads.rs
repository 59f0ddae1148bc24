//! `/thread`, `/threads`: threads below group messages. What concerns one is in the singular, lists are in the plural.

use axum::Router;
use axum::routing::{delete, get, post};
use hongyan_messaging::messages;
use hongyan_messaging::threads::{self, NewThread, ThreadDetail, ThreadPage};
use hongyan_model::limits::THREAD_PAGE;
use hongyan_model::{Refusal, Thread, UserId};
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

pub(crate) fn routes() -> Router<RestState> {
    let some = get(handle(Area::Threads, all)).post(handle(Area::Threads, create));
    let one = get(handle(Area::Threads, detail))
        .put(handle(Area::Threads, rename))
        .delete(handle(Area::Threads, destroy));
    let users = get(handle(Area::Threads, members))
        .post(handle(Area::Threads, add_members))
        .delete(handle(Area::Threads, remove_members));
    let user = delete(handle(Area::Threads, remove_member));
    let of_group = get(handle(Area::Threads, joined_of_group));
    Router::new()
        .route("/thread", some)
        .route("/thread/message", post(handle(Area::Threads, last_messages)))
        .route("/thread/{thread}", one)
        .route("/thread/{thread}/users", users)
        .route("/threads/{thread}/users", delete(handle(Area::Threads, remove_members)))
        .route("/thread/{thread}/users/{user}", user)
        .route("/thread/{thread}/user/{user}/join", post(handle(Area::Threads, join)))
        .route("/thread/{thread}/user/{user}/quit", delete(handle(Area::Threads, leave)))
        .route("/threads/user/{user}", get(handle(Area::Threads, joined)))
        .route("/threads/chatgroups/{group}", get(handle(Area::Threads, below_group)))
        .route("/threads/chatgroups/{group}/user/{user}", of_group)
}

async fn create(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let own = caller.user().map(ToString::to_string);
    let owner = match own {
        // A client that names no owner means itself.
        Some(own) => fields.text("owner")?.unwrap_or(own),
        None => fields.required_text("owner")?,
    };
    let new = NewThread {
        group: fields.required_text("group_id")?,
        message: fields.required_text("msg_id")?,
        name: fields.required_text("name")?,
        owner,
    };
    let thread = threads::create(call.messaging(), &caller, new).await?;
    Ok(Envelope::data(json!({ "thread_id": thread.id.as_str() })).into())
}

async fn join(call: Call) -> Result<Answer, Failure> {
    let (thread, user) = (call.path("thread"), call.path("user"));
    let joined = threads::join(call.messaging(), &call.caller()?, thread, user).await?;
    let mut detail = row(&joined.thread);
    detail["affiliationsCount"] = joined.members.into();
    Ok(Envelope::data(json!({ "status": "ok", "detail": detail })).into())
}

async fn leave(call: Call) -> Result<Answer, Failure> {
    let (thread, user) = (call.path("thread"), call.path("user"));
    threads::leave(call.messaging(), &call.caller()?, thread, user).await?;
    Ok(done())
}

async fn rename(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let name = call.fields().await?.required_text("name")?;
    let thread = threads::rename(call.messaging(), &caller, call.path("thread"), &name).await?;
    Ok(Envelope::data(json!({ "name": thread.name })).into())
}

async fn destroy(call: Call) -> Result<Answer, Failure> {
    threads::destroy(call.messaging(), &call.caller()?, call.path("thread")).await?;
    Ok(done())
}

async fn detail(call: Call) -> Result<Answer, Failure> {
    let found = threads::get(call.messaging(), &call.caller()?, call.path("thread")).await?;
    let ThreadDetail { thread, members } = found;
    let mut data = row(&thread);
    data["affiliations_count"] = members.into();
    Ok(Envelope::data(data).into())
}

async fn members(call: Call) -> Result<Answer, Failure> {
    let (limit, cursor) = call.page(THREAD_PAGE);
    let (thread, caller) = (call.path("thread"), call.caller()?);
    let page = threads::members(call.messaging(), &caller, thread, limit, cursor).await?;
    let ids: Vec<&str> = page.items.iter().map(UserId::as_str).collect();
    Ok(with_cursor(Envelope::data(json!({ "affiliations": ids })), page.cursor))
}

async fn add_members(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    threads::add_members(call.messaging(), &caller, call.path("thread"), &users).await?;
    Ok(done())
}

async fn remove_member(call: Call) -> Result<Answer, Failure> {
    let (thread, user) = (call.path("thread"), call.path("user"));
    let removed = threads::remove_member(call.messaging(), &call.caller()?, thread, user).await?;
    Ok(Envelope::data(json!({ "result": true, "user": removed.as_str() })).into())
}

async fn remove_members(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let thread = call.path("thread");
    let removed = threads::remove_members(call.messaging(), &caller, thread, &users).await?;
    let rows = removed.iter().map(|(user, done)| json!({ "result": done, "user": user.as_str() }));
    Ok(Envelope::entities(rows.collect()).into())
}

/// Every thread of the app: ids alone.
async fn all(call: Call) -> Result<Answer, Failure> {
    let page = threads::all(call.messaging(), &call.caller()?, page(&call)?).await?;
    let rows = page.items.iter().map(|thread| json!({ "id": thread.id.as_str() })).collect();
    Ok(with_cursor(Envelope::entities(rows), page.cursor))
}

async fn joined(call: Call) -> Result<Answer, Failure> {
    joined_threads(&call, None).await
}

async fn joined_of_group(call: Call) -> Result<Answer, Failure> {
    joined_threads(&call, Some(call.path("group"))).await
}

async fn joined_threads(call: &Call, group: Option<&str>) -> Result<Answer, Failure> {
    let (caller, user, page) = (call.caller()?, call.path("user"), page(call)?);
    let page = threads::joined(call.messaging(), &caller, user, group, page).await?;
    let rows = page.items.iter().map(row).collect();
    Ok(with_cursor(Envelope::entities(rows), page.cursor))
}

async fn below_group(call: Call) -> Result<Answer, Failure> {
    let (caller, group, page) = (call.caller()?, call.path("group"), page(&call)?);
    let page = threads::below_group(call.messaging(), &caller, group, page).await?;
    let rows = page.items.iter().map(row).collect();
    Ok(with_cursor(Envelope::entities(rows), page.cursor))
}

async fn last_messages(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let threads = call.fields().await?.required_texts("threadIds")?;
    let found = threads::last_messages(call.messaging(), &caller, &threads).await?;
    let rows = found.iter().map(|(thread, newest)| {
        let message = newest.as_ref().and_then(messages::to_json);
        json!({ "thread_id": thread.as_str(), "last_message": message.unwrap_or(json!({})) })
    });
    Ok(Envelope::entities(rows.collect()).into())
}

fn page(call: &Call) -> Result<ThreadPage<'_>, Refusal> {
    let (limit, cursor) = call.page(THREAD_PAGE);
    let newest_first = match call.query().text("sort") {
        None => true,
        Some(sort) if sort.eq_ignore_ascii_case("desc") => true,
        Some(sort) if sort.eq_ignore_ascii_case("asc") => false,
        Some(sort) => {
            let why = format!("neither asc nor desc: {sort:.20}");
            return Err(Refusal::Invalid { name: "sort", why });
        }
    };
    Ok(ThreadPage { limit, cursor, newest_first })
}

fn row(thread: &Thread) -> Value {
    json!({
        "id": thread.id.as_str(),
        "name": thread.name,
        "owner": thread.owner.as_str(),
        "msgId": thread.message.to_string(),
        "groupId": thread.group.as_str(),
        "created": thread.created,
    })
}

fn done() -> Answer {
    Envelope::data(json!({ "status": "ok" })).into()
}

/// Clients look for the cursor among the `properties`, which have to be there.
fn with_cursor(envelope: Envelope, cursor: Option<String>) -> Answer {
    envelope.with("properties", json!({ "cursor": cursor.unwrap_or_default() })).into()
}
