//! The clause on a provider's `Debug`, which ends up in logs without anybody deciding it.

use std::fmt::Debug;

use ek_core::LlmProvider;

use super::ask::{Clause, mark, question};
use super::errors::shows_a_key;
use super::{Judged, Violation};

/// `Debug` of the provider shows neither the keys that it was built with nor what it was asked.
///
/// # Errors
/// What was seen instead.
pub async fn debug_shows_neither_prompts_nor_keys(
    provider: &(impl LlmProvider + Debug),
    keys: &[&str],
) -> Result<Judged, Violation> {
    let clause = Clause::new(
        "debug_shows_neither_prompts_nor_keys",
        "values end up in logs through `{:?}`: it shows settings and counts, never keys or texts",
    );
    let prompt = mark(0);
    let _ = clause.outcome(provider, &question(&prompt)).await?;
    let shown = format!("{provider:?} {provider:#?}");
    clause.require(!shows_a_key(&shown, keys), || "`Debug` shows a key".to_owned())?;
    clause.require(!shown.contains(&prompt), || "`Debug` shows what was asked".to_owned())?;
    Ok(Judged::Kept)
}
