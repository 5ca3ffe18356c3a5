//! What the terminal event leaves out of the items that were streamed: calls, texts, or the text of an item.
//!
//! Some servers send an output of their own making there, in which the calls or the message are missing or
//! empty. What was streamed has been shown, and stays in the reply.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};

use ek_core::StreamEvent;

use super::Turn;
use crate::json::scalar;
use crate::protocol::responses::item::{Kind, Listed};
use crate::protocol::responses::slot::Slot;

/// Where the item of each id stands, and the ids of the slots.
type ById<'i> = (HashMap<Cow<'i, str>, usize>, HashSet<&'i str>);

/// The items of a terminal event, held against those of the stream.
struct Held<'i> {
    items: &'i [Listed<'i>],
    slots: &'i [Slot],
    /// The items by their ids, and the ids of all slots: looked at where the places differ.
    by_id: OnceCell<ById<'i>>,
    /// The reply ended before it was whole.
    is_cut: bool,
    /// How many calls were streamed beyond those of the items.
    more_calls: usize,
    has_message: bool,
    has_reasoning: bool,
}

impl<'i> Held<'i> {
    fn new(items: &'i [Listed<'i>], slots: &'i [Slot], is_cut: bool) -> Self {
        let has_text =
            |kind| items.iter().any(|listed| listed.item.kind() == kind && !listed.item.is_bare());
        let streamed = slots.iter().filter(|slot| slot.is_call()).count();
        let calls = items.iter().filter(|listed| listed.item.kind().is_call()).count();
        Self {
            items,
            slots,
            by_id: OnceCell::new(),
            is_cut,
            more_calls: streamed.saturating_sub(calls),
            has_message: has_text(Kind::Message),
            has_reasoning: has_text(Kind::Reasoning),
        }
    }

    /// The item that a slot is: the one of its id. Where a server gives it another id, the one of its kind at
    /// its place.
    fn same(&self, slot: &Slot, place: usize) -> Option<usize> {
        let at_place = self.items.get(place);
        if at_place.is_some_and(|listed| slot.ids().any(|id| listed.item.is_called(id))) {
            return Some(place);
        }
        let (by_id, of_slots) = self.by_id.get_or_init(|| {
            let by_id = self.items.iter().enumerate();
            let by_id = by_id.flat_map(|(at, listed)| ids(listed).map(move |id| (id, at)));
            (by_id.collect(), self.slots.iter().flat_map(Slot::ids).collect())
        });
        let named = slot.ids().find_map(|id| by_id.get(id).copied());
        let is_alike = |listed: &Listed<'i>| {
            slot.kind == Some(listed.item.kind())
                && !ids(listed).any(|id| of_slots.contains(id.as_ref()))
        };
        named.or_else(|| at_place.is_some_and(is_alike).then_some(place))
    }

    /// Whether the item is the slot without its text.
    fn is_emptied(&self, at: usize, slot: &Slot) -> bool {
        self.items[at].item.is_bare() && slot.says_something()
    }

    /// Whether a slot that is none of the items is missing there: a call beyond those that they have, a text
    /// where none of them has one of its kind.
    fn lacks(&self, slot: &Slot) -> bool {
        match slot.kind {
            Some(Kind::Call | Kind::CustomCall) => {
                let is_whole = slot.is_done || !self.is_cut;
                self.more_calls > 0 && slot.is_call() && slot.name().is_some() && is_whole
            }
            Some(Kind::Message) => !self.has_message && slot.says_something(),
            Some(Kind::Reasoning) => !self.has_reasoning && slot.says_something(),
            Some(Kind::CallOutput | Kind::Other) | None => false,
        }
    }
}

/// The ids of an item: its own, and that of its call.
fn ids<'i>(listed: &Listed<'i>) -> impl Iterator<Item = Cow<'i, str>> + use<'i> {
    [listed.item.id, listed.item.call_id].into_iter().flatten().filter_map(scalar::word)
}

impl Turn {
    /// These items and what was streamed that they lack; `None` if they lack nothing. `is_cut`: the reply
    /// ended before it was whole.
    pub(super) fn joined_with(
        &mut self,
        items: &[Listed<'_>],
        is_cut: bool,
        out: &mut impl Extend<StreamEvent>,
    ) -> Option<Vec<String>> {
        let held = Held::new(items, &self.slots, is_cut);
        let is_missing = |(place, slot)| match held.same(slot, place) {
            Some(at) => held.is_emptied(at, slot),
            None => held.lacks(slot),
        };
        if !self.slots.iter().enumerate().any(is_missing) {
            return None;
        }
        let slots = self.streamed(out);
        let held = Held::new(items, &slots, is_cut);
        let mut joined: Vec<String> = items.iter().map(|listed| listed.json.to_owned()).collect();
        let mut added = 0;
        for (place, slot) in slots.iter().enumerate() {
            let Some(json) = slot.json().map(Cow::into_owned) else { continue };
            match held.same(slot, place) {
                Some(at) if held.is_emptied(at, slot) => joined[at + added] = json,
                None if held.lacks(slot) => {
                    joined.insert(place.min(joined.len()), json);
                    added += 1;
                }
                Some(_) | None => {}
            }
        }
        Some(joined)
    }
}
