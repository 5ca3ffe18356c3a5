//! The unread bytes of a stream.
//!
//! They are read in place, in the bytes that the last `feed` brought. Only an unfinished end is copied,
//! and the lines that complete it are joined to the copy. All copies together stay linear.

use bytes::{Buf as _, Bytes};
use memchr::memchr2;

#[derive(Debug, Default)]
pub(super) struct ByteBuffer {
    /// Unfinished bytes of earlier feeds. They are read before `fed`, and there are usually none.
    pub(super) retained: Vec<u8>,
    /// The bytes of the last feed.
    fed: Bytes,
}

impl ByteBuffer {
    /// The current bytes. All offsets of the decoder count from their beginning.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.retained.is_empty() { &self.fed } else { &self.retained }
    }

    /// Adds bytes. `consumed` is how many of the current bytes are no longer needed. Returns by how much
    /// offsets shrink.
    pub(super) fn feed(&mut self, bytes: Bytes, consumed: usize) -> usize {
        let shift = if self.retained.is_empty() {
            self.retain_rest(consumed)
        } else {
            let shift = self.discard(consumed);
            self.retained.extend_from_slice(&self.fed);
            shift
        };
        self.fed = bytes;
        shift
    }

    /// Copies the unread bytes and releases the memory they came in, so that the socket's reader can use
    /// it again. Returns by how much offsets shrink.
    pub(super) fn retain_rest(&mut self, consumed: usize) -> usize {
        if !self.retained.is_empty() {
            return 0;
        }
        self.retained.extend_from_slice(&self.fed[consumed..]);
        self.fed = Bytes::new();
        consumed
    }

    /// Moves bytes only when at least as many are discarded, so that all moves together are linear.
    fn discard(&mut self, consumed: usize) -> usize {
        if consumed * 2 < self.retained.len() {
            return 0;
        }
        self.retained.drain(..consumed);
        consumed
    }

    /// Makes the fed bytes current if the retained ones are read to their end. Returns whether it did.
    pub(super) fn advance_to_fed(&mut self, read: usize) -> bool {
        let is_read = !self.retained.is_empty() && read == self.retained.len();
        if is_read {
            self.retained.clear();
        }
        is_read
    }

    /// Releases the fed bytes if everything is read to the end. Returns whether it did.
    pub(super) fn release_if_read(&mut self, read: usize) -> bool {
        let is_read = self.retained.is_empty() && read == self.fed.len();
        if is_read {
            self.fed = Bytes::new();
        }
        is_read
    }

    /// Joins the next fed line, or the part of it that is there, to the retained bytes. Returns false if
    /// there is none.
    pub(super) fn join_line(&mut self) -> bool {
        if self.retained.is_empty() || self.fed.is_empty() {
            return false;
        }
        let end = memchr2(b'\n', b'\r', &self.fed).map_or(self.fed.len(), |at| at + 1);
        self.retained.extend_from_slice(&self.fed[..end]);
        self.fed.advance(end);
        if self.fed.is_empty() {
            self.fed = Bytes::new();
        }
        true
    }
}
