//! Ids as types, so that an app id and a user id cannot be mixed.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Refusal;
use crate::limits::{
    DEVICE_ID_BYTES, GROUP_ID_BYTES, ROOM_ID_BYTES, THREAD_ID_BYTES, USER_ID_BYTES,
};

/// Internal number of an app; leads every key in the store.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct AppId(pub i64);

/// Internal number of an organisation.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct OrgId(pub i64);

/// Id of a message or event: 63 bits, time-ordered, unique in the installation.
///
/// Shown to clients as a decimal string (18–19 digits).
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct MessageId(pub u64);

impl fmt::Display for MessageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Takes a value that was validated before, such as one read from the store.
            #[must_use]
            pub fn from_trusted(value: impl Into<Arc<str>>) -> Self {
                Self(value.into())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), &self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_id! {
    /// Id of an end user: 1–64 bytes of `a-z 0-9 _ - .`, folded to lower case.
    UserId
}
text_id! {
    /// Id of a group: decimal digits when made by the server, `a-z 0-9` when given by the caller.
    GroupId
}
text_id! {
    /// Id of a chat room: decimal digits, made by the server or given by the caller; no group has the same id.
    RoomId
}
text_id! {
    /// Id of a thread: decimal digits, made by the server; no group and no chat room has the same id.
    ThreadId
}
text_id! {
    /// A device of a user, the SDK's "resource", e.g. `webim_web_1700000000000`.
    DeviceId
}
text_id! {
    /// Id of an uploaded file (UUID).
    FileId
}

impl UserId {
    /// Folds to lower case and checks length and alphabet (server-rest "User id").
    pub fn parse(given: &str) -> Result<Self, Refusal> {
        if given.is_empty() {
            return Err(Refusal::InvalidUserId { given: String::new() });
        }
        if given.len() > USER_ID_BYTES {
            return Err(Refusal::UserIdTooLong);
        }
        let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if !given.bytes().all(legal) {
            return Err(Refusal::InvalidUserId { given: given.chars().take(80).collect() });
        }
        Ok(Self(given.to_ascii_lowercase().into()))
    }

    /// The sender of messages that a customer's server sends in nobody's name.
    #[must_use]
    pub fn admin() -> Self {
        Self::from_trusted("admin")
    }
}

impl GroupId {
    /// Checks length and alphabet of a group id in a request; an illegal id names no group.
    pub fn parse(given: &str) -> Result<Self, Refusal> {
        let legal = !given.is_empty()
            && given.len() <= GROUP_ID_BYTES
            && given.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if legal {
            Ok(Self(given.into()))
        } else {
            Err(Refusal::GroupNotFound { group: given.chars().take(80).collect() })
        }
    }
}

impl RoomId {
    /// Checks length and alphabet of a room id in a request; an illegal id names no room.
    pub fn parse(given: &str) -> Result<Self, Refusal> {
        let legal = !given.is_empty()
            && given.len() <= ROOM_ID_BYTES
            && given.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if legal {
            Ok(Self(given.into()))
        } else {
            Err(Refusal::RoomNotFound { room: given.chars().take(80).collect() })
        }
    }
}

impl ThreadId {
    /// Checks length and alphabet of a thread id in a request; an illegal id names no thread.
    pub fn parse(given: &str) -> Result<Self, Refusal> {
        let legal = !given.is_empty()
            && given.len() <= THREAD_ID_BYTES
            && given.bytes().all(|b| b.is_ascii_digit());
        if legal {
            Ok(Self(given.into()))
        } else {
            Err(Refusal::ThreadNotFound { thread: given.chars().take(80).collect() })
        }
    }
}

impl DeviceId {
    /// Checks the resource a client asks for: 1–128 bytes, no control characters, no `/`.
    pub fn parse(given: &str) -> Result<Self, Refusal> {
        let legal = !given.is_empty()
            && given.len() <= DEVICE_ID_BYTES
            && given.chars().all(|c| !c.is_control() && c != '/');
        if legal { Ok(Self(given.into())) } else { Err(Refusal::InvalidDevice) }
    }

    /// The platform part of the resource (`webim`, `android`, `ios`, …), by which devices are counted.
    #[must_use]
    pub fn platform(&self) -> &str {
        self.0.split('_').next().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_ids_fold_to_lower_case_and_refuse_foreign_characters() {
        assert_eq!(UserId::parse("Alice.B-1_x").unwrap().as_str(), "alice.b-1_x");
        for bad in ["", "a b", "ü", "a/b", "a@b", "a|b"] {
            assert!(UserId::parse(bad).is_err(), "{bad}");
        }
        assert!(UserId::parse(&"x".repeat(64)).is_ok());
        assert_eq!(UserId::parse(&"x".repeat(65)), Err(Refusal::UserIdTooLong));
    }

    #[test]
    fn platform_is_the_first_part_of_the_resource() {
        assert_eq!(DeviceId::parse("webim_web_17").unwrap().platform(), "webim");
    }
}
