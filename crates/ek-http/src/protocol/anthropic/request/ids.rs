//! The ids of calls: the API takes letters, digits, `_` and `-`, and each id once in a conversation.
//!
//! Other servers have other ids, and some begin anew in each reply. A call and its result get the same
//! id always.

use std::collections::{HashMap, HashSet};

/// The ids of one request.
#[derive(Default)]
pub(super) struct Ids<'a> {
    /// What stands for an id in the newest turn that calls under it.
    sent: HashMap<&'a str, String>,
    taken: HashSet<String>,
}

impl<'a> Ids<'a> {
    /// Takes an id that goes back as it came.
    pub(super) fn keep(&mut self, id: &'a str) {
        self.sent.insert(id, id.to_owned());
        self.taken.insert(id.to_owned());
    }

    /// What stands for the id of a call.
    pub(super) fn of_call(&mut self, id: &'a str) -> &str {
        let allowed = allowed(id);
        let mut found = allowed.clone();
        let mut count = 1_usize;
        while self.taken.contains(&found) {
            count += 1;
            found = format!("{allowed}_{count}");
        }
        self.taken.insert(found.clone());
        self.sent.insert(id, found);
        &self.sent[id]
    }

    /// What stands for the id of the call that a result answers.
    pub(super) fn of_result(&self, id: &str) -> String {
        self.sent.get(id).cloned().unwrap_or_else(|| allowed(id))
    }
}

/// The id with a `_` for each character that the API refuses.
fn allowed(id: &str) -> String {
    if id.is_empty() {
        return "_".to_owned();
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    id.chars().map(|c| if is_allowed(c) { c } else { '_' }).collect()
}

/// A tool's name in a call of another protocol's, as the API takes it.
pub(super) fn allowed_name(name: &str) -> String {
    allowed(name).chars().take(MAX_NAME).collect()
}

/// Whether the API takes this name of a tool.
pub(super) fn is_allowed_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= MAX_NAME && allowed(name) == name
}

/// The longest name of a tool, in characters.
const MAX_NAME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_that_the_api_refuses_are_replaced_one_for_one() {
        let mut ids = Ids::default();
        assert_eq!(ids.of_call("functions.tide:0"), "functions_tide_0");
        assert_eq!(ids.of_result("functions.tide:0"), "functions_tide_0");
        assert_eq!(ids.of_result("né"), "n_");
    }

    #[test]
    fn two_calls_never_share_an_id_and_a_result_answers_the_newest() {
        let mut ids = Ids::default();
        ids.keep("call_0");
        assert_eq!(ids.of_result("call_0"), "call_0");
        assert_eq!(ids.of_call("call_0"), "call_0_2");
        assert_eq!(ids.of_result("call_0"), "call_0_2");
        assert_eq!(ids.of_call("a.b"), "a_b");
        assert_eq!(ids.of_call("a:b"), "a_b_2");
        assert_eq!(ids.of_result("a.b"), "a_b");
    }

    #[test]
    fn names_are_held_to_letters_digits_and_64_characters() {
        assert!(is_allowed_name("tide-2_x") && is_allowed_name(&"x".repeat(64)));
        for name in ["", "a.b", "é", &"x".repeat(65)] {
            assert!(!is_allowed_name(name) && is_allowed_name(&allowed_name(name)), "{name}");
        }
    }
}
