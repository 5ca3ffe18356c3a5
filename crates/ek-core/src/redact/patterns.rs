//! The patterns of credentials, compiled once.
//!
//! Those that are searched for read no part of a text more than twice. The others are tried at a place
//! where a name or the beginning of a token was found before, and either end soon or take all that they
//! have read. So the whole is linear, and cheap: one pattern for any name and any token at any place would
//! go through some hundred states at each byte.
//!
//! Nothing here needs the Unicode tables of `regex`.

use std::sync::LazyLock;

use regex::Regex;

use super::tokens::TOKENS;

/// A private key in PEM, in a query too; one without an end goes on to the end of the text.
const PEM: &str = concat!(
    r"(?P<secret>-{4,5}[ +]?BEGIN(?:[ +]|%20)(?:[A-Z0-9 +%]*(?:[ +]|%20))?PRIVATE(?:[ +]|%20)KEY",
    r"(?s:.)*?(?:-{4,5}[ +]?END[A-Z0-9 +%]*KEY(?:(?:[ +]|%20)BLOCK)?[ +]?-{4,5}|\z))",
);

/// `scheme://user:password@`.
const USERINFO: &str = r#"://(?P<secret>[^/?\x00-\x20"'`<>\\\[\]]+)@"#;

/// What stands between a name and its value: `=`, `": "`, `%3D`, `=>`, `("`, ` = Some("`, `", "`.
const SIGN: &str = concat!(
    r"\A(?:QUOTE?[\])]?[ \t]*",
    r"(?:(?P<colon>(?:[:：]|%3[Aa]|\\+u003[Aa])[ \t]*)|(?:=>|:=|->|=+|＝|%3[Dd]|\\+u003[Dd]|&#61;)[ \t]*)",
    r"(?P<call>[A-Za-z]+\()?(?:(?:\[[ \t]*)?[bruf]?QUOTE)?",
    r"|\([bruf]?QUOTE",
    // Of a list of names and values.
    r"|QUOTE[ \t]*,[ \t]*QUOTE[Vv]alueQUOTE[ \t]*:[ \t]*QUOTE",
    r"|(?P<loose>(?:QUOTE[ \t]*,[ \t]*[bruf]?|[ \t]+)QUOTE)",
    r"|(?P<tag>>))",
);

/// A quotation mark, escaped or not.
const QUOTE: &str = r#"(?:\\*["'`]|\\+u00(?:22|27)|&(?:quot|apos|#0?3[49]|#[xX]2[27]);)"#;

/// What a token takes of its word besides what it has to have. A mask ends with its word, or a second look
/// would find a new word behind it.
const REST_OF_WORD: &str = r"[A-Za-z0-9_\-]*";

pub(super) struct Patterns {
    pub(super) pem: Regex,
    pub(super) userinfo: Regex,
    pub(super) sign: Regex,
    /// Beginnings of tokens, and what follows them.
    tokens: Vec<(Vec<&'static str>, Regex)>,
}

impl Patterns {
    fn compile() -> Result<Self, regex::Error> {
        let tokens = TOKENS.iter().map(|(beginnings, follows)| {
            let follows = Regex::new(&format!(r"\A{follows}{REST_OF_WORD}"))?;
            Ok((beginnings.split(' ').collect(), follows))
        });
        Ok(Self {
            pem: Regex::new(PEM)?,
            userinfo: Regex::new(USERINFO)?,
            sign: Regex::new(&SIGN.replace("QUOTE", QUOTE))?,
            tokens: tokens.collect::<Result<_, _>>()?,
        })
    }

    /// None if they could not be compiled.
    pub(super) fn get() -> Option<&'static Self> {
        static PATTERNS: LazyLock<Option<Patterns>> = LazyLock::new(|| Patterns::compile().ok());
        PATTERNS.as_ref()
    }

    /// The length of the token that the text begins with.
    pub(super) fn token(&self, text: &str) -> Option<usize> {
        let first = text.bytes().next()?;
        self.tokens.iter().find_map(|(beginnings, follows)| {
            let begins = |b: &&&str| b.as_bytes()[0] == first && text.starts_with(**b);
            let beginning = beginnings.iter().find(begins)?.len();
            follows.find(&text[beginning..]).map(|found| beginning + found.end())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(Patterns::compile().err(), None);
    }
}
