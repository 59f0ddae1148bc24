//! The console's API over HTTP: the real router on a real store.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod account;
mod apps;
mod billing;
mod features;
mod harness;
mod settings;
