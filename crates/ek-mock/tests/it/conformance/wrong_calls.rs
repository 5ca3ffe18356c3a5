//! Adapters that are wrong about calls and replies, and what the suite says of each.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Result, ToolCall, Usage};

use super::adapters::{Answers, answers, assert_broken};

fn server_failed() -> Error {
    Error::new(ErrorKind::Server, "HTTP 500")
}

#[tokio::test]
async fn one_that_always_fails() {
    let wrong = answers(|_| Err(server_failed()));
    assert_broken!(a_question_is_answered(&wrong), "the call failed with Server: HTTP 500");
}

#[tokio::test]
async fn one_that_panics() {
    let wrong = answers(|_| panic!("no reply for {}", "this"));
    assert_broken!(a_question_is_answered(&wrong), "the call panicked: no reply for this");
}

#[tokio::test]
async fn one_that_takes_a_single_message() {
    let wrong = answers(|request| match request.messages.as_slice() {
        [only] => Ok(LlmResponse::text(only.text())),
        _ => Err(Error::new(ErrorKind::Config, "one message, please")),
    });
    assert_broken!(
        a_conversation_of_several_turns_is_answered(&wrong),
        "the call failed with Config: one message, please"
    );
}

#[tokio::test]
async fn one_that_answers_once() {
    let used = AtomicBool::new(false);
    let wrong = answers(move |_| {
        let again = used.swap(true, Ordering::SeqCst);
        if again { Err(server_failed()) } else { Ok(LlmResponse::text("a")) }
    });
    assert_broken!(
        the_same_request_can_be_asked_again(&wrong),
        "the second call failed with Server: HTTP 500"
    );
}

#[tokio::test]
async fn one_that_needs_a_message() {
    let wrong = answers(|request| Ok(LlmResponse::text(request.messages[0].text())));
    assert_broken!(
        an_empty_conversation_is_answered_or_refused(&wrong),
        "the call panicked: index out of bounds: the len is 0 but the index is 0"
    );
}

#[tokio::test]
async fn one_that_calls_an_empty_conversation_a_failure_of_the_server() {
    let wrong = answers(|_| Err(server_failed()));
    assert_broken!(
        an_empty_conversation_is_answered_or_refused(&wrong),
        "the call failed with Server: HTTP 500"
    );
}

#[tokio::test]
async fn one_that_keeps_the_prompt_in_itself() {
    let prompt = Arc::new(Mutex::new(String::new()));
    let wrong = Answers(move |request: ChatRequest| {
        let prompt = Arc::clone(&prompt);
        async move {
            *prompt.lock().expect("no panic") =
                request.last_user_text().unwrap_or_default().into_owned();
            tokio::task::yield_now().await;
            Ok(LlmResponse::text(prompt.lock().expect("no panic").clone()))
        }
    });
    assert_broken!(
        parallel_calls_do_not_mix(&wrong),
        "of 8 parallel calls, number 0 got the answer to number 7"
    );
}

#[tokio::test]
async fn one_that_stays_busy_when_a_call_is_dropped() {
    let busy = Arc::new(AtomicBool::new(false));
    let wrong = Answers(move |_| {
        let busy = Arc::clone(&busy);
        async move {
            if busy.swap(true, Ordering::SeqCst) {
                return Err(Error::new(ErrorKind::Config, "one call at a time"));
            }
            tokio::task::yield_now().await;
            busy.store(false, Ordering::SeqCst);
            Ok(LlmResponse::text("a"))
        }
    });
    assert_broken!(
        a_dropped_call_leaves_the_provider_usable(&wrong),
        "the call after a dropped one failed with Config: one call at a time"
    );
}

#[tokio::test]
async fn one_that_gives_the_answer_of_a_dropped_call_to_the_next() {
    let waiting = Arc::new(Mutex::new(Vec::new()));
    let wrong = Answers(move |request: ChatRequest| {
        let waiting = Arc::clone(&waiting);
        async move {
            waiting
                .lock()
                .expect("no panic")
                .push(request.last_user_text().unwrap_or_default().into_owned());
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            Ok(LlmResponse::text(waiting.lock().expect("no panic").remove(0)))
        }
    });
    assert_broken!(
        a_dropped_call_leaves_the_provider_usable(&wrong),
        "the call after a dropped one got the answer to the dropped one"
    );
}

#[tokio::test]
async fn one_that_makes_up_counts() {
    let wrong = answers(|_| Ok(LlmResponse::text("warm").with_usage(Usage::new(0, 0))));
    assert_broken!(
        unknown_usage_is_none_and_not_zero(&wrong),
        "a text of 4 bytes is said to have cost 0 tokens in and 0 tokens out"
    );
}

#[tokio::test]
async fn one_that_calls_tools_nobody_offered() {
    let call = || ToolCall::new("call_1", "tide", "{}");
    let wrong = answers(move |_| Ok(LlmResponse::default().with_tool_calls([call()])));
    assert_broken!(
        no_tool_is_called_that_was_not_offered(&wrong),
        "no tool was offered, and the reply calls 1"
    );
}

#[derive(Default)]
struct LastModel(OnceLock<String>);

impl LlmProvider for LastModel {
    async fn complete(&self, request: &ChatRequest) -> Result<LlmResponse> {
        if let Some(model) = &request.model {
            let _ = self.0.set(model.clone());
        }
        Ok(LlmResponse::text("warm"))
    }

    fn model(&self) -> Option<&str> {
        self.0.get().map(String::as_str)
    }
}

#[tokio::test]
async fn one_whose_model_is_the_one_asked_last() {
    assert_broken!(
        the_model_name_stays(&LastModel::default()),
        "`model()` was None, and is Some(\"another-model\") after two calls"
    );
}
