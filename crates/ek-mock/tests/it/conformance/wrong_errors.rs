//! Adapters whose errors or `Debug` say too much, and what the suite says of each.

use std::sync::Mutex;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result, StreamEvent};
use ek_mock::conformance::errors_show_neither_prompts_nor_keys;

use super::adapters::{Streams, answers, assert_broken};

/// Has no shape by which it would be redacted.
const KEY: &str = "kiln-key-one";

fn rejected(message: impl AsRef<str>) -> Error {
    Error::new(ErrorKind::Rejected, message)
}

#[tokio::test]
async fn one_that_quotes_the_prompt() {
    let wrong = answers(|request| {
        let asked = request.last_user_text().unwrap_or_default();
        Err(rejected(format!("cannot answer {asked:?}")))
    });
    assert_broken!(
        errors_show_neither_prompts_nor_keys(&wrong, &[KEY]),
        "a time limit of a nanosecond gave Rejected, and `Display` of the error shows what was asked",
        "errors are logged as they are: no text of them or of their causes holds a prompt, a header's value \
         or a key"
    );
}

#[tokio::test]
async fn one_that_quotes_a_header() {
    let wrong = answers(|request| match request.headers.first() {
        Some((_, value)) => Err(rejected(format!("this is no header: {value}"))),
        None => Ok(LlmResponse::text("a")),
    });
    assert_broken!(
        errors_show_neither_prompts_nor_keys(&wrong, &[KEY]),
        "a header that cannot be sent gave Rejected, and `Display` of the error shows what was asked"
    );
}

#[tokio::test]
async fn one_that_quotes_its_key() {
    let wrong = answers(|_| Err(rejected(format!("{KEY} is not known here"))));
    assert_broken!(
        errors_show_neither_prompts_nor_keys(&wrong, &["", KEY]),
        "a time limit of a nanosecond gave Rejected, and `Display` of the error shows a key"
    );
}

#[tokio::test]
async fn one_that_hands_the_cause_on_unread() {
    let wrong = answers(|request| {
        let asked = request.last_user_text().unwrap_or_default();
        Err(rejected("HTTP 400").with_source(std::io::Error::other(asked)))
    });
    let seen = errors_show_neither_prompts_nor_keys(&wrong, &[]).await;
    let seen = seen.expect_err("the adapter is wrong").seen;
    assert!(seen.contains("of the error shows what was asked"), "{seen}");
}

#[tokio::test]
async fn one_that_has_the_prompt_in_its_code_or_request_id() {
    for place in ["code", "request_id"] {
        let wrong = answers(move |request| {
            let asked = request.last_user_text().unwrap_or_default();
            let error = rejected("HTTP 400");
            Err(if place == "code" { error.with_code(asked) } else { error.with_request_id(asked) })
        });
        let outcome = errors_show_neither_prompts_nor_keys(&wrong, &[]).await;
        assert!(outcome.is_err(), "{place}");
    }
}

#[tokio::test]
async fn one_whose_stream_quotes_the_prompt() {
    let wrong = Streams(|request: &ChatRequest| {
        let asked = request.last_user_text().unwrap_or_default();
        vec![Ok(StreamEvent::Text("a".to_owned())), Err(rejected(asked))]
    });
    assert_broken!(
        errors_of_streams_show_neither_prompts_nor_keys(&wrong, &[]),
        "a time limit of a nanosecond gave Rejected, and `Display` of the error shows what was asked",
        "errors are logged as they are: no text of them or of their causes holds a prompt, a header's value \
         or a key"
    );
}

#[tokio::test]
async fn one_that_calls_a_time_limit_something_else() {
    let wrong = answers(|request| match request.timeout {
        Some(_) => Err(Error::new(ErrorKind::Server, "too late")),
        None => Ok(LlmResponse::text("a")),
    });
    assert_broken!(
        a_passed_time_limit_is_a_timeout(&wrong),
        "the call failed with Server: too late"
    );
}

#[derive(Debug, Default)]
struct Derived {
    key: String,
    asked: Mutex<Vec<ChatRequest>>,
    last: Mutex<String>,
}

impl LlmProvider for Derived {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        self.asked.lock().expect("no panic").push(request.clone());
        *self.last.lock().expect("no panic") =
            request.last_user_text().unwrap_or_default().into_owned();
        Ok(LlmResponse::text(&*self.key))
    }
}

#[tokio::test]
async fn one_whose_debug_is_derived() {
    let wrong = Derived { key: KEY.to_owned(), ..Derived::default() };
    for (keys, seen) in [(&[KEY][..], "a key"), (&[], "what was asked")] {
        assert_broken!(
            debug_shows_neither_prompts_nor_keys(&wrong, keys),
            format!("`Debug` shows {seen}"),
            "values end up in logs through `{:?}`: it shows settings and counts, never keys or texts"
        );
    }
}
