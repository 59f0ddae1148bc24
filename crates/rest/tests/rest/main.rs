//! The HTTP API from outside: a bound port, a store in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

mod access;
mod allowlist;
mod annotations;
mod attributes;
mod bans;
mod callbacks;
mod cases;
mod compatibility;
mod contacts;
mod conversations;
mod discovery;
mod envelope;
mod exports;
mod favourites;
mod features;
mod files;
mod group_requests;
mod groups;
mod idempotency;
mod imports;
mod legacy_messages;
mod member_attributes;
mod messages;
mod moderation;
mod moderation_records;
mod muc;
mod mutes;
mod part_uploads;
mod presence;
mod providers;
mod push_settings;
mod recall;
mod reports;
mod room_attributes;
mod room_tags;
mod rooms;
mod rtc;
mod shared_files;
mod streams;
mod support;
mod threads;
mod tokens;
mod traps;
mod users;
