//! What became of one's own messages in a one-to-one chat: delivered, read.

use hongyan_model::{Caller, Conversation, LogEntry, Result, UserId};

use super::reading::read_position;
use crate::Messaging;
use crate::messages::Annotations;

/// Adds to `reader`'s own messages of a page that the other has received or read them. Both follow from positions:
/// a receipt for a message is one for those before it. What has just been received may lack its note for 300 ms.
pub(crate) async fn add_receipts(
    m: &Messaging,
    caller: &Caller,
    reader: &UserId,
    page: &[LogEntry],
    added: &mut Annotations,
) -> Result<()> {
    let own = |entry: &&LogEntry| entry.entry.sender == *reader;
    let Some(first) = page.iter().find(own) else { return Ok(()) };
    let conversation = &first.entry.conversation;
    let Some(Conversation::Single(a, b)) = conversation.conversation() else { return Ok(()) };
    if a == b {
        return Ok(());
    }
    let (app, peer) = (caller.app.id, if a == *reader { b } else { a });
    let read = read_position(m, app, &peer, conversation).await?;
    let devices = m.store().log().progress(app, conversation, vec![peer]).await?;
    for entry in page.iter().filter(own) {
        let is_read = entry.id <= read;
        let is_delivered = devices.iter().any(|device| {
            device.base < entry.id && device.cursor.is_some_and(|cursor| cursor >= entry.seq)
        });
        if is_read || is_delivered {
            let notes = added.entry(entry.id).or_default();
            notes.insert("isDelivered".to_owned(), true.into());
            if is_read {
                notes.insert("isRead".to_owned(), true.into());
            }
        }
    }
    Ok(())
}
