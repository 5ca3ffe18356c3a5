//! Reads a page of HTML or XML in place of JSON. Only its title says something.

use ek_core::{Error, ErrorKind};

/// Whether a body looks like HTML or XML.
pub(crate) fn is_html(body: &str) -> bool {
    let head = body.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let tag = head.strip_prefix('<').and_then(|tag| tag.chars().next());
    tag.is_some_and(|first| first.is_ascii_alphabetic() || matches!(first, '!' | '?'))
}

/// The page's title, else its first heading, else the message of an XML error.
pub(crate) fn title(body: &str) -> Option<String> {
    ["title", "h1", "message"].into_iter().find_map(|name| {
        let text = element(body, name)?.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(text).filter(|t| !t.is_empty() && !t.contains('<'))
    })
}

/// The error of a page in place of a reply. A retry would get the same page, because the URL is not that of
/// an API.
pub(crate) fn error(body: &str) -> Error {
    let title = title(body).map(|title| format!(" titled \"{title}\"")).unwrap_or_default();
    let message = format!(
        "an HTML page{title} instead of JSON; does the base URL lead to the API (often .../v1)?"
    );
    Error::new(ErrorKind::Malformed, message).with_retryable(false)
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
        assert_eq!(title("<html><title> </title><h1>Oops</h1>").as_deref(), Some("Oops"));
        let xml =
            "<?xml version='1.0'?><Error><Code>A</Code><Message>No such key</Message></Error>";
        assert_eq!(title(xml).as_deref(), Some("No such key"));
    }

    #[test]
    fn a_page_is_distinguished_from_text_and_json() {
        for page in
            ["\u{feff}\n<!DOCTYPE html>", "<html lang=en>", "<?xml version='1.0'?>", "<!-- x -->"]
        {
            assert!(is_html(page), "{page}");
        }
        assert!(!is_html("Unauthorized") && !is_html("{\"a\":\"<html>\"}") && !is_html("<"));
    }
}
