//! Puts the parts together: command line, configuration, the one port, start and graceful stop.

pub mod cli;
mod client_addr;
pub mod config;
mod data_dir;
mod demo;
mod http;
mod logging;
mod monitoring;
mod pages;
mod parts;
mod plans;
mod server;
mod site;
mod sockjs;
mod tcp;
mod traces;
mod upkeep;

pub use server::{RunningServer, start};
