//! The rules of the domain, on a store of their own with a clock moved by hand.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod attributes;
mod blocks;
mod contacts;
mod devices;
mod files;
mod fixture;
mod groups;
mod history;
mod messages;
mod recall;
mod receipts;
mod tokens;
mod uplink;
mod users;
