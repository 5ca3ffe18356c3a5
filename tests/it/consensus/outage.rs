//! Many callers, a server that is down, and the budget that keeps them from making it worse. Real bytes
//! in memory, under paused time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ek_mock::wire::MockTransport;
use ek_mock::{MockReply, Script};
use executionkit::{
    ConsensusOptions, Error, ErrorKind, Provider, RetryBudget, RetryConfig, consensus,
};
use tokio::task::JoinSet;

const CALLERS: usize = 200;
const SAMPLES: usize = 5;
const EXTRA: usize = 50;

/// A server that can be down, and a client of it.
struct Rig {
    down: Arc<AtomicBool>,
    transport: MockTransport,
    provider: Provider,
}

impl Rig {
    fn new() -> Self {
        let down = Arc::new(AtomicBool::new(true));
        let seen = Arc::clone(&down);
        let transport = MockTransport::new(Script::responding(move |_| {
            if seen.load(Ordering::SeqCst) {
                MockReply::from(Error::new(ErrorKind::Server, "overloaded").with_status(503))
            } else {
                MockReply::from("up")
            }
        }));
        let settings = Provider::builder(transport.uri(), "m").connector(transport.clone());
        let provider = settings.build().expect("sound settings");
        Self { down, transport, provider }
    }

    fn requests(&self) -> usize {
        self.transport.call_count()
    }

    /// All callers at once; how many of them got an answer, and how many requests that took.
    async fn storm(&self, options: &ConsensusOptions) -> (usize, usize) {
        let before = self.requests();
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (provider, options) = (self.provider.clone(), options.clone());
            callers.spawn(async move { consensus(&provider, "Are you up?", &options).await });
        }
        let mut answered = 0;
        while let Some(outcome) = callers.join_next().await {
            match outcome.expect("no panic") {
                Ok(outcome) => {
                    assert_eq!(outcome.value, "up");
                    answered += 1;
                }
                Err(error) => assert!(error.spend().calls > 0, "{error}"),
            }
        }
        (answered, self.requests() - before)
    }
}

/// Every sample is seen to its end, so that the count is exact.
fn options(retry: RetryConfig) -> ConsensusOptions {
    let options = ConsensusOptions::default().with_samples(SAMPLES).with_retry(retry);
    options.with_tolerate_failures(SAMPLES)
}

fn budget() -> RetryBudget {
    RetryBudget::new(u32::try_from(EXTRA).expect("a small number"), 0.1)
}

#[tokio::test(start_paused = true)]
async fn in_an_outage_200_calls_send_the_retry_budget_s_extra_requests_and_recover_with_the_server()
{
    let rig = Rig::new();
    let retries = budget();
    let options = options(RetryConfig::default().with_retry_budget(retries.clone()));

    assert_eq!(rig.storm(&options).await, (0, CALLERS * SAMPLES + EXTRA));
    assert!(retries.available() < 1.0);
    assert_eq!(rig.storm(&options).await, (0, CALLERS * SAMPLES), "single attempts from now on");

    rig.down.store(false, Ordering::SeqCst);
    assert_eq!(rig.storm(&options).await, (CALLERS, CALLERS * SAMPLES));
    assert!(retries.available() > f64::from(u32::try_from(EXTRA).expect("small")) - 0.5);
    rig.down.store(true, Ordering::SeqCst);
    assert_eq!(
        rig.storm(&options).await,
        (0, CALLERS * SAMPLES + EXTRA),
        "there are retries again"
    );
}

#[tokio::test(start_paused = true)]
async fn without_a_retry_budget_the_load_is_multiplied() {
    let rig = Rig::new();
    let storm = rig.storm(&options(RetryConfig::default())).await;
    assert_eq!(storm, (0, 3 * CALLERS * SAMPLES));
}

#[tokio::test(start_paused = true)]
async fn calls_that_fail_with_their_first_sample_send_less_still() {
    let rig = Rig::new();
    let retry = RetryConfig::default().with_retry_budget(budget());
    let (answered, requests) = rig.storm(&options(retry).with_tolerate_failures(0)).await;
    assert_eq!(answered, 0);
    assert!((CALLERS..=CALLERS * SAMPLES + EXTRA).contains(&requests), "{requests}");
}
