//! `strict`: what OpenAI's strict mode takes, for tools and structured replies alike.

use ek_core::{Arguments, ErrorKind, RawJson, ResponseFormat};
use ek_mock::MockProvider;
use ek_patterns::{ReactOptions, SchemaPlace, StructuredOptions, Tool, react_loop, structured};
use serde_json::{Value, json};

/// What the documentation of strict mode asks of a schema, and of each within it.
fn assert_strict(schema: &Value) {
    assert_eq!((&schema["type"], schema.get("anyOf")), (&json!("object"), None), "{schema}");
    inner(schema);
}

fn inner(schema: &Value) {
    const KNOWN: &[&str] = &[
        "$defs",
        "$ref",
        "additionalProperties",
        "anyOf",
        "const",
        "description",
        "enum",
        "format",
        "items",
        "maxItems",
        "maximum",
        "minItems",
        "minimum",
        "properties",
        "required",
        "type",
    ];
    let schema = schema.as_object().expect("a schema is an object here");
    assert!(schema.keys().all(|key| KNOWN.contains(&key.as_str())), "{schema:?}");
    if schema.contains_key("$ref") {
        assert_eq!(schema.len(), 1, "a reference stands alone: {schema:?}");
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        assert_eq!(schema["additionalProperties"], json!(false), "{schema:?}");
        let required: Vec<_> = schema["required"].as_array().expect("names").iter().collect();
        assert_eq!(required.len(), properties.len(), "{schema:?}");
        assert!(
            required.iter().all(|name| properties.contains_key(name.as_str().expect("a name")))
        );
        properties.values().for_each(inner);
    }
    schema.get("items").into_iter().for_each(inner);
    schema.get("anyOf").and_then(Value::as_array).into_iter().flatten().for_each(inner);
    schema
        .get("$defs")
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|d| d.values())
        .for_each(inner);
    let known = ["date-time"];
    assert!(schema.get("format").is_none_or(|f| known.contains(&f.as_str().expect("a format"))));
}

fn sent(llm: &MockProvider) -> (RawJson, bool) {
    match llm.last_call().expect("a call").request.response_format {
        Some(ResponseFormat::JsonSchema { schema, strict, .. }) => (schema, strict),
        other => panic!("no schema: {other:?}"),
    }
}

#[tokio::test]
async fn a_schema_that_is_strict_already_is_sent_byte_for_byte() {
    let text = r#"{"type": "object", "properties": {"b": {"type": "integer"}}, "required": ["b"],  "additionalProperties": false}"#;
    let schema = RawJson::new(text).expect("JSON");
    let options = StructuredOptions::<Value>::default().with_schema("x", schema).with_strict(true);
    let llm = MockProvider::new([r#"{"b":1}"#]);
    structured(&llm, "?", &options).await.expect("a value");
    let (schema, strict) = sent(&llm);
    assert_eq!((schema.as_str(), strict), (text, true));
    let tool = Tool::new("t", "d", text, |_| async { Ok("x") }).expect("a tool").with_strict(true);
    assert_eq!(tool.spec().parameters.as_ref().map(RawJson::as_str), Some(text));
    assert_eq!(tool.spec().strict, Some(true));
}

#[tokio::test]
async fn what_cannot_be_made_strict_is_a_config_error_with_its_path_before_any_call() {
    let schema = r#"{"type":"object","properties":{"map":{"type":"object","additionalProperties":{"type":"string"}}}}"#;
    let llm = MockProvider::new(["{}"]);
    let options = StructuredOptions::<Value>::default()
        .with_schema("x", RawJson::new(schema).expect("JSON"))
        .with_strict(true);
    let error = structured(&llm, "?", &options).await.expect_err("refused");
    let why = "`/properties/map` has properties whose names are not known";
    assert_eq!(error.to_string(), format!("the schema `x` has no strict form: {why}"));
    let tool = Tool::new("t", "d", schema, |_| async { Ok("x") }).expect("a tool");
    let strict = [tool.clone().with_strict(true)];
    let refused =
        react_loop(&llm, "?", &strict, &ReactOptions::default()).await.expect_err("refused");
    let start = "the tool `t` cannot be used: its schema has no strict form: ";
    assert_eq!(refused.to_string(), format!("{start}{why}"));
    assert_eq!((error.kind(), refused.kind()), (ErrorKind::Config, ErrorKind::Config));
    assert_eq!(llm.call_count(), 0);
    // In the prompt no server holds the model to it, and without `strict` neither.
    structured(&llm, "?", &options.with_schema_place(SchemaPlace::Prompt)).await.expect("a value");
    let lax = [strict[0].clone().with_strict(false)];
    react_loop(&llm, "?", &lax, &ReactOptions::default()).await.expect("an answer");
    assert_eq!(lax[0].spec().parameters, tool.spec().parameters);
}

#[tokio::test]
async fn nulls_that_stand_for_missing_properties_never_reach_the_code() {
    let schema = r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"type":"integer"}},"required":["city"]}"#;
    let echo = |arguments: Value| async move { Ok(arguments) };
    let tool = Tool::new("t", "d", schema, echo).expect("a tool").with_strict(true);
    let parameters = tool.spec().parameters.as_ref().expect("a schema").to_value().expect("JSON");
    assert_strict(&parameters);
    assert_eq!(parameters["properties"]["days"]["type"], json!(["integer", "null"]));
    let call = async |text: &str| tool.call(&Arguments::from_text(text)).await;
    let answer = call(r#"{"city":"Bergen","days":null}"#).await.expect("an answer");
    assert_eq!(answer, r#"{"city":"Bergen"}"#);
    assert!(call(r#"{"city":null}"#).await.is_err(), "one that is required may not be null");
}

#[cfg(feature = "schemars")]
mod derived {
    use super::*;

    /// With all that makes servers refuse a derived schema.
    #[derive(Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
    struct Order {
        /// Think before you decide
        reasoning: Option<String>,
        lines: Vec<Line>,
        /// Where it goes
        to: Address,
        also_to: Option<Address>,
        #[serde(default = "one")]
        copies: u32,
        pay: Payment,
        how: Shipping,
    }

    fn one() -> u32 {
        1
    }

    #[derive(Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
    struct Line {
        article: String,
        count: std::num::NonZeroU8,
    }

    #[derive(Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
    struct Address {
        street: String,
        floor: Option<i8>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
    #[serde(tag = "by", rename_all = "snake_case")]
    enum Payment {
        Card { number: String },
        Cash,
    }

    #[derive(Debug, PartialEq, serde::Deserialize, schemars::JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Shipping {
        /// By sea
        Ferry,
        Train,
    }

    const STRICT: &str = r#"{"reasoning":null,"lines":[{"article":"clay","count":2}],"to":{"street":"Strandgaten","floor":null},"also_to":null,"copies":null,"pay":{"by":"cash"},"how":"ferry"}"#;

    fn order() -> Order {
        Order {
            reasoning: None,
            lines: vec![Line { article: "clay".into(), count: 2.try_into().expect("above 0") }],
            to: Address { street: "Strandgaten".into(), floor: None },
            also_to: None,
            copies: 1,
            pay: Payment::Cash,
            how: Shipping::Ferry,
        }
    }

    #[tokio::test]
    async fn a_derived_schema_is_sent_in_the_form_that_strict_mode_takes() {
        let llm = MockProvider::new([STRICT]);
        let options = StructuredOptions::<Order>::typed().with_strict(true);
        let outcome = structured(&llm, "?", &options).await.expect("an order");
        assert_eq!((outcome.value, outcome.spend.calls), (order(), 1));
        let (schema, strict) = sent(&llm);
        assert!(strict);
        assert_strict(&schema.to_value().expect("JSON"));
        let order = ["reasoning", "lines", "to", "also_to", "copies", "pay", "how"];
        let places = order.map(|name| schema.as_str().find(&format!("\"{name}\":")).expect(name));
        assert!(places.is_sorted(), "in the order of the fields: {}", schema.as_str());
        assert!(schema.as_str().contains("Where it goes"), "descriptions are kept");
    }

    #[tokio::test]
    async fn a_typed_tool_is_sent_in_it_too_and_gets_its_type() {
        let take =
            |taken: Order| async move { Ok(if taken == order() { "right" } else { "wrong" }) };
        let tool = Tool::typed("take", "takes an order", take).expect("a tool").with_strict(true);
        assert_strict(
            &tool.spec().parameters.as_ref().expect("a schema").to_value().expect("JSON"),
        );
        let answer = tool.call(&Arguments::from_text(STRICT)).await.expect("an answer");
        assert_eq!(answer, "right");
        let error = tool.call(&Arguments::from_text("{}")).await.expect_err("misfits");
        assert!(error.for_model().contains("/lines: expected a value"), "{}", error.for_model());
    }

    #[tokio::test]
    async fn a_root_that_is_no_object_is_wrapped_and_misfits_have_their_place_in_the_reply() {
        let llm = MockProvider::new([
            r#"{"value":[{"article":"clay","count":"two"}]}"#,
            r#"{"value":[{"article":"clay","count":2}]}"#,
        ]);
        let options = StructuredOptions::<Vec<Line>>::typed().with_strict(true);
        let outcome = structured(&llm, "?", &options).await.expect("lines");
        assert_eq!((outcome.value, outcome.spend.calls), (order().lines, 2));
        assert_strict(&sent(&llm).0.to_value().expect("JSON"));
        let reads = llm.last_call().expect("a call").request.messages[2].text().into_owned();
        assert!(reads.contains("- /value/0/count: expected integer, found string"), "{reads}");

        let llm = MockProvider::new([r#"{"value":{"by":"card","number":"4"}}"#]);
        let options = StructuredOptions::<Payment>::typed().with_strict(true);
        let outcome = structured(&llm, "?", &options).await.expect("a payment");
        assert_eq!(outcome.value, Payment::Card { number: "4".into() });
        assert_strict(&sent(&llm).0.to_value().expect("JSON"));
    }
}
