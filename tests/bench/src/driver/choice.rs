//! What both command lines choose alike: scenarios and clients by name, the rounds, and a file for the
//! figures.

use bench_load::Outcome;

use super::peers;
use crate::clients::{OURS, YARDSTICK};

/// The choice.
#[derive(Debug, Default)]
pub struct Choice {
    only: Vec<String>,
    clients: Vec<String>,
    peers: bool,
    /// Measurements of each row, where a number was given.
    pub rounds: Option<usize>,
    /// Where the figures are written for programs.
    pub json: Option<String>,
}

impl Choice {
    /// Reads the arguments. Those that are of one command line alone are given to `other`, which says
    /// whether it knows them.
    ///
    /// # Errors
    /// For what is unknown or cannot be read.
    pub fn parse(
        arguments: impl IntoIterator<Item = String>,
        is_scenario: impl Fn(&str) -> Outcome<()>,
        mut other: impl FnMut(&str) -> bool,
    ) -> Outcome<Self> {
        let mut choice = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let mut value = || arguments.next().ok_or(format!("{argument} needs a value"));
            let names = |list: String| list.split(',').map(str::to_owned).collect();
            match argument.as_str() {
                "--only" => choice.only = names(value()?),
                "--peers" => choice.peers = true,
                "--clients" => choice.clients = names(value()?),
                "--rounds" => choice.rounds = Some(value()?.parse::<usize>()?.max(1)),
                "--json" => choice.json = Some(value()?),
                argument if other(argument) => {}
                _ => return Err(format!("unknown option `{argument}`").into()),
            }
        }
        choice.only.iter().try_for_each(|name| is_scenario(name))?;
        let known = choice.known();
        match choice.clients.iter().find(|name| !known.contains(&name.as_str())) {
            Some(name) if peers::NAMES.contains(&name.as_str()) => {
                Err(format!("`{name}` is a peer: it needs --peers").into())
            }
            Some(name) => Err(format!("there is no client `{name}`").into()),
            None => Ok(choice),
        }
    }

    /// Whether the scenario of this name is measured.
    pub fn has(&self, scenario: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|name| name == scenario)
    }

    /// In the order of the table, the yardstick first.
    pub fn clients(&self) -> Vec<&'static str> {
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

    fn parse(line: &str) -> Result<Choice, String> {
        let arguments = line.split_whitespace().map(str::to_owned);
        let is_scenario = |name: &str| match name {
            "small" | "sse" => Ok(()),
            _ => Err(format!("there is no scenario `{name}`").into()),
        };
        let choice = Choice::parse(arguments, is_scenario, |argument| argument == "--check");
        choice.map_err(|why| why.to_string())
    }

    #[test]
    fn peers_are_measured_only_if_they_are_asked_for() {
        let clients = |line| parse(line).map(|choice| choice.clients());
        assert_eq!(clients(""), Ok(vec!["raw-hyper", "executionkit"]));
        let all = vec!["raw-hyper", "executionkit", "reqwest", "async-openai", "genai"];
        assert_eq!(clients("--peers"), Ok(all));
        assert_eq!(clients("--peers --clients genai"), Ok(vec!["raw-hyper", "genai"]));
    }

    #[test]
    fn scenarios_are_chosen_by_name_and_all_of_them_without_a_name() {
        let small = parse("--only small --check").expect("known names");
        assert_eq!((small.has("small"), small.has("sse")), (true, false));
        assert!(parse("").expect("nothing").has("sse"));
    }

    #[test]
    fn what_is_not_there_is_a_mistake() {
        let mistake = |line| parse(line).expect_err("a mistake");
        assert_eq!(mistake("--only held"), "there is no scenario `held`");
        assert_eq!(mistake("--clients genai"), "`genai` is a peer: it needs --peers");
        assert_eq!(mistake("--clients curl"), "there is no client `curl`");
        assert_eq!(mistake("--rounds"), "--rounds needs a value");
        assert_eq!(mistake("--fast"), "unknown option `--fast`");
    }
}
