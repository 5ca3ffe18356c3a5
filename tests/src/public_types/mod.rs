//! Which types of other crates the public signatures of the library name, and which of our own types have
//! no example.
//!
//! A type of another crate in a signature ties our versions to that crate's: each one is a promise, and
//! has to be on a short list. rustdoc has resolved every path, so its JSON is read and no source text.

mod allowed;
mod examples;
mod rustdoc;

use std::collections::BTreeMap;

use serde_json::Value;

pub use allowed::PACKAGES;

/// What signatures of one package may name.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// The package, with underscores.
    pub name: &'static str,
    /// Crates besides the standard library and our own, each with the reason.
    pub crates: &'static [(&'static str, &'static str)],
}

/// Crates that any signature may name.
const OURS: [&str; 10] = [
    "core",
    "alloc",
    "std",
    "ek_core",
    "ek_fleet",
    "ek_http",
    "ek_mcp",
    "ek_mock",
    "ek_patterns",
    "executionkit",
];

impl Package {
    /// One line for each crate that signatures name and the list does not, with an item that does, and
    /// for each that the list names and no signature does; and one for each type without an example.
    ///
    /// # Errors
    /// A message, if this is no rustdoc JSON.
    pub fn complaints(&self, doc: &Value) -> Result<Vec<String>, String> {
        let mut foreign = BTreeMap::new();
        for named in rustdoc::named(doc)? {
            if !OURS.contains(&named.crate_name.as_str()) {
                foreign.entry(named.crate_name.clone()).or_insert(named);
            }
        }
        let mut complaints = Vec::new();
        for (crate_name, named) in &foreign {
            if !self.crates.iter().any(|(allowed, _)| allowed == crate_name) {
                complaints.push(format!(
                    "{}: `{}` names {}, and {crate_name} is not on the list",
                    self.name, named.item, named.path
                ));
            }
        }
        for (allowed, _) in self.crates {
            if !foreign.contains_key(*allowed) {
                complaints.push(format!(
                    "{}: {allowed} is on the list, and no signature names it",
                    self.name
                ));
            }
        }
        for name in examples::missing(doc) {
            complaints.push(format!("{}: `{name}` has no example", self.name));
        }
        Ok(complaints)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const PACKAGE: Package = Package { name: "kiln", crates: &[("bytes", "bodies")] };

    /// A document in which the function `burn` takes the types of these crates.
    fn doc(crates: &[&str]) -> Value {
        let mut external = json!({});
        let mut paths = json!({});
        let mut inputs = Vec::new();
        for (number, name) in crates.iter().enumerate() {
            let id = number + 1;
            external[id.to_string()] = json!({"name": name});
            paths[id.to_string()] = json!({"crate_id": id, "path": [name, "Type"]});
            let path = json!({"path": "Type", "id": id, "args": null});
            inputs.push(json!(["a", {"resolved_path": path}]));
        }
        json!({
            "external_crates": external, "paths": paths,
            "index": {"100": {"crate_id": 0, "name": "burn",
                "inner": {"function": {"sig": {"inputs": inputs}}}}},
        })
    }

    #[test]
    fn types_of_the_list_and_of_the_standard_library_draw_no_complaint() {
        let complaints = PACKAGE.complaints(&doc(&["core", "bytes", "ek_core"]));
        assert_eq!(complaints, Ok(Vec::new()));
    }

    #[test]
    fn a_type_of_another_crate_is_named_with_the_item() {
        let complaints = PACKAGE.complaints(&doc(&["bytes", "hyper"])).expect("a document");
        assert_eq!(complaints, ["kiln: `burn` names hyper::Type, and hyper is not on the list"]);
    }

    #[test]
    fn a_crate_that_no_signature_names_leaves_the_list() {
        let complaints = PACKAGE.complaints(&doc(&["core"])).expect("a document");
        assert_eq!(complaints, ["kiln: bytes is on the list, and no signature names it"]);
    }

    #[test]
    fn something_else_than_rustdoc_json_is_an_error() {
        assert!(PACKAGE.complaints(&json!({})).is_err());
    }
}
