//! What can fail below the domain.

use std::path::PathBuf;

use hongyan_model::{Error, Fault};

/// A failure of the storage; to the domain it is a [`Fault`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database location cannot be used as given.
    #[error("database location: {why}")]
    Location {
        /// What is wrong with it; never the location itself, which may hold a password.
        why: String,
    },
    /// A file or folder cannot be made or read.
    #[error("cannot use {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// Another process has the message log open.
    #[error("another process is using {}", path.display())]
    InUse {
        /// The lock that it holds.
        path: PathBuf,
    },
    /// A query of the control database failed.
    #[error("control database")]
    Database(#[from] sqlx::Error),
    /// The schema cannot be brought up to date.
    #[error("database migration")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The message log of SQLite failed.
    #[error("message log")]
    Log(#[from] rusqlite::Error),
    /// The message log is closed, or was never opened by this process.
    #[error("message log is closed")]
    Closed,
    /// A group of entries could not be committed; none of it is stored.
    #[error("not stored: {0}")]
    NotStored(String),
    /// The message that an entry rewrites is not as its editor saw it; the entry is not stored.
    #[error("the message was changed meanwhile")]
    Stale,
    /// The files were written by a newer version.
    #[error("the message log has schema {found}, this version knows {known}")]
    NewerSchema {
        /// Schema of the files.
        found: i64,
        /// Newest schema this version knows.
        known: i64,
    },
    /// The attachment store failed.
    #[error("attachments")]
    Attachment(#[from] object_store::Error),
    /// A stored value that this version cannot read.
    #[error("unreadable {what}")]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// Why it is not.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl StoreError {
    /// The error with everything that caused it, in one line.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        Fault::new("storage failed", error).into()
    }
}
