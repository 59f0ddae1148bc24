//! `/messages/users/import`, `/messages/chatgroups/import`: messages of the past.

use hongyan_messaging::messages::content::parse_body;
use hongyan_messaging::messages::{self, ImportTarget, ImportedMessage};
use hongyan_model::{Feature, Refusal, Timestamp};
use serde_json::json;

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::messages::{ext, size};

pub(crate) fn routes() -> Routes {
    const MESSAGE: &str = "{from: string, target: string, type: MessageType, body: MessageBody, \
                           ext?: {[key]: any}, msg_timestamp?: int, is_ack_read?: bool, \
                           need_download?: bool}";
    const STORED: &str = "{data: {msg_id: string}}";
    let mut routes = Routes::of(Area::Imports, "Messages");
    routes
        .post("/messages/users/import", |call| import(call, ImportTarget::User))
        .ids(&["M20"])
        .access(Access::App)
        .keyed()
        .about(
            "Puts a message of the past into the history of two users",
            "将一条过去的消息导入两个用户的历史消息",
        )
        .body(MESSAGE)
        .answers(STORED);
    routes
        .post("/messages/chatgroups/import", |call| import(call, ImportTarget::Group))
        .ids(&["M21"])
        .access(Access::App)
        .keyed()
        .about(
            "Puts a message of the past into the history of a group",
            "将一条过去的消息导入群组的历史消息",
        )
        .body(MESSAGE)
        .answers(STORED);
    routes
}

async fn import(mut call: Call, target: ImportTarget) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let message = imported(&fields, target, files(call.uri()))?;
    call.admit_messages(Feature::RestImportsPerSecond, 1)?;
    let id = messages::import(call.messaging(), &caller, message).await?;
    Ok(Envelope::data(json!({ "msg_id": id.to_string() })).into())
}

fn imported(
    fields: &Fields,
    target: ImportTarget,
    files: String,
) -> Result<ImportedMessage, Failure> {
    let from = fields.required_text("from")?;
    let to = fields.required_text("target")?;
    let kind = fields.required_text("type")?;
    let body = fields.value("body").ok_or(Refusal::Missing { name: "body" })?;
    let is_empty = body.as_object().is_some_and(serde_json::Map::is_empty);
    if is_empty {
        return Err(Refusal::Missing { name: "body" }.into());
    }
    Ok(ImportedMessage {
        from,
        to,
        target,
        content: parse_body(&kind, body)?,
        ext: ext(fields)?,
        time: time(fields)?,
        is_read: fields.flag("is_ack_read")?.unwrap_or(false),
        fetch: fields.flag("need_download")?.unwrap_or(false),
        files,
        size: size(body, fields),
    })
}

fn time(fields: &Fields) -> Result<Option<Timestamp>, Refusal> {
    let time = fields.signed("msg_timestamp")?;
    match time {
        Some(time) if time < 0 => {
            Err(Refusal::Invalid { name: "msg_timestamp", why: "before 1970".to_owned() })
        }
        time => Ok(time),
    }
}

/// Where this app's files are found.
fn files(uri: &str) -> String {
    let app = uri.rsplit_once("/messages/").map_or(uri, |(app, _)| app);
    format!("{app}/chatfiles")
}
