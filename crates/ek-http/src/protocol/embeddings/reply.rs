//! Reads an answer with vectors: one pass over the document, whichever vendor wrote it.
//!
//! OpenAI and those who follow it write `{"data": [{"embedding", "index"}]}`, Cohere
//! `{"embeddings": {"float": [[...]]}}`, Gemini `{"embeddings": [{"values"}]}` or, for one input,
//! `{"embedding": {"values"}}`, Vertex AI `{"predictions": [{"embeddings": {"values"}}]}`. The keys do not contradict each other, so that one reader takes them all,
//! also from a gateway that answers in another vendor's words.

use ek_core::{Embeddings, Error, ErrorKind, Result, Spend, Usage};
use serde_json::Value;

use super::request::Asked;
use super::rows::{Due, Rows};
use crate::failure::body::ErrorBody;
use crate::failure::read_fault::ReadFault;
use crate::json::scalar;
use crate::json::scan::{self, Raw, Scanner, Unreadable};
use crate::protocol::body::{self, Found};
use crate::protocol::chat_completions::reply::Counts;

/// Reads the body of an answer.
///
/// # Errors
/// What the body is instead.
pub(crate) fn read(body: &[u8], due: Due) -> Result<Embeddings, ReadFault> {
    let found = Found { missing: "the answer holds no vectors", wrapped: "\"embedding" };
    body::read(body, found, |document| {
        let answer = Answer::read(document, due).ok()?;
        let error = answer.has_error.then(|| ErrorBody::of_document(document)).flatten();
        if let Some(error) = error.filter(ErrorBody::says_something) {
            return Some(Err(ReadFault::ErrorObject(Box::new(error))));
        }
        answer.has_rows.then(|| answer.finish())
    })
}

/// The key by which a caller lets the server cut inputs that are too long.
pub(super) const AUTO_TRUNCATE: &str = "autoTruncate";

/// Refuses vectors of inputs that the server cut, unless the caller asked for that.
///
/// # Errors
/// `Rejected`, as where an input is too long for the model.
pub(crate) fn check_whole(asked: &Asked<'_>, found: &Embeddings) -> Result<()> {
    let wants_cut = asked.request.extra.get(AUTO_TRUNCATE) == Some(&Value::Bool(true));
    let Some(place) = found.truncated.first().filter(|_| !wants_cut) else { return Ok(()) };
    let why = format!("input {place} of the request is too long for the model, and was cut");
    let error = Error::new(ErrorKind::Rejected, why).with_code(Error::CONTEXT_OVERFLOW);
    let error = error.with_spend(Spend::of(found.usage));
    Err(match &found.request_id {
        Some(id) => error.with_request_id(id),
        None => error,
    })
}

struct Answer {
    rows: Rows,
    /// Whether a key of vectors is there.
    has_rows: bool,
    has_error: bool,
    usage: Usage,
    model: Option<String>,
}

impl Answer {
    fn read(document: &str, due: Due) -> Result<Self, Unreadable> {
        let mut answer = Self {
            rows: Rows::of(due),
            has_rows: false,
            has_error: false,
            usage: Usage::default(),
            model: None,
        };
        scan::entries(document, |key, value| answer.field(key, value))?;
        Ok(answer)
    }

    fn field(&mut self, key: &str, value: &mut Scanner<'_>) -> Result<(), Unreadable> {
        match key {
            "data" | "embeddings" | "predictions" if value.peek()? == b'[' => {
                self.has_rows = true;
                self.rows.list(value)
            }
            "embeddings" if value.peek()? == b'{' => {
                self.has_rows = true;
                value.entries(|form, value| self.form(form, value))
            }
            "embedding" => {
                self.has_rows = true;
                self.rows.row(value)
            }
            // Alibaba's wrapper, with the counts beside it.
            "output" if value.peek()? == b'{' => value.entries(|key, value| self.field(key, value)),
            // Vertex AI's `:embedContent`, which takes one input.
            "truncated" => {
                if value.value::<Raw<'_>>()?.get() == "true" {
                    self.rows.cut_input();
                }
                Ok(())
            }
            "model" => {
                self.model = scalar::text(value.value()?);
                Ok(())
            }
            "error" => {
                self.has_error = scalar::is_set(value.value()?);
                Ok(())
            }
            "usage" => {
                self.usage.update(&value.value::<Counts>()?.usage);
                Ok(())
            }
            "usageMetadata" if value.peek()? == b'{' => {
                value.entries(|key, value| self.count(key, value))
            }
            "meta" if value.peek()? == b'{' => value.entries(|key, value| {
                if !matches!(key, "billed_units" | "tokens") {
                    return value.skip();
                }
                let mut counts = value.value::<Counts>()?.usage;
                // What is billed wins over what was counted, whichever comes first.
                if key == "tokens" {
                    counts.update(&self.usage);
                }
                self.usage.update(&counts);
                Ok(())
            }),
            _ => self.count(key, value),
        }
    }

    /// The count under a key of Gemini's, Ollama's or Amazon's.
    fn count(&mut self, key: &str, value: &mut Scanner<'_>) -> Result<(), Unreadable> {
        match key {
            "promptTokenCount" | "prompt_eval_count" | "inputTextTokenCount" => {
                self.usage.input_tokens = value.count()?;
            }
            "totalTokenCount" => self.usage.total_tokens = value.count()?,
            _ => value.skip()?,
        }
        Ok(())
    }

    /// One of the forms in which Cohere sends the same vectors: the first that holds whole floats is read.
    fn form(&mut self, form: &str, value: &mut Scanner<'_>) -> Result<(), Unreadable> {
        let is_list = value.peek()? == b'[';
        match form {
            "float" | "base64" if is_list && self.rows.is_empty() => self.rows.list(value),
            _ => value.skip(),
        }
    }

    fn finish(self) -> Result<Embeddings, ReadFault> {
        let (counted, mut usage) = (self.rows.tokens(), self.usage);
        usage.input_tokens = usage.input_tokens.or(usage.total_tokens).or(counted);
        // Nothing is generated.
        usage.output_tokens = usage.output_tokens.or(usage.input_tokens.map(|_| 0));
        // Vectors that cannot be used were billed all the same.
        let billed = |error: Error| ReadFault::Core(error.with_spend(Spend::of(usage)));
        let mut found = self.rows.finish().map_err(|fault| match fault {
            ReadFault::Malformed(why) => billed(Error::new(ErrorKind::Malformed, why)),
            ReadFault::Core(error) => billed(error),
            other => other,
        })?;
        (found.model, found.usage) = (self.model, usage);
        Ok(found)
    }
}
