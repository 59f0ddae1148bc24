//! `/chatgroups/{group}/apply`, `/invite` and their answers, `/shield`: what a user does about its own membership.

use hongyan_messaging::groups::{self, Invited, NotInvited};
use hongyan_model::UserId;
use serde_json::{Value, json};

use crate::answer::{Answer, Envelope};
use crate::call::{Area, Call};
use crate::endpoint::{Access, Routes};
use crate::errors::Failure;

pub(crate) fn routes() -> Routes {
    let mut routes = Routes::of(Area::Groups, "Groups");
    routes
        .post("/chatgroups/{group}/apply", apply)
        .access(Access::User)
        .about(
            "Joins a public group, or asks to be let in where that needs approval",
            "加入公开群组；需要审批的，则提交申请",
        )
        .body("{message?: string}")
        .answers("{data: MucRow}");
    routes
        .post("/chatgroups/{group}/apply_verify", answer_application)
        .access(Access::Member)
        .about("Lets in who has asked to join, or declines", "同意或拒绝入群申请")
        .body("{applicant: string, verifyResult: bool, reason?: string}")
        .answers("{data: MucRow}");
    routes
        .post("/chatgroups/{group}/invite", invite)
        .access(Access::Member)
        .about(
            "Invites users, who are members at once unless the group wants them to agree",
            "邀请用户入群；群组不要求用户同意时，直接成为成员",
        )
        .body("{usernames: string[1..GROUP_ADD_BATCH]}")
        .answers("{data: MucRow[]}");
    routes
        .post("/chatgroups/{group}/invite_verify", answer_invitation)
        .access(Access::User)
        .about("Accepts or declines an invitation", "接受或拒绝入群邀请")
        .body("{invitee: string, verifyResult: bool}")
        .answers("{data: MucRow}");
    routes
        .post("/chatgroups/{group}/shield", shield)
        .access(Access::User)
        .about(
            "Stops the delivery of a group's messages to the member that asks",
            "屏蔽群组：不再向请求的成员投递群消息",
        )
        .answers("{data: MucRow}");
    routes
        .delete("/chatgroups/{group}/shield", unshield)
        .access(Access::User)
        .about(
            "Delivers a shielded group's messages again, from here on",
            "取消屏蔽群组：从现在起恢复投递群消息",
        )
        .answers("{data: MucRow}");
    routes
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
