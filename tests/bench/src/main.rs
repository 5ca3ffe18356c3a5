//! `cargo xtask bench`: the driver. See `docs/performance.md`.

use std::process::ExitCode;

use executionkit_bench::driver::{self, Options, program};

fn main() -> ExitCode {
    program::run("bench", driver::USAGE, Options::parse, driver::run)
}
