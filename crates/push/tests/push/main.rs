//! Every vendor against a double that checks what it is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod access;
mod apple;
mod codes;
mod credentials;
mod double;
mod flow;
mod golden;
mod proof;
mod support;
