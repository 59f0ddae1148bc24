//! Answers and the envelope around them.

use axum::Json;
use axum::response::{IntoResponse, Response};
use hongyan_model::Timestamp;
use serde_json::{Map, Value, json};

use crate::call::Context;

/// What a handler returns on success.
pub(crate) enum Answer {
    /// In the envelope that nearly every endpoint uses.
    Envelope(Envelope),
    /// A JSON object of its own shape.
    Bare(Value),
    /// Not JSON.
    Raw(Response),
}

/// The parts of the envelope that depend on the endpoint.
#[derive(Debug, Default)]
pub(crate) struct Envelope {
    action: Option<&'static str>,
    entities: Vec<Value>,
    extra: Map<String, Value>,
}

impl Envelope {
    /// An envelope with neither data nor entities.
    pub(crate) fn empty() -> Self {
        Self::default()
    }

    /// An envelope around `data`.
    pub(crate) fn data(data: impl Into<Value>) -> Self {
        Self::default().with("data", data)
    }

    /// An envelope around `entities`.
    pub(crate) fn entities(entities: Vec<Value>) -> Self {
        Self { entities, ..Self::default() }
    }

    /// Replaces the verb as the action's name.
    pub(crate) fn action(self, action: &'static str) -> Self {
        Self { action: Some(action), ..self }
    }

    /// How many items this page holds.
    pub(crate) fn count(self, count: usize) -> Self {
        self.with("count", count)
    }

    /// Where the next page begins; absent on the last page, because clients loop until it is.
    pub(crate) fn cursor(self, cursor: Option<String>) -> Self {
        match cursor {
            Some(cursor) => self.with("cursor", cursor),
            None => self,
        }
    }

    /// Any other key.
    pub(crate) fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.extra.insert(key.to_owned(), value.into());
        self
    }

    fn into_json(self, context: &Context, now: Timestamp) -> Value {
        let mut body = Map::new();
        let action =
            self.action.map_or_else(|| context.method.as_str().to_lowercase(), str::to_owned);
        body.insert("action".into(), action.into());
        body.insert("path".into(), collection(&context.route).into());
        body.insert("uri".into(), context.uri.as_str().into());
        if let Some(app) = &context.app {
            body.insert("application".into(), app.uuid.as_str().into());
            body.insert("applicationName".into(), app.name.as_str().into());
            body.insert("organization".into(), app.org.as_str().into());
        }
        if let Some(params) = context.query.echo() {
            body.insert("params".into(), params);
        }
        body.insert("entities".into(), self.entities.into());
        body.extend(self.extra);
        body.insert("timestamp".into(), now.into());
        body.insert("duration".into(), (now - context.started).max(0).into());
        body.into()
    }
}

impl From<Envelope> for Answer {
    fn from(envelope: Envelope) -> Self {
        Self::Envelope(envelope)
    }
}

impl Answer {
    pub(crate) fn into_response(self, context: &Context, now: Timestamp) -> Response {
        match self {
            Self::Envelope(envelope) => Json(envelope.into_json(context, now)).into_response(),
            Self::Bare(body) => Json(body).into_response(),
            Self::Raw(response) => response,
        }
    }
}

/// The part of a route before its first variable: `/users` of `/users/{user}/status`.
fn collection(route: &str) -> &str {
    route.split_once("/{").map_or(route, |(collection, _)| collection)
}

/// `{name: value}` of two values that are computed.
pub(crate) fn pair(name: impl Into<String>, value: impl Into<Value>) -> Value {
    let mut object = json!({});
    object[name.into()] = value.into();
    object
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::Area;

    fn context(route: &str) -> Context {
        Context { route: route.into(), ..Context::example(Area::Users) }
    }

    #[test]
    fn the_envelope_is_the_documented_one() {
        let envelope =
            Envelope::entities(vec![json!({"username": "bob"})]).count(1).cursor(Some("c".into()));
        assert_eq!(
            envelope.into_json(&context("/users"), 1_003),
            json!({
                "action": "get", "path": "/users", "uri": "http://h/org/app/users", "application": "8be024f0",
                "applicationName": "app", "organization": "org", "params": {"limit": ["2"]},
                "entities": [{"username": "bob"}], "count": 1, "cursor": "c", "timestamp": 1_003, "duration": 3,
            })
        );
    }

    #[test]
    fn the_last_page_has_no_cursor_and_no_data_means_no_key() {
        let body = Envelope::empty()
            .action("set user password")
            .cursor(None)
            .into_json(&context("/users"), 1);
        assert_eq!(body["action"], "set user password");
        assert!(body.get("cursor").is_none() && body.get("data").is_none());
        assert_eq!(body["duration"], 0);
    }

    #[test]
    fn the_path_is_the_collection() {
        assert_eq!(collection("/users/{user}/status"), "/users");
        assert_eq!(collection("/messages/users"), "/messages/users");
        assert_eq!(collection("/metadata/user/{user}"), "/metadata/user");
    }
}
