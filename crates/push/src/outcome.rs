//! How sending ended.

use std::time::Duration;

use hongyan_model::Timestamp;

/// What a vendor made of a notice. `why` is the vendor's or the network's own word, shortened, without the device's token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The vendor took it.
    Delivered {
        /// By which the vendor knows it, if it says so.
        vendor_id: Option<String>,
    },
    /// The token is no longer, or was never, one of this app.
    InvalidToken {
        /// In the vendor's words.
        why: String,
    },
    /// The vendor does not accept the credential.
    AuthFailed {
        /// In the vendor's words.
        why: String,
    },
    /// No more today.
    OverQuota {
        /// In the vendor's words.
        why: String,
    },
    /// Too fast.
    RateLimited {
        /// How long the vendor asks to wait.
        retry_after: Option<Duration>,
    },
    /// Not reached, or out of order.
    Unavailable {
        /// In words.
        why: String,
        /// How long the vendor asks to wait.
        retry_after: Option<Duration>,
    },
    /// The vendor refuses this notice.
    Rejected {
        /// The vendor's code, or a word of ours where nothing was sent: `PayloadTooLarge`, `invalid VOIP notification`,
        /// `invalid message`.
        code: String,
        /// In the vendor's words.
        why: String,
    },
}

impl Outcome {
    pub(crate) fn unavailable(why: impl Into<String>) -> Self {
        Self::Unavailable { why: why.into(), retry_after: None }
    }
}

/// Why a vendor was not asked.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NotSent {
    /// As many notices as may wait for this credential are waiting.
    #[error("as many notices as may wait are waiting")]
    Busy,
    /// The vendor refused the credential too often.
    #[error("the vendor refused the credential too often")]
    Banned {
        /// Unix ms.
        until: Timestamp,
    },
    /// The vendor takes no more today.
    #[error("the vendor takes no more today")]
    OutOfLimit {
        /// Unix ms.
        until: Timestamp,
    },
}
