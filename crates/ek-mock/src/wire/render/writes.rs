//! The frames of a body, broken off where a fault says so and cut into writes.

use super::End;
use super::breaking::{Breaking, Instead};
use crate::Cuts;
use crate::reply::FaultAt;
use crate::wire::frames::{Frames, Write};

impl Frames {
    /// Breaks the body off, and returns how it ends then. `instead` writes what comes in place of the rest,
    /// behind the body so far.
    pub(super) fn break_off<'a>(
        &mut self,
        fault: Option<(FaultAt, Breaking<'a>)>,
        stream: bool,
        instead: impl FnOnce(Instead<'a>, &[u8]) -> Vec<u8>,
    ) -> End {
        let Some((at, breaking)) = fault else { return End::KeepAlive };
        if matches!(breaking, Breaking::NoDone) {
            if stream && self.has_mark {
                self.writes.pop();
            }
            return End::KeepAlive;
        }
        match (at, self.writes.len()) {
            // What comes in one piece breaks in its middle.
            (FaultAt::Pieces(_), 1) if !stream => self.truncate(self.length() / 2),
            (FaultAt::Pieces(count), all) => self.writes.truncate(count.min(all.saturating_sub(1))),
            (FaultAt::Byte(offset), _) => self.truncate(offset),
        }
        match breaking {
            Breaking::Stop(end) => {
                if matches!(at, FaultAt::Pieces(_)) && stream {
                    // The fault takes the place of a piece, and comes when that would.
                    self.add(Vec::new());
                }
                end
            }
            Breaking::Instead(what) => {
                if !stream {
                    self.writes.clear();
                }
                let sent: Vec<u8> =
                    self.writes.iter().flat_map(|write| &write.bytes).copied().collect();
                self.add(instead(what, &sent));
                End::KeepAlive
            }
            Breaking::NoDone => End::KeepAlive,
        }
    }

    /// Adds what comes by itself, like a piece.
    fn add(&mut self, bytes: Vec<u8>) {
        let waits = !self.writes.is_empty();
        self.writes.push(Write::new(bytes, waits));
    }

    fn truncate(&mut self, mut bytes: usize) {
        for frame in &mut self.writes {
            frame.bytes.truncate(bytes);
            bytes -= frame.bytes.len();
        }
        self.writes.retain(|frame| !frame.bytes.is_empty());
    }

    /// The writes, in order.
    pub(super) fn writes(self, cuts: &Cuts) -> Vec<Write> {
        let frames = self.writes;
        if *cuts == Cuts::Frames || frames.iter().any(|frame| frame.own.is_some()) {
            return frames;
        }
        let fault_waits = frames.last().is_some_and(|last| last.bytes.is_empty() && last.waits);
        let body: Vec<u8> = frames.into_iter().flat_map(|frame| frame.bytes).collect();
        let mut writes = Vec::new();
        let mut begin = 0;
        for end in places(cuts, &body).into_iter().chain([body.len()]) {
            if end > begin {
                writes.push(Write::new(body[begin..end].to_vec(), begin > 0));
                begin = end;
            }
        }
        if fault_waits {
            writes.push(Write::new(Vec::new(), true));
        }
        writes
    }
}

/// Where a body is cut, in rising order, all below its length.
fn places(cuts: &Cuts, body: &[u8]) -> Vec<usize> {
    match cuts {
        Cuts::Frames => Vec::new(),
        Cuts::Every(bytes) => (0..body.len()).step_by((*bytes).max(1)).collect(),
        Cuts::At(offsets) => {
            let mut places: Vec<usize> =
                offsets.iter().copied().filter(|at| *at < body.len()).collect();
            places.sort_unstable();
            places
        }
        Cuts::InsideChars => {
            // The byte after a leading one of several.
            (1..body.len()).filter(|at| body[*at] & 0xC0 == 0x80 && body[*at - 1] >= 0xC0).collect()
        }
        Cuts::InsideFields => {
            let fields = body.windows(5).enumerate().filter(|(_, window)| *window == b"data:");
            let begins = |at: usize| at == 0 || body[at - 1] == b'\n';
            fields.filter(|(at, _)| begins(*at)).map(|(at, _)| at + 2).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames() -> Frames {
        let owned = |texts: &[&str]| texts.iter().map(|text| text.as_bytes().to_vec()).collect();
        let frames = Frames::new(owned(&["data: \u{f8}\n\n", "data: bb\n\n"]), owned(&["x"]));
        frames.with_mark(b"y".to_vec())
    }

    /// Says how many bytes have come.
    fn instead(_: Instead<'_>, sent: &[u8]) -> Vec<u8> {
        sent.len().to_string().into_bytes()
    }

    /// The writes, with `~` before one that waits.
    fn written(frames: Frames, cuts: &Cuts) -> String {
        let writes = frames.writes(cuts).into_iter().map(|write| {
            let text = write.bytes.escape_ascii();
            format!("{}{text}", if write.waits { "~" } else { "" })
        });
        writes.collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn each_way_of_cutting_cuts_where_it_says() {
        for (cuts, expected) in [
            (Cuts::Frames, r"data: \xc3\xb8\n\n | ~data: bb\n\n | x | y"),
            (Cuts::Every(8), r"data: \xc3\xb8 | ~\n\ndata:  | ~bb\n\nxy"),
            (Cuts::Every(0), ""),
            (Cuts::At(vec![99, 7, 2, 7]), r"da | ~ta: \xc3 | ~\xb8\n\ndata: bb\n\nxy"),
            (Cuts::InsideChars, r"data: \xc3 | ~\xb8\n\ndata: bb\n\nxy"),
            (Cuts::InsideFields, r"da | ~ta: \xc3\xb8\n\nda | ~ta: bb\n\nxy"),
        ] {
            let written = written(frames(), &cuts);
            if cuts == Cuts::Every(0) {
                assert_eq!(written.split(" | ").count(), frames().length());
            } else {
                assert_eq!(written, expected, "{cuts:?}");
            }
        }
    }

    #[test]
    fn a_body_breaks_off_after_pieces_or_at_a_byte() {
        let stop = || Breaking::Stop(End::Reset);
        for (at, breaking, expected) in [
            (FaultAt::Pieces(0), stop(), ""),
            (FaultAt::Pieces(1), stop(), r"data: \xc3\xb8\n\n | ~"),
            (FaultAt::Pieces(99), stop(), r"data: \xc3\xb8\n\n | ~data: bb\n\n | x | ~"),
            (FaultAt::Byte(0), stop(), ""),
            (FaultAt::Byte(7), stop(), r"data: \xc3"),
            (FaultAt::Byte(999), stop(), r"data: \xc3\xb8\n\n | ~data: bb\n\n | x | y"),
            (FaultAt::Pieces(1), Breaking::Instead(Instead::NoJson), r"data: \xc3\xb8\n\n | ~10"),
            (FaultAt::Pieces(1), Breaking::NoDone, r"data: \xc3\xb8\n\n | ~data: bb\n\n | x"),
        ] {
            let mut frames = frames();
            let end = frames.break_off(Some((at, breaking)), true, instead);
            assert_eq!(end == End::Reset, matches!(breaking, Breaking::Stop(_)));
            assert_eq!(written(frames, &Cuts::Frames), expected, "{at:?} {breaking:?}");
        }
    }

    #[test]
    fn a_stream_without_a_mark_behind_its_end_keeps_its_last_frame() {
        let mut frames = Frames::new(vec![b"a".to_vec()], vec![b"end".to_vec()]);
        frames.break_off(Some((FaultAt::Pieces(1), Breaking::NoDone)), true, instead);
        assert_eq!(written(frames, &Cuts::Frames), "a | end");
    }

    #[test]
    fn what_comes_in_one_piece_breaks_in_its_middle() {
        let mut frames = Frames::one(b"123456".into());
        frames.break_off(Some((FaultAt::Pieces(9), Breaking::Stop(End::Close))), false, instead);
        assert_eq!(written(frames, &Cuts::Frames), "123");
    }

    #[test]
    fn events_are_the_frames_of_a_raw_stream() {
        assert_eq!(
            written(Frames::of_events(b"a\n\nb\n\nc"), &Cuts::Frames),
            r"a\n\n | ~b\n\n | ~c"
        );
        assert_eq!(written(Frames::of_events(b""), &Cuts::Frames), "");
    }
}
