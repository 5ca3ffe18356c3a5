//! The vectors that answer a request: those that a script says, or those made from the inputs.

use ek_core::{EmbeddingInputs, EmbeddingRequest, Embeddings, Error, ErrorKind, Result, Usage};

use super::text_vector::{text_vector, token_vector};
use super::{DIMENSIONS, MAX_DIMENSIONS, MAX_NUMBERS};
use crate::token_count::tokens;

/// Vectors, and what is said with them.
#[derive(Debug, Clone, Default)]
pub(crate) struct VectorReply {
    /// What is said, vectors included where they are not made.
    pub(crate) said: Embeddings,
    /// Whether the vectors are made from the inputs.
    pub(crate) is_made: bool,
    /// Whether tokens are counted where the usage is to be unknown otherwise.
    pub(crate) counts_tokens: bool,
}

impl VectorReply {
    /// The vectors of this request, as many as are said.
    ///
    /// # Errors
    /// `Rejected` if no vector of this width is made, or not so much of them.
    pub(crate) fn vectors_for(&self, request: &EmbeddingRequest) -> Result<Embeddings> {
        let mut found = if self.is_made { made(request)? } else { self.said.clone() };
        found.usage = self.said.usage;
        if self.counts_tokens && found.usage == Usage::default() {
            found.usage = Usage::new(counted(&request.inputs), 0);
        }
        found.model.clone_from(&self.said.model);
        found.request_id.clone_from(&self.said.request_id);
        found.rate_limit.clone_from(&self.said.rate_limit);
        Ok(found)
    }
}

fn made(request: &EmbeddingRequest) -> Result<Embeddings> {
    let dimensions = request.dimensions.unwrap_or(DIMENSIONS);
    if !(1..=MAX_DIMENSIONS).contains(&dimensions) {
        let why = format!("the mock makes vectors of 1 to {MAX_DIMENSIONS} numbers");
        return Err(Error::new(ErrorKind::Rejected, why));
    }
    let width = usize::try_from(dimensions).unwrap_or(usize::MAX);
    if request.inputs.len().saturating_mul(width) > MAX_NUMBERS {
        let why = format!("the mock answers with at most {MAX_NUMBERS} numbers at once");
        return Err(Error::new(ErrorKind::Rejected, why));
    }
    let mut values = Vec::new();
    match &request.inputs {
        EmbeddingInputs::Texts(texts) => {
            texts.iter().for_each(|text| values.extend(text_vector(text, dimensions)));
        }
        EmbeddingInputs::Tokens(lists) => {
            lists.iter().for_each(|tokens| values.extend(token_vector(tokens, dimensions)));
        }
        _ => return Err(Error::new(ErrorKind::Unsupported, "the mock knows texts and tokens")),
    }
    Embeddings::new(values, width)
}

/// One token for each four characters begun of an input, and one for each token.
fn counted(inputs: &EmbeddingInputs) -> u64 {
    match inputs {
        EmbeddingInputs::Texts(texts) => texts.iter().map(|text| tokens(&[text])).sum(),
        EmbeddingInputs::Tokens(lists) => {
            lists.iter().map(|tokens| u64::try_from(tokens.len()).unwrap_or(u64::MAX)).sum()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_would_be_too_large_is_refused() {
        let asked = |inputs| {
            let request = EmbeddingRequest::new(vec!["kiln"; inputs]);
            made(&request.with_dimensions(MAX_DIMENSIONS)).map(|made| made.len())
        };
        assert_eq!(asked(8).expect("small"), 8);
        let error = asked(1_025).expect_err("1,024 are the most");
        assert_eq!(error.kind(), ErrorKind::Rejected);
        assert!(error.to_string().contains("16777216 numbers"), "{error}");
    }
}
