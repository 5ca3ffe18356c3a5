//! That a check takes linear steps, whatever the model writes, or says that it takes too many.

use serde_json::{Value, json};

use super::super::check::Walk;
use super::{checker, misfits};

/// An ordinary tree of `and` and `or`, whose alternatives differ only in what comes after their branches.
fn tree(word: &str) -> Value {
    let branch = |op: &str| {
        json!({"type": "object", "required": ["op", "left"],
            "properties": {"op": {"const": op}, "left": {"$ref": "#/$defs/e"}}})
    };
    json!({"$ref": "#/$defs/e", "$defs": {"e": {word: [branch("and"), branch("or"), {"type": "string"}]}}})
}

fn deep(levels: usize, leaf: Value) -> Value {
    (0..levels).fold(leaf, |left, _| json!({"left": left, "op": "or"}))
}

#[test]
fn a_recursive_schema_with_alternatives_takes_linear_steps() {
    for word in ["anyOf", "oneOf"] {
        let checker = checker(&tree(word));
        let steps = |levels: usize, leaf: Value| {
            let mut walk = Walk::new(&checker);
            let value = deep(levels, leaf);
            walk.fits(0, &value).expect("not too complex");
            let judged = walk.steps;
            walk.explain(&value);
            (judged, walk.steps)
        };
        for leaf in [json!("x"), json!(1)] {
            let (short, long) = (steps(20, leaf.clone()), steps(120, leaf));
            assert!(long.0 <= 7 * short.0 && long.1 <= 7 * short.1, "{short:?} {long:?}");
        }
    }
    assert!(misfits(&tree("anyOf"), &deep(120, json!("x"))).is_empty());
    assert_eq!(misfits(&tree("anyOf"), &deep(120, json!(1))).len(), 1);
}

#[test]
fn the_same_part_twice_is_judged_once() {
    let again = json!({"properties": {"a": {"$ref": "#"}}});
    let schema = json!({"allOf": [again, again, {"properties": {"leaf": {"type": "string"}}}]});
    let value = (0..100).fold(json!({"leaf": 1}), |inner, _| json!({"a": inner}));
    let found = misfits(&schema, &value);
    assert_eq!(found.len(), 1);
    assert!(found[0].ends_with("/a/leaf: expected string, found integer"), "{found:?}");
}

#[test]
fn a_check_that_takes_too_many_steps_says_so() {
    let alternatives: Vec<_> = (0..40).map(|n| json!({"const": n})).collect();
    let schema = json!({"items": {"anyOf": alternatives}});
    let list: Vec<_> = (0..10_000).map(|_| 39).collect();
    assert_eq!(misfits(&schema, &list.into()), ["too complex"]);
    let long = json!("a".repeat(300_000));
    assert_eq!(misfits(&json!({"pattern": "b"}), &long), ["too complex"]);
}

#[test]
fn unique_items_are_compared_in_one_pass() {
    let checker = checker(&json!({"uniqueItems": true}));
    let steps = |count: usize| {
        let mut walk = Walk::new(&checker);
        let list: Vec<_> = (100_000..100_000 + count).collect();
        assert!(walk.fits(0, &list.into()).expect("not too complex"));
        walk.steps
    };
    assert!(steps(20_000) < 3 * steps(10_000));
}
