//! A number, `true`, `false` or `null` that comes in pieces.

use serde_json::Value;

/// The letters of a word, or the signs of a number.
#[derive(Clone, Default)]
pub(super) struct Scalar(String);

/// What one sign does.
pub(super) enum Step {
    /// It may go on.
    More,
    /// The word is whole with this sign.
    Word(Value),
    /// The sign is not part of it.
    Over,
}

const WORDS: [(&str, Value); 3] =
    [("true", Value::Bool(true)), ("false", Value::Bool(false)), ("null", Value::Null)];

impl Scalar {
    /// Takes a sign. The error is for a word that JSON does not have.
    pub(super) fn take(&mut self, sign: char) -> Result<Step, &'static str> {
        let is_number = self.0.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        if is_number || self.0.is_empty() && (sign == '-' || sign.is_ascii_digit()) {
            if !matches!(sign, '0'..='9' | '+' | '-' | '.' | 'e' | 'E') {
                return Ok(Step::Over);
            }
            self.0.push(sign);
            return Ok(Step::More);
        }
        self.0.push(sign);
        let word = WORDS.iter().find(|(word, _)| word.starts_with(&*self.0));
        match word.ok_or("no value")? {
            (word, value) if word.len() == self.0.len() => Ok(Step::Word(value.clone())),
            _ => Ok(Step::More),
        }
    }

    /// The number, after its last sign.
    pub(super) fn end(&self) -> Result<Value, &'static str> {
        serde_json::from_str(&self.0).map_err(|_| "no number")
    }
}
