//! A stream in pieces. What stands between the pieces, such as the beginning and the end of a block, goes
//! with them, so that a script counts the same pieces in every protocol.

use ek_core::ResponseAssembly;

use super::Streamed;
use crate::reply::pieces::cut;

/// The pieces of a stream in the making.
#[derive(Default)]
pub(super) struct Pieces {
    done: Vec<Vec<u8>>,
    /// What goes with the next piece.
    next: Vec<u8>,
}

impl Pieces {
    pub(super) fn done(mut self) -> Vec<Vec<u8>> {
        if !self.next.is_empty() {
            self.done.push(self.next);
        }
        self.done
    }

    /// Bytes that go with the next piece.
    pub(super) fn before(&mut self, bytes: Vec<u8>) {
        self.next.extend(bytes);
    }

    /// Bytes that are a piece.
    pub(super) fn piece(&mut self, bytes: Vec<u8>) {
        self.before(bytes);
        self.done.push(std::mem::take(&mut self.next));
    }

    /// Bytes that go with the last piece, if nothing has come behind that.
    pub(super) fn behind(&mut self, bytes: Vec<u8>) {
        match self.done.last_mut() {
            Some(last) if self.next.is_empty() => last.extend(bytes),
            _ => self.before(bytes),
        }
    }
}

/// A piece of a call.
pub(super) struct CallPiece {
    /// The place of the call in the reply.
    pub(super) place: usize,
    /// Empty where it brings only the name and the id.
    pub(super) arguments: String,
    /// No other piece of the call follows.
    pub(super) is_last: bool,
}

/// The pieces of the calls, in order: those that the script says, else for each call one without
/// arguments and then the arguments.
pub(super) fn of_calls(streamed: Streamed<'_>) -> Vec<CallPiece> {
    let mut pieces = Vec::new();
    let mut add = |place, arguments: &str| {
        let arguments = arguments.to_owned();
        pieces.push(CallPiece { place, arguments, is_last: false });
    };
    if streamed.fragments.is_empty() {
        for (place, call) in streamed.whole.tool_calls.iter().enumerate() {
            let arguments = cut(call.arguments.as_str(), streamed.characters);
            std::iter::once("").chain(arguments).for_each(|piece| add(place, piece));
        }
    } else {
        for (place, arguments) in of_fragments(streamed) {
            add(place, &arguments);
        }
    }
    let mut ended = Vec::new();
    for piece in pieces.iter_mut().rev() {
        piece.is_last = !ended.contains(&piece.place);
        ended.push(piece.place);
    }
    pieces
}

fn of_fragments(streamed: Streamed<'_>) -> Vec<(usize, String)> {
    let mut calls = ResponseAssembly::new();
    let mut pieces = Vec::new();
    let mut begun = Vec::new();
    for fragment in streamed.fragments {
        // What cannot be put together was refused before.
        let Ok(Some(delta)) = calls.push_tool_call(fragment.clone()) else { continue };
        if delta.call >= begun.len() {
            begun.push((fragment.index, delta.call));
        }
        pieces.push((delta.call, delta.arguments));
    }
    // The reply has them by index, if all have one.
    if begun.iter().all(|(index, _)| index.is_some()) {
        begun.sort_unstable();
    }
    let place = |call| begun.iter().position(|(_, begun)| *begun == call).unwrap_or_default();
    pieces.into_iter().map(|(call, arguments)| (place(call), arguments)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{LlmResponse, ToolCall, ToolCallFragment};

    fn shown(whole: &LlmResponse, fragments: &[ToolCallFragment<'static>]) -> String {
        let pieces = of_calls(Streamed { whole, fragments, characters: 3 }).into_iter();
        let pieces = pieces.map(|CallPiece { place, arguments, is_last }| {
            format!("{place}{arguments}{}", if is_last { "!" } else { "" })
        });
        pieces.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_call_begins_without_arguments_and_goes_on_with_them() {
        let calls = [ToolCall::new("a", "tide", r#"{"x":1}"#), ToolCall::custom("b", "sh", "")];
        let whole = LlmResponse::text("").with_tool_calls(calls);
        assert_eq!(shown(&whole, &[]), r#"0 0{"x 0":1 0}! 1!"#);
    }

    #[test]
    fn fragments_have_the_places_of_their_calls_in_the_reply() {
        let fragment = |index| ToolCallFragment::new().with_index(index);
        let fragments = [
            fragment(9).with_id("a").with_name("tide").with_arguments("{"),
            fragment(2).with_id("b").with_name("wind").with_arguments("{1}"),
            fragment(9).with_arguments("}"),
        ];
        assert_eq!(shown(&LlmResponse::text(""), &fragments), "1{ 0{1}! 1}!");
    }

    #[test]
    fn what_stands_between_pieces_goes_with_them() {
        let mut pieces = Pieces::default();
        let bytes = |text: &str| text.as_bytes().to_vec();
        pieces.before(bytes("<"));
        pieces.piece(bytes("a"));
        pieces.behind(bytes(">"));
        pieces.before(bytes("<"));
        pieces.behind(bytes(">"));
        assert_eq!(pieces.done(), [bytes("<a>"), bytes("<>")]);
    }
}
