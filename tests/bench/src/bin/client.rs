//! The calls of one row: `client SCENARIO CLIENT ADDRESS CALLS`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_load::program::measured(executionkit_bench::clients::with)
}
