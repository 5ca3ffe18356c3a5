//! How an attempt says which fault it wants: in its message, where a server of either version of HTTP finds
//! it without decoding headers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::fault::Fault;

/// Between the name of the fault and the attempt. No name holds it.
const SEPARATOR: &str = " / ";

/// The message of an attempt.
pub(super) fn text(fault: Fault, attempt: &str) -> String {
    format!("{}{SEPARATOR}{attempt}", fault.name())
}

/// What a request wants.
#[derive(Debug, PartialEq)]
pub(super) struct Question {
    pub(super) fault: Fault,
    /// None where nothing is staged.
    attempt: Option<String>,
    pub(super) streamed: bool,
}

impl Question {
    /// Reads a request's body.
    pub(super) fn of(body: &str) -> Self {
        let message = body.split_once(r#""content":""#).map_or("", |(_, rest)| rest);
        let message = message.split('"').next().unwrap_or_default();
        let staged = message.split_once(SEPARATOR);
        let fault = staged.and_then(|(name, _)| Fault::ALL.iter().find(|it| it.name() == name));
        Self {
            fault: fault.copied().unwrap_or(Fault::Nothing),
            attempt: staged.map(|(_, attempt)| attempt.to_owned()),
            streamed: body.contains(r#""stream":true"#),
        }
    }
}

/// How often each attempt has come.
#[derive(Clone, Default)]
pub(super) struct Seen(Arc<Mutex<HashMap<String, u32>>>);

impl Seen {
    pub(super) fn add(&self, question: &Question) {
        if let Some(attempt) = &question.attempt {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            *seen.entry(attempt.clone()).or_default() += 1;
        }
    }

    /// How many attempts have come, and how many of them more than once.
    pub(super) fn counts(&self) -> (usize, usize) {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (seen.len(), seen.values().filter(|times| **times > 1).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_in_the_request_that_asks_for_it() {
        for fault in Fault::ALL {
            let message = serde_json::json!({"role": "user", "content": text(*fault, "7-1")});
            let body = format!(r#"{{"model":"m","messages":[{message}],"stream":true}}"#);
            let attempt = Some("7-1".to_owned());
            assert_eq!(Question::of(&body), Question { fault: *fault, attempt, streamed: true });
        }
        let other = Question::of(r#"{"messages":[{"role":"user","content":"?"}]}"#);
        assert_eq!(other, Question { fault: Fault::Nothing, attempt: None, streamed: false });
    }
}
