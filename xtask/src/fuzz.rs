//! `cargo xtask fuzz`: every fuzz target for a while, with the dialect cases as seeds.
//!
//! Beside the normal check: it builds with a sanitizer, for which the compiler of any channel is told
//! to behave like a nightly one, and installs `cargo-fuzz` where it is missing.

use crate::sh;
use std::ffi::OsString;
use std::process::Command;

const TARGETS: [&str; 9] = [
    "sse",
    "chunks",
    "anthropic",
    "responses",
    "gemini",
    "embeddings",
    "answer",
    "base_url",
    "redact",
];

/// How long a target runs where nothing is said, in seconds.
const SECONDS: u32 = 600;

#[derive(Debug, PartialEq)]
struct Arguments {
    seconds: u32,
    targets: Vec<&'static str>,
}

pub(crate) fn run(arguments: &[OsString]) -> Result<(), String> {
    let Arguments { seconds, targets } = parse(arguments)?;
    sh::install(sh::cargo().args(["fuzz", "--version"]), "cargo-fuzz")?;
    let corpus = sh::root().join("fuzz").join("corpus");
    sh::run(sh::program_of_tests("fuzz-seeds").arg(&corpus))?;
    for target in targets {
        println!("\n=== {target}: {seconds} s ===");
        sh::run(&mut command(target, seconds))?;
    }
    Ok(())
}

fn command(target: &str, seconds: u32) -> Command {
    let mut command = sh::cargo();
    command.current_dir(sh::root()).env("RUSTC_BOOTSTRAP", "1");
    command.args(["fuzz", "run", target, "--", "-max_len=8192", "-print_final_stats=1"]);
    command.arg(format!("-max_total_time={seconds}"));
    command
}

fn parse(arguments: &[OsString]) -> Result<Arguments, String> {
    let mut parsed = Arguments { seconds: SECONDS, targets: Vec::new() };
    let mut words = arguments.iter().map(|word| word.to_string_lossy());
    while let Some(word) = words.next() {
        if word == "--seconds" {
            let seconds = words.next().and_then(|value| value.parse().ok());
            parsed.seconds = seconds
                .filter(|seconds| *seconds > 0)
                .ok_or("`--seconds` needs a number of at least 1")?;
        } else if let Some(target) = TARGETS.into_iter().find(|target| *target == word) {
            parsed.targets.push(target);
        } else {
            return Err(format!("`{word}` is no target; there are {}", TARGETS.join(", ")));
        }
    }
    if parsed.targets.is_empty() {
        parsed.targets = TARGETS.to_vec();
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Result<Arguments, String> {
        parse(&line.split_whitespace().map(OsString::from).collect::<Vec<_>>())
    }

    #[test]
    fn without_arguments_every_target_runs_for_ten_minutes() {
        let expected = Arguments { seconds: 600, targets: TARGETS.to_vec() };
        assert_eq!(parse_words(""), Ok(expected));
    }

    #[test]
    fn a_target_and_a_time_are_taken_and_nothing_else() {
        let expected = Arguments { seconds: 5, targets: vec!["redact"] };
        assert_eq!(parse_words("redact --seconds 5"), Ok(expected));
        let unknown = "`urls` is no target; there are sse, chunks, anthropic, responses, gemini, embeddings, answer, base_url, redact";
        assert_eq!(parse_words("urls"), Err(unknown.to_owned()));
        assert!(parse_words("--seconds 0").is_err() && parse_words("--seconds").is_err());
    }

    #[test]
    fn every_target_has_its_file_and_every_file_its_target() {
        let folder = sh::root().join("fuzz").join("fuzz_targets");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .expect("the folder of targets")
            .map(|entry| entry.expect("an entry").path())
            .map(|path| path.file_stem().expect("a name").to_string_lossy().into_owned())
            .collect();
        found.sort();
        let mut expected = TARGETS.to_vec();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
