//! A server that sends faster than the consumer reads.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::StreamingProvider as _;
use ek_mock::wire::chunk;

use super::wires;
use crate::streams::{head_and, next_text};
use crate::support::memory::{Memory, read_request, write};
use crate::support::{in_time, question, settled};

#[tokio::test(start_paused = true)]
async fn s68_a_server_that_sends_a_million_events_waits_for_the_consumer() {
    for wire in wires() {
        let written = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&written);
        let (opening, event) = (wire.opening.clone(), (wire.text)("x"));
        let length = event.len();
        let memory = Memory::new(move |mut stream| {
            let (count, opening) = (Arc::clone(&count), opening.clone());
            let packed = chunk(event.repeat(1000));
            async move {
                read_request(&mut stream).await;
                write(&mut stream, head_and(&opening)).await;
                for _ in 0..1000 {
                    if !write(&mut stream, &packed).await {
                        break;
                    }
                    count.fetch_add(packed.len(), Ordering::SeqCst);
                }
                stream
            }
        });
        let mut stream = wire.in_memory(&memory).stream(&question()).await.expect("a stream");
        for taken in 1..=4000 {
            assert_eq!(in_time(next_text(&mut stream)).await, "x");
            settled().await;
            let ahead = written.load(Ordering::SeqCst).saturating_sub(taken * length);
            assert!(ahead < 1024 * 1024, "{ahead} bytes ahead after {taken} events");
        }
        drop(stream);
        in_time(memory.all_closed()).await;
    }
}
