//! A server as a process: this test binary, run as one.

use ek_core::{Arguments, ErrorKind};
use ek_mcp::{McpCommand, McpOptions, McpServer, McpStderr};
use rmcp::ServiceExt as _;
use tokio::io::AsyncReadExt as _;
use tokio::net::{TcpListener, TcpStream};

use crate::support::tides::Tides;
use crate::support::{call, failure};

const SERVE: &str = "EK_MCP_TEST_SERVE";
/// A port to which the process keeps a connection for as long as it lives.
const ALIVE: &str = "EK_MCP_TEST_ALIVE";

/// Not a test, but the server: the others run it. The harness greets on standard output, as many servers do.
#[tokio::test]
#[allow(clippy::exit, reason = "a server that ends")]
async fn serves_over_its_standard_input_and_output() {
    let Ok(what) = std::env::var(SERVE) else { return };
    let port = std::env::var(ALIVE).ok().and_then(|port| port.parse().ok());
    let _alive = port.map(|port: u16| std::net::TcpStream::connect(("127.0.0.1", port)));
    if what == "end" {
        std::process::exit(7);
    }
    let serving = Tides::default().serve(rmcp::transport::stdio()).await;
    drop(serving.expect("a handshake").waiting().await);
    if what == "stubborn" {
        std::future::pending::<()>().await;
    }
}

fn command(what: &str) -> McpCommand {
    McpServer::command(std::env::current_exe().expect("this program"))
        .args([
            "process::serves_over_its_standard_input_and_output",
            "--exact",
            "-q",
            "--nocapture",
        ])
        .env(SERVE, what)
        .stderr(McpStderr::Discard)
        .options(McpOptions::default().with_name("child"))
}

#[tokio::test]
async fn a_process_is_listed_and_called_and_ends_with_its_connection() {
    let server = command("tides").connect().await.expect("a connection");
    assert_eq!(call(&server, "tide", "{}").await.expect("a result"), "04:12");
    let tools = server.tools().await.expect("a list");
    assert_eq!(tools.len(), 12);
    server.close().await;
    assert_eq!(server.tools().await.expect_err("closed").kind(), ErrorKind::Interrupted);
}

/// Connects to a process, and returns what ends with it.
async fn alive(what: &str) -> (McpServer, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connecting = command(what).env(ALIVE, port.to_string());
    let server = connecting.connect().await.expect("a connection");
    (server, listener.accept().await.expect("the process connects").0)
}

#[tokio::test]
async fn a_process_ends_when_the_last_handle_is_dropped() {
    let (server, mut process) = alive("tides").await;
    let tools = server.tools().await.expect("a list");
    drop(server);
    let answer = tools[0].call(&Arguments::from_text("{}")).await;
    assert_eq!(answer.expect("a tool holds the connection"), "04:12");
    drop(tools);
    assert_eq!(process.read(&mut [0]).await.expect("its end"), 0);
}

#[tokio::test]
async fn a_process_that_does_not_end_itself_is_killed() {
    let (server, mut process) = alive("stubborn").await;
    server.close().await;
    assert_eq!(process.read(&mut [0]).await.expect("its end"), 0);
}

#[tokio::test]
async fn a_server_gets_what_it_is_given_and_nothing_else_of_this_environment() {
    for (inherit, seen) in [(false, [true, true, false]), (true, [true, true, true])] {
        let command = command("tides").env("TIDE_TOWN", "Bergen").inherit_env(inherit);
        let server = command.connect().await.expect("a connection");
        let names = call(&server, "env", "{}").await.expect("a result").text().into_owned();
        let has = |name| names.split(' ').any(|found| found == name);
        // Cargo sets the last one for its tests.
        assert_eq!(["TIDE_TOWN", "PATH", "CARGO_MANIFEST_DIR"].map(has), seen);
    }
}

#[tokio::test]
async fn a_process_that_ends_in_the_middle_of_a_call_is_named_with_its_status() {
    let server = command("tides").connect().await.expect("a connection");
    let (for_model, error) = failure(&server, "die").await;
    let text = "the MCP server `child` did not run \"die\": its process has ended (exit status: 3)";
    assert_eq!((&*for_model, &*error), (text, text));
}

#[tokio::test]
async fn a_process_that_ends_before_it_is_ready_is_named_with_its_status() {
    let error = command("end").connect().await.expect_err("an end");
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(error.to_string().ends_with("its process has ended (exit status: 7)"), "{error}");
}

#[tokio::test]
async fn a_program_that_is_not_there_is_a_config_error_without_its_arguments() {
    let missing = McpServer::command("/no/such/program").arg("--key=MARK");
    let error = missing.connect().await.expect_err("not there");
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = "the program of the MCP server `program` cannot be run: \
                entity not found";
    assert_eq!(error.to_string(), text);
}
