//! The form by which answers are compared.

use std::fmt;
use std::sync::Arc;

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

    /// The last number of the answer, in one notation: `The answer is 1,234.50.` is `1234.5`. Empty
    /// where there is none. A comma before three digits separates thousands, any other comma is a decimal
    /// one; units, percent signs and fractions are ignored.
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

fn number(answer: &str) -> String {
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | ',');
    let Some(last) = answer.rfind(|c: char| c.is_ascii_digit()) else { return String::new() };
    let before = &answer[..=last];
    let start = before.rfind(|c: char| !is_part(c));
    let start = start.map_or(0, |at| at + before[at..].chars().next().map_or(1, char::len_utf8));
    let digits = before[start..].trim_start_matches(',');
    let negative = is_negative(&before[..start]);
    canonical(digits, negative)
}

/// Whether the text ends with a minus that is a sign, and does not stand between two numbers or words.
fn is_negative(before: &str) -> bool {
    let Some(rest) = before.strip_suffix(['-', '−']) else { return false };
    !rest.ends_with(|c: char| c.is_alphanumeric())
}

/// Digits with points and commas in one notation.
fn canonical(digits: &str, negative: bool) -> String {
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        Some(at) if is_decimal(digits, at) => (&digits[..at], &digits[at + 1..]),
        _ => (digits, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    let sign = if negative && (whole, fraction) != ("0", "") { "-" } else { "" };
    match fraction {
        "" => format!("{sign}{whole}"),
        _ => format!("{sign}{whole}.{fraction}"),
    }
}

/// Whether the last mark in these digits is the decimal one.
fn is_decimal(digits: &str, at: usize) -> bool {
    let mark = &digits[at..=at];
    let earlier = &digits[..at];
    if earlier.contains(mark) {
        return false; // 1,234,567 or 1.234.567
    }
    let three = digits.len() - at - 1 == 3;
    mark == "." || !three || earlier.contains('.')
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

    #[test]
    fn the_last_number_counts_in_one_notation() {
        for (answer, form) in [
            ("391", "391"),
            ("The answer is 391.", "391"),
            ("17 * 23 = 391", "391"),
            ("**391**", "391"),
            ("1,234.50", "1234.5"),
            ("1.234,50", "1234.5"),
            ("1,234", "1234"),
            ("1,234,567", "1234567"),
            ("3,14", "3.14"),
            ("3.140", "3.14"),
            ("0.5 or .50", "0.5"),
            ("007", "7"),
            ("-5", "-5"),
            ("−5 °C", "-5"),
            ("17-5", "5"),
            ("-0.0", "0"),
            ("about 42%", "42"),
            ("none", ""),
            ("", ""),
            ("é5", "5"),
        ] {
            assert_eq!(number(answer), form, "{answer}");
        }
    }
}
