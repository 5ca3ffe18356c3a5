//! Runs the examples, which `cargo test` builds before it.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use ek_mock::wire::{Closed, Connection, RawServer, chunk, response_head};
use executionkit::{LlmProvider as _, Provider, StreamEvent, StreamingProvider as _};
use tokio::io::AsyncReadExt as _;
use tokio::process::Command;
use tokio::time::timeout;

use super::support::mock_server;

/// An example that knows of no endpoint. It is ended with the test, whatever happens.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().expect("the path of this test");
    let built = test.parent().and_then(|deps| deps.parent()).expect("the target folder");
    let path: PathBuf =
        built.join("examples").join(name).with_extension(std::env::consts::EXE_EXTENSION);
    assert!(path.exists(), "{name} is not built: run `cargo test` without choosing a target");
    let mut command = Command::new(path);
    for family in ["EXECUTIONKIT", "OPENAI", "ANTHROPIC", "GEMINI"] {
        for variable in ["BASE_URL", "MODEL", "API_KEY"] {
            command.env_remove(format!("{family}_{variable}"));
        }
    }
    command.env_remove("EXECUTIONKIT_EMBEDDING_MODEL");
    command.stdout(Stdio::piped()).kill_on_drop(true);
    command
}

async fn output_of(name: &str) -> String {
    let output = timeout(Duration::from_secs(30), example(name).output()).await;
    let output = output.expect("it ends").expect("it runs");
    assert!(output.status.success(), "{name}: {}", output.status);
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn quickstart_asks_its_own_server_where_the_environment_names_none() {
    let shown = output_of("quickstart").await;
    assert!(shown.contains("asking: a mock server at http://127.0.0.1:"), "{shown}");
    assert!(shown.contains("answer: Fast cooling cracks the clay.\n"), "{shown}");
    assert!(shown.contains("tokens: 23 in, 7 out\n"), "{shown}");
}

#[tokio::test]
async fn quickstart_with_a_key_and_no_model_says_what_it_found_and_what_to_set() {
    let mut quickstart = example("quickstart");
    quickstart.env("OPENAI_API_KEY", "sk-FAKE");
    let output = timeout(Duration::from_secs(30), quickstart.output()).await;
    let output = output.expect("it ends").expect("it runs");
    assert!(output.status.success(), "{}", output.status);
    let shown = String::from_utf8(output.stdout).expect("text");
    assert!(shown.starts_with("found:  the environment names no provider"), "{shown}");
    assert!(shown.contains(": set OPENAI_MODEL, or "), "{shown}");
    assert!(shown.contains("answer: Fast cooling cracks the clay.\n"), "{shown}");
    assert!(shown.contains("To ask a real model, set one of these"), "{shown}");
    assert!(!shown.contains("sk-FAKE"), "{shown}");
}

#[tokio::test]
async fn their_server_streams_to_who_asks_for_it_and_answers_others_in_one_piece() {
    let server = mock_server().await;
    let provider = Provider::new(server.uri(), "mock-1").expect("a provider");
    let unary = provider.complete(&"?".into()).await.expect("a reply");
    assert_eq!(unary.raw.as_bytes().first(), Some(&b'{'));

    let mut stream = provider.stream(&"?".into()).await.expect("a stream");
    let mut pieces = Vec::new();
    while let Some(event) = stream.next().await {
        match event.expect("no error") {
            StreamEvent::Text(piece) => pieces.push(piece),
            StreamEvent::Done(reply) => assert_eq!(reply.content, unary.content),
            _ => {}
        }
    }
    assert_eq!(pieces, ["Fast", " cooling", " cracks", " the", " clay."]);
}

#[tokio::test]
async fn streaming_prints_the_text_and_then_the_usage() {
    let shown = output_of("streaming").await;
    let (first, rest) = shown.split_once('\n').expect("lines");
    assert!(first.ends_with("starting a mock server on loopback."), "{shown}");
    assert_eq!(rest, "Fast cooling cracks the clay.\ntokens: 23 in, 7 out\n");
}

#[tokio::test]
async fn semantic_search_finds_the_passages_about_a_question_without_an_endpoint() {
    let shown = output_of("semantic_search").await;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "EXECUTIONKIT_EMBEDDING_MODEL is not set: a mock makes the vectors.");
    assert_eq!(lines[1], "How long does a retry wait after a rate limit?");
    let about_retries =
        |line: &&str| line.contains(": What is retried") || line.contains(": Retry");
    assert!(lines[2..8].iter().any(about_retries), "{shown}");
    assert!(lines[8].contains(" passages, ") && lines[8].contains("tokens: "), "{shown}");
}

/// The endpoint is the test's own, which begins a reply and then says nothing more: nothing but the
/// signal can end the example.
#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_ends_streaming_at_once_and_closes_its_connection() {
    let headers = [("content-type", "text/event-stream"), ("transfer-encoding", "chunked")];
    let piece = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Fast\"}}]}\n\n";
    let begun = Connection::new().read_request().write(response_head(200, &headers));
    let server = RawServer::start(begun.write(chunk(piece)).stall()).await;
    let mut command = example("streaming");
    command.env("EXECUTIONKIT_BASE_URL", server.uri()).env("EXECUTIONKIT_MODEL", "mock-1");

    let run = async {
        let mut running = command.spawn().expect("it runs");
        let mut out = running.stdout.take().expect("a pipe");
        let mut shown = vec![0; "Fast".len()];
        out.read_exact(&mut shown).await.expect("the piece, while the stream is open");
        let id = running.id().expect("it runs on").to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status().await;
        assert!(sent.expect("`kill` runs").success());
        out.read_to_end(&mut shown).await.expect("the rest");
        let status = running.wait().await.expect("it ends");
        (String::from_utf8(shown).expect("text"), status.code(), server.wait_closed(0).await)
    };
    let ended = timeout(Duration::from_secs(30), run).await.expect("it ends");
    assert_eq!(ended, ("Fast\nstopped\n".to_owned(), Some(0), Closed::ByPeer));
}

#[tokio::test]
async fn consensus_shows_the_answer_the_agreement_and_every_sample() {
    let shown = output_of("consensus").await;
    assert!(shown.contains("sample 5 of 5\n"), "{shown}");
    assert!(
        shown.contains("answer:    391\nagreement: 80 %\nspend:     5 calls, tokens: 130\n"),
        "{shown}"
    );
    assert!(shown.ends_with("  4: 391\n"), "{shown}");
}

#[tokio::test]
async fn map_reduce_shows_what_came_out_and_what_failed() {
    let shown = output_of("map_reduce").await;
    let rest = "Pots that cool in less than half a day crack.\n12 firings, 1 failed\n\
                13 calls, tokens: 576\n";
    assert!(shown.ends_with(rest), "{shown}");
}

#[tokio::test]
async fn react_tools_shows_each_tool_as_it_runs_and_then_the_answer() {
    let shown = output_of("react_tools").await;
    for line in [
        r#"tide({"city":"Bergen"}) ..."#,
        "tide: high at 04:12 and 16:38 (Answered)",
        "wind: 12 knots, north-west (Answered)",
        "tide: Tool 'tide' failed: only the tides of Bergen are known (Failed)",
        "Sail shortly after 16:38, with the ebb.",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}: {shown}");
    }
    assert!(shown.ends_with("\n2 rounds, 2 calls, tokens: 338\n"), "{shown}");
}

#[tokio::test]
async fn structured_stream_shows_the_value_as_it_grows_and_begins_again_at_a_repair() {
    let shown = output_of("structured_stream").await;
    let (first, second) = shown.split_once("--- again (1 of 3): Refused\n").expect("a repair");
    assert!(
        first.ends_with("A cup | 1. W\nA cup | 1. Wedge the clay\nA cup | 1. Wedge the clay\n")
    );
    assert!(second.starts_with("A cu | 0. \n") && second.contains("\nA cup | 3. Fire it\n"));
    assert!(second.ends_with("\n=== A cup: 3 steps, 9 days\n"), "{shown}");
}

#[cfg(all(feature = "metrics", feature = "tracing"))]
#[tokio::test]
async fn observability_shows_the_spans_as_a_tree_and_the_metrics_as_a_scrape() {
    let shown = output_of("observability").await;
    let tree = "
  react_loop
    chat mock-1
      - gen_ai.usage.input_tokens = 60
      - gen_ai.usage.output_tokens = 12
      chat mock-1
    execute_tool tide
    chat mock-1
      - gen_ai.usage.input_tokens = 90
      - gen_ai.usage.output_tokens = 5
      chat mock-1
        - http.response.status_code = 429
        - error.type = RateLimited
      chat mock-1
";
    assert!(shown.contains(tree), "{shown}");
    let value = |name: &str, label: &str| {
        let mut lines = shown.lines().filter(|line| line.trim_start().starts_with(name));
        lines.find(|line| line.contains(label)).and_then(|line| line.rsplit(' ').next())
    };
    for (name, label, expected) in [
        ("gen_ai_client_token_usage_sum", "input", "150"),
        ("gen_ai_client_token_usage_sum", "output", "17"),
        ("gen_ai_client_operation_duration_count", "RateLimited", "1"),
        ("gen_ai_client_operation_time_to_first_chunk_count", "mock-1", "2"),
    ] {
        assert_eq!(value(name, label), Some(expected), "{name}: {shown}");
    }
}

#[cfg(feature = "mcp")]
#[tokio::test]
async fn mcp_lists_the_tools_of_its_own_server_and_lets_an_agent_call_them() {
    let shown = output_of("mcp").await;
    let expected = "harbour_tide: The next high tide of a harbour town\n\
                    The environment names no endpoint: asking a mock.\n\
                    harbour_tide: answered\n\
                    harbour_tide: only Bergen is known\n\
                    In Bergen at 04:12; I do not know about Oslo.\n";
    assert_eq!(shown, expected);
}
