//! The model's turn in the making: blocks on the one side, the flat fields of a reply on the other.
//!
//! A whole reply and a streamed one are put together here alike, so that both end in the same reply.

mod finish;

use std::collections::HashMap;

use ek_core::{Error, ErrorKind, StreamEvent, ToolCallDelta};

use super::block::{Block, Kind};
use super::counts::Counts;
use super::message::{MAX_BLOCKS, Stop};
use crate::failure::read_fault::ReadFault;
use crate::json::scan::Raw;

/// What a block weighs besides its text, in bytes.
const BLOCK_BYTES: usize = 64;

#[derive(Debug)]
pub(super) struct Turn {
    blocks: Vec<Block>,
    /// The newest block under each index.
    by_index: HashMap<u64, usize>,
    call_count: usize,
    content: String,
    reasoning: String,
    refusal: String,
    pub(super) id: Option<String>,
    pub(super) model: Option<String>,
    pub(super) counts: Counts,
    stop_reason: Option<String>,
    /// The reason that the message began with, where it was whole from the beginning.
    first_reason: Option<String>,
    /// The container of the provider's sandbox, as JSON.
    container: Option<String>,
    held: usize,
    cap: usize,
}

impl Turn {
    /// A turn of which nothing has come; of it, no more than `cap` bytes are kept.
    pub(super) fn new(cap: usize) -> Self {
        Self {
            blocks: Vec::new(),
            by_index: HashMap::new(),
            call_count: 0,
            content: String::new(),
            reasoning: String::new(),
            refusal: String::new(),
            id: None,
            model: None,
            counts: Counts::default(),
            stop_reason: None,
            first_reason: None,
            container: None,
            held: 0,
            cap,
        }
    }

    pub(super) fn has_stop_reason(&self) -> bool {
        self.stop_reason.is_some()
    }

    pub(super) fn has_blocks(&self) -> bool {
        !self.blocks.is_empty()
    }

    /// Takes what a message says at its beginning: it may be whole already. A reason there does not end it.
    pub(super) fn start(&mut self, stop: &Stop<'_>) {
        self.first_reason = stop.reason();
        self.container = stop.container().map(str::to_owned);
    }

    /// Takes why the model stopped; nothing undoes a reason. Gives back the refusal that it brings.
    pub(super) fn stop(&mut self, stop: &Stop<'_>) -> Option<StreamEvent> {
        if let Some(word) = stop.reason() {
            self.stop_reason = Some(word);
        }
        if let Some(container) = stop.container() {
            self.container = Some(container.to_owned());
        }
        let refusal = stop.refusal().filter(|_| self.refusal.is_empty())?;
        self.refusal.clone_from(&refusal);
        Some(StreamEvent::Refusal(refusal))
    }

    /// Opens a block with this object at its beginning.
    ///
    /// # Errors
    /// `TooLarge` beyond the caps.
    pub(super) fn open(
        &mut self,
        index: Option<u64>,
        start: &str,
    ) -> Result<Option<StreamEvent>, ReadFault> {
        self.hold(start.len() + BLOCK_BYTES)?;
        // Gateways that try again send the beginning of a block once more.
        let open = self.newest(index).map(|at| &self.blocks[at]);
        if index.is_some() && open.is_some_and(|block| block.has_only_begun(start)) {
            return Ok(None);
        }
        self.add(index, Block::open(start))
    }

    /// Takes a text that stands where blocks are due.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub(super) fn take_text(&mut self, text: &str) -> Result<Option<StreamEvent>, ReadFault> {
        self.hold(text.len() + BLOCK_BYTES)?;
        let block = Block::of_text(text);
        let event = self.add(None, block)?;
        if let Some(block) = self.blocks.last_mut() {
            block.is_closed = true;
        }
        Ok(event)
    }

    fn add(
        &mut self,
        index: Option<u64>,
        (mut block, shown): (Block, String),
    ) -> Result<Option<StreamEvent>, ReadFault> {
        if self.blocks.len() >= MAX_BLOCKS {
            return Err(too_many());
        }
        let call = self.begin_call(&mut block);
        let event = call.or_else(|| self.show(block.kind, shown));
        self.by_index.extend(index.map(|index| (index, self.blocks.len())));
        self.blocks.push(block);
        Ok(event)
    }

    /// Numbers the block's call, if it is one.
    fn begin_call(&mut self, block: &mut Block) -> Option<StreamEvent> {
        let call = block.call.as_mut()?;
        call.number = self.call_count;
        self.call_count += 1;
        let mut delta = ToolCallDelta::new(call.number);
        delta.id.clone_from(&call.id);
        delta.name.clone_from(&call.name);
        Some(StreamEvent::ToolCallDelta(delta))
    }

    /// Takes a text over into the flat fields.
    fn show(&mut self, kind: Kind, text: String) -> Option<StreamEvent> {
        if text.is_empty() {
            return None;
        }
        match kind {
            Kind::Text => {
                self.content.push_str(&text);
                Some(StreamEvent::Text(text))
            }
            Kind::Thinking => {
                self.reasoning.push_str(&text);
                Some(StreamEvent::Reasoning(text))
            }
            Kind::Call | Kind::Other | Kind::Unknown => None,
        }
    }

    /// The newest block under this index; the last one where there is no index.
    fn newest(&self, index: Option<u64>) -> Option<usize> {
        match index {
            Some(index) => self.by_index.get(&index).copied(),
            None => self.blocks.len().checked_sub(1),
        }
    }

    /// The block that a delta of this kind continues: the newest one under its index. Where there is
    /// none that takes it, one is opened by its type.
    fn block_for(
        &mut self,
        index: Option<u64>,
        kind: Kind,
    ) -> Result<(usize, Option<StreamEvent>), ReadFault> {
        let newest = self.newest(index);
        let interrupted = newest.and_then(|at| self.call_interrupted_by(at));
        let found = newest.into_iter().chain(interrupted);
        if let Some(at) = found.into_iter().find(|at| self.blocks[*at].takes(kind)) {
            let event = self.settle_kind(at, kind);
            return Ok((at, event));
        }
        let opened = self.open(index, "{}")?;
        let at = self.blocks.len() - 1;
        self.blocks[at].interrupts = interrupted;
        let event = self.settle_kind(at, kind);
        Ok((at, event.or(opened)))
    }

    /// The open call under the index of a block: the block itself, or what it interrupts.
    fn call_interrupted_by(&self, at: usize) -> Option<usize> {
        let block = &self.blocks[at];
        let own = (block.is_call() && !block.is_closed).then_some(at);
        own.or(block.interrupts)
    }

    fn settle_kind(&mut self, at: usize, kind: Kind) -> Option<StreamEvent> {
        if self.blocks[at].kind != Kind::Unknown {
            return None;
        }
        let mut block = self.blocks[at].clone();
        block.settle_kind(kind);
        let event = self.begin_call(&mut block);
        self.blocks[at] = block;
        event
    }

    /// Takes a piece of the text under this key of a block of this kind.
    ///
    /// # Errors
    /// `TooLarge` beyond the caps.
    pub(super) fn push(
        &mut self,
        index: Option<u64>,
        (kind, key): (Kind, &'static str),
        piece: Raw<'_>,
        out: &mut impl Extend<StreamEvent>,
    ) -> Result<(), ReadFault> {
        self.hold(piece.get().len())?;
        let (at, begun) = self.block_for(index, kind)?;
        out.extend(begun);
        let block = &mut self.blocks[at];
        let text = block.push(key, piece);
        out.extend(match (kind, &block.call) {
            (Kind::Call, Some(call)) => arguments_delta(call.number, text),
            _ => {
                let kind = block.kind;
                self.show(kind, text)
            }
        });
        Ok(())
    }

    /// Sets a key of a block, as JSON.
    ///
    /// # Errors
    /// `TooLarge` beyond the caps.
    pub(super) fn replace(
        &mut self,
        index: Option<u64>,
        kind: Kind,
        key: &str,
        json: Raw<'_>,
    ) -> Result<(), ReadFault> {
        self.hold(key.len() + json.get().len() + BLOCK_BYTES)?;
        let (at, _) = self.block_for(index, kind)?;
        self.blocks[at].replace(key, json.get());
        Ok(())
    }

    /// Adds a citation to a block of text.
    ///
    /// # Errors
    /// `TooLarge` beyond the caps.
    pub(super) fn cite(&mut self, index: Option<u64>, json: Raw<'_>) -> Result<(), ReadFault> {
        self.hold(json.get().len())?;
        let (at, _) = self.block_for(index, Kind::Text)?;
        self.blocks[at].cite(json.get());
        Ok(())
    }

    /// Whether the newest block under this index has this type, and none whose deltas are known.
    pub(super) fn is_of_type(&self, index: Option<u64>, kind: &str) -> bool {
        self.newest(index).is_some_and(|at| self.blocks[at].is_other(kind))
    }

    /// Ends the newest block under this index, and the call that it interrupts.
    pub(super) fn close(&mut self, index: Option<u64>, out: &mut impl Extend<StreamEvent>) {
        let newest = self.newest(index);
        let interrupted = newest.and_then(|at| self.blocks[at].interrupts);
        for at in newest.into_iter().chain(interrupted) {
            if !std::mem::replace(&mut self.blocks[at].is_closed, true) {
                self.settle(at, out);
            }
        }
    }

    /// Shows what was held back of a block that has ended.
    fn settle(&mut self, at: usize, out: &mut impl Extend<StreamEvent>) {
        let block = &mut self.blocks[at];
        let kind = block.kind;
        let rest = block.flush().map(|(_, rest)| rest);
        if let Some(call) = &block.call {
            let number = call.number;
            let rest = rest.or_else(|| block.whole_input());
            out.extend(rest.and_then(|text| arguments_delta(number, text)));
        } else if let Some(rest) = rest {
            out.extend(self.show(kind, rest));
        }
    }

    fn hold(&mut self, more: usize) -> Result<(), ReadFault> {
        self.held = self.held.saturating_add(more);
        if self.held <= self.cap {
            return Ok(());
        }
        Err(ReadFault::TooLarge(format!("the reply is larger than {} bytes", self.cap)))
    }
}

/// The reply holds more blocks than are read.
pub(super) fn too_many() -> ReadFault {
    let why = format!("the reply has more than {MAX_BLOCKS} blocks");
    ReadFault::Core(Error::new(ErrorKind::TooLarge, why))
}

fn arguments_delta(number: usize, text: String) -> Option<StreamEvent> {
    if text.is_empty() {
        return None;
    }
    let mut delta = ToolCallDelta::new(number);
    delta.arguments = text;
    Some(StreamEvent::ToolCallDelta(delta))
}
