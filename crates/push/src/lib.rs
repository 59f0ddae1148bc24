//! Notices to phones through their vendors.
//!
//! Knows vendors: how each is asked, what it answers, what a credential of it looks like. Knows nothing of users, messages or
//! where credentials are stored: whoever has a credential opens a [`Channel`] with it, and sends a [`Notice`] to a device's token.
//! What is sent to each vendor, and against which documents that was checked: `docs/push-vendors.md`.

mod adapter;
mod channel;
mod codes;
pub mod credential;
mod guard;
mod http;
mod jwt;
mod notice;
mod outcome;
mod secret;
mod settings;
mod tokens;
mod vendors;

pub use channel::{Channel, State};
pub use codes::Meaning;
pub use credential::{Credential, Facts, FieldError, Reason, Vendor};
pub use notice::{
    ApnsOverrides, Badge, Data, FcmOverrides, HarmonyOverrides, HonorOverrides, HuaweiOverrides,
    MeizuOverrides, Notice, OppoOverrides, Overrides, Receipt, VivoOverrides, XiaomiOverrides,
};
pub use outcome::{NotSent, Outcome};
pub use secret::Secret;
pub use settings::{Settings, VendorSettings};
pub use vendors::{InvalidSettings, Pauses, Vendors};
