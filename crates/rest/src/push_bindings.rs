//! `/users/{user}/push/binding`: where devices are reached by push services.

use hongyan_messaging::push_bindings::{self, PushBinding};
use hongyan_model::Refusal;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;
use crate::fields::Fields;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Users, "Push settings");
    routes
        .get("/users/{user}/push/binding", all)
        .ids(&["N4"])
        .access(Access::Itself)
        .counted_with("push bindings")
        .about(
            "Reads where the user's devices are reached by push services",
            "查询用户的设备在各推送服务中的绑定信息",
        )
        .answers("{entities: PushBinding[]}");
    routes
        .put("/users/{user}/push/binding", set)
        .ids(&["N3"])
        .access(Access::Itself)
        .counted_with("push bindings")
        .about(
            "Binds a device for push; without a token unbinds it, without a certificate from all",
            "绑定设备的推送信息；Token 为空则解绑，证书名称为空则全部解绑",
        )
        .body("{device_id: string(4096), device_token: string(4096), notifier_name?: string(4096)}")
        .answers("{entities: PushBinding[]}");
    routes
}

async fn all(call: Call) -> Result<Answer, Failure> {
    let found =
        push_bindings::of_user(call.messaging(), &call.caller()?, call.path("user")).await?;
    Ok(Envelope::entities(entities(&found)).into())
}

async fn set(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let binding = binding(&call.fields().await?)?;
    let bound = push_bindings::set(call.messaging(), &caller, call.path("user"), binding).await?;
    Ok(Envelope::entities(entities(&bound)).into())
}

/// The three fields; empty ones mean something. A client that never had a certificate unbinds without naming one.
pub(crate) fn binding(fields: &Fields) -> Result<PushBinding, Refusal> {
    let field = |name| fields.text(name)?.ok_or(Refusal::Missing { name });
    let device_token = field("device_token")?;
    let notifier = match fields.text("notifier_name")? {
        None if device_token.is_empty() => String::new(),
        given => given.ok_or(Refusal::Missing { name: "notifier_name" })?,
    };
    Ok(PushBinding { device_id: field("device_id")?, notifier, device_token })
}

/// Bindings as answers show them.
pub(crate) fn entities(bindings: &[PushBinding]) -> Vec<Value> {
    let entity = |binding: &PushBinding| {
        json!({
            "device_id": binding.device_id,
            "device_token": binding.device_token,
            "notifier_name": binding.notifier,
        })
    };
    bindings.iter().map(entity).collect()
}
