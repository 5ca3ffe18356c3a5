//! Settings from the environment: from one family of variables, never from two.

use ek_core::{Error, ErrorKind, Result};

use crate::builder::ProviderBuilder;
use crate::provider::Provider;

const OPENAI_URL: &str = "https://api.openai.com/v1";

/// The [`code`](Error::code) of the error if no variable is set.
const UNSET: &str = "environment_unset";

/// Variables with a common prefix.
struct Family {
    prefix: &'static str,
    default_url: Option<&'static str>,
    /// Further variables, and the headers that send their values.
    headers: &'static [(&'static str, &'static str)],
}

const FAMILIES: [Family; 2] = [
    Family { prefix: "EXECUTIONKIT", default_url: None, headers: &[] },
    Family {
        prefix: "OPENAI",
        default_url: Some(OPENAI_URL),
        headers: &[("ORG_ID", "openai-organization"), ("PROJECT_ID", "openai-project")],
    },
];

impl Provider {
    /// A provider from the environment; see [`ProviderBuilder::from_env`] for the variables.
    ///
    /// # Errors
    /// `Config` if a variable is missing or unusable. The error's [`code`](Error::code) is
    /// `environment_unset` if no variable is set.
    pub fn from_env() -> Result<Self> {
        ProviderBuilder::from_env()?.build()
    }
}

impl ProviderBuilder {
    /// Settings from the environment, from the first family of variables that has one set:
    ///
    /// 1. `EXECUTIONKIT_BASE_URL`, `EXECUTIONKIT_MODEL`, and `EXECUTIONKIT_API_KEY` if the server needs a
    ///    key.
    /// 2. `OPENAI_BASE_URL` (default: OpenAI's own URL), `OPENAI_MODEL`, `OPENAI_API_KEY`, and optionally
    ///    `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID`, which are sent as headers.
    ///
    /// Families are never mixed, because a key belongs to its endpoint. An empty variable counts as unset.
    ///
    /// # Errors
    /// `Config` if a required variable is missing (the message names it) or is not Unicode. The error's
    /// [`code`](Error::code) is `environment_unset` if no variable is set.
    pub fn from_env() -> Result<Self> {
        read(&variable)
    }
}

/// Reads a variable of the process.
fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(config(&format!("{name} is not Unicode"))),
    }
}

type Lookup<'a> = &'a dyn Fn(&str) -> Result<Option<String>>;

/// Reads the first family that has a variable set.
fn read(variable: Lookup<'_>) -> Result<ProviderBuilder> {
    for family in FAMILIES {
        let get = |suffix: &str| {
            let value = variable(&format!("{}_{suffix}", family.prefix))?;
            Ok::<_, Error>(value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()))
        };
        let (url, model, key) = (get("BASE_URL")?, get("MODEL")?, get("API_KEY")?);
        if url.is_none() && model.is_none() && key.is_none() {
            continue;
        }
        let missing = |suffix: &str| {
            let name = format!("{}_{suffix}", family.prefix);
            config(&format!("{name} is not set, though other {}_ variables are", family.prefix))
        };
        let needs_key = url.is_none() && key.is_none();
        let url = url.or_else(|| family.default_url.map(str::to_owned));
        let url = url.ok_or_else(|| missing("BASE_URL"))?;
        if needs_key {
            return Err(missing("API_KEY"));
        }
        let model = model.ok_or_else(|| missing("MODEL"))?;
        let mut builder = ProviderBuilder::new(url, model);
        for (suffix, header) in family.headers {
            if let Some(value) = get(suffix)? {
                builder = builder.header(header, value);
            }
        }
        return Ok(match key {
            Some(key) => builder.api_key(key),
            None => builder,
        });
    }
    let message = "no provider is named in the environment: set EXECUTIONKIT_BASE_URL, \
                   EXECUTIONKIT_MODEL and (if the server wants one) EXECUTIONKIT_API_KEY, or \
                   OPENAI_API_KEY and OPENAI_MODEL";
    Err(config(message).with_code(UNSET))
}

fn config(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> std::result::Result<String, String> {
        let lookup = |name: &str| {
            Ok(variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let provider = read(&lookup).and_then(ProviderBuilder::build);
        provider.map(|p| format!("{p:?}")).map_err(|e| e.to_string())
    }

    #[test]
    fn the_executionkit_family_comes_first_and_uses_no_other_variable() {
        let shown = with(&[
            ("EXECUTIONKIT_BASE_URL", "http://localhost:1/v1"),
            ("EXECUTIONKIT_MODEL", "own"),
            ("OPENAI_API_KEY", "sk-other"),
            ("OPENAI_MODEL", "other"),
        ]);
        assert!(shown.is_ok_and(|s| s.contains("localhost:1") && s.contains("own")));

        let mixed =
            with(&[("EXECUTIONKIT_API_KEY", "k"), ("OPENAI_BASE_URL", "https://a.example")]);
        assert!(mixed.is_err_and(|e| e.contains("EXECUTIONKIT_BASE_URL is not set")));
    }

    #[test]
    fn the_openai_family_uses_openai_s_own_url_by_default() {
        let shown = with(&[("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "gpt-4o-mini")]);
        assert!(shown.is_ok_and(|s| s.contains("https://api.openai.com/...")));
        let no_model = with(&[("OPENAI_API_KEY", "sk-x")]);
        assert!(no_model.is_err_and(|e| e.contains("OPENAI_MODEL is not set")));
        let no_key = with(&[("OPENAI_MODEL", "m")]);
        assert!(no_key.is_err_and(|e| e.contains("OPENAI_API_KEY is not set")));
    }

    #[test]
    fn the_organization_and_the_project_of_openai_are_sent_as_headers() {
        let shown = with(&[
            ("OPENAI_API_KEY", "sk-x"),
            ("OPENAI_MODEL", "m"),
            ("OPENAI_ORG_ID", "org-1"),
            ("OPENAI_PROJECT_ID", "proj-1"),
        ])
        .expect("a provider");
        assert!(
            shown.contains("openai-organization") && shown.contains("openai-project"),
            "{shown}"
        );
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let empty =
            [("EXECUTIONKIT_BASE_URL", ""), ("OPENAI_BASE_URL", ""), ("OPENAI_API_KEY", " ")];
        assert!(with(&empty).is_err_and(|e| e.starts_with("no provider is named")));
        let lookup = |_: &str| Ok(None);
        let error = read(&lookup).expect_err("unset");
        assert_eq!(error.code(), Some("environment_unset"));
    }
}
