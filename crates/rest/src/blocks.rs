//! `/users/{user}/blocks`: block lists.

use hongyan_messaging::blocks;
use hongyan_model::UserId;
use serde_json::json;

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::rates::Rate;
use crate::users;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Contacts, "Contacts and block lists");
    routes
        .get("/users/{user}/blocks/users", page)
        .ids(&["C9"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about(
            "Reads whom the user blocks, the newest first; all without a page size",
            "查询用户的黑名单，最近加入的在前；不指定每页条数时返回全部",
        )
        .query("{pageSize?: int(1..50), cursor?: string}")
        .answers("{data: string[], count: int, cursor?: string}");
    routes
        .post("/users/{user}/blocks/users", add)
        .ids(&["C10"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about("Blocks users", "将用户加入黑名单")
        .body("{usernames: string[1..BLOCK_BATCH]}")
        .answers("{data: string[]}");
    routes
        .delete("/users/{user}/blocks/users/{blocked}", remove_one)
        .ids(&["C11"])
        .access(Access::Itself)
        .rate(Rate::each_second(50))
        .about("Takes one user off the block list", "将一个用户移出黑名单")
        .answers("{entities: User[]}");
    // The client SDK's own path, with the names in the body also on DELETE.
    routes
        .post("/sdk/user/{user}/blocks", add)
        .access(Access::Itself)
        .about("Blocks users, as client SDKs ask for it", "将用户加入黑名单，供客户端 SDK 使用")
        .body("{usernames: string[1..BLOCK_BATCH]}")
        .answers("{data: string[]}");
    routes
        .delete("/sdk/user/{user}/blocks", remove_many)
        .access(Access::Itself)
        .about(
            "Takes users off the block list, as client SDKs ask for it",
            "将用户移出黑名单，供客户端 SDK 使用",
        )
        .body("{usernames: string[1..BLOCK_BATCH]}");
    routes
        .post("/blocks/check", relations)
        .ids(&["C12"])
        .access(Access::App)
        .about(
            "Says which of up to 100 users a user blocks",
            "查询最多 100 个用户是否在某用户的黑名单中",
        )
        .body("{username: string, check_list: string[1..RELATION_BATCH]}")
        .answers("{entities: {username: string, relation: 'blacklist' | 'not_blacklist'}[]}");
    routes
}

/// The whole list, or pages by `pageSize`.
async fn page(call: Call) -> Result<Answer, Failure> {
    let (size, cursor) = (call.query().number("pageSize"), call.query().text("cursor"));
    let page =
        blocks::page(call.messaging(), &call.caller()?, call.path("user"), size, cursor).await?;
    let ids: Vec<&str> = page.items.iter().map(UserId::as_str).collect();
    Ok(Envelope::data(json!(ids)).count(ids.len()).cursor(page.cursor).into())
}

async fn add(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let names = call.fields().await?.required_texts("usernames")?;
    let blocked = blocks::add(call.messaging(), &caller, call.path("user"), &names).await?;
    let ids: Vec<&str> = blocked.iter().map(UserId::as_str).collect();
    Ok(Envelope::data(json!(ids)).into())
}

async fn remove_one(call: Call) -> Result<Answer, Failure> {
    let (user, blocked) = (call.path("user"), call.path("blocked"));
    let unblocked = blocks::remove_one(call.messaging(), &call.caller()?, user, blocked).await?;
    Ok(Envelope::entities(vec![users::entity(&unblocked)]).into())
}

async fn remove_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let names = call.fields().await?.required_texts("usernames")?;
    blocks::remove(call.messaging(), &caller, call.path("user"), &names).await?;
    Ok(Envelope::empty().into())
}

async fn relations(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let user = fields.required_text("username")?;
    let others = fields.required_texts("check_list")?;
    let rows = blocks::relations(call.messaging(), &caller, &user, &others).await?;
    let word = |blocked| if blocked { "blacklist" } else { "not_blacklist" };
    let rows = rows.into_iter();
    let rows = rows
        .map(|(user, blocked)| json!({ "username": user, "relation": word(blocked) }))
        .collect();
    Ok(Envelope::entities(rows).into())
}
