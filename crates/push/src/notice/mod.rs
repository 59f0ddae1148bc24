//! What a phone shows.

mod ext;
mod text;

use std::time::Duration;

use serde_json::{Map, Value, json};

pub use ext::{
    ApnsOverrides, FcmOverrides, HarmonyOverrides, HonorOverrides, HuaweiOverrides, MeizuOverrides,
    OppoOverrides, Overrides, VivoOverrides, XiaomiOverrides,
};
pub(crate) use text::{Cap, fit};

/// Vendors keep a notice this long for a phone that is off.
const TTL: Duration = Duration::from_secs(24 * 3600);

/// A notice for one device.
#[derive(Clone, PartialEq, Debug)]
pub struct Notice {
    /// The title.
    pub title: String,
    /// The text.
    pub body: String,
    /// A second title, where a vendor knows one; may be empty.
    pub subtitle: String,
    /// What the app gets.
    pub data: Data,
    /// The number on the app's icon.
    pub badge: Option<Badge>,
    /// What is played, if the credential or the message do not say (APNs, FCM).
    pub sound: Option<String>,
    /// Which buttons there are, if the message does not say (APNs).
    pub category: Option<String>,
    /// A later notice with the same word takes this one's place.
    pub collapse: Option<String>,
    /// How long vendors keep it; a day.
    pub ttl: Duration,
    /// What the message asks of vendors, before what the credential says.
    pub overrides: Overrides,
    /// Where vendors tell what became of it.
    pub receipt: Option<Receipt>,
}

/// The number on the app's icon. Each vendor gets what it knows: Apple and FCM none to add.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Badge {
    /// This many.
    Set(u32),
    /// This many more.
    Add(u32),
}

/// Where vendors tell what became of a notice.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Receipt {
    /// An address.
    pub url: String,
    /// Comes back with the receipt.
    pub param: String,
}

/// What the app gets with a notice.
#[derive(Clone, PartialEq, Debug)]
pub struct Data {
    /// `t`: to whom.
    pub to: String,
    /// `f`: from whom.
    pub from: String,
    /// `m`: the message's id.
    pub message: String,
    /// `g`: the group's id, in groups.
    pub group: Option<String>,
    /// `e`: of the sender's choice; `{}` if there is nothing.
    pub custom: Value,
}

impl Notice {
    /// A notice; `data.custom` is what the message's extension says.
    #[must_use]
    pub fn new(title: &str, body: &str, data: Data, overrides: Overrides) -> Self {
        let custom = overrides.custom.clone().unwrap_or(data.custom);
        Self {
            title: title.to_owned(),
            body: body.to_owned(),
            subtitle: String::new(),
            data: Data { custom, ..data },
            badge: None,
            sound: None,
            category: None,
            collapse: None,
            ttl: TTL,
            overrides,
            receipt: None,
        }
    }

    /// Of notices with the same number the last one stays.
    pub(crate) fn notify_id(&self) -> Option<u32> {
        self.collapse.as_deref().map(number)
    }

    pub(crate) fn ttl_seconds(&self) -> u64 {
        self.ttl.as_secs()
    }
}

impl Data {
    /// With nothing of the sender's choice.
    #[must_use]
    pub fn new(to: &str, from: &str, message: &str, group: Option<&str>) -> Self {
        Self {
            to: to.to_owned(),
            from: from.to_owned(),
            message: message.to_owned(),
            group: group.map(str::to_owned),
            custom: json!({}),
        }
    }

    /// `{"t", "f", "m", "g", "e"}`.
    pub(crate) fn object(&self, with_custom: bool) -> Map<String, Value> {
        let mut object = Map::new();
        object.insert("t".to_owned(), self.to.as_str().into());
        object.insert("f".to_owned(), self.from.as_str().into());
        object.insert("m".to_owned(), self.message.as_str().into());
        if let Some(group) = &self.group {
            object.insert("g".to_owned(), group.as_str().into());
        }
        if with_custom {
            object.insert("e".to_owned(), self.custom.clone());
        }
        object
    }

    /// The same for vendors that know texts only: `e` is JSON in a text.
    pub(crate) fn texts(&self, with_custom: bool) -> Map<String, Value> {
        let mut object = self.object(with_custom);
        if let Some(custom) = object.get_mut("e") {
            *custom = custom.to_string().into();
        }
        object
    }
}

/// A number for a text, always the same: FNV-1a, 31 bits.
pub(crate) fn number(text: &str) -> u32 {
    let hash = text
        .bytes()
        .fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash & 0x7fff_ffff
}
