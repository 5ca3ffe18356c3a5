//! Reads and checks the arguments of a call, and refuses them with a text for the model. All work on them is
//! limited, since the model chooses them.

use ek_core::{Arguments, Error, ErrorKind, MAX_JSON_VALUES, RawJson, Result};
use serde_json::Value;

use crate::schema::{Schema, Strict, Unfit};

/// How the arguments of a tool are read.
#[derive(Default)]
pub(super) struct Reader {
    /// `None` for a tool that does not check.
    schema: Option<Schema>,
    /// Whether the arguments are deserialized into a type.
    is_typed: bool,
}

impl Reader {
    pub(super) fn new(tool: &str, schema: &RawJson, is_typed: bool) -> Result<Self> {
        let checked = Schema::compile(schema).and_then(|checked| {
            if accepts_objects(schema) { Ok(checked) } else { Err(NO_OBJECT.to_owned()) }
        });
        match checked {
            Ok(schema) => Ok(Self { schema: Some(schema), is_typed }),
            Err(why) => {
                let why = format!("the schema of the tool `{tool}`: {why}");
                Err(Error::new(ErrorKind::Config, why))
            }
        }
    }

    /// The arguments that the schema allows. The error is for the model.
    pub(super) fn read(
        &self,
        arguments: &Arguments,
        strict: Option<&Strict>,
    ) -> Result<Value, String> {
        if arguments.is_too_large() {
            return Err(format!("the arguments are too large: more than {MAX_JSON_VALUES} values"));
        }
        let object = arguments.object().ok_or("the arguments are not a JSON object")?;
        let mut value = Value::Object(object);
        if let Some(strict) = strict {
            value = strict.undo(value);
        }
        let Some(schema) = &self.schema else { return Ok(value) };
        let checked = schema.check(&value).and_then(|()| {
            let takes_long = self.is_typed && schema.takes_long(&value);
            if takes_long { Err(Unfit::TooComplex) } else { Ok(()) }
        });
        match checked {
            Ok(()) => Ok(value),
            Err(Unfit::TooComplex) => Err("the arguments are too complex to check".to_owned()),
            Err(Unfit::Wrong(wrong)) => {
                let wrong: Vec<_> = wrong.iter().map(ToString::to_string).collect();
                Err(wrong.join("; "))
            }
        }
    }
}

const NO_OBJECT: &str = "its `type` must be \"object\": arguments are named";

fn accepts_objects(schema: &RawJson) -> bool {
    let kinds = schema.to_value().ok().and_then(|schema| schema.get("type").cloned());
    match kinds {
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        Some(kind) => kind == "object",
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn reader(schema: &str) -> Result<Reader, String> {
        let schema = RawJson::new(schema).expect("JSON");
        Reader::new("t", &schema, false).map_err(|error| error.to_string())
    }

    fn read(reader: &Reader, text: &str) -> Result<Value, String> {
        reader.read(&Arguments::from_text(text), None)
    }

    #[test]
    fn arguments_that_are_no_object_are_answered_before_the_schema_is_asked() {
        let deep = format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200));
        for reader in [reader("true").expect("a schema"), Reader::default()] {
            for text in ["[1]", "{\"a\":", "\"a\"", "{\"a\":1e999}", deep.as_str()] {
                let text = read(&reader, text).expect_err("no object");
                assert_eq!(text, "the arguments are not a JSON object", "{text}");
            }
            assert_eq!(read(&reader, ""), Ok(json!({})));
        }
    }

    #[test]
    fn arguments_that_would_make_too_large_a_tree_are_not_read() {
        let text = format!("{{\"a\":[{}{{}}]}}", "{\"\":0},".repeat(MAX_JSON_VALUES / 2));
        for reader in [reader("true").expect("a schema"), Reader::default()] {
            let text = read(&reader, &text).expect_err("too large");
            assert_eq!(text, "the arguments are too large: more than 50000 values");
        }
    }

    #[test]
    fn a_schema_that_no_arguments_could_ever_fit_is_refused() {
        for text in [r#"{"type":"string"}"#, r#"{"type":["array","null"]}"#] {
            let why = reader(text).err().expect("refused");
            assert_eq!(why, format!("the schema of the tool `t`: {NO_OBJECT}"));
        }
        assert!(reader(r#"{"type":["object","null"]}"#).is_ok() && reader("{}").is_ok());
    }

    #[test]
    fn the_model_reads_every_misfit_with_its_place_and_not_its_own_values() {
        let place = reader(
            r#"{"type":"object","properties":{"city":{"type":"string"},"days":{"items":{"minimum":1}}},"required":["city","days"]}"#,
        )
        .expect("a schema");
        assert_eq!(
            read(&place, "{}").expect_err("misfits"),
            "/city: expected a value, found nothing; /days: expected a value, found nothing"
        );
        assert_eq!(
            read(&place, r#"{"city":977,"days":[1,0,-5]}"#).expect_err("misfits"),
            "/city: expected string, found integer; /days/1: expected at least 1, found integer; \
             /days/2: expected at least 1, found integer"
        );
    }
}
