//! Every pattern with every kind of provider: the double, the client over real bytes, a handle, and an
//! adapter that implements `complete` alone. (`react_loop` asks for more, and has tests of its own.)

use std::time::Duration;

use ek_mock::Script;
use ek_mock::wire::MockServer;
use executionkit::{
    ChatRequest, ConsensusOptions, DynProvider, Failover, LlmProvider, LlmResponse,
    MapReduceOptions, MockProvider, PipeOptions, Provider, RefineOptions, Result, RetryConfig,
    Router, StructuredOptions, consensus, map_reduce, pipe, refine_loop, retry, structured,
};

/// What all of them answer: a text, a number in JSON, and nine points of ten.
const ANSWER: &str = "9";

/// All that an adapter has to be.
#[derive(Clone)]
struct Adapter;

impl LlmProvider for Adapter {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        Ok(LlmResponse::text(ANSWER))
    }
}

/// Runs each pattern once, and says how many calls that was.
async fn run_all<P: LlmProvider + Clone + 'static>(llm: &P) -> u64 {
    let request = ChatRequest::user("?");
    let reply = retry(&RetryConfig::default(), || llm.complete(&request)).await.expect("retry");
    assert_eq!(reply.content, ANSWER);

    let vote = consensus(llm, "?", &ConsensusOptions::default()).await.expect("consensus");
    assert_eq!((vote.value.as_str(), vote.score), (ANSWER, Some(1.0)));

    let refined = refine_loop(llm, "?", &RefineOptions::default()).await.expect("refine_loop");
    assert_eq!((refined.value.as_str(), refined.score), (ANSWER, Some(0.9)));

    let options = StructuredOptions::<u8>::default();
    let number = structured::<u8>(llm, "?", &options).await.expect("structured");
    assert_eq!(number.value, 9);

    let options = MapReduceOptions::default();
    let reduced = map_reduce(llm, ["a", "b"], |part| part, |parts| parts.join("\n"), &options);
    let reduced = reduced.await.expect("map_reduce");
    assert_eq!(reduced.value, ANSWER);

    let options = PipeOptions::default();
    let piped = pipe(&options, async |pipe| {
        pipe.step("one", async |ledger| ledger.complete(llm, &request).await).await
    });
    let piped = piped.await.expect("pipe");
    assert_eq!(piped.value.content, ANSWER);

    let router = Router::new().with_default(llm.clone());
    assert_eq!(router.complete(&request).await.expect("Router").content, ANSWER);
    let failover = Failover::new([llm.clone(), llm.clone()]).expect("two");
    assert_eq!(failover.complete(&request).await.expect("Failover").content, ANSWER);
    let nested = Failover::new([router]).expect("one");
    let vote = consensus(&nested, "?", &ConsensusOptions::default()).await.expect("nested");
    assert_eq!(vote.value, ANSWER);

    let spends = [vote.spend, refined.spend, number.spend, reduced.spend, piped.spend];
    spends.iter().map(|spend| spend.calls).sum()
}

#[tokio::test]
async fn every_pattern_takes_every_kind_of_provider() {
    let mock = MockProvider::new([ANSWER]);
    assert_eq!(run_all(&mock).await, 12);
    assert_eq!(run_all(&DynProvider::new(mock)).await, 12);
    assert_eq!(run_all(&Adapter).await, 12);
    assert_eq!(run_all(&DynProvider::new(Adapter)).await, 12);
}

#[tokio::test]
async fn the_client_too_over_real_bytes() {
    let server = MockServer::start(Script::cycling([ANSWER])).await;
    let provider = Provider::new(server.uri(), "m").expect("sound settings");
    let run = tokio::time::timeout(Duration::from_secs(60), run_all(&provider));
    assert_eq!(run.await.expect("it ends"), 12);
    assert_eq!(server.call_count(), 20);
}
