//! Failures and the documented error envelope.

mod annotations;
pub(crate) mod documented;
mod envelope;
mod exports;
mod limits;
mod member_attributes;
mod moderation;
mod parameters;
mod providers;
mod sending;
mod shared_files;
mod threads;

use std::error::Error as StdError;
use std::fmt::Write;

use axum::response::Response;
use hongyan_model::{Error, Fault, Feature, Refusal, Timestamp};
use http::{HeaderValue, StatusCode, header};

use crate::call::{Area, Context};
use crate::speech;
pub(crate) use envelope::ErrorBody;
use envelope::{
    already_there, bad_access_token, bad_request, exceed_limit, forbidden, illegal_argument,
    invalid_grant, invalid_parameter, invalid_request_body, message_recall_error,
    message_send_error, not_found, not_members, quantity_exceeded, room_attribute_error,
    service_not_allowed, service_not_open, unauthorized, unavailable,
};
use parameters::{invalid_message, invalid_push_parameter, missing, text_of, user_not_found};

/// Why a request failed: what the domain refuses, and what never reaches it.
#[derive(Debug)]
pub(crate) enum Failure {
    Refused(Refusal),
    Fault(Fault),
    /// The path is not UTF-8.
    IllegalPath,
    UnknownRoute,
    MethodNotAllowed,
    UnsupportedMediaType,
    /// The piece that is asked for is beyond the end of the file.
    NoSuchRange {
        size: u64,
    },
    BodyTooLarge,
    /// The body ended early or its multipart form is wrong.
    BrokenBody,
    /// The body is not JSON.
    Json(String),
    /// The body is JSON, but no object.
    NotAnObject,
    /// More users than one call registers.
    TooManyUsers {
        given: usize,
        limit: usize,
    },
    /// The body holds fields that mean nothing here.
    UnknownFields(Vec<String>),
    /// How many of a community's members are online is not counted.
    NoGroupOnlineService,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => Self::Refused(refusal),
            Error::Fault(fault) => Self::Fault(fault),
        }
    }
}

impl Failure {
    /// The documented answer.
    fn told(&self, context: &Context) -> ErrorBody {
        let body = match self {
            Self::Refused(refusal) => refused(refusal, context),
            Self::Fault(_) => ErrorBody::internal(),
            Self::IllegalPath => illegal_argument("the path is not legal"),
            Self::UnknownRoute => ErrorBody::new(
                StatusCode::NOT_FOUND,
                "service_resource_not_found",
                "ServiceResourceNotFoundException",
                "Service resource not found",
            ),
            Self::MethodNotAllowed => ErrorBody::method_not_allowed(),
            Self::NoSuchRange { size } => ErrorBody::new(
                StatusCode::RANGE_NOT_SATISFIABLE,
                "range_not_satisfiable",
                "RangeNotSatisfiableException",
                format!("the range is beyond the end of the file, which has {size} bytes"),
            ),
            Self::UnsupportedMediaType => ErrorBody::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "web_application",
                "NotSupportedException",
                "Unsupported Media Type",
            ),
            Self::BodyTooLarge => ErrorBody::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Request Entity Too Large",
                "RequestEntityTooLargeException",
                "Request Entity Too Large",
            ),
            Self::BrokenBody => illegal_argument("the request body cannot be read"),
            Self::Json(why) => ErrorBody::new(
                StatusCode::BAD_REQUEST,
                "json_parse",
                "JsonParseException",
                why.clone(),
            ),
            Self::NotAnObject => invalid_request_body(),
            Self::TooManyUsers { given, limit } => limits::too_many_new_users(*given, *limit),
            Self::NoGroupOnlineService => {
                service_not_open("this appkey not open rest group online service")
            }
            Self::UnknownFields(names) => {
                invalid_parameter(format!("some of [{}] are not valid fields", names.join(", ")))
            }
        };
        let body = match self {
            Self::Refused(refusal) if context.user.is_some() => limits::told_to_sdk(refusal, body),
            _ => body,
        };
        if limits::is_upload_of_user(context) { body.told_to_uploader() } else { body }
    }

    pub(crate) fn into_response(self, context: &Context, now: Timestamp) -> Response {
        if let Self::Fault(fault) = &self {
            let (method, route) = (&context.method, &context.route);
            tracing::error!(%method, route, error = chain(fault), "A REST request failed");
        }
        let body = self.told(context);
        if context.area == Area::Speech {
            return speech::failure(&self, &body.description);
        }
        let (method, route, status) = (&context.method, &context.route, body.status.as_u16());
        match &self {
            Self::Fault(_) => {}
            // Ordinary answers: something is not there, not allowed, or not yet.
            Self::UnknownRoute | Self::MethodNotAllowed | Self::Refused(_)
                if !matches!(status, 400 | 401 | 413 | 415) =>
            {
                tracing::debug!(%method, route, status, error = body.error, "Refused a REST request");
            }
            _ => {
                tracing::info!(%method, route, status, error = body.error, "Refused a malformed REST request");
            }
        }
        let mut response = body.into_response(now, now - context.started);
        if let Self::NoSuchRange { size } = self
            && let Ok(size) = HeaderValue::from_str(&format!("bytes */{size}"))
        {
            response.headers_mut().insert(header::CONTENT_RANGE, size);
        }
        response
    }
}

/// A fault with everything that caused it, for the log.
fn chain(fault: &Fault) -> String {
    let mut text = fault.to_string();
    let mut source = fault.source();
    while let Some(error) = source {
        // Writing to a string does not fail.
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}

/// Of a group; the SDK has a code for it.
const TOO_MANY_MEMBERS: &str = "members size is greater than max user size !";
/// Of an app with all the users that its plan allows.
pub(crate) const PLAN_EXHAUSTED: &str =
    "You have exceeded the limit of the community edition,Please upgrade to the enterprise edition";

/// The documented answer to each refusal.
fn refused(refusal: &Refusal, context: &Context) -> ErrorBody {
    let area = context.area;
    let own = annotations::refused(refusal, area)
        .or_else(|| threads::refused(refusal, context))
        .or_else(|| member_attributes::refused(refusal, context))
        .or_else(|| moderation::refused(refusal, context))
        .or_else(|| shared_files::refused(refusal, context))
        .or_else(|| sending::refused(refusal, area));
    if let Some(body) = own {
        return body;
    }
    match refusal {
        Refusal::AppNotFound { org, app } => not_found(
            "organization_application_not_found",
            "OrganizationApplicationNotFoundException",
            format!("Could not find application for {org}/{app} from URI: {}", context.path),
        ),
        Refusal::AppSuspended => service_not_allowed(),
        Refusal::FeatureDisabled { feature: Feature::RoomBroadcast } => {
            forbidden("message broadcast service is unopened")
        }
        Refusal::FeatureDisabled { feature: Feature::MessageRecall } => {
            forbidden("message recall service is unopened")
        }
        Refusal::FeatureDisabled { feature: Feature::Presence } => {
            service_not_open("the app not open presence")
        }
        Refusal::FeatureDisabled { feature: Feature::MessageRoaming } => bad_request(
            "service open exception",
            "ServiceOpenException",
            "this appKey not open message roaming",
        ),
        // As the server API documents it; the SDK would read "busy".
        Refusal::FeatureDisabled { feature: Feature::Translation } if context.user.is_none() => {
            unavailable("service not open")
        }
        Refusal::FeatureDisabled { feature: Feature::RoomTagMute } => {
            forbidden("Group tag mute is disabled")
        }
        Refusal::FeatureDisabled { feature: Feature::MessageReport } => {
            forbidden("message report not open")
        }
        // The SDK knows by these words that something is not enabled.
        Refusal::FeatureDisabled { feature } => {
            forbidden(format!("{} service not open!", feature.key()))
        }
        Refusal::QuotaExceeded { feature } => limits::quota_exceeded(context, *feature),
        Refusal::PlatformNotAllowed => forbidden("no device of this platform may log in"),
        Refusal::AppExists { org, app } => {
            illegal_argument(format!("application {org}#{app} already exists"))
        }
        Refusal::TokenExpired => unauthorized("Unable to authenticate due to expired access token"),
        Refusal::TokenCorrupt => {
            bad_access_token("Unable to authenticate due to corrupt access token")
        }
        Refusal::TokenInvalid | Refusal::TokenUserGone | Refusal::NotPermitted
            if area == Area::Token =>
        {
            bad_access_token("Unable to authenticate due to corrupt access token")
        }
        Refusal::TokenInvalid | Refusal::TokenUserGone => {
            bad_access_token("Unable to authenticate")
        }
        Refusal::NotPermitted if area == Area::Attributes => ErrorBody::new(
            StatusCode::UNAUTHORIZED,
            "metadata_error",
            "MetadataException",
            "auth error",
        ),
        Refusal::NotPermitted if area == Area::RoomAttributes => {
            room_attribute_error("others are not allowed to be set", 60010)
        }
        Refusal::NotPermitted => unauthorized("unauthorized"),
        Refusal::ClientIdMismatch => invalid_grant("client_id does not match"),
        Refusal::ClientSecretMismatch => invalid_grant("client_secret does not match"),
        Refusal::WrongPassword => invalid_grant("invalid password"),
        Refusal::UserBanned if area == Area::Token => invalid_grant("user not activated"),
        Refusal::UserBanned => service_not_allowed(),
        Refusal::RegistrationClosed => {
            unauthorized("Open registration doesn't allow, so register user need token")
        }
        Refusal::Missing { name } => missing(context, name),
        Refusal::Invalid { name, why } => {
            // Some reasons are the documented sentence.
            let text = if why.starts_with(name) { why.clone() } else { format!("{name}: {why}") };
            match area {
                Area::Messages => invalid_message(name),
                Area::Users if *name == "passwords" => already_there(why),
                Area::Broadcasts if *name == "ext" => illegal_argument("ext must be JSONObject"),
                Area::Recall => bad_request(
                    "message_recall_error",
                    "MessageRecallException",
                    text_of(name, why),
                ),
                Area::Groups | Area::GroupMembers | Area::Rooms => invalid_parameter(text),
                Area::Presence => illegal_argument(why.clone()),
                Area::Push if *name == "push_nickname" => illegal_argument(why.clone()),
                Area::Push => invalid_push_parameter(name),
                Area::Conversations if *name == "mark" => {
                    illegal_argument("param mark illegal, please check it!")
                }
                _ => illegal_argument(text),
            }
        }
        Refusal::TooMany { name, limit } => limits::too_many(context, name, *limit),
        Refusal::InvalidUserId { given } if given.is_empty() => {
            illegal_argument("Entity user requires a property named username")
        }
        Refusal::InvalidUserId { given } => {
            illegal_argument(format!("username [{given}] is not legal"))
        }
        Refusal::UserIdTooLong => illegal_argument("USERNAME_TOO_LONG"),
        Refusal::NicknameTooLong => illegal_argument("NICKNAME_TOO_LONG"),
        Refusal::PasswordTooLong => illegal_argument("PASSWORD_TOO_LONG"),
        Refusal::InvalidDevice => illegal_argument("resource is not legal"),
        Refusal::UserNotFound { user } => user_not_found(context, user),
        Refusal::UserExists { user } => already_there(format!(
            "Application {} Entity user requires that property named username be unique, value of {user} exists",
            context.app.as_ref().map_or("APP", |app| &app.uuid)
        )),
        Refusal::FavouriteNotFound => illegal_argument("user collection not found"),
        Refusal::PushTemplateNotFound { .. } => bad_request(
            "EntityNotFoundException",
            "EntityNotFoundException",
            refusal.to_string(),
        ),
        Refusal::PushTemplateExists { .. } => illegal_argument(refusal.to_string()),
        Refusal::AttributesTooLarge { limit } => limits::attributes_too_large(format!(
            "size of metadata for this single user exceeds the user defined limit, {limit}Bytes"
        )),
        Refusal::Blocked => forbidden("the user is in the blacklist"),
        // Word for word: the SDK knows it by this text.
        Refusal::NotContact => {
            illegal_argument("updateRemark | they are not friends, please add as a friend first.")
        }
        Refusal::NotInvited => forbidden("there is no invitation of this user"),
        Refusal::InviterContactsFull | Refusal::InviteeContactsFull
            if context.user.is_none() && !context.route.ends_with("/import") =>
        {
            exceed_limit("user contact number exceed limit")
        }
        Refusal::InviterContactsFull => exceed_limit("Inviter's contact max count."),
        Refusal::InviteeContactsFull => exceed_limit("Invitee's contact max count."),
        Refusal::GroupNotFound { group } if area == Area::GroupMembers => not_found(
            "service_resource_not_found",
            "ServiceResourceNotFoundException",
            format!("do not find this group:{group}"),
        ),
        Refusal::GroupNotFound { group } => not_found(
            "resource_not_found",
            "ResourceNotFoundException",
            format!("grpID {group} does not exist!"),
        )
        .with_code((area == Area::Messages).then_some(14002)),
        Refusal::RoomNotFound { room } if is_room_view(context) => not_found(
            "service_resource_not_found",
            "ServiceResourceNotFoundException",
            format!("do not find this group:{room}"),
        ),
        Refusal::RoomNotFound { room } => not_found(
            "resource_not_found",
            "ResourceNotFoundException",
            format!("grpID {room} does not exist!"),
        )
        .with_code((area == Area::Messages).then_some(14002)),
        Refusal::RoomFull => forbidden("group member list is full!"),
        Refusal::RoomTagNotFound => {
            not_found("resource_not_found", "ResourceNotFoundException", "group tag not found")
        }
        Refusal::UserRoomsFull { user } if context.route == "/chatrooms" => {
            exceed_limit(format!("user {user} has joined too many chatrooms!"))
        }
        Refusal::UserRoomsFull { user } => forbidden(format!(
            "can not join this group, reason:user {user} has joined too many chatrooms!"
        )),
        Refusal::BroadcastTooSoon | Refusal::TooManyCalls => ErrorBody::new(
            StatusCode::TOO_MANY_REQUESTS,
            "reach_limit",
            "ReachLimitException",
            "This request has reached api limit",
        ),
        Refusal::BroadcastsExhausted => limits::broadcasts_exhausted(context),
        Refusal::TooLong { name, limit } => limits::too_long(area, name, *limit),
        Refusal::GroupExists { group } => {
            illegal_argument(format!("group ID {group} already exists!"))
        }
        Refusal::NotMembers { users } if area == Area::Rooms => bad_request(
            "forbidden_op",
            "ForbiddenOpException",
            format!("users [{}] are not members of this group!", users.join(", ")),
        ),
        Refusal::NotMembers { users } => not_members(&users.join(", ")),
        Refusal::NotInGroup if area == Area::RoomAttributes => {
            room_attribute_error("user is not in chatroom", 60011)
        }
        // The SDK reads "are not members of this group" outside of group URLs as a chatroom's error.
        Refusal::NotInGroup if area == Area::History => forbidden("you are not in this group"),
        Refusal::NotInGroup if area == Area::Conversations => {
            illegal_argument("you are not in this group").with_code(Some(91104))
        }
        Refusal::NotInGroup => not_members(context.user.as_ref().map_or("", |user| user.as_str())),
        // The SDK knows it by these words.
        Refusal::AlreadyMember { user, group } if is_request(context) => forbidden(format!(
            "invite users to join group failed, reason: user: {user} already in group: {group}"
        )),
        Refusal::AlreadyMember { user, group } => forbidden(format!(
            "can not join this group, reason:user: {user} already in group: {group}\n"
        )),
        Refusal::GroupFull if is_request(context) => forbidden("group member list is full!"),
        Refusal::GroupFull => exceed_limit(TOO_MANY_MEMBERS),
        Refusal::GroupDisabled => {
            forbidden("can not operate this group, reason: group is disabled")
        }
        Refusal::GroupNotPublic => {
            forbidden("can not join this group, reason: the group is not public")
        }
        Refusal::NoRequest { user, group } => {
            forbidden(format!("there is no request of user: {user} in group: {group}"))
        }
        Refusal::UserGroupsFull { user } => {
            exceed_limit(format!("user {user} has joined too many groups!"))
        }
        Refusal::GroupOwner => forbidden("forbidden operation on group owner!"),
        Refusal::RoleTooLow => forbidden("user has no permission to operate this group"),
        Refusal::NotMember { .. } if area == Area::RoomAttributes => ErrorBody::new(
            StatusCode::UNAUTHORIZED,
            "MetadataException",
            "MetadataException",
            "user is not in chatroom",
        ),
        // A role is asked of somebody who is not there.
        Refusal::NotMember { user, muc } if context.route.ends_with("/admin") => not_found(
            "resource_not_found",
            "ResourceNotFoundException",
            format!("user: {user} doesn't exist in group: {muc}"),
        ),
        Refusal::NotMember { user, muc } => {
            forbidden(format!("user: {user} doesn't exist in group: {muc}"))
        }
        Refusal::NotAdministrator { user, muc } => {
            forbidden(format!("user:{user} is not admin of group:{muc}"))
        }
        Refusal::SameOwner => forbidden("new owner and old owner are the same"),
        Refusal::OnBlockList { user, .. } => {
            forbidden(format!("can not join this group, reason: user {user} is in the blacklist"))
        }
        Refusal::ListFull { .. } if area == Area::Push => quantity_exceeded(),
        Refusal::ListFull { list, limit } => {
            exceed_limit(format!("{list} size is more than max limit : {limit}"))
        }
        Refusal::AnnouncementTooLong if context.route.starts_with("/chatrooms") => {
            forbidden("announce info length exceeds limit!")
        }
        Refusal::AnnouncementTooLong => ErrorBody::new(
            StatusCode::FORBIDDEN,
            "FORBIDDEN",
            "ForbiddenException",
            "announce info length exceeds limit!",
        ),
        Refusal::Muted => forbidden("you were muted"),
        Refusal::SensitiveWords => forbidden("the message holds sensitive words"),
        Refusal::InUse { .. } | Refusal::Moderated => forbidden(refusal.to_string()),
        Refusal::BlockedByServer { reason } => forbidden(reason.clone()),
        Refusal::AllMuted => forbidden("not in group or chatroom white list"),
        Refusal::GloballyMuted => forbidden("user is mute"),
        // Of threads; `threads` has the words of their own endpoints.
        Refusal::ThreadNotFound { thread } => {
            not_found("group_error", "GroupException", format!("thread {thread} not found."))
        }
        Refusal::ThreadExists
        | Refusal::AlreadyInThread
        | Refusal::UserThreadsFull { .. }
        | Refusal::ThreadNameTooLong
        | Refusal::NotGroupMessage
        | Refusal::MessageOfOtherGroup
        | Refusal::ThreadNested => illegal_argument(refusal.to_string()),
        Refusal::ConversationNotFound { name } => not_found(
            "conversation_not_found",
            "ConversationNotFoundException",
            format!("no conversation with {name}"),
        )
        .with_code(Some(91001)),
        Refusal::MessageTooLarge => {
            message_send_error("message is too large").with_code(Some(14007))
        }
        Refusal::MessageNotFound if area == Area::Groups => {
            not_found("resource_not_found", "ResourceNotFoundException", "message not found")
        }
        // The SDK knows it by these words.
        Refusal::MessageNotFound if area == Area::Reports => {
            illegal_argument("report failed, get message by id failed")
        }
        Refusal::MessageNotFound => message_recall_error("not_found msg"),
        Refusal::NotSender => message_recall_error("not the sender of msg"),
        Refusal::RecallTooLate => message_recall_error("exceed recall time limit"),
        Refusal::IpNotAllowed => forbidden("ip not in allowlist"),
        Refusal::EditLimit | Refusal::EditFormat | Refusal::EditConflict => {
            annotations::not_edited(refusal)
        }
        Refusal::ReactionExists | Refusal::ReactionNotFound => annotations::not_reacted(refusal),
        Refusal::FileNotFound => {
            not_found("entity_not_found", "EntityNotFoundException", "file may not exists")
        }
        Refusal::FileExpired { file } => {
            not_found("file_expired", "FileExpiredException", format!("file {file} is expired"))
        }
        Refusal::FileForbidden => forbidden("chatfile no permission"),
        // To the SDK every status of an upload but 400 is a success.
        Refusal::FileTooLarge => ErrorBody::new(
            if context.user.is_some() {
                StatusCode::BAD_REQUEST
            } else {
                StatusCode::PAYLOAD_TOO_LARGE
            },
            "file exceeding maximum limit",
            "FileExceedingMaximumLimitException",
            "the file size exceeds the maximum limit.",
        ),
        // REST has no staff.
        Refusal::Staff(_)
        | Refusal::Billing(_)
        // Of these `sending` has the words.
        | Refusal::TooManyMessages
        | Refusal::NotKept { .. }
        | Refusal::NotFetched { .. }
        | Refusal::Idempotency(_) => forbidden(refusal.to_string()),
        Refusal::RtcNotSetUp
        | Refusal::LanguageNotSupported
        | Refusal::TextTooLong
        | Refusal::ProviderLimit
        | Refusal::ProviderFailed
        | Refusal::InvalidAudio
        | Refusal::AudioTooLong
        | Refusal::TooManyReports { .. }
        | Refusal::Moderation(_)
        | Refusal::Stream(_) => providers::refused(refusal),
        Refusal::Export(refusal) => exports::refused(refusal),
        Refusal::Overloaded => unavailable("The server is busy, please try again later"),
    }
}

/// What a user does about its own membership, and the answers.
fn is_request(context: &Context) -> bool {
    let last = context.route.rsplit('/').next().unwrap_or_default();
    matches!(last, "apply" | "apply_verify" | "invite" | "invite_verify")
}

/// Looking at rooms and their members.
fn is_room_view(context: &Context) -> bool {
    context.method == http::Method::GET
        && matches!(context.route.as_str(), "/chatrooms/{room}" | "/chatrooms/{room}/users")
}

#[cfg(test)]
mod tests;
