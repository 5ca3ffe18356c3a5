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
        async move {
            let answer = tide.call(&arguments).await;
            answer.map(|output| output.text().into_owned()).map_err(|e| e.for_model().to_owned())
        }
    };
    assert_eq!(answer(r#"{"city":"Bergen"}"#).await.as_deref(), Ok("04:12"));
    let error = answer(r#"{"city":"Oslo"}"#).await.expect_err("unknown");
    assert_eq!(error, "only Bergen is known");
    let misfit = answer("{}").await.expect_err("a misfit");
    assert_eq!(misfit, "/city: expected a value, found nothing");
}

#[test]
fn a_schema_is_kept_byte_for_byte() {
    let text = r#"{"type": "object",  "properties": {"z": {}, "a": {}}}"#;
    let tool = Tool::new("t", "d", text, tide).expect("a tool");
    assert_eq!(tool.spec().parameters.as_ref().map(ek_core::RawJson::as_str), Some(text));
    assert_eq!((tool.name(), tool.spec().strict), ("t", None));
    assert!(Tool::new("t", "d", json!({"type": "object"}), tide).is_ok());
}

#[test]
fn a_name_that_servers_refuse_and_an_unsound_schema_are_config_errors() {
    let refused = |name: &str, schema: &str| {
        let error = Tool::new(name, "d", schema, tide).map(drop).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::Config);
        error.to_string()
    };
    let start = "the name of a tool must be 1 to 64 letters, digits, `_` or `-`, not `";
    for name in ["", " ", "get tide", "tide.get", "ebb/flow", &"x".repeat(65)] {
        assert!(refused(name, CITY).starts_with(start), "{name}");
        let custom = Tool::custom(name, "d", |_| async { Ok("x") }).map(drop).expect_err("refused");
        assert!(custom.to_string().starts_with(start), "{custom}");
        assert!(Tool::unchecked(name, "d", CITY, tide).is_err(), "{name}");
    }
    let why = "the schema of the tool `t`: not a JSON document: fault at line 1, column 1";
    assert_eq!(refused("t", "{"), why);
    let unchecked = Tool::unchecked("t", "d", "{", tide).map(drop).expect_err("refused");
    assert_eq!(unchecked.to_string(), why);
    let why = "the schema of the tool `t`: not a JSON Schema: neither an object nor true or false";
    assert_eq!(refused("t", "[]"), why);
    let why = refused("t", r#"{"type":"objekt"}"#);
    assert!(why.starts_with("the schema of the tool `t`: "), "{why}");
}

/// What servers of MCP and generators write, each as the schema of a property.
#[tokio::test]
async fn the_schemas_of_tool_servers_are_taken_and_checked() {
    for (schema, fits, misfit) in [
        (json!({"type": "string", "pattern": "^[A-Z]{3}$"}), json!("BGO"), json!("bgo")),
        (json!({"type": "string", "nullable": true}), json!(null), json!(1)),
        (
            json!({"type": "object", "propertyNames": {"pattern": "^x-"}}),
            json!({"x-a": 1}),
            json!({"a": 1}),
        ),
        (
            json!({"type": "array", "prefixItems": [{"type": "number"}, {"type": "number"}],
                "minItems": 2, "maxItems": 2}),
            json!([60.4, 5.3]),
            json!([60.4, "5.3"]),
        ),
        (
            json!({"type": "array", "items": [{"type": "number"}, {"type": "string"}],
                "additionalItems": false}),
            json!([1, "m"]),
            json!([1, "m", 2]),
        ),
        (json!({"type": "integer", "multipleOf": 5}), json!(15), json!(16)),
        (
            json!({"oneOf": [{"type": "object", "required": ["a"]}, {"type": "null"}],
                "discriminator": {"propertyName": "kind"}}),
            json!({"a": 1}),
            json!({}),
        ),
        (
            json!({"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png"}),
            json!("AAAA"),
            json!(1),
        ),
        (json!({"type": "number", "minimum": 0, "exclusiveMinimum": true}), json!(1), json!(0)),
        (
            json!({"type": "object", "patternProperties": {"^.*$": {"type": "string"}}}),
            json!({"any": "x"}),
            json!({"any": 1}),
        ),
        (
            json!({"type": "string", "$comment": "c", "examples": ["a"], "default": "a",
                "deprecated": true, "x-ui": {"rows": 3}, "readOnly": false, "title": "T"}),
            json!("a"),
            json!(1),
        ),
    ] {
        let whole = json!({"type": "object", "properties": {"p": schema}});
        let tool = Tool::new("t", "d", whole, |_| async { Ok("ran") });
        let tool = tool.unwrap_or_else(|error| panic!("{schema}: {error}"));
        let call = async |value: &Value| {
            let arguments = json!({"p": value}).to_string();
            tool.call(&Arguments::from_text(arguments)).await.is_ok()
        };
        assert!(call(&fits).await && !call(&misfit).await, "{schema}");
    }
}

#[cfg(not(feature = "jsonschema"))]
#[test]
fn what_the_built_in_check_cannot_express_is_refused_when_the_tool_is_made() {
    let schema = r#"{"properties":{"code":{"pattern":"^(?=A)"}},"if":true}"#;
    let error = Tool::new("t", "d", schema, tide).map(drop).expect_err("refused");
    let why = "the schema of the tool `t`: it cannot be checked for the keyword `if` at `/`, the \
               keyword `pattern` at `/properties/code`; the feature `jsonschema` knows all keywords, \
               and `Tool::unchecked` checks none";
    assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::Config, why));
}

#[tokio::test]
async fn an_unchecked_tool_shows_its_schema_and_takes_any_object() {
    let schema = r#"{"type":"object","if":{"required":["a"]},"then":{"required":["b"]}}"#;
    let echo = |arguments: Value| async move { Ok(arguments) };
    let tool = Tool::unchecked("t", "d", schema, echo).expect("a tool");
    assert_eq!(tool.spec().parameters.as_ref().map(ek_core::RawJson::as_str), Some(schema));
    let answer = tool.call(&Arguments::from_text(r#"{"a":1}"#)).await.expect("an answer");
    assert_eq!(answer, r#"{"a":1}"#);
    let error = tool.call(&Arguments::from_text("[1]")).await.expect_err("no object");
    assert_eq!(error.for_model(), "the arguments are not a JSON object");
}

/// 459 bytes that took 19 s, and twice as long with each level.
#[tokio::test]
async fn arguments_cannot_make_the_check_of_a_recursive_schema_run_on() {
    let branch = |op: &str| {
        json!({"type": "object", "required": ["op", "left"],
            "properties": {"op": {"const": op}, "left": {"$ref": "#/$defs/e"}}})
    };
    for (word, wrap) in [("anyOf", false), ("oneOf", false), ("anyOf", true)] {
        let mut node = json!({word: [branch("and"), branch("or"), {"type": "string"}]});
        if wrap && cfg!(feature = "jsonschema") {
            // Beyond the built-in check.
            node["unevaluatedItems"] = json!(false);
        }
        let schema = json!({"type": "object", "properties": {"e": {"$ref": "#/$defs/e"}},
            "$defs": {"e": node}});
        let tool = Tool::new("search", "d", schema, |_| async { Ok("found") }).expect("a tool");
        for leaf in ["\"x\"", "1"] {
            let (open, close) = ("{\"left\":".repeat(100), ",\"op\":\"or\"}".repeat(100));
            let arguments = Arguments::from_text(format!("{{\"e\":{open}{leaf}{close}}}"));
            let reads = tool.call(&arguments).await.map_err(|error| error.for_model().to_owned());
            if wrap && cfg!(feature = "jsonschema") {
                let why = "the arguments are too complex to check".to_owned();
                assert_eq!(reads.map(|output| output.text().into_owned()), Err(why));
            } else {
                assert_eq!(reads.is_ok(), leaf != "1", "{word}");
            }
        }
    }
}

#[cfg(feature = "jsonschema")]
#[tokio::test]
async fn the_whole_of_json_schema_is_checked_with_the_feature() {
    let schema = r#"{"properties":{"code":{"pattern":"^(?=B)[A-Z]+$"}}}"#;
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
        for (arguments, reads) in [
            (r#"{"from":{"city":"Bergen"}}"#, "/passengers: expected a value, found nothing"),
            (r#"{"from":{"city":1},"passengers":2}"#, "/from/city: expected string, found integer"),
            (
                r#"{"from":{"city":"a"},"passengers":256}"#,
                "/passengers: expected at most 255, found integer",
            ),
            // The schema allows it, since 2.0 is an integer to it; the type does not.
            (r#"{"from":{"city":"a"},"passengers":2.0}"#, "/passengers: expected u8, found number"),
        ] {
            let error = plan.call(&Arguments::from_text(arguments)).await.expect_err("misfit");
            assert_eq!(error.for_model(), reads);
        }
    }

    #[tokio::test]
    async fn a_type_with_tuples_is_taken() {
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        struct Leg {
            from: (f64, f64),
            to: [f64; 2],
        }
        let leg = |leg: Leg| async move { Ok(format!("{} {}", leg.from.1, leg.to[1])) };
        let leg = Tool::typed("leg", "measures", leg).expect("a tool");
        let answer = leg.call(&Arguments::from_text(r#"{"from":[60,5],"to":[59,10]}"#)).await;
        assert_eq!(answer.expect("an answer"), "5 10");
        let error = leg.call(&Arguments::from_text(r#"{"from":[60],"to":[59,10,1]}"#)).await;
        let reads = error.expect_err("misfits").for_model().to_owned();
        assert_eq!(reads.matches("items").count(), 2, "{reads}");
    }

    /// A type that serde reads by trying each variant, at each level.
    #[tokio::test]
    async fn arguments_cannot_make_the_reading_of_an_untagged_type_run_on() {
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        struct Query {
            query: Expr,
        }
        #[derive(serde::Deserialize, schemars::JsonSchema)]
        #[serde(untagged)]
        #[expect(dead_code, reason = "only read by serde")]
        enum Expr {
            And { left: Box<Expr>, and: bool },
            Or { left: Box<Expr>, or: bool },
            Word(String),
        }
        let search = |query: Query| async move {
            Ok(if matches!(query.query, Expr::Or { .. }) { "or" } else { "other" })
        };
        let search = Tool::typed("search", "d", search).expect("a tool");
        let arguments = |levels: usize| {
            let (open, close) = ("{\"left\":".repeat(levels), ",\"or\":true}".repeat(levels));
            Arguments::from_text(format!("{{\"query\":{open}\"x\"{close}}}"))
        };
        assert_eq!(search.call(&arguments(8)).await.expect("an answer"), "or");
        let error = search.call(&arguments(60)).await.expect_err("too complex");
        assert_eq!(error.for_model(), "the arguments are too complex to check");
    }
}
