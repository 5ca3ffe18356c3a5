//! One input: a text, or the tokens of one.

use std::borrow::Cow;
use std::fmt;

/// What becomes one vector: a text, or the token ids of a text by the model's own tokenizer.
///
/// [`embed_all`](crate::embed_all) and its kin take whatever becomes one: `&str`, `String`, `Cow<str>`,
/// `Box<str>`; `Vec<u32>` and `&[u32]` for token ids. `Debug` shows no text.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{EmbedInput, EmbedOptions, embed_all};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let provider = MockProvider::default();
/// let tokens: [Vec<u32>; 2] = [vec![42, 7_381], vec![9_906, 0, 11]];
/// let found = embed_all(&provider, tokens, &EmbedOptions::default()).await?;
/// assert_eq!(found.value.len(), 2);
///
/// // Texts and tokens go in requests of their own.
/// let mixed = [EmbedInput::from("Kilns cool slowly."), EmbedInput::from(vec![42_u32, 7_381])];
/// let found = embed_all(&provider, mixed, &EmbedOptions::default()).await?;
/// assert_eq!((found.value.len(), found.detail.batches), (2, 2));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbedInput {
    /// A text.
    Text(String),
    /// Token ids. Few protocols take them.
    Tokens(Vec<u32>),
}

impl From<String> for EmbedInput {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for EmbedInput {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for EmbedInput {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<Cow<'_, str>> for EmbedInput {
    fn from(text: Cow<'_, str>) -> Self {
        Self::Text(text.into_owned())
    }
}

impl From<Box<str>> for EmbedInput {
    fn from(text: Box<str>) -> Self {
        Self::Text(text.into())
    }
}

impl From<Vec<u32>> for EmbedInput {
    fn from(tokens: Vec<u32>) -> Self {
        Self::Tokens(tokens)
    }
}

impl From<&[u32]> for EmbedInput {
    fn from(tokens: &[u32]) -> Self {
        Self::Tokens(tokens.to_vec())
    }
}

impl From<&Vec<u32>> for EmbedInput {
    fn from(tokens: &Vec<u32>) -> Self {
        Self::Tokens(tokens.clone())
    }
}

/// The form and the length, no text.
impl fmt::Debug for EmbedInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "<a text of {} bytes>", text.len()),
            Self::Tokens(tokens) => write!(f, "<{} tokens>", tokens.len()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_text_and_of_tokens_becomes_an_input() {
        let text = EmbedInput::Text("MARK".to_owned());
        let owned = "MARK".to_owned();
        for one in [
            "MARK".into(),
            (&owned).into(),
            Cow::Borrowed("MARK").into(),
            Box::<str>::from("MARK").into(),
            EmbedInput::from(owned.clone()),
        ] {
            assert_eq!(one, text);
        }
        let tokens = vec![1_u32, 2];
        let expected = EmbedInput::Tokens(tokens.clone());
        assert_eq!(EmbedInput::from(tokens.as_slice()), expected);
        assert_eq!(EmbedInput::from(&tokens), expected);
        let shown = format!("{text:?} {expected:?}");
        assert_eq!(shown, "<a text of 4 bytes> <2 tokens>");
    }
}
