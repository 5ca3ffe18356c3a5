//! What holds for tool calls in any fragments: no panic, unique ids, and nothing lost or invented.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{ResponseAssembly, ToolCallFragment};
use crate::{Arguments, ErrorKind, ToolCall};

/// A fragment of few different keys, so that many meet on one call.
fn fragment() -> impl Strategy<Value = ToolCallFragment<'static>> {
    let index = prop_oneof![
        3 => Just(None),
        4 => (0..3_u64).prop_map(Some),
        1 => select(vec![Some(u64::MAX), Some(4_294_967_294)]),
    ];
    let id = select(vec![None, None, Some(""), Some("a"), Some("b"), Some("c")]);
    let name =
        select(vec![None, None, Some(""), Some("ti"), Some("de"), Some("tide"), Some("kiln")]);
    let arguments = prop_oneof![
        select(vec![
            None,
            Some(""),
            Some("null"),
            Some("{}"),
            Some("{\"a\":"),
            Some("1}"),
            Some("}")
        ])
        .prop_map(|text| text.map(str::to_owned)),
        "[{}\\[\\]\":,a \\\\]{0,6}".prop_map(Some),
    ];
    (index, id, name, arguments, prop::bool::weighted(0.1)).prop_map(
        |(index, id, name, arguments, custom)| {
            let mut fragment = ToolCallFragment::new();
            fragment.index = index;
            fragment.id = id.map(Into::into);
            fragment.name = name.map(Into::into);
            fragment.arguments = arguments.map(Into::into);
            fragment.custom = custom;
            fragment
        },
    )
}

fn assert_unique(calls: &[ToolCall]) -> Result<(), TestCaseError> {
    let mut ids = HashSet::new();
    for call in calls {
        prop_assert!(!call.id.is_empty() && ids.insert(call.id.as_str()), "{}", call.id);
        prop_assert!(!call.name.is_empty());
    }
    Ok(())
}

/// Arguments, where none at all are an empty object.
fn settled(text: &str) -> String {
    match &*text.split_whitespace().collect::<String>() {
        "" | "null" | "{}" => "{}".to_owned(),
        _ => text.trim().to_owned(),
    }
}

/// Whether a text is nothing or an empty object, whatever white space is in it.
fn is_placeholder(text: &str) -> bool {
    matches!(&*text.split_whitespace().collect::<String>(), "" | "{}")
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_fragments_become_calls_with_unique_ids_or_an_error(
        fragments in vec(fragment(), 0..20),
    ) {
        let mut reply = ResponseAssembly::new();
        // What the deltas show, by call: name and arguments.
        let mut deltas: Vec<(String, String)> = Vec::new();
        let mut ids = HashSet::new();
        for fragment in fragments {
            let Some(delta) = reply.push_tool_call(fragment).expect("few calls") else { continue };
            prop_assert!(delta.call <= deltas.len(), "calls are numbered in their order");
            if delta.call == deltas.len() {
                deltas.push(Default::default());
            }
            ids.extend(delta.id.map(|_| delta.call));
            let (name, arguments) = &mut deltas[delta.call];
            *name = delta.name.unwrap_or(std::mem::take(name));
            arguments.push_str(&delta.arguments);
        }
        let partial = reply.partial();
        assert_unique(&partial.tool_calls)?;
        prop_assert!(partial.tool_calls.iter().all(|call| call.arguments.is_valid()));

        let is_call = |(at, (name, text)): (usize, &(String, String))| {
            !name.is_empty() || ids.contains(&at) || !is_placeholder(text)
        };
        let is_call: Vec<bool> = deltas.iter().enumerate().map(is_call).collect();
        let mut is_call = is_call.into_iter();
        deltas.retain(|_| is_call.next().unwrap_or_default());
        let nameless = deltas.iter().any(|(name, _)| name.is_empty());
        match reply.finish() {
            Ok(reply) => {
                prop_assert!(!nameless);
                assert_unique(&reply.tool_calls)?;
                let calls: Vec<(String, String)> = reply
                    .tool_calls
                    .iter()
                    .map(|call| (call.name.clone(), settled(call.arguments.as_str())))
                    .collect();
                let mut deltas: Vec<(String, String)> =
                    deltas.into_iter().map(|(name, text)| (name, settled(&text))).collect();
                // A placeholder stays in the deltas, and so does a call that was sent again.
                // Exactly, unwrapped, or behind a placeholder.
                let shown: [fn(&str, &str) -> bool; 3] = [
                    |deltas, text| deltas == text,
                    |deltas, text| settled(Arguments::from_text(deltas).as_str()) == text,
                    |deltas, text| deltas.ends_with(text),
                ];
                let mut calls = calls;
                for shown in shown {
                    calls.retain(|(name, text)| {
                        let at = deltas.iter().position(|(n, deltas)| n == name && shown(deltas, text));
                        at.map(|at| deltas.remove(at)).is_none()
                    });
                }
                prop_assert!(calls.is_empty(), "{calls:?} were not shown");
                let again = |text: &str| reply.tool_calls.iter().any(|call| {
                    serde_json::from_str::<serde_json::Value>(text).ok() == call.arguments.object().map(Into::into)
                });
                prop_assert!(deltas.iter().all(|(_, text)| again(text)), "{deltas:?}");
                prop_assert!(partial.tool_calls.len() <= reply.tool_calls.len());
            }
            Err(error) => {
                prop_assert!(nameless);
                prop_assert_eq!(error.kind(), ErrorKind::Malformed);
            }
        }
    }

    #[test]
    fn a_text_in_any_pieces_is_the_text(pieces in vec(any::<String>(), 0..10)) {
        let mut reply = ResponseAssembly::new();
        for piece in &pieces {
            reply.push_text(piece);
            reply.push_reasoning(piece);
            reply.push_refusal(piece);
        }
        let whole = pieces.concat();
        prop_assert_eq!(reply.content(), &whole);
        let reply = reply.finish().expect("no calls");
        let some = Some(whole.as_str()).filter(|whole| !whole.is_empty());
        prop_assert_eq!(reply.reasoning.as_deref(), some);
        prop_assert_eq!(reply.refusal.as_deref(), some);
    }
}

#[test]
fn a_name_without_end_is_refused() {
    let mut reply = ResponseAssembly::new();
    let mut deltas = 0;
    let refused = (0..10_000).find_map(|n| {
        let piece = if n == 0 { "a" } else { "b" };
        match reply.push_tool_call(ToolCallFragment::new().with_name(piece)) {
            Ok(delta) => {
                deltas += delta.and_then(|delta| delta.name).map_or(0, |name| name.len());
                None
            }
            Err(error) => Some(error),
        }
    });
    assert_eq!(refused.map(|error| error.kind()), Some(ErrorKind::TooLarge));
    assert!(deltas < 1_000_000, "{deltas} bytes in deltas");
}
