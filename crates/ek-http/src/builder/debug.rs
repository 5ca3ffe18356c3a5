//! What of the settings may be shown: names and limits, never keys, header values, query values or
//! proxy credentials.

use std::fmt;

use super::ProviderBuilder;

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

/// What a provider keeps for its own `Debug`.
#[derive(Clone)]
pub(crate) struct Shown {
    pub(crate) base_url: String,
    pub(crate) model: String,
    pub(crate) headers: Vec<String>,
}

pub(super) fn describe(of: &ProviderBuilder) -> Shown {
    Shown {
        base_url: without_secrets(&of.base_url),
        model: of.model.clone(),
        headers: of.headers.keys().map(|name| name.as_str().to_owned()).collect(),
    }
}

/// The URL without userinfo, query and fragment. It may not even be one: nothing was checked yet.
fn without_secrets(url: &str) -> String {
    let end = url.find(['?', '#']).unwrap_or(url.len());
    let url = &url[..end];
    match (url.split_once("://"), url.rfind('@')) {
        (Some((scheme, _)), Some(at)) => format!("{scheme}://{}", &url[at + 1..]),
        (None, Some(at)) => url[at + 1..].to_owned(),
        _ => url.to_owned(),
    }
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
        assert!(shown.contains(r#"api_key: "***""#) && shown.contains("https://h.example/v1"));
    }
}
