//! The whole of JSON Schema, by the `jsonschema` crate, which may not fetch anything here. It does not limit
//! its work, so [`work`](super::work) counts the steps before.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::work::BACKTRACKS;
use super::{MAX_MISFITS, Unfit, WrongValue};

pub(super) struct Checker(Validator);

impl Checker {
    pub(super) fn compile(schema: &Value) -> Result<Self, String> {
        // Another crate in the build may have turned fetching on; this turns it off.
        let patterns = PatternOptions::fancy_regex().backtrack_limit(BACKTRACKS);
        let built = jsonschema::options().offline().with_pattern_options(patterns).build(schema);
        built.map(Self).map_err(|error| match error.instance_path().as_str() {
            "" => error.to_string(),
            place => format!("{place}: {error}"),
        })
    }

    pub(super) fn check(&self, value: &Value) -> Result<(), Unfit> {
        let wrong = self.0.iter_errors(value).take(MAX_MISFITS).map(|error| {
            let (path, keyword) = (error.instance_path().as_str(), error.kind().keyword());
            let found = value.pointer(path).unwrap_or(&Value::Null);
            // Masked, since the value may be long, and the model knows it.
            let expected = format!("what fits `{keyword}` ({})", error.masked());
            WrongValue::new(path, expected, found)
        });
        let wrong: Vec<_> = wrong.collect();
        if wrong.is_empty() { Ok(()) } else { Err(Unfit::Wrong(wrong)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn wrong(schema: &Value, value: &Value) -> Vec<String> {
        match Checker::compile(schema).expect("a schema").check(value) {
            Err(Unfit::Wrong(wrong)) => wrong.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    }

    #[test]
    fn every_keyword_is_checked() {
        let schema = json!({
            "properties": {"code": {"pattern": "^[A-Z]{3}$"}},
            "if": {"required": ["a"]},
            "then": {"required": ["b"]},
        });
        assert!(wrong(&schema, &json!({"code": "BGO", "a": 1, "b": 2})).is_empty());
        let misfits = wrong(&schema, &json!({"code": "bgo", "a": 1}));
        assert_eq!(misfits.len(), 2, "{misfits:?}");
        assert!(
            misfits
                .iter()
                .any(|misfits| misfits.starts_with("/code: expected what fits `pattern`"))
        );
    }

    #[test]
    fn only_the_first_misfits_are_reported() {
        let many: Value = (0..100).map(|n| (n.to_string(), json!(n))).collect();
        let schema = json!({"additionalProperties": {"type": "null"}});
        assert_eq!(wrong(&schema, &many).len(), MAX_MISFITS);
    }

    #[test]
    fn a_pattern_that_backtracks_without_end_is_a_misfit_and_no_hang() {
        let schema = json!({"properties": {"a": {"pattern": "^(a+)+(?=b)$"}}});
        assert_eq!(wrong(&schema, &json!({"a": "a".repeat(64)})).len(), 1);
    }
}
