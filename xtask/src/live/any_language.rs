//! Other languages against our server: the official clients of OpenAI and Anthropic for Python, and `curl`,
//! ask `ek-mock serve`, and do not know that it is a mock.

use super::server::Server;
use super::{free_address, health, tail_of, venv};
use crate::sh;
use std::fs::File;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

/// The server starts in milliseconds; a busy machine gets its time.
const START_LIMIT: Duration = Duration::from_secs(60);

/// The packages. Not pinned: the point is to meet the clients as their users have them today.
const OPENAI: &str = "openai";
const ANTHROPIC: &str = "anthropic";

/// What the script answers to whatever is none of its other questions.
const TEXT: &str = "Slowly cool kilns";

const QUESTION: &str = r#"{"model": "mock", "messages": [{"role": "user", "content": "Kilns?"}]}"#;

/// Asks everything; the exit status of the first that found a fault.
pub(super) fn run(folder: &Path) -> Result<u8, String> {
    let openai = venv::prepare(&folder.join("venv-openai"), OPENAI, "python3")?;
    let anthropic = venv::prepare(&folder.join("venv-anthropic"), ANTHROPIC, "python3")?;
    let log = folder.join("ek-mock.log");
    let address = free_address()?;
    println!("starting ek-mock on {address}, log in {}", log.display());
    let outcome = prove(&openai, &anthropic, address, &log);
    if !matches!(outcome, Ok(0)) {
        eprintln!("{}", tail_of(&log));
    }
    outcome
}

/// The server ends with `server`.
fn prove(openai: &Path, anthropic: &Path, address: SocketAddr, log: &Path) -> Result<u8, String> {
    let clients = sh::root().join("tests").join("clients");
    let mut server = Server::start(&mut serve(&clients.join("tides.json"), address, log)?)?;
    server.wait_until(|| health::is_alive(address, "/v1/models"), START_LIMIT)?;
    let base = format!("http://{address}/v1");
    // Anthropic's client adds the version by itself.
    let root = format!("http://{address}");
    for (python, program, url) in
        [(openai, "openai_client.py", &base), (anthropic, "anthropic_client.py", &root)]
    {
        match sh::status(Command::new(python).arg(clients.join(program)).arg(url))? {
            0 => {}
            status => return Ok(status),
        }
    }
    curl(&base, QUESTION, &[TEXT, r#""finish_reason":"stop""#])?;
    let streamed = QUESTION.replacen('{', r#"{"stream": true, "#, 1);
    curl(&base, &streamed, &["data: {", "chat.completion.chunk", "data: [DONE]"])?;
    Ok(0)
}

/// Built first and then run by itself: a `cargo run` that is ended leaves its program behind.
fn serve(script: &Path, address: SocketAddr, log: &Path) -> Result<Command, String> {
    let arguments = ["build", "--quiet", "--package", "ek-mock", "--features", "cli"];
    sh::run(sh::cargo().current_dir(sh::root()).args(arguments))?;
    let cannot_write = |error| format!("cannot write {}: {error}", log.display());
    let stdout = File::create(log).map_err(cannot_write)?;
    let stderr = stdout.try_clone().map_err(cannot_write)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(std::path::PathBuf::from);
    let target = target.unwrap_or_else(|| sh::root().join("target"));
    let mut command = Command::new(target.join("debug").join("ek-mock"));
    command.arg("serve").arg(script).args(["--port", &address.port().to_string()]);
    command.stdin(Stdio::null()).stdout(stdout).stderr(stderr);
    Ok(command)
}

/// Fails unless the answer holds all of these.
fn curl(base: &str, body: &str, wanted: &[&str]) -> Result<(), String> {
    let url = format!("{base}/chat/completions");
    let answer = sh::output(&mut post(&url, body))?;
    match missing(&answer, wanted) {
        None => {
            println!(
                "ok     curl, {}",
                if body.contains("stream") { "a stream" } else { "a completion" }
            );
            Ok(())
        }
        Some(word) => Err(format!("curl was answered without `{word}`: {answer}")),
    }
}

fn post(url: &str, body: &str) -> Command {
    let mut command = Command::new("curl");
    command.args(["--silent", "--show-error", "--no-buffer", "--max-time", "60", "--noproxy", "*"]);
    command.args(["--header", "content-type: application/json", "--data", body, url]);
    command
}

fn missing<'a>(answer: &str, wanted: &[&'a str]) -> Option<&'a str> {
    wanted.iter().copied().find(|word| !answer.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_lacks_a_word_is_told_by_it() {
        assert_eq!(missing("data: [DONE]", &["data: ", "[DONE]"]), None);
        assert_eq!(missing("data: x", &["data: ", "[DONE]"]), Some("[DONE]"));
    }

    #[test]
    fn the_script_that_is_served_knows_the_question() {
        let script = sh::root().join("tests").join("clients").join("tides.json");
        let script = std::fs::read_to_string(script).unwrap();
        assert!(script.contains(TEXT));
    }
}
