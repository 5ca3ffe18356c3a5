//! The ids of calls in a request: what the API takes as one, and each once in a conversation.
//!
//! Other servers have other ids, and some begin anew in each reply. A call and its result get the same
//! id always.

use std::collections::HashMap;

/// The ids of one request.
pub(super) struct Ids<'a> {
    /// An id as the API takes it.
    form: fn(&str) -> String,
    /// The longest id that the API takes, in characters.
    longest: usize,
    /// What stands for an id in the newest turn that calls under it.
    sent: HashMap<&'a str, String>,
    /// The ids that stand in the request, each with the last number that was given to tell it from others.
    taken: HashMap<String, usize>,
}

impl<'a> Ids<'a> {
    /// `form`: an id as the API takes it; `longest`: its longest one, in characters.
    pub(super) fn new(form: fn(&str) -> String, longest: usize) -> Self {
        Self { form, longest, sent: HashMap::new(), taken: HashMap::new() }
    }

    /// Takes an id that goes back as it came.
    pub(super) fn keep(&mut self, id: &'a str) {
        self.sent.insert(id, id.to_owned());
        self.taken.entry(id.to_owned()).or_insert(1);
    }

    /// What stands for the id of a call.
    pub(super) fn of_call(&mut self, id: &'a str) -> &str {
        let allowed = self.allowed(id);
        let mut found = allowed.clone();
        let mut count = self.taken.get(&allowed).copied().unwrap_or(1);
        while self.taken.contains_key(&found) {
            count += 1;
            let number = format!("_{count}");
            let room = self.longest.saturating_sub(number.len());
            found = allowed.chars().take(room).chain(number.chars()).collect();
        }
        self.taken.insert(allowed, count);
        self.taken.entry(found.clone()).or_insert(1);
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
        let mut ids = Ids::new(without_dots, usize::MAX);
        assert_eq!(ids.of_call("functions.tide:0"), "functions_tide_0");
        assert_eq!(ids.of_result("functions.tide:0"), "functions_tide_0");
        assert_eq!(ids.of_result("a.b"), "a_b");
        assert_eq!(
            (ids.of_call(""), "_".to_owned()),
            ("_", Ids::new(without_dots, usize::MAX).of_result(""))
        );
    }

    #[test]
    fn two_calls_never_share_an_id_and_a_result_answers_the_newest() {
        let mut ids = Ids::new(without_dots, usize::MAX);
        ids.keep("call_0");
        assert_eq!(ids.of_result("call_0"), "call_0");
        assert_eq!(ids.of_call("call_0"), "call_0_2");
        assert_eq!(ids.of_result("call_0"), "call_0_2");
        assert_eq!(ids.of_call("a.b"), "a_b");
        assert_eq!(ids.of_call("a:b"), "a_b_2");
        assert_eq!(ids.of_result("a.b"), "a_b");
    }

    #[test]
    fn calls_under_one_long_id_stay_apart_within_the_longest_that_the_api_takes() {
        let mut ids = Ids::new(str::to_owned, 8);
        let sent: Vec<_> = (0..12).map(|_| ids.of_call("12345678").to_owned()).collect();
        assert_eq!((&*sent[0], &*sent[1], &*sent[11]), ("12345678", "123456_2", "12345_12"));
        assert_eq!(sent.iter().collect::<std::collections::HashSet<_>>().len(), 12);
    }

    #[test]
    fn a_hundred_thousand_calls_under_one_id_are_numbered_at_once() {
        let mut ids = Ids::new(without_dots, usize::MAX);
        for _ in 0..100_000 {
            ids.of_call("call_0");
        }
        assert_eq!(ids.of_call("call_0"), "call_0_100001");
    }
}
