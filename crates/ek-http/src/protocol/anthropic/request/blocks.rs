//! A list of blocks in the making, and the cache marks that are put on them.

use std::ops::Range;
use std::time::Duration;

use ek_core::CacheMark;

use crate::json::object::Object;
use crate::json::scan::{self, Raw};
use crate::protocol::anthropic::native::is_thinking;

/// Writes a list of blocks; without one, nothing is written.
pub(super) struct Blocks<'o> {
    out: &'o mut Vec<u8>,
    is_empty: bool,
    /// Where the block begins that is being written.
    start: usize,
    /// The last block that takes a mark.
    last: Option<Range<usize>>,
}

impl<'o> Blocks<'o> {
    pub(super) fn begin(out: &'o mut Vec<u8>) -> Self {
        out.push(b'[');
        Self { out, is_empty: true, start: 0, last: None }
    }

    pub(super) fn end(self) {
        self.out.push(b']');
    }

    /// Begins a block, which is an object: it is to be written next, and then [closed](Self::close).
    pub(super) fn open(&mut self) -> &mut Vec<u8> {
        if !self.is_empty {
            self.out.push(b',');
        }
        self.is_empty = false;
        self.start = self.out.len();
        self.out
    }

    /// Ends the block that was begun.
    pub(super) fn close(&mut self) {
        self.last = Some(self.start..self.out.len());
    }

    /// Adds a text, unless it is blank: the API refuses those.
    pub(super) fn text(&mut self, text: &str) {
        if text.trim().is_empty() {
            return;
        }
        let mut object = Object::begin(self.open());
        object.text("type", "text");
        object.text("text", text);
        object.end();
        self.close();
    }

    /// Adds blocks that are JSON already. A mark behind them goes onto the last that takes one: thinking
    /// takes none.
    pub(super) fn native(&mut self, blocks: &[Raw<'_>]) {
        for block in blocks {
            self.open().extend_from_slice(block.get().as_bytes());
            if !is_thinking(*block) {
                self.close();
            }
        }
    }

    /// Forgets the blocks so far: a mark is to stand on a later one.
    pub(super) fn begin_message(&mut self) {
        self.last = None;
    }

    /// Puts a mark on the last block, unless that has one.
    pub(super) fn mark(&mut self, mark: CacheMark) {
        let Some(last) = self.last.clone() else { return };
        let block = std::str::from_utf8(&self.out[last.clone()]).unwrap_or_default();
        if has_mark(block) {
            return;
        }
        let mut json = br#","cache_control":"#.to_vec();
        write_mark(mark, &mut json);
        let end = last.end - 1;
        let length = json.len();
        self.out.splice(end..end, json);
        self.last = Some(last.start..last.end + length);
    }
}

/// Whether a block has a mark of its own.
fn has_mark(block: &str) -> bool {
    let mut found = false;
    let read = scan::entries(block, |key, value| {
        found |= key == "cache_control";
        value.skip()
    });
    found || read.is_err()
}

/// Writes a mark. Of the two times that the API knows it has the shortest that lasts as long as was
/// asked for, else the longest.
pub(super) fn write_mark(mark: CacheMark, out: &mut Vec<u8>) {
    const SHORT: Duration = Duration::from_secs(5 * 60);
    let mut object = Object::begin(out);
    object.text("type", "ephemeral");
    if let Some(ttl) = mark.ttl {
        object.text("ttl", if ttl <= SHORT { "5m" } else { "1h" });
    }
    object.end();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Blocks<'_>)) -> String {
        let mut out = Vec::new();
        let mut blocks = Blocks::begin(&mut out);
        write(&mut blocks);
        blocks.end();
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn a_mark_stands_on_the_last_block_that_takes_one() {
        let thinking = r#"{"type":"thinking","thinking":"","signature":"s"}"#;
        let found = written(|blocks| {
            blocks.text("a");
            blocks.text(" \n");
            blocks.native(&[Raw::of(thinking)]);
            blocks.mark(CacheMark::new());
            blocks.mark(CacheMark::new());
        });
        let marked = r#"{"type":"text","text":"a","cache_control":{"type":"ephemeral"}}"#;
        assert_eq!(found, format!("[{marked},{thinking}]"));
    }

    #[test]
    fn a_mark_without_a_block_is_none() {
        let found = written(|blocks| {
            blocks.text("a");
            blocks.begin_message();
            blocks.mark(CacheMark::new());
        });
        assert_eq!(found, r#"[{"type":"text","text":"a"}]"#);
    }

    #[test]
    fn a_time_to_live_is_the_shortest_that_lasts_long_enough() {
        for (seconds, ttl) in [(1, "5m"), (300, "5m"), (301, "1h"), (3_600, "1h"), (7_200, "1h")] {
            let mut out = Vec::new();
            write_mark(CacheMark::new().with_ttl(Duration::from_secs(seconds)), &mut out);
            let expected = format!(r#"{{"type":"ephemeral","ttl":"{ttl}"}}"#);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
