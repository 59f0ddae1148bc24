//! Refusals in the codes and words that the SDKs map to their own errors (docs/protocol.md).

use hongyan_model::{Error, Feature, Refusal};
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
        Refusal::AppSuspended => failure(ErrorCode::ImForbidden, "Sorry, the app is suspended"),
        Refusal::QuotaExceeded { feature: Feature::DauMax } => {
            failure(ErrorCode::PermissionDenied, "Sorry, the app day live count limit")
        }
        Refusal::PlatformNotAllowed => {
            failure(ErrorCode::TooManyDevices, "Sorry, this platform may not log in")
        }
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
        Refusal::RoomNotFound { room } => {
            failure(ErrorCode::Fail, format!("grpID {room} does not exist!"))
        }
        Refusal::RoomFull => failure(ErrorCode::Fail, "group member list is full!"),
        Refusal::UserRoomsFull { .. } => failure(ErrorCode::Fail, refusal.to_string()),
        Refusal::NotInGroup | Refusal::NotMembers { .. } => {
            failure(ErrorCode::Fail, "not in group or chatroom")
        }
        Refusal::GroupDisabled => failure(ErrorCode::Fail, "group is disabled"),
        Refusal::Blocked => failure(ErrorCode::Fail, "blocked"),
        Refusal::Muted => failure(ErrorCode::UserMuted, "you were muted"),
        Refusal::AllMuted => failure(ErrorCode::Fail, "not in group or chatroom white list"),
        Refusal::GloballyMuted => failure(ErrorCode::PermissionDenied, "user is mute"),
        Refusal::OnBlockList { user, .. } => failure(
            ErrorCode::Fail,
            format!("can not join this group, reason: user {user} is in the blacklist"),
        ),
        Refusal::NotContact => failure(ErrorCode::Fail, "nonroster"),
        Refusal::MessageTooLarge => {
            failure(ErrorCode::PermissionDenied, "Sorry, data is too large")
        }
        Refusal::TooMany { name: "directed users", .. } => {
            failure(ErrorCode::Fail, "limit directed users")
        }
        // The only words of the SDK for something that is not enabled, whatever it is.
        Refusal::FeatureDisabled {
            feature: Feature::MessageRecall | Feature::GroupReadAck | Feature::Thread,
        } => failure(ErrorCode::Fail, "message recall disabled"),
        Refusal::RecallTooLate => failure(ErrorCode::Fail, "exceed recall time limit"),
        Refusal::MessageNotFound => failure(ErrorCode::Fail, "Sorry, message does not exist"),
        Refusal::NotSender => failure(ErrorCode::Fail, "Sorry, You do not have permission"),
        Refusal::FeatureDisabled { feature: Feature::MessageEdit } => {
            failure(ErrorCode::Fail, "Sorry, edit is not available")
        }
        Refusal::SensitiveWords => failure(ErrorCode::PermissionDenied, "sensitive words"),
        // The SDK looks for this word.
        Refusal::Moderated => failure(ErrorCode::Fail, "blocked by moderation"),
        Refusal::BlockedByServer { reason } => {
            failure(ErrorCode::PermissionDeniedExternal, reason.clone())
        }
        Refusal::EditLimit => failure(ErrorCode::Fail, "Sorry, edit limit reached"),
        Refusal::EditFormat => failure(ErrorCode::Fail, "Sorry, format is incorrect"),
        Refusal::EditConflict => failure(ErrorCode::Fail, "Sorry, edit fail"),
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
            Refusal::GloballyMuted,
            Refusal::Muted,
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
    fn what_is_switched_off_has_the_words_of_code_505() {
        for feature in [Feature::MessageRecall, Feature::GroupReadAck, Feature::Thread] {
            let words = uplink(Refusal::FeatureDisabled { feature });
            assert_eq!(words, (1, "message recall disabled".into()));
        }
        assert_eq!(uplink(Refusal::RecallTooLate), (1, "exceed recall time limit".into()));
    }

    #[test]
    fn the_muted_are_told_in_the_words_of_codes_507_506_and_219() {
        assert_eq!(uplink(Refusal::Muted), (15, "you were muted".into()));
        assert_eq!(uplink(Refusal::AllMuted), (1, "not in group or chatroom white list".into()));
        assert_eq!(uplink(Refusal::GloballyMuted), (7, "user is mute".into()));
    }

    #[test]
    fn rooms_have_the_words_of_codes_705_and_704() {
        let (code, reason) = uplink(Refusal::RoomNotFound { room: "7".into() });
        assert_eq!((code, &*reason), (1, "grpID 7 does not exist!"));
        assert_eq!(uplink(Refusal::RoomFull), (1, "group member list is full!".into()));
        // Code 50.
        let many = uplink(Refusal::UserRoomsFull { user: "bob".into() });
        assert_eq!(many, (1, "user bob has joined too many chatrooms!".into()));
    }

    #[test]
    fn an_unknown_receiver_is_named_in_the_words_of_code_204() {
        let (code, reason) = uplink(Refusal::UserNotFound { user: "bob".into() });
        assert_eq!((code, &*reason), (1, "username bob doesn't exist!"));
    }
}
