//! The calls of one row.

use std::process::ExitCode;

use bench_load::program;
use peer_genai::Peer;

fn main() -> ExitCode {
    program::measured(program::only::<Peer>)
}
