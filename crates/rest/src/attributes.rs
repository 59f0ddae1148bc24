//! `/metadata/user`: the attributes of users.

use std::collections::BTreeMap;

use hongyan_messaging::attributes::{self, Attributes};
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::{body, query};

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Attributes, "User attributes");
    routes
        .put("/metadata/user/{user}", set)
        .ids(&["A1"])
        .access(Access::Itself)
        .about(
            "Sets some attributes of a user, leaves its others, and answers all of them",
            "设置用户的若干属性，其余属性不变，并返回全部属性",
        )
        .form("{[key]: string}")
        .answers("{data: {[key]: string}}");
    routes
        .get("/metadata/user/capacity", capacity)
        .ids(&["A4"])
        .area(Area::Users)
        .access(Access::App)
        .about(
            "Counts the bytes of all attributes of all users",
            "统计应用内所有用户属性占用的字节数",
        )
        .answers("{data: int}");
    routes
        .get("/metadata/user/{user}", one)
        .ids(&["A2"])
        .access(Access::Itself)
        .about(
            "Reads all attributes of a user, none of one who does not exist",
            "查询用户的全部属性；用户不存在时为空",
        )
        .answers("{data: {[key]: string}}");
    routes
        .delete("/metadata/user/{user}", clear)
        .ids(&["A5"])
        .access(Access::Itself)
        .about("Drops all attributes of a user, if there are any", "删除用户的全部属性")
        .answers("{data: true}");
    routes
        .post("/metadata/user/get", many)
        .ids(&["A3"])
        .access(Access::Member)
        .about("Reads chosen attributes of up to 100 users", "查询最多 100 个用户的指定属性")
        .body("{targets: string[1..ATTRIBUTE_BATCH], properties: string[]}")
        .answers("{data: {[key]: {[key]: string}}}");
    routes
}

/// The body is a form; a JSON object is taken too.
async fn set(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let text = body::text(call.take_body()).await?;
    let changes = match serde_json::from_str(&text) {
        Ok(Value::Object(fields)) => {
            fields.into_iter().map(|(key, value)| (key, plain(value))).collect()
        }
        _ => query::parse_form(&text),
    };
    let stored = attributes::set(call.messaging(), &caller, call.path("user"), changes).await?;
    Ok(Envelope::data(object(stored)).into())
}

async fn one(call: Call) -> Result<Answer, Failure> {
    let stored = attributes::get(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::data(object(stored)).into())
}

async fn many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let users = fields.required_texts("targets")?;
    let keys = fields.required_texts("properties")?;
    let found: BTreeMap<String, Attributes> =
        attributes::get_many(call.messaging(), &caller, &users, &keys).await?;
    let data: Value = found.into_iter().map(|(user, stored)| (user, object(stored))).collect();
    Ok(Envelope::data(data).into())
}

/// Bytes that the attributes of all users take.
async fn capacity(call: Call) -> Result<Answer, Failure> {
    let bytes = attributes::capacity(call.messaging(), &call.caller()?).await?;
    Ok(Envelope::data(bytes).into())
}

async fn clear(call: Call) -> Result<Answer, Failure> {
    attributes::clear(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::data(json!(true)).into())
}

fn object(attributes: Attributes) -> Value {
    attributes.into_iter().collect()
}

fn plain(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
