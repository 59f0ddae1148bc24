//! Withdrawing a message.

use hongyan_model::{Caller, EntryFlags, LogEntry, MessageId, Refusal, Result, UserId};
use hongyan_msync::proto::MessageBody;

use super::send::Target;
use crate::Messaging;

/// A message that may be withdrawn.
pub(super) struct Recallable {
    pub(super) id: MessageId,
    /// It is withdrawn already: the client lost the first answer, and everybody else knows.
    pub(super) again: bool,
}

/// Checks that `sender` may withdraw the message that `body` names.
pub(super) async fn admit(
    m: &Messaging,
    caller: &Caller,
    sender: &UserId,
    target: &Target,
    body: &MessageBody,
) -> Result<Recallable> {
    let id = MessageId(body.ack_message_id.ok_or(Refusal::Missing { name: "ackMessageId" })?);
    let here = target.conversation(sender).key();
    let is_here =
        |found: &LogEntry| found.entry.conversation == here && found.entry.kind.is_message();
    let message = m.store().log().entry(caller.app.id, id).await?;
    let message = message.filter(is_here).ok_or(Refusal::MessageNotFound)?;
    if message.entry.sender != *sender {
        return Err(Refusal::NotSender.into());
    }
    let age = m.clock().now() - message.timestamp;
    let again = message.entry.flags.contains(EntryFlags::RECALLED);
    if !again && age > caller.app.settings.recall_window_ms {
        return Err(Refusal::RecallTooLate.into());
    }
    Ok(Recallable { id, again })
}
