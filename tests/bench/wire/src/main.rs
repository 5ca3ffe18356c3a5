//! `cargo xtask bench --wire`: the driver. See `docs/performance.md`.

use std::process::ExitCode;

use bench_wire::driver::{self, Options};
use executionkit_bench::driver::program;

fn main() -> ExitCode {
    program::run("bench --wire", driver::USAGE, Options::parse, driver::run)
}
