//! The rules of the domain, on a store of their own with a clock moved by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod bans;
mod blocks;
mod broadcasts;
mod connections;
mod contacts;
mod conversations;
mod deletions;
mod devices;
mod edits;
mod files;
mod fixture;
mod group_requests;
mod groups;
mod groups_closed;
mod history;
mod member_attributes;
mod messages;
mod metering;
mod muc;
mod mutes;
mod part_uploads;
mod pins;
mod presence;
mod push_settings;
mod quotas;
mod reactions;
mod recall;
mod receipts;
mod retention;
mod room_attributes;
mod room_load;
mod rooms;
mod rooms_live;
mod server_recall;
mod shared_files;
mod shield;
mod streams;
mod switches;
mod threads;
mod tokens;
mod trace;
mod uplink;
mod users;
