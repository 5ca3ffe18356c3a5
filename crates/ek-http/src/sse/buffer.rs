//! The bytes of a stream that have not been read yet.
//!
//! They are read where they lie in the piece that came; only what a piece ends in the middle of is
//! copied, to be joined by the lines that follow until nothing of it is needed any more.

use bytes::{Buf as _, Bytes};
use memchr::memchr2;

#[derive(Debug, Default)]
pub(super) struct Source {
    /// From earlier pieces, and read before the piece. Empty mostly.
    pub(super) kept: Vec<u8>,
    piece: Bytes,
}

impl Source {
    /// What is being read: places are counted in it.
    pub(super) fn bytes(&self) -> &[u8] {
        if self.kept.is_empty() { &self.piece } else { &self.kept }
    }

    /// Takes the next piece, when the first so many bytes of what is being read have been dealt with.
    /// Tells by how many bytes places have moved.
    pub(super) fn feed(&mut self, piece: Bytes, done: usize) -> usize {
        let moved = if self.kept.is_empty() {
            self.keep_rest(done)
        } else {
            let moved = self.let_go(done);
            self.kept.extend_from_slice(&self.piece);
            moved
        };
        self.piece = piece;
        moved
    }

    /// Lets go of the piece, whose memory whoever reads from the socket may want back; what has not
    /// been dealt with is kept. Tells by how many bytes places have moved.
    pub(super) fn keep_rest(&mut self, done: usize) -> usize {
        if !self.kept.is_empty() {
            return 0;
        }
        self.kept.extend_from_slice(&self.piece[done..]);
        self.piece = Bytes::new();
        done
    }

    /// Bytes are moved only when at least as many are let go, so that all moves together are linear.
    fn let_go(&mut self, done: usize) -> usize {
        if done * 2 < self.kept.len() {
            return 0;
        }
        self.kept.drain(..done);
        done
    }

    /// Whether all that was kept has been read up to this place, so that it can be let go, and reading
    /// goes on at the beginning of the piece.
    pub(super) fn turns_to_piece(&mut self, read: usize) -> bool {
        let turns = !self.kept.is_empty() && read == self.kept.len();
        if turns {
            self.kept.clear();
        }
        turns
    }

    /// Lets go of all there is, if it has been read up to its end.
    pub(super) fn let_go_read(&mut self, read: usize) -> bool {
        let all = self.kept.is_empty() && read == self.piece.len();
        if all {
            self.piece = Bytes::new();
        }
        all
    }

    /// Joins the piece's next line, or what there is of it, to what was kept; false if there is none.
    pub(super) fn join_line(&mut self) -> bool {
        if self.kept.is_empty() || self.piece.is_empty() {
            return false;
        }
        let end = memchr2(b'\n', b'\r', &self.piece).map_or(self.piece.len(), |at| at + 1);
        self.kept.extend_from_slice(&self.piece[..end]);
        self.piece.advance(end);
        if self.piece.is_empty() {
            self.piece = Bytes::new();
        }
        true
    }
}
