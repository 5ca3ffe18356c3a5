//! `cargo xtask ci`: the whole check in order, each step with a heading, its time at the end.
//!
//! No step talks to anything but the package registry, or installs anything but a Redis for the tests, where there
//! is none and it may. The cheapest steps come first, so that a
//! slip is reported in seconds.

use crate::{deps, features, package, public_types, redis, sh};
use std::fmt::Write as _;
use std::time::{Duration, Instant};

/// What a step is called, and what it does.
type Step = (&'static str, fn() -> Result<(), String>);

const STEPS: &[Step] = &[
    ("format", format),
    ("lints", lints),
    ("tests", tests),
    ("feature combinations", features::run),
    ("documentation", documentation),
    ("public types", public_types::run),
    ("dependency rules", deps::run),
    ("packages", package::pack),
];

pub(crate) fn run() -> Result<(), String> {
    let (times, outcome) = walk(STEPS);
    println!("\n{}", summary(&times));
    outcome
}

fn format() -> Result<(), String> {
    cargo("fmt --all --check")
}

fn lints() -> Result<(), String> {
    cargo("clippy --locked --workspace --all-targets --all-features -- -D warnings")
}

/// Word for word the command in the README; the lock file was held to by the step before.
fn tests() -> Result<(), String> {
    let mut command = sh::cargo();
    redis::run_tests(command.current_dir(sh::root()).args(["test", "--workspace"]))
}

fn documentation() -> Result<(), String> {
    let arguments = "doc --locked --workspace --no-deps --all-features";
    let mut command = sh::cargo();
    command.current_dir(sh::root()).env("RUSTDOCFLAGS", "-D warnings");
    sh::run(command.args(arguments.split(' ')))
}

fn cargo(arguments: &str) -> Result<(), String> {
    sh::run(sh::cargo().current_dir(sh::root()).args(arguments.split(' ')))
}

type Times = Vec<(&'static str, Duration)>;

/// Runs the steps up to the first that fails, whose name then leads the message.
fn walk(steps: &[Step]) -> (Times, Result<(), String>) {
    let mut times = Times::new();
    for (index, (name, run)) in steps.iter().enumerate() {
        println!("\n=== {}/{} {} ===", index + 1, steps.len(), name);
        let start = Instant::now();
        let outcome = run();
        times.push((*name, start.elapsed()));
        if let Err(message) = outcome {
            return (times, Err(format!("ci failed at \"{name}\": {message}")));
        }
    }
    (times, Ok(()))
}

fn summary(times: &[(&str, Duration)]) -> String {
    let total = times.iter().map(|(_, time)| *time).sum();
    let mut text = format!("{:<24}{:>10}", "step", "seconds");
    for (name, time) in times.iter().chain([&("total", total)]) {
        // Writing to a String cannot fail.
        let _ = write!(text, "\n{name:<24}{:>10.1}", time.as_secs_f64());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passes() -> Result<(), String> {
        Ok(())
    }

    fn fails() -> Result<(), String> {
        Err("it ended with exit status: 1".to_owned())
    }

    #[test]
    fn the_first_failure_ends_the_walk_and_is_named() {
        let steps: [Step; 3] = [("one", passes), ("two", fails), ("three", passes)];
        let (times, outcome) = walk(&steps);
        let names: Vec<_> = times.iter().map(|(name, _)| *name).collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(outcome.unwrap_err(), "ci failed at \"two\": it ended with exit status: 1");
    }

    #[test]
    fn steps_that_all_pass_are_all_timed() {
        let (times, outcome) = walk(&[("one", passes)]);
        assert_eq!((times.len(), outcome), (1, Ok(())));
    }

    #[test]
    fn the_summary_gives_the_seconds_of_each_step_and_their_sum() {
        let times = [("format", Duration::from_millis(1240)), ("tests", Duration::from_secs(61))];
        let text = summary(&times);
        let words: Vec<Vec<_>> =
            text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            words,
            [["step", "seconds"], ["format", "1.2"], ["tests", "61.0"], ["total", "62.2"]]
        );
    }
}
