//! `/messages/rewrite/{message}`: editing a message.

use hongyan_messaging::messages::content::parse_body;
use hongyan_messaging::messages::{self, ServerEdit};
use hongyan_model::{EntryKind, Refusal};
use serde_json::Value;

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;
use crate::messages::kind;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Rewrite, "Messages");
    routes
        .put("/messages/rewrite/{message}", rewrite)
        .ids(&["M11"])
        .access(Access::App)
        .about(
            "Edits a message: a text or custom one with its ext, of others the ext alone",
            "编辑消息：文本和自定义消息可连同 ext 修改，其他消息仅可修改 ext",
        )
        .body(
            "{user?: string, new_msg: {type: string, msg?: string, customEvent?: string(32), \
             customExts?: {[key]: string} | {[key]: string}[]}, new_ext?: {[key]: any}, \
             is_combine_ext?: bool}",
        )
        .answers("{data: 'success'}");
    routes
}

async fn rewrite(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let edit = edit(call.path("message").to_owned(), &call.fields().await?)?;
    messages::edit_from_server(call.messaging(), &caller, edit).await?;
    Ok(Envelope::data("success").into())
}

/// Of texts and custom messages `new_msg` is the body; of others only its type counts.
fn edit(message: String, fields: &Fields) -> Result<ServerEdit, Failure> {
    if message.parse::<u64>().is_err() {
        let why = "not a number".to_owned();
        return Err(Refusal::Invalid { name: "message", why }.into());
    }
    let body = match fields.value("new_msg") {
        Some(body @ Value::Object(_)) => body,
        Some(_) => return Err(Failure::NotAnObject),
        None => return Err(Refusal::Missing { name: "new_msg" }.into()),
    };
    let type_name = body.get("type").and_then(Value::as_str).unwrap_or_default();
    let kind = kind(type_name).ok_or(Refusal::EditFormat)?;
    let content = match kind {
        EntryKind::Text | EntryKind::Custom => Some(parse_body(type_name, body)?),
        _ => None,
    };
    let ext = match fields.value("new_ext") {
        None => None,
        Some(Value::Object(ext)) => Some(ext.clone()),
        Some(_) => return Err(Failure::NotAnObject),
    };
    let user = fields.text("user")?.filter(|user| !user.is_empty());
    let merge_ext = fields.flag("is_combine_ext")?.unwrap_or(false);
    Ok(ServerEdit { message, user, kind, content, ext, merge_ext })
}
