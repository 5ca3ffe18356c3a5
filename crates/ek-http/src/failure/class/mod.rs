//! The words by which providers name an error's class, where no HTTP status tells it.

use ek_core::ErrorKind;

/// Words that mean: this account has nothing left, and waiting does not bring it back.
const QUOTA: &[&str] = &[
    "insufficient_quota",
    "insufficient_balance",
    "insufficient_credits",
    "insufficient_funds",
    "billing_hard_limit_reached",
    "billing_not_active",
    "exceeded_current_quota_error",
    "quota_exhausted",
    "credits_exhausted",
    "out_of_credits",
    "payment_required",
    "account_deactivated",
];

const RATE_LIMITED: &[&str] = &[
    "rate_limit",
    "rate_limit_exceeded",
    "rate_limit_error",
    "rate_limited",
    "ratelimitreached",
    "ratelimiterror",
    "rate_limit_reached",
    "too_many_requests",
    "toomanyrequests",
    "resource_exhausted",
    "throttling",
    "throttlingexception",
    "requests_limit_exceeded",
    "tokens_limit_exceeded",
];

const REJECTED: &[&str] = &[
    "invalid_request",
    "invalid_request_error",
    "invalid_argument",
    "badrequesterror",
    "bad_request",
    "invalid_api_key",
    "authentication_error",
    "authenticationerror",
    "unauthorized",
    "unauthenticated",
    "permission_error",
    "permission_denied",
    "forbidden",
    "model_not_found",
    "not_found",
    "not_found_error",
    "notfounderror",
    "invalid_model",
    "unsupported_parameter",
    "unsupported_value",
    "invalid_prompt",
    "validation",
    "validation_error",
    "unprocessable_entity",
    "context_length_exceeded",
    "contextwindowexceedederror",
    "exceed_context_size_error",
    "string_above_max_length",
    "request_too_large",
    "content_policy_violation",
    "content_filter",
    "failed_precondition",
];

// Once: in its callers it would be unrolled for each word of each list, to 26 KiB.
#[inline(never)]
fn is(word: &str, words: &[&str]) -> bool {
    // `invalid-argument`, `INVALID_ARGUMENT` and `invalid argument` are one word.
    let same = |known: &&str| {
        word.len() == known.len()
            && word.bytes().zip(known.bytes()).all(|(a, b)| {
                let a = if a == b'-' || a == b' ' { b'_' } else { a.to_ascii_lowercase() };
                a == b
            })
    };
    words.iter().any(same)
}

/// Whether a word says that the account's quota or credit is used up.
pub(super) fn is_quota(word: &str) -> bool {
    is(word, QUOTA)
}

/// The class of an error object by its words; `None` where they tell nothing.
pub(super) fn by_word(word: &str) -> Option<ErrorKind> {
    Some(if is_quota(word) {
        ErrorKind::QuotaExhausted
    } else if is(word, RATE_LIMITED) {
        ErrorKind::RateLimited
    } else if is(word, REJECTED) {
        ErrorKind::Rejected
    } else {
        return None;
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_known_in_any_case_and_with_any_separator() {
        for (word, kind) in [
            ("insufficient_quota", Some(ErrorKind::QuotaExhausted)),
            ("RATE_LIMIT_EXCEEDED", Some(ErrorKind::RateLimited)),
            ("invalid-argument", Some(ErrorKind::Rejected)),
            ("BadRequestError", Some(ErrorKind::Rejected)),
            ("server_error", None),
            ("tokens", None),
            ("", None),
        ] {
            assert_eq!(by_word(word), kind, "{word}");
        }
    }
}
