//! The command line: what may stand there, and what is said of what may not.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use lexopt::prelude::*;

use crate::RecordMode;

pub(super) const USAGE: &str = "\
A scripted endpoint of a model, for tests in any language.

Usage:
  ek-mock serve SCRIPT.json [options]                  play a script
  ek-mock serve --replay DIR [options]                 play recorded exchanges
  ek-mock serve --record DIR --upstream URL [options]  ask a real endpoint, and record

Options:
  --port N         the port; by default a free one
  --host ADDR      the address to listen on; default 127.0.0.1
  --record-mode M  what becomes of a question that DIR has already: replace (the default) its
                   recordings, append another, or refuse to write
  --chaos-seed N   spoil some replies; the same seed spoils the same ones
  --chaos-rate R   how many of them, from 0 to 1; default 0.25
                   (a script may have both under `chaos`; what stands here comes first)
  --no-waits       with --replay: do not wait as long as the endpoint did
  --format         show what a script may hold
  -h, --help       show this
  -V, --version    show the version

A small script: {\"rules\": [{\"when\": {\"user_text_contains\": \"hi\"}, \"replies\": \"Hello.\"}]}
An unknown key is an error that lists the known ones.

With a script, --record answers what no rule fits from the endpoint.
Clients ask POST <base>/chat/completions or <base>/responses, as Anthropic's clients do <base>/messages,
or as Google's do <base>/models/MODEL:generateContent. For vectors they ask POST <base>/embeddings or
<base>/models/MODEL:batchEmbedContents. GET <base>/models lists models, and GET /__journal lists what was
asked. Ctrl-C ends it.";

/// What a script may hold, as the API documentation has it.
pub(super) const FORMAT: &str = include_str!("../script/format.md");

/// What is to be done.
#[derive(Debug, PartialEq)]
pub(super) enum Command {
    Help,
    Format,
    Version,
    Serve(Serve),
}

/// What is to be served, and how.
#[derive(Debug, PartialEq)]
pub(super) struct Serve {
    pub(super) script: Option<PathBuf>,
    pub(super) replay: Option<PathBuf>,
    pub(super) record: Option<Record>,
    pub(super) host: IpAddr,
    pub(super) port: u16,
    pub(super) chaos_seed: Option<u64>,
    pub(super) chaos_rate: Option<f64>,
    pub(super) no_waits: bool,
}

/// From where to where.
#[derive(Debug, PartialEq)]
pub(super) struct Record {
    pub(super) folder: PathBuf,
    pub(super) upstream: String,
    pub(super) mode: RecordMode,
}

/// Reads the arguments.
///
/// # Errors
///
/// What is wrong with them, in one line.
pub(super) fn read(mut parser: lexopt::Parser) -> Result<Command, String> {
    let mut serve = Serve {
        script: None,
        replay: None,
        record: None,
        host: Ipv4Addr::LOCALHOST.into(),
        port: 0,
        chaos_seed: None,
        chaos_rate: None,
        no_waits: false,
    };
    let (mut begun, mut folder, mut upstream, mut mode) = (false, None, None, None);
    while let Some(argument) = parser.next().map_err(|error| error.to_string())? {
        match argument {
            Short('h') | Long("help") => return Ok(Command::Help),
            Long("format") => return Ok(Command::Format),
            Short('V') | Long("version") => return Ok(Command::Version),
            Value(word) if !begun => {
                if word != "serve" {
                    return Err(format!("there is no command {word:?}; there is `serve`"));
                }
                begun = true;
            }
            Value(path) if serve.script.is_none() => serve.script = Some(path.into()),
            Value(path) => return Err(format!("one script is enough, and {path:?} is another")),
            Long("port") => serve.port = number(&mut parser, "--port", "a port from 0 to 65535")?,
            Long("host") => serve.host = number(&mut parser, "--host", "an IP address")?,
            Long("replay") => serve.replay = Some(path(&mut parser, "--replay", "a folder")?),
            Long("record") => folder = Some(path(&mut parser, "--record", "a folder")?),
            Long("upstream") => {
                upstream = Some(number(&mut parser, "--upstream", "the base URL of an endpoint")?);
            }
            Long("record-mode") => mode = Some(record_mode(&mut parser)?),
            Long("chaos-seed") => {
                let seed = number(&mut parser, "--chaos-seed", "a whole number from 0 up")?;
                serve.chaos_seed = Some(seed);
            }
            Long("chaos-rate") => serve.chaos_rate = Some(rate(&mut parser)?),
            Long("no-waits") => serve.no_waits = true,
            other => return Err(other.unexpected().to_string()),
        }
    }
    serve.record = match (folder, upstream) {
        (Some(folder), Some(upstream)) => {
            Some(Record { folder, upstream, mode: mode.unwrap_or_default() })
        }
        (Some(_), None) => return Err("--record needs --upstream, the endpoint to ask".into()),
        (None, Some(_)) => return Err("--upstream needs --record, the folder to write to".into()),
        (None, None) if mode.is_some() => return Err("--record-mode goes with --record".into()),
        (None, None) => None,
    };
    check(begun, &serve)?;
    Ok(Command::Serve(serve))
}

/// What fits together.
fn check(begun: bool, serve: &Serve) -> Result<(), String> {
    if !begun {
        return Err("a command is needed: `serve`".to_owned());
    }
    if serve.replay.is_some() && (serve.script.is_some() || serve.record.is_some()) {
        return Err("--replay goes with neither a script nor --record".to_owned());
    }
    if serve.script.is_none() && serve.replay.is_none() && serve.record.is_none() {
        return Err("a script is needed, or --replay DIR, or --record DIR".to_owned());
    }
    if serve.chaos_rate.is_some() && serve.chaos_seed.is_none() {
        return Err("--chaos-rate needs --chaos-seed, so that a run can be repeated".to_owned());
    }
    if serve.no_waits && serve.replay.is_none() {
        return Err("--no-waits goes with --replay".to_owned());
    }
    Ok(())
}

fn number<T: std::str::FromStr>(
    parser: &mut lexopt::Parser,
    option: &str,
    what: &str,
) -> Result<T, String> {
    let value = parser.value().map_err(|_| format!("{option} needs a value: {what}"))?;
    let parsed = value.to_str().and_then(|text| text.parse().ok());
    parsed.ok_or_else(|| format!("{option} takes {what}, and not {value:?}"))
}

fn path(parser: &mut lexopt::Parser, option: &str, what: &str) -> Result<PathBuf, String> {
    let value = parser.value().map_err(|_| format!("{option} needs a value: {what}"))?;
    Ok(value.into())
}

fn record_mode(parser: &mut lexopt::Parser) -> Result<RecordMode, String> {
    let what = "replace, append or refuse";
    match number::<String>(parser, "--record-mode", what)?.as_str() {
        "replace" => Ok(RecordMode::Replace),
        "append" => Ok(RecordMode::Append),
        "refuse" => Ok(RecordMode::Refuse),
        other => Err(format!("--record-mode takes {what}, and not {other:?}")),
    }
}

fn rate(parser: &mut lexopt::Parser) -> Result<f64, String> {
    let what = "a share from 0 to 1";
    let rate: f64 = number(parser, "--chaos-rate", what)?;
    if (0.0..=1.0).contains(&rate) {
        Ok(rate)
    } else {
        Err(format!("--chaos-rate takes {what}, and not {rate}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        read(lexopt::Parser::from_args(line.split_whitespace()))
    }

    fn served(line: &str) -> Serve {
        match parsed(line) {
            Ok(Command::Serve(serve)) => serve,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn the_script_that_the_help_shows_is_one() {
        let mut lines = USAGE.lines();
        let shown = lines.find_map(|line| line.strip_prefix("A small script: "));
        assert!(crate::Script::from_json(shown.expect("a script")).is_ok());
    }

    #[test]
    fn a_script_alone_is_enough() {
        let serve = served("serve tides.json");
        assert_eq!(serve.script, Some("tides.json".into()));
        assert_eq!((serve.host, serve.port), (Ipv4Addr::LOCALHOST.into(), 0));
        assert_eq!((serve.chaos_seed, serve.chaos_rate, serve.no_waits), (None, None, false));
    }

    #[test]
    fn options_stand_anywhere_and_take_their_values_either_way() {
        let serve = served("serve --port=8080 tides.json --host 0.0.0.0 --chaos-seed 7");
        assert_eq!((serve.port, serve.host.to_string()), (8080, "0.0.0.0".to_owned()));
        assert_eq!(serve.chaos_seed, Some(7));
        let serve = served("serve --record tapes --upstream https://api.example.com/v1");
        let record = serve.record.expect("both were said");
        assert_eq!(record.folder, PathBuf::from("tapes"));
        assert_eq!(record.upstream, "https://api.example.com/v1");
        assert_eq!(record.mode, RecordMode::Replace);
        let serve = served("serve --record tapes --upstream x --record-mode append");
        assert_eq!(serve.record.map(|record| record.mode), Some(RecordMode::Append));
        assert!(served("serve --replay tapes --no-waits").no_waits);
        for help in ["-h", "--help", "serve --help"] {
            assert_eq!(parsed(help), Ok(Command::Help));
        }
        assert_eq!(parsed("-V"), Ok(Command::Version));
        assert_eq!(parsed("--format"), Ok(Command::Format));
    }

    #[test]
    fn what_cannot_be_meant_is_said_in_one_line() {
        for (line, why) in [
            ("", "a command is needed: `serve`"),
            ("play tides.json", "there is no command \"play\"; there is `serve`"),
            ("serve", "a script is needed, or --replay DIR, or --record DIR"),
            ("serve a.json b.json", "one script is enough, and \"b.json\" is another"),
            ("serve a.json --port", "--port needs a value: a port from 0 to 65535"),
            ("serve a.json --port 70000", "--port takes a port from 0 to 65535, and not \"70000\""),
            ("serve a.json --host kiln", "--host takes an IP address, and not \"kiln\""),
            ("serve a.json --loud", "invalid option '--loud'"),
            ("serve --record tapes", "--record needs --upstream, the endpoint to ask"),
            ("serve --upstream x", "--upstream needs --record, the folder to write to"),
            ("serve a.json --replay t", "--replay goes with neither a script nor --record"),
            (
                "serve a.json --chaos-rate 0.5",
                "--chaos-rate needs --chaos-seed, so that a run can be repeated",
            ),
            (
                "serve a.json --chaos-seed 1 --chaos-rate 2",
                "--chaos-rate takes a share from 0 to 1, and not 2",
            ),
            ("serve a.json --no-waits", "--no-waits goes with --replay"),
            ("serve a.json --record-mode append", "--record-mode goes with --record"),
            (
                "serve --record a --upstream b --record-mode add",
                "--record-mode takes replace, append or refuse, and not \"add\"",
            ),
        ] {
            assert_eq!(parsed(line), Err(why.to_owned()), "{line}");
        }
    }
}
