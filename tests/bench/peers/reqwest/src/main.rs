//! The calls of one row, and the scenarios of the wire.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_load::program::peer::<peer_reqwest::Peer>()
}
