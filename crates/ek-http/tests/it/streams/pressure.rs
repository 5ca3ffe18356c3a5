//! The client reads nothing ahead of the consumer: back-pressure reaches the server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::StreamEvent;
use ek_mock::wire::chunk;

use super::{DONE, Heard, finish, head_and, in_memory, next_text, start, text};
use crate::support::memory::{Memory, read_request, write};
use crate::support::{in_time, settled};

/// How much may be between server and consumer: the pipe, hyper's buffer, and one frame.
const UNDER_WAY: usize = 1024 * 1024;

/// Sends chunks of events as fast as the client reads them, and counts the bytes.
fn torrent(chunks: usize, events: usize) -> (Memory, Arc<AtomicUsize>) {
    let written = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&written);
    let memory = Memory::new(move |mut stream| {
        let count = Arc::clone(&count);
        async move {
            read_request(&mut stream).await;
            write(&mut stream, head_and("")).await;
            let packed = chunk(text("x").repeat(events));
            for _ in 0..chunks {
                for piece in packed.chunks(16 * 1024) {
                    if !write(&mut stream, piece).await {
                        return stream;
                    }
                    count.fetch_add(piece.len(), Ordering::SeqCst);
                }
            }
            write(&mut stream, chunk(joined!(finish("stop"), DONE))).await;
            stream
        }
    });
    (memory, written)
}

#[tokio::test(start_paused = true)]
async fn s68_a_server_that_sends_a_million_events_waits_for_the_consumer() {
    let (memory, written) = torrent(1, 1_000_000);
    let provider = in_memory(&memory).build().expect("sound settings");
    let mut stream = start(&provider).await;
    next_text(&mut stream).await;
    settled().await;
    let ahead = written.load(Ordering::SeqCst);
    assert!(ahead < UNDER_WAY, "{ahead} bytes before the second event");
    // The consumer does not read, so nothing is sent.
    for _ in 0..100 {
        settled().await;
    }
    assert_eq!(written.load(Ordering::SeqCst), ahead);

    // The consumer reads some events, and the server sends as many.
    let each = text("x").len();
    for taken in 1..=4000 {
        next_text(&mut stream).await;
        settled().await;
        let ahead = written.load(Ordering::SeqCst) - taken * each;
        assert!(ahead < UNDER_WAY, "{ahead} bytes ahead after {taken} events");
    }
    assert!(written.load(Ordering::SeqCst) > ahead, "the server goes on");
    drop(stream);
    in_time(memory.all_closed()).await;
}

#[tokio::test(start_paused = true)]
async fn s68_every_event_of_a_packed_stream_arrives() {
    let (memory, _) = torrent(3, 20_000);
    let provider = in_memory(&memory).build().expect("sound settings");
    let heard = Heard::all(start(&provider).await).await;
    assert_eq!(heard.reply().content.len(), 60_000);
    assert_eq!(heard.events.len(), 60_000);
    assert!(heard.events.iter().all(|event| *event == StreamEvent::Text("x".to_owned())));
}
