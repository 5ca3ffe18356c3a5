//! What is to be turned into vectors.

use std::fmt;

/// The inputs of one request: texts, or texts that are tokens already.
///
/// All inputs of a request are of one form, as the protocols have it. `Debug` shows how many there are
/// and no text.
///
/// ```
/// use ek_core::EmbeddingInputs;
/// assert_eq!(EmbeddingInputs::from("Why kilns?").len(), 1);
/// assert_eq!(EmbeddingInputs::from(["a", "b"]).len(), 2);
/// assert_eq!(EmbeddingInputs::from(vec![vec![9_906_u32, 0]]).len(), 1);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmbeddingInputs {
    /// Texts.
    Texts(Vec<String>),
    /// Token ids of the model's own tokenizer, a list for each input. Few protocols take them.
    Tokens(Vec<Vec<u32>>),
}

impl EmbeddingInputs {
    /// How many inputs there are, which is how many vectors come back.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Texts(texts) => texts.len(),
            Self::Tokens(tokens) => tokens.len(),
        }
    }

    /// Whether there is no input at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the inputs from this place on out of it.
    ///
    /// ```
    /// use ek_core::EmbeddingInputs;
    /// let mut inputs = EmbeddingInputs::from(["a", "b", "c"]);
    /// assert_eq!(inputs.split_off(1), EmbeddingInputs::from(["b", "c"]));
    /// assert_eq!(inputs.len(), 1);
    /// ```
    ///
    /// # Panics
    /// If there are fewer inputs.
    #[must_use]
    pub fn split_off(&mut self, at: usize) -> Self {
        match self {
            Self::Texts(texts) => Self::Texts(texts.split_off(at)),
            Self::Tokens(tokens) => Self::Tokens(tokens.split_off(at)),
        }
    }

    /// The texts; `None` where the inputs are tokens.
    #[must_use]
    pub fn texts(&self) -> Option<&[String]> {
        match self {
            Self::Texts(texts) => Some(texts),
            Self::Tokens(_) => None,
        }
    }
}

/// No input.
impl Default for EmbeddingInputs {
    fn default() -> Self {
        Self::Texts(Vec::new())
    }
}

impl From<&str> for EmbeddingInputs {
    fn from(text: &str) -> Self {
        Self::from(text.to_owned())
    }
}

impl From<String> for EmbeddingInputs {
    fn from(text: String) -> Self {
        Self::Texts(vec![text])
    }
}

impl From<Vec<String>> for EmbeddingInputs {
    fn from(texts: Vec<String>) -> Self {
        Self::Texts(texts)
    }
}

impl From<&[String]> for EmbeddingInputs {
    fn from(texts: &[String]) -> Self {
        Self::Texts(texts.to_vec())
    }
}

impl From<&[&str]> for EmbeddingInputs {
    fn from(texts: &[&str]) -> Self {
        texts.iter().copied().collect()
    }
}

impl From<Vec<&str>> for EmbeddingInputs {
    fn from(texts: Vec<&str>) -> Self {
        texts.into_iter().collect()
    }
}

impl<S: Into<String>, const N: usize> From<[S; N]> for EmbeddingInputs {
    fn from(texts: [S; N]) -> Self {
        texts.into_iter().collect()
    }
}

impl From<Vec<Vec<u32>>> for EmbeddingInputs {
    fn from(tokens: Vec<Vec<u32>>) -> Self {
        Self::Tokens(tokens)
    }
}

impl<S: Into<String>> FromIterator<S> for EmbeddingInputs {
    fn from_iter<I: IntoIterator<Item = S>>(texts: I) -> Self {
        Self::Texts(texts.into_iter().map(Into::into).collect())
    }
}

/// The form and the number, no text.
impl fmt::Debug for EmbeddingInputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self {
            Self::Texts(_) => "texts",
            Self::Tokens(_) => "lists of tokens",
        };
        write!(f, "<{} {form}>", self.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_how_many_inputs_there_are_and_none_of_them() {
        assert_eq!(format!("{:?}", EmbeddingInputs::from(["MARK", "MARK"])), "<2 texts>");
        let tokens = EmbeddingInputs::from(vec![vec![77_u32]]);
        assert_eq!(format!("{tokens:?}"), "<1 lists of tokens>");
        assert_eq!(tokens.texts(), None);
    }

    #[test]
    fn texts_of_any_kind_become_inputs() {
        let owned = vec!["a".to_owned(), "b".to_owned()];
        let texts = EmbeddingInputs::Texts(owned.clone());
        assert_eq!(EmbeddingInputs::from(owned.as_slice()), texts);
        assert_eq!(EmbeddingInputs::from(vec!["a", "b"]), texts);
        assert_eq!(EmbeddingInputs::from(&["a", "b"][..]), texts);
        assert_eq!(owned.into_iter().collect::<EmbeddingInputs>(), texts);
        assert!(EmbeddingInputs::default().is_empty());
    }
}
