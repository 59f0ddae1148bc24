//! Operations on groups and chat rooms, told in the two published forms.

use std::slice;

use hongyan_messaging::muc::{Info, InfoOf, Joining, Leaving, MucList, MucOperation, SharedFile};
use hongyan_model::{App, Caller, GroupEventFormat, Muc, UserId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::events::{Event, call_id, envelope, group_address, user_address};
use crate::Integrations;

/// What selects events of the newer form by their operation.
pub(super) const NEWER: &str = "group_op_event";

/// What is told of an operation on a group or chat room, in each form.
pub(crate) fn of_muc(
    i: &Integrations,
    app: &App,
    caller: &Caller,
    muc: &Muc,
    what: MucOperation<'_>,
) -> Vec<Event> {
    let actor = caller.user().cloned().unwrap_or_else(UserId::admin);
    let place = Place { i, app, caller, actor: &actor, is_room: muc.is_room(), id: muc.id() };
    let older = older(place, what).into_iter().map(|older| place.told_older(older));
    let newer = newer(place, what).into_iter().map(|newer| place.told_newer(newer));
    older.chain(newer).collect()
}

/// What is told of the right to make chat rooms; the older form has no word for it.
pub(crate) fn of_super_admin(
    i: &Integrations,
    app: &App,
    caller: &Caller,
    user: &UserId,
    given: bool,
) -> Event {
    let actor = caller.user().cloned().unwrap_or_else(UserId::admin);
    let place = Place { i, app, caller, actor: &actor, is_room: true, id: "" };
    let payload = json!({ "type": added(given), "admin": [user] });
    place.told_newer(Newer::new("room_super_admin", "ROOM_SUPER_ADMIN", payload))
}

/// Where something happened, and by whom.
#[derive(Clone, Copy)]
struct Place<'a> {
    i: &'a Integrations,
    app: &'a App,
    caller: &'a Caller,
    actor: &'a UserId,
    is_room: bool,
    /// Of the group or room; empty: of none.
    id: &'a str,
}

/// An operation in the older form.
struct Older<'a> {
    operation: &'static str,
    /// Whom it concerns; the group or room itself where it concerns all.
    to: &'a str,
    reason: String,
    members: &'a [UserId],
}

impl<'a> Older<'a> {
    fn new(operation: &'static str, to: &'a str) -> Self {
        Self { operation, to, reason: String::new(), members: &[] }
    }
}

/// An operation in the newer form.
struct Newer {
    /// Its older name, which selects it, too.
    older: &'static str,
    operation: &'static str,
    payload: Option<Value>,
    count: Option<u32>,
}

impl Newer {
    fn new(older: &'static str, operation: &'static str, payload: Value) -> Self {
        Self { older, operation, payload: Some(payload), count: None }
    }
}

impl Place<'_> {
    fn told_older(self, older: Older<'_>) -> Event {
        let Place { i, app, .. } = self;
        let (now, uuid) = (i.0.clock.now(), Uuid::new_v4().to_string());
        let device = self.caller.device.as_ref().map(|device| format!("/{device}"));
        let from = user_address(app, self.actor.as_str());
        let mut body = envelope(i, app, (&uuid, now));
        body["eventType"] = "chat".into();
        body["chat_type"] = "muc".into();
        body["group_id"] = self.id.into();
        body["from"] = format!("{from}{}", device.unwrap_or_default()).into();
        body["to"] = older.to.into();
        body["msg_id"] = i.0.ids.next(now).0.to_string().into();
        let mut payload = json!({
            "muc_id": group_address(app, self.id),
            "is_chatroom": self.is_room,
            "operation": older.operation,
        });
        if !matches!(older.operation, "presence" | "absence") {
            payload["reason"] = older.reason.into();
            payload["status"] = json!({ "description": "", "error_code": "ok" });
        }
        if !older.members.is_empty() {
            payload["members"] = json!(older.members);
        }
        body["payload"] = payload;
        let event = self.event(older.operation, (call_id(app, &uuid), body));
        Event { format: Some(GroupEventFormat::Muc), ..event }
    }

    fn told_newer(self, newer: Newer) -> Event {
        let Place { i, app, .. } = self;
        let (now, uuid) = (i.0.clock.now(), Uuid::new_v4().to_string());
        let mut body = json!({
            "callId": call_id(app, &uuid),
            "timestamp": now,
            "appkey": app.key(),
            "event": NEWER,
            "type": if self.is_room { "CHATROOM" } else { "GROUP" },
            "id": self.id,
            "operation": newer.operation,
            "operator": self.caller.user().map_or("@ppAdmin", UserId::as_str),
        });
        if let Some(count) = newer.count {
            body["member_count"] = count.into();
        }
        if let Some(payload) = newer.payload {
            body["payload"] = payload;
        }
        let event = self.event(newer.older, (call_id(app, &uuid), body));
        let also = Some(format!("{NEWER}:{}", newer.operation));
        Event { format: Some(GroupEventFormat::GroupOpEvent), also, ..event }
    }

    fn event(self, operation: &str, (call_id, body): (String, Value)) -> Event {
        let time = body["timestamp"].as_i64().unwrap_or_default();
        let conversation = format!("{}:{}", if self.is_room { "r" } else { "g" }, self.id);
        let place = (format!("muc:{operation}"), conversation);
        let event = Event::new(place, (call_id, time), self.actor, body);
        Event { group: (!self.id.is_empty()).then(|| self.id.to_owned()), ..event }
    }

    /// Whether nobody but who acted is concerned.
    fn is_own(self, users: &[UserId]) -> bool {
        matches!(users, [one] if self.caller.user() == Some(one))
    }

    /// Who came or went is told to the group or room; whoever acted itself is known.
    fn moved<'a>(self, operation: &'static str, users: &'a [UserId]) -> Older<'a>
    where
        Self: 'a,
    {
        let members = if self.is_own(users) { &[] } else { users };
        Older { members, ..Older::new(operation, self.id) }
    }
}

fn each<'a>(operation: &'static str, users: &'a [UserId]) -> Vec<Older<'a>> {
    users.iter().map(|user| Older::new(operation, user.as_str())).collect()
}

fn older<'a>(place: Place<'a>, what: MucOperation<'a>) -> Vec<Older<'a>> {
    let all = |operation| vec![Older::new(operation, place.id)];
    match what {
        MucOperation::Created { members, .. } => {
            let (owner, others) = members.split_at(members.len().min(1));
            let mut told = each("create", owner);
            told.extend(each("direct_joined", others));
            told
        }
        MucOperation::Destroyed => all("destroy"),
        MucOperation::Updated(_) | MucOperation::Disabled(_) => all("update"),
        MucOperation::Announced("") => all("delete_announcement"),
        MucOperation::Announced(text) => {
            let reason = text.to_owned();
            vec![Older { reason, ..Older::new("update_announcement", place.id) }]
        }
        // As published, misspelt.
        MucOperation::Transferred { new, .. } => each("assing_owner", slice::from_ref(new)),
        MucOperation::Applied { reason, recipients } => {
            let mut told = each("apply", recipients);
            told.iter_mut().for_each(|told| reason.clone_into(&mut told.reason));
            told
        }
        MucOperation::ApplicationDeclined { user, reason } => {
            let reason = reason.to_owned();
            vec![Older { reason, ..Older::new("apply_decline", user.as_str()) }]
        }
        MucOperation::Invited(users) => each("invite", users),
        MucOperation::InvitationDeclined { inviter } => {
            vec![Older::new("invite_decline", inviter.map_or(ADMIN, UserId::as_str))]
        }
        MucOperation::Joined { users, how, .. } => {
            let mut told = match how {
                Joining::Direct if place.is_room && place.is_own(users) => Vec::new(),
                Joining::Direct => each("direct_joined", users),
                Joining::Invitation(inviter) => {
                    vec![Older::new("invite_accept", inviter.map_or(ADMIN, UserId::as_str))]
                }
                Joining::Application => each("apply_accept", users),
            };
            told.push(place.moved("presence", users));
            told
        }
        MucOperation::Left { users, how, .. } => {
            let mut told = match how {
                Leaving::Quit => each("leave", users),
                Leaving::Kick => each("kick", users),
                // That they are blocked is told by itself.
                Leaving::Block | Leaving::Absence | Leaving::Deletion => Vec::new(),
            };
            told.push(place.moved("absence", users));
            told
        }
        MucOperation::Listed { list, until, users } => each(listed(list, until.is_some()), users),
        MucOperation::AllMuted(true) => all("ban_group"),
        MucOperation::AllMuted(false) => all("remove_ban_group"),
        MucOperation::Shielded(true) => each("block", slice::from_ref(place.actor)),
        MucOperation::Shielded(false) => each("unblock", slice::from_ref(place.actor)),
        MucOperation::FileShared(file) => {
            vec![Older { reason: of_file(file), ..Older::new("upload_file", place.id) }]
        }
        MucOperation::FileRemoved(SharedFile { file, .. }) => {
            let reason = file.id.to_string();
            vec![Older { reason, ..Older::new("delete_file", place.id) }]
        }
    }
}

/// The customer's server, where a user is expected.
const ADMIN: &str = "admin";

const fn listed(list: MucList, on: bool) -> &'static str {
    match (list, on) {
        (MucList::Admins, true) => "add_admin",
        (MucList::Admins, false) => "remove_admin",
        (MucList::Blocked, true) => "ban",
        (MucList::Blocked, false) => "allow",
        (MucList::Muted, true) => "add_mute",
        (MucList::Muted, false) => "remove_mute",
        (MucList::Allowed, true) => "add_user_white_list",
        (MucList::Allowed, false) => "remove_user_white_list",
    }
}

fn of_file(SharedFile { file, owner }: &SharedFile) -> String {
    let data = json!({
        "file_id": file.id.to_string(),
        "file_name": file.name,
        "file_owner": owner.as_str(),
        "file_size": file.size,
        "created": file.created,
    });
    json!({ "data": data }).to_string()
}

/// The newer form has one event for all whom an operation concerns; requests are not told.
fn newer(place: Place<'_>, what: MucOperation<'_>) -> Option<Newer> {
    let update = |older, payload| Some(Newer::new(older, "UPDATE", payload));
    match what {
        MucOperation::Created { info, members } => {
            let owner = owner(info);
            let payload = json!({
                "role": { owner.as_str(): "owner" }, "member": members, "info": of_info(info),
            });
            Some(Newer::new("create", "CREATE", payload))
        }
        MucOperation::Destroyed => {
            Some(Newer { payload: None, ..Newer::new("destroy", "DELETE", Value::Null) })
        }
        MucOperation::Updated(info) => {
            update("update", json!({ "type": "INFO", "info": of_info(info) }))
        }
        MucOperation::Disabled(disabled) => {
            update("update", json!({ "type": "DISABLE", "disable": disabled }))
        }
        MucOperation::Announced("") => {
            update("delete_announcement", json!({ "type": "ANNOUNCEMENT" }))
        }
        MucOperation::Announced(text) => {
            update("update_announcement", json!({ "type": "ANNOUNCEMENT", "announcement": text }))
        }
        MucOperation::Transferred { former, new } => {
            update("assing_owner", json!({ "type": "OWNER", "owner": former, "new_owner": new }))
        }
        MucOperation::AllMuted(muted) => {
            let older = if muted { "ban_group" } else { "remove_ban_group" };
            update(older, json!({ "type": "MUTE", "mute": muted }))
        }
        MucOperation::Joined { users, how, count } => {
            let (older, how) = match how {
                Joining::Direct if place.is_room => ("presence", "DIRECT"),
                Joining::Direct => ("direct_joined", "DIRECT"),
                Joining::Invitation(_) => ("invite_accept", "INVITE"),
                Joining::Application => ("apply_accept", "APPLY"),
            };
            let joined = Newer::new(older, "JOIN", json!({ "type": how, "member": users }));
            Some(Newer { count: Some(count), ..joined })
        }
        MucOperation::Left { users, how, count } => {
            let (older, how) = match how {
                Leaving::Quit => ("leave", "QUIT"),
                Leaving::Absence => ("absence", "QUIT"),
                Leaving::Kick => ("kick", "KICK"),
                Leaving::Block => ("ban", "BLOCK"),
                Leaving::Deletion => ("absence", "DELETE"),
            };
            let left = Newer::new(older, "LEAVE", json!({ "type": how, "member": users }));
            Some(Newer { count: Some(count), ..left })
        }
        MucOperation::Listed { users: [], .. } => None,
        MucOperation::Listed { list, until, users } => {
            let on = until.is_some();
            let (operation, key) = match list {
                MucList::Admins => ("ADMIN", "admin"),
                MucList::Blocked => ("BLOCK", "member"),
                MucList::Muted => ("MUTE", "member"),
                MucList::Allowed => ("WHITE", "member"),
            };
            let mut payload = json!({ "type": added(on), key: users });
            if let (MucList::Blocked | MucList::Muted, Some(until)) = (list, until) {
                payload["expire_timestamp"] = until.into();
            }
            Some(Newer::new(listed(list, on), operation, payload))
        }
        MucOperation::Shielded(shielded) => {
            let older = if shielded { "block" } else { "unblock" };
            Some(Newer::new(older, "SHIELD", json!({ "type": added(shielded) })))
        }
        MucOperation::FileShared(shared) => of_files("upload_file", true, shared),
        MucOperation::FileRemoved(shared) => of_files("delete_file", false, shared),
        MucOperation::Applied { .. }
        | MucOperation::ApplicationDeclined { .. }
        | MucOperation::Invited(_)
        | MucOperation::InvitationDeclined { .. } => None,
    }
}

fn of_files(older: &'static str, on: bool, shared: &SharedFile) -> Option<Newer> {
    let payload = json!({ "type": added(on), "share_file": [shared.file.id.to_string()] });
    Some(Newer::new(older, "SHARE_FILE", payload))
}

const fn added(on: bool) -> &'static str {
    if on { "ADD" } else { "REMOVE" }
}

const fn owner(info: Info<'_>) -> &UserId {
    match info.of {
        InfoOf::Group(group) => &group.owner,
        InfoOf::Room(room) => &room.owner,
    }
}

/// As published: everything is a text but the length of the mute. A room lacks what only groups have.
fn of_info(Info { of, all_muted }: Info<'_>) -> Value {
    let mut info = match of {
        InfoOf::Group(group) => json!({
            "owner": group.owner,
            "title": group.name,
            "description": group.description,
            "custom": group.custom,
            "avatar": group.avatar,
            "public": group.public.to_string(),
            "members_only": group.members_only.to_string(),
            "allow_user_invites": group.allow_invites.to_string(),
            "invite_need_confirm": group.invite_need_confirm.to_string(),
            "disabled": group.disabled.to_string(),
            "max_users": group.max_users.to_string(),
            "created": group.created.to_string(),
            "last_modified": group.modified.to_string(),
        }),
        InfoOf::Room(room) => json!({
            "owner": room.owner,
            "title": room.name,
            "description": room.description,
            "custom": room.custom,
            "max_users": room.max_users.to_string(),
            "created": room.created.to_string(),
            "last_modified": room.modified.to_string(),
        }),
    };
    info["mute"] = all_muted.to_string().into();
    // That of all has no end.
    info["mute_duration"] = if all_muted { -1 } else { 0 }.into();
    info
}
