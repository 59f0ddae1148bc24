//! The rules of the domain, on a store of their own with a clock moved by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod bans;
mod blocks;
mod connections;
mod contacts;
mod conversations;
mod devices;
mod edits;
mod files;
mod fixture;
mod groups;
mod history;
mod messages;
mod metering;
mod muc;
mod mutes;
mod pins;
mod quotas;
mod reactions;
mod recall;
mod receipts;
mod rooms;
mod rooms_live;
mod server_recall;
mod switches;
mod tokens;
mod trace;
mod uplink;
mod users;
