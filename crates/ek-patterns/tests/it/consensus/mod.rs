//! `consensus`: what it asks, how it counts, and how it ends.

mod asking;
mod counting;
mod failing;
mod stopping;

use ek_core::{LlmProvider, Result};
use ek_patterns::{ConsensusDetail, ConsensusOptions, Outcome, RetryConfig, consensus};

/// Without retries, so that a script's errors are the samples'.
fn options(samples: usize) -> ConsensusOptions {
    ConsensusOptions::default().with_samples(samples).with_retry(RetryConfig::none())
}

async fn ask(
    provider: &impl LlmProvider,
    options: &ConsensusOptions,
) -> Result<Outcome<String, ConsensusDetail>> {
    consensus(provider, "How many legs has a kiln?", options).await
}
