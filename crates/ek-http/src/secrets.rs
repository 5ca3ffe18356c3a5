//! Masks the secrets that a provider was configured with.
//!
//! [`redact`](ek_core::redact()) recognises credentials by their shape, but an Azure key has none. So the
//! configured values (key, header values, query values, proxy credentials) are masked too, in every form
//! that [`SecretValues`] knows.

use std::borrow::Cow;
use std::sync::Arc;

use ek_core::SecretValues;
use percent_encoding::percent_decode_str;
use zeroize::Zeroizing;

use crate::cut_text;

/// The shortest value that is masked, in bytes. A shorter one (a flag, a version) is too common in text.
const MIN_SECRET_BYTES: usize = 8;

/// How much of a text is kept, in bytes. The rest is cut: error texts are far shorter.
const MAX_TEXT_BYTES: usize = 16 * 1024;

#[derive(Clone, Default)]
pub(crate) struct Secrets {
    /// The secrets of the provider, for every exchange.
    configured: Arc<[Zeroizing<String>]>,
    /// The secrets of this exchange.
    own: Vec<Zeroizing<String>>,
}

impl Secrets {
    /// Adds a value that may be a credential: of a header or of a query pair.
    #[inline(never)]
    pub(crate) fn add(&mut self, value: &str) {
        // Servers echo a value without its scheme (`Bearer x`), and a percent-encoded one decoded.
        for word in value.split_ascii_whitespace() {
            self.keep(word, MIN_SECRET_BYTES);
            if let Cow::Owned(decoded) = percent_decode_str(word).decode_utf8_lossy() {
                self.keep(&decoded, MIN_SECRET_BYTES);
            }
        }
    }

    /// Adds a key. It is masked however short it is, but a short one only as a word of its own.
    pub(crate) fn add_key(&mut self, key: &str) {
        self.keep(key, 1);
    }

    /// Adds a proxy's credentials: the user, the password, and `user:password`, which is sent in base64.
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

    /// Whether nothing that may be a credential is sent.
    pub(crate) fn is_empty(&self) -> bool {
        self.configured.is_empty() && self.own.is_empty()
    }

    /// Makes all secrets so far the provider's. Later ones belong to an exchange.
    pub(crate) fn configured(self) -> Self {
        Self {
            configured: self.configured.iter().cloned().chain(self.own).collect(),
            own: Vec::new(),
        }
    }

    /// Masks every secret in a text, by shape and by value. The text is cut after that: half a secret no longer looks
    /// like one.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let secrets = self.configured.iter().chain(&self.own).map(|secret| secret.as_str());
        let masked = SecretValues::new(secrets).mask(cut_text::head(text, 2 * MAX_TEXT_BYTES));
        let masked = match ek_core::redact(&masked) {
            Cow::Owned(changed) => Cow::Owned(changed),
            Cow::Borrowed(_) => masked,
        };
        match masked {
            Cow::Borrowed(masked) => Cow::Borrowed(cut_text::head(masked, MAX_TEXT_BYTES)),
            Cow::Owned(masked) if masked.len() > MAX_TEXT_BYTES => {
                Cow::Owned(cut_text::head(&masked, MAX_TEXT_BYTES).to_owned())
            }
            Cow::Owned(masked) => Cow::Owned(masked),
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

    #[test]
    fn no_half_of_a_secret_is_left_where_a_long_text_is_cut() {
        for before in (MAX_TEXT_BYTES - 20..MAX_TEXT_BYTES + 4).step_by(3) {
            let text = format!("{} f5e4d3c2b1a0, it says", "x".repeat(before));
            let masked = mask("f5e4d3c2b1a0", &text);
            assert!(!masked.contains("f5") && masked.len() <= MAX_TEXT_BYTES, "{before}");
        }
        assert_eq!(mask("f5e4d3c2b1a0", &"é".repeat(MAX_TEXT_BYTES)).len(), MAX_TEXT_BYTES);
    }

    /// Scenario 83 of the fault list: a key without a known shape, in the forms that servers write by
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
    fn a_proxy_s_credentials_are_masked() {
        let mut secrets = Secrets::default();
        secrets.add_userinfo("us%65r:p%40ss");
        // Of `user:p@ss`.
        assert_eq!(secrets.mask("got Basic_dXNlcjpwQHNz!"), "got Basic_[REDACTED]!");
        assert_eq!(secrets.mask("got user:p@ss"), "got [REDACTED]");
    }

    #[test]
    fn the_provider_s_secrets_are_masked_beside_those_of_an_exchange() {
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
    fn a_short_value_that_is_not_a_key_stays() {
        assert_eq!(mask("2024-10", "version 2024-10"), "version 2024-10");
    }

    #[test]
    fn a_value_with_a_scheme_is_masked_without_the_scheme_too() {
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

    /// Scenario 84 of the fault list. If the time grew with key times text, this would take minutes.
    #[test]
    fn s84_a_long_key_and_a_long_text_are_masked_in_linear_time() {
        let (key, text) = ("abcabcaabcacb".repeat(1_200), "abcab".repeat(6_000));
        let masked = mask(&key, &format!("{text} {key} {text}"));
        assert!(masked.len() < 2 * text.len());
        assert!(!masked.contains(&key[..12]), "a piece is left");
    }
}
