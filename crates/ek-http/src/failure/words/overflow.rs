//! Whether a request is too long for the model: by code, by type, or in prose.

use super::phrase::{Phrase, Prose};
use super::{is_word, words_of};
use crate::failure::body::ErrorBody;

/// Codes and types, in the form of [`is_word`].
pub(super) const WORDS: &[&str] = &[
    "contextlength",
    "contextlengthexceeded",
    "contextoverflow",
    "contextsizeexceeded",
    "contextwindowexceeded", // LiteLLM
    "exceedcontextsize",     // llama.cpp
    "inputtokenlimitexceeded",
    "inputtoolong",
    "maxcontextlengthexceeded",
    "modelcontextwindowexceeded",
    "modelmaxprompttokensexceeded", // Copilot
    "outofcontext",                 // Volcengine Ark
    "prompttoolong",
    "tokenslimitreached",  // GitHub Models
    "toomanyprompttokens", // Perplexity
];

const PROSE: &[Phrase] = &[
    // OpenAI, vLLM, SGLang, llama.cpp, Mistral, OpenRouter, Fireworks, DeepSeek, Ollama, LM Studio, ...
    &[
        &["context length", "context window", "context size", "context limit", "context_length"],
        &[
            "token",
            "prompt",
            "input",
            "exceed",
            "longer",
            "too long",
            "too large",
            "overflow",
            "reduce",
        ],
    ],
    &[
        &["the context", "a context", "context of ", "model context", "max context"],
        &["fit", "exceed", "longer", "larger", "overflow"],
    ],
    // Codes within prose, as LiteLLM passes them on.
    &[&["contextwindowexceeded", "exceed_context_size", "exceededcontext"]],
    // Anthropic, Bedrock, Zhipu.
    &[
        &["prompt", "input", "request"],
        &["is too long for", "prompt is too long", "input is too long"],
    ],
    &[&[
        "prompt too long",
        "input too long",
        "prompt exceeds max length",
        "prompt 超长",
        "prompt超长",
    ]],
    // Gemini, TGI, Cohere, Copilot, Bedrock.
    &[
        &["prompt", "input", "messages"],
        &["longer than", "exceed", "greater than", "must have less than", "must be <=", "too many"],
        &["token"],
    ],
    &[&["maximum", "max"], &["model length", "prompt length", "input length", "sequence length"]],
    &[&["max_seq_len", "max_model_len", "max input characters", "model token limit"]],
    &[&["range of input length"]],
    &[&["context shift is disabled"]], // llama.cpp
    &[&["reduce the length of", "reduce your prompt", "shorten your prompt"]],
    &[&["total length of all messages"], &["too long"]],
];

/// A request that is by itself above what a window takes: no wait lets it pass.
const ABOVE_A_WINDOW: &[Phrase] = &[&[&["request too large"], &["must be reduced", "reduce your"]]];

/// Phrases that TGI and pydantic use for any field. Their word "input" does not mean the prompt.
const OPENINGS: &[&str] = &["input validation error", "input should be"];

/// Whether the body says that the request alone is above a limit of its window.
pub(in crate::failure) fn never_fits(read: &ErrorBody) -> bool {
    read.message.as_deref().is_some_and(|message| Prose::of(message).has(ABOVE_A_WINDOW))
}

/// Whether the body says that the request is too long.
pub(in crate::failure) fn is_overflow(read: &ErrorBody) -> bool {
    if words_of(read).any(|word| is_word(word, WORDS)) {
        return true;
    }
    let Some(message) = read.message.as_deref() else { return false };
    let prose = Prose::without(message, OPENINGS);
    !prose.has_window() && prose.has(PROSE)
}
