//! The soak: `cargo xtask soak --faults 10000 --seed 1`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::process::ExitCode;

use executionkit_tests::soak;

const USAGE: &str = "usage: soak [--faults N] [--seed N]";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words == ["serve"] {
        return exit_code(soak::serve().await.map(|()| true));
    }
    let Some((faults, seed)) = numbers(&words) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    println!("{faults} faults, seed {seed}");
    exit_code(soak::run(faults, seed).await.map(|tally| {
        println!("{tally}");
        tally.is_clean()
    }))
}

fn numbers(words: &[String]) -> Option<(u64, u64)> {
    let (mut faults, mut seed) = (10_000, 1);
    for pair in words.chunks(2) {
        match pair {
            [name, value] if name == "--faults" => faults = value.parse().ok()?,
            [name, value] if name == "--seed" => seed = value.parse().ok()?,
            _ => return None,
        }
    }
    Some((faults, seed))
}

fn exit_code(outcome: Result<bool, String>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("soak: {why}");
            ExitCode::from(2)
        }
    }
}
