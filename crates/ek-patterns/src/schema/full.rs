//! The whole of JSON Schema, by the `jsonschema` crate, kept offline.

use jsonschema::Validator;
use serde_json::Value;

/// The misfits of one call that the model is told: enough to mend it, and no flood.
const TOLD: usize = 5;

pub(super) struct Checker(Validator);

impl Checker {
    pub(super) fn compile(schema: &Value) -> Result<Self, String> {
        // Another crate in the build may have turned on fetching; nothing is fetched even so.
        let built = jsonschema::options().offline().build(schema);
        built.map(Self).map_err(|error| format!("{}{error}", place(error.instance_path().as_str())))
    }

    pub(super) fn check(&self, value: &Value) -> Result<(), String> {
        // Masked: the model knows what it wrote, and it may be long.
        let misfits = self.0.iter_errors(value).take(TOLD);
        let misfits =
            misfits.map(|e| format!("{}{}", place(e.instance_path().as_str()), e.masked()));
        let misfits: Vec<String> = misfits.collect();
        if misfits.is_empty() { Ok(()) } else { Err(misfits.join("; ")) }
    }
}

fn place(pointer: &str) -> String {
    if pointer.is_empty() { String::new() } else { format!("{pointer}: ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_keyword_is_checked() {
        let schema = json!({
            "properties": {"code": {"pattern": "^[A-Z]{3}$"}},
            "if": {"required": ["a"]},
            "then": {"required": ["b"]},
        });
        let checker = Checker::compile(&schema).expect("a schema");
        assert_eq!(checker.check(&json!({"code": "BGO", "a": 1, "b": 2})), Ok(()));
        let told = checker.check(&json!({"code": "bgo", "a": 1})).expect_err("two misfits");
        assert_eq!(told.split("; ").count(), 2, "{told}");
    }

    #[test]
    fn a_flood_of_misfits_is_cut() {
        let checker = Checker::compile(&json!({"additionalProperties": {"type": "null"}}));
        let many: Value = (0..100).map(|n| (n.to_string(), json!(n))).collect();
        let told = checker.expect("a schema").check(&many).expect_err("misfits");
        assert_eq!(told.split("; ").count(), TOLD);
    }

    #[test]
    fn a_pattern_that_backtracks_without_end_is_a_misfit_and_no_hang() {
        let checker = Checker::compile(&json!({"properties": {"a": {"pattern": "^(a+)+(?=b)$"}}}));
        let checker = checker.expect("a schema");
        assert!(checker.check(&json!({"a": "a".repeat(64)})).is_err());
    }
}
