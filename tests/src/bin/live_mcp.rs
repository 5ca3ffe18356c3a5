//! The live check of MCP: lists and calls the tools of a server of another project.
//!
//! `cargo xtask live` says which server it is (`time`, `python` or `everything`), and then `http` with its URL,
//! or `stdio` with its program and arguments.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::process::ExitCode;
use std::time::Duration;

use executionkit::{Arguments, ContentPart, McpOptions, McpServer, Tool, ToolError, ToolOutput};

type Checked = Result<(), String>;

/// A call, and what its result has to hold.
struct Case {
    tool: &'static str,
    arguments: &'static str,
    expected: Expected,
}

enum Expected {
    /// A text that holds this.
    Text(&'static str),
    /// An image, and no statement that something was left out.
    Image,
    /// A failure whose text for the model holds this.
    Failure(&'static str),
    /// No result within half a second; the server lives on.
    Cancelled,
}

use Expected::{Cancelled, Failure, Image, Text};

const fn case(tool: &'static str, arguments: &'static str, expected: Expected) -> Case {
    Case { tool, arguments, expected }
}

fn cases(server: &str) -> Option<Vec<Case>> {
    Some(match server {
        "time" => vec![
            case(
                "convert_time",
                r#"{"source_timezone":"UTC","time":"12:00","target_timezone":"Asia/Tokyo"}"#,
                Text("21:00"),
            ),
            case("get_current_time", r#"{"timezone":"Nowhere/At_all"}"#, Failure("timezone")),
            case("get_current_time", r#"{"timezone":"UTC"}"#, Text("UTC")),
        ],
        "python" => vec![
            case("tide", r#"{"town":"Bergen"}"#, Text("04:12 in Bergen")),
            case("levels", r#"{"days":2}"#, Text("1.5")),
            case("chart", "{}", Image),
            case("tide", r#"{"town":"Oslo"}"#, Failure("Oslo is not listed")),
            case("tide", "{}", Failure("town")),
            case("wait", "{}", Cancelled),
            case("was_cancelled", "{}", Text("true")),
            case("tide", r#"{"town":"Bergen"}"#, Text("04:12")),
        ],
        "everything" => vec![
            case("echo", r#"{"message":"high tide"}"#, Text("high tide")),
            case("get-sum", r#"{"a":19,"b":23}"#, Text("42")),
            case("get-tiny-image", "{}", Image),
            case("get-structured-content", r#"{"location":"Chicago"}"#, Text("emperature")),
            case("get-resource-links", r#"{"count":2}"#, Text("[link: ")),
            case("get-sum", r#"{"a":"many"}"#, Failure("")),
            case("trigger-long-running-operation", r#"{"duration":60,"steps":2}"#, Cancelled),
            case("echo", r#"{"message":"still here"}"#, Text("still here")),
        ],
        _ => return None,
    })
}

async fn connect(kind: &str, rest: &[String]) -> Result<McpServer, String> {
    let options = McpOptions::default().with_connect_timeout(Duration::from_secs(120));
    let [first, rest @ ..] = rest else { return Err("no server is named".to_owned()) };
    let connected = match kind {
        "http" => McpServer::url(first).options(options).connect().await,
        "stdio" => McpServer::command(first).args(rest).options(options).connect().await,
        _ => return Err("neither `stdio` nor `http`".to_owned()),
    };
    connected.map_err(|error| error.to_string())
}

async fn check(tools: &[Tool], case: &Case) -> Checked {
    let tool = tools.iter().find(|tool| tool.name() == case.tool);
    let tool = tool.ok_or_else(|| {
        let names: Vec<_> = tools.iter().map(Tool::name).collect();
        format!("the server has no such tool, but {}", names.join(", "))
    })?;
    let arguments = Arguments::from_text(case.arguments);
    if matches!(case.expected, Cancelled) {
        let call = tokio::time::timeout(Duration::from_millis(500), tool.call(&arguments));
        return call.await.map_or(Ok(()), |result| Err(format!("it ended: {}", shown(&result))));
    }
    let result = tool.call(&arguments).await;
    let holds = match (&case.expected, &result) {
        (Text(text), Ok(output)) => output.text().contains(text),
        (Failure(text), Err(error)) => error.for_model().contains(text),
        (Image, Ok(output)) => match &output.content {
            executionkit::Content::Parts(parts) => {
                parts.iter().any(|part| matches!(part, ContentPart::Image { .. }))
                    && !output.text().contains("[left out: ")
            }
            _ => false,
        },
        _ => false,
    };
    if holds { Ok(()) } else { Err(shown(&result)) }
}

/// The servers of this check hold nothing that is secret.
fn shown(result: &Result<ToolOutput, ToolError>) -> String {
    match result {
        Ok(output) => format!("a result: {}", output.text()),
        Err(error) => format!("a failure: {}", error.for_model()),
    }
}

async fn run(arguments: &[String]) -> Result<bool, String> {
    let [server, kind, rest @ ..] = arguments else {
        return Err("usage: live-mcp SERVER stdio|http ...".to_owned());
    };
    let cases = cases(server).ok_or("no such server is known")?;
    let connected = connect(kind, rest).await?;
    let tools = connected.tools().await.map_err(|error| error.to_string())?;
    println!("ok     {server} over {kind}: {} tools", tools.len());
    let mut all = true;
    for case in &cases {
        match check(&tools, case).await {
            Ok(()) => println!("ok     {} {}", case.tool, case.arguments),
            Err(why) => {
                all = false;
                println!("FAILED {} {}: {why}", case.tool, case.arguments);
            }
        }
    }
    connected.close().await;
    Ok(all)
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    match run(&arguments).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
