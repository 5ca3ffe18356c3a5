//! 64 callers at once, all of them retrying: each gets the replies of its own rule, however often.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider};
use ek_mock::{AtEnd, MockProvider, MockReply, Rule, Script, When};
use ek_patterns::{RetryConfig, retry};
use tokio::task::JoinSet;

const CALLERS: usize = 64;

/// What each caller asks, one after another.
const QUESTIONS: [&str; 2] = ["tide", "wind"];

/// A rule for each caller, with an entry for each of its questions: a failure, and then the reply.
/// Nothing is left over and nothing is missing, or a strict rule would say so.
fn script() -> Script {
    (0..CALLERS).fold(Script::new(), |script, caller| {
        let entry = |question: &str| {
            MockReply::attempts([
                MockReply::from(Error::new(ErrorKind::RateLimited, "not yet")),
                MockReply::from(format!("{question} for {caller}")),
            ])
        };
        let when = When::user_text_contains(format!(" {caller}!"));
        let rule = Rule::new(when).replies(QUESTIONS.map(entry)).at_end(AtEnd::Strict);
        script.rule(rule.expect_calls(QUESTIONS.len()))
    })
}

/// All callers at once. Each asks its questions one after another and retries.
async fn round<P: LlmProvider + Clone + 'static>(provider: &P, delay: Duration) {
    let config = RetryConfig::default().with_base_delay(delay);
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (provider, config) = (provider.clone(), config.clone());
        callers.spawn(async move {
            for question in QUESTIONS {
                let request = ChatRequest::user(format!("What of the {question}, {caller}!"));
                let reply = retry(&config, || provider.complete(&request)).await;
                let reply = reply.expect("the second attempt succeeds");
                assert_eq!(reply.content, format!("{question} for {caller}"));
            }
        });
    }
    while let Some(caller) = callers.join_next().await {
        caller.expect("its own replies");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn each_of_64_retrying_callers_gets_its_own_replies_a_thousand_times() {
    let script = script();
    for _ in 0..1_000 {
        let provider = MockProvider::from_script(script.clone());
        round(&provider, Duration::from_micros(1)).await;
        provider.assert_called(CALLERS * QUESTIONS.len() * 2);
        provider.verify();
    }
}

#[cfg(feature = "wire")]
#[tokio::test(start_paused = true)]
async fn on_the_wire_each_of_64_retrying_callers_gets_its_own_replies_as_well() {
    let script = script();
    for _ in 0..10 {
        let transport = ek_mock::wire::MockTransport::new(script.clone());
        let provider = ek_http::Provider::builder(transport.uri(), "m");
        let provider = provider.connector(transport.clone()).build().expect("sound settings");
        round(&provider, Duration::from_secs(1)).await;
        transport.assert_called(CALLERS * QUESTIONS.len() * 2);
        transport.verify();
    }
}
