//! A text that was set, and the variable of the environment that it came from, if it did. Apart from
//! those who read the text, so that an error about it names the variable, wherever it is made.

use ek_core::Error;

#[derive(Clone, Default)]
pub(crate) struct Setting {
    text: String,
    variable: Option<String>,
}

impl Setting {
    pub(crate) fn from_variable(name: impl Into<String>, text: String) -> Self {
        Self { text, variable: Some(name.into()) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The error about this text, with the variable that is to be mended.
    pub(crate) fn blamed(&self, error: Error) -> Error {
        match &self.variable {
            Some(name) => error.with_context(name),
            None => error,
        }
    }
}

impl From<String> for Setting {
    fn from(text: String) -> Self {
        Self { text, variable: None }
    }
}

impl From<&str> for Setting {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}
