//! `/chatgroups/{group}/apply`, `/invite` and their answers, `/shield`: what a user does about its own membership.

use axum::Router;
use axum::routing::post;
use hongyan_messaging::groups::{self, Invited, NotInvited};
use hongyan_model::UserId;
use serde_json::{Value, json};

use crate::RestState;
use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call, handle};
use crate::errors::Failure;

pub(crate) fn routes() -> Router<RestState> {
    let shield = post(handle(Area::Groups, shield)).delete(handle(Area::Groups, unshield));
    Router::new()
        .route("/chatgroups/{group}/apply", post(handle(Area::Groups, apply)))
        .route("/chatgroups/{group}/apply_verify", post(handle(Area::Groups, answer_application)))
        .route("/chatgroups/{group}/invite", post(handle(Area::Groups, invite)))
        .route("/chatgroups/{group}/invite_verify", post(handle(Area::Groups, answer_invitation)))
        .route("/chatgroups/{group}/shield", shield)
}

async fn apply(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let message = call.fields().await?.text("message")?.unwrap_or_default();
    let user = groups::apply(call.messaging(), &caller, call.path("group"), &message).await?;
    Ok(done(&call, "apply", &user))
}

async fn answer_application(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let applicant = fields.required_text("applicant")?;
    let accepted = fields.required_flag("verifyResult")?;
    let reason = fields.text("reason")?.unwrap_or_default();
    let (m, group) = (call.messaging(), call.path("group"));
    let user = groups::answer_application(m, &caller, group, &applicant, accepted, &reason).await?;
    Ok(done(&call, "apply_verify", &user))
}

async fn invite(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let users = call.fields().await?.required_texts("usernames")?;
    let group = call.path("group");
    let rows = groups::invite(call.messaging(), &caller, group, &users).await?;
    let rows: Value = rows.iter().map(|row| invited(group, row)).collect();
    Ok(Envelope::data(rows).into())
}

fn invited(group: &str, row: &Invited) -> Value {
    let mut shown = json!({
        "action": "invite",
        "id": group,
        "groupid": group,
        "user": row.user.as_str(),
        "result": row.failure.is_none(),
    });
    if let Some(failure) = row.failure {
        shown["reason"] = match failure {
            NotInvited::Member => "already in group",
            NotInvited::Blocked => "in block list",
        }
        .into();
    }
    shown
}

async fn answer_invitation(mut call: Call) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let fields = call.fields().await?;
    let invitee = fields.required_text("invitee")?;
    let accepted = fields.required_flag("verifyResult")?;
    let (m, group) = (call.messaging(), call.path("group"));
    let user = groups::answer_invitation(m, &caller, group, &invitee, accepted).await?;
    Ok(done(&call, "invite_verify", &user))
}

async fn shield(call: Call) -> Result<Answer, Failure> {
    set_shielded(call, true).await
}

async fn unshield(call: Call) -> Result<Answer, Failure> {
    set_shielded(call, false).await
}

async fn set_shielded(call: Call, shielded: bool) -> Result<Answer, Failure> {
    let caller = call.caller()?;
    let user =
        groups::set_shielded(call.messaging(), &caller, call.path("group"), shielded).await?;
    Ok(done(&call, if shielded { "shield" } else { "unshield" }, &user))
}

fn done(call: &Call, action: &str, user: &UserId) -> Answer {
    let group = call.path("group");
    let user = user.as_str();
    let data =
        json!({ "result": true, "action": action, "user": user, "id": group, "groupid": group });
    Envelope::data(data).into()
}
