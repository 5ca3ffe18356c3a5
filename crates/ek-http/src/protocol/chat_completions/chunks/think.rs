//! `<think>` in a streamed text: separated while it comes, with tags cut anywhere.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Which part of the reply a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Text,
    Reasoning,
}

/// Splits a text as the unary reader does, piece by piece. No byte is looked at more than a few times.
#[derive(Debug)]
pub(crate) struct ThinkSplitter {
    state: State,
    /// White space that may be dropped, if nothing but a tag follows.
    blank: String,
    /// What may be the beginning of a tag; shorter than one.
    tag: String,
    opened: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space so far, and perhaps the beginning of the opening tag.
    Start,
    /// Behind the opening tag, where white space is dropped.
    Opened,
    Inside,
    /// Behind the closing tag, where white space is dropped.
    Closed,
    Outside,
}

impl ThinkSplitter {
    pub(crate) fn new() -> Self {
        Self { state: State::Start, blank: String::new(), tag: String::new(), opened: false }
    }

    /// Whether an opening tag has come.
    pub(crate) fn has_opened(&self) -> bool {
        self.opened
    }

    /// The part that a whole piece belongs to, where that is plain at once. Then it need not be fed.
    pub(crate) fn part_of(&self, piece: &str) -> Option<Part> {
        match self.state {
            _ if !self.blank.is_empty() || !self.tag.is_empty() => None,
            State::Outside => Some(Part::Text),
            State::Inside if !piece.contains('<') && !piece.ends_with(char::is_whitespace) => {
                Some(Part::Reasoning)
            }
            _ => None,
        }
    }

    /// Takes a piece of the text and gives out what is certain.
    pub(crate) fn feed(&mut self, piece: &str, mut out: impl FnMut(Part, &str)) {
        let mut text = std::mem::take(&mut self.tag);
        text.push_str(piece);
        let mut rest = text.as_str();
        while !rest.is_empty() {
            rest = match self.state {
                State::Start => self.start(rest),
                State::Inside => self.inside(rest, &mut out),
                State::Opened | State::Closed => {
                    let trimmed = rest.trim_start();
                    if !trimmed.is_empty() {
                        let opened = self.state == State::Opened;
                        self.state = if opened { State::Inside } else { State::Outside };
                    }
                    trimmed
                }
                State::Outside => {
                    self.give(Part::Text, rest, &mut out);
                    ""
                }
            };
        }
    }

    /// The text is at its end: what was held back is what it looked like.
    pub(crate) fn flush(&mut self, mut out: impl FnMut(Part, &str)) {
        let tag = std::mem::take(&mut self.tag);
        match self.state {
            State::Start => self.give(Part::Text, &tag, &mut out),
            State::Inside if !tag.is_empty() => self.give(Part::Reasoning, &tag, &mut out),
            _ => {}
        }
    }

    /// Gives out a text with the white space before it, which now is known to belong there.
    fn give(&mut self, part: Part, text: &str, out: &mut impl FnMut(Part, &str)) {
        if self.blank.is_empty() {
            if !text.is_empty() {
                out(part, text);
            }
            return;
        }
        self.blank.push_str(text);
        out(part, &self.blank);
        self.blank.clear();
    }

    fn start<'a>(&mut self, text: &'a str) -> &'a str {
        let trimmed = text.trim_start();
        self.blank.push_str(&text[..text.len() - trimmed.len()]);
        if let Some(rest) = trimmed.strip_prefix(OPEN) {
            self.blank.clear();
            self.state = State::Opened;
            self.opened = true;
            return rest;
        }
        if OPEN.starts_with(trimmed) {
            trimmed.clone_into(&mut self.tag);
            return "";
        }
        self.state = State::Outside;
        trimmed
    }

    fn inside<'a>(&mut self, text: &'a str, out: &mut impl FnMut(Part, &str)) -> &'a str {
        let closed = text.split_once(CLOSE);
        let (body, tag) = match closed {
            Some((body, _)) => (body, ""),
            None => text.split_at(text.len() - tag_begun(text)),
        };
        let known = body.trim_end();
        if !known.is_empty() {
            self.give(Part::Reasoning, known, out);
        }
        let Some((_, rest)) = closed else {
            self.blank.push_str(&body[known.len()..]);
            tag.clone_into(&mut self.tag);
            return "";
        };
        self.blank.clear();
        self.state = State::Closed;
        rest
    }
}

/// How many bytes at the end of a text may be the beginning of a closing tag.
fn tag_begun(text: &str) -> usize {
    (1..CLOSE.len()).rev().find(|n| text.ends_with(&CLOSE[..*n])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(pieces: &[&str]) -> (String, String) {
        let (mut reasoning, mut text) = (String::new(), String::new());
        let mut splitter = ThinkSplitter::new();
        let mut out = |part, piece: &str| match part {
            Part::Reasoning => reasoning.push_str(piece),
            Part::Text => text.push_str(piece),
        };
        for piece in pieces {
            splitter.feed(piece, &mut out);
        }
        splitter.flush(&mut out);
        (reasoning, text)
    }

    #[test]
    fn any_cut_splits_as_the_whole_text_does() {
        for (text, reasoning, answer) in [
            ("<think>Add them.</think>12", "Add them.", "12"),
            ("\n<think>\n Add. \n</think>\n\n12 \n", "Add.", "12 \n"),
            ("<think>a </ b < c</think>d", "a </ b < c", "d"),
            ("<think>cut </thi", "cut </thi", ""),
            ("The tag <think> opens it.", "", "The tag <think> opens it."),
            ("<thin", "", "<thin"),
            (" ", "", " "),
        ] {
            let whole = (reasoning.to_owned(), answer.to_owned());
            for cut in 0..=text.len() {
                let (a, b) = text.split_at(cut);
                assert_eq!(split(&[a, b]), whole, "{text} at {cut}");
            }
            let letters: Vec<String> = text.chars().map(String::from).collect();
            assert_eq!(split(&letters.iter().map(String::as_str).collect::<Vec<_>>()), whole);
        }
    }
}
