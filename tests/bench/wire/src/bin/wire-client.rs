//! One run of one scenario: `wire-client SCENARIO CLIENT ADDRESS`.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_load::program::wire(std::env::args().skip(1), bench_wire::client::with)
}
