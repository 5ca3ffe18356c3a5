//! Somebody else's mock: `llmock`, which speaks all native protocols, asked by `Provider`. It knows no reasoning and
//! counts no prompts; in Gemini's protocol its replies have neither an id nor a model.

use super::programs::{self, Program};
use super::server::Server;
use super::{Choice, free_address, health, tail_of, venv};
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Importing its packages takes seconds.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Not pinned: the point is to meet it as its users do today.
const REQUIREMENT: &str = "llmock";

const PROGRAMS: &[Program] = &[
    Program {
        name: "live-protocol",
        arguments: &["anthropic", "--tools"],
        path: "/anthropic",
        model: "claude-sonnet-4-5",
    },
    Program {
        name: "live-protocol",
        arguments: &["responses", "--tools"],
        path: "/v1",
        model: "gpt-4o",
    },
    Program {
        name: "live-protocol",
        arguments: &["gemini", "--tools", "--nameless"],
        path: "/gemini/v1beta",
        model: "gemini-2.5-pro",
    },
    Program {
        name: "live-embeddings",
        arguments: &[],
        path: "/v1",
        model: "text-embedding-3-small",
    },
];

/// Asks it everything that the chosen programs ask; the first exit status that is not 0.
pub(super) fn run(folder: &Path, chosen: &Choice) -> Result<u8, String> {
    if !programs::are_chosen(PROGRAMS, chosen) {
        return Ok(0);
    }
    println!("--- the client against llmock ---");
    let program = venv::prepare(&folder.join("venv-llmock"), REQUIREMENT, "llmock")?;
    let log = folder.join("llmock.log");
    let address = free_address()?;
    println!("starting llmock on {address}, log in {}", log.display());
    let mut server = Server::start_logged(&mut serve(&program, address), &log)?;
    let ready = server.wait_until(|| health::is_alive(address, "/health"), START_LIMIT);
    let outcome = ready.and_then(|()| programs::run(PROGRAMS, address, "any", chosen));
    if !matches!(outcome, Ok(0)) {
        eprintln!("{}", tail_of(&log));
    }
    outcome
}

fn serve(program: &Path, address: SocketAddr) -> Command {
    let mut command = Command::new(program);
    command.args(["serve", "--host", &address.ip().to_string()]);
    command.args(["--port", &address.port().to_string()]);
    command
}
