//! What is wrong with parameters, in the words of each family of endpoints.

use super::{
    ErrorBody, bad_request, illegal_argument, invalid_parameter, invalid_request_body,
    message_send_error, not_found,
};
use crate::call::{Area, Context};

pub(super) fn missing(context: &Context, name: &str) -> ErrorBody {
    match (context.area, name) {
        (Area::Translation, "text") => illegal_argument("An input text is missing or invalid."),
        (Area::Translation, "to") => illegal_argument("The target language is missing or invalid."),
        (Area::Token, "client_id") => illegal_argument("client_id must be provided."),
        (Area::Users, "username") => {
            illegal_argument("Entity user requires a property named username")
        }
        (Area::Users, "password") => illegal_argument("password or pin must provided"),
        (Area::Password, name) => illegal_argument(format!("{name} is required")),
        (Area::Presence, "ext") => illegal_argument("ext cannot be null"),
        (Area::Presence, _) if context.method == http::Method::DELETE => {
            illegal_argument("usernames cannot be null")
        }
        (Area::Presence, _) => illegal_argument("usernames is empty"),
        (Area::Push, "username") => bad_request(
            "RequiredPropertyNotFoundException",
            "RequiredPropertyNotFoundException",
            "Entity user requires a property named username",
        ),
        (Area::Push, "push_nickname") => {
            illegal_argument("put user push nicknames illegal empty request body")
        }
        (Area::Push, name) => invalid_push_parameter(name),
        (Area::Contacts, "username") => illegal_argument("username cannot be blank"),
        (Area::Contacts, "check_list") => check_list_size(),
        (Area::Messages, name) => {
            message_send_error(format!("param {name} can't be empty")).with_code(message_code(name))
        }
        (Area::Broadcasts, "target_type") => illegal_argument("target_type must be provided"),
        (Area::Broadcasts, name) => illegal_argument(format!("{name} can't be empty")),
        (Area::Recall, name) => bad_request(
            "message_recall_error",
            "MessageRecallException",
            format!("param {name} can't be empty"),
        ),
        (Area::Files, name) => illegal_argument(format!("{name} must be provided.")),
        (Area::Conversations, "mark") => {
            illegal_argument("param mark must be not empty, please check!")
        }
        (Area::Conversations, "delete_roam") => {
            illegal_argument("field delete_roam cannot be null")
        }
        (Area::Conversations, name @ ("channel" | "type")) => {
            illegal_argument(format!("field {name} cannot be null or empty"))
        }
        (Area::Deletions, _) => bad_request("Bad Request", "BadRequestException", "Bad Request"),
        (Area::Mutes, "username") => bad_request(
            "required_property_not_found",
            "RequiredPropertyNotFoundException",
            "Entity user requires a property named username",
        ),
        (Area::Groups | Area::Rooms, "announcement") => illegal_argument("announcement is null"),
        (Area::Groups, "public") => invalid_parameter("group must contain public field!"),
        (Area::Groups | Area::GroupMembers | Area::Rooms, name) => {
            invalid_parameter(format!("{name} must be provided"))
        }
        (_, name) => illegal_argument(format!("{name} must be provided")),
    }
}

/// Of push settings, whose errors go by the names of their exceptions.
pub(super) fn invalid_push_parameter(name: &str) -> ErrorBody {
    bad_request(
        "IllegalArgumentException",
        "IllegalArgumentException",
        format!("parameters is invalid : {name}"),
    )
}

/// The user who is named is none.
pub(super) fn user_not_found(context: &Context, user: &str) -> ErrorBody {
    match context.area {
        Area::Token => not_found("invalid_grant", "InvalidGrantException", "user not found"),
        Area::Password => {
            not_found("entity_not_found", "EntityNotFoundException", "User null not found")
        }
        // The SDK does not recognise the text that the server API documents for groups.
        Area::Groups | Area::GroupMembers | Area::Rooms if context.user.is_none() => not_found(
            "resource_not_found",
            "ResourceNotFoundException",
            format!("username {user} doesn't exist!"),
        ),
        _ => not_found(
            "service_resource_not_found",
            "UserNotFoundException",
            "Service resource not found",
        ),
    }
}

/// Of one parameter the reason is the documented sentence.
pub(super) fn text_of(name: &str, why: &str) -> String {
    if name == "to" { why.to_owned() } else { format!("param {name} {why}") }
}

pub(super) fn invalid_message(name: &str) -> ErrorBody {
    match name {
        "ext" => message_send_error("param ext must be JSONObject"),
        name => invalid_request_body().with_code(message_code(name)),
    }
}

/// The numbers that the newer documentation gives to a message's parts.
pub(super) fn message_code(name: &str) -> Option<u32> {
    match name {
        "from" => Some(14001),
        "to" => Some(14002),
        "type" | "roam_ignore_users" => None,
        _ => Some(14005),
    }
}

pub(super) fn check_list_size() -> ErrorBody {
    illegal_argument("check_list size must be between 1 and 100")
}
