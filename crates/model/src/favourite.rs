//! What users keep.

use crate::Timestamp;

/// A favourite: a message, or whatever else the app keeps for one of its users.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Favourite {
    /// Id, unique for its user, ≤ 128 bytes.
    pub id: String,
    /// What it is, in the app's own numbers.
    pub kind: i32,
    /// Content, ≤ 20 480 characters.
    pub data: String,
    /// What else the app says of it, ≤ 1024 characters; never empty.
    pub ext: Option<String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last written.
    pub modified: Timestamp,
}
