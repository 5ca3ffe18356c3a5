//! What of the settings may be shown: names and limits, never keys, header values, query values or
//! proxy credentials.

use std::fmt;

use super::ProviderBuilder;
use crate::call::Shown;

/// Shows the settings. `api_key` is `***` always, whatever the key and whether there is one.
pub(super) fn show(name: &str, of: &ProviderBuilder, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let shown = describe(of);
    f.debug_struct(name)
        .field("base_url", &shown.base_url)
        .field("model", &shown.model)
        .field("api_key", &"***")
        .field("headers", &shown.headers)
        .field("timeout", &of.timeout)
        .finish_non_exhaustive()
}

pub(super) fn describe(of: &ProviderBuilder) -> Shown {
    Shown {
        base_url: without_secrets(of.base_url.as_str()),
        model: of.model.clone(),
        headers: of.headers.keys().map(|name| name.as_str().to_owned()).collect(),
    }
}

/// Scheme, host and port. A path may be a secret itself, as those of hooks are, and nothing tells such a
/// one from the name of a deployment; `/...` stands for it. The URL may not even be one: nothing was
/// checked yet.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "...".to_owned() };
    let end = rest.find(['/', '?', '#', '\\']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    // A slash in a password ends the authority too early, and all of it may be one.
    if rest.contains('@') {
        return format!("{scheme}://...");
    }
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let path = if rest.trim_start_matches('/').is_empty() { "" } else { "/..." };
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_builder_shows_no_secret_even_before_it_is_checked() {
        let builder = ProviderBuilder::new("https://u:MARK@h.example/v1?key=MARK#MARK", "m")
            .api_key("MARK-key-0001")
            .header("x-team", "MARK")
            .query("api-key", "MARK")
            .proxy("http://u:MARK@p");
        let shown = format!("{builder:?}");
        assert!(!shown.contains("MARK"), "{shown}");
        assert!(
            shown.contains(r#"api_key: "***""#) && shown.contains(r#""https://h.example/...""#)
        );
    }

    #[test]
    fn of_a_base_url_scheme_host_and_port_are_shown() {
        for (url, shown) in [
            ("https://h.example:8443", "https://h.example:8443"),
            ("https://h.example/", "https://h.example"),
            ("https://h.example/hooks/MARK/v1", "https://h.example/..."),
            ("https://h.example?key=MARK", "https://h.example/..."),
            ("https://u:MA/RK@h.example/v1", "https://..."),
            ("MARK", "..."),
        ] {
            assert_eq!(without_secrets(url), shown, "{url}");
        }
    }
}
