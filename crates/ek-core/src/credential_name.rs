//! Names that hold credentials: the one list for the client, the recorder, the journal and redaction.
//!
//! A name is judged by the words it ends in, since servers and gateways make up prefixes
//! (`x-portkey-api-key`, `cf-access-client-secret`).

/// The last word of a name that holds a credential.
const LAST_WORDS: [&str; 10] =
    ["auth", "bearer", "jwt", "key", "oauth", "otp", "pass", "passcode", "pw", "sig"];

/// What such a word may also end in, since words are written as one (`accesstoken`, `PGPASSWORD`).
const ENDINGS: &str = "accesskey accountkey apikey authkey authorization cookie credential credentials \
    passphrase passwd password privatekey pwd secret secretkey secrets signature \
    subscriptionkey token";

/// Words in front of `key` or `token` that make it no credential.
const HARMLESS: &str = "bos cache cls completion dedup deduplication eos foreign idempotency input mask max \
    next object output pad page partition per primary prompt routing sep shard sort stop \
    unique unk websocket";

/// Words behind a credential's name that leave its value one: a fingerprint is the key's too.
const FORMS: [&str; 5] = ["b64", "base64", "digest", "hash", "hashed"];

/// Names of query pairs that are credentials only as a whole.
const WHOLE: [&str; 1] = ["code"];

/// Whether the value under this name of a header or a query pair is a credential.
///
/// The case and the separators (`-`, `_`, `.`, a capital letter) of the name do not matter, nor does a
/// number at its end. The same names are telling in fields and in prose, and [`redact`](crate::redact())
/// masks what follows them there; `code` alone, a credential in a query, is an error's code elsewhere.
///
/// ```
/// use ek_core::is_credential_name;
///
/// assert!(is_credential_name("X-Goog-Api-Key"));
/// assert!(is_credential_name("accessToken"));
/// assert!(!is_credential_name("idempotency-key"));
/// assert!(!is_credential_name("x-ratelimit-remaining-tokens"));
/// ```
#[must_use]
pub fn is_credential_name(name: &str) -> bool {
    let words = words(name);
    matches!(&words[..], [only] if WHOLE.contains(&only.as_str())) || is_credential(&words)
}

/// Whether the value of a field of this name is a credential.
pub(crate) fn is_credential_field(name: &str) -> bool {
    is_credential(&words(name))
}

fn is_credential(words: &[String]) -> bool {
    let numbered = |word: &String| word.bytes().all(|b| b.is_ascii_digit());
    let named = words.iter().rposition(|word| !numbered(word) && !FORMS.contains(&word.as_str()));
    let Some(last) = named else { return false };
    let word = words[last].trim_end_matches(|c: char| c.is_ascii_digit());
    if !LAST_WORDS.contains(&word) && !ENDINGS.split(' ').any(|ending| word.ends_with(ending)) {
        return false;
    }
    let before = last.checked_sub(1).map(|before| words[before].as_str());
    let counted = word.ends_with("key") || word.ends_with("token");
    !(counted && before.is_some_and(|before| HARMLESS.split(' ').any(|word| word == before)))
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut small = false;
    for character in name.chars() {
        let parts = !character.is_alphanumeric();
        if parts || (small && character.is_uppercase()) {
            words.push(String::new());
        }
        small = character.is_lowercase() || character.is_ascii_digit();
        if !parts && let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_every_vendor_are_judged_by_their_last_word() {
        for name in [
            "authorization",
            "Proxy-Authorization",
            "api-key",
            "x-api-key",
            "x-goog-api-key",
            "ocp-apim-subscription-key",
            "x-auth-token",
            "x-amz-security-token",
            "cf-access-client-secret",
            "x-functions-key",
            "helicone-auth",
            "cookie",
            "set-cookie",
            "key",
            "code",
            "sig",
            "X-Amz-Signature",
            "apikey",
            "api_key",
            "accessToken",
            "SecretAccessKey",
            "password",
        ] {
            assert!(is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn words_written_as_one_and_numbers_at_the_end_do_not_hide_a_credential() {
        for name in [
            "PGPASSWORD",
            "APIKey",
            "accesstoken",
            "clientsecret",
            "AccountKey",
            "DB_PASS",
            "SMTP_PW",
            "OPENAI_API_KEY_2",
            "api_key1",
            "cache_password",
            "token_hash",
            "password-digest",
            "apiKeyBase64",
        ] {
            assert!(is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn names_that_only_resemble_credentials_are_none() {
        for name in [
            "",
            "-",
            "42",
            "content-type",
            "content-digest",
            "idempotency-key",
            "prompt_cache_key",
            "cache_key_hash",
            "sec-websocket-key",
            "x-ratelimit-limit-tokens",
            "max_tokens",
            "max_token",
            "eos_token",
            "nextPageToken",
            "primaryKey",
            "status-code",
            "keyboard",
            "monkey",
            "author",
            "compass",
            "api-version",
        ] {
            assert!(!is_credential_name(name), "{name}");
        }
    }

    #[test]
    fn a_field_named_code_is_an_error_s_code() {
        assert!(!is_credential_field("code"));
        assert!(is_credential_field("client_secret"));
    }
}
