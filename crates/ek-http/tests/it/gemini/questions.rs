//! How long a prompt is, and which models there are.

use ek_core::{ChatRequest, Message, ReasoningBudget, ToolSpec};
use ek_http::Provider;
use serde_json::json;

use super::{MODEL, answer, rig};
use crate::support::in_time;
use crate::support::native::Rig;

fn prompt() -> ChatRequest {
    ChatRequest::new([Message::system("Be brief."), Message::user("Hello.")])
        .with_tools([ToolSpec::custom("now", "The time")])
        .with_temperature(0.5)
        .with_max_tokens(9)
        .with_reasoning_budget(ReasoningBudget::Tokens(1_024))
        .with_extra("safetySettings", json!([]))
        .with_extra("cachedContent", "cachedContents/1")
}

#[tokio::test]
async fn the_tokens_of_a_prompt_are_counted_without_what_says_how_to_answer() {
    let counted = answer(200, &json!({"totalTokens": 403, "cachedContentTokenCount": 7}));
    let prompt_body = json!({
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "contents": [{"role": "user", "parts": [{"text": "Hello."}]}],
        "tools": [{"functionDeclarations": [{"name": "now", "description": "The time"}]}],
        "cachedContent": "cachedContents/1",
    });
    let google = rig([counted.clone()]).await;
    assert_eq!(in_time(google.provider.count_tokens(&prompt())).await.expect("a count"), 403);
    let sent = google.server.requests().remove(0);
    assert_eq!(
        (sent.method.as_str(), sent.target.as_str()),
        ("POST", "/v1beta/models/gemini-3-flash:countTokens")
    );
    let mut expected = prompt_body.clone();
    expected["model"] = "models/gemini-3-flash".into();
    assert_eq!(google.sent(0), json!({"generateContentRequest": expected}));

    let location = "/v1/projects/p/locations/global";
    let vertex = Rig::with(Provider::gemini(MODEL), [counted], |settings, uri| {
        settings.base_url(format!("{uri}{location}"))
    });
    let vertex = vertex.await;
    assert_eq!(in_time(vertex.provider.count_tokens(&prompt())).await.expect("a count"), 403);
    let path = format!("{location}/publishers/google/models/gemini-3-flash:countTokens");
    assert_eq!(vertex.server.requests()[0].target, path);
    assert_eq!(vertex.sent(0), prompt_body);
}

#[tokio::test]
async fn the_models_are_listed_page_after_page() {
    let model = |id: &str| {
        json!({"name": format!("models/{id}"), "displayName": id.to_uppercase(),
            "inputTokenLimit": 1_048_576, "outputTokenLimit": 65_536})
    };
    let first = json!({"models": [model("a"), model("b")], "nextPageToken": "b/2"});
    let rig = rig([answer(200, &first), answer(200, &json!({"models": [model("c")]}))]).await;
    let models = in_time(rig.provider.models()).await.expect("a list");
    let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["models/a", "models/b", "models/c"]);
    assert_eq!(models[0].max_input_tokens, Some(1_048_576));
    assert_eq!(models[0].display_name.as_deref(), Some("A"));
    let requests = rig.server.requests();
    assert_eq!(requests[0].target, "/v1beta/models?pageSize=1000");
    assert_eq!(requests[1].target, "/v1beta/models?pageSize=1000&pageToken=b%2F2");
}
