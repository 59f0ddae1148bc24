//! Why the file of an hour of messages is not given.

/// To whoever asks for what was said in an hour.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ExportRefusal {
    /// Not an hour, or one that is not over.
    #[error("no hour of {app} that is over: {time}")]
    NoHour {
        /// The App Key.
        app: String,
        /// As given.
        time: String,
    },
    /// Longer ago than files are kept, or before the app was there.
    #[error("the hour {time} of {app} is not kept")]
    NotKept {
        /// The App Key.
        app: String,
        /// As given.
        time: String,
    },
    /// Nothing was said in this hour.
    #[error("nothing was said in the hour {time} of {app}")]
    Nothing {
        /// The App Key.
        app: String,
        /// As given.
        time: String,
    },
    /// The file is being made.
    #[error("the file is being made")]
    NotReady,
    /// The link was not made here, or not for this file.
    #[error("the link is not valid")]
    LinkInvalid,
    /// The link's time is over.
    #[error("the link has expired")]
    LinkExpired,
}
