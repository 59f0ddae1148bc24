//! What is refused of translation, speech and calls, of reports, and of streamed messages.

use hongyan_model::{Refusal, StreamRefusal};
use http::StatusCode;

use super::{ErrorBody, forbidden, illegal_argument, message_send_error};

/// The documented answer to each.
pub(super) fn refused(refusal: &Refusal) -> ErrorBody {
    match refusal {
        Refusal::RtcNotSetUp => forbidden("rtc service not open!"),
        Refusal::LanguageNotSupported => illegal_argument("The target language is not valid."),
        Refusal::TextTooLong => illegal_argument("The input text is too long."),
        Refusal::ProviderLimit | Refusal::TooManyReports { .. } => ErrorBody::new(
            StatusCode::TOO_MANY_REQUESTS,
            "resource_limited",
            "ResourceLimitedException",
            "The request has reached the maximum limit",
        ),
        // The SDK knows it by this spelling.
        Refusal::ProviderFailed => ErrorBody::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "InternalTranslateFailedException",
            "translte failed!",
        ),
        Refusal::Stream(refusal) => stream(*refusal),
        // Told in words of their own (`speech`).
        other => illegal_argument(other.to_string()),
    }
}

fn stream(refusal: StreamRefusal) -> ErrorBody {
    let (code, words) = match refusal {
        StreamRefusal::IllegalSeq => (14030, "param body.seq is illegal"),
        StreamRefusal::NotFound => (14031, "can not find stream message by msgId"),
        StreamRefusal::TooLong => (14032, "stream message total length exceeds limit"),
        StreamRefusal::GapTimeout => (14033, "stream message chunk interval timeout"),
        StreamRefusal::TotalTimeout => (14034, "stream message total timeout"),
        StreamRefusal::Finished => (14035, "stream message has already finished"),
        StreamRefusal::OtherSender => (14036, "stream message from user mismatch"),
        StreamRefusal::OtherReceiver => (14037, "stream message to user mismatch"),
        StreamRefusal::SeqTooSmall => (14038, "stream message chunk seq too small"),
    };
    message_send_error(words).with_code(Some(code))
}
