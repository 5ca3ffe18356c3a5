//! The command line.

use bench_load::Outcome;
use bench_load::scenario::{self, Scenario};

use super::choice::Choice;

/// The text behind `--help` and every mistake.
pub const USAGE: &str = "\
Usage: cargo xtask bench [options]

Measures executionkit beside a raw hyper client and prints one table of ratios.

  --only NAME,...     these scenarios alone
  --peers             other clients too: reqwest by hand, async-openai, genai; builds them first
  --clients NAME,...  these clients alone (the yardstick is always there)
  --rounds N          measurements of each row (5)
  --no-footprint      without crates, build time, size and the first answer of a process
  --json FILE         writes the rows too
  --check             compares instructions with their ceilings, and nothing else
  --wire              TLS, HTTP/2, distance and many streams in place of all this: another program,
                      with options of its own (`bench --wire --help`)
";

/// What to measure.
#[derive(Debug)]
pub struct Options {
    pub(super) choice: Choice,
    pub(super) footprint: bool,
    pub(super) check: bool,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// For what is unknown or cannot be read.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Outcome<Self> {
        let (mut footprint, mut check) = (true, false);
        let is_scenario = |name: &str| Scenario::named(name).map(drop);
        let choice = Choice::parse(arguments, is_scenario, |argument| {
            match argument {
                "--no-footprint" => footprint = false,
                "--check" => check = true,
                _ => return false,
            }
            true
        })?;
        Ok(Self { choice, footprint, check })
    }

    pub(super) fn scenarios(&self) -> impl Iterator<Item = Scenario> {
        scenario::ALL.into_iter().filter(|scenario| self.choice.has(scenario.name))
    }

    /// Measurements of each row.
    pub(super) fn rounds(&self) -> usize {
        self.choice.rounds.unwrap_or(5)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_this_command_line_alone_has_is_read_beside_the_choice() {
        let parse = |line: &str| Options::parse(line.split_whitespace().map(str::to_owned));
        let options = parse("--no-footprint --only sse,tools --check").expect("known options");
        let scenarios: Vec<_> = options.scenarios().map(|scenario| scenario.name).collect();
        assert_eq!((options.footprint, options.check), (false, true));
        assert_eq!((scenarios, options.rounds()), (vec!["tools", "sse"], 5));
        let mistake = parse("--only held").expect_err("a scenario of the wire").to_string();
        assert_eq!(mistake, "there is no scenario `held`");
    }
}
