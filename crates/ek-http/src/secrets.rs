//! Masks the values that a provider was configured with, whatever their shape.
//!
//! [`redact`](ek_core::redact()) knows credentials by their looks; an Azure key has none. What was
//! configured as a secret (key, header values, query values, proxy credentials) is masked where it comes
//! back, in every form that [`SecretValues`] knows.

use std::borrow::Cow;
use std::sync::Arc;

use ek_core::SecretValues;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

/// Shorter values (a flag, a version) are too common in plain text to be masked.
const MIN_SECRET_BYTES: usize = 8;

/// Error texts are capped far below this; masking reads no more.
const MAX_TEXT_BYTES: usize = 16 * 1024;

#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// Those of the provider; every exchange has them.
    configured: Arc<[Zeroizing<String>]>,
    own: Vec<Zeroizing<String>>,
}

impl Secrets {
    /// A configured value that may be a credential: a header's, a query pair's.
    #[inline(never)]
    pub(crate) fn add(&mut self, value: &str) {
        // A value with a scheme (`Bearer x`) comes back without it, one given percent-encoded decoded.
        for word in value.split_ascii_whitespace() {
            self.keep(word, MIN_SECRET_BYTES);
            if let Cow::Owned(decoded) = percent_decode_str(word).decode_utf8_lossy() {
                self.keep(&decoded, MIN_SECRET_BYTES);
            }
        }
    }

    /// A key: masked however short it is, since nothing else can be meant by it. A short one is masked
    /// where it stands as a word of its own.
    pub(crate) fn add_key(&mut self, key: &str) {
        self.keep(key, 1);
    }

    /// What a proxy is sent: `user:password` in base64, and either of them.
    pub(crate) fn add_userinfo(&mut self, userinfo: &str) {
        let decode = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
        self.add(user);
        self.add(password);
        self.add_key(&format!("{}:{}", decode(user), decode(password)));
    }

    #[inline(never)]
    fn keep(&mut self, value: &str, least: usize) {
        if value.len() >= least && !self.own.iter().any(|known| **known == value) {
            self.own.push(Zeroizing::new(value.to_owned()));
        }
    }

    /// The same, to be shared: what is added from now on is an exchange's own.
    pub(crate) fn configured(self) -> Self {
        Self {
            configured: self.configured.iter().cloned().chain(self.own).collect(),
            own: Vec::new(),
        }
    }

    /// The text with every secret masked, by shape and by value.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let mut end = text.len().min(MAX_TEXT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let secrets = self.configured.iter().chain(&self.own).map(|secret| secret.as_str());
        let masked = SecretValues::new(secrets).mask(&text[..end]);
        match ek_core::redact(&masked) {
            Cow::Owned(changed) => Cow::Owned(changed),
            Cow::Borrowed(_) => masked,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ek_core::REDACTED;

    fn mask(secret: &str, text: &str) -> String {
        let mut secrets = Secrets::default();
        secrets.add(secret);
        secrets.mask(text).into_owned()
    }

    /// Scenario 83 of the fault list: a key without a shape of its own, echoed in the forms that servers write by
    /// accident.
    #[test]
    fn a_configured_value_is_masked_in_every_form() {
        let key = "0a1b2c3d+4e5f/6071-Zz";
        for echo in [
            "key 0a1b2c3d+4e5f/6071-Zz refused",
            "key 0a1b2c3d%2B4e5f%2F6071%2DZz refused",
            "key 0a1b2c3d+4e5f\\/6071-Zz refused",
            "key 0a1b2c3d\\u002b4e5f/6071-Zz refused",
            "key 0a1b2c3d+4e5f refused",
            "key 5f/6071-Zz refused",
        ] {
            let masked = mask(key, echo);
            assert!(masked.starts_with("key ") && masked.ends_with(" refused"), "{masked}");
            assert!(masked.contains(REDACTED) || echo.contains("key 5f"), "{echo}: {masked}");
            assert!(!masked.contains("4e5f/60") && !masked.contains("0a1b2c"), "{masked}");
        }
    }

    #[test]
    fn what_a_proxy_is_sent_is_masked() {
        let mut secrets = Secrets::default();
        secrets.add_userinfo("us%65r:p%40ss");
        // Of `user:p@ss`.
        assert_eq!(secrets.mask("got Basic_dXNlcjpwQHNz!"), "got Basic_[REDACTED]!");
        assert_eq!(secrets.mask("got user:p@ss"), "got [REDACTED]");
    }

    #[test]
    fn what_is_configured_is_masked_besides_what_an_exchange_adds() {
        let mut configured = Secrets::default();
        configured.add("0a1b2c3d4e5f");
        let configured = configured.configured();
        let mut of_exchange = configured.clone();
        of_exchange.add("f5e4d3c2b1a0");
        let text = "0a1b2c3d4e5f f5e4d3c2b1a0";
        assert_eq!(of_exchange.mask(text), "[REDACTED] [REDACTED]");
        assert_eq!(configured.mask(text), "[REDACTED] f5e4d3c2b1a0");
    }

    #[test]
    fn a_short_value_that_is_no_key_stays() {
        assert_eq!(mask("2024-10", "version 2024-10"), "version 2024-10");
    }

    #[test]
    fn a_value_with_a_scheme_is_masked_without_it_too() {
        assert_eq!(mask("Token abcdefghijkl", "bad abcdefghijkl"), "bad [REDACTED]");
    }

    #[test]
    fn a_short_key_is_masked_as_a_word_and_not_within_others() {
        let mut secrets = Secrets::default();
        secrets.add_key("s3c!t");
        secrets.add_key("abc");
        let masked = secrets.mask("invalid key s3c!t, abc; abcd and 1abc stay");
        assert_eq!(masked, "invalid key [REDACTED], [REDACTED]; abcd and 1abc stay");
        assert_eq!(secrets.mask("sent czNjIXQ= to it"), "sent [REDACTED]= to it");
    }

    /// Scenario 84 of the fault list. With a cost of key times text this would take minutes.
    #[test]
    fn s84_a_long_key_and_a_long_text_are_masked_in_linear_time() {
        let (key, text) = ("abcabcaabcacb".repeat(1_200), "abcab".repeat(6_000));
        let masked = mask(&key, &format!("{text} {key} {text}"));
        assert!(masked.len() < 2 * text.len());
        assert!(!masked.contains(&key[..12]), "a piece is left");
    }
}
