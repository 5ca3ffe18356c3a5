//! The list of tools: pages, names, filters, limits.

use ek_core::ErrorKind;
use ek_mcp::{McpOptions, McpServer};
use ek_patterns::Tool;
use serde_json::{Value, json};

use crate::support::raw::Raw;
use crate::support::tides::NAMES;
use crate::support::{call, connect};

fn page(names: &[String], next: Option<usize>) -> Value {
    let tools: Vec<_> =
        names.iter().map(|name| json!({"name": name, "inputSchema": {"type": "object"}})).collect();
    match next {
        Some(next) => json!({"tools": tools, "nextCursor": next.to_string()}),
        None => json!({"tools": tools}),
    }
}

async fn raw(answer: impl Fn(&Value) -> Value + Send + 'static) -> McpServer {
    let (raw, connecting) = Raw::new(McpOptions::default());
    tokio::spawn(raw.serve(answer));
    connecting.await.expect("a connection")
}

#[tokio::test]
async fn all_pages_are_listed_in_the_server_s_order() {
    let (server, _) = connect(McpOptions::default()).await;
    let tools = server.tools().await.expect("a list");
    let names: Vec<_> = tools.iter().map(Tool::name).collect();
    assert_eq!(names[..11], NAMES[..11]);
    assert_eq!(tools[0].spec().description.as_deref(), Some("About tide"));
    assert_eq!(tools[0].timeout(), Some(std::time::Duration::from_secs(60)));
    assert_eq!(server.instructions(), Some("Ask for one town at a time."));
}

#[tokio::test]
async fn a_schema_stays_as_the_server_wrote_it() {
    let (mut raw, connecting) = Raw::new(McpOptions::default());
    let serving = tokio::spawn(async move {
        raw.greet().await;
        let request = raw.next().await.expect("a request");
        let schema = r#"{"type":"object", "properties":{"b":{},"a":{}}}"#;
        let tools = format!(r#"{{"tools":[{{"name":"t","inputSchema":{schema}}}]}}"#);
        let id = &request["id"];
        raw.say(&format!(r#"{{"jsonrpc":"2.0","id":{id},"result":{tools}}}"#)).await;
        raw
    });
    let server = connecting.await.expect("a connection");
    let tools = server.tools().await.expect("a list");
    let schema = tools[0].spec().parameters.as_ref().expect("a schema");
    assert_eq!(schema.as_str(), r#"{"type":"object", "properties":{"b":{},"a":{}}}"#);
    drop(serving.await);
}

#[tokio::test]
async fn a_name_that_providers_refuse_is_mapped_and_called_by_its_own() {
    let options = McpOptions::default().with_prefix("sea_").with_only(["fs/read.file", "tide"]);
    let (server, _) = connect(options).await;
    let tools = server.tools().await.expect("a list");
    let names: Vec<_> = tools.iter().map(Tool::name).collect();
    assert_eq!(names, ["sea_tide", "sea_fs_read_file"]);
    assert_eq!(call(&server, "sea_fs_read_file", "{}").await.expect("a result"), "read");
}

#[tokio::test]
async fn a_tool_of_the_allow_list_that_the_server_lacks_is_an_error() {
    let (server, _) = connect(McpOptions::default().with_only(["tide", "tides"])).await;
    let error = server.tools().await.expect_err("a name that is not there");
    assert_eq!(error.kind(), ErrorKind::Config);
    let text = error.to_string();
    assert!(text.contains("`tides` has no tool \"tides\"; it has: tide, echo, "), "{text}");
}

#[tokio::test]
async fn two_tools_that_would_have_one_name_are_an_error() {
    let server = raw(|_| page(&["a.b".to_owned(), "a b".to_owned()], None)).await;
    let error = server.tools().await.expect_err("a collision");
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("would both be called `a_b`"), "{error}");
}

#[tokio::test]
async fn a_list_without_an_end_is_given_up() {
    let server = raw(|request| {
        let place =
            request["params"]["cursor"].as_str().map_or(0, |text| text.parse().expect("ours"));
        page(&[format!("t{place}")], Some(place + 1))
    })
    .await;
    let error = server.tools().await.expect_err("too long");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let text = "the MCP server `raw` lists more than 1000 tools or 100 pages";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_list_that_goes_in_a_circle_is_given_up() {
    let server = raw(|_| page(&[], Some(1))).await;
    let error = server.tools().await.expect_err("a circle");
    assert_eq!(error.kind(), ErrorKind::Malformed);
    assert!(error.to_string().contains("lists its tools in a circle"), "{error}");
}

#[tokio::test]
async fn a_page_with_too_many_tools_is_an_error() {
    let names: Vec<_> = (0..1001).map(|place| format!("t{place}")).collect();
    let server = raw(move |_| page(&names, None)).await;
    assert_eq!(server.tools().await.expect_err("too many").kind(), ErrorKind::TooLarge);
}

#[tokio::test]
async fn a_changed_list_is_told_by_the_handle_and_read_by_the_next_call() {
    let (server, _) = connect(McpOptions::default()).await;
    assert!(!server.has_changed());
    assert_eq!(call(&server, "change", "{}").await.expect("a result"), "changed");
    assert!(server.has_changed());
    server.tools().await.expect("a list");
    assert!(!server.has_changed());
}

#[tokio::test]
async fn a_list_of_too_many_bytes_is_given_up_page_by_page() {
    let server = raw(|request| {
        let page =
            request["params"]["cursor"].as_str().map_or(0, |at| at.parse().expect("a number"));
        let schema = json!({"type": "object", "description": "x".repeat(3 * 1024 * 1024)});
        let tools = json!([{"name": format!("t{page}"), "inputSchema": schema}]);
        json!({"tools": tools, "nextCursor": (page + 1).to_string()})
    })
    .await;
    let error = server.tools().await.expect_err("no end");
    assert_eq!(error.kind(), ErrorKind::TooLarge);
    let text = "the MCP server `raw` lists tools of more than 16777216 bytes";
    assert_eq!(error.to_string(), text);
}

#[tokio::test]
async fn a_schema_that_is_no_object_is_an_error_at_once() {
    for schema in [json!(true), json!([]), json!("object"), json!(null)] {
        let shown = schema.to_string();
        let tools = json!({"tools": [{"name": "t", "inputSchema": schema}]});
        let error = raw(move |_| tools.clone()).await.tools().await.expect_err(&shown);
        assert_eq!(error.kind(), ErrorKind::Malformed, "{shown}: {error}");
    }
}
