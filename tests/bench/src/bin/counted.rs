//! `client` with an allocator that counts: a program of its own, so that counting costs the others
//! nothing. It counts what the calls do after the first ones.

use std::process::ExitCode;

fn main() -> ExitCode {
    bench_load::program::counted(executionkit_bench::clients::with, |calls| {
        let counted = allocation_counter::measure(calls);
        (counted.count_total, counted.bytes_total)
    })
}
