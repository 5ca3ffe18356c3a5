//! A fleet of real processes against a real Redis: `cargo xtask fleet [--quick] [kill] [rate] [outage] [trips]`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::process::ExitCode;

use executionkit_tests::fleet::{Effort, run, work};

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = if words.first().is_some_and(|word| word == "worker") {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string()).and_then(|on| on.block_on(work(&words[1..])))
    } else {
        let quick = words.iter().any(|word| word == "--quick");
        words.retain(|word| word != "--quick");
        let effort = if quick { Effort::Quick } else { Effort::Full };
        run(&words, effort).map(|report| println!("{report}"))
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("fleet: {why}");
            ExitCode::FAILURE
        }
    }
}
