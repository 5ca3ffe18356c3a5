//! Tools by themselves: how they are made, and what comes of calling one.

use ek_core::{Arguments, ErrorKind};
use ek_patterns::{Tool, ToolError};
use serde_json::{Value, json};

const CITY: &str =
    r#"{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}"#;

async fn tide(arguments: Value) -> Result<String, ToolError> {
    match arguments["city"].as_str() {
        Some("Bergen") => Ok("04:12".to_owned()),
        _ => Err(ToolError::shown("only Bergen is known")),
    }
}

#[tokio::test]
async fn a_tool_answers_what_its_schema_allows() {
    let tide = Tool::new("tide", "high tide", CITY, tide).expect("a tool");
    let answer = |text: &str| {
        let arguments = Arguments::from_text(text);
        let tide = tide.clone();
        async move { tide.call(&arguments).await.map_err(|e| e.for_model().to_owned()) }
    };
    assert_eq!(answer(r#"{"city":"Bergen"}"#).await.as_deref(), Ok("04:12"));
    let error = answer(r#"{"city":"Oslo"}"#).await.expect_err("unknown");
    assert_eq!(error, "only Bergen is known");
    assert_eq!(answer("{}").await.expect_err("a misfit"), r#""city" is a required property"#);
}

#[test]
fn a_schema_is_kept_byte_for_byte() {
    let text = r#"{"type": "object",  "properties": {"z": {}, "a": {}}}"#;
    let tool = Tool::new("t", "d", text, tide).expect("a tool").with_strict(true);
    assert_eq!(tool.spec().parameters.as_ref().map(ek_core::RawJson::as_str), Some(text));
    assert_eq!((tool.name(), tool.spec().strict), ("t", Some(true)));
    assert!(Tool::new("t", "d", json!({"type": "object"}), tide).is_ok());
}

#[test]
fn an_empty_name_and_an_unsound_schema_are_config_errors() {
    let refused = |name: &str, schema: &str| {
        let error = Tool::new(name, "d", schema, tide).map(drop).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    assert_eq!(refused(" ", CITY), "a tool needs a name; this one's is empty");
    assert_eq!(refused("t", "{"), "not a JSON document: fault at line 1, column 1");
    let why = "the schema of the tool `t`: not a JSON Schema: neither an object nor true or false";
    assert_eq!(refused("t", "[]"), why);
    let why = refused("t", r#"{"type":"objekt"}"#);
    assert!(why.starts_with("the schema of the tool `t`: "), "{why}");
}

#[cfg(not(feature = "jsonschema"))]
#[test]
fn what_the_built_in_check_cannot_express_is_refused_when_the_tool_is_made() {
    let schema = r#"{"properties":{"code":{"pattern":"^[A-Z]+$"}}}"#;
    let error = Tool::new("t", "d", schema, tide).map(drop).expect_err("refused");
    let why = "the schema of the tool `t`: the keyword `pattern` at `/properties/code` needs the \
               feature `jsonschema`";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, why));
}

#[cfg(feature = "jsonschema")]
#[tokio::test]
async fn the_whole_of_json_schema_is_checked_with_the_feature() {
    let schema = r#"{"properties":{"code":{"pattern":"^[A-Z]+$"}}}"#;
    let tool = Tool::new("t", "d", schema, |_| async { Ok("fine") }).expect("a tool");
    let answer = tool.call(&Arguments::from_text(r#"{"code":"BGO"}"#)).await.expect("fits");
    assert_eq!(answer, "fine");
    let error = tool.call(&Arguments::from_text(r#"{"code":"bgo"}"#)).await.expect_err("misfit");
    assert!(error.for_model().starts_with("/code: "), "{}", error.for_model());
}

#[tokio::test]
async fn a_custom_tool_takes_text_as_it_is() {
    let shell = |input: String| async move { Ok(format!("ran {input}")) };
    let shell = Tool::custom("shell", "runs a command", shell).expect("a tool");
    assert!(shell.spec().parameters.is_none());
    let answer = shell.call(&Arguments::free_text("ls {")).await.expect("an answer");
    assert_eq!(answer, "ran ls {");
}

#[test]
fn debug_shows_the_name_only() {
    let tool = Tool::new("tide", "MARKER", CITY, tide).expect("a tool");
    assert_eq!(format!("{tool:?}"), r#"Tool { name: "tide", .. }"#);
}

#[cfg(feature = "schemars")]
mod typed {
    use super::*;

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Route {
        /// Where from
        from: Place,
        via: Option<Place>,
        passengers: u8,
        #[serde(default)]
        how: Means,
    }

    #[derive(serde::Deserialize, schemars::JsonSchema)]
    struct Place {
        city: String,
    }

    #[derive(Default, serde::Deserialize, schemars::JsonSchema)]
    #[serde(rename_all = "snake_case")]
    enum Means {
        /// By sea
        #[default]
        Ferry,
        Train,
    }

    async fn plan(route: Route) -> Result<String, ToolError> {
        let via = route.via.map_or_else(|| "nowhere".to_owned(), |place| place.city);
        let how = match route.how {
            Means::Ferry => "ferry",
            Means::Train => "train",
        };
        Ok(format!("{} via {via} for {} by {how}", route.from.city, route.passengers))
    }

    #[tokio::test]
    async fn a_typed_tool_derives_its_schema_and_gets_its_type() {
        let plan = Tool::typed("plan", "plans a route", plan).expect("a tool");
        let schema = plan.spec().parameters.as_ref().expect("a schema").to_value().expect("JSON");
        assert_eq!(schema["required"], json!(["from", "passengers"]));
        assert_eq!((schema.get("$schema"), schema.get("title")), (None, None));

        let arguments = r#"{"from":{"city":"Bergen"},"via":null,"passengers":2,"how":"train"}"#;
        let answer = plan.call(&Arguments::from_text(arguments)).await.expect("an answer");
        assert_eq!(answer, "Bergen via nowhere for 2 by train");
    }

    #[tokio::test]
    async fn what_the_type_cannot_hold_is_answered_to_the_model() {
        let plan = Tool::typed("plan", "plans a route", plan).expect("a tool");
        for (arguments, told) in [
            (r#"{"from":{"city":"Bergen"}}"#, r#""passengers" is a required property"#),
            (r#"{"from":{"city":1},"passengers":2}"#, "/from/city: value is not of type"),
            (r#"{"from":{"city":"a"},"passengers":256}"#, "/passengers: "),
            // The schema allows it, since 2.0 is an integer to it; the type does not.
            (r#"{"from":{"city":"a"},"passengers":2.0}"#, "invalid type: floating point"),
        ] {
            let error = plan.call(&Arguments::from_text(arguments)).await.expect_err("misfit");
            assert!(error.for_model().starts_with(told), "{}", error.for_model());
        }
    }
}
