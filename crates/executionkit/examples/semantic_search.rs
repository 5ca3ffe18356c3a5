//! Searches the pages of this project by meaning: embeds their passages, with a progress bar, and shows those
//! that are nearest to a question.
//!
//! `cargo run --example semantic_search -- "Who waits for a rate limit?"`
//!
//! Asks the endpoint that the environment names, where `EXECUTIONKIT_EMBEDDING_MODEL` names a model for
//! vectors as well. Otherwise a mock makes vectors of the words, which need no network.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::path::{Path, PathBuf};
use std::{env, fs, io};

use executionkit::{
    DynEmbeddingProvider, EmbedOptions, EmbeddingInputType, Error, ErrorKind, Event, MockProvider,
    Provider, Result, embed_all,
};
use indicatif::{ProgressBar, ProgressStyle};

const QUESTION: &str = "How long does a retry wait after a rate limit?";

/// How many passages are shown.
const SHOWN: usize = 3;

struct Passage {
    /// The page and the heading.
    place: String,
    text: String,
}

#[tokio::main]
async fn main() -> Result<()> {
    let question = env::args().nth(1).unwrap_or_else(|| QUESTION.to_owned());
    let (provider, options) = provider()?;
    let passages = passages().map_err(|error| Error::new(ErrorKind::Config, error.to_string()))?;

    let bar = bar(passages.len());
    let shown = bar.clone();
    let progress = move |event: &Event<'_>| {
        if let Event::InputsEmbedded { inputs, .. } = event {
            shown.inc(*inputs as u64);
        }
    };
    let documents = options.clone().with_input_type(EmbeddingInputType::Document);
    let documents = documents.with_max_inputs(32).with_observer(progress);
    let texts = passages.iter().map(|passage| format!("{}\n{}", passage.place, passage.text));
    let found = embed_all(&provider, texts, &documents).await;
    bar.finish_and_clear();
    let found = found?;

    let query = options.with_input_type(EmbeddingInputType::Query);
    let asked = embed_all(&provider, [question.as_str()], &query).await?;
    println!("{question}");
    for (place, cosine) in found.value.nearest(asked.value.values(), SHOWN) {
        let Passage { place, text } = &passages[place];
        let begin: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let begin: String = begin.chars().take(70).collect();
        println!("{cosine:.2}  {place}\n      {begin}...");
    }
    let spend = found.spend + asked.spend;
    let tokens = spend.usage.input_tokens.map_or("unknown".to_owned(), |n| n.to_string());
    println!("{} passages, {} requests, tokens: {tokens}", passages.len(), spend.calls);
    Ok(())
}

/// The endpoint that the environment names, with its model for vectors; or a mock.
fn provider() -> Result<(DynEmbeddingProvider, EmbedOptions)> {
    let options = EmbedOptions::default();
    if let Ok(model) = env::var("EXECUTIONKIT_EMBEDDING_MODEL") {
        return Ok((DynEmbeddingProvider::new(Provider::from_env()?), options.with_model(model)));
    }
    println!("EXECUTIONKIT_EMBEDDING_MODEL is not set: a mock makes the vectors.");
    Ok((DynEmbeddingProvider::new(MockProvider::default()), options))
}

/// The sections of the pages in `docs`.
fn passages() -> io::Result<Vec<Passage>> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    let pages = fs::read_dir(docs)?.map(|entry| Ok(entry?.path()));
    let mut pages = pages.collect::<io::Result<Vec<PathBuf>>>()?;
    pages.retain(|page| page.extension().is_some_and(|kind| kind == "md"));
    pages.sort();
    let mut passages = Vec::new();
    for page in pages {
        let name = page.file_name().unwrap_or_default().to_string_lossy().into_owned();
        sections(&name, &fs::read_to_string(&page)?, &mut passages);
    }
    Ok(passages)
}

/// The paragraphs of a page, each under the name of its section.
fn sections(page: &str, text: &str, passages: &mut Vec<Passage>) {
    let mut place = page.to_owned();
    // Every second part is code, in which a `#` begins no heading.
    let prose = text.split("```").step_by(2);
    for paragraph in prose.flat_map(|prose| prose.split("\n\n")).map(str::trim) {
        if paragraph.starts_with('#') {
            place = format!("{page}: {}", paragraph.trim_start_matches('#').trim());
        } else if !paragraph.is_empty() {
            passages.push(Passage { place: place.clone(), text: paragraph.to_owned() });
        }
    }
}

/// Drawn on the error output, and only where that is a terminal.
fn bar(passages: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} passages");
    let bar = ProgressBar::new(passages as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
