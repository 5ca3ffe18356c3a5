//! How many tokens the mock takes a text for. It stands apart because replies and embeddings share it.

/// One token for each four characters begun.
pub(crate) fn tokens(texts: &[&str]) -> u64 {
    let characters: usize = texts.iter().map(|text| text.chars().count()).sum();
    u64::try_from(characters.div_ceil(4)).unwrap_or(u64::MAX)
}
