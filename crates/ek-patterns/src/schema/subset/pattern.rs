//! Regular expressions of JSON Schema (ECMA-262), by an engine that takes linear time.
//!
//! The engine's own dialect differs in a few signs, which are translated. What it cannot match in linear
//! time, look-around and back-references, is refused.

use regex::{Regex, RegexBuilder};

/// The longest program of a pattern, in bytes: each of its states may be visited for each character.
const MAX_PROGRAM: usize = 100_000;

/// White space and line ends as ECMA-262 has them.
const SPACE: &str =
    r"\t-\r \u{a0}\u{1680}\u{2000}-\u{200a}\u{2028}\u{2029}\u{202f}\u{205f}\u{3000}\u{feff}";

/// A regular expression, found anywhere in a text unless it says otherwise.
#[derive(Debug)]
pub(super) struct Pattern {
    written: String,
    regex: Regex,
}

impl Pattern {
    /// `None` if it cannot be matched in linear time, or is no regular expression.
    pub(super) fn new(written: &str) -> Option<Self> {
        let regex =
            RegexBuilder::new(&translated(written)?).size_limit(MAX_PROGRAM).build().ok()?;
        Some(Self { written: written.to_owned(), regex })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.written
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }
}

/// The pattern in the engine's dialect.
fn translated(pattern: &str) -> Option<String> {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(sign) = chars.next() {
        match sign {
            '\\' => escape(chars.next()?, &mut chars, in_class, &mut out)?,
            '[' if in_class => out.push_str(r"\["),
            '[' => {
                in_class = true;
                out.push('[');
                if chars.next_if_eq(&'^').is_some() {
                    out.push('^');
                }
                // Here ECMA-262 has an empty class, and the engine a bracket.
                if chars.peek() == Some(&']') {
                    return None;
                }
            }
            ']' if in_class => {
                in_class = false;
                out.push(']');
            }
            // The engine's signs for sets of characters.
            '&' | '~' if in_class => {
                out.push('\\');
                out.push(sign);
            }
            '.' if !in_class => out.push_str(r"[^\n\r\u{2028}\u{2029}]"),
            other => out.push(other),
        }
    }
    Some(out)
}

fn escape(
    sign: char,
    rest: &mut std::iter::Peekable<std::str::Chars<'_>>,
    in_class: bool,
    out: &mut String,
) -> Option<()> {
    let class = |out: &mut String, set: &str| match in_class {
        true => out.push_str(set),
        false => out.push_str(&format!("[{set}]")),
    };
    match sign {
        'd' => class(out, "0-9"),
        'w' => class(out, "0-9A-Za-z_"),
        's' => class(out, SPACE),
        'D' => out.push_str("[^0-9]"),
        'W' => out.push_str("[^0-9A-Za-z_]"),
        'S' => out.push_str(&format!("[^{SPACE}]")),
        'b' if in_class => out.push_str(r"\x08"),
        'b' => out.push_str(r"(?-u:\b)"),
        'B' => out.push_str(r"(?-u:\B)"),
        'u' if rest.peek() != Some(&'{') => {
            let code: String = rest.by_ref().take(4).collect();
            out.push_str(&format!(r"\u{{{code}}}"));
        }
        '0' => out.push_str(r"\x00"),
        'u' | 'x' | 'n' | 'r' | 't' | 'f' | 'v' => {
            out.push('\\');
            out.push(sign);
        }
        // References to groups, properties of Unicode, and letters without a meaning.
        other if other.is_alphanumeric() => return None,
        '<' | '>' => out.push(sign),
        other if other.is_ascii() => {
            out.push('\\');
            out.push(other);
        }
        other => out.push(other),
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_what_they_mean_in_ecmascript() {
        for (pattern, matches, misses) in [
            ("^[A-Z]{3}$", "BGO", "BGOX"),
            ("b", "abc", "ac"),
            (r"^\d{4}-\d\d$", "2026-11", "٢٠٢٦-11"),
            (r"^[\d.-]+$", "1.5-2", "a"),
            (r"^[^\d\s]\w*$", "a_1", "1"),
            (r"^\S+\s\S+$", "a\u{a0}b", "ab"),
            (r"^.$", "ø", "\r"),
            (r"^[[&~]\/\-\<\u00e6\x41\.$", "[/-<æA.", "x"),
            (r"\bkiln\b", "a kiln.", "kilns"),
            (r"^(?<a>x|y)(?:z)?$", "xz", "z"),
            (r"^[\s\S]*$", "\n", "no miss"),
        ] {
            let pattern = Pattern::new(pattern).expect(pattern);
            assert!(pattern.is_match(matches), "{}", pattern.as_str());
            assert!(!pattern.is_match(misses) || misses == "no miss", "{}", pattern.as_str());
        }
    }

    #[test]
    fn what_takes_more_than_linear_time_and_what_is_no_pattern_is_refused() {
        for pattern in [
            "(?=a)b",
            "(?<!a)b",
            r"(a)\1",
            r"\p{L}",
            "(",
            "[",
            "[]",
            "[^]",
            "a\\",
            r"\q",
            "a{1,99999}",
        ] {
            assert!(Pattern::new(pattern).is_none(), "{pattern}");
        }
    }
}
