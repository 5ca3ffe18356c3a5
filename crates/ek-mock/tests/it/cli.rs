//! The program, run as people run it.
#![cfg(unix)]

use std::process::{Output, Stdio};
use std::time::Duration;

use ek_core::{ChatRequest, LlmProvider as _};
use ek_http::Provider;
use ek_mock::wire::{Connection, MockServer, RawServer, ServerTls, response};
use ek_mock::{Chaos, Script};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::cassettes::Folder;
use crate::support::{get, json};

/// Nothing here takes long; this keeps a broken program from holding the test run up.
const LONG: Duration = Duration::from_secs(100);

const TIDES: &str = r#"{"rules": [{"replies": "High water is at noon."}]}"#;

fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ek-mock"));
    command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// A server that says where it is. It is ended with the test, whatever happens.
struct Running {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    uri: String,
}

impl Running {
    async fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("it runs");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let first = timeout(LONG, out.next_line()).await.expect("in time").expect("a pipe");
        let first = first.expect("a line");
        let uri = first.strip_prefix("serving ").expect("where it is").to_owned();
        let mut running = Self { child, out, uri };
        assert_eq!(running.line().await, format!("journal http://{}/__journal", running.address()));
        running
    }

    async fn line(&mut self) -> String {
        let line = timeout(LONG, self.out.next_line()).await.expect("in time").expect("a pipe");
        line.expect("a line")
    }

    fn address(&self) -> String {
        self.uri.replace("http://", "").replace("/v1", "")
    }

    fn provider(&self) -> Provider {
        Provider::builder(&self.uri, "m").api_key("kiln0key0one").build().expect("settings")
    }

    /// Does what Ctrl-C does.
    async fn signal(&self) {
        let id = self.child.id().expect("it runs").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().await;
        assert!(sent.expect("`kill` runs").success());
    }

    /// Ends it as Ctrl-C does, and gives its last line.
    async fn interrupt(mut self) -> String {
        self.signal().await;
        let last = self.line().await;
        let status = timeout(LONG, self.child.wait()).await.expect("in time").expect("it ends");
        assert_eq!(status.code(), Some(0));
        last
    }
}

/// How a call that was wrong ends: its status, and what it says.
async fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let output = timeout(LONG, program(arguments).output()).await.expect("in time");
    let Output { status, stderr, stdout } = output.expect("it runs");
    assert!(stdout.is_empty());
    (status.code(), String::from_utf8(stderr).expect("text"))
}

#[tokio::test]
async fn a_script_is_served_until_ctrl_c() {
    let folder = Folder::new();
    folder.write("tides.json", TIDES);
    let script = folder.path().join("tides.json");
    let running = Running::start(program(&["serve", script.to_str().expect("UTF-8")])).await;
    let reply = running.provider().complete(&ChatRequest::user("tide?")).await.expect("a reply");
    assert_eq!(reply.content, "High water is at noon.");
    let journal = json(&get(&running.address(), "/__journal").await);
    assert_eq!(journal["calls"][0]["request"]["messages"][0]["content"], "tide?");
    assert_eq!(running.interrupt().await, "stopped; calls: 1");
}

#[tokio::test]
async fn expectations_that_are_not_met_are_reported_at_the_end() {
    let folder = Folder::new();
    folder.write("tides.json", TIDES.replace("\"replies\"", "\"expect_calls\": 2, \"replies\""));
    let script = folder.path().join("tides.json");
    let mut running = Running::start(program(&["serve", script.to_str().expect("UTF-8")])).await;
    running.provider().complete(&ChatRequest::user("tide?")).await.expect("a reply");
    running.signal().await;
    assert_eq!(running.line().await, "stopped; calls: 1");
    let output = timeout(LONG, running.child.wait_with_output()).await.expect("in time");
    let output = output.expect("it ends");
    let text = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("expected exactly 2 calls"), "{text}");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_faults_in_another_process() {
    let folder = Folder::new();
    folder.write("tides.json", TIDES);
    let script = folder.path().join("tides.json");
    let script = script.to_str().expect("UTF-8");
    let mut command = program(&["serve", script, "--chaos-seed", "7", "--chaos-rate", "0.5"]);
    command.stderr(Stdio::inherit());
    let running = Running::start(command).await;
    let provider = running.provider();
    for _ in 0..8 {
        let _ = provider.complete(&ChatRequest::user("tide?")).await;
    }
    let journal = json(&get(&running.address(), "/__journal").await);
    let calls = journal["calls"].as_array().expect("a list");
    let met: Vec<_> = calls.iter().map(|call| call["chaos"].as_str().map(str::to_owned)).collect();
    let chaos = Chaos::seeded(7).with_rate(0.5);
    let expected: Vec<_> = (1..=8).map(|number| chaos.fault_of_call(number)).collect();
    assert_eq!(met, expected);
}

#[tokio::test]
async fn an_endpoint_is_recorded_over_tls_and_replayed_without_it() {
    let (folder, tapes) = (Folder::new(), Folder::new());
    let tls = ServerTls::localhost();
    folder.write("ca.pem", tls.ca_pem());
    let body = r#"{"choices":[{"message":{"content":"flood"},"finish_reason":"stop"}]}"#;
    let headers = [("content-type", "application/json")];
    let answer = response(200, &headers, body);
    let answers = Connection::new().read_request().write(answer).repeat();
    let upstream = RawServer::start_tls(answers, tls).await;
    let tape = tapes.path().to_str().expect("UTF-8").to_owned();
    let mut command =
        program(&["serve", "--record", &tape, "--upstream", &format!("{}/v1", upstream.uri())]);
    command.env("SSL_CERT_FILE", folder.path().join("ca.pem"));
    let mut running = Running::start(command).await;
    let said = running.line().await;
    assert_eq!(said, format!("recording {}/v1 to {tape}", upstream.uri()));
    let reply = running.provider().complete(&"tide?".into()).await.expect("a reply");
    assert_eq!(reply.content, "flood");
    assert_eq!(running.line().await, format!("written {tape}/0001.json"));
    assert_eq!(running.interrupt().await, "stopped; exchanges written: 1 of 1");
    assert_eq!(upstream.requests()[0].path(), "/v1/chat/completions");
    drop(upstream);

    let running = Running::start(program(&["serve", "--replay", &tape, "--no-waits"])).await;
    let reply = running.provider().complete(&"tide?".into()).await.expect("a reply");
    assert_eq!(reply.content, "flood");
}

#[tokio::test]
async fn a_script_answers_first_and_the_endpoint_what_no_rule_fits() {
    let (folder, tapes) = (Folder::new(), Folder::new());
    let rule = r#"{"rules": [{"when": {"user_text": "wind?"}, "replies": "calm"}]}"#;
    folder.write("wind.json", rule);
    let script = folder.path().join("wind.json");
    let upstream = MockServer::start(Script::cycling(["flood"])).await;
    let (script, tape) = (script.to_str().expect("UTF-8"), tapes.path().to_str().expect("UTF-8"));
    let arguments = ["serve", script, "--record", tape, "--upstream", &upstream.uri()];
    let running = Running::start(program(&arguments)).await;
    let provider = running.provider();
    for (question, answer) in [("wind?", "calm"), ("tide?", "flood")] {
        let reply = provider.complete(&ChatRequest::user(question)).await.expect("a reply");
        assert_eq!(reply.content, answer);
    }
    assert_eq!(upstream.call_count(), 1);
}

#[tokio::test]
async fn what_cannot_be_served_is_said_with_the_place() {
    let folder = Folder::new();
    folder.write("typo.json", r#"{"rules": [{"replies": [{"txet": "noon"}]}]}"#);
    folder.write("tides.json", TIDES);
    let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let (typo, tides, none) = (path("typo.json"), path("tides.json"), path("none.json"));

    let (status, text) = refused(&["serve", &typo]).await;
    assert_eq!(status, Some(1));
    assert!(text.contains("rules[0].replies[0].txet: unknown field `txet`"), "{text}");
    assert!(text.contains(&typo) && text.contains("line 1"), "{text}");
    let (status, text) = refused(&["serve", &none]).await;
    assert_eq!(status, Some(1));
    assert!(text.starts_with(&format!("ek-mock: cannot read {none}: ")), "{text}");
    let (status, text) = refused(&["serve", "--replay", &path("")]).await;
    assert_eq!(status, Some(1));
    assert!(text.contains("typo.json") || text.contains("tides.json"), "{text}");
    let record = ["serve", "--record", &none, "--upstream", "ftp://example.com"];
    let (status, text) = refused(&record).await;
    assert_eq!(
        (status, &*text),
        (Some(1), "ek-mock: the upstream has to begin with http:// or https://\n",)
    );

    let taken = RawServer::start(Connection::new()).await;
    let port = taken.addr().port().to_string();
    for more in [&[][..], &["--record", &none, "--upstream", "http://127.0.0.1:1"]] {
        let arguments = [&["serve", &tides, "--port", &port], more].concat();
        let (status, text) = refused(&arguments).await;
        assert_eq!(status, Some(1));
        assert_eq!(
            text,
            format!(
                "ek-mock: port {port} of 127.0.0.1 is taken; choose another with --port, or leave \
                 it out for a free one\n"
            )
        );
    }

    let (status, text) = refused(&["serve"]).await;
    assert_eq!(status, Some(2));
    assert!(text.starts_with("ek-mock: a script is needed, or --replay DIR"), "{text}");
    assert!(text.contains("Usage:"), "{text}");
}

#[tokio::test]
async fn what_a_script_may_hold_is_shown() {
    let output = timeout(LONG, program(&["--format"]).output()).await.expect("in time");
    let output = output.expect("it runs");
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success() && text.contains("A **script** has `rules`"), "{text}");
}

#[tokio::test]
async fn chaos_of_the_command_line_comes_before_that_of_the_script() {
    let folder = Folder::new();
    let script = r#"{"rules": [{"replies": "At noon."}], "chaos": {"seed": 1, "rate": 0, "kinds": ["busy"]}}"#;
    folder.write("tides.json", script);
    let path = folder.path().join("tides.json");
    let path = path.to_str().expect("UTF-8");
    for (more, faults) in [(&[][..], 0), (&["--chaos-seed", "7", "--chaos-rate", "1"], 2)] {
        let running = Running::start(program(&[&["serve", path], more].concat())).await;
        for _ in 0..2 {
            let _ = running.provider().complete(&ChatRequest::user("tide?")).await;
        }
        let journal = json(&get(&running.address(), "/__journal").await);
        let calls = journal["calls"].as_array().expect("a list");
        assert_eq!(calls.iter().filter(|call| call["chaos"] == "HTTP 429").count(), faults);
        running.interrupt().await;
    }
}
