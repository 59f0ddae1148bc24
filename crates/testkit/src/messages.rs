//! Messages as a receiver sees them.

use anyhow::{Context, Result};
use hongyan_msync::Message;
use hongyan_msync::proto::{MessageBody, Meta, meta::NameSpace};

use crate::wire::SyncDown;

/// A text that arrived.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Text {
    /// Message id.
    pub id: u64,
    /// Who wrote it.
    pub from: String,
    /// What.
    pub text: String,
}

impl Text {
    /// Reads a serialized `Meta`; `None` when it is not a text message.
    pub fn read(meta: &[u8]) -> Result<Option<Self>> {
        let meta = Meta::decode(meta).context("a malformed meta")?;
        if meta.ns() != NameSpace::Chat {
            return Ok(None);
        }
        let body = MessageBody::decode(meta.payload.clone().unwrap_or_default())?;
        let text = body.contents.into_iter().next().and_then(|content| content.text);
        let from = body.from.and_then(|jid| jid.name);
        Ok(text.map(|text| Self { id: meta.id(), from: from.unwrap_or_default(), text }))
    }

    /// The texts of a batch.
    pub fn of_batch(batch: &SyncDown) -> Result<Vec<Self>> {
        batch.metas().filter_map(|meta| Self::read(meta).transpose()).collect()
    }
}
