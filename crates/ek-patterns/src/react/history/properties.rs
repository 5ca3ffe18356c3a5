//! For any conversation and any limit: a call and its result stay together, and what has to stay stays.

use ek_core::{Message, Role, ToolCall};
use proptest::prelude::*;

use super::{is_instruction, trimmed};

/// Any valid conversation, each message with its number as its text. The ids begin again in each reply, as
/// some servers write them.
fn conversation() -> impl Strategy<Value = Vec<Message>> {
    let block = prop_oneof![
        1 => Just(vec![Message::system("")]),
        2 => Just(vec![Message::user("")]),
        2 => Just(vec![Message::assistant("")]),
        5 => (1usize..6).prop_map(|calls| {
            let ids = (0..calls).map(|n| format!("call_{n}"));
            let called = ids.clone().map(|id| ToolCall::new(id, "tide", "{}"));
            let results = ids.map(|id| Message::tool(id, ""));
            [Message::assistant("").with_tool_calls(called)].into_iter().chain(results).collect()
        }),
    ];
    prop::collection::vec(block, 0..12).prop_map(|blocks| {
        let numbered = blocks.into_iter().flatten().enumerate();
        numbered
            .map(|(n, message)| {
                let mut message = message;
                message.content = Some(n.to_string().into());
                message
            })
            .collect()
    })
}

fn place(message: &Message) -> usize {
    message.text().parse().expect("a number")
}

proptest! {
    #[test]
    fn a_call_and_its_result_stay_together(messages in conversation(), max in 1usize..40) {
        let kept = trimmed(&messages, max).unwrap_or(messages);
        let mut rest = kept.as_slice();
        while let Some((first, after)) = rest.split_first() {
            prop_assert!(first.role != Role::Tool, "a result without its call");
            let (results, after) = after.split_at(first.tool_calls.len());
            for (call, result) in first.tool_calls.iter().zip(results) {
                prop_assert_eq!(result.tool_call_id.as_ref(), Some(&call.id));
            }
            rest = after;
        }
    }

    #[test]
    fn what_has_to_stay_stays_in_its_order(messages in conversation(), max in 1usize..40) {
        let kept = trimmed(&messages, max).unwrap_or_else(|| messages.clone());
        let places: Vec<_> = kept.iter().map(place).collect();
        prop_assert!(places.is_sorted());
        let instructions = messages.iter().filter(|m| is_instruction(m));
        let task = messages.iter().find(|m| m.role == Role::User);
        let question = messages.iter().rfind(|m| m.role == Role::User);
        let last = messages.iter().rfind(|m| !is_instruction(m));
        for message in instructions.chain(task).chain(question).chain(last) {
            prop_assert!(places.contains(&place(message)), "{} of {:?}", place(message), places);
        }
        let pinned = |m: &Message| is_instruction(m) || m.role == Role::User;
        let least = messages.iter().filter(|m| pinned(m)).count() + 2;
        prop_assert!(kept.len() <= max.max(least), "{} of {max}", kept.len());
    }

    #[test]
    fn what_is_kept_of_the_rest_is_the_newest_of_it(messages in conversation(), max in 1usize..40) {
        let kept = trimmed(&messages, max).unwrap_or_else(|| messages.clone());
        let others = |messages: &[Message]| -> Vec<usize> {
            let other = |m: &&Message| !is_instruction(m) && m.role != Role::User;
            messages.iter().filter(other).map(place).collect()
        };
        let (all, kept) = (others(&messages), others(&kept));
        // There is no gap, except in a last block of which only the end is left.
        let gaps = all[all.len() - kept.len()..].iter().zip(&kept).filter(|(a, b)| a != b).count();
        prop_assert!(gaps <= 1, "{all:?} {kept:?}");
    }
}
