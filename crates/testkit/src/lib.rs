//! Tools for black-box tests: the built server as a child process that can be killed, devices that
//! speak MSYNC, history over REST, private PostgreSQL databases.
//!
//! Nothing here looks inside the server; what a test knows, it learned over the wire.

mod cluster;
pub mod history;
pub mod messages;
mod nats;
mod postgres;
pub mod seed;
mod server;

pub use cluster::TestCluster;
pub use hongyan_loadgen::{api, device, process, socket, usage, wire};
pub use nats::TestNats;
pub use postgres::FreshDatabase;
pub use server::{Engine, Site, TestServer};
