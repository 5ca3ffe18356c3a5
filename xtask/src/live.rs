//! `cargo xtask live`: proves the client against a LiteLLM proxy that runs on this machine.
//!
//! The proxy is somebody else's server with somebody else's idea of the protocol; its models are
//! mocks, so nothing leaves the machine once pip has installed it. All files lie in `target/live`:
//! the virtual environment (kept for the next run), the configuration and the proxy's log.
//! For Unix: the key comes from `/dev/urandom`.

mod config;
mod health;
mod server;
mod venv;

use crate::sh;
use server::Server;
use std::fs::{self, File};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Importing the proxy's packages takes seconds on a warm machine and a minute on a cold one.
const START_LIMIT: Duration = Duration::from_secs(120);

/// How much of the log is shown when something fails.
const TAIL_LINES: usize = 60;

pub(crate) fn run() -> Result<u8, String> {
    let folder = sh::root().join("target").join("live");
    fs::create_dir_all(&folder)
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    let program = venv::prepare(&folder)?;
    let config = folder.join("config.yaml");
    fs::write(&config, config::text())
        .map_err(|error| format!("cannot write {}: {error}", config.display()))?;

    let log = folder.join("proxy.log");
    let address = free_address()?;
    let key = random_key()?;
    println!("starting the proxy on {address}, log in {}", log.display());
    let outcome = prove(&mut proxy(&program, &config, address, &key, &log)?, address, &key);
    if !matches!(outcome, Ok(0)) {
        let text = fs::read(&log).unwrap_or_default();
        eprintln!(
            "--- the end of {} ---\n{}\n---",
            log.display(),
            tail(&String::from_utf8_lossy(&text), TAIL_LINES)
        );
    }
    outcome
}

/// Runs the program with the questions against a proxy that is ready. The proxy ends with `server`.
fn prove(command: &mut Command, address: SocketAddr, key: &str) -> Result<u8, String> {
    let mut server = Server::start(command)?;
    server.wait_until(|| health::is_alive(address), START_LIMIT)?;
    sh::status(
        sh::program_of_tests("live")
            .env("EXECUTIONKIT_LIVE_BASE_URL", format!("http://{address}/v1"))
            .env("EXECUTIONKIT_LIVE_API_KEY", key),
    )
}

fn proxy(
    program: &Path,
    config: &Path,
    address: SocketAddr,
    key: &str,
    log: &Path,
) -> Result<Command, String> {
    let cannot_write = |error| format!("cannot write {}: {error}", log.display());
    let stdout = File::create(log).map_err(cannot_write)?;
    let stderr = stdout.try_clone().map_err(cannot_write)?;
    let mut command = Command::new(program);
    command.arg("--config").arg(config);
    command.args(["--host", &address.ip().to_string(), "--port", &address.port().to_string()]);
    command
        .env("LITELLM_MASTER_KEY", key)
        // Prices come from the package and not from the net.
        .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
        // No `.env` file and no database of the user's own.
        .env("LITELLM_MODE", "PRODUCTION")
        .env_remove("DATABASE_URL")
        .env("LITELLM_DONT_SHOW_FEEDBACK_BOX", "true")
        .env("NO_COLOR", "1");
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    Ok(command)
}

/// A loopback address nobody listens on. Another program may take it before the proxy does; then
/// the proxy ends at once and says so.
fn free_address() -> Result<SocketAddr, String> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_err(|error| format!("no free port on the loopback address: {error}"))
}

/// A fresh key for each run: the proxy refuses short and well-known ones.
fn random_key() -> Result<String, String> {
    let mut bytes = [0; 24];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .map_err(|error| format!("cannot read /dev/urandom: {error}"))?;
    Ok(key_from(&bytes))
}

fn key_from(bytes: &[u8]) -> String {
    let hex: Vec<_> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sk-{}", hex.concat())
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
    fn a_key_is_sk_and_two_hex_digits_per_byte() {
        assert_eq!(key_from(&[0x00, 0x0f, 0xff]), "sk-000fff");
    }

    #[cfg(unix)]
    #[test]
    fn two_keys_differ_and_are_long_enough_for_the_proxy() {
        let (one, other) = (random_key().unwrap(), random_key().unwrap());
        assert_ne!(one, other);
        assert_eq!(one.len(), 51);
    }

    #[test]
    fn the_tail_is_the_last_lines_or_all_there_are() {
        assert_eq!(tail("a\nb\nc\n", 2), "b\nc");
        assert_eq!(tail("a\nb", 5), "a\nb");
        assert_eq!(tail("", 5), "");
    }
}
