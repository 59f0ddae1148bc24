//! Operations on groups and chat rooms in the two published forms.

use hongyan_model::UserId;
use hongyan_msync::proto::MucBody;
use hongyan_msync::proto::muc_body::Operation;
use serde_json::{Value, json};

/// The older name; `None` for what is not told: attributes and threads.
pub(super) fn name(body: &MucBody) -> Option<&'static str> {
    Some(match body.operation() {
        Operation::Create => "create",
        Operation::Destroy => "destroy",
        Operation::Join => "join",
        Operation::Leave => "leave",
        Operation::Apply => "apply",
        Operation::ApplyAccept => "apply_accept",
        Operation::ApplyDecline => "apply_decline",
        Operation::Invite => "invite",
        Operation::InviteAccept => "invite_accept",
        Operation::InviteDecline => "invite_decline",
        Operation::Kick => "kick",
        Operation::Ban => "ban",
        Operation::Allow => "allow",
        Operation::Update | Operation::DisableGroup | Operation::AbleGroup => "update",
        Operation::Block => "block",
        Operation::Unblock => "unblock",
        Operation::Presence => "presence",
        Operation::Absence => "absence",
        Operation::DirectJoined => "direct_joined",
        // As published, misspelt.
        Operation::AssignOwner => "assing_owner",
        Operation::AddAdmin => "add_admin",
        Operation::RemoveAdmin => "remove_admin",
        Operation::AddMute => "add_mute",
        Operation::RemoveMute => "remove_mute",
        Operation::UpdateAnnouncement => "update_announcement",
        Operation::DeleteAnnouncement => "delete_announcement",
        Operation::UploadFile => "upload_file",
        Operation::DeleteFile => "delete_file",
        Operation::AddUserWhiteList => "add_user_white_list",
        Operation::RemoveUserWhiteList => "remove_user_white_list",
        Operation::BanGroup => "ban_group",
        Operation::RemoveBanGroup => "remove_ban_group",
        _ => return None,
    })
}

/// The newer form.
pub(super) struct GroupOperation {
    pub(super) operation: &'static str,
    pub(super) payload: Option<Value>,
}

/// What the newer form says; `None` where another operation says it.
pub(super) fn operation(body: &MucBody, actor: &UserId) -> Option<GroupOperation> {
    let affected = body.to.first().and_then(|to| to.name.clone());
    let affected = affected.unwrap_or_else(|| actor.to_string());
    let members = match body.members.is_empty() {
        true => json!([affected]),
        false => json!(body.members),
    };
    let info = || {
        let ext = body.event_info.as_ref().and_then(|info| info.ext.as_deref());
        ext.and_then(|ext| serde_json::from_str::<Value>(ext).ok()).unwrap_or_else(|| json!({}))
    };
    let is_room = body.is_chatroom();
    let of = |operation, payload| Some(GroupOperation { operation, payload: Some(payload) });
    match body.operation() {
        Operation::Create => of(
            "CREATE",
            json!({ "role": { affected.as_str(): "owner" }, "member": [affected],
                    "info": { "owner": affected, "title": body.muc_name() } }),
        ),
        Operation::Destroy => Some(GroupOperation { operation: "DELETE", payload: None }),
        // In a group, who came in is told by how it did.
        Operation::Presence if is_room => {
            of("JOIN", json!({ "type": "DIRECT", "member": members }))
        }
        Operation::DirectJoined => of("JOIN", json!({ "type": "DIRECT", "member": members })),
        Operation::InviteAccept => {
            of("JOIN", json!({ "type": "INVITE", "member": [actor.as_str()] }))
        }
        Operation::ApplyAccept => of("JOIN", json!({ "type": "APPLY", "member": members })),
        Operation::Absence if is_room => of("LEAVE", json!({ "type": "QUIT", "member": members })),
        Operation::Leave => of("LEAVE", json!({ "type": "QUIT", "member": members })),
        Operation::Kick => of("LEAVE", json!({ "type": "KICK", "member": members })),
        Operation::Update => of("UPDATE", json!({ "type": "INFO", "info": info() })),
        Operation::DisableGroup => of("UPDATE", json!({ "type": "DISABLE", "disable": true })),
        Operation::AbleGroup => of("UPDATE", json!({ "type": "DISABLE", "disable": false })),
        Operation::UpdateAnnouncement => {
            of("UPDATE", json!({ "type": "ANNOUNCEMENT", "announcement": body.reason() }))
        }
        Operation::DeleteAnnouncement => of("UPDATE", json!({ "type": "ANNOUNCEMENT" })),
        Operation::AssignOwner => {
            of("UPDATE", json!({ "type": "OWNER", "owner": actor.as_str(), "new_owner": affected }))
        }
        Operation::BanGroup => of("UPDATE", json!({ "type": "MUTE", "mute": true })),
        Operation::RemoveBanGroup => of("UPDATE", json!({ "type": "MUTE", "mute": false })),
        Operation::AddAdmin => of("ADMIN", json!({ "type": "ADD", "admin": members })),
        Operation::RemoveAdmin => of("ADMIN", json!({ "type": "REMOVE", "admin": members })),
        Operation::AddMute => {
            let mut payload = json!({ "type": "ADD", "member": members });
            let ext = body.ext.as_deref().and_then(|ext| serde_json::from_str::<Value>(ext).ok());
            if let Some(ext) = ext {
                payload["expire_timestamp"] = ext["user_mute_time"][affected.as_str()].clone();
            }
            of("MUTE", payload)
        }
        Operation::RemoveMute => of("MUTE", json!({ "type": "REMOVE", "member": members })),
        Operation::AddUserWhiteList => of("WHITE", json!({ "type": "ADD", "member": members })),
        Operation::RemoveUserWhiteList => {
            of("WHITE", json!({ "type": "REMOVE", "member": members }))
        }
        Operation::Ban => of("BLOCK", json!({ "type": "ADD", "member": members })),
        Operation::Allow => of("BLOCK", json!({ "type": "REMOVE", "member": members })),
        Operation::Block => of("SHIELD", json!({ "type": "ADD" })),
        Operation::Unblock => of("SHIELD", json!({ "type": "REMOVE" })),
        Operation::UploadFile => of("SHARE_FILE", json!({ "type": "ADD" })),
        Operation::DeleteFile => of("SHARE_FILE", json!({ "type": "REMOVE" })),
        _ => None,
    }
}
