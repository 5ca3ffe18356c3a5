//! What is asked besides replies.

use ek_core::{ChatRequest, Message};
use ek_mock::wire::MockTransport;
use ek_mock::{Script, When};
use serde_json::{Value, json};

use super::super::page;
use super::over;

async fn asked(line: &str, headers: &str, body: &str) -> (String, Value) {
    page("gemini-kiln", line, headers, body).await
}

#[tokio::test]
async fn tokens_are_counted_as_in_replies() {
    let transport = MockTransport::new(Script::cycling(["a"]));
    let wanted = ChatRequest::new([Message::system("Be brief."), Message::user("123456789")]);
    assert_eq!(over(&transport).count_tokens(&wanted).await.expect("a count"), 6);
    let body = r#"{"contents":[{"parts":[{"text":"123456789"}]}]}"#;
    let path = "POST /v1/projects/p/locations/l/publishers/google/models/m:countTokens";
    assert_eq!(asked(path, "", body).await, ("200".into(), json!({"totalTokens": 3})));
    let (status, page) = asked(path, "", "{}").await;
    assert_eq!((status.as_str(), &page["error"]["status"]), ("400", &json!("INVALID_ARGUMENT")));
}

#[tokio::test]
async fn models_have_the_shape_of_the_protocol_that_the_path_or_a_header_names() {
    for (line, headers) in
        [("GET /v1beta/models?pageSize=9", ""), ("GET /v1/models", "x-goog-api-key: k\r\n")]
    {
        let (_, page) = asked(line, headers, "").await;
        let names: Vec<_> =
            page["models"].as_array().expect("a list").iter().map(|m| &m["name"]).collect();
        assert_eq!(names, ["models/mock", "models/gemini-kiln"]);
    }
    let (_, page) = asked("GET /v1beta/models/gemini-kiln", "", "").await;
    assert_eq!(page["displayName"], "gemini-kiln");
    let (status, _) = asked("GET /v1beta/models/owl", "", "").await;
    assert_eq!(status, "404");
    for line in ["GET /v1/models", "GET /v1beta/openai/models"] {
        let (_, page) = asked(line, "", "").await;
        assert_eq!(page["object"], "list", "{line}");
    }
}

#[tokio::test]
async fn our_client_lists_the_models() {
    let transport = MockTransport::new(Script::new().on(When::model("gemini-kiln"), ["a"]));
    let models = over(&transport).models().await.expect("a list");
    let ids: Vec<&str> = models.iter().map(|model| model.id.as_str()).collect();
    assert_eq!(ids, ["mock", "gemini-kiln"]);
}
