//! `/chatrooms/{room}/users/{user}/tag`: tags of members, and muting by tag.

use hongyan_messaging::{muc, rooms};
use hongyan_model::{Refusal, Timestamp};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Rooms, "Chat rooms");
    routes
        .put("/chatrooms/{room}/users/{user}/tag", set)
        .ids(&["R38"])
        .access(Access::App)
        .about("Sets the tags of a member; none takes them", "设置聊天室成员的标签；空列表表示清除")
        .body("{tags: string(32)[10]}")
        .answers("{data: {result: bool}}");
    routes
        .get("/chatrooms/{room}/users/{user}/tag", list)
        .ids(&["R39"])
        .access(Access::App)
        .about(
            "Reads the tags of a member, and until when each is muted, in ms",
            "查询聊天室成员的标签及各标签的禁言截止时间（毫秒）",
        )
        .answers("{data: {[key]: string}}");
    routes
        .put("/chatrooms/{room}/tag/mute", mute)
        .ids(&["R40"])
        .access(Access::App)
        .about(
            "Mutes all members who have a tag, for seconds; 0 ends it, -1 is for ever",
            "将带有某标签的成员禁言若干秒；0 表示解除，-1 表示永久",
        )
        .body("{tag: string, mute_duration: int}")
        .answers("{data: {result: bool}}");
    routes
}

async fn list(call: Call) -> Result<Answer, Failure> {
    let (caller, room, user) = (call.caller()?, call.path("room"), call.path("user"));
    let tags = rooms::tags(call.messaging(), &caller, room, user).await?;
    let data: Map<String, Value> =
        tags.into_iter().map(|(tag, end)| (tag, shown(end).into())).collect();
    Ok(Envelope::data(data).into())
}

async fn set(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let tags = given(&call.fields().await?)?;
    let (room, user) = (call.path("room"), call.path("user"));
    rooms::set_tags(call.messaging(), &caller, room, user, tags).await?;
    Ok(Envelope::data(json!({ "result": true })).into())
}

async fn mute(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let tag = fields.required_text("tag")?;
    let seconds = fields.signed("mute_duration")?;
    let seconds = seconds.ok_or(Refusal::Missing { name: "mute_duration" })?;
    rooms::mute_tag(call.messaging(), &caller, call.path("room"), &tag, seconds).await?;
    Ok(Envelope::data(json!({ "result": true })).into())
}

/// Nothing but a list of texts: what else is read leniently might take somebody's tags.
fn given(fields: &Fields) -> Result<Vec<String>, Refusal> {
    let not_a_list =
        || Refusal::Invalid { name: "tags", why: "tags should be type of List".to_owned() };
    let tags = match fields.value("tags") {
        None => return Err(Refusal::Missing { name: "tags" }),
        Some(Value::Array(tags)) => tags,
        Some(_) => return Err(not_a_list()),
    };
    let text = |tag: &Value| tag.as_str().map(str::to_owned).ok_or_else(not_a_list);
    tags.iter().map(text).collect()
}

/// The end of a tag's mute, in a text like all of them.
fn shown(end: Option<Timestamp>) -> String {
    match end {
        None => "0".to_owned(),
        Some(muc::FOREVER) => "-1".to_owned(),
        Some(end) => end.to_string(),
    }
}
