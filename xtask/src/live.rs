//! `cargo xtask live`: what only other people's programs can prove.
//!
//! The client asks a LiteLLM proxy and llmock, and the official clients of OpenAI, Anthropic and Google for Python
//! and `curl` ask `ek-mock serve`; `McpServer` calls the tools of MCP servers in Python and for Node. All of it runs
//! on this machine; nothing leaves it once pip and npm have installed them. All files lie in `target/live`: the
//! virtual environments (kept for the next run), configuration and logs.

mod any_language;
mod config;
mod ek_mock;
mod health;
mod litellm;
mod llmock;
mod mcp;
mod programs;
mod server;
mod venv;

use crate::sh;
use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;

/// How much of a log is shown when something fails.
const TAIL_LINES: usize = 60;

/// Which programs run: those with this word in their name, or all.
struct Choice(Option<String>);

impl Choice {
    fn of(arguments: &[OsString]) -> Result<Self, String> {
        match arguments {
            [] => Ok(Self(None)),
            [word] => Ok(Self(Some(word.to_string_lossy().into_owned()))),
            [_, extra, ..] => Err(format!("`live` takes one word, got `{}` too", extra.display())),
        }
    }

    fn takes(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|word| name.contains(word))
    }
}

/// Runs all that is chosen, also if one has failed; the first exit status that is not 0.
pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    let chosen = Choice::of(arguments)?;
    let folder = sh::root().join("target").join("live");
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let mock = any_language::run(&folder, &chosen);
    let proxy = litellm::run(&folder, &chosen);
    let other_mock = llmock::run(&folder, &chosen);
    let mcp = mcp::run(&folder, &chosen);
    let statuses = [mock?, proxy?, other_mock?, mcp?];
    Ok(statuses.into_iter().find(|status| *status != 0).unwrap_or(0))
}

/// A loopback address nobody listens on. Another program may take it before the proxy does; then
/// the proxy ends at once and says so.
fn free_address() -> Result<SocketAddr, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port on the loopback address: {error}"))
}

/// The end of a log, between two lines.
fn tail_of(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = tail(&String::from_utf8_lossy(&text), TAIL_LINES);
    format!("--- the end of {} ---\n{text}\n---", log.display())
}

/// The last `count` lines.
fn tail(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_chooses_the_programs_that_have_it_in_their_name() {
        let all = Choice::of(&[]).expect("no word");
        assert!(all.takes("live") && all.takes("curl"));
        let some = Choice::of(&["embeddings".into()]).expect("one word");
        assert!(some.takes("live-embeddings") && some.takes("openai_embeddings_client.py"));
        assert!(!some.takes("live") && !some.takes("curl"));
        assert!(Choice::of(&["a".into(), "b".into()]).is_err());
    }

    #[test]
    fn the_tail_is_the_last_lines_or_all_there_are() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a\nb", 5), "a\nb");
        assert_eq!(tail("", 5), "");
    }
}
