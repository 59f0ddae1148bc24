//! Links to files: whoever has one may read the file until its time is over.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hongyan_model::{AppId, ExportRefusal, Timestamp};

use crate::Messaging;

const PURPOSE: &str = "links to files of messages";

/// What a link says beside the hour.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// Until when it opens (Unix ms).
    pub expires: Timestamp,
    /// What makes it ours; letters, digits, `-` and `_`.
    pub signature: String,
}

pub(super) fn sign(m: &Messaging, app: AppId, hour: Timestamp, expires: Timestamp) -> Link {
    let signature = m.0.tokens.derived(PURPOSE).sign(&signed(app, hour, expires));
    Link { expires, signature: URL_SAFE_NO_PAD.encode(signature) }
}

/// Until when a link of ours opens.
pub(super) fn verify(
    m: &Messaging,
    app: AppId,
    hour: Timestamp,
    (expires, signature): (&str, &str),
) -> Result<Timestamp, ExportRefusal> {
    let invalid = ExportRefusal::LinkInvalid;
    let Ok(expires) = expires.parse() else { return Err(invalid) };
    let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return Err(invalid) };
    let signed = signed(app, hour, expires);
    let is_ours = m.0.tokens.derived(PURPOSE).verifies(&signed, &signature);
    if is_ours { Ok(expires) } else { Err(invalid) }
}

fn signed(app: AppId, hour: Timestamp, expires: Timestamp) -> [u8; 24] {
    let mut bytes = [0; 24];
    for (place, number) in bytes.chunks_exact_mut(8).zip([app.0, hour, expires]) {
        place.copy_from_slice(&number.to_be_bytes());
    }
    bytes
}
