//! The command line.

use crate::Outcome;
use crate::clients::YARDSTICK;
use crate::scenario::{self, Scenario};

/// The text behind `--help` and every mistake.
pub const USAGE: &str = "\
Usage: cargo xtask bench [options]

Measures executionkit beside a raw hyper client and prints one table of ratios.

  --only NAME,...     these scenarios alone
  --clients NAME,...  these clients alone (the yardstick is always there)
  --rounds N          measurements of each row (5)
  --no-footprint      without crates, build time, size and the first answer of a process
  --json FILE         writes the rows too
  --check             compares instructions with their ceilings, and nothing else
";

/// What to measure.
#[derive(Debug)]
pub struct Options {
    pub(super) only: Vec<String>,
    pub(super) clients: Vec<String>,
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
        Ok(options)
    }

    pub(super) fn scenarios(&self) -> impl Iterator<Item = Scenario> {
        let all = scenario::ALL.into_iter();
        all.filter(|scenario| {
            self.only.is_empty() || self.only.iter().any(|name| name == scenario.name)
        })
    }

    pub(super) fn wants(&self, client: &str) -> bool {
        client == YARDSTICK
            || self.clients.is_empty()
            || self.clients.iter().any(|name| name == client)
    }
}
