//! The README and the pages of the book: every snippet is compiled, and run unless it says otherwise.
//!
//! They are compiled here, where every crate and feature is at hand, and not in the crates, whose
//! packages have no pages.

/// A type for each page, whose documentation the page is.
macro_rules! pages {
    ($($name:ident: $path:literal,)*) => {
        $(
            #[doc = include_str!(concat!("../../", $path))]
            struct $name;
        )*
    };
}

pages! {
    Readme: "README.md",
    Adapters: "docs/adapters.md",
    Anthropic: "docs/anthropic.md",
    Budgets: "docs/budgets.md",
    ChatCompletions: "docs/chat-completions.md",
    Embeddings: "docs/embeddings.md",
    Errors: "docs/errors.md",
    FirstCall: "docs/first-call.md",
    Fleet: "docs/fleet.md",
    Gemini: "docs/gemini.md",
    Migrating: "docs/migrating.md",
    Observability: "docs/observability.md",
    Patterns: "docs/patterns.md",
    Recipes: "docs/recipes.md",
    Responses: "docs/responses.md",
    Streaming: "docs/streaming.md",
    Structured: "docs/structured.md",
    Testing: "docs/testing.md",
    Tools: "docs/tools.md",
}
