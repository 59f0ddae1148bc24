//! The OpenAPI document of what is served, made from the table of endpoints.

pub(crate) mod named;
pub(crate) mod notation;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use axum::response::IntoResponse;
use bytes::Bytes;
use http::header;
use serde_json::{Map, Value, json};

use crate::endpoint::{Access, AnswerForm, BodyForm, Endpoint};
use crate::errors::documented::{self, Common, Documented};
use notation::schema;

/// Words of a list in both languages.
struct Entry {
    /// What it is called in the code.
    name: &'static str,
    name_zh: &'static str,
    about: &'static str,
    about_zh: &'static str,
}

const fn entry(
    name: &'static str,
    name_zh: &'static str,
    about: &'static str,
    about_zh: &'static str,
) -> Entry {
    Entry { name, name_zh, about, about_zh }
}

/// The chapters, in the order in which a reader meets them.
const CHAPTERS: &[Entry] = &[
    entry(
        "Tokens",
        "Token",
        "App tokens speak for your server, user tokens for one user.",
        "App Token 代表您的服务端，用户 Token 代表一个用户。",
    ),
    entry(
        "Users",
        "用户",
        "Registration, passwords, bans, online status, devices.",
        "注册、密码、封禁、在线状态与设备。",
    ),
    entry(
        "User attributes",
        "用户属性",
        "What a user shows of itself, and what it keeps.",
        "用户的公开资料与自定义属性。",
    ),
    entry(
        "Contacts and block lists",
        "好友与黑名单",
        "Who knows whom, and who does not want to hear of whom.",
        "用户之间的好友关系，以及用户屏蔽的人。",
    ),
    entry(
        "Presence",
        "在线状态订阅",
        "Published statuses, and following them.",
        "发布与订阅在线状态。",
    ),
    entry(
        "Push settings",
        "推送设置",
        "Bindings of devices, what users wish of notifications, templates and figures.",
        "设备绑定、用户的通知设置、推送模板与统计。",
    ),
    entry(
        "Messages",
        "消息",
        "Sending, broadcasting, recalling, editing, reading back.",
        "发送、广播、撤回、编辑与查询消息。",
    ),
    entry(
        "Conversations",
        "会话",
        "A user's list of conversations, and what it has deleted for itself.",
        "用户的会话列表，以及为自己删除的消息。",
    ),
    entry(
        "Reactions and pins",
        "表情回复与置顶",
        "What is attached to messages.",
        "附加在消息上的内容。",
    ),
    entry(
        "Files",
        "文件",
        "Attachments of messages, and files that groups and rooms share.",
        "消息附件，以及群组和聊天室的共享文件。",
    ),
    entry("Favourites", "收藏", "What users have kept for themselves.", "用户收藏的内容。"),
    entry(
        "Groups",
        "群组",
        "Groups, their members, and how one comes in.",
        "群组、群成员与入群方式。",
    ),
    entry("Threads", "子区", "Conversations below a message of a group.", "基于群消息的子区。"),
    entry(
        "Chat rooms",
        "聊天室",
        "Rooms, their members and their attributes.",
        "聊天室、成员与自定义属性。",
    ),
    entry(
        "Roles and lists",
        "角色与名单",
        "Administrators, mutes, block and allow lists of groups and rooms.",
        "群组和聊天室的管理员、禁言、黑名单与白名单。",
    ),
    entry(
        "Moderation",
        "内容审核",
        "Global mutes, reports, keyword lists and the record of what was moderated.",
        "全局禁言、举报、关键词库与审核记录。",
    ),
    entry(
        "Translation and speech",
        "翻译与语音",
        "By the providers of this installation.",
        "由本部署配置的服务商提供。",
    ),
    entry("Calls", "音视频通话", "What the call SDKs ask for.", "通话 SDK 所需的接口。"),
    entry(
        "Callbacks",
        "回调",
        "Deliveries that failed, and sending them again.",
        "失败的回调及其重发。",
    ),
];

/// What variables of paths stand for, in English and in Chinese.
const VARIABLES: &[(&str, &str, &str)] = &[
    ("org", "Organisation: the part of the App Key before `#`", "组织：App Key 中 `#` 之前的部分"),
    ("app", "App: the part of the App Key after `#`", "应用：App Key 中 `#` 之后的部分"),
    ("user", "User ID", "用户 ID"),
    ("users", "User ID, or several as a comma list", "用户 ID，多个以逗号分隔"),
    ("contact", "User ID of the other one", "对方的用户 ID"),
    ("blocked", "User ID of who is blocked", "被拉黑用户的 ID"),
    (
        "peer",
        "User, group or room ID; the user itself stands for all its conversations",
        "用户、群组或聊天室 ID；用户自己的 ID 代表其全部会话",
    ),
    (
        "group",
        "Group ID; where details are read, a comma list is taken",
        "群组 ID；查询详情时可为逗号分隔的多个 ID",
    ),
    (
        "room",
        "Room ID; where details are read, a comma list is taken",
        "聊天室 ID；查询详情时可为逗号分隔的多个 ID",
    ),
    ("thread", "Thread ID", "子区 ID"),
    ("message", "Message ID", "消息 ID"),
    ("hour", "Hour of UTC: `yyyyMMddHH`", "UTC 小时：`yyyyMMddHH`"),
    ("begin", "First day: `yyyy-MM-dd`", "开始日期：`yyyy-MM-dd`"),
    ("end", "Last day: `yyyy-MM-dd`", "结束日期：`yyyy-MM-dd`"),
    ("template", "Name of a template", "模板名称"),
    ("secret", "As the console shows it", "控制台中显示的密钥"),
    (
        "vendor",
        "`huawei`, `honor`, `xiaomi`, `oppo`, `vivo` or `meizu`",
        "`huawei`、`honor`、`xiaomi`、`oppo`、`vivo` 或 `meizu`",
    ),
    ("list", "ID of a list of keywords", "关键词库 ID"),
    ("export", "UUID of an export", "导出任务的 UUID"),
    ("file", "File ID", "文件 ID"),
    ("favourite", "Favourite ID", "收藏 ID"),
    ("upload", "ID of an upload in parts", "分片上传的 ID"),
    ("broadcast", "Broadcast ID", "广播 ID"),
    ("device", "Device, as it names itself", "设备自己的名称"),
    (
        "status",
        "0 is offline, 1 online, other numbers are yours",
        "0 为离线，1 为在线，其他数字自定义",
    ),
    ("expiry", "Seconds", "秒数"),
    ("type", "1", "1"),
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
    let tags = CHAPTERS.iter().map(|chapter| {
        json!({
            "name": chapter.name,
            "x-name-zh": chapter.name_zh,
            "description": chapter.about,
            "x-description-zh": chapter.about_zh,
        })
    });
    let common = Common::ALL.map(|common| (common.name().to_owned(), errors(&common.errors())));
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
            "x-description-zh": "您的服务端可以调用的接口。ID 可为数字或字符串，数字与布尔值也可为字符串；用户 ID 不区分大小写。",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": "/" }],
        "tags": tags.collect::<Vec<_>>(),
        "paths": paths,
        "x-common-errors": Map::from_iter(common),
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
    let Endpoint { ids, chapter, access, about, about_zh, query, body, answer, rate, .. } =
        endpoint;
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
        "x-summary-zh": about_zh,
        "description": format!("{who}{}", how_often(endpoint)),
        "x-access": access_key,
        "x-rate": rate.to_string(),
        "security": match access {
            Access::Open => json!([{}, { "token": [] }]),
            _ => json!([{ "token": [] }]),
        },
        "responses": responses(endpoint, content(*answer), &refused),
        "x-common-errors": common_of(endpoint).map(Common::name).collect::<Vec<_>>(),
        "x-errors": errors(&documented::own(endpoint)),
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
            "x-description-zh": "重发的请求使用相同的值：返回首次的响应，不再执行",
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

fn common_of(endpoint: &Endpoint) -> impl Iterator<Item = Common> {
    Common::ALL.into_iter().filter(|common| common.is_of(endpoint))
}

/// Each status with the errors that have it.
fn responses(endpoint: &Endpoint, done: Value, refused: &Value) -> Value {
    let refusal = |description: &str| {
        json!({
            "description": description,
            "content": { "application/json": { "schema": refused } },
        })
    };
    let mut words: BTreeMap<u16, BTreeSet<String>> = BTreeMap::new();
    let common = common_of(endpoint).flat_map(Common::errors);
    for error in common.chain(documented::own(endpoint)) {
        words.entry(error.status).or_default().insert(error.error);
    }
    let mut responses = json!({
        "200": { "description": "Done", "content": done },
        "default": refusal("Refused"),
    });
    for (status, words) in words {
        let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
        let words = if words.is_empty() { "Refused".to_owned() } else { words.join(", ") };
        responses[status.to_string()] = refusal(&words);
    }
    responses
}

fn errors(errors: &[Documented]) -> Value {
    let shown = errors.iter().map(|one| {
        let mut shown = json!({
            "status": one.status,
            "error": one.error,
            "error_description": one.description,
        });
        if let Some(code) = one.code {
            shown["error_code"] = code.into();
        }
        shown
    });
    shown.collect()
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
            let known = VARIABLES.iter().find(|(known, ..)| *known == name);
            json!({
                "name": name,
                "in": "path",
                "required": true,
                "description": known.map(|(_, about, _)| about),
                "x-description-zh": known.map(|(.., about)| about),
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
            let Endpoint { method, path, about, about_zh, query, body, answer, chapter, .. } =
                &endpoint;
            // By its path a request is known to be the same one.
            assert!(!endpoint.keyed || !path.contains('{'), "{method} {path} has a variable");
            assert!(!about.is_empty() && !about.ends_with('.'), "{method} {path}: {about:?}");
            let is_chinese = about_zh.chars().any(|c| ('一'..='鿿').contains(&c));
            assert!(is_chinese && !about_zh.ends_with('。'), "{method} {path}: {about_zh:?}");
            assert!(
                CHAPTERS.iter().any(|known| known.name == *chapter),
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
    fn errors_are_told_in_the_words_of_the_endpoint() {
        let document = openapi();
        let operation = &document["paths"]["/{org}/{app}/chatgroups/{group}/users"]["post"];
        let errors = operation["x-errors"].as_array().unwrap();
        for (status, error, text) in [
            (400, "invalid_parameter", "usernames must be provided"),
            (400, "invalid_parameter", "usernames size is more than max limit : 100"),
            (404, "resource_not_found", "grpID GROUP does not exist!"),
        ] {
            let row = json!({ "status": status, "error": error, "error_description": text });
            assert!(errors.contains(&row), "{row}: {errors:#?}");
        }
        assert_eq!(operation["x-common-errors"], json!(["every", "token", "json"]));
        let of_all = document["x-common-errors"]["every"].as_array().unwrap();
        assert!(of_all.iter().any(|row| row["error"] == "reach_limit" && row["status"] == 429));
        assert!(
            operation["responses"]["429"]["description"].as_str().unwrap().contains("reach_limit")
        );
        // What all have is not told again.
        assert!(!errors.iter().any(|row| of_all.contains(row)));
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
