//! Tools for black-box tests: the built server as a child process that can be killed, devices that
//! speak MSYNC, history over REST, private PostgreSQL databases.
//!
//! Nothing here looks inside the server; what a test knows, it learned over the wire.

mod cluster;
pub mod history;
pub mod messages;
mod nats;
mod own_postgres;
mod postgres;
mod proxy;
pub mod seed;
mod server;
mod small_disk;

pub use cluster::TestCluster;
pub use hongyan_loadgen::{api, device, process, socket, usage, wire};
pub use nats::TestNats;
pub use own_postgres::TestPostgres;
pub use postgres::FreshDatabase;
pub use proxy::{Proxy, Weather};
pub use server::{Engine, Site, TestServer};
pub use small_disk::SmallDisk;
