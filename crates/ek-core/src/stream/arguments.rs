//! The arguments of a call in the making, which come in pieces.
//!
//! Nothing continues a complete object, since no JSON follows its end. What comes behind one is the
//! real text after a placeholder `{}`, the same JSON again, or the arguments of another call.

use serde::de::IgnoredAny;

/// The text so far, and how far its object has come.
#[derive(Debug, Clone, Default)]
pub(super) struct ArgumentsDraft {
    text: String,
    depth: u32,
    begun: bool,
    in_string: bool,
    escaped: bool,
    /// Something stands before or behind the object.
    broken: bool,
    /// Bytes of the object that are no white space between its tokens.
    significant: usize,
    /// Where the last piece begins.
    last: usize,
    /// Each piece after the first begins with the one before it.
    grows: bool,
}

/// What a piece is to a complete object.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// The real text, after a placeholder.
    Real,
    /// Nothing new: white space, or the same JSON.
    Again,
    /// The arguments of another call.
    Another,
    /// No JSON at all.
    Rubbish,
}

impl ArgumentsDraft {
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    pub(super) fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    /// Whether there is at most white space.
    pub(super) fn is_blank(&self) -> bool {
        !self.begun
    }

    /// Appends a piece. Each byte is looked at once, however long the text is.
    pub(super) fn push(&mut self, piece: &str) {
        if piece.is_empty() {
            return;
        }
        let begins_alike = piece.starts_with(&self.text[self.last..]);
        self.grows = begins_alike && (self.grows || self.text.is_empty());
        self.last = self.text.len();
        self.text.push_str(piece);
        let mut rest = piece.as_bytes();
        while let Some((byte, behind)) = rest.split_first() {
            if self.in_string {
                rest = self.skip_in_string(rest);
                continue;
            }
            rest = behind;
            if byte.is_ascii_whitespace() {
                continue;
            }
            self.significant += 1;
            if self.depth == 0 {
                self.broken |= self.begun || *byte != b'{';
                self.begun = true;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    /// Passes over what of these bytes belongs to the string that is open, and over its closing quote.
    fn skip_in_string<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let from = usize::from(std::mem::take(&mut self.escaped)).min(bytes.len());
        let end = bytes[from..].iter().position(|byte| matches!(byte, b'"' | b'\\'));
        let end = end.map_or(bytes.len(), |end| {
            self.escaped = bytes[from + end] == b'\\';
            self.in_string = self.escaped;
            from + end + 1
        });
        self.significant += end;
        &bytes[end..]
    }

    /// The arguments. Some servers send with each piece all that there is so far: then the pieces together are
    /// no JSON, and the last one is the whole.
    pub(super) fn whole(&self) -> &str {
        let (text, last) = (self.as_str(), &self.text[self.last..]);
        let parse = serde_json::from_str::<IgnoredAny>;
        // What may only be cut stays what it is.
        let is_one = || parse(text).is_err_and(|e| !e.is_eof()) && parse(last).is_ok();
        if self.grows && self.last > 0 && last.trim_start().starts_with('{') && is_one() {
            last
        } else {
            text
        }
    }

    /// Whether this is one object from its first to its last bracket.
    pub(super) fn is_complete(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_string && !self.broken
    }

    /// Whether this is `{}`, which some servers send before the arguments.
    pub(super) fn is_placeholder(&self) -> bool {
        self.is_complete() && self.significant == 2 && self.text.trim_end().ends_with('}')
    }

    /// What a piece is that comes behind this complete object.
    pub(super) fn behind(&self, piece: &str) -> Behind {
        if piece.trim().is_empty() || self.is_same_json(piece) {
            Behind::Again
        } else if !piece.trim_start().starts_with('{') {
            Behind::Rubbish
        } else if self.is_placeholder() {
            Behind::Real
        } else {
            Behind::Another
        }
    }

    /// Whether the text is the same JSON but for white space between the tokens.
    pub(super) fn is_same_json(&self, text: &str) -> bool {
        // White space makes no text this much longer; without the limit, short pieces behind a long
        // text would cost its length each.
        const LONGER: usize = 16;
        if self.text == text {
            return true;
        }
        self.text.len() / LONGER <= text.len() && tokens(&self.text).eq(tokens(text))
    }
}

/// The bytes of a JSON text without the white space between its tokens.
fn tokens(text: &str) -> impl Iterator<Item = u8> {
    let (mut in_string, mut escaped) = (false, false);
    text.bytes().filter(move |byte| {
        if !in_string {
            in_string = *byte == b'"';
            return !byte.is_ascii_whitespace();
        }
        in_string = escaped || *byte != b'"';
        escaped = !escaped && *byte == b'\\';
        true
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(pieces: &[&str]) -> ArgumentsDraft {
        let mut draft = ArgumentsDraft::default();
        pieces.iter().for_each(|piece| draft.push(piece));
        draft
    }

    #[test]
    fn an_object_is_complete_at_its_last_bracket_and_not_before() {
        for (pieces, complete) in [
            (&["{}"][..], true),
            (&["{", "}"], true),
            (&[" {\"a\":", "[{}]} "], true),
            (&["{\"a\":\"}"], false),
            (&["{\"a\":\"\\\"}"], false),
            (&["{\"a\":\"\\\\\"}"], true),
            (&[""], false),
            (&["[]"], false),
            (&["{}", "x"], false),
        ] {
            assert_eq!(draft(pieces).is_complete(), complete, "{pieces:?}");
        }
    }

    #[test]
    fn what_comes_behind_an_object_is_real_again_another_or_rubbish() {
        for (text, piece, expected) in [
            ("{}", r#"{"a":1}"#, Behind::Real),
            ("{ }", r#" {"a""#, Behind::Real),
            ("{}", "{ }", Behind::Again),
            ("{}", "\n", Behind::Again),
            (r#"{"a":1}"#, r#"{ "a" : 1 }"#, Behind::Again),
            (r#"{ "a": "x y" }"#, r#"{"a":"x y"}"#, Behind::Again),
            (r#"{"a":"x y"}"#, r#"{"a":"xy"}"#, Behind::Another),
            (r#"{"a":"\" "}"#, r#"{"a":"\""}"#, Behind::Another),
            (r#"{"a":1}"#, "{", Behind::Another),
            (r#"{"a":1}"#, "}", Behind::Rubbish),
        ] {
            assert_eq!(draft(&[text]).behind(piece), expected, "{text} {piece}");
        }
    }

    #[test]
    fn short_pieces_behind_a_long_text_are_not_compared_with_all_of_it() {
        let long = draft(&[&format!("{{{}}}", " ".repeat(1000))]);
        assert_eq!(long.behind("{ }"), Behind::Real);
    }
}
