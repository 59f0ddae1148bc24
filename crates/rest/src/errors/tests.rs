use hongyan_model::UserId;
use http::Method;

use super::*;

fn user() -> String {
    "bob".to_owned()
}

#[track_caller]
fn check(context: &Context, refusal: Refusal, status: u16, error: &str, description: &str) {
    let body = refused(&refusal, context);
    assert_eq!(
        (body.status.as_u16(), body.error, body.description.as_str()),
        (status, error, description)
    );
}

#[test]
fn refusals_read_as_documented_in_their_area() {
    use Area::{
        Attributes, Files, GroupMembers, Groups, History, Messages, Password, Recall, Status,
        Token, Users,
    };
    let corrupt = "Unable to authenticate due to corrupt access token";
    let missing = |name| Refusal::Missing { name };
    let invalid = |name| Refusal::Invalid { name, why: "wrong".into() };
    let no_user = || Refusal::UserNotFound { user: user() };
    let no_group = || Refusal::GroupNotFound { group: "42".into() };
    let too_many = |name, limit| Refusal::TooMany { name, limit };
    let cases = [
        (
            Users,
            Refusal::AppNotFound { org: "org".into(), app: "app".into() },
            404,
            "organization_application_not_found",
            "Could not find application for org/app from URI: org/app/users",
        ),
        (
            Users,
            Refusal::TokenExpired,
            401,
            "unauthorized",
            "Unable to authenticate due to expired access token",
        ),
        (Users, Refusal::TokenCorrupt, 401, "auth_bad_access_token", corrupt),
        (Users, Refusal::TokenInvalid, 401, "auth_bad_access_token", "Unable to authenticate"),
        (Users, Refusal::NotPermitted, 401, "unauthorized", "unauthorized"),
        (Attributes, Refusal::NotPermitted, 401, "metadata_error", "auth error"),
        (Token, Refusal::NotPermitted, 401, "auth_bad_access_token", corrupt),
        (Token, Refusal::TokenInvalid, 401, "auth_bad_access_token", corrupt),
        (Token, missing("client_id"), 400, "illegal_argument", "client_id must be provided."),
        (
            Token,
            missing("client_secret"),
            400,
            "illegal_argument",
            "client_secret must be provided",
        ),
        (Token, Refusal::ClientIdMismatch, 400, "invalid_grant", "client_id does not match"),
        (
            Token,
            Refusal::ClientSecretMismatch,
            400,
            "invalid_grant",
            "client_secret does not match",
        ),
        (Token, Refusal::WrongPassword, 400, "invalid_grant", "invalid password"),
        (Token, Refusal::UserBanned, 400, "invalid_grant", "user not activated"),
        (
            Users,
            Refusal::AppSuspended,
            403,
            "forbidden_service_operation",
            "Service operation not allowed",
        ),
        (
            Users,
            Refusal::FeatureDisabled { feature: hongyan_model::Feature::UserBlocklist },
            403,
            "forbidden_op",
            "user_blocklist service not open!",
        ),
        (
            Recall,
            Refusal::FeatureDisabled { feature: hongyan_model::Feature::MessageRecall },
            403,
            "forbidden_op",
            "message recall service is unopened",
        ),
        (
            Users,
            Refusal::UserBanned,
            403,
            "forbidden_service_operation",
            "Service operation not allowed",
        ),
        (Token, no_user(), 404, "invalid_grant", "user not found"),
        (
            Users,
            Refusal::RegistrationClosed,
            401,
            "unauthorized",
            "Open registration doesn't allow, so register user need token",
        ),
        (Users, missing("password"), 400, "illegal_argument", "password or pin must provided"),
        (
            Users,
            missing("username"),
            400,
            "illegal_argument",
            "Entity user requires a property named username",
        ),
        (
            Users,
            Refusal::InvalidUserId { given: "a b".into() },
            400,
            "illegal_argument",
            "username [a b] is not legal",
        ),
        (Users, Refusal::UserIdTooLong, 400, "illegal_argument", "USERNAME_TOO_LONG"),
        (Users, Refusal::NicknameTooLong, 400, "illegal_argument", "NICKNAME_TOO_LONG"),
        (
            Users,
            Refusal::UserExists { user: user() },
            400,
            "duplicate_unique_property_exists",
            "Application 8be024f0 Entity user requires that property named username be unique, value of bob exists",
        ),
        (Users, no_user(), 404, "service_resource_not_found", "Service resource not found"),
        (Password, no_user(), 404, "entity_not_found", "User null not found"),
        (Password, missing("newpassword"), 400, "illegal_argument", "newpassword is required"),
        (
            Status,
            too_many("usernames", 100),
            400,
            "illegal_argument",
            "request body exceeds maximum limit, maximum limit is 100",
        ),
        (Attributes, too_many("targets", 100), 400, "BAD_REQUEST", "exceed allowed batch size 100"),
        (
            Attributes,
            Refusal::AttributesTooLarge { limit: 2048 },
            403,
            "FORBIDDEN",
            "size of metadata for this single user exceeds the user defined limit, 2048Bytes",
        ),
        (Messages, missing("to"), 400, "message_send_error", "param to can't be empty"),
        (Messages, invalid("ext"), 400, "message_send_error", "param ext must be JSONObject"),
        (
            Messages,
            invalid("to"),
            400,
            "invalid_request_body",
            "Request body is invalid. Please check body is correct.",
        ),
        (
            Messages,
            too_many("to", 600),
            400,
            "message_send_error",
            "params to's size can't exceed limit 600",
        ),
        (Messages, Refusal::MessageTooLarge, 400, "message_send_error", "message is too large"),
        (Groups, no_group(), 404, "resource_not_found", "grpID 42 does not exist!"),
        (GroupMembers, no_group(), 404, "service_resource_not_found", "do not find this group:42"),
        (Groups, no_user(), 404, "resource_not_found", "username bob doesn't exist!"),
        (Groups, missing("public"), 400, "invalid_parameter", "group must contain public field!"),
        (Groups, missing("owner"), 400, "invalid_parameter", "owner must be provided"),
        (
            Groups,
            Refusal::GroupExists { group: "42".into() },
            400,
            "illegal_argument",
            "group ID 42 already exists!",
        ),
        (
            Groups,
            Refusal::NotMembers { users: vec![user(), "carl".into()] },
            403,
            "forbidden_op",
            "users [bob, carl] are not members of this group!",
        ),
        (
            Groups,
            Refusal::AlreadyMember { user: user(), group: "42".into() },
            403,
            "forbidden_op",
            "can not join this group, reason:user: bob already in group: 42\n",
        ),
        (
            Groups,
            Refusal::GroupFull,
            403,
            "exceed_limit",
            "members size is greater than max user size !",
        ),
        (Groups, Refusal::GroupOwner, 403, "forbidden_op", "forbidden operation on group owner!"),
        (History, Refusal::NotInGroup, 403, "forbidden_op", "you are not in this group"),
        (Files, missing("file"), 400, "illegal_argument", "file must be provided."),
        (Files, Refusal::FileNotFound, 404, "entity_not_found", "file may not exists"),
        (
            Files,
            Refusal::FileExpired { file: "f".into() },
            404,
            "file_expired",
            "file f is expired",
        ),
        (Files, Refusal::FileForbidden, 403, "forbidden_op", "chatfile no permission"),
        (
            Files,
            Refusal::FileTooLarge,
            413,
            "file exceeding maximum limit",
            "the file size exceeds the maximum limit.",
        ),
    ];
    for (area, refusal, status, error, description) in cases {
        check(&Context::example(area), refusal, status, error, description);
    }
}

#[test]
fn a_user_token_gets_what_the_client_sdk_understands() {
    let by_user =
        |area| Context { user: Some(UserId::from_trusted("alice")), ..Context::example(area) };
    let no_user = || Refusal::UserNotFound { user: user() };
    check(
        &by_user(Area::Groups),
        no_user(),
        404,
        "service_resource_not_found",
        "Service resource not found",
    );
    assert_eq!(refused(&no_user(), &by_user(Area::Groups)).exception, "UserNotFoundException");
    let not_in_group = "users [alice] are not members of this group!";
    check(&by_user(Area::Groups), Refusal::NotInGroup, 403, "forbidden_op", not_in_group);
    assert_eq!(
        refused(&Refusal::FileTooLarge, &by_user(Area::Files)).status,
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn message_errors_carry_their_number() {
    let code = |refusal| refused(&refusal, &Context::example(Area::Messages)).code;
    assert_eq!(code(Refusal::Missing { name: "from" }), Some(14001));
    assert_eq!(code(Refusal::Missing { name: "to" }), Some(14002));
    assert_eq!(code(Refusal::Missing { name: "msg" }), Some(14005));
    assert_eq!(code(Refusal::MessageTooLarge), Some(14007));
}

#[test]
fn removing_too_many_members_names_the_kick() {
    let context = Context { method: Method::DELETE, ..Context::example(Area::Groups) };
    let text = "kickMember: kickMembers number more than maxSize : 60";
    check(&context, Refusal::TooMany { name: "users", limit: 60 }, 400, "invalid_parameter", text);
}

#[test]
fn a_fault_is_told_to_the_log_with_its_causes() {
    let fault = Fault::new("read the user", std::io::Error::other("disk gone"));
    assert_eq!(chain(&fault), "read the user: disk gone");
}
