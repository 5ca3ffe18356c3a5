//! Estimates what a call may take before it is made.

use ek_core::{
    ChatRequest, Content, ContentPart, EmbeddingInputs, EmbeddingRequest, LlmResponse, Message,
    ResponseFormat, ToolCall, ToolSpec,
};

use crate::asked;

/// A rough rule for all tokenizers: four bytes of ASCII are one token, and so is each other character.
const QUARTERS_PER_TOKEN: u64 = 4;

/// Role, separators and the like of one message, in tokens.
const PER_MESSAGE: u64 = 4;

/// An image, a sound or a file, in tokens: between a small image and a page.
const PER_MEDIUM: u64 = 1_000;

/// The longest reply where neither the request nor the provider limits it; many servers set this limit.
const DEFAULT_OUTPUT: u64 = 4096;

/// What a call may take, in tokens.
///
/// The output is an upper bound, as long as replies keep within the request's `max_tokens`; the input
/// is a guess from the length of the text.
///
/// ```
/// use ek_core::ChatRequest;
/// use ek_patterns::Estimate;
///
/// let estimate = Estimate::of(&ChatRequest::user("Why must a kiln cool slowly?").with_max_tokens(50));
/// assert_eq!(estimate.output_tokens, 50);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// The estimated tokens of the prompt.
    pub input_tokens: u64,
    /// The most tokens of the reply.
    pub output_tokens: u64,
}

impl Estimate {
    /// An estimate of these numbers.
    #[must_use]
    pub const fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self { input_tokens, output_tokens }
    }

    /// The estimate for a request. Input: a token for four bytes of ASCII and for each other character,
    /// four for each message, and 1,000 for each image, sound or file. Output: its `max_tokens` (4,096
    /// where it sets none); a limit in [`extra`](ChatRequest::extra) wins, and `n` there multiplies it.
    ///
    /// ```
    /// use ek_core::ChatRequest;
    /// use ek_patterns::Estimate;
    /// let request = ChatRequest::user("four words and more").with_max_tokens(50);
    /// assert_eq!(Estimate::of(&request), Estimate::new(9, 50));
    /// ```
    #[must_use]
    pub fn of(request: &ChatRequest) -> Self {
        Self::with_default(request, None)
    }

    /// The estimate for a request for embeddings: a token for four bytes of ASCII and for each other
    /// character of a text, and one for each token of an input that is tokens. There is no output.
    ///
    /// ```
    /// use ek_core::EmbeddingRequest;
    /// use ek_patterns::Estimate;
    /// let request = EmbeddingRequest::new(["four words and more", "窯"]);
    /// assert_eq!(Estimate::of_embedding(&request), Estimate::new(6, 0));
    /// ```
    #[must_use]
    pub fn of_embedding(request: &EmbeddingRequest) -> Self {
        let input_tokens = match &request.inputs {
            EmbeddingInputs::Texts(texts) => texts.iter().map(|text| of_text(text)).sum(),
            EmbeddingInputs::Tokens(lists) => {
                lists.iter().map(|list| u64::try_from(list.len()).unwrap_or(u64::MAX)).sum()
            }
            _ => 0,
        };
        Self { input_tokens, output_tokens: 0 }
    }

    /// The estimate for a request to a provider with this limit of its own.
    pub(crate) fn with_default(request: &ChatRequest, default: Option<u32>) -> Self {
        let messages: u64 = request.messages.iter().map(message).sum();
        let tools: u64 = request.tools.iter().map(tool).sum();
        let format = match &request.response_format {
            Some(ResponseFormat::JsonSchema { schema, .. }) => tokens(quarters(schema.as_str())),
            _ => 0,
        };
        let default = default.map_or(DEFAULT_OUTPUT, u64::from) + asked::thinking(request);
        let limit = asked::output_limit(request).unwrap_or(default);
        let output_tokens = limit.saturating_mul(asked::choices(request));
        Self { input_tokens: messages + tools + format, output_tokens }
    }

    /// About how many tokens of output a reply has, by the length of its texts and calls.
    pub(crate) fn of_reply(reply: &LlmResponse) -> u64 {
        let texts = [Some(&reply.content), reply.reasoning.as_ref(), reply.refusal.as_ref()];
        let texts: u64 = texts.into_iter().flatten().map(|text| quarters(text)).sum();
        tokens(texts.saturating_add(calls(&reply.tool_calls)))
    }

    /// Prompt and reply together, as limits of tokens per minute count them.
    pub(crate) fn tokens(self) -> u32 {
        let tokens = self.input_tokens.saturating_add(self.output_tokens);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}

fn message(message: &Message) -> u64 {
    let (text, media) = match &message.content {
        None => (0, 0),
        Some(Content::Parts(parts)) => {
            parts.iter().fold((0, 0), |(text, media), part| match part {
                ContentPart::Text(more) => (text + quarters(more), media),
                ContentPart::CachePoint(_) => (text, media),
                _ => (text, media + PER_MEDIUM),
            })
        }
        Some(Content::Text(text)) => (quarters(text), 0),
        Some(content) => (quarters(&content.text()), 0),
    };
    tokens(text + calls(&message.tool_calls)) + media + PER_MESSAGE
}

fn calls(calls: &[ToolCall]) -> u64 {
    calls.iter().map(|call| quarters(&call.name) + quarters(call.arguments.as_str())).sum()
}

fn tool(tool: &ToolSpec) -> u64 {
    let description = tool.description.as_deref().map_or(0, quarters);
    let schema = tool.parameters.as_ref().map_or(0, |schema| quarters(schema.as_str()));
    tokens(quarters(&tool.name) + description + schema)
}

/// About how many tokens a text has.
pub(crate) fn of_text(text: &str) -> u64 {
    tokens(quarters(text))
}

fn quarters(text: &str) -> u64 {
    text.chars().map(|c| if c.is_ascii() { 1 } else { QUARTERS_PER_TOKEN }).sum()
}

fn tokens(quarters: u64) -> u64 {
    quarters.div_ceil(QUARTERS_PER_TOKEN)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{CacheMark, ReasoningBudget};

    #[test]
    fn a_character_beyond_ascii_is_a_token() {
        assert_eq!(Estimate::of(&ChatRequest::user("abcdefgh")).input_tokens, 2 + PER_MESSAGE);
        assert_eq!(Estimate::of(&ChatRequest::user("窯はゆっくり")).input_tokens, 6 + PER_MESSAGE);
    }

    #[test]
    fn an_image_is_not_counted_by_the_length_of_its_data() {
        let parts = vec![
            ContentPart::Text("abcd".into()),
            ContentPart::image_bytes("image/png", vec![0; 100_000]),
            ContentPart::CachePoint(CacheMark::new()),
        ];
        let request = ChatRequest::new([Message::user(Content::Parts(parts))]);
        assert_eq!(Estimate::of(&request).input_tokens, 1 + PER_MEDIUM + PER_MESSAGE);
    }

    #[test]
    fn the_output_is_the_limit_for_each_choice_and_thinking_comes_on_top_of_a_default() {
        let output =
            |request: &ChatRequest, default| Estimate::with_default(request, default).output_tokens;
        let request = ChatRequest::user("x");
        assert_eq!((output(&request, None), output(&request, Some(60))), (DEFAULT_OUTPUT, 60));
        let thinking = request.clone().with_reasoning_budget(ReasoningBudget::Tokens(1_000));
        assert_eq!(output(&thinking, Some(60)), 1_060);
        assert_eq!(output(&thinking.with_max_tokens(50), Some(60)), 50);
        assert_eq!(output(&request.with_max_tokens(50).with_extra("n", 3), Some(60)), 150);
    }

    #[test]
    fn a_reply_is_as_long_as_its_texts_and_calls() {
        let call = ToolCall::new("1", "tide", r#"{"at":"noon"}"#);
        let reply = LlmResponse::text("four words and more").with_reasoning("hm");
        assert_eq!(Estimate::of_reply(&reply), 6);
        assert_eq!(Estimate::of_reply(&reply.with_tool_calls([call])), 10);
        assert_eq!(Estimate::of_reply(&LlmResponse::default()), 0);
    }
}
