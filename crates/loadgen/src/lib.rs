//! A load generator whose devices speak MSYNC like the official SDKs, and `hongyan bench`.
//!
//! [`device::Device`] is a device: login, the pull loop, receipts. The black-box tests use it too.
//! It writes and reads frames without intermediate objects ([`wire`]) and batches its writes
//! ([`socket`]), because the generator shares the machine with the server it measures.

pub mod api;
mod bench;
mod cli;
pub mod device;
pub mod process;
mod report;
pub mod socket;
pub mod usage;
pub mod wire;

pub use cli::{BenchArgs, run};
