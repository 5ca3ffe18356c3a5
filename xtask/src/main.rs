//! `cargo xtask`: the checks and proofs of this project, as one program without dependencies.
//!
//! This file only reads the command line and calls the module that does the work, so that the list
//! of commands is seen at one glance.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "telling the reader what happens is what this program is for"
)]

mod bench;
mod book;
mod ci;
mod conformance;
mod deny;
mod deps;
mod features;
mod fleet;
mod fuzz;
mod live;
mod overhead;
mod package;
mod public_types;
mod redis;
mod semver;
mod sh;
mod soak;

use std::ffi::OsString;
use std::process::ExitCode;

const USAGE: &str = "\
Usage: cargo xtask <command>

Commands:
  ci             The whole check: format, lints, tests, feature combinations, documentation,
                 dependency rules. Stops at the first failure.
  deps           The dependency rules alone: what must not be in a crate's tree, and how large
                 the tree may be.
  bench          What a call costs beside raw hyper, in one table (docs/performance.md).
                 `bench --help` shows its options; with --check it guards the instructions,
                 with --wire it measures TLS, HTTP/2, distance and many streams.
  book           The pages of docs/ as a book, in target/book/. Installs mdbook where it is missing.
  conformance [--cases DIR] [--protocol NAME] [--kind KIND] [--verbose]
                 Plays the answers of real servers against the client, and looks at what it sends.
                 All arguments go to the conformance program as they are.
  deny [CHECK]   Advisories, licences, duplicate versions and sources of all dependencies, by
                 cargo-deny, which it installs where it is missing. Needs the network.
  fleet [--quick] [kill] [rate] [outage] [trips]
                 Processes that share a budget and a rate over a Redis: killed, throttled, without
                 their store. Needs redis-server or valkey-server.
  fuzz [--seconds N] [TARGET ...]
                 Every fuzz target for ten minutes, the dialect cases as seeds. Installs cargo-fuzz
                 where it is missing.
  live [WORD]    The official clients of OpenAI, Anthropic and Google for Python and curl against
                 `ek-mock serve`, our client against a LiteLLM proxy and llmock, and against MCP
                 servers in Python and for Node, all on this machine. Needs python3 and curl, and
                 on its first run a package index for pip, and for npm where it is there. With a
                 word, such as `embeddings`, only the programs with it in their name.
  overhead       What the call layer itself costs: microseconds and allocations of each pattern over
                 a provider that answers at once (docs/patterns.md).
  package        Every crate packed as for a registry, and built from its package alone.
  public-types   Which crates' types the public signatures name: those of a short list, no others.
  semver         What the public API lost or changed since the last tag. Installs
                 cargo-semver-checks where it is missing.
  soak [--faults N] [--seed N]
                 Thousands of random faults of every phase against one client and 64 callers, in
                 real time. Linux only.
  help           This text.
";

#[derive(Debug, PartialEq)]
enum Command {
    Help,
    Ci,
    Deps,
    Bench(Vec<OsString>),
    Conformance(Vec<OsString>),
    Deny(Vec<OsString>),
    Fleet(Vec<OsString>),
    Fuzz(Vec<OsString>),
    Soak(Vec<OsString>),
    Book,
    Live(Vec<OsString>),
    Overhead,
    Package,
    PublicTypes,
    Semver,
}

fn main() -> ExitCode {
    if let Some(outcome) = public_types::stand_in() {
        return finish(outcome);
    }
    let command = match parse(std::env::args_os().skip(1)) {
        Ok(command) => command,
        Err(message) => {
            eprint!("xtask: {message}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let outcome = match command {
        Command::Help => {
            print!("{USAGE}");
            Ok(0)
        }
        Command::Ci => ci::run().map(|()| 0),
        Command::Deps => deps::run().map(|()| 0),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Conformance(arguments) => conformance::run(&arguments),
        Command::Deny(arguments) => deny::run(&arguments),
        Command::Fleet(arguments) => fleet::run(&arguments),
        Command::Soak(arguments) => soak::run(&arguments),
        Command::Fuzz(arguments) => fuzz::run(&arguments).map(|()| 0),
        Command::Book => book::run().map(|()| 0),
        Command::Live(arguments) => live::run(&arguments),
        Command::Overhead => overhead::run().map(|()| 0),
        Command::Package => package::run().map(|()| 0),
        Command::PublicTypes => public_types::run().map(|()| 0),
        Command::Semver => semver::run().map(|()| 0),
    };
    finish(outcome)
}

fn finish(outcome: Result<u8, String>) -> ExitCode {
    match outcome {
        Ok(status) => ExitCode::from(status),
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, String> {
    let mut arguments = arguments.into_iter();
    let Some(name) = arguments.next() else {
        return Ok(Command::Help);
    };
    let command = match name.to_str() {
        Some("help" | "--help" | "-h") => return Ok(Command::Help),
        Some("bench") => return Ok(Command::Bench(arguments.collect())),
        Some("conformance") => return Ok(Command::Conformance(arguments.collect())),
        Some("deny") => return Ok(Command::Deny(arguments.collect())),
        Some("fleet") => return Ok(Command::Fleet(arguments.collect())),
        Some("live") => return Ok(Command::Live(arguments.collect())),
        Some("fuzz") => return Ok(Command::Fuzz(arguments.collect())),
        Some("soak") => return Ok(Command::Soak(arguments.collect())),
        Some("book") => Command::Book,
        Some("ci") => Command::Ci,
        Some("deps") => Command::Deps,
        Some("overhead") => Command::Overhead,
        Some("package") => Command::Package,
        Some("public-types") => Command::PublicTypes,
        Some("semver") => Command::Semver,
        _ => return Err(format!("unknown command `{}`", name.display())),
    };
    match arguments.next() {
        None => Ok(command),
        Some(extra) => {
            Err(format!("`{}` takes no argument, got `{}`", name.display(), extra.display()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_words(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn no_arguments_and_every_spelling_of_help_ask_for_the_usage_text() {
        for line in ["", "help", "--help", "-h"] {
            assert_eq!(parse_words(line), Ok(Command::Help), "{line:?}");
        }
    }

    #[test]
    fn every_command_is_found_by_its_name_and_named_in_the_usage_text() {
        for (name, command) in [
            ("ci", Command::Ci),
            ("deps", Command::Deps),
            ("book", Command::Book),
            ("bench", Command::Bench(Vec::new())),
            ("conformance", Command::Conformance(Vec::new())),
            ("deny", Command::Deny(Vec::new())),
            ("fleet", Command::Fleet(Vec::new())),
            ("fuzz", Command::Fuzz(Vec::new())),
            ("live", Command::Live(Vec::new())),
            ("overhead", Command::Overhead),
            ("package", Command::Package),
            ("public-types", Command::PublicTypes),
            ("semver", Command::Semver),
            ("soak", Command::Soak(Vec::new())),
        ] {
            assert_eq!(parse_words(name), Ok(command));
            assert!(USAGE.contains(&format!("\n  {name} ")), "{name}");
        }
    }

    #[test]
    fn conformance_keeps_its_arguments_untouched_even_those_that_look_like_ours() {
        let expected = ["--cases", "some dir", "--help", "--", "ci"].map(OsString::from);
        let given = [OsString::from("conformance")].into_iter().chain(expected.clone());
        assert_eq!(parse(given), Ok(Command::Conformance(expected.to_vec())));
    }

    #[test]
    fn an_unknown_command_and_a_stray_argument_are_refused_by_name() {
        assert_eq!(parse_words("bnech"), Err("unknown command `bnech`".to_owned()));
        assert_eq!(
            parse_words("ci --fast"),
            Err("`ci` takes no argument, got `--fast`".to_owned())
        );
    }
}
