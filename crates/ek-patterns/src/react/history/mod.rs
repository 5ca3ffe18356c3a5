//! Leaves out the middle of a long conversation, so that providers accept what is left.

#[cfg(test)]
mod properties;

use std::ops::Range;

use ek_core::{Message, Role};

/// The messages to send, at most `max` of them; `None` if all of them fit.
///
/// It keeps the system messages, the task (the first message of the user), the newest message of the user,
/// and the newest whole blocks of the rest that fit: a block is a message, with its results if it calls
/// tools, and with the parts before it of a paused turn. If the last block does not fit, its last calls are
/// kept, each with its result: as many as fit, and one at least. A native turn cannot be sent in part, so a last
/// block with one is kept whole.
pub(super) fn trimmed(messages: &[Message], max: usize) -> Option<Vec<Message>> {
    if messages.len() <= max {
        return None;
    }
    let is_user = |message: &Message| message.role == Role::User;
    let task = messages.iter().position(is_user);
    let newest = messages.iter().rposition(is_user);
    let is_pinned = |place: usize| {
        is_instruction(&messages[place]) || Some(place) == task || Some(place) == newest
    };
    let end = messages.iter().rposition(|m| !is_instruction(m)).map_or(0, |last| last + 1);
    let mut room = max.saturating_sub((0..messages.len()).filter(|n| is_pinned(*n)).count());

    // From the newest to the oldest; reversed at the end.
    let mut kept: Vec<Vec<Message>> = Vec::new();
    let mut full = false;
    for block in blocks(messages).into_iter().rev() {
        let is_last = block.end == end;
        if is_pinned(block.start) {
            kept.push(messages[block].to_vec());
        } else if !full && block.len() <= room {
            room -= block.len();
            kept.push(messages[block].to_vec());
        } else {
            full = true;
            if is_last && messages[block.clone()].iter().any(|message| message.native.is_some()) {
                kept.push(messages[block].to_vec());
            } else if is_last {
                kept.push(shortened(&messages[block], room.saturating_sub(1).max(1)));
            }
        }
    }
    Some(kept.into_iter().rev().flatten().collect())
}

fn is_instruction(message: &Message) -> bool {
    matches!(message.role, Role::System | Role::Developer)
}

/// What must stay together: a message that calls tools, and the results that follow it; a paused turn, and
/// the message in which it goes on.
fn blocks(messages: &[Message]) -> Vec<Range<usize>> {
    let mut blocks: Vec<Range<usize>> = Vec::new();
    for (place, message) in messages.iter().enumerate() {
        match blocks.last_mut() {
            Some(block) if belongs_to(message, &messages[block.clone()]) => block.end = place + 1,
            _ => blocks.push(place..place + 1),
        }
    }
    blocks
}

fn belongs_to(message: &Message, block: &[Message]) -> bool {
    let has_calls = block.iter().any(|message| !message.tool_calls.is_empty());
    match message.role {
        Role::Tool => has_calls,
        // Only a provider that pauses a turn is asked again right after its own message.
        Role::Assistant => !has_calls && block.iter().all(|before| before.native.is_some()),
        _ => false,
    }
}

/// A block with this many of its last calls, and their results.
fn shortened(block: &[Message], calls: usize) -> Vec<Message> {
    let [first, results @ ..] = block else { return Vec::new() };
    let mut first = first.clone();
    let surplus = first.tool_calls.len().saturating_sub(calls);
    let mut dropped: Vec<String> = first.tool_calls.drain(..surplus).map(|call| call.id).collect();
    let mut kept = vec![first];
    for result in results {
        let id = result.tool_call_id.as_deref().unwrap_or_default();
        match dropped.iter().position(|dropped| dropped == id) {
            Some(place) => drop(dropped.swap_remove(place)),
            None => kept.push(result.clone()),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::{NativeTurn, ProtocolName, RawJson, ToolCall};

    /// One letter for each message: s(ystem), u(ser), a(ssistant), p(aused, a native turn), and a digit for a
    /// message with that many calls and its results.
    fn conversation(shape: &str) -> Vec<Message> {
        let mut messages = Vec::new();
        for (n, letter) in shape.chars().enumerate() {
            let text = format!("{letter}{n}");
            match letter {
                's' => messages.push(Message::system(text)),
                'u' => messages.push(Message::user(text)),
                'a' => messages.push(Message::assistant(text)),
                'p' => messages.push(native(Message::assistant(text))),
                digit => {
                    let calls = digit.to_digit(10).expect("a digit");
                    let ids: Vec<_> = (0..calls).map(|call| format!("{n}.{call}")).collect();
                    let calls = ids.iter().map(|id| ToolCall::new(id, "tide", "{}"));
                    messages.push(Message::assistant(text).with_tool_calls(calls));
                    messages.extend(ids.iter().map(|id| Message::tool(id, format!("r{id}"))));
                }
            }
        }
        messages
    }

    fn native(mut message: Message) -> Message {
        let blocks = RawJson::new("[]").expect("JSON");
        let (text, calls) = (message.text(), &message.tool_calls);
        let turn = NativeTurn::new(ProtocolName::AnthropicMessages, blocks, &text, calls);
        message.native = Some(turn);
        message
    }

    fn kept(shape: &str, max: usize) -> String {
        let messages = conversation(shape);
        let kept = trimmed(&messages, max).unwrap_or(messages);
        kept.iter().map(Message::text).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_system_messages_the_task_and_the_newest_whole_blocks_are_kept() {
        for (shape, max, left) in [
            ("su11", 6, "s0 u1 12 r2.0 13 r3.0"),
            ("su11", 5, "s0 u1 13 r3.0"),
            ("su11", 4, "s0 u1 13 r3.0"),
            ("su111", 6, "s0 u1 13 r3.0 14 r4.0"),
            ("su12a1", 6, "s0 u1 a4 15 r5.0"),
            ("su1s1", 5, "s0 u1 s3 14 r4.0"),
            ("u1111", 3, "u0 14 r4.0"),
            // A block that does not fit ends it: older blocks are not taken in its place.
            ("u121", 4, "u0 13 r3.0"),
        ] {
            assert_eq!(kept(shape, max), left, "{shape} {max}");
        }
    }

    #[test]
    fn the_newest_question_is_kept_with_the_first() {
        assert_eq!(kept("suauau11", 6), "s0 u1 u5 17 r7.0");
        assert_eq!(kept("suauau", 3), "s0 u1 u5");
    }

    #[test]
    fn a_last_block_that_does_not_fit_is_shortened_and_not_dropped() {
        assert_eq!(kept("su4", 5), "s0 u1 42 r2.2 r2.3");
        assert_eq!(kept("su4", 1), "s0 u1 42 r2.3");
        assert_eq!(kept("su4s", 6), "s0 u1 42 r2.2 r2.3 s3");
        let messages = conversation("su4");
        let kept = trimmed(&messages, 5).expect("trimmed");
        let calls: Vec<_> = kept[2].tool_calls.iter().map(|call| call.id.as_str()).collect();
        assert_eq!(calls, ["2.2", "2.3"]);
    }

    #[test]
    fn the_parts_of_a_paused_turn_stay_together() {
        for (shape, max, left) in [
            ("suap1", 5, "s0 u1 p3 14 r4.0"),
            ("su1pp1", 7, "s0 u1 p3 p4 15 r5.0"),
            ("suapa1", 5, "s0 u1 15 r5.0"),
            ("supa1", 5, "s0 u1 14 r4.0"),
            ("suppa", 4, "s0 u1 p2 p3 a4"),
        ] {
            assert_eq!(kept(shape, max), left, "{shape} {max}");
        }
    }

    #[test]
    fn a_native_turn_that_does_not_fit_is_kept_whole_where_it_is_the_last() {
        let mut messages = conversation("su14");
        messages[4] = native(messages[4].clone());
        let kept = trimmed(&messages, 4).expect("trimmed");
        assert_eq!(kept.len(), 2 + 5);
        assert!(kept[2].native_for(&ProtocolName::AnthropicMessages).is_some());
    }

    #[test]
    fn results_of_one_id_are_counted_and_not_taken_for_one_another() {
        let calls = ["a", "a"].map(|id| ToolCall::new(id, "tide", "{}"));
        let mut messages =
            vec![Message::user("u"), Message::assistant("two").with_tool_calls(calls)];
        messages.extend([Message::tool("a", "first"), Message::tool("a", "second")]);
        let kept = trimmed(&messages, 3).expect("trimmed");
        let texts: Vec<_> = kept.iter().map(Message::text).collect();
        assert_eq!((texts.join(" ").as_str(), kept[1].tool_calls.len()), ("u two second", 1));
    }

    #[test]
    fn what_fits_is_left_as_it_is() {
        assert_eq!(trimmed(&conversation("su11"), 6), None);
        assert_eq!(trimmed(&[], 1), None);
    }
}
