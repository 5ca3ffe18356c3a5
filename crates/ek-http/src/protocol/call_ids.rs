//! The ids of calls in a request: what the API takes as one, and each once in a conversation.
//!
//! Other servers have other ids, and some begin anew in each reply. A call and its result get the same
//! id always.

use std::collections::{HashMap, HashSet};

/// The ids of one request.
pub(super) struct Ids<'a> {
    /// An id as the API takes it.
    form: fn(&str) -> String,
    /// What stands for an id in the newest turn that calls under it.
    sent: HashMap<&'a str, String>,
    taken: HashSet<String>,
}

impl<'a> Ids<'a> {
    /// `form`: an id as the API takes it, with room for a number behind it.
    pub(super) fn new(form: fn(&str) -> String) -> Self {
        Self { form, sent: HashMap::new(), taken: HashSet::new() }
    }

    /// Takes an id that goes back as it came.
    pub(super) fn keep(&mut self, id: &'a str) {
        self.sent.insert(id, id.to_owned());
        self.taken.insert(id.to_owned());
    }

    /// What stands for the id of a call.
    pub(super) fn of_call(&mut self, id: &'a str) -> &str {
        let allowed = self.allowed(id);
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
        self.sent.get(id).cloned().unwrap_or_else(|| self.allowed(id))
    }

    fn allowed(&self, id: &str) -> String {
        if id.is_empty() { "_".to_owned() } else { (self.form)(id) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn without_dots(id: &str) -> String {
        id.replace(['.', ':'], "_")
    }

    #[test]
    fn a_call_and_its_result_have_the_same_id_in_the_form_of_the_api() {
        let mut ids = Ids::new(without_dots);
        assert_eq!(ids.of_call("functions.tide:0"), "functions_tide_0");
        assert_eq!(ids.of_result("functions.tide:0"), "functions_tide_0");
        assert_eq!(ids.of_result("a.b"), "a_b");
        assert_eq!((ids.of_call(""), "_".to_owned()), ("_", Ids::new(without_dots).of_result("")));
    }

    #[test]
    fn two_calls_never_share_an_id_and_a_result_answers_the_newest() {
        let mut ids = Ids::new(without_dots);
        ids.keep("call_0");
        assert_eq!(ids.of_result("call_0"), "call_0");
        assert_eq!(ids.of_call("call_0"), "call_0_2");
        assert_eq!(ids.of_result("call_0"), "call_0_2");
        assert_eq!(ids.of_call("a.b"), "a_b");
        assert_eq!(ids.of_call("a:b"), "a_b_2");
        assert_eq!(ids.of_result("a.b"), "a_b");
    }
}
