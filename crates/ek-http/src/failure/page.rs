//! HTML where JSON was expected: only its title is worth telling.

/// Whether a body looks like a page.
pub(crate) fn is_html(body: &str) -> bool {
    let head = body.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let starts = |tag: &str| head.get(..tag.len()).is_some_and(|h| h.eq_ignore_ascii_case(tag));
    ["<!doctype", "<html", "<head", "<body", "<title", "<h1", "<center"].into_iter().any(starts)
}

/// The page's title, else its first heading.
pub(crate) fn title(body: &str) -> Option<String> {
    let text = element(body, "title").or_else(|| element(body, "h1"))?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some(text).filter(|t| !t.is_empty() && !t.contains('<'))
}

fn element<'a>(body: &'a str, name: &str) -> Option<&'a str> {
    let lower = body.to_ascii_lowercase(); // same length: only ASCII changes
    let mut from = 0;
    loop {
        let open = from + lower.get(from..)?.find(&format!("<{name}"))?;
        let after = open + 1 + name.len();
        if !lower[after..].starts_with(['>', ' ', '\t', '\n', '\r']) {
            from = after;
            continue;
        }
        let start = after + lower[after..].find('>')? + 1;
        let end = lower[start..].find("</").map_or(body.len(), |i| start + i);
        return Some(&body[start..end]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_is_found_whatever_its_case_and_attributes() {
        assert_eq!(title("<HTML><Title lang=en>\n502\n Bad</TITLE>").as_deref(), Some("502 Bad"));
        assert_eq!(title("<html><titles>x</titles><h1>Oops</h1>").as_deref(), Some("Oops"));
        assert_eq!(title("<html><title>cut").as_deref(), Some("cut"));
        assert_eq!(title("<html></html>"), None);
    }

    #[test]
    fn a_page_is_told_from_text_and_json() {
        assert!(is_html("\u{feff}\n<!DOCTYPE html>") && is_html("<html lang=en>"));
        assert!(!is_html("Unauthorized") && !is_html("{\"a\":\"<html>\"}") && !is_html("<"));
    }
}
