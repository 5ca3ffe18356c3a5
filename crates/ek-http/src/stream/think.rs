//! `<think>` in a streamed text: told apart while it comes, with tags cut anywhere.

const OPEN: &str = "<think>";
const CLOSE: &str = "</think>";

/// Which part of the reply a piece belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Text,
    Reasoning,
}

/// Splits a text as the unary reader does, piece by piece.
#[derive(Debug)]
pub(super) struct ThinkSplitter {
    state: State,
    /// What cannot be told yet: the beginning of a tag, or white space that may come before one.
    held: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing but white space so far.
    Start,
    Opened,
    Inside,
    /// Behind the closing tag, where white space is dropped.
    Closed,
    Outside,
}

impl ThinkSplitter {
    pub(super) fn new() -> Self {
        Self { state: State::Start, held: String::new() }
    }

    /// Takes a piece of the text and gives out what can be told.
    pub(super) fn feed(&mut self, piece: &str, mut out: impl FnMut(Part, &str)) {
        self.held.push_str(piece);
        loop {
            let before = (self.state, self.held.len());
            match self.state {
                State::Start => self.start(),
                State::Opened => {
                    self.trim_start();
                    if !self.held.is_empty() {
                        self.state = State::Inside;
                    }
                }
                State::Inside => self.inside(&mut out),
                State::Closed => {
                    self.trim_start();
                    if !self.held.is_empty() {
                        self.state = State::Outside;
                    }
                }
                State::Outside => {
                    if !self.held.is_empty() {
                        out(Part::Text, &self.held);
                        self.held.clear();
                    }
                }
            }
            if before == (self.state, self.held.len()) {
                return;
            }
        }
    }

    /// The text is at its end: what was held back is what it looked like.
    pub(super) fn flush(&mut self, mut out: impl FnMut(Part, &str)) {
        let held = std::mem::take(&mut self.held);
        match self.state {
            State::Start | State::Outside if !held.is_empty() => out(Part::Text, &held),
            State::Inside if !held.trim_end().is_empty() => out(Part::Reasoning, held.trim_end()),
            _ => {}
        }
    }

    fn trim_start(&mut self) {
        let spaces = self.held.len() - self.held.trim_start().len();
        self.held.drain(..spaces);
    }

    fn start(&mut self) {
        let trimmed = self.held.trim_start();
        if let Some(rest) = trimmed.strip_prefix(OPEN) {
            self.held = rest.to_owned();
            self.state = State::Opened;
        } else if !OPEN.starts_with(trimmed) {
            self.state = State::Outside;
        }
    }

    fn inside(&mut self, out: &mut impl FnMut(Part, &str)) {
        let (known, rest) = match self.held.find(CLOSE) {
            Some(at) => (self.held[..at].trim_end().len(), Some(at + CLOSE.len())),
            None => (self.certain(), None),
        };
        if known > 0 {
            out(Part::Reasoning, &self.held[..known]);
        }
        match rest {
            Some(rest) => {
                self.held.drain(..rest);
                self.state = State::Closed;
            }
            None => drop(self.held.drain(..known)),
        }
    }

    /// How much of what is held is surely reasoning: all but white space at its end and the beginning
    /// of a closing tag.
    fn certain(&self) -> usize {
        let tag = (1..CLOSE.len()).rev().find(|n| self.held.ends_with(&CLOSE[..*n])).unwrap_or(0);
        self.held[..self.held.len() - tag].trim_end().len()
    }
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
