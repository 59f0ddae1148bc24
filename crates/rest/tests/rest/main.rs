//! The HTTP API from outside: a bound port, a store in a temporary folder.

#![expect(clippy::unwrap_used, reason = "a test ends at its first surprise")]

mod access;
mod attributes;
mod contacts;
mod envelope;
mod files;
mod groups;
mod messages;
mod presence;
mod support;
mod tokens;
mod users;
