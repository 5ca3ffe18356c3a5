//! Somebody else's mock: `llmock`, which speaks all native protocols, asked by `Provider`. It knows no reasoning and
//! counts no prompts; in Gemini's protocol its replies have neither an id nor a model.

use super::server::Server;
use super::{Choice, free_address, health, tail_of, venv};
use crate::sh;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Importing its packages takes seconds.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Not pinned: the point is to meet it as its users do today.
const REQUIREMENT: &str = "llmock";

/// The programs that ask it: their arguments, the path of the base URL, and a model.
const PROGRAMS: [(&str, &[&str], &str, &str); 4] = [
    ("live-protocol", &["anthropic", "--tools"], "/anthropic", "claude-sonnet-4-5"),
    ("live-protocol", &["responses", "--tools"], "/v1", "gpt-4o"),
    ("live-protocol", &["gemini", "--tools", "--nameless"], "/gemini/v1beta", "gemini-2.5-pro"),
    ("live-embeddings", &[], "/v1", "text-embedding-3-small"),
];

/// Asks it everything that the chosen programs ask; the first exit status that is not 0.
pub(super) fn run(folder: &Path, chosen: &Choice) -> Result<u8, String> {
    if !PROGRAMS.iter().any(|(name, ..)| chosen.takes(name)) {
        return Ok(0);
    }
    println!("--- the client against llmock ---");
    let program = venv::prepare(&folder.join("venv-llmock"), REQUIREMENT, "llmock")?;
    let log = folder.join("llmock.log");
    let address = free_address()?;
    println!("starting llmock on {address}, log in {}", log.display());
    let outcome = prove(&mut serve(&program, address, &log)?, address, chosen);
    if !matches!(outcome, Ok(0)) {
        eprintln!("{}", tail_of(&log));
    }
    outcome
}

/// The server ends with `server`.
fn prove(command: &mut Command, address: SocketAddr, chosen: &Choice) -> Result<u8, String> {
    let mut server = Server::start(command)?;
    server.wait_until(|| health::is_alive(address, "/health"), START_LIMIT)?;
    for (name, arguments, path, model) in PROGRAMS {
        if !chosen.takes(name) {
            continue;
        }
        println!("{name} {}", arguments.join(" "));
        let status = sh::status(
            sh::program_of_tests(name)
                .args(arguments)
                .env("EXECUTIONKIT_LIVE_BASE_URL", format!("http://{address}{path}"))
                .env("EXECUTIONKIT_LIVE_API_KEY", "any")
                .env("EXECUTIONKIT_LIVE_MODEL", model),
        )?;
        if status != 0 {
            return Ok(status);
        }
    }
    Ok(0)
}

fn serve(program: &Path, address: SocketAddr, log: &Path) -> Result<Command, String> {
    let cannot_write = |error| format!("cannot write {}: {error}", log.display());
    let stdout = File::create(log).map_err(cannot_write)?;
    let stderr = stdout.try_clone().map_err(cannot_write)?;
    let mut command = Command::new(program);
    command.args(["serve", "--host", &address.ip().to_string()]);
    command.args(["--port", &address.port().to_string()]);
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    Ok(command)
}
