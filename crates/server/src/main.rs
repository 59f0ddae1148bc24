//! The `hongyan` program.

use std::process::ExitCode;

/// Serves many small allocations of many connections with less memory than the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    hongyan_server::cli::run()
}
