//! The command line.

use bench_load::Outcome;
use bench_load::wire::scenario::{self, Wire};
use executionkit_bench::clients::{OURS, YARDSTICK};
use executionkit_bench::driver::peers;

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
#[derive(Debug, Default)]
pub struct Options {
    only: Vec<String>,
    clients: Vec<String>,
    peers: bool,
    pub(super) rounds: Option<usize>,
    pub(super) json: Option<String>,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// For what is unknown or cannot be read.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Outcome<Self> {
        let mut options = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            let names = |list: String| list.split(',').map(str::to_owned).collect();
            match argument.as_str() {
                "--only" => options.only = names(value()?),
                "--peers" => options.peers = true,
                "--clients" => options.clients = names(value()?),
                "--rounds" => options.rounds = Some(value()?.parse::<usize>()?.max(1)),
                "--json" => options.json = Some(value()?),
                _ => return Err(format!("unknown option `{argument}`").into()),
            }
        }
        for name in &options.only {
            Wire::named(name)?;
        }
        let known = options.known();
        match options.clients.iter().find(|name| !known.contains(&name.as_str())) {
            Some(name) if peers::NAMES.contains(&name.as_str()) => {
                Err(format!("`{name}` is a peer: it needs --peers").into())
            }
            Some(name) => Err(format!("there is no client `{name}`").into()),
            None => Ok(options),
        }
    }

    pub(super) fn scenarios(&self) -> impl Iterator<Item = Wire> {
        let all = scenario::ALL.into_iter();
        all.filter(|scenario| {
            self.only.is_empty() || self.only.iter().any(|name| name == scenario.name)
        })
    }

    /// In the order of the table, the yardstick first.
    pub(super) fn clients(&self) -> Vec<&'static str> {
        let wanted = |client: &&str| {
            *client == YARDSTICK
                || self.clients.is_empty()
                || self.clients.iter().any(|name| name == client)
        };
        self.known().into_iter().filter(wanted).collect()
    }

    fn known(&self) -> Vec<&'static str> {
        let peers = peers::NAMES.into_iter().filter(|_| self.peers);
        [YARDSTICK, OURS].into_iter().chain(peers).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, String> {
        let options = Options::parse(line.split_whitespace().map(str::to_owned));
        options.map_err(|why| why.to_string())
    }

    #[test]
    fn scenarios_and_clients_are_chosen_by_name() {
        let options = parse("--only held,flood --peers --clients genai").expect("known names");
        let scenarios: Vec<_> = options.scenarios().map(|scenario| scenario.name).collect();
        assert_eq!(scenarios, ["held", "flood"]);
        assert_eq!(options.clients(), ["raw-hyper", "genai"]);
    }

    #[test]
    fn a_name_that_is_not_there_is_a_mistake() {
        let mistake = |line| parse(line).expect_err("a mistake");
        assert_eq!(mistake("--only small"), "there is no scenario `small` of the wire");
        assert_eq!(mistake("--clients curl"), "there is no client `curl`");
        assert_eq!(mistake("--clients genai"), "`genai` is a peer: it needs --peers");
        assert_eq!(mistake("--check"), "unknown option `--check`");
    }
}
