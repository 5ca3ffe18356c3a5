//! Names that hold credentials: the one list for the client, the recorder and the journal.
//!
//! A name is judged by the words it ends in, since servers and gateways make up prefixes
//! (`x-portkey-api-key`, `cf-access-client-secret`).

/// The last word of a name that holds a credential.
const ENDINGS: [&str; 17] = [
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "cookie",
    "credential",
    "credentials",
    "jwt",
    "key",
    "passphrase",
    "passwd",
    "password",
    "pwd",
    "secret",
    "sig",
    "signature",
    "token",
];

/// Words in front of `key` or `token` that make it no credential.
const HARMLESS: [&str; 8] =
    ["cache", "dedup", "deduplication", "idempotency", "max", "partition", "sort", "websocket"];

/// Names that are credentials only as a whole.
const WHOLE: [&str; 1] = ["code"];

/// Whether the value under this name of a header, a query pair or a field is a credential.
///
/// The case and the separators (`-`, `_`, `.`, a capital letter) of the name do not matter.
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
    let Some((last, before)) = words.split_last() else { return false };
    if words.len() == 1 && WHOLE.contains(&last.as_str()) {
        return true;
    }
    let harmless = before.last().is_some_and(|word| HARMLESS.contains(&word.as_str()));
    ENDINGS.contains(&last.as_str()) && !harmless
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
    fn names_that_only_resemble_credentials_are_none() {
        for name in [
            "",
            "-",
            "content-type",
            "idempotency-key",
            "prompt_cache_key",
            "sec-websocket-key",
            "x-ratelimit-limit-tokens",
            "max_tokens",
            "status-code",
            "keyboard",
            "monkey",
            "author",
            "api-version",
        ] {
            assert!(!is_credential_name(name), "{name}");
        }
    }
}
