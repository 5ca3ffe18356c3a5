//! What variables of the process do to a provider: nothing, unless it was asked for by name.

use std::process::Output;
use std::time::Duration;

use ek_mock::wire::{Connection, RawServer, ServerTls, response};
use tokio::process::Command;
use tokio::time::timeout;

const REPLY: &str = r#"{"choices":[{"message":{"content":"Slowly."},"finish_reason":"stop"}]}"#;

/// A program whose only variables are these.
async fn run(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_environment"));
    command.args(arguments).env_clear().envs(variables.iter().copied()).kill_on_drop(true);
    let output = timeout(Duration::from_secs(100), command.output()).await;
    let Output { status, stdout, .. } = output.expect("it ends").expect("it runs");
    assert!(status.success(), "{status}");
    String::from_utf8(stdout).expect("text").trim_end().to_owned()
}

fn good() -> Connection {
    let json = [("content-type", "application/json")];
    Connection::new().read_request().write(response(200, &json, REPLY)).repeat()
}

#[tokio::test]
async fn s87_proxy_variables_do_nothing_unless_they_are_asked_for() {
    let (server, proxy) = (RawServer::start(good()).await, RawServer::start(good()).await);
    let uri = proxy.uri();
    let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"];
    let variables = names.map(|name| (name, uri.as_str()));
    assert_eq!(run(&["ask", &server.uri()], &variables).await, "ok: Slowly.");
    assert_eq!((server.request_count(), proxy.connection_count()), (1, 0));

    let asked = run(&["ask-by-proxy", "http://192.0.2.1:8000"], &variables).await;
    assert_eq!((asked.as_str(), proxy.request_count()), ("ok: Slowly.", 1));
}

#[tokio::test]
async fn s87_no_proxy_names_the_hosts_that_are_reached_directly() {
    let (server, proxy) = (RawServer::start(good()).await, RawServer::start(good()).await);
    let uri = proxy.uri();
    for name in ["NO_PROXY", "no_proxy"] {
        let variables = [("http_proxy", uri.as_str()), (name, "example.com, 127.0.0.1")];
        assert_eq!(run(&["ask-by-proxy", &server.uri()], &variables).await, "ok: Slowly.");
    }
    assert_eq!((server.request_count(), proxy.connection_count()), (2, 0));
}

#[tokio::test]
async fn s87_under_cgi_a_proxy_variable_that_a_request_can_set_is_not_believed() {
    // A web server hands the header `Proxy` to a CGI program as HTTP_PROXY.
    let (server, proxy) = (RawServer::start(good()).await, RawServer::start(good()).await);
    let uri = proxy.uri();
    let variables = [("HTTP_PROXY", uri.as_str()), ("REQUEST_METHOD", "GET")];
    assert_eq!(run(&["ask-by-proxy", &server.uri()], &variables).await, "ok: Slowly.");
    assert_eq!((server.request_count(), proxy.connection_count()), (1, 0));
}

#[tokio::test]
async fn s87_the_platform_s_roots_follow_ssl_cert_file() {
    let tls = ServerTls::localhost();
    let folder = std::env::temp_dir().join(format!("executionkit-roots-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let (roots, keys) = (folder.join("roots.pem"), folder.join("keys.log"));
    std::fs::write(&roots, tls.ca_pem()).expect("a file");
    let server = RawServer::start_tls(good(), tls).await;
    let roots = roots.to_str().expect("a path in UTF-8");
    let log = keys.to_str().expect("a path in UTF-8");

    let trusted = run(&["ask", &server.uri()], &[("SSL_CERT_FILE", roots)]).await;
    assert_eq!(trusted, "ok: Slowly.");
    // The session's keys are not written down, even where it is asked for.
    let variables = [("SSL_CERT_FILE", roots), ("SSLKEYLOGFILE", log)];
    assert_eq!(run(&["ask", &server.uri()], &variables).await, "ok: Slowly.");
    assert!(!keys.exists());
    let refused = run(&["ask", &server.uri()], &[]).await;
    assert!(refused.starts_with("Tls: "), "{refused}");
    let none = folder.join("none.pem");
    std::fs::write(&none, "").expect("a file");
    let variables = [("SSL_CERT_FILE", none.to_str().expect("a path in UTF-8"))];
    let without = run(&["ask", &server.uri()], &variables).await;
    let why = "Config: the platform has no usable root certificates: install them";
    assert!(without.starts_with(why), "{without}");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[tokio::test]
async fn s87_an_empty_variable_counts_as_none() {
    let variables = [
        ("EXECUTIONKIT_BASE_URL", " "),
        ("OPENAI_BASE_URL", ""),
        ("OPENAI_MODEL", "gpt-4.1-mini"),
        ("OPENAI_API_KEY", "sk-test-0001"),
    ];
    let shown = run(&["from-env"], &variables).await;
    assert!(shown.contains(r#"base_url: "https://api.openai.com/...""#), "{shown}");
    assert!(!shown.contains("0001"), "{shown}");
    let without =
        run(&["from-env"], &[("OPENAI_MODEL", "gpt-4.1-mini"), ("OPENAI_API_KEY", "")]).await;
    assert!(without.starts_with("Config: the environment names no provider: set "), "{without}");
    assert!(without.contains(": set OPENAI_API_KEY, or "), "{without}");
}
