//! More than a call, a list or a plan allows.

use hongyan_model::{Feature, Refusal};
use http::StatusCode;

use super::parameters::{check_list_size, message_code};
use super::{
    ErrorBody, PLAN_EXHAUSTED, TOO_MANY_MEMBERS, bad_request, exceed_limit, forbidden,
    illegal_argument, invalid_parameter, message_send_error, quantity_exceeded,
    room_attribute_error,
};
use crate::call::{Area, Context};

/// Of presence; word for word, with the space at its end: the SDK has a code for it.
const PRESENCE_TOO_LONG: &str = "ext is too big ";

/// Marks a limit of the registry that a user meets with a number by which the SDK knows "too many, too long" (50);
/// words and status stay those of the documents. Where the SDK has a code of its own for the words, they do.
pub(super) fn told_to_sdk(refusal: &Refusal, body: ErrorBody) -> ErrorBody {
    let is_limit = matches!(
        refusal,
        Refusal::QuotaExceeded { .. }
            | Refusal::ListFull { .. }
            | Refusal::TooLong { .. }
            | Refusal::AnnouncementTooLong
            | Refusal::AttributesTooLarge { .. }
            | Refusal::NicknameTooLong
            | Refusal::ThreadNameTooLong
            | Refusal::UserGroupsFull { .. }
            | Refusal::UserRoomsFull { .. }
            | Refusal::UserThreadsFull { .. }
    );
    let is_known =
        body.description.contains(TOO_MANY_MEMBERS) || body.description == PRESENCE_TOO_LONG;
    if !is_limit || is_known || body.code.is_some() {
        return body;
    }
    let code = match body.status {
        StatusCode::FORBIDDEN => Some(91002),
        StatusCode::BAD_REQUEST => Some(60007),
        _ => None,
    };
    body.with_code(code)
}

/// Attributes of users.
pub(super) fn attributes_too_large(description: String) -> ErrorBody {
    ErrorBody::new(StatusCode::FORBIDDEN, "FORBIDDEN", "MetadataException", description)
}

pub(super) fn too_long(area: Area, name: &str, limit: usize) -> ErrorBody {
    match area {
        Area::Presence => illegal_argument(PRESENCE_TOO_LONG),
        Area::Attributes => attributes_too_large(format!(
            "size of metadata for this single user exceeds the current mysql column size, {limit}Bytes"
        )),
        Area::Groups => invalid_parameter(format!("{name} length is too big")),
        Area::Rooms if name == "tag" => exceed_limit("tag length exceeds limit!"),
        _ => exceed_limit(format!("{name} cannot exceed to {limit}")),
    }
}

/// To the SDK every status of an upload but 400 is a success.
pub(super) fn is_upload_of_user(context: &Context) -> bool {
    context.user.is_some()
        && context.method == http::Method::POST
        && context.route.ends_with("/share_files")
}

pub(super) fn too_many(context: &Context, name: &str, limit: usize) -> ErrorBody {
    match context.area {
        Area::Status => illegal_argument(format!(
            "request body exceeds maximum limit, maximum limit is {limit}"
        )),
        Area::Attributes => bad_request(
            "BAD_REQUEST",
            "MetadataException",
            format!("exceed allowed batch size {limit}"),
        ),
        Area::RoomAttributes => {
            room_attribute_error(&format!("exceed allowed batch size {limit}"), 60012)
        }
        Area::Contacts if name == "limit" => {
            illegal_argument(format!("getContacts | page size more than max limit : {limit}"))
        }
        Area::Contacts if name == "check_list" => check_list_size(),
        Area::Contacts => illegal_argument(format!("request user over flow limit:{limit}.")),
        Area::Presence => illegal_argument(match (name, &context.method) {
            ("usernames", &http::Method::DELETE) => "too many unsub presences",
            ("usernames", _) if context.route.ends_with("/presence") => "too many get presences",
            ("usernames", _) => "too many sub presence",
            _ => "too many queries",
        }),
        Area::Push if name == "push_nickname" => {
            illegal_argument("put user push nicknames exceeds the limit")
        }
        Area::Recall => bad_request(
            "message_recall_error",
            "MessageRecallException",
            format!("params {name}'s size can't exceed limit {limit}"),
        ),
        Area::Messages => {
            message_send_error(format!("params {name}'s size can't exceed limit {limit}"))
                .with_code(message_code(name))
        }
        Area::Rooms if name == "tags" => exceed_limit("user group tag count exceed limit"),
        Area::Groups | Area::GroupMembers | Area::Rooms => {
            invalid_parameter(too_many_users(context, name, limit))
        }
        Area::Conversations => {
            exceed_limit(format!("{name} is more than max limit : {limit}")).with_code(Some(91002))
        }
        Area::Deletions => bad_request(
            "param exception",
            "ParamException",
            format!("delete {name} limit can not greater than {limit}"),
        ),
        Area::Files if name == "chatfile_ids" => illegal_argument("chatfile_ids size is too large"),
        Area::Token
        | Area::Users
        | Area::Password
        | Area::History
        | Area::Files
        | Area::Threads
        | Area::Mutes
        | Area::MemberAttributes
        | Area::Rewrite
        | Area::Reactions
        | Area::Pins
        | Area::Broadcasts
        | Area::Favourites
        | Area::Translation
        | Area::Speech
        | Area::Reports
        | Area::Callbacks
        | Area::Moderation
        | Area::Imports
        | Area::Push => illegal_argument(format!("{name} is more than max limit : {limit}")),
    }
}

pub(super) fn too_many_new_users(given: usize, limit: usize) -> ErrorBody {
    illegal_argument(format!(
        "Request body array size[{given}] had almost reached or been greater than the upper range value[{limit}]"
    ))
}

/// What the plan allows is reached.
pub(super) fn quota_exceeded(context: &Context, feature: Feature) -> ErrorBody {
    // Without an app, the words are those of the reference.
    let app = context.app.as_ref();
    let app_key = app.map_or_else(|| "ORG#APP".to_owned(), |app| app.key());
    let quota = app
        .map_or_else(|| "N".to_owned(), |app| app.quota(feature).unwrap_or_default().to_string());
    let of_conversations =
        matches!(feature, Feature::PinnedConversationsMax | Feature::ConversationMarksMax);
    exceed_limit(match feature {
        Feature::RegisteredUsersMax => return plan_exhausted(),
        Feature::UserAttributesTotalBytesMax => {
            return attributes_too_large(format!(
                "total size of user metadata for this app exceeds the user defined limit, {quota}Bytes"
            ));
        }
        Feature::GroupMembersMax | Feature::ChatroomMembersMax if context.user.is_none() => {
            format!("maxUsers cannot exceed {quota}")
        }
        // The SDK does not recognise the text of the server API.
        Feature::GroupMembersMax | Feature::ChatroomMembersMax => TOO_MANY_MEMBERS.to_owned(),
        // Texts of the server API mean nothing to the SDK.
        Feature::BlockListMax if context.user.is_some() => return quantity_exceeded(),
        Feature::BlockListMax => format!("blacklist number exceed limit {quota}"),
        Feature::PresenceFollowersMax => return quantity_exceeded(),
        Feature::GroupsMax => format!("appKey:{app_key} has create too many groups!"),
        Feature::ChatroomsMax => format!("appKey:{app_key} has create too many chatrooms!"),
        other => format!("{} is reached", other.key()),
    })
    .with_code(of_conversations.then_some(91002))
}

/// An app has all the users that its plan allows.
fn plan_exhausted() -> ErrorBody {
    ErrorBody::new(
        StatusCode::TOO_MANY_REQUESTS,
        "resource_limited",
        "ResourceLimitedException",
        PLAN_EXHAUSTED,
    )
}

/// Every list of a group has words of its own.
fn too_many_users(context: &Context, name: &str, limit: usize) -> String {
    let removed = context.method == http::Method::DELETE;
    let below = |list: &str| context.route.contains(list);
    match removed {
        true if below("/blocks/") => {
            format!("removeBlacklist: list size more than max limit : {limit}")
        }
        true if below("/white/") => {
            format!("removeWhitelist size is more than max limit : {limit}")
        }
        true if below("/mute/") => format!("removeMute member size more than max limit : {limit}"),
        true => format!("kickMember: kickMembers number more than maxSize : {limit}"),
        false if below("/blocks/") => format!("userNames is more than max limit : {limit}"),
        false if context.route == "/chatrooms/{room}/users" => {
            format!("addMembers: addMembers number more than maxSize : {limit}")
        }
        false if below("/mute") => format!("userNames size is more than max limit : {limit}"),
        false => format!("{name} size is more than max limit : {limit}"),
    }
}

/// An app has made as many broadcasts today as it may.
pub(super) fn broadcasts_exhausted(context: &Context) -> ErrorBody {
    forbidden(match context.route.as_str() {
        "/messages/users/broadcast" => "online user broadcast limit exceeded",
        _ => "broadcast message limit exceeded",
    })
}
