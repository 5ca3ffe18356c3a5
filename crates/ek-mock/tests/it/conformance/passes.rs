//! Who passes: the mock in all its forms, every wrapper, and the smallest adapters that are right.

use std::sync::Arc;

use ek_core::{DynProvider, DynToolProvider, Error, ErrorKind, LlmResponse};
use ek_mock::conformance::{
    a_streaming_wrapper_delegates, a_tool_wrapper_delegates, a_wrapper_delegates, echo,
};
use ek_mock::{MockProvider, MockReply};

use super::adapters::{Streams, answers, sound};

fn cut() -> Error {
    Error::new(ErrorKind::Interrupted, "the connection is gone")
}

mod a_mock_that_echoes {
    use super::*;

    ek_mock::conformance!(
        MockProvider::respond_with(echo).with_model("mock-1"),
        streaming,
        tools,
        debug,
        keys = ["sk-none"],
        broken_stream = MockProvider::new([MockReply::from("Slowly.").failing_after(1, cut())]),
    );
}

mod a_mock_of_fixed_replies {
    use super::*;

    ek_mock::conformance!(MockProvider::new(["a", "b"]), debug, streaming);
}

mod a_mock_that_takes_its_time {
    use super::*;
    use std::time::Duration;

    const MOMENT: Duration = Duration::from_millis(1);

    ek_mock::conformance!(
        MockProvider::respond_with(echo).with_latency(MOMENT).with_chunk_delay(MOMENT),
        tools,
        streaming
    );
}

mod a_mock_that_fails {
    use super::*;

    /// Clauses on errors hold where every call is one.
    #[tokio::test]
    async fn shows_nothing_in_its_errors() {
        let provider = MockProvider::failing(cut());
        let clause = ek_mock::conformance::errors_show_neither_prompts_nor_keys;
        clause(&provider, &[]).await.expect("it is kept");
    }
}

mod a_mock_without_tools {
    use super::*;

    ek_mock::conformance!(MockProvider::new(["a"]).without_tools(), tools);
}

mod a_mock_behind_handles {
    use super::*;

    ek_mock::conformance!(
        DynToolProvider::streaming(Arc::new(MockProvider::respond_with(echo))),
        streaming,
        tools,
        debug,
    );
}

mod a_handle_that_cannot_stream {
    use super::*;

    ek_mock::conformance!(DynProvider::new(MockProvider::respond_with(echo)), streaming);
}

mod an_adapter_by_hand {
    use super::*;

    ek_mock::conformance!(answers(|request| Ok(echo(request))), tools);
}

mod a_stream_by_hand {
    use super::*;

    ek_mock::conformance!(
        Streams(|request: &_| sound(echo(request)).into_iter().map(Ok).collect()),
        streaming,
        tools,
    );
}

mod the_provider_may_be_made_by_an_async_function {
    use super::*;

    async fn connect() -> MockProvider {
        tokio::task::yield_now().await;
        MockProvider::new([LlmResponse::text("warm")])
    }

    ek_mock::conformance!(connect().await);
}

#[tokio::test]
async fn every_wrapper_of_the_core_delegates() {
    let inner = MockProvider::new(["warm"]).with_model("mock-1").without_tools();
    let (boxed, arc) = (Box::new(inner.clone()), Arc::new(inner.clone()));
    a_tool_wrapper_delegates(&&inner, &inner).await.expect("&P");
    a_tool_wrapper_delegates(&boxed, &inner).await.expect("Box<P>");
    a_tool_wrapper_delegates(&arc, &inner).await.expect("Arc<P>");
    a_tool_wrapper_delegates(&DynToolProvider::new(arc), &inner).await.expect("a handle");
    a_wrapper_delegates(&DynProvider::streaming(boxed), &inner).await.expect("a handle");
    let plain = DynProvider::new(inner.clone());
    a_streaming_wrapper_delegates(&Arc::new(plain.clone()), &plain).await.expect("Arc<P>");

    let failing = MockProvider::failing(cut());
    a_wrapper_delegates(&&failing, &failing).await.expect("errors pass too");
}
