//! A hundred thousand texts: none lost, each at its place, in bounded memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use ek_core::{EmbeddingProvider, EmbeddingRequest, Embeddings, Result};
use ek_mock::{Chaos, MockProvider, Script, text_vector};
use ek_patterns::{EmbedOptions, RetryConfig, embed_all, embed_iter, embed_stream};

use super::texts;

const MANY: usize = 100_000;

#[tokio::test(start_paused = true)]
async fn of_a_hundred_thousand_texts_none_is_lost_though_one_request_in_ten_fails() {
    let chaos = Chaos::seeded(7).with_rate(0.1);
    let provider = MockProvider::from_script(Script::new().with_chaos(chaos));
    let retry = RetryConfig::default().with_max_attempts(8);
    let options = EmbedOptions::default().with_dimensions(4).with_concurrency(8).with_retry(retry);
    let found = embed_all(&provider, texts(MANY), &options).await.expect("all vectors");
    assert_eq!(found.value.len(), MANY);
    for (text, vector) in texts(MANY).zip(found.value.iter()) {
        assert_eq!(vector, text_vector(&text, 4), "{text}");
    }
    let batches = u64::try_from(MANY / 100).expect("small");
    let again = found.spend.calls - batches;
    assert!((50..200).contains(&again), "{again} of {batches} requests were repeated");
}

/// One number for each text, and no record of the calls.
struct Lengths;

impl EmbeddingProvider for Lengths {
    async fn embed(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let texts = request.inputs.texts().unwrap_or_default();
        let length = |text: &String| f32::from(u16::try_from(text.len()).unwrap_or(u16::MAX));
        Embeddings::new(texts.iter().map(length).collect(), 1)
    }
}

/// The most bytes that a stream over this many texts has allocated at a time.
fn most_bytes(count: usize) -> u64 {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime");
    let measured = allocation_counter::measure(|| {
        runtime.block_on(async {
            let options = EmbedOptions::default();
            let mut batches = embed_iter(&Lengths, texts(count), &options).expect("options");
            let mut seen = 0;
            while let Some(batch) = batches.next().await {
                seen += batch.vectors.expect("vectors").len();
            }
            assert_eq!(seen, count);
        });
    });
    measured.bytes_max
}

#[test]
fn the_memory_of_a_stream_does_not_grow_with_the_number_of_texts() {
    let (few, many) = (most_bytes(MANY / 50), most_bytes(MANY));
    assert!(many < few + few / 10, "{few} bytes for few texts, {many} for many");
}

#[tokio::test]
async fn a_stream_takes_no_more_texts_than_it_has_under_way() {
    let taken = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&taken);
    let counted = texts(1_000).inspect(move |_| {
        counter.fetch_add(1, Ordering::Relaxed);
    });
    let options = EmbedOptions::default().with_max_inputs(10).with_concurrency(3);
    let counted = futures_util::stream::iter(counted);
    let mut batches = embed_stream(&Lengths, counted, &options).expect("options");
    let mut given = 0;
    while let Some(batch) = batches.next().await {
        given += batch.inputs.len();
        let ahead = taken.load(Ordering::Relaxed) - given;
        assert!(ahead <= 30, "{ahead} texts are held");
    }
    assert_eq!(given, 1_000);
}
