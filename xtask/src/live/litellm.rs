//! Somebody else's server: a LiteLLM proxy with mock models, asked by `Provider`.
//!
//! It has its own idea of the protocols; its models are mocks, so nothing leaves the machine once pip has
//! installed it. Its own mock streams nothing in Anthropic's protocol and fails on a stream of the Responses API,
//! so in the native protocols it passes the questions on to `ek-mock serve`. In Gemini's it gives neither ids nor
//! models. For Unix: the key comes from `/dev/urandom`.

use super::programs::{self, Program};
use super::server::Server;
use super::{Choice, config, ek_mock, free_address, health, tail_of, venv};
use std::fs::{self, File};
use std::io::Read as _;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// Importing the proxy's packages takes seconds on a warm machine and a minute on a cold one.
const START_LIMIT: Duration = Duration::from_secs(120);

/// What pip is asked for. Not pinned: the point is to meet the proxy as its users do today.
const REQUIREMENT: &str = "litellm[proxy]";

const PROGRAMS: &[Program] = &[
    Program { name: "live", path: "/v1", arguments: &[], model: config::PASSED_ON },
    Program {
        name: "live-protocol",
        path: "",
        arguments: &["anthropic", "--tools"],
        model: config::PASSED_ON,
    },
    Program {
        name: "live-protocol",
        path: "/v1",
        arguments: &["responses", "--tools"],
        model: config::PASSED_ON,
    },
    Program {
        name: "live-protocol",
        path: "/v1beta",
        arguments: &["gemini", "--tools", "--nameless"],
        model: config::PASSED_ON,
    },
    Program {
        name: "live-embeddings",
        path: "/v1",
        arguments: &["--shortens", "--proxy"],
        model: config::VECTORS_PASSED_ON,
    },
];

/// Asks the proxy everything that the chosen programs ask; the first exit status that is not 0.
pub(super) fn run(folder: &Path, chosen: &Choice) -> Result<u8, String> {
    if !programs::are_chosen(PROGRAMS, chosen) {
        return Ok(0);
    }
    println!("--- the client against LiteLLM ---");
    let program = venv::prepare(&folder.join("venv"), REQUIREMENT, "litellm")?;
    let config = folder.join("config.yaml");
    let upstream = free_address()?;
    let _upstream = ek_mock::start(upstream, &folder.join("ek-mock-behind-proxy.log"))?;
    fs::write(&config, config::text(upstream))
        .map_err(|error| format!("cannot write {}: {error}", config.display()))?;

    let log = folder.join("proxy.log");
    let address = free_address()?;
    let key = random_key()?;
    println!("starting the proxy on {address}, log in {}", log.display());
    let mut server = Server::start_logged(&mut proxy(&program, &config, address, &key), &log)?;
    let ready = server.wait_until(|| health::is_alive(address, "/health/liveliness"), START_LIMIT);
    let outcome = ready.and_then(|()| programs::run(PROGRAMS, address, &key, chosen));
    if !matches!(outcome, Ok(0)) {
        eprintln!("{}", tail_of(&log));
    }
    outcome
}

fn proxy(program: &Path, config: &Path, address: SocketAddr, key: &str) -> Command {
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
    command
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
}
