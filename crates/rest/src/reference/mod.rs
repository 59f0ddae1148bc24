//! The OpenAPI document of what is served, made from the table of endpoints.

pub(crate) mod named;
pub(crate) mod notation;

use std::sync::LazyLock;

use axum::response::IntoResponse;
use bytes::Bytes;
use http::header;
use serde_json::{Map, Value, json};

use crate::endpoint::{Access, AnswerForm, BodyForm, Endpoint};
use notation::schema;

/// What a chapter is about, in the order in which a reader meets them.
const CHAPTERS: &[(&str, &str)] = &[
    ("Tokens", "App tokens speak for your server, user tokens for one user."),
    ("Users", "Registration, passwords, bans, online status, devices."),
    ("User attributes", "What a user shows of itself, and what it keeps."),
    ("Contacts and block lists", "Who knows whom, and who does not want to hear of whom."),
    ("Presence", "Published statuses, and following them."),
    (
        "Push settings",
        "Bindings of devices, what users wish of notifications, templates and figures.",
    ),
    ("Messages", "Sending, broadcasting, recalling, editing, reading back."),
    ("Conversations", "A user's list of conversations, and what it has deleted for itself."),
    ("Reactions and pins", "What is attached to messages."),
    ("Files", "Attachments of messages, and files that groups and rooms share."),
    ("Favourites", "What users have kept for themselves."),
    ("Groups", "Groups, their members, and how one comes in."),
    ("Threads", "Conversations below a message of a group."),
    ("Chat rooms", "Rooms, their members and their attributes."),
    ("Roles and lists", "Administrators, mutes, block and allow lists of groups and rooms."),
    ("Moderation", "Global mutes, reports, keyword lists and the record of what was moderated."),
    ("Translation and speech", "By the providers of this installation."),
    ("Calls", "What the call SDKs ask for."),
    ("Callbacks", "Deliveries that failed, and sending them again."),
];

/// What variables of paths stand for.
const VARIABLES: &[(&str, &str)] = &[
    ("org", "Organisation: the part of the App Key before `#`"),
    ("app", "App: the part of the App Key after `#`"),
    ("user", "User ID"),
    ("users", "User ID, or several as a comma list"),
    ("contact", "User ID of the other one"),
    ("blocked", "User ID of who is blocked"),
    ("peer", "User, group or room ID; the user itself stands for all its conversations"),
    ("group", "Group ID; where details are read, a comma list is taken"),
    ("room", "Room ID; where details are read, a comma list is taken"),
    ("thread", "Thread ID"),
    ("message", "Message ID"),
    ("hour", "Hour of UTC: `yyyyMMddHH`"),
    ("begin", "First day: `yyyy-MM-dd`"),
    ("end", "Last day: `yyyy-MM-dd`"),
    ("template", "Name of a template"),
    ("secret", "As the console shows it"),
    ("vendor", "`huawei`, `honor`, `xiaomi`, `oppo`, `vivo` or `meizu`"),
    ("list", "ID of a list of keywords"),
    ("export", "UUID of an export"),
    ("file", "File ID"),
    ("favourite", "Favourite ID"),
    ("upload", "ID of an upload in parts"),
    ("broadcast", "Broadcast ID"),
    ("device", "Device, as it names itself"),
    ("status", "0 is offline, 1 online, other numbers are yours"),
    ("expiry", "Seconds"),
    ("type", "1"),
];

/// `/docs/openapi.json`
pub(crate) async fn openapi_json() -> impl IntoResponse {
    static DOCUMENT: LazyLock<Bytes> = LazyLock::new(|| openapi().to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], DOCUMENT.clone())
}

/// The OpenAPI 3.1 document.
///
/// # Panics
///
/// If an endpoint's notation cannot be read, which a test rules out.
#[must_use]
pub fn openapi() -> Value {
    document(&crate::endpoints())
}

fn document(endpoints: &[Endpoint]) -> Value {
    let mut paths = Map::new();
    for endpoint in endpoints {
        let path = format!("{}/{{org}}/{{app}}{}", endpoint.prefix, endpoint.path);
        let item =
            paths.entry(path.clone()).or_insert_with(|| json!({ "parameters": variables(&path) }));
        item[endpoint.method.as_str().to_lowercase()] = operation(endpoint);
    }
    let tags = CHAPTERS.iter().map(|(name, about)| json!({ "name": name, "description": about }));
    let mut schemas: Map<String, Value> =
        named::NAMED.iter().map(|(name, shape)| ((*name).to_owned(), read(shape))).collect();
    schemas.insert("Envelope".into(), read(ENVELOPE));
    schemas.insert("Error".into(), read(ERROR));
    schemas.insert("SpeechError".into(), read(SPEECH_ERROR));
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Hongyan REST API",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What your server asks of Hongyan. Ids may be numbers or strings, numbers and booleans \
                            may be strings; user ids are read without regard to case.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
        },
    })
}

const ENVELOPE: &str = "{action: string, path: string, uri: string, application?: string, applicationName?: string, \
                        organization?: string, params?: {[key]: string[]}, entities: any[], timestamp: int, duration: int}";
const ERROR: &str = "{error: string, error_description: string, exception?: string, error_code?: int, timestamp?: int, \
                     duration?: int}";

const SPEECH_ERROR: &str = "{error: {code: int, message: string}, error_description: string}";

/// What the rates of an endpoint are, as sentences.
fn how_often(endpoint: &Endpoint) -> String {
    let rate = endpoint.rate;
    let mut words = match (endpoint.access, endpoint.ids.is_empty()) {
        (Access::User, _) => String::new(),
        (_, true) => format!(" An app's server may call it {rate}, more or less by its plan."),
        (_, false) => {
            format!(" An app and its users may call it {rate}, more or less by the app's plan.")
        }
    };
    if let Some(rate) = endpoint.rate_of_user {
        words += &format!(" It may be called {rate} for one user.");
    }
    words
}

fn operation(endpoint: &Endpoint) -> Value {
    let Endpoint { ids, chapter, access, about, query, body, answer, rate, .. } = endpoint;
    let (access_key, who) = match access {
        Access::Open => ("open", "No token is needed."),
        Access::App => ("app", "App token."),
        Access::Itself => ("itself", "App token, or the token of the user in the path."),
        Access::Member => ("member", "App token, or a user's token."),
        Access::User => ("user", "A user's token."),
    };
    let refused = if endpoint.prefix.is_empty() { "Error" } else { "SpeechError" };
    let refused = json!({ "$ref": format!("#/components/schemas/{refused}") });
    let mut operation = json!({
        "operationId": operation_id(endpoint),
        "tags": [chapter],
        "summary": about,
        "description": format!("{who}{}", how_often(endpoint)),
        "x-access": access_key,
        "x-rate": rate.to_string(),
        "security": match access {
            Access::Open => json!([{}, { "token": [] }]),
            _ => json!([{ "token": [] }]),
        },
        "responses": {
            "200": { "description": "Done", "content": content(*answer) },
            "default": {
                "description": "Refused",
                "content": { "application/json": { "schema": refused } },
            },
        },
    });
    if !ids.is_empty() {
        operation["x-ids"] = (*ids).into();
    }
    let mut parameters =
        [parameters("query", query), parameters("header", endpoint.headers)].concat();
    if endpoint.keyed {
        parameters.push(json!({
            "name": "Idempotency-Key",
            "in": "header",
            "required": false,
            "description": "The same for a request that is sent again: it is answered again, and not carried out again",
            "schema": { "type": "string", "minLength": 1, "maxLength": 255 },
        }));
    }
    if !parameters.is_empty() {
        operation["parameters"] = parameters.into();
    }
    if let Some((form, shape)) = body {
        let kind = match form {
            BodyForm::Json => "application/json",
            BodyForm::Form => "application/x-www-form-urlencoded",
            BodyForm::Multipart => "multipart/form-data",
        };
        let mut content = json!({});
        let shape = read(shape);
        let must = shape["type"] != "object" || shape.get("required").is_some();
        content[kind] = json!({ "schema": shape });
        operation["requestBody"] = json!({ "required": must, "content": content });
    }
    operation
}

/// `get_users_user_status` of `GET /users/{user}/status`.
fn operation_id(Endpoint { method, prefix, path, .. }: &Endpoint) -> String {
    let path = format!("{prefix}{path}");
    let words = path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let words: Vec<&str> = words.collect();
    format!("{}_{}", method.as_str().to_lowercase(), words.join("_"))
}

fn content((form, shape): (AnswerForm, &str)) -> Value {
    match form {
        AnswerForm::Bytes => {
            json!({ "*/*": { "schema": { "type": "string", "format": "binary" } } })
        }
        AnswerForm::Bare => json!({ "application/json": { "schema": read(shape) } }),
        AnswerForm::Envelope => json!({
            "application/json": { "schema": { "allOf": [{ "$ref": "#/components/schemas/Envelope" }, read(shape)] } },
        }),
    }
}

fn parameters(place: &str, shape: &str) -> Vec<Value> {
    let schema = read(shape);
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let properties = schema["properties"].as_object().cloned().unwrap_or_default();
    properties
        .into_iter()
        .map(|(name, schema)| {
            let must = required.contains(&name.as_str().into());
            json!({ "name": name, "in": place, "required": must, "schema": schema })
        })
        .collect()
}

fn variables(path: &str) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    names
        .map(|name| {
            let about = VARIABLES.iter().find(|(known, _)| *known == name).map(|(_, about)| about);
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": about,
                "schema": { "type": "string" },
            })
        })
        .collect()
}

fn read(shape: &str) -> Value {
    match schema(shape) {
        Ok(schema) => schema,
        Err(why) => panic!("{shape}: {why}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_endpoint_says_what_it_does() {
        for endpoint in crate::endpoints() {
            let Endpoint { method, path, about, query, body, answer, chapter, .. } = &endpoint;
            // By its path a request is known to be the same one.
            assert!(!endpoint.keyed || !path.contains('{'), "{method} {path} has a variable");
            assert!(!about.is_empty() && !about.ends_with('.'), "{method} {path}: {about:?}");
            assert!(
                CHAPTERS.iter().any(|(known, _)| known == chapter),
                "{method} {path}: {chapter}"
            );
            for shape in
                [Some(*query), body.map(|(_, shape)| shape), Some(answer.1)].into_iter().flatten()
            {
                schema(shape).unwrap_or_else(|why| panic!("{method} {path}: {shape}: {why}"));
            }
            for name in variables(path) {
                assert!(name["description"].is_string(), "{method} {path}: {name}");
            }
        }
        for (name, shape) in named::NAMED {
            schema(shape).unwrap_or_else(|why| panic!("{name}: {why}"));
        }
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let mut names: Vec<_> = crate::endpoints().iter().map(operation_id).collect();
        let all = names.len();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), all);
    }
}
