//! The server that every client calls.

fn main() -> bench_load::Outcome<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(bench_wire::stub::serve())
}
