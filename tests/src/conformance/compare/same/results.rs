//! Results of Gemini's calls: ids on both sides of a call and its result, or on neither, say the same;
//! and a result may be the response itself or lie under one key.

use serde_json::Value;

use super::remove;

/// Keys under which clients put a result that is no object.
const WRAPPERS: [&str; 3] = ["output", "result", "content"];

/// Takes away the ids that pair calls with results, and puts these results in the order of the calls.
/// An id that has no partner stays.
pub(super) fn pair(body: &mut Value) {
    let Some(contents) = body.get_mut("contents").and_then(Value::as_array_mut) else { return };
    for second in 1..contents.len() {
        let (before, after) = contents.split_at_mut(second);
        let mut calls = those("functionCall", &mut before[second - 1]);
        let mut results = those("functionResponse", &mut after[0]);
        let ids = |list: &[&mut Value]| -> Vec<Option<String>> {
            list.iter().map(|one| one["id"].as_str().map(str::to_owned)).collect()
        };
        let (of_calls, of_results) = (ids(&calls), ids(&results));
        let paired = |one: &[Option<String>], other: &[Option<String>]| {
            one.iter().flatten().all(|id| other.iter().flatten().any(|other| other == id))
        };
        if results.is_empty() || !paired(&of_calls, &of_results) || !paired(&of_results, &of_calls)
        {
            continue;
        }
        let mut nameless = (0..calls.len()).filter(|at| of_calls[*at].is_none());
        let mut ranked: Vec<(usize, Value)> = Vec::new();
        for (result, id) in results.iter().zip(&of_results) {
            let rank = match id {
                Some(_) => of_calls.iter().position(|other| other == id),
                None => nameless.next(),
            };
            ranked.push((rank.unwrap_or(usize::MAX), (**result).clone()));
        }
        ranked.sort_by_key(|(rank, _)| *rank);
        for (place, (_, result)) in results.iter_mut().zip(ranked) {
            **place = result;
            remove(place, "id");
        }
        calls.iter_mut().for_each(|call| remove(call, "id"));
    }
}

/// Gives a result the form that is expected, where it says the same.
pub(super) fn align(expected: &Value, found: &mut Value) {
    let contents = expected["contents"].as_array().into_iter().flatten();
    let sent = found.get_mut("contents").and_then(Value::as_array_mut);
    for (content, sent) in contents.zip(sent.into_iter().flatten()) {
        let mut content = content.clone();
        let expected = those("functionResponse", &mut content);
        for (expected, found) in expected.into_iter().zip(those("functionResponse", sent)) {
            if say_the_same(&expected["response"], &found["response"]) {
                found["response"] = expected["response"].take();
            }
        }
    }
}

/// The calls or the results of a content, in order.
fn those<'a>(key: &str, content: &'a mut Value) -> Vec<&'a mut Value> {
    let parts = content.get_mut("parts").and_then(Value::as_array_mut);
    parts.into_iter().flatten().filter_map(|part| part.get_mut(key)).collect()
}

fn say_the_same(a: &Value, b: &Value) -> bool {
    let inner = |value: &'_ Value| match value.as_object() {
        Some(fields) if fields.len() == 1 => {
            fields.iter().next().map(|(k, v)| (k.clone(), v.clone()))
        }
        _ => None,
    };
    let (in_a, in_b) = (inner(a), inner(b));
    let is = |inner: &Option<(String, Value)>, whole: &Value| {
        inner.as_ref().is_some_and(|(_, value)| value == whole)
    };
    let wrapped = |inner: &Option<(String, Value)>| {
        inner.as_ref().is_some_and(|(key, _)| WRAPPERS.contains(&key.as_str()))
    };
    let same_inside = || in_a.as_ref().map(|(_, v)| v) == in_b.as_ref().map(|(_, v)| v);
    a == b
        || is(&in_a, b)
        || is(&in_b, a)
        || ((wrapped(&in_a) || wrapped(&in_b)) && in_a.is_some() && same_inside())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn paired(calls: &Value, results: &Value) -> Value {
        let mut body = json!({"contents": [{"parts": calls}, {"parts": results}]});
        pair(&mut body);
        body
    }

    fn call(id: Option<&str>) -> Value {
        match id {
            Some(id) => json!({"functionCall": {"name": "tide", "id": id}}),
            None => json!({"functionCall": {"name": "tide"}}),
        }
    }

    fn result(id: Option<&str>, at: &str) -> Value {
        match id {
            Some(id) => {
                json!({"functionResponse": {"name": "tide", "id": id, "response": {"at": at}}})
            }
            None => json!({"functionResponse": {"name": "tide", "response": {"at": at}}}),
        }
    }

    #[test]
    fn results_with_ids_in_any_order_equal_results_without_ids_in_the_order_of_the_calls() {
        let plain = paired(
            &json!([call(None), call(None)]),
            &json!([result(None, "1"), result(None, "2"), {"text": "Be brief."}]),
        );
        let with_ids = paired(
            &json!([call(Some("a")), call(Some("b"))]),
            &json!([result(Some("b"), "2"), result(Some("a"), "1"), {"text": "Be brief."}]),
        );
        assert_eq!(plain, with_ids);
        let swapped = paired(
            &json!([call(None), call(None)]),
            &json!([result(None, "2"), result(None, "1"), {"text": "Be brief."}]),
        );
        assert_ne!(plain, swapped);
    }

    #[test]
    fn an_id_without_a_partner_stays_and_counts() {
        let plain = paired(&json!([call(None)]), &json!([result(None, "1")]));
        for odd in [
            paired(&json!([call(Some("a"))]), &json!([result(None, "1")])),
            paired(&json!([call(None)]), &json!([result(Some("a"), "1")])),
            paired(&json!([call(Some("a"))]), &json!([result(Some("b"), "1")])),
        ] {
            assert_ne!(odd, plain);
        }
    }

    #[test]
    fn a_result_lies_there_itself_or_under_one_key() {
        for (a, b, same) in [
            (json!({"at": "1"}), json!({"result": {"at": "1"}}), true),
            (json!({"output": "1"}), json!({"result": "1"}), true),
            (json!({"at": "1"}), json!({"when": "1"}), false),
            (json!({"output": "1"}), json!({"result": "2"}), false),
            (json!({"at": "1", "of": "x"}), json!({"result": {"at": "1"}}), false),
        ] {
            assert_eq!(say_the_same(&a, &b), same, "{a} {b}");
            assert_eq!(say_the_same(&b, &a), same, "{b} {a}");
        }
    }
}
