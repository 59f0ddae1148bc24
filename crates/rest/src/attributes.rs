//! `/metadata/user`: the attributes of users.

use std::collections::BTreeMap;

use axum::Router;
use axum::routing::{get, post};
use hongyan_messaging::attributes::{self, Attributes};
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;
use crate::{body, query};

pub(crate) fn routes() -> Router<RestState> {
    let one = get(handle(Area::Attributes, one))
        .put(handle(Area::Attributes, set))
        .delete(handle(Area::Attributes, clear));
    Router::new()
        .route("/metadata/user/get", post(handle(Area::Attributes, many)))
        .route("/metadata/user/capacity", get(handle(Area::Users, capacity)))
        .route("/metadata/user/{user}", one)
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
