//! The model's turn in the making: items on the one side, the flat fields of a reply on the other.
//!
//! A whole reply and a streamed one end here alike. The items of a stream are those of its terminal
//! event, else those that each ended with, else what the deltas said.

mod finish;
mod left_out;

use std::borrow::Cow;
use std::collections::HashMap;

use ek_core::{Error, ErrorKind, StreamEvent, ToolCallDelta};

use super::counts::Counts;
use super::item::{Item, Kind, Said};
use super::response::{MAX_ITEMS, Response};
use super::shown::{Shown, rest};
use super::slot::{Announced, Place, Slot};
use super::tools::Tools;
use crate::failure::read_fault::ReadFault;
use crate::json::scan::Raw;
use crate::json::{scalar, string};

/// What an item or a text weighs besides its bytes.
const ENTRY_BYTES: usize = 128;

/// The item that an event belongs to, by its number or else by its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Which<'a> {
    pub(super) index: Option<u64>,
    pub(super) id: Option<Raw<'a>>,
}

#[derive(Debug)]
pub(super) struct Turn {
    slots: Vec<Slot>,
    /// The newest slot under each index.
    by_index: HashMap<u64, usize>,
    call_count: usize,
    /// How many texts the items have.
    text_count: usize,
    /// What was shown so far.
    shown: Shown,
    id: Option<String>,
    model: Option<String>,
    is_stored: bool,
    tools: Tools,
    counts: Counts,
    held: usize,
    cap: usize,
}

impl Turn {
    /// A turn of which nothing has come; of it, no more than `cap` bytes are kept.
    pub(super) fn new(cap: usize) -> Self {
        Self {
            slots: Vec::new(),
            by_index: HashMap::new(),
            call_count: 0,
            text_count: 0,
            shown: Shown::default(),
            id: None,
            model: None,
            is_stored: true,
            tools: Tools::default(),
            counts: Counts::default(),
            held: 0,
            cap,
        }
    }

    /// Takes what a response object says besides its items.
    pub(super) fn describe(&mut self, response: &Response<'_>) {
        self.id = response.id().or(self.id.take());
        self.model = response.model().or(self.model.take());
        self.is_stored = response.is_stored().unwrap_or(self.is_stored);
        if let Some(tools) = response.tools() {
            self.tools = tools;
        }
        if let Some(counts) = &response.usage {
            self.counts.update(counts);
        }
    }

    /// Takes the result of a call, which the server then has run itself.
    fn take_output(&mut self, item: &Item<'_>) {
        let id = item.call_id.and_then(scalar::word);
        if let Some(id) = id.filter(|_| item.kind() == Kind::CallOutput) {
            let slots = self.slots.iter_mut().filter(|slot| slot.kind.is_some_and(Kind::is_call));
            for slot in slots.filter(|slot| slot.ids().any(|own| own == id)) {
                slot.is_hosted = true;
            }
        }
    }

    /// Whether the call is one of a tool that the server has run, under the name of a custom tool.
    fn is_hosted(&self, item: &Item<'_>) -> bool {
        item.kind() == Kind::CustomCall
            && item.name().is_some_and(|name| self.tools.are_without(&name))
    }

    /// Takes an item as it is announced.
    ///
    /// # Errors
    /// `TooLarge` beyond the caps, as the methods below.
    pub(super) fn announce(
        &mut self,
        index: Option<u64>,
        item: Raw<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        let read = Item::read(item.get());
        let which = Which { index, id: read.any_id() };
        let is_open = |at: &usize| !self.slots[*at].is_done && self.slots[*at].takes(read.kind());
        let at = match self.newest(which).filter(is_open) {
            Some(at) if self.may_be(at, which) => at,
            _ => self.open(index)?,
        };
        self.hold(at, item.get().len())?;
        let is_hosted = self.is_hosted(&read);
        self.slots[at].announce(item.get());
        self.slots[at].is_hosted = is_hosted;
        self.take_output(&read);
        self.tell_call(at, out);
        Ok(())
    }

    /// Takes an item as its end has it.
    pub(super) fn complete(
        &mut self,
        index: Option<u64>,
        item: Raw<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        let read = Item::read(item.get());
        let which = Which { index, id: read.any_id() };
        let is_same = |at: &usize| {
            let slot = &self.slots[*at];
            let own = slot.item().id.and_then(scalar::text);
            match slot.is_done {
                true => own.is_some() && own == read.id.and_then(scalar::text),
                false => slot.takes(read.kind()),
            }
        };
        let at = match self.newest(which).filter(is_same) {
            Some(at) if self.may_be(at, which) => at,
            _ => self.open(index)?,
        };
        let before = (!self.slots[at].is_done).then(|| {
            let slot = &self.slots[at];
            let handed = [slot.text(Place::Arguments), slot.text(Place::Input)].concat();
            let said = Said {
                content: slot.text(Place::Text),
                reasoning: slot.reasoning(),
                refusal: slot.text(Place::Refusal),
            };
            (said, handed)
        });
        self.release(at);
        self.hold(at, item.get().len())?;
        let is_hosted = self.is_hosted(&read);
        self.slots[at].complete(item.get(), read.is_bare());
        self.slots[at].is_hosted = is_hosted;
        self.take_output(&read);
        self.tell_call(at, out);
        if let Some((before, handed)) = before {
            let said = read.said();
            self.shown.add(&said, &before, out);
            self.show_handed(at, rest(&read.handed(), &handed), out);
        }
        Ok(())
    }

    /// Takes a delta of a text.
    pub(super) fn push(
        &mut self,
        which: Which<'_>,
        (place, number): (Place, u64),
        delta: Raw<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        if !delta.get().starts_with('"') {
            return Ok(());
        }
        let Some(at) = self.slot_for(which, place)? else { return Ok(()) };
        let before = self.slots[at].len();
        self.hold(at, delta.get().len())?;
        let is_full = self.text_count >= MAX_ITEMS;
        let added = self.slots[at].push((place, number), delta.get(), is_full);
        self.count_texts(at, before)?;
        self.tell(at, place, added, out);
        Ok(())
    }

    /// Takes a text as its end has it, and the part that it stands in.
    pub(super) fn settle(
        &mut self,
        which: Which<'_>,
        (place, number): (Place, u64),
        (text, part): (Raw<'_>, Option<Raw<'_>>),
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        if !text.get().starts_with('"') {
            return Ok(());
        }
        let Some(at) = self.slot_for(which, place)? else { return Ok(()) };
        let before = self.slots[at].len();
        self.hold(at, text.get().len() + part.map_or(0, |part| part.get().len()))?;
        let is_full = self.text_count >= MAX_ITEMS;
        let text = string::decode(text.get());
        let rest = self.slots[at].settle((place, number), text, part, is_full);
        self.count_texts(at, before)?;
        self.tell(at, place, rest, out);
        Ok(())
    }

    /// Takes an annotation of a text.
    pub(super) fn annotate(
        &mut self,
        which: Which<'_>,
        number: u64,
        annotation: Raw<'_>,
    ) -> Result<(), ReadFault> {
        match self.newest(which) {
            Some(at) if !self.slots[at].is_done => {
                self.hold(at, annotation.get().len())?;
                self.slots[at].annotate(number, annotation.get());
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Takes the name of a call that comes beside its arguments.
    pub(super) fn name(&mut self, which: Which<'_>, name: Raw<'_>) {
        let Some(at) = self.newest(which) else { return };
        if let Some(slot) = self.slots.get_mut(at).filter(|slot| !slot.is_done) {
            slot.set_name(scalar::text(name));
        }
    }

    /// The newest slot under this index. Where there is none: the one of this id, else the last.
    fn newest(&self, which: Which<'_>) -> Option<usize> {
        if let Some(index) = which.index {
            return self.by_index.get(&index).copied();
        }
        let named = || {
            let id = which.id.and_then(scalar::word)?;
            self.slots.iter().rposition(|slot| slot.ids().any(|own| own == id))
        };
        named().or_else(|| self.slots.len().checked_sub(1))
    }

    /// Whether nothing speaks against a slot being the item of an event: without an index, another id does.
    fn may_be(&self, at: usize, which: Which<'_>) -> bool {
        let id = || which.id.and_then(scalar::word);
        let mut own = self.slots[at].ids().peekable();
        which.index.is_some()
            || own.peek().is_none()
            || id().is_none_or(|id| own.any(|own| own == id))
    }

    /// The slot that a text belongs to; `None` if the item has ended, which nothing changes any more.
    fn slot_for(&mut self, which: Which<'_>, place: Place) -> Result<Option<usize>, ReadFault> {
        let found = self.newest(which).filter(|at| self.slots[*at].takes(place.kind()));
        match found {
            Some(at) => Ok(Some(at).filter(|at| !self.slots[*at].is_done)),
            None => self.open(which.index).map(Some),
        }
    }

    fn open(&mut self, index: Option<u64>) -> Result<usize, ReadFault> {
        if self.slots.len() >= MAX_ITEMS {
            return Err(too_many());
        }
        let at = self.slots.len();
        let last = || self.slots.last().map_or(0, |slot| slot.index);
        let index = index.unwrap_or_else(last);
        self.slots.push(Slot::at(index, None));
        self.by_index.insert(index, at);
        self.hold(at, ENTRY_BYTES)?;
        Ok(at)
    }

    /// Shows what a text got.
    fn tell(&mut self, at: usize, place: Place, text: String, out: &mut impl Extend<StreamEvent>) {
        if place.kind().is_call() {
            self.tell_call(at, out);
            self.show_handed(at, text, out);
        } else {
            self.shown.show(place, text, out);
        }
    }

    /// Tells the id and the name of a call as soon as they are known.
    fn tell_call(&mut self, at: usize, out: &mut impl Extend<StreamEvent>) {
        let slot = &mut self.slots[at];
        let is_told = slot.call.is_some_and(|call| call.id && call.name);
        if is_told || !slot.is_call() {
            return;
        }
        let (id, name) = (slot.item().call_id().map(Cow::into_owned), slot.name());
        let number = self.call_count;
        let is_new = slot.call.is_none();
        let announced = slot.call.get_or_insert(Announced { number, id: false, name: false });
        self.call_count += usize::from(is_new);
        let mut delta = ToolCallDelta::new(announced.number);
        delta.id = id.filter(|_| !announced.id);
        delta.name = name.filter(|_| !announced.name);
        announced.id |= delta.id.is_some();
        announced.name |= delta.name.is_some();
        if delta.id.is_some() || delta.name.is_some() {
            out.extend([StreamEvent::ToolCallDelta(delta)]);
        }
    }

    fn show_handed(&self, at: usize, text: String, out: &mut impl Extend<StreamEvent>) {
        if let Some(call) = self.slots[at].call.filter(|_| !text.is_empty()) {
            let mut delta = ToolCallDelta::new(call.number);
            delta.arguments = text;
            out.extend([StreamEvent::ToolCallDelta(delta)]);
        }
    }

    fn hold(&mut self, at: usize, more: usize) -> Result<(), ReadFault> {
        self.slots[at].held = self.slots[at].held.saturating_add(more);
        self.held = self.held.saturating_add(more);
        self.check(self.held)
    }

    /// Forgets what a slot held: something else takes its place.
    fn release(&mut self, at: usize) {
        self.held = self.held.saturating_sub(std::mem::take(&mut self.slots[at].held));
    }

    fn count_texts(&mut self, at: usize, before: usize) -> Result<(), ReadFault> {
        let added = self.slots[at].len().saturating_sub(before);
        self.text_count += added;
        self.hold(at, added * ENTRY_BYTES)
    }

    fn check(&self, held: usize) -> Result<(), ReadFault> {
        if held <= self.cap {
            return Ok(());
        }
        Err(ReadFault::TooLarge(format!("the reply is larger than {} bytes", self.cap)))
    }
}

fn too_many() -> ReadFault {
    let why = format!("the reply has more than {MAX_ITEMS} items");
    ReadFault::Core(Error::new(ErrorKind::TooLarge, why))
}
