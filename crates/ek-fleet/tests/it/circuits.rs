//! A provider that failed for one process is left alone by the others.

use std::time::Duration;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider as _};
use ek_fleet::Fleet;
use ek_mock::{MockProvider, MockReply};
use ek_patterns::{Failover, FailoverOptions};

use crate::support::{TestStore, pass, process};

fn failover(fleet: &Fleet, members: [(&str, &MockProvider); 2]) -> Failover<MockProvider> {
    let circuits = fleet.circuits("account", members.map(|(name, _)| name));
    let options = FailoverOptions::default().with_shared_circuits(circuits);
    Failover::with_options(members.map(|(_, provider)| provider.clone()), options).expect("two")
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_one_process_is_asked_for_holds_for_all_of_them() {
    let limited = Error::new(ErrorKind::RateLimited, "HTTP 429");
    let limited = MockReply::from(limited.with_retry_after(Duration::from_secs(20)));
    let near = MockProvider::new([limited, "near".into(), "near".into(), "near".into()]);
    let far = MockProvider::new(["far"]);
    let store = TestStore::default();
    let fleets = [process(&store), process(&store)];
    let first = failover(&fleets[0], [("near", &near), ("far", &far)]);
    // The other process has them in another order.
    let second = failover(&fleets[1], [("far", &far), ("near", &near)]);
    let request = ChatRequest::user("x");
    first.complete(&request).await.expect("far answers");
    assert_eq!((near.call_count(), far.call_count()), (1, 1));

    let third = failover(&process(&store), [("near", &near), ("far", &far)]);
    pass(0.1).await;
    third.complete(&request).await.expect("far answers");
    second.complete(&request).await.expect("far answers");
    assert_eq!((near.call_count(), far.call_count()), (1, 3));
    pass(20.0).await;
    third.complete(&request).await.expect("near answers");
    assert_eq!((near.call_count(), far.call_count()), (2, 3));
}

#[tokio::test(start_paused = true)]
async fn without_the_store_a_failover_goes_by_its_own_circuits() {
    let store = TestStore::default();
    store.set_hangs(true);
    let (near, far) = (MockProvider::new(["near"]), MockProvider::new(["far"]));
    let llm = failover(&process(&store), [("near", &near), ("far", &far)]);
    let start = tokio::time::Instant::now();
    llm.complete(&ChatRequest::user("x")).await.expect("near answers");
    assert_eq!((near.call_count(), start.elapsed()), (1, Duration::ZERO));
}
