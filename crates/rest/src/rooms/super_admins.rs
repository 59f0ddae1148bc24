//! `/chatrooms/super_admin`: users who may make chat rooms from a client.

use hongyan_messaging::rooms;
use hongyan_model::UserId;
use serde_json::json;

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

/// Users on a page when the caller names no size.
const PAGE: usize = 10;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Rooms, "Chat rooms");
    routes
        .get("/chatrooms/super_admin", list)
        .ids(&["R2"])
        .access(Access::App)
        .about("Reads the super administrators, on pages from 1", "查询超级管理员，页码从 1 开始")
        .query("{pagenum?: int, pagesize?: int(1..1000)}")
        .answers("{data: string[], count: int}");
    routes
        .post("/chatrooms/super_admin", add)
        .ids(&["R1"])
        .access(Access::App)
        .about(
            "Lets a user make chat rooms from its client, as a super administrator",
            "将用户设为超级管理员，可在客户端创建聊天室",
        )
        .body("{superadmin: string}")
        .answers("{data: {result: 'success', resource: string}}");
    routes
        .delete("/chatrooms/super_admin/{user}", remove)
        .ids(&["R3"])
        .access(Access::App)
        .about("Takes the role of super administrator away from a user", "撤销用户的超级管理员身份")
        .answers("{data: {newSuperAdmin: string, resource: string}}");
    routes
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let page = call.query().number("pagenum").unwrap_or(1);
    let size = call.query().number("pagesize").unwrap_or(PAGE);
    let found = rooms::super_admins(call.messaging(), &call.caller()?, page, size).await?;
    let found: Vec<&str> = found.iter().map(UserId::as_str).collect();
    let count = found.len();
    Ok(Envelope::data(found).count(count).into())
}

async fn add(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let user = call.fields().await?.required_text("superadmin")?;
    rooms::add_super_admin(call.messaging(), &caller, &user).await?;
    Ok(Envelope::data(json!({ "result": "success", "resource": "" })).into())
}

async fn remove(call: Call) -> Result<Answer, Failure> {
    let user =
        rooms::remove_super_admin(call.messaging(), &call.caller()?, call.path("user")).await?;
    // The name that clients look for.
    Ok(Envelope::data(json!({ "newSuperAdmin": user.as_str(), "resource": "" })).into())
}
