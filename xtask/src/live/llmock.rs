//! Somebody else's mock: `llmock`, which speaks all native protocols, asked by `Provider`. It knows no reasoning and
//! counts no prompts; in Gemini's protocol its replies have neither an id nor a model.

use super::server::Server;
use super::{free_address, health, tail_of, venv};
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

/// What is asked in each protocol: the path of its base URL, a model, and what else the program is told.
const PROTOCOLS: [(&str, &str, &str, &[&str]); 3] = [
    ("anthropic", "/anthropic", "claude-sonnet-4-5", &[]),
    ("responses", "/v1", "gpt-4o", &[]),
    ("gemini", "/gemini/v1beta", "gemini-2.5-pro", &["--nameless"]),
];

/// Asks it everything that the live program asks in each protocol; the first exit status that is not 0.
pub(super) fn run(folder: &Path) -> Result<u8, String> {
    let program = venv::prepare(&folder.join("venv-llmock"), REQUIREMENT, "llmock")?;
    let log = folder.join("llmock.log");
    let address = free_address()?;
    println!("starting llmock on {address}, log in {}", log.display());
    let outcome = prove(&mut serve(&program, address, &log)?, address);
    if !matches!(outcome, Ok(0)) {
        eprintln!("{}", tail_of(&log));
    }
    outcome
}

/// The server ends with `server`.
fn prove(command: &mut Command, address: SocketAddr) -> Result<u8, String> {
    let mut server = Server::start(command)?;
    server.wait_until(|| health::is_alive(address, "/health"), START_LIMIT)?;
    for (protocol, path, model, told) in PROTOCOLS {
        println!("{protocol}");
        let status = sh::status(
            sh::program_of_tests("live-protocol")
                .args([protocol, "--tools"])
                .args(told)
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
