//! The HTTP API from outside: a bound port, a store in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

mod access;
mod allowlist;
mod annotations;
mod attributes;
mod bans;
mod contacts;
mod discovery;
mod envelope;
mod features;
mod files;
mod groups;
mod messages;
mod muc;
mod mutes;
mod part_uploads;
mod presence;
mod providers;
mod recall;
mod rooms;
mod rtc;
mod support;
mod tokens;
mod users;
