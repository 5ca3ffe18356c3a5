//! How long a prompt is, and which models there are: asked of this API and of chat completions.

use ek_core::{ChatRequest, ErrorKind, Message, ReasoningBudget, ToolSpec};
use ek_mock::wire::{Connection, RawScript, RawServer};
use serde_json::json;

use super::{answer, answered, question};
use crate::support::{KEY, in_time};

#[tokio::test]
async fn the_tokens_of_a_prompt_are_counted_without_what_says_how_to_answer() {
    let rig = answered([answer(200, &json!({"input_tokens": 403}))]).await;
    let request = ChatRequest::new([Message::system("Be brief."), Message::user("Hello.")])
        .with_tools([ToolSpec::custom("now", "The time")])
        .with_temperature(0.5)
        .with_max_tokens(9)
        .with_stop(["END"])
        .with_reasoning_budget(ReasoningBudget::Tokens(1_024))
        .with_extra("service_tier", "auto");
    assert_eq!(in_time(rig.provider.count_tokens(&request)).await.expect("a count"), 403);
    let sent = rig.server.requests().remove(0);
    assert_eq!((sent.method.as_str(), sent.path()), ("POST", "/v1/messages/count_tokens"));
    assert_eq!(sent.header("x-api-key"), Some(KEY));
    let expected = json!({
        "model": "claude-sonnet-5",
        "system": [{"type": "text", "text": "Be brief."}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "Hello."}]}],
        "tools": [{"name": "now", "description": "The time", "input_schema": {"type": "object", "properties": {}}}],
        "thinking": {"type": "enabled", "budget_tokens": 1_024},
    });
    assert_eq!(rig.sent(0), expected);
}

#[tokio::test]
async fn the_models_are_listed_page_after_page() {
    let model = |id: &str| json!({"type": "model", "id": id, "display_name": id.to_uppercase()});
    let first = json!({"data": [model("a"), model("b")], "has_more": true, "last_id": "b/2"});
    let last = json!({"data": [model("c")], "has_more": false, "last_id": "c"});
    let rig = answered([answer(200, &first), answer(200, &last)]).await;
    let models = in_time(rig.provider.models()).await.expect("a list");
    let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["a", "b", "c"]);
    let requests = rig.server.requests();
    assert_eq!(requests[0].target, "/v1/models?limit=1000");
    assert_eq!(requests[1].target, "/v1/models?limit=1000&after_id=b%2F2");
    for request in requests {
        assert_eq!(request.method, "GET");
        assert_eq!(request.header("content-type"), None);
        assert_eq!(request.header("anthropic-version"), Some("2023-06-01"));
    }
}

#[tokio::test]
async fn a_list_without_end_is_given_up() {
    let page = json!({"data": [], "has_more": true, "last_id": "x"});
    let connection = Connection::new().read_request().write(answer(200, &page)).repeat();
    let server = RawServer::start(RawScript::every_connection(connection)).await;
    let provider = ek_http::Provider::anthropic("m").base_url(server.uri()).build().expect("sound");
    let error = in_time(provider.models()).await.expect_err("no end");
    assert_eq!((error.kind(), server.request_count()), (ErrorKind::TooLarge, 100));
}

#[tokio::test]
async fn an_error_is_classed_as_that_of_a_reply_is() {
    let body = json!({"type": "error", "error": {"type": "authentication_error", "message": "invalid x-api-key"}});
    let odd = json!({"tokens": 7});
    let rig = answered([answer(401, &body), answer(200, &body), answer(200, &odd)]).await;
    for kind in [ErrorKind::Rejected, ErrorKind::Rejected, ErrorKind::Malformed] {
        let error = in_time(rig.provider.count_tokens(&question())).await.expect_err("an error");
        assert_eq!(error.kind(), kind, "{error}");
    }
}

#[tokio::test]
async fn chat_completions_lists_models_and_cannot_count() {
    let list = json!({"object": "list", "data": [{"id": "m", "object": "model", "created": 1_686_935_002}]});
    let connection = Connection::new().read_request().write(answer(200, &list)).fin();
    let server = RawServer::start(RawScript::in_order([connection])).await;
    let provider = ek_http::Provider::new(format!("{}/v1", server.uri()), "m").expect("sound");
    let models = in_time(provider.models()).await.expect("a list");
    assert_eq!((models[0].id.as_str(), models[0].created.is_some()), ("m", true));
    assert_eq!(server.requests()[0].target, "/v1/models");
    let error = provider.count_tokens(&question()).await.expect_err("no way to ask");
    assert_eq!((error.kind(), server.request_count()), (ErrorKind::Unsupported, 1));
}
