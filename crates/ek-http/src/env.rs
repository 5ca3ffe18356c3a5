//! Settings from the environment: a family of variables for each protocol, never mixed.

use ek_core::{Error, ErrorKind, Result};

use crate::builder::ProviderBuilder;
use crate::protocol::Protocol;
#[cfg(feature = "anthropic")]
use crate::protocol::anthropic::{self, Anthropic};
use crate::protocol::chat_completions::ChatCompletions;
#[cfg(feature = "gemini")]
use crate::protocol::gemini::{self, Gemini};
#[cfg(feature = "responses")]
use crate::protocol::responses::Responses;
use crate::provider::Provider;

const OPENAI_URL: &str = "https://api.openai.com/v1";

/// The [`code`](Error::code) of the error when no family is complete.
const UNSET: &str = "environment_unset";

/// Variables that name one endpoint: `PREFIX_MODEL` always, and `PREFIX_BASE_URL` or `PREFIX_API_KEY` or
/// both.
struct Family {
    prefix: &'static str,
    protocol: &'static dyn Protocol,
    /// Another variable for the key, where `PREFIX_API_KEY` is unset.
    other_key: Option<&'static str>,
    /// The endpoint of those that name none, and so need a key.
    default_url: Option<&'static str>,
    /// Further variables, and the headers that send their values.
    headers: &'static [(&'static str, &'static str)],
}

/// In the order in which they are looked at.
const FAMILIES: &[Family] = &[
    Family {
        prefix: "EXECUTIONKIT",
        protocol: &ChatCompletions,
        other_key: None,
        default_url: None,
        headers: &[],
    },
    Family {
        prefix: "OPENAI",
        protocol: &ChatCompletions,
        other_key: None,
        default_url: Some(OPENAI_URL),
        headers: &[("ORG_ID", "openai-organization"), ("PROJECT_ID", "openai-project")],
    },
    #[cfg(feature = "anthropic")]
    Family {
        prefix: "ANTHROPIC",
        protocol: &Anthropic,
        other_key: None,
        default_url: Some(anthropic::PUBLIC_URL),
        headers: &[],
    },
    #[cfg(feature = "gemini")]
    Family {
        prefix: "GEMINI",
        protocol: &Gemini,
        other_key: Some("GOOGLE_API_KEY"),
        default_url: Some(gemini::PUBLIC_URL),
        headers: &[],
    },
];

impl Provider {
    /// A provider from the environment; see [`ProviderBuilder::from_env`] for the variables.
    ///
    /// # Errors
    /// `Config` if no family of variables is complete (its [`code`](Error::code) is then
    /// `environment_unset`), or if one cannot be used.
    pub fn from_env() -> Result<Self> {
        ProviderBuilder::from_env()?.build()
    }

    /// A provider for Anthropic's Messages API from the environment; see
    /// [`ProviderBuilder::anthropic_from_env`] for the variables.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    #[cfg(feature = "anthropic")]
    pub fn anthropic_from_env() -> Result<Self> {
        ProviderBuilder::anthropic_from_env()?.build()
    }

    /// A provider for Google's Gemini API from the environment; see
    /// [`ProviderBuilder::gemini_from_env`] for the variables.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    #[cfg(feature = "gemini")]
    pub fn gemini_from_env() -> Result<Self> {
        ProviderBuilder::gemini_from_env()?.build()
    }
}

#[cfg(feature = "responses")]
impl Provider {
    /// A provider for OpenAI's Responses API from the environment; see
    /// [`ProviderBuilder::openai_responses_from_env`] for the variables.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn openai_responses_from_env() -> Result<Self> {
        ProviderBuilder::openai_responses_from_env()?.build()
    }
}

#[cfg(feature = "responses")]
impl ProviderBuilder {
    /// Settings for OpenAI's Responses API from the variables `OPENAI_MODEL`, `OPENAI_API_KEY`,
    /// `OPENAI_BASE_URL`, `OPENAI_ORG_ID` and `OPENAI_PROJECT_ID` alone: the family that
    /// [`from_env`](Self::from_env) reads for chat completions.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn openai_responses_from_env() -> Result<Self> {
        openai_responses(&variable)
    }
}

/// The family of OpenAI, whose variables do not say which of its protocols is spoken.
#[cfg(feature = "responses")]
fn openai_responses(variable: Lookup<'_>) -> Result<ProviderBuilder> {
    let openai = FAMILIES.iter().find(|family| family.prefix == "OPENAI");
    let family = openai.map(|family| Family { protocol: &Responses, ..*family });
    read(family.as_slice(), variable)
}

impl ProviderBuilder {
    /// Settings from the environment: the first family of variables that is complete.
    ///
    /// | family | what it needs | protocol |
    /// | --- | --- | --- |
    /// | `EXECUTIONKIT_` | `MODEL`, `BASE_URL`; `API_KEY` if the server wants one | chat completions |
    /// | `OPENAI_` | `MODEL`, and `API_KEY` (for OpenAI's own URL) or `BASE_URL` or both; `ORG_ID` and `PROJECT_ID` are sent as headers | chat completions |
    /// | `ANTHROPIC_` | `MODEL`, and `API_KEY` (for Anthropic's own URL) or `BASE_URL` or both; with the feature `anthropic` | Anthropic's Messages API |
    /// | `GEMINI_` | `MODEL`, and `API_KEY` or else `GOOGLE_API_KEY` (for Google's own URL) or `BASE_URL` or both; with the feature `gemini` | Google's Gemini API |
    ///
    /// Families are never mixed: a key belongs to its endpoint. An empty variable counts as unset.
    ///
    /// # Errors
    /// `Config` if no family is complete: the message names what each lacks, those first that are
    /// nearly complete, and the [`code`](Error::code) is `environment_unset`. `Config` too if a variable is not Unicode.
    pub fn from_env() -> Result<Self> {
        read(FAMILIES, &variable)
    }

    /// Settings from the variables `ANTHROPIC_MODEL`, `ANTHROPIC_API_KEY` and `ANTHROPIC_BASE_URL` alone.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    #[cfg(feature = "anthropic")]
    pub fn anthropic_from_env() -> Result<Self> {
        read(family("ANTHROPIC"), &variable)
    }

    /// Settings from the variables `GEMINI_MODEL`, `GEMINI_API_KEY` (or else `GOOGLE_API_KEY`) and
    /// `GEMINI_BASE_URL` alone.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    #[cfg(feature = "gemini")]
    pub fn gemini_from_env() -> Result<Self> {
        read(family("GEMINI"), &variable)
    }
}

/// The family with this prefix.
#[cfg(any(feature = "anthropic", feature = "gemini"))]
fn family(prefix: &str) -> &'static [Family] {
    let at = FAMILIES.iter().position(|family| family.prefix == prefix);
    at.map_or(&[], |at| &FAMILIES[at..=at])
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

/// Reads the first of these families that is complete.
fn read(families: &[Family], variable: Lookup<'_>) -> Result<ProviderBuilder> {
    let mut lacks = Vec::new();
    for family in families {
        match family.read(variable)? {
            Ok(builder) => return Ok(builder),
            Err(lack) => lacks.push(lack),
        }
    }
    // What is nearly there is most likely what was meant.
    lacks.sort_by_key(Vec::len);
    let lacks: Vec<_> = lacks.iter().map(|names| names.join(" and ")).collect();
    let why = format!("the environment names no provider: set {}", lacks.join(", or "));
    Err(config(&why).with_code(UNSET))
}

impl Family {
    /// The settings, or the names of the variables that are missing.
    fn read(
        &self,
        variable: Lookup<'_>,
    ) -> Result<std::result::Result<ProviderBuilder, Vec<String>>> {
        let set = |name: &str| {
            let value = variable(name)?;
            Ok::<_, Error>(value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()))
        };
        let get = |suffix: &str| set(&format!("{}_{suffix}", self.prefix));
        let (url, model, mut key) = (get("BASE_URL")?, get("MODEL")?, get("API_KEY")?);
        if let (None, Some(name)) = (&key, self.other_key) {
            key = set(name)?;
        }
        let default_url = self.default_url.filter(|_| key.is_some()).map(str::to_owned);
        let (url, model) = match (url.or(default_url), model) {
            (Some(url), Some(model)) => (url, model),
            (url, model) => {
                let way = if self.default_url.is_some() { "API_KEY" } else { "BASE_URL" };
                let lacks = [("MODEL", model.is_none()), (way, url.is_none())];
                let lacks = lacks.iter().filter(|(_, lacks)| *lacks);
                let names = lacks.map(|(suffix, _)| format!("{}_{suffix}", self.prefix));
                return Ok(Err(names.collect()));
            }
        };
        let mut builder = ProviderBuilder::speaking(self.protocol, url, model);
        for (suffix, header) in self.headers {
            if let Some(value) = get(suffix)? {
                builder = builder.header(header, value);
            }
        }
        Ok(Ok(match key {
            Some(key) => builder.api_key(key),
            None => builder,
        }))
    }
}

fn config(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> std::result::Result<String, String> {
        of(FAMILIES, variables)
    }

    fn of(families: &[Family], variables: &[(&str, &str)]) -> std::result::Result<String, String> {
        let lookup = |name: &str| {
            Ok(variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let provider = read(families, &lookup).and_then(ProviderBuilder::build);
        provider.map(|p| format!("{p:?}")).map_err(|e| e.to_string())
    }

    #[test]
    fn the_own_family_comes_first_and_takes_nothing_from_the_others() {
        let shown = with(&[
            ("EXECUTIONKIT_BASE_URL", "http://localhost:1/v1"),
            ("EXECUTIONKIT_MODEL", "own"),
            ("OPENAI_API_KEY", "sk-other"),
            ("OPENAI_MODEL", "other"),
        ]);
        assert!(shown.is_ok_and(|s| s.contains("localhost:1") && s.contains("own")));

        let mixed = with(&[
            ("EXECUTIONKIT_MODEL", "m"),
            ("OPENAI_BASE_URL", "https://a.example"),
            ("ANTHROPIC_API_KEY", "sk-x"),
        ]);
        let error = mixed.expect_err("no family is complete");
        assert!(error.contains("set EXECUTIONKIT_BASE_URL, or OPENAI_MODEL"), "{error}");
    }

    #[test]
    fn a_family_that_is_not_complete_is_passed_over() {
        let shown = with(&[
            ("EXECUTIONKIT_API_KEY", "k"),
            ("OPENAI_API_KEY", "sk-x"),
            ("OPENAI_MODEL", "gpt-4o-mini"),
        ]);
        assert!(shown.is_ok_and(|s| s.contains("https://api.openai.com/...")));
    }

    #[test]
    fn the_openai_family_uses_openai_s_own_url_by_default() {
        let shown = with(&[("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "gpt-4o-mini")]);
        assert!(shown.is_ok_and(|s| s.contains("https://api.openai.com/...")));
        let no_model = with(&[("OPENAI_API_KEY", "sk-x")]);
        assert!(no_model.is_err_and(|e| e.contains("set OPENAI_MODEL, or")));
        let no_key = with(&[("OPENAI_MODEL", "m")]);
        assert!(no_key.is_err_and(|e| e.contains("set OPENAI_API_KEY, or")));
    }

    #[cfg(feature = "anthropic")]
    #[test]
    fn the_anthropic_family_has_anthropic_s_own_url_by_default_or_a_gateway_s() {
        let anthropic = |variables: &[(&str, &str)]| of(family("ANTHROPIC"), variables);
        let own = [("ANTHROPIC_API_KEY", "sk-x"), ("ANTHROPIC_MODEL", "claude-sonnet-5")];
        for shown in [anthropic(&own), with(&own)] {
            assert!(shown.is_ok_and(|s| s.contains("\"https://api.anthropic.com\"")));
        }
        let gateway = [("ANTHROPIC_BASE_URL", "https://a.example/v1"), ("ANTHROPIC_MODEL", "m")];
        assert!(anthropic(&gateway).is_ok_and(|s| s.contains("https://a.example/...")));
        let other = [("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "m")];
        let lacking = anthropic(&other).expect_err("nothing is set");
        assert!(lacking.contains("set ANTHROPIC_MODEL and ANTHROPIC_API_KEY"), "{lacking}");
    }

    #[cfg(feature = "gemini")]
    #[test]
    fn the_gemini_family_takes_either_name_of_the_key_and_comes_last() {
        let own = [("GOOGLE_API_KEY", "k"), ("GEMINI_MODEL", "gemini-3-flash")];
        for shown in [of(family("GEMINI"), &own), with(&own)] {
            let url = "https://generativelanguage.googleapis.com/...";
            assert!(shown.as_ref().is_ok_and(|s| s.contains(url)), "{shown:?}");
        }
        let before = [own[0], own[1], ("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "m")];
        assert!(with(&before).is_ok_and(|s| s.contains("api.openai.com")));
        let lacking = of(family("GEMINI"), &[("GOOGLE_API_KEY", " ")]).expect_err("nothing is set");
        assert!(lacking.contains("set GEMINI_MODEL and GEMINI_API_KEY"), "{lacking}");
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

    #[cfg(feature = "responses")]
    #[test]
    fn openai_s_variables_serve_its_responses_api_too() {
        let variables = [("OPENAI_API_KEY", "sk-x"), ("OPENAI_MODEL", "m"), ("OPENAI_ORG_ID", "o")];
        let lookup = |name: &str| {
            Ok(variables.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()))
        };
        let builder = openai_responses(&lookup).expect("a builder");
        assert_eq!(builder.protocol_name().as_str(), "openai_responses");
        assert!(format!("{builder:?}").contains("openai-organization"), "{builder:?}");
        let error = openai_responses(&|_| Ok(None)).expect_err("nothing set").to_string();
        assert!(error.contains("OPENAI_MODEL") && !error.contains("ANTHROPIC"), "{error}");
    }

    #[test]
    fn an_empty_variable_counts_as_unset_and_the_error_names_what_each_family_lacks() {
        let empty =
            [("EXECUTIONKIT_BASE_URL", ""), ("OPENAI_BASE_URL", ""), ("OPENAI_API_KEY", " ")];
        let error = with(&empty).expect_err("nothing is set");
        let start = "the environment names no provider: set EXECUTIONKIT_MODEL and \
                     EXECUTIONKIT_BASE_URL, or OPENAI_MODEL and OPENAI_API_KEY";
        assert!(error.starts_with(start), "{error}");
        let lookup = |_: &str| Ok(None);
        let error = read(FAMILIES, &lookup).expect_err("unset");
        assert_eq!(error.code(), Some("environment_unset"));
    }

    #[test]
    fn the_family_that_lacks_least_is_named_first() {
        for family in &FAMILIES[1..] {
            let prefix = family.prefix;
            let error = with(&[(&format!("{prefix}_API_KEY"), "sk-x")]).expect_err("no model");
            let start = format!("the environment names no provider: set {prefix}_MODEL, or ");
            assert!(error.starts_with(&start), "{error}");
        }
    }
}
