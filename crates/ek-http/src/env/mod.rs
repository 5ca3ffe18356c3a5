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
use crate::setting::Setting;

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
    /// nearly complete, and the [`code`](Error::code) is `environment_unset`. `Config` too, with the name of
    /// the variable, if one cannot be used; of a base URL [`build`](Self::build) says so.
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
pub(crate) fn variable(name: &str) -> Result<Option<String>> {
    match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(std::env::VarError::NotUnicode(_)) => Err(config(&format!("{name} is not Unicode"))),
    }
}

pub(crate) type Lookup<'a> = &'a dyn Fn(&str) -> Result<Option<String>>;

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
        let name = |suffix: &str| format!("{}_{suffix}", self.prefix);
        let get = |name: &str| {
            let value = variable(name)?;
            Ok::<_, Error>(value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()))
        };
        let (url_name, mut key_name) = (name("BASE_URL"), name("API_KEY"));
        let (url, model, mut key) = (get(&url_name)?, get(&name("MODEL"))?, get(&key_name)?);
        if let (None, Some(other)) = (&key, self.other_key) {
            key_name = other.to_owned();
            key = get(other)?;
        }
        let url = url.map(|url| Setting::from_variable(url_name, url));
        let default_url = self.default_url.filter(|_| key.is_some()).map(Setting::from);
        let (url, model) = match (url.or(default_url), model) {
            (Some(url), Some(model)) => (url, model),
            (url, model) => {
                let way = if self.default_url.is_some() { "API_KEY" } else { "BASE_URL" };
                let lacks = [("MODEL", model.is_none()), (way, url.is_none())];
                let lacks = lacks.iter().filter(|(_, lacks)| *lacks);
                let names = lacks.map(|(suffix, _)| name(suffix));
                return Ok(Err(names.collect()));
            }
        };
        let mut builder = ProviderBuilder::speaking(self.protocol, url, model);
        for (suffix, header) in self.headers {
            let name = name(suffix);
            if let Some(value) = get(&name)? {
                builder = builder.header(header, value).set_by(&name)?;
            }
        }
        Ok(Ok(match key {
            Some(key) => builder.api_key(key).set_by(&key_name)?,
            None => builder,
        }))
    }
}

fn config(message: &str) -> Error {
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests;
