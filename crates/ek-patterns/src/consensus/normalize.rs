//! The form by which answers are compared.

use std::fmt;
use std::sync::Arc;

use super::number::number;

/// Turns an answer into the form that is compared. Answers with an empty form are empty answers.
///
/// [`Normalizer::words`] and [`Normalizer::number`] are ready-made; any closure can be one.
///
/// ```
/// use ek_patterns::{ConsensusOptions, Normalizer};
/// let yes_or_no = ConsensusOptions::default().with_normalize(Normalizer::words());
/// let a_number = ConsensusOptions::default().with_normalize(Normalizer::number());
/// let first_letter = ConsensusOptions::default().with_normalize(|answer| {
///     answer.trim_start().chars().take(1).collect()
/// });
/// # let words = Normalizer::new(Normalizer::words());
/// assert_eq!(words.form("**Yes**, it is."), "yes it is");
/// ```
#[derive(Clone)]
pub struct Normalizer(Arc<dyn Fn(&str) -> String + Send + Sync>);

impl Normalizer {
    /// Takes a closure.
    #[must_use]
    pub fn new(form: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self(Arc::new(form))
    }

    /// The words in lower case, without Markdown and punctuation around them: `Yes`, `yes.` and
    /// `**Yes**` are one answer. Signs within a word stay (`don't`, `3.5`), and so do signs with a meaning
    /// (`-5`, `5%`, `C#`).
    pub fn words() -> impl Fn(&str) -> String + Send + Sync + Clone + 'static {
        words
    }

    /// The last number of the answer, in one notation: `The answer is 1,234.50.` is `1234.5`, and so are
    /// `1.2345e3`, `1.2345 × 10³` and `１２３４.５`. Empty where there is none. A comma before three digits
    /// separates thousands, as spaces and apostrophes do (`12 000`), any other comma is a decimal one. A fraction,
    /// a ratio, a time and a power of a base other than 10 count as they are written (`7/10`, `10:30`, `2^8`).
    /// Units and percent signs are ignored.
    pub fn number() -> impl Fn(&str) -> String + Send + Sync + Clone + 'static {
        number
    }

    /// The form of an answer.
    #[must_use]
    pub fn form(&self, answer: &str) -> String {
        (self.0)(answer)
    }
}

impl fmt::Debug for Normalizer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<closure>")
    }
}

/// The default form: trimmed, with each run of white space as one space.
pub(super) fn collapse(text: &str) -> String {
    join(text.split_whitespace())
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.fold(String::new(), |mut form, word| {
        if !form.is_empty() {
            form.push(' ');
        }
        form.push_str(word);
        form
    })
}

fn words(answer: &str) -> String {
    const AROUND: &[char] = &[
        '*', '_', '~', '`', '"', '\'', '“', '”', '‘', '’', '„', '«', '»', '(', ')', '[', ']', '{',
        '}', '<', '>', '|',
    ];
    const BEFORE: &[char] = &['#', '¿', '¡', '•'];
    const BEHIND: &[char] =
        &['.', ',', ';', ':', '!', '?', '…', '。', '，', '、', '！', '？', '：', '；'];
    let bare = |word: &'static [char], c: char| AROUND.contains(&c) || word.contains(&c);
    let words = answer.split_whitespace().map(|word| {
        word.trim_start_matches(|c| bare(BEFORE, c)).trim_end_matches(|c| bare(BEHIND, c))
    });
    // A dash of a list, or of a sentence, is no word.
    let is_word = |word: &&str| !word.is_empty() && !matches!(*word, "-" | "–" | "—");
    join(words.filter(is_word)).to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_makes_no_difference_and_case_does() {
        assert_eq!(collapse("  a\n\tb  "), "a b");
        assert_ne!(collapse("A"), collapse("a"));
    }

    #[test]
    fn words_are_the_same_with_any_signs_around_them() {
        for yes in
            ["Yes", "yes.", "**Yes**", " YES!\n", "\"Yes\"", "`yes`", "- Yes", "# Yes", "(yes)"]
        {
            assert_eq!(words(yes), "yes", "{yes}");
        }
        for (answer, form) in [
            ("**Yes**, it is.", "yes it is"),
            ("I don't — really.", "i don't really"),
            ("-5", "-5"),
            ("5%", "5%"),
            (".5", ".5"),
            ("C# or C++?", "c# or c++"),
            ("Füße。", "füße"),
            ("...", ""),
            ("", ""),
        ] {
            assert_eq!(words(answer), form, "{answer}");
        }
    }
}
