//! The calls of one row: `client SCENARIO CLIENT ADDRESS CALLS`.

use executionkit_bench::load;

fn main() -> executionkit_bench::Outcome<()> {
    let figures = load::run(std::env::args().skip(1), |calls| calls())?;
    println!("{figures}");
    Ok(())
}
