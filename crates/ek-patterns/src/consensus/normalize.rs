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
    /// where there is none. A comma before three digits separates thousands, as spaces and apostrophes do
    /// (`12 000`), any other comma is a decimal one. A fraction, a ratio, a time and a power count as they are
    /// written (`7/10`, `10:30`, `1.5e3`). Units and percent signs are ignored.
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
    let answer = ungrouped(answer);
    let Some(last) = answer.rfind(|c: char| c.is_ascii_digit()) else { return String::new() };
    let (mut before, mut form) = last_digits(&answer[..=last]);
    while let Some((rest, joint)) = joint(before, &form) {
        let (start, part) = last_digits(rest);
        (before, form) = (start, format!("{part}{joint}{form}"));
    }
    if is_negative(before) && form != "0" { format!("-{form}") } else { form }
}

/// The digits at the end of a text in one notation, and what is before them.
fn last_digits(text: &str) -> (&str, String) {
    let before = text.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
    (before, canonical(text[before.len()..].trim_start_matches(',')))
}

/// What joins a number to one right before it, and the text that ends with that one: `7/10` and `8/10` are
/// two answers.
fn joint<'a>(before: &'a str, form: &str) -> Option<(&'a str, &'static str)> {
    const JOINTS: &[(&str, &str)] =
        &[("/", "/"), (":", ":"), ("^", "^"), ("^{", "^"), ("e", "e"), ("e+", "e"), ("e-", "e-")];
    const TIMES: &[&str] = &["×", "x", "*", "·", "\\times", "\\cdot"];
    let mut joints = JOINTS.iter().filter_map(|(sign, form)| {
        let (at, end) = (before.len().checked_sub(sign.len())?, sign);
        let is_there = before.get(at..)?.eq_ignore_ascii_case(end);
        is_there.then(|| (&before[..at], *form))
    });
    let times = || {
        let sign = TIMES.iter().find_map(|sign| before.trim_end().strip_suffix(sign));
        form.starts_with("10^").then_some(sign)?.map(|rest| (rest.trim_end(), "×"))
    };
    let is_digit = |c: char| c.is_ascii_digit();
    joints
        .find(|(rest, _)| rest.ends_with(is_digit))
        .or_else(times)
        .filter(|(r, _)| r.ends_with(is_digit))
}

/// The text without the marks between groups of three digits: `12 000`, `12'000` and `12_000` are one number.
/// A comma or a point stays, since it may be the decimal one.
fn ungrouped(text: &str) -> String {
    const MARKS: &[char] = &[' ', '\u{a0}', '\u{202f}', '\u{2009}', '\'', '’', '_'];
    // As LaTeX writes them.
    let text = text.replace("{,}", ",").replace("\\,", "\u{202f}");
    let mut out = String::with_capacity(text.len());
    let (mut digits, mut rest) = (0, text.chars());
    while let Some(sign) = rest.next() {
        let is_mark = (1..=3).contains(&digits) && MARKS.contains(&sign);
        digits = if sign.is_ascii_digit() { digits + 1 } else { 0 };
        if !is_mark || rest.clone().take_while(char::is_ascii_digit).take(4).count() != 3 {
            out.push(sign);
        }
    }
    out
}

/// Whether the text ends with a minus that is a sign, and does not stand between two numbers or words.
fn is_negative(before: &str) -> bool {
    let Some(rest) = before.strip_suffix(['-', '−']) else { return false };
    !rest.ends_with(|c: char| c.is_alphanumeric())
}

/// Digits with points and commas in one notation.
fn canonical(digits: &str) -> String {
    let (whole, fraction) = match digits.rfind(['.', ',']) {
        Some(at) if is_decimal(digits, at) => (&digits[..at], &digits[at + 1..]),
        _ => (digits, ""),
    };
    let whole: String = whole.chars().filter(char::is_ascii_digit).collect();
    let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
    let whole = if whole.is_empty() { "0" } else { whole };
    match fraction {
        "" => whole.to_owned(),
        _ => format!("{whole}.{fraction}"),
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
            ("12 000", "12000"),
            ("-12\u{202f}000,50 EUR", "-12000.5"),
            ("12'000", "12000"),
            ("12’000.5", "12000.5"),
            ("1_234_567", "1234567"),
            ("\\boxed{9{,}500}", "9500"),
            ("$9\\,500$", "9500"),
            ("in 2024 100", "100"),
            ("5 1000", "1000"),
            ("7/10", "7/10"),
            ("10:30", "10:30"),
            ("1.5e3", "1.5e3"),
            ("-2E-07", "-2e-7"),
            ("10^6", "10^6"),
            ("6.02 × 10^{23}", "6.02×10^23"),
            ("3 \\times 10^5", "3×10^5"),
            ("file3 and e5", "5"),
            ("Step 1: 5", "5"),
        ] {
            assert_eq!(number(answer), form, "{answer}");
        }
    }
}
