//! The schema of the type goes to the model, in one of two places.

use ek_core::{ChatRequest, ContentPart, Message, RawJson, ResponseFormat};
use ek_mock::MockProvider;
use ek_patterns::{SchemaPlace, StructuredOptions, structured};
use serde_json::{Value, json};

use super::{GOOD, Glaze, WRONG, ask, options};

const BY_HAND: &str = r#"{"type":"object","required":["name","celsius"]}"#;

fn by_hand() -> StructuredOptions<Glaze> {
    options().with_schema("glaze", RawJson::new(BY_HAND).expect("a document"))
}

#[tokio::test]
async fn a_schema_written_by_hand_is_sent_as_the_response_format() {
    let llm = MockProvider::new([GOOD]);
    ask(&llm, &by_hand()).await.expect("a glaze");
    let sent = llm.last_call().expect("a call").request;
    let schema = RawJson::new(BY_HAND).expect("a document");
    let format = ResponseFormat::JsonSchema { name: "glaze".to_owned(), schema, strict: false };
    assert_eq!(sent.response_format, Some(format));
    assert_eq!(sent.messages, [Message::user("Describe tenmoku.")]);
}

#[cfg(feature = "schemars")]
#[tokio::test]
async fn the_schema_of_a_type_is_derived() {
    let llm = MockProvider::new([GOOD]);
    ask(&llm, &StructuredOptions::typed()).await.expect("a glaze");
    let sent = llm.last_call().expect("a call").request;
    let Some(ResponseFormat::JsonSchema { name, schema, strict }) = sent.response_format else {
        panic!("no schema: {sent:?}");
    };
    assert_eq!((name.as_str(), strict), ("Glaze", false));
    let schema = schema.to_value().expect("a document");
    assert_eq!(schema["type"], "object");
    assert_eq!(schema["required"], serde_json::json!(["name", "celsius"]));
    assert!(schema.get("$schema").is_none() && schema.get("title").is_none());
}

#[cfg(feature = "schemars")]
#[tokio::test]
async fn names_of_generic_types_are_made_plain() {
    let options = StructuredOptions::<Vec<Option<Glaze>>>::typed();
    let llm = MockProvider::new(["[null]"]);
    structured(&llm, "?", &options).await.expect("a list");
}

#[tokio::test]
async fn of_several_texts_the_one_that_fits_the_schema_is_meant_and_the_type_decides_on_it() {
    let schema = r#"{"type":"object","required":["grams"],
        "properties":{"grams":{"type":"integer","maximum":500}}}"#;
    let schema = RawJson::new(schema).expect("a document");
    let options = StructuredOptions::<Value>::default().with_schema("portion", schema);
    for (reply, value) in [
        (r#"{"grams": 80} or {"grams": 90}"#, json!({"grams": 90})),
        // What else looks like JSON: marks of sources, and the schema itself.
        ("{\"grams\": 80}\nSources: [1] [2]", json!({"grams": 80})),
        ("{\"grams\": 80}\nas in {\"type\": \"object\"}", json!({"grams": 80})),
        ("{\"grams\": 80}\n{\"grams\": 900}", json!({"grams": 80})),
        (r#"{"grams": 900}"#, json!({"grams": 900})),
    ] {
        let llm = MockProvider::new([reply]);
        let outcome = structured(&llm, "How much?", &options).await.expect("a value");
        assert_eq!((outcome.value, llm.call_count()), (value, 1), "{reply}");
    }
}

#[tokio::test]
async fn without_a_schema_none_is_sent() {
    let llm = MockProvider::new([GOOD]);
    ask(&llm, &options()).await.expect("a glaze");
    assert_eq!(llm.last_call().expect("a call").request.response_format, None);
}

#[tokio::test]
async fn a_format_of_the_request_s_own_is_kept() {
    let llm = MockProvider::new([GOOD]);
    let request = ChatRequest::user("?").with_response_format(ResponseFormat::JsonObject);
    structured(&llm, request, &by_hand()).await.expect("a glaze");
    let sent = llm.last_call().expect("a call").request.response_format;
    assert_eq!(sent, Some(ResponseFormat::JsonObject));
}

#[tokio::test]
async fn it_may_stand_in_the_prompt() {
    let instruction =
        format!("Answer with JSON alone that is valid against this JSON schema:\n{BY_HAND}");
    for (place, in_format) in [(SchemaPlace::Prompt, false), (SchemaPlace::Both, true)] {
        let llm = MockProvider::new([GOOD]);
        ask(&llm, &by_hand().with_schema_place(place)).await.expect("a glaze");
        let sent = llm.last_call().expect("a call").request;
        assert_eq!(sent.messages, [Message::user(format!("Describe tenmoku.\n\n{instruction}"))]);
        assert_eq!(sent.response_format.is_some(), in_format);
    }
    let image = ContentPart::image_url("https://example.com/pot.png");
    let request = ChatRequest::new([Message::user([image.clone()])]);
    let llm = MockProvider::new([GOOD]);
    structured(&llm, request, &by_hand().with_schema_place(SchemaPlace::Prompt))
        .await
        .expect("one");
    let sent = llm.last_call().expect("a call").request;
    let expected = [image, ContentPart::text(format!("\n\n{instruction}"))];
    assert_eq!(sent.messages, [Message::user(expected)]);
}

#[tokio::test]
async fn a_repair_shows_the_schema_in_any_case() {
    let llm = MockProvider::new([WRONG, GOOD]);
    ask(&llm, &by_hand()).await.expect("a glaze");
    let sent = llm.last_call().expect("a call").request;
    assert!(sent.messages.last().expect("a message").text().ends_with(BY_HAND));
    assert!(sent.response_format.is_some());
}

/// A tree of values holds no integer beyond 64 bits, and only the strict form needs a tree.
#[cfg(feature = "schemars")]
#[tokio::test]
async fn integers_beyond_64_bits_are_read_whole_unless_the_strict_form_is_read_back() {
    #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
    struct Count {
        n: u128,
    }
    let options = StructuredOptions::<Count>::typed().with_repairs(0);
    let llm = MockProvider::new([r#"{"n": 1267650600228229401496703205376}"#]);
    let outcome = structured(&llm, "?", &options).await.expect("it fits");
    assert_eq!(outcome.value.n, 1 << 100);
    let error = structured(&llm, "?", &options.with_strict(true)).await.expect_err("a float");
    let failure = error.detail::<ek_patterns::StructuredFailure>().expect("why");
    assert_eq!(failure.wrong_values[0].to_string(), "/n: expected u128, found number");
}
