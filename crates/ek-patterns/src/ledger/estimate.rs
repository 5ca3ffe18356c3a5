//! What a call may cost, before it is made.

use ek_core::{ChatRequest, Content};

/// A rough rule for all tokenizers: this many bytes of text are one token.
const BYTES_PER_TOKEN: usize = 4;

/// Role, separators and the like of one message, in tokens.
const PER_MESSAGE: usize = 4;

/// The longest reply where the request does not limit it: what providers set by default.
const DEFAULT_OUTPUT: u64 = 4096;

/// What a call may cost, in tokens.
///
/// The output is an upper bound, as long as replies keep within the request's `max_tokens`; the input
/// is a guess from the length of the text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Estimate {
    /// Tokens of the prompt, about.
    pub input_tokens: u64,
    /// Tokens of the reply, at most.
    pub output_tokens: u64,
}

impl Estimate {
    /// Known numbers.
    #[must_use]
    pub const fn new(input_tokens: u64, output_tokens: u64) -> Self {
        Self { input_tokens, output_tokens }
    }

    /// The estimate for a request: its texts at four bytes a token, and its `max_tokens` (4,096 where
    /// it sets none).
    ///
    /// ```
    /// use ek_core::ChatRequest;
    /// use ek_patterns::Estimate;
    /// let request = ChatRequest::user("four words and more").with_max_tokens(50);
    /// assert_eq!(Estimate::of(&request), Estimate::new(9, 50));
    /// ```
    #[must_use]
    pub fn of(request: &ChatRequest) -> Self {
        let messages = request.messages.iter().map(|message| {
            let text = match &message.content {
                Some(Content::Text(text)) => text.len(),
                Some(content) => content.text().len(),
                None => 0,
            };
            let calls = message.tool_calls.iter();
            let calls: usize = calls.map(|c| c.name.len() + c.arguments.as_str().len()).sum();
            (text + calls).div_ceil(BYTES_PER_TOKEN) + PER_MESSAGE
        });
        let tools = request.tools.iter().map(|tool| {
            let description = tool.description.as_ref().map_or(0, String::len);
            let schema = tool.parameters.as_ref().map_or(0, |schema| schema.as_str().len());
            (tool.name.len() + description + schema).div_ceil(BYTES_PER_TOKEN)
        });
        let input = messages.chain(tools).sum::<usize>();
        Self {
            input_tokens: u64::try_from(input).unwrap_or(u64::MAX),
            output_tokens: request.max_tokens.map_or(DEFAULT_OUTPUT, u64::from),
        }
    }
    /// Prompt and reply together, as limits of tokens per minute count them.
    pub(crate) fn tokens(self) -> u32 {
        let tokens = self.input_tokens.saturating_add(self.output_tokens);
        u32::try_from(tokens).unwrap_or(u32::MAX)
    }
}
