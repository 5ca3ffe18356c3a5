//! The command line.

use bench_load::Outcome;
use bench_load::scenario::{self, Scenario};

use super::peers;
use crate::clients::{OURS, YARDSTICK};

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
    pub(super) only: Vec<String>,
    clients: Vec<String>,
    peers: bool,
    pub(super) rounds: usize,
    pub(super) footprint: bool,
    pub(super) json: Option<String>,
    pub(super) check: bool,
}

impl Options {
    /// Reads the arguments.
    ///
    /// # Errors
    /// For what is unknown or cannot be read.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Outcome<Self> {
        let mut options = Self {
            only: Vec::new(),
            clients: Vec::new(),
            peers: false,
            rounds: 5,
            footprint: true,
            json: None,
            check: false,
        };
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            let names = |list: String| list.split(',').map(str::to_owned).collect();
            match argument.as_str() {
                "--only" => options.only = names(value()?),
                "--peers" => options.peers = true,
                "--clients" => options.clients = names(value()?),
                "--rounds" => options.rounds = value()?.parse::<usize>()?.max(1),
                "--no-footprint" => options.footprint = false,
                "--json" => options.json = Some(value()?),
                "--check" => options.check = true,
                _ => return Err(format!("unknown option `{argument}`").into()),
            }
        }
        for name in &options.only {
            Scenario::named(name)?;
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

    pub(super) fn scenarios(&self) -> impl Iterator<Item = Scenario> {
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

    fn clients(line: &str) -> Result<Vec<&'static str>, String> {
        let options = Options::parse(line.split_whitespace().map(str::to_owned));
        options.map(|options| options.clients()).map_err(|why| why.to_string())
    }

    #[test]
    fn peers_are_measured_only_if_they_are_asked_for() {
        assert_eq!(clients(""), Ok(vec!["raw-hyper", "executionkit"]));
        let all = vec!["raw-hyper", "executionkit", "reqwest", "async-openai", "genai"];
        assert_eq!(clients("--peers"), Ok(all));
        assert_eq!(clients("--peers --clients genai"), Ok(vec!["raw-hyper", "genai"]));
    }

    #[test]
    fn a_client_that_is_not_there_is_a_mistake() {
        assert_eq!(clients("--clients genai"), Err("`genai` is a peer: it needs --peers".into()));
        assert_eq!(clients("--clients curl"), Err("there is no client `curl`".into()));
    }
}
