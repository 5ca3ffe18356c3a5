//! Writes an object again with some of its keys changed; the rest stays byte for byte.

use super::scan::{self, Raw};
use super::write;

/// What becomes of a key: another value, as JSON, or nothing.
pub(crate) type Change<'a> = (&'a str, Option<Vec<u8>>);

/// Writes the object with these changes. New keys stand at its end.
pub(crate) fn write(object: &str, changes: &[Change<'_>], out: &mut Vec<u8>) {
    if changes.is_empty() {
        out.extend_from_slice(object.as_bytes());
        return;
    }
    let mut before = b'{';
    let mut entry = |key: &str, json: &[u8]| {
        out.push(std::mem::replace(&mut before, b','));
        write::write(key, out);
        out.push(b':');
        out.extend_from_slice(json);
    };
    let mut is_written = vec![false; changes.len()];
    // What was read once can be read again.
    let _ = scan::entries(object, |key, value| {
        let value = value.value::<Raw<'_>>()?;
        match changes.iter().position(|(changed, _)| *changed == key) {
            Some(at) if std::mem::replace(&mut is_written[at], true) => {}
            Some(at) => {
                if let Some(json) = &changes[at].1 {
                    entry(key, json);
                }
            }
            None => entry(key, value.get().as_bytes()),
        }
        Ok(())
    });
    for ((key, json), _) in changes.iter().zip(is_written).filter(|(_, written)| !written) {
        if let Some(json) = json {
            entry(key, json);
        }
    }
    if before == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(object: &str, changes: &[(&str, Option<&str>)]) -> String {
        let changes: Vec<Change<'_>> =
            changes.iter().map(|(key, json)| (*key, json.map(Into::into))).collect();
        let mut out = Vec::new();
        write(object, &changes, &mut out);
        String::from_utf8(out).expect("UTF-8")
    }

    #[test]
    fn keys_are_replaced_left_out_and_added_and_the_rest_stays_as_it_is() {
        let object = r#"{ "z": 1e2, "id":"x","a": ["\u00e9"] }"#;
        assert_eq!(written(object, &[]), object);
        assert_eq!(written(object, &[("id", None)]), r#"{"z":1e2,"a":["\u00e9"]}"#);
        let changes = [("id", Some("7")), ("new", Some("[]")), ("none", None)];
        assert_eq!(written(object, &changes), r#"{"z":1e2,"id":7,"a":["\u00e9"],"new":[]}"#);
    }

    #[test]
    fn an_object_that_loses_all_its_keys_is_empty() {
        assert_eq!(written(r#"{"id":1,"id":2}"#, &[("id", None)]), "{}");
        assert_eq!(written("{}", &[("id", Some("1"))]), r#"{"id":1}"#);
    }
}
