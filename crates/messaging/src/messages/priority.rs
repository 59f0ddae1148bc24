//! How important a message to a chat room is, as it says itself.

use hongyan_msync::proto::KeyValue;
use hongyan_msync::proto::key_value::{Value, ValueType};

/// Where a message says it.
const TAG: &str = "chatroom_msg_tag";

/// What is kept back first when a chat room says more than is delivered. The numbers are the protocol's.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Priority {
    /// Never.
    High = 0,
    /// Last.
    #[default]
    Normal = 1,
    /// First.
    Low = 2,
}

impl Priority {
    /// The priority of this number; an unknown one is normal, as to clients.
    #[must_use]
    pub fn from_number(number: i64) -> Self {
        match number {
            0 => Self::High,
            2 => Self::Low,
            _ => Self::Normal,
        }
    }

    /// What the fields beside a message say; normal if they say nothing.
    pub(crate) fn of(ext: &[KeyValue]) -> Self {
        let tag = ext.iter().find(|field| field.key.as_deref() == Some(TAG));
        match tag.and_then(|tag| tag.value.as_ref()) {
            Some(Value::VarintValue(number)) => Self::from_number(*number),
            _ => Self::Normal,
        }
    }

    /// Makes the fields beside a message say it.
    pub(crate) fn set(self, ext: &mut Vec<KeyValue>) {
        ext.retain(|field| field.key.as_deref() != Some(TAG));
        ext.push(self.tag());
    }

    /// The field that says it.
    pub(crate) fn tag(self) -> KeyValue {
        KeyValue {
            key: Some(TAG.to_owned()),
            r#type: Some(ValueType::Int as i32),
            value: Some(Value::VarintValue(self as i64)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_its_priority_or_is_normal() {
        for priority in [Priority::High, Priority::Normal, Priority::Low] {
            assert_eq!(Priority::of(&[priority.tag()]), priority);
        }
        assert_eq!(Priority::of(&[]), Priority::Normal);
        let odd = KeyValue { value: Some(Value::VarintValue(9)), ..Priority::Low.tag() };
        assert_eq!(Priority::of(&[odd]), Priority::Normal);
    }
}
