//! Streams that are not read to their end leave nothing behind.

use std::time::Duration;

use ek_core::ErrorKind::{Config, Timeout};
use ek_core::{LlmProvider as _, StreamingProvider as _};
use ek_mock::wire::{Connection, RawScript, RawServer, chunk};
use tokio::runtime::Handle;

use super::{Heard, begun, finish, head_and, in_memory, next_text, start, text, whole};
use crate::support::memory::{Memory, read_request, write};
use crate::support::rig::Rig;
use crate::support::{REPLY, good, in_time, question, settled};

/// Sends one event and then nothing more.
fn falls_silent() -> Connection {
    begun().write(chunk(text("one"))).stall()
}

/// The same in memory.
fn silent_in_memory() -> Memory {
    Memory::new(|mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, head_and(&text("one"))).await;
        stream
    })
}

#[tokio::test]
async fn s65_dropping_a_stream_closes_its_connection_at_once() {
    let rig = Rig::new(falls_silent()).await;
    let mut stream = start(&rig.provider).await;
    assert_eq!(in_time(next_text(&mut stream)).await, "one");
    drop(stream);
    assert!(in_time(rig.server.wait_closed(0)).await.is_by_peer());
    assert_eq!(rig.works().await.content, REPLY);
    assert_eq!(rig.server.connection_count(), 2);
}

#[tokio::test(start_paused = true)]
async fn s65_a_stream_has_no_task_of_its_own_and_leaves_none() {
    let memory = silent_in_memory();
    let provider = in_memory(&memory).build().expect("sound settings");
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let before = tasks();
    let mut stream = start(&provider).await;
    let connected = tasks();
    in_time(next_text(&mut stream)).await;
    assert_eq!(tasks(), connected, "reading needs no task");
    drop(stream);
    in_time(memory.all_closed()).await;
    settled().await;
    assert_eq!(tasks(), before);
}

#[tokio::test]
async fn s65_cancelling_a_wait_closes_the_connection_too() {
    let silent = Connection::new().read_request().stall();
    let script = RawScript::in_order([falls_silent(), begun().stall(), silent]).then_every(good());
    let rig = Rig::of(RawServer::start(script).await, |settings| settings);
    for connection in 0..3 {
        let provider = rig.provider.clone();
        let waiting = tokio::spawn(async move {
            let mut stream = provider.stream(&question()).await.expect("a stream");
            while let Some(event) = stream.next().await {
                event.expect("a piece");
            }
        });
        in_time(rig.server.wait_for_requests(connection + 1)).await;
        settled().await;
        assert!(!waiting.is_finished());
        waiting.abort();
        assert!(in_time(waiting).await.expect_err("broken off").is_cancelled());
        assert!(in_time(rig.server.wait_closed(connection)).await.is_by_peer());
    }
    rig.works().await;
}

#[tokio::test]
async fn a_stream_outlives_the_provider_that_made_it() {
    let rig = Rig::new(begun().write_pieces([chunk(whole(&["one", " two"])), chunk("")])).await;
    let Rig { provider, server } = rig;
    let stream = start(&provider).await;
    drop(provider);
    assert_eq!(in_time(Heard::rest(stream)).await, "one two");
    drop(server);
}

#[tokio::test(start_paused = true)]
async fn a_permit_is_held_until_the_stream_is_dropped() {
    let memory = silent_in_memory();
    let limit = Duration::from_secs(30);
    let settings = in_memory(&memory).max_connections(1).timeout(limit);
    let provider = settings.build().expect("sound settings");
    let mut stream = start(&provider).await;
    in_time(next_text(&mut stream)).await;
    let error = provider.complete(&question()).await.expect_err("no place");
    assert_eq!(error.kind(), Timeout);
    assert!(!error.may_have_executed());
    drop(stream);
    let reply = in_time(provider.complete(&question())).await;
    assert_eq!(reply.expect("an answer").content, REPLY);
}

#[tokio::test(start_paused = true)]
async fn a_permit_is_free_when_the_stream_has_ended() {
    for (ending, is_ok) in [(whole(&["one"]), true), (String::from("data: {\n\n"), false)] {
        let ending: &'static str = ending.leak();
        let memory = Memory::new(move |mut stream| async move {
            read_request(&mut stream).await;
            write(&mut stream, head_and(ending)).await;
            stream
        });
        let provider = in_memory(&memory).max_connections(1).build().expect("sound settings");
        let mut stream = start(&provider).await;
        let mut ends = Vec::new();
        while ends.len() < 10
            && let Some(event) = in_time(stream.next()).await
        {
            ends.push(event.is_ok());
        }
        assert_eq!(ends.last(), Some(&is_ok));
        // The stream has ended but is not dropped.
        let reply = in_time(provider.complete(&question())).await;
        assert_eq!(reply.expect("an answer").content, REPLY);
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn closing_waits_for_a_stream_in_flight() {
    let memory = Memory::new(|mut stream| async move {
        read_request(&mut stream).await;
        write(&mut stream, head_and(&text("one"))).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        write(&mut stream, chunk(joined!(text(" two"), finish("stop")))).await;
        write(&mut stream, chunk("")).await;
        stream
    });
    let provider = in_memory(&memory).build().expect("sound settings");
    let mut stream = start(&provider).await;
    in_time(next_text(&mut stream)).await;
    let closing = tokio::spawn({
        let provider = provider.clone();
        async move { provider.close().await }
    });
    settled().await;
    assert!(!closing.is_finished());
    let refused = provider.stream(&question()).await.expect_err("a closed door");
    assert_eq!(refused.kind(), Config);
    assert_eq!(in_time(Heard::rest(stream)).await, "one two");
    in_time(closing).await.expect("closed");
    in_time(memory.all_closed()).await;
}
