//! The texts that were shown so far: a text may come as deltas, as its end, within its item and once
//! more within the response, and is shown once.

use ek_core::StreamEvent;

use super::item::Said;
use super::slot::Place;

#[derive(Debug, Default)]
pub(super) struct Shown(Said);

impl Shown {
    pub(super) fn said(&self) -> &Said {
        &self.0
    }

    /// Shows a text.
    pub(super) fn show(&mut self, place: Place, text: String, out: &mut impl Extend<StreamEvent>) {
        if text.is_empty() {
            return;
        }
        out.extend(match place {
            Place::Text => {
                self.0.content.push_str(&text);
                Some(StreamEvent::Text(text))
            }
            Place::Summary | Place::ReasoningText => {
                self.0.reasoning.push_str(&text);
                Some(StreamEvent::Reasoning(text))
            }
            Place::Refusal => {
                self.0.refusal.push_str(&text);
                Some(StreamEvent::Refusal(text))
            }
            Place::Arguments | Place::Input => None,
        });
    }

    /// Shows what an item says beyond what was shown of it.
    pub(super) fn add(&mut self, said: &Said, before: &Said, out: &mut impl Extend<StreamEvent>) {
        self.show(Place::Summary, rest(&said.reasoning, &before.reasoning), out);
        self.show(Place::Text, rest(&said.content, &before.content), out);
        self.show(Place::Refusal, rest(&said.refusal, &before.refusal), out);
    }

    /// Shows what the whole reply says beyond what was shown.
    pub(super) fn catch_up(&mut self, said: &Said, out: &mut impl Extend<StreamEvent>) {
        let reasoning = rest(&said.reasoning, &self.0.reasoning);
        let content = rest(&said.content, &self.0.content);
        let refusal = rest(&said.refusal, &self.0.refusal);
        self.show(Place::Summary, reasoning, out);
        self.show(Place::Text, content, out);
        self.show(Place::Refusal, refusal, out);
    }
}

/// What of a text was not shown; nothing where something else was.
pub(super) fn rest(whole: &str, shown: &str) -> String {
    whole.strip_prefix(shown).unwrap_or_default().to_owned()
}
