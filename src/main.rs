//! The program `odaesan`.

// The futures of the resolvers nest deeper than the compiler looks by default when it optimises.
#![recursion_limit = "256"]

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    odaesan::cli::run(std::env::args_os()).await
}
