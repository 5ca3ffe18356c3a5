//! What the OpenTelemetry GenAI conventions call the counts of a usage: the spans of several crates have
//! them, and no crate writes the list again.

use crate::Usage;

impl Usage {
    /// The counts of tokens, each under its name in the
    /// [OpenTelemetry GenAI conventions](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/):
    /// for spans of your own.
    ///
    /// ```
    /// use ek_core::Usage;
    /// let counts = Usage::new(11, 4).gen_ai_counts();
    /// assert_eq!(counts[0], ("gen_ai.usage.input_tokens", Some(11)));
    /// assert_eq!(counts[4], ("gen_ai.usage.reasoning.output_tokens", None));
    /// ```
    #[must_use]
    pub const fn gen_ai_counts(&self) -> [(&'static str, Option<u64>); 5] {
        [
            ("gen_ai.usage.input_tokens", self.input_tokens),
            ("gen_ai.usage.output_tokens", self.output_tokens),
            ("gen_ai.usage.cache_read.input_tokens", self.cached_input_tokens),
            ("gen_ai.usage.cache_creation.input_tokens", self.cache_write_tokens),
            ("gen_ai.usage.reasoning.output_tokens", self.reasoning_tokens),
        ]
    }
}
