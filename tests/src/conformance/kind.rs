//! The kinds of cases.

/// What a case is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An answer to a unary request.
    Body,
    /// An answer to a streaming request.
    Stream,
    /// An answer that must end as an error.
    Error,
    /// What is sent for a request.
    Request,
    /// What is sent for texts to embed, and the answer.
    Embeddings,
}

impl Kind {
    const ALL: [(&'static str, Self); 5] = [
        ("body", Self::Body),
        ("stream", Self::Stream),
        ("error", Self::Error),
        ("request", Self::Request),
        ("embeddings", Self::Embeddings),
    ];

    /// The kind of this name.
    ///
    /// # Errors
    /// A message that lists the names, if it is none of them.
    pub fn parse(name: &str) -> Result<Self, String> {
        let known = Self::ALL.iter().find(|(word, _)| *word == name);
        known.map(|(_, kind)| *kind).ok_or_else(|| {
            let words = Self::ALL.map(|(word, _)| word).join(", ");
            format!("`{name}` is no kind; there are {words}")
        })
    }
}
