//! What a miss says: in what a request differs from the recording that is nearest to it.

use serde_json::Value;

use crate::excerpt::excerpt;

/// How many differences are shown.
const SHOWN: usize = 4;

/// In what two questions differ, one line each, and how many there are.
pub(super) fn differences(recorded: &Value, asked: &Value) -> Vec<String> {
    let mut found = Vec::new();
    compare("", recorded, asked, &mut found);
    found
}

/// The first few, and how many more there are.
pub(super) fn in_words(differences: &[String]) -> String {
    let mut words: Vec<String> = differences.iter().take(SHOWN).cloned().collect();
    let more = differences.len().saturating_sub(SHOWN);
    if more > 0 {
        words.push(format!("and {more} more"));
    }
    words.join("; ")
}

fn compare(place: &str, recorded: &Value, asked: &Value, found: &mut Vec<String>) {
    match (recorded, asked) {
        (Value::Object(old), Value::Object(new)) => {
            let added = new.keys().filter(|key| !old.contains_key(*key));
            for key in old.keys().chain(added) {
                let place = if place.is_empty() { key.clone() } else { format!("{place}.{key}") };
                side_by_side(&place, old.get(key), new.get(key), found);
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            for at in 0..old.len().max(new.len()) {
                side_by_side(&format!("{place}[{at}]"), old.get(at), new.get(at), found);
            }
        }
        (old, new) if old == new => {}
        (old, new) => {
            found.push(format!("{place} was {} and is {}", shown(old), shown(new)));
        }
    }
}

fn side_by_side(place: &str, old: Option<&Value>, new: Option<&Value>, found: &mut Vec<String>) {
    match (old, new) {
        (Some(old), Some(new)) => compare(place, old, new, found),
        (Some(old), None) => found.push(format!("{place} was {} and is missing", shown(old))),
        (None, Some(new)) => found.push(format!("{place} was not there and is {}", shown(new))),
        (None, None) => {}
    }
}

fn shown(value: &Value) -> String {
    excerpt(&value.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_difference_tells_its_place_and_both_sides() {
        let recorded = json!({
            "messages": [{"role": "user", "content": "When is high tide in Oslo?"}],
            "model": "a", "seed": 1,
        });
        let asked = json!({
            "messages": [
                {"role": "user", "content": "When is high tide in Riga?"},
                {"role": "user", "content": "x".repeat(100)},
            ],
            "model": "a", "temperature": 0.5,
        });
        assert_eq!(
            differences(&recorded, &asked),
            [
                r#"messages[0].content was "When is high tide in Oslo?" and is "When is high tide in Riga?""#
                    .to_owned(),
                format!(
                    r#"messages[1] was not there and is {{"content":"{}..."#,
                    "x".repeat(48)
                ),
                "seed was 1 and is missing".to_owned(),
                "temperature was not there and is 0.5".to_owned(),
            ]
        );
        assert!(differences(&asked, &asked).is_empty());
    }

    #[test]
    fn many_differences_are_counted() {
        let found: Vec<String> = (0..6).map(|n| n.to_string()).collect();
        assert_eq!(in_words(&found), "0; 1; 2; 3; and 2 more");
    }
}
