//! The same, with an allocator that counts.

use std::process::ExitCode;

use bench_load::program;
use peer_async_openai::Peer;

fn main() -> ExitCode {
    program::counted(program::only::<Peer>, |calls| {
        let counted = allocation_counter::measure(calls);
        (counted.count_total, counted.bytes_total)
    })
}
