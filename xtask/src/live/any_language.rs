//! Other languages against our server: the official clients of OpenAI, Anthropic and Google for Python, and
//! `curl`, ask `ek-mock serve`, and do not know that it is a mock.

use super::{Choice, ek_mock, free_address, tail_of, venv};
use crate::sh;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A client: the package, which is not pinned, since the point is to meet the clients as their users have them
/// today; its programs; and whether it adds the version to the URL by itself.
struct Client {
    package: &'static str,
    environment: &'static str,
    programs: &'static [&'static str],
    adds_version: bool,
}

const CLIENTS: [Client; 3] = [
    Client {
        package: "openai",
        environment: "venv-openai",
        programs: &[
            "openai_client.py",
            "openai_responses_client.py",
            "openai_embeddings_client.py",
        ],
        adds_version: false,
    },
    Client {
        package: "anthropic",
        environment: "venv-anthropic",
        programs: &["anthropic_client.py"],
        adds_version: true,
    },
    Client {
        package: "google-genai",
        environment: "venv-gemini",
        programs: &["gemini_client.py", "gemini_embeddings_client.py"],
        adds_version: true,
    },
];

/// What the script answers to whatever is none of its other questions.
const TEXT: &str = "Slowly cool kilns";

const QUESTION: &str = r#"{"model": "mock", "messages": [{"role": "user", "content": "Kilns?"}]}"#;

impl Client {
    fn is_chosen(&self, chosen: &Choice) -> bool {
        self.programs.iter().any(|program| chosen.takes(program))
    }
}

/// Asks everything that is chosen; the exit status of the first that found a fault.
pub(super) fn run(folder: &Path, chosen: &Choice) -> Result<u8, String> {
    if !chosen.takes("curl") && !CLIENTS.iter().any(|client| client.is_chosen(chosen)) {
        return Ok(0);
    }
    println!("--- other languages against ek-mock ---");
    let prepared = CLIENTS.iter().filter(|client| client.is_chosen(chosen)).map(|client| {
        let environment = folder.join(client.environment);
        Ok((client, venv::prepare(&environment, client.package, "python3")?))
    });
    let prepared: Vec<(&Client, PathBuf)> = prepared.collect::<Result<_, String>>()?;
    let log = folder.join("ek-mock.log");
    let address = free_address()?;
    println!("starting ek-mock on {address}, log in {}", log.display());
    let outcome = prove(&prepared, address, &log, chosen);
    if !matches!(outcome, Ok(0)) {
        eprintln!("{}", tail_of(&log));
    }
    outcome
}

/// The server ends with `server`.
fn prove(
    clients: &[(&Client, PathBuf)],
    address: SocketAddr,
    log: &Path,
    chosen: &Choice,
) -> Result<u8, String> {
    let _server = ek_mock::start(address, log)?;
    let base = format!("http://{address}/v1");
    let root = format!("http://{address}");
    for (client, python) in clients {
        for program in client.programs.iter().filter(|program| chosen.takes(program)) {
            println!("{program}");
            let url = if client.adds_version { &root } else { &base };
            match sh::status(Command::new(python).arg(ek_mock::client(program)).arg(url))? {
                0 => {}
                status => return Ok(status),
            }
        }
    }
    if !chosen.takes("curl") {
        return Ok(0);
    }
    curl(&base, QUESTION, &[TEXT, r#""finish_reason":"stop""#])?;
    let streamed = QUESTION.replacen('{', r#"{"stream": true, "#, 1);
    curl(&base, &streamed, &["data: {", "chat.completion.chunk", "data: [DONE]"])?;
    Ok(0)
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
    fn an_answer_that_lacks_a_word_is_found_by_it() {
        assert_eq!(missing("data: [DONE]", &["data: ", "[DONE]"]), None);
        assert_eq!(missing("data: x", &["data: ", "[DONE]"]), Some("[DONE]"));
    }

    #[test]
    fn the_script_that_is_served_knows_the_question() {
        let script = std::fs::read_to_string(ek_mock::client("tides.json")).unwrap();
        assert!(script.contains(TEXT));
    }
}
