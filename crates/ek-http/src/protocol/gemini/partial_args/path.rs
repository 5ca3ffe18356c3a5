//! Reads a JSON path of one value, such as `$.stops[0]['port']`: keys and indices, and no wildcards.

use crate::json::scan::Unreadable;

/// The most steps of a path.
const MAX_STEPS: usize = 64;

/// One step of a path.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Reads a path.
///
/// # Errors
/// If it is no path of one value or has more than 64 steps.
pub(super) fn read(path: &str) -> Result<Vec<Step>, Unreadable> {
    let mut rest = path.trim();
    rest = rest.strip_prefix('$').unwrap_or(rest);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        let (step, behind) = match rest.strip_prefix('[') {
            Some(inside) => in_brackets(inside)?,
            None => {
                let name = rest.strip_prefix('.').unwrap_or(rest);
                let end = name.find(['.', '[']).unwrap_or(name.len());
                (Step::Key(name[..end].to_owned()), &name[end..])
            }
        };
        if step == Step::Key(String::new()) && !rest.starts_with("['") && !rest.starts_with("[\"") {
            return Err(Unreadable);
        }
        if steps.len() >= MAX_STEPS {
            return Err(Unreadable);
        }
        steps.push(step);
        rest = behind;
    }
    match steps.first() {
        Some(Step::Key(_)) => Ok(steps),
        _ => Err(Unreadable),
    }
}

/// A step from behind its opening bracket, and the rest of the path.
fn in_brackets(inside: &str) -> Result<(Step, &str), Unreadable> {
    let quote = inside.chars().next().filter(|c| matches!(c, '\'' | '"'));
    let Some(quote) = quote else {
        let (index, behind) = inside.split_once(']').ok_or(Unreadable)?;
        let index = index.trim().parse();
        return index.map(|index| (Step::Index(index), behind)).map_err(|_| Unreadable);
    };
    let (mut key, mut escaped) = (String::new(), false);
    for (at, c) in inside.char_indices().skip(1) {
        if !escaped && c == quote {
            let behind = inside[at + 1..].strip_prefix(']').ok_or(Unreadable)?;
            return Ok((Step::Key(key), behind));
        }
        escaped = !escaped && c == '\\';
        if !escaped {
            key.push(c);
        }
    }
    Err(Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(key: &str) -> Step {
        Step::Key(key.to_owned())
    }

    #[test]
    fn keys_and_indices_are_read_in_each_notation() {
        for (path, steps) in [
            ("$.a", vec![key("a")]),
            ("$.a[12].b-c", vec![key("a"), Step::Index(12), key("b-c")]),
            ("$['a.b'][\"c\\\"]\"][0]", vec![key("a.b"), key("c\"]"), Step::Index(0)]),
            ("a.é", vec![key("a"), key("é")]),
            ("$['']", vec![key("")]),
        ] {
            assert_eq!(read(path), Ok(steps), "{path}");
        }
    }

    #[test]
    fn what_names_no_one_value_is_no_path() {
        let long = format!("$.a{}", ".b".repeat(MAX_STEPS));
        for path in ["", "$", "$[0]", "$..a", "$.", "$.a[*]", "$.a[-1]", "$.a[", "$['a", &long] {
            assert_eq!(read(path), Err(Unreadable), "{path}");
        }
    }
}
