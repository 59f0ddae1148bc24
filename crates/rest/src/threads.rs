//! `/thread`, `/threads`: threads below group messages. What concerns one is in the singular, lists are in the plural.

use hongyan_messaging::messages;
use hongyan_messaging::threads::{self, NewThread, ThreadDetail, ThreadPage};
use hongyan_model::limits::THREAD_PAGE;
use hongyan_model::{Refusal, Thread, UserId};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Threads, "Threads");
    routes
        .get("/thread", all)
        .ids(&["H1"])
        .access(Access::App)
        .about(
            "Reads the ids of all threads of the app, by age",
            "查询应用内所有子区的 ID，按创建时间排列",
        )
        .query("{limit?: int(1..50), cursor?: string, sort?: 'asc' | 'desc'}")
        .answers("{entities: {id: string}[], properties: {cursor?: string}}");
    routes
        .post("/thread", create)
        .ids(&["H4"])
        .access(Access::Member)
        .about(
            "Makes a thread below a message of a group; the app names its owner",
            "基于群消息创建子区；应用须指定所有者",
        )
        .body("{group_id: string, msg_id: string, name: string, owner: string}")
        .answers("{data: {thread_id: string}}");
    routes
        .post("/thread/message", last_messages)
        .access(Access::Member)
        .about("Reads the newest message of each of several threads", "查询多个子区各自的最新消息")
        .body("{threadIds: string[20]}")
        .answers("{entities: {thread_id: string, last_message: StoredMessage}[]}");
    routes
        .get("/thread/{thread}", detail)
        .access(Access::Member)
        .about("Reads one thread", "查询一个子区")
        .answers(
            "{data: {id: string, name: string, owner: string, msgId: string, groupId: string, \
             created: int, affiliations_count: int}}",
        );
    routes
        .put("/thread/{thread}", rename)
        .ids(&["H5"])
        .access(Access::Member)
        .about("Renames a thread", "修改子区名称")
        .body("{name: string}")
        .answers("{data: {name: string}}");
    routes
        .delete("/thread/{thread}", destroy)
        .ids(&["H6"])
        .access(Access::Member)
        .about("Ends a thread", "解散子区")
        .answers("{data: {status: 'ok'}}");
    routes
        .get("/thread/{thread}/users", members)
        .ids(&["H7"])
        .access(Access::Member)
        .about("Reads who is in a thread, who joined first first", "查询子区成员，最早加入的在前")
        .query("{limit?: int(1..50), cursor?: string}")
        .answers("{data: {affiliations: string[]}, properties: {cursor?: string}}");
    routes
        .post("/thread/{thread}/users", add_members)
        .ids(&["H8"])
        .access(Access::Member)
        .about("Puts members of the group into a thread", "将群成员加入子区")
        .body("{usernames: string[1..THREAD_MEMBER_BATCH]}")
        .answers("{data: {status: 'ok'}}");
    for path in ["/thread/{thread}/users", "/threads/{thread}/users"] {
        routes
            .delete(path, remove_members)
            .ids(&["H9"])
            .access(Access::Member)
            .about("Removes users from a thread", "将用户移出子区")
            .body("{usernames: string[1..THREAD_MEMBER_BATCH]}")
            .answers("{entities: {result: bool, user: string}[]}");
    }
    routes
        .delete("/thread/{thread}/users/{user}", remove_member)
        .access(Access::Member)
        .about("Removes one user from a thread", "将一个用户移出子区")
        .answers("{data: {result: true, user: string}}");
    routes
        .post("/thread/{thread}/user/{user}/join", join)
        .access(Access::Itself)
        .about("Joins a thread, as a member of its group", "加入子区，须为所属群组的成员")
        .answers(
            "{data: {status: 'ok', detail: {id: string, name: string, owner: string, \
             msgId: string, groupId: string, created: int, affiliationsCount: int}}}",
        );
    routes
        .delete("/thread/{thread}/user/{user}/quit", leave)
        .access(Access::Itself)
        .about("Leaves a thread", "退出子区")
        .answers("{data: {status: 'ok'}}");
    routes
        .get("/threads/user/{user}", joined)
        .ids(&["H2"])
        .access(Access::Itself)
        .about(
            "Reads the threads in which a user is, by the time it joined them",
            "查询用户加入的子区，按加入时间排列",
        )
        .query("{limit?: int(1..50), cursor?: string, sort?: 'asc' | 'desc'}")
        .answers("{entities: Thread[], properties: {cursor?: string}}");
    routes
        .get("/threads/chatgroups/{group}", below_group)
        .access(Access::Member)
        .about("Reads the threads of a group, by age", "查询群组中的子区，按创建时间排列")
        .query("{limit?: int(1..50), cursor?: string, sort?: 'asc' | 'desc'}")
        .answers("{entities: Thread[], properties: {cursor?: string}}");
    routes
        .get("/threads/chatgroups/{group}/user/{user}", joined_of_group)
        .ids(&["H3"])
        .access(Access::Itself)
        .about(
            "Reads the threads of a group in which a user is, by the time it joined them",
            "查询用户在某群组中加入的子区，按加入时间排列",
        )
        .query("{limit?: int(1..50), cursor?: string, sort?: 'asc' | 'desc'}")
        .answers("{entities: Thread[], properties: {cursor?: string}}");
    routes
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

/// Clients look for the cursor among the `properties`, which have to be there; on the last page they are empty.
fn with_cursor(envelope: Envelope, cursor: Option<String>) -> Answer {
    let properties = cursor.map_or_else(|| json!({}), |cursor| json!({ "cursor": cursor }));
    envelope.with("properties", properties).into()
}
