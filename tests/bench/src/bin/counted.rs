//! `client` with an allocator that counts: a program of its own, so that counting costs the others
//! nothing. It counts what the calls do after the first ones.

use executionkit_bench::load;

fn main() -> executionkit_bench::Outcome<()> {
    let mut counted = None;
    load::run(std::env::args().skip(1), |calls| {
        let mut outcome = None;
        counted = Some(allocation_counter::measure(|| outcome = Some(calls())));
        outcome.unwrap_or(Ok(()))
    })?;
    let counted = counted.ok_or("nothing was counted")?;
    println!("{} {}", counted.count_total, counted.bytes_total);
    Ok(())
}
