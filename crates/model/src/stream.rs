//! Why a chunk of a streamed message is not taken.

use serde::{Deserialize, Serialize};

/// To whoever sends a message in chunks. REST has a number for each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error, Serialize, Deserialize)]
pub enum StreamRefusal {
    /// No number, a negative one, or a first chunk that is not number 0.
    #[error("illegal number of a chunk")]
    IllegalSeq,
    /// There is no streamed message of this id.
    #[error("no such streamed message")]
    NotFound,
    /// The text has become too long; the message has ended.
    #[error("streamed message too long")]
    TooLong,
    /// The chunk came too long after the one before; the message has ended.
    #[error("too long since the last chunk")]
    GapTimeout,
    /// The message has taken too long; it has ended.
    #[error("streamed message took too long")]
    TotalTimeout,
    /// The message has ended.
    #[error("streamed message has ended")]
    Finished,
    /// The first chunk had another sender.
    #[error("another sender")]
    OtherSender,
    /// The first chunk had another receiver.
    #[error("another receiver")]
    OtherReceiver,
    /// Its number is not above that of the chunk before.
    #[error("number of a chunk too small")]
    SeqTooSmall,
}
