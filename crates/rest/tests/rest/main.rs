//! The HTTP API from outside: a bound port, a store in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

mod access;
mod allowlist;
mod annotations;
mod attributes;
mod bans;
mod contacts;
mod envelope;
mod features;
mod files;
mod groups;
mod messages;
mod muc;
mod mutes;
mod presence;
mod push_settings;
mod recall;
mod rooms;
mod support;
mod tokens;
mod users;
