//! The command line.

use bench_load::Outcome;
use bench_load::wire::scenario::{self, Wire};
use executionkit_bench::driver::choice::Choice;

/// The text behind `--help` and every mistake.
pub const USAGE: &str = "\
Usage: cargo xtask bench --wire [options]

Measures executionkit on the wire (TLS, HTTP/2, distance, many streams) beside raw hyper-util with
hyper-rustls and prints one table of figures and their targets.

  --only NAME,...     these scenarios alone
  --peers             other clients too: reqwest by hand, async-openai, genai; builds them first
  --clients NAME,...  these clients alone (the yardstick is always there)
  --rounds N          measurements of each scenario, in place of each one's own number
  --json FILE         writes the lines too
";

/// What to measure.
#[derive(Debug)]
pub struct Options {
    pub(super) choice: Choice,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// For what is unknown or cannot be read.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Outcome<Self> {
        let is_scenario = |name: &str| Wire::named(name).map(drop);
        Ok(Self { choice: Choice::parse(arguments, is_scenario, |_| false)? })
    }

    pub(super) fn scenarios(&self) -> impl Iterator<Item = Wire> {
        scenario::ALL.into_iter().filter(|scenario| self.choice.has(scenario.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenarios_are_those_of_the_wire_and_no_option_is_of_this_command_line_alone() {
        let parse = |line: &str| Options::parse(line.split_whitespace().map(str::to_owned));
        let options = parse("--only held,flood").expect("known names");
        let scenarios: Vec<_> = options.scenarios().map(|scenario| scenario.name).collect();
        assert_eq!(scenarios, ["held", "flood"]);
        let mistake = |line| parse(line).expect_err("a mistake").to_string();
        assert_eq!(mistake("--only small"), "there is no scenario `small` of the wire");
        assert_eq!(mistake("--check"), "unknown option `--check`");
    }
}
