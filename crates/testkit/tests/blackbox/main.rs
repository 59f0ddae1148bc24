//! Tests of the built executable from outside: killed, stopped, flooded, fed with garbage.
//!
//! They need the executable (`cargo build`), or its path in `HONGYAN_BIN`. With
//! `HONGYAN_TEST_POSTGRES` set they also run on PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod at_once;
mod cluster;
mod disk;
mod flow;
mod idle;
mod kill;
mod malformed;
mod past;
mod pressure;
mod sessions;
mod stop;
mod transports;
