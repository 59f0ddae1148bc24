//! `/metadata/chatgroup/{group}`: attributes of members; clients put `/sdk` in front.

use hongyan_messaging::groups;
use hongyan_model::{Refusal, UserId};
use serde_json::{Map, Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

type Attributes = std::collections::BTreeMap<String, String>;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::MemberAttributes, "Groups");
    routes
        .put("/metadata/chatgroup/{group}/users/batch", set_many)
        .ids(&["G41"])
        .access(Access::Member)
        .about("Sets attributes of several members, each with its own", "分别设置多个群成员的属性")
        .body("{username: string, metadata: {[key]: string}}[20]")
        .answers(
            "{data: {updateMetadataFailed: string[], \"updateMetadataFailed:\": string[], \
             updateMetadataSucceeded: {username: string, metadata: {[key]: string}}[], \
             \"updateMetadataSucceeded:\": {username: string, metadata: {[key]: string}}[]}}",
        );
    for base in ["/metadata/chatgroup/{group}", "/sdk/metadata/chatgroup/{group}"] {
        routes
            .get(&format!("{base}/user/{{user}}"), one)
            .ids(&["G42"])
            .access(Access::Member)
            .about("Reads the attributes of one member", "查询一个群成员的属性")
            .answers("{data: {[key]: string}}");
        routes
            .put(&format!("{base}/user/{{user}}"), set)
            .ids(&["G40"])
            .access(Access::Member)
            .about(
                "Sets attributes of a member and answers all it has; an empty text removes one",
                "设置群成员的属性并返回其全部属性；空字符串表示删除该属性",
            )
            .body("{metaData: {[key]: string}}")
            .answers("{data: {[key]: string}}");
        routes
            .post(&format!("{base}/get"), some)
            .ids(&["G43"])
            .access(Access::Member)
            .about(
                "Reads attributes of several members: those that are named, or all",
                "查询多个群成员的属性：指定的属性，或全部属性",
            )
            .body("{targets: string[1..MEMBER_ATTRIBUTES_READ], properties?: string[]}")
            .answers("{data: {[key]: {[key]: string}}}");
    }
    routes
}

async fn set(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let changes = attributes(call.fields().await?.value("metaData"))?;
    let (m, group, user) = (call.messaging(), call.path("group"), call.path("user"));
    let all = groups::set_attributes(m, &caller, group, user, &changes).await?;
    Ok(Envelope::data(json!(all)).into())
}

/// The documentation prints the keys of the answer with a colon at their end, and without.
async fn set_many(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let Value::Array(rows) = call.json().await? else {
        return Err(Refusal::Missing { name: "body" }.into());
    };
    let mut changes = Vec::with_capacity(rows.len());
    for row in &rows {
        let user = row["username"].as_str().ok_or(Refusal::Missing { name: "username" })?;
        changes.push((user.to_owned(), attributes(row.get("metadata"))?));
    }
    let (m, group) = (call.messaging(), call.path("group"));
    let (failed, set) = groups::set_attributes_of_many(m, &caller, group, &changes).await?;
    let failed: Value = failed.iter().map(UserId::as_str).collect();
    let row =
        |(user, all): &(UserId, Attributes)| json!({ "username": user.as_str(), "metadata": all });
    let set: Value = set.iter().map(row).collect();
    let data = json!({
        "updateMetadataFailed": failed,
        "updateMetadataFailed:": failed,
        "updateMetadataSucceeded": set,
        "updateMetadataSucceeded:": set,
    });
    Ok(Envelope::data(data).into())
}

async fn one(call: Call) -> Result<Answer, Failure> {
    let users = [call.path("user").to_owned()];
    let (m, caller, group) = (call.messaging(), call.caller()?, call.path("group"));
    let found = groups::attributes(m, &caller, group, &users, &[]).await?;
    let found = found.into_values().next().unwrap_or_default();
    Ok(Envelope::data(json!(found)).into())
}

async fn some(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let users = fields.required_texts("targets")?;
    let names = fields.texts("properties")?.unwrap_or_default();
    let (m, group) = (call.messaging(), call.path("group"));
    let found = groups::attributes(m, &caller, group, &users, &names).await?;
    let found: Map<String, Value> =
        found.into_iter().map(|(user, all)| (user.to_string(), json!(all))).collect();
    Ok(Envelope::data(found).into())
}

/// Names and texts; numbers and booleans count as texts.
fn attributes(given: Option<&Value>) -> Result<Attributes, Refusal> {
    let name = "metaData";
    let given = given.filter(|given| !given.is_null()).ok_or(Refusal::Missing { name })?;
    let text = |(key, value): (&String, &Value)| match value {
        Value::String(text) => Ok((key.clone(), text.clone())),
        Value::Number(number) => Ok((key.clone(), number.to_string())),
        Value::Bool(flag) => Ok((key.clone(), flag.to_string())),
        _ => Err(Refusal::Invalid { name, why: "not an object of strings".to_owned() }),
    };
    let given = given.as_object();
    let given = given
        .ok_or_else(|| Refusal::Invalid { name, why: "not an object of strings".to_owned() })?;
    given.iter().map(text).collect()
}
