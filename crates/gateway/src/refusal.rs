//! Refusals in the codes and words that the SDKs map to their own errors (docs/protocol.md).

use hongyan_model::{Error, Refusal};
use hongyan_msync::frame::failure;
use hongyan_msync::proto::Status;
use hongyan_msync::proto::status::ErrorCode;

const INTERNAL: &str = "internal server error";

/// Why a login failed. The SDK shows "Auth failed" for every reason it does not know.
pub(crate) fn of_login(error: &Error) -> Status {
    let refusal = match error {
        Error::Refused(refusal) => refusal,
        Error::Fault(_) => return failure(ErrorCode::Fail, INTERNAL),
    };
    match refusal {
        Refusal::TokenExpired => failure(ErrorCode::Fail, "Sorry, token expired"),
        Refusal::TokenCorrupt
        | Refusal::TokenInvalid
        | Refusal::NotPermitted
        | Refusal::WrongPassword => {
            failure(ErrorCode::Fail, "Sorry, token or password does not match login info")
        }
        Refusal::UserNotFound { .. } | Refusal::TokenUserGone => {
            failure(ErrorCode::Fail, "Sorry, user not found")
        }
        Refusal::UserBanned => failure(ErrorCode::ImForbidden, "Sorry, user is forbidden"),
        Refusal::Invalid { .. }
        | Refusal::Missing { .. }
        | Refusal::InvalidUserId { .. }
        | Refusal::UserIdTooLong
        | Refusal::InvalidDevice => failure(ErrorCode::WrongParameter, refusal.to_string()),
        other => failure(ErrorCode::Fail, other.to_string()),
    }
}

/// Why an uplink was not accepted.
///
/// Code 7 only with the reasons the SDK knows: with any other it never tells its user.
pub(crate) fn of_uplink(error: &Error) -> Status {
    let refusal = match error {
        Error::Refused(refusal) => refusal,
        Error::Fault(_) => return failure(ErrorCode::Fail, INTERNAL),
    };
    match refusal {
        Refusal::UserNotFound { user } => {
            failure(ErrorCode::Fail, format!("username {user} doesn't exist!"))
        }
        Refusal::GroupNotFound { .. } => failure(ErrorCode::Fail, "group not found"),
        Refusal::NotInGroup | Refusal::NotMembers { .. } => {
            failure(ErrorCode::Fail, "not in group or chatroom")
        }
        Refusal::Blocked => failure(ErrorCode::Fail, "blocked"),
        Refusal::NotContact => failure(ErrorCode::Fail, "nonroster"),
        Refusal::MessageTooLarge => {
            failure(ErrorCode::PermissionDenied, "Sorry, data is too large")
        }
        Refusal::TooMany { name: "directed users", .. } => {
            failure(ErrorCode::Fail, "limit directed users")
        }
        Refusal::RecallTooLate => failure(ErrorCode::Fail, "exceed recall time limit"),
        Refusal::MessageNotFound => failure(ErrorCode::Fail, "Sorry, message does not exist"),
        Refusal::NotSender => failure(ErrorCode::Fail, "Sorry, You do not have permission"),
        Refusal::EditNotAvailable => failure(ErrorCode::Fail, "Sorry, edit is not available"),
        Refusal::Overloaded => failure(ErrorCode::PermissionDenied, "traffic limit"),
        Refusal::Missing { .. }
        | Refusal::Invalid { .. }
        | Refusal::InvalidUserId { .. }
        | Refusal::UserIdTooLong
        | Refusal::InvalidDevice => failure(ErrorCode::WrongParameter, refusal.to_string()),
        other => failure(ErrorCode::Fail, other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uplink(refusal: Refusal) -> (i32, String) {
        let status = of_uplink(&refusal.into());
        (status.error_code.unwrap(), status.reason.unwrap())
    }

    #[test]
    fn code_7_comes_only_with_reasons_the_sdk_knows() {
        let known =
            ["Sorry, data is too large", "traffic limit", "user is mute", "sensitive words"];
        for refusal in [
            Refusal::MessageTooLarge,
            Refusal::Overloaded,
            Refusal::NotPermitted,
            Refusal::NotInGroup,
            Refusal::RoleTooLow,
            Refusal::MessageNotFound,
            Refusal::UserBanned,
        ] {
            let (code, reason) = uplink(refusal);
            assert!(code != ErrorCode::PermissionDenied as i32 || known.contains(&&*reason));
        }
    }

    #[test]
    fn block_lists_and_strangers_have_the_words_of_codes_603_and_221() {
        assert_eq!(uplink(Refusal::Blocked), (1, "blocked".into()));
        assert_eq!(uplink(Refusal::NotContact), (1, "nonroster".into()));
    }

    #[test]
    fn an_unknown_receiver_is_named_in_the_words_of_code_204() {
        let (code, reason) = uplink(Refusal::UserNotFound { user: "bob".into() });
        assert_eq!((code, &*reason), (1, "username bob doesn't exist!"));
    }
}
