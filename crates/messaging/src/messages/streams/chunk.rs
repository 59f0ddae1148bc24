//! A chunk as clients read it.

use bytes::Bytes;
use hongyan_model::MessageId;
use hongyan_msync::proto::content::Type;
use hongyan_msync::proto::{Content, MessageBody, Meta, Stream};
use hongyan_msync::{Message, meta};

use super::Broken;

/// The sub-type of a text that comes in chunks.
const SUB_TYPE: i32 = 10;

/// What a chunk is to the whole. The numbers are the protocol's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Status {
    /// It begins.
    First = 0,
    /// It is all there is.
    Whole = 1,
    /// It goes on.
    Middle = 2,
    /// It ends.
    Last = 3,
    /// The whole text again, for those who have not got all chunks.
    Full = 4,
}

/// What a chunk says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Words<'a> {
    pub(super) text: &'a str,
    /// From 0, without gap: clients wait for what is missing.
    pub(super) seq: u64,
    pub(super) status: Status,
    /// 0, or why it was broken off.
    pub(super) error: u32,
    pub(super) finish_reason: Option<i32>,
}

impl Words<'_> {
    /// The end of a message that its sender has finished; text and number are still to come.
    pub(super) fn finished(reason: i32) -> Self {
        Self { text: "", seq: 0, status: Status::Full, error: 0, finish_reason: Some(reason) }
    }

    /// The end of a message that was broken off. The SDK makes 513 and 514 of the two timeouts and shows other
    /// numbers as they are; 511 is its own for "too large".
    pub(super) fn broken(why: Broken) -> Self {
        let error = match why {
            Broken::TooLong => 511,
            Broken::Gap => 512,
            Broken::Total => 513,
        };
        Self { error, finish_reason: None, ..Self::finished(0) }
    }

    /// The stored form, in the name of the message `id` if it is not the message itself.
    pub(super) fn meta(
        &self,
        envelope: &Meta,
        body: MessageBody,
        format: &str,
        id: Option<MessageId>,
    ) -> Bytes {
        let body = MessageBody {
            contents: vec![Content {
                r#type: Some(Type::Text.into()),
                text: Some(self.text.to_owned()),
                sub_type: Some(SUB_TYPE),
                ..Content::default()
            }],
            stream: Some(Stream {
                stream_type: Some(format.to_owned()),
                stream_seq: Some(self.seq),
                stream_status: Some(self.status as i32),
                stream_error: Some(self.error),
                stream_finish_reason: self.finish_reason,
            }),
            ..body
        };
        let envelope = Meta { payload: Some(body.encode_to_vec().into()), ..envelope.clone() };
        match id {
            None => meta::to_stored(envelope),
            Some(id) => meta::to_stored_as(envelope, id.0),
        }
    }
}
