//! Calls that are not waited for, over every transport.

use std::sync::atomic::Ordering;
use std::time::Duration;

use ek_mcp::McpOptions;

use crate::support::{call, connect, failure};

#[tokio::test]
async fn a_dropped_call_is_cancelled_at_the_server() {
    let over = [
        connect(McpOptions::default()).await,
        #[cfg(feature = "http")]
        crate::http::connect().await,
    ];
    for (server, seen) in over {
        let other = server.clone();
        let calling = tokio::spawn(async move { call(&other, "wait", "{}").await.map(drop) });
        seen.waiting.notified().await;
        assert!(!seen.was_cancelled.load(Ordering::SeqCst));
        calling.abort();
        seen.cancelled.notified().await;
        assert_eq!(call(&server, "tide", "{}").await.expect("the connection lives"), "04:12");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_takes_too_long_is_an_error_and_is_cancelled_at_the_server() {
    let options = McpOptions::default().with_call_timeout(Duration::from_secs(7));
    let (server, seen) = connect(options).await;
    let begun = tokio::time::Instant::now();
    let text = "the MCP server `tides` did not run \"wait\": no answer within 7s";
    let (for_model, error) = failure(&server, "wait").await;
    assert_eq!((&*for_model, &*error), (text, text));
    assert_eq!(begun.elapsed(), Duration::from_secs(7));
    seen.cancelled.notified().await;
}
