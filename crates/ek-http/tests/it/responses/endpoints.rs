//! Where requests go: base URLs, Azure's form of them, and the other questions of the API.

use ek_core::{ChatRequest, Message, ToolSpec};
use ek_http::Auth;
use serde_json::json;

use super::{answer, answered, answered_at, message, question, whole};
use crate::support::{KEY, in_time};

#[tokio::test]
async fn a_base_url_may_lack_the_version_have_it_or_be_the_whole_path() {
    for (path, target) in [
        ("", "/v1/responses"),
        ("/v1", "/v1/responses"),
        ("/gateway/openai/v1/", "/gateway/openai/v1/responses"),
        ("/v1/responses", "/v1/responses"),
        ("/own/responses", "/own/responses"),
    ] {
        let answers = [answer(200, &whole(&json!([message("ok")])))];
        let rig = answered_at(path, answers, |settings| settings).await;
        rig.ask(&question()).await.expect("a reply");
        assert_eq!(rig.server.requests()[0].target, target);
    }
}

#[tokio::test]
async fn azure_takes_the_key_in_a_header_of_its_own_and_the_version_in_the_query() {
    let answers = [answer(200, &whole(&json!([message("ok")])))];
    let rig = answered_at("/openai", answers, |settings| {
        settings.auth(Auth::ApiKeyHeader).query("api-version", "2025-04-01-preview")
    });
    let rig = rig.await;
    rig.ask(&question()).await.expect("a reply");
    let request = rig.server.requests().remove(0);
    assert_eq!(request.target, "/openai/responses?api-version=2025-04-01-preview");
    assert_eq!((request.header("api-key"), request.header("authorization")), (Some(KEY), None));
}

#[tokio::test]
async fn the_tokens_of_a_prompt_are_counted_without_what_says_how_to_answer() {
    let counted = json!({"object": "response.input_tokens", "input_tokens": 403});
    let rig = answered([answer(200, &counted)]).await;
    let request = ChatRequest::new([Message::system("Be brief."), Message::user("Hello.")])
        .with_tools([ToolSpec::custom("now", "The time")])
        .with_temperature(0.5)
        .with_max_tokens(9)
        .with_extra("store", false)
        .with_extra("truncation", "auto");
    assert_eq!(in_time(rig.provider.count_tokens(&request)).await.expect("a count"), 403);
    let sent = rig.server.requests().remove(0);
    assert_eq!((sent.method.as_str(), sent.path()), ("POST", "/v1/responses/input_tokens"));
    let expected = json!({
        "model": "gpt-5.6",
        "input": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "Hello."},
        ],
        "tools": [{"type": "custom", "name": "now", "description": "The time"}],
        "truncation": "auto",
    });
    assert_eq!(rig.sent(0), expected);
}

#[tokio::test]
async fn the_models_are_listed() {
    let list = json!({"object": "list", "data": [{"id": "gpt-5.6", "created": 1_686_935_002}]});
    let rig = answered([answer(200, &list)]).await;
    let models = in_time(rig.provider.models()).await.expect("a list");
    assert_eq!(models[0].id, "gpt-5.6");
    assert_eq!(rig.server.requests()[0].target, "/v1/models");
}
