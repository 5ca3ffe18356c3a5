//! Two questions about an error: could another server help, and is this server to blame?
//!
//! They differ. With an invalid key or an unknown model another provider could help. A prompt that is too
//! long for one model is no reason to stop asking that model.

use ek_core::{Error, ErrorKind};

/// Codes of refusals under HTTP 400 and others that another server may not share: it does not have the model,
/// the key or the account is not valid, or a limit is used up.
const OF_THIS_SERVER: &[&str] =
    &["model_not_found", "invalid_api_key", "insufficient_quota", "rate_limit_exceeded"];

/// Whether another server could help.
pub(super) fn leads_on(error: &Error) -> bool {
    if error.is_context_overflow() {
        return true; // another model may hold it
    }
    match error.kind() {
        ErrorKind::Tls | ErrorKind::QuotaExhausted => true,
        ErrorKind::Rejected => {
            error.is_retryable()
                || error.code().is_some_and(|code| OF_THIS_SERVER.contains(&code))
                // The rest of 4xx is about the key, the account, the model or the address.
                || !matches!(error.status(), None | Some(400 | 413 | 422))
        }
        // What the server says about asking it again does not hold for other servers.
        kind => kind.is_retryable() || error.is_retryable(),
    }
}

/// Whether this server is to blame.
pub(super) fn counts(error: &Error) -> bool {
    if error.is_context_overflow() {
        return false;
    }
    match error.kind() {
        ErrorKind::Tls | ErrorKind::QuotaExhausted => true,
        // An invalid key, a proxy that refuses, a wrong address. Not 403 and 404: a filter or the request's
        // own model may be the cause.
        ErrorKind::Rejected => {
            error.is_retryable() || matches!(error.status(), Some(300..=399 | 401 | 402 | 407))
        }
        kind => kind.is_retryable() || error.is_retryable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rejected(status: u16) -> Error {
        Error::new(ErrorKind::Rejected, "").with_status(status)
    }

    #[test]
    fn errors_of_the_server_lead_on_and_errors_of_the_request_do_not() {
        let of = |kind| Error::new(kind, "");
        for (error, leads, blames) in [
            (of(ErrorKind::Tls), true, true),
            (of(ErrorKind::QuotaExhausted), true, true),
            (of(ErrorKind::Server).with_status(503).with_retryable(false), true, true),
            (of(ErrorKind::RateLimited), true, true),
            (rejected(401), true, true),
            (rejected(302), true, true),
            (rejected(403), true, false),
            (rejected(404), true, false),
            (rejected(410), true, false),
            (rejected(400).with_code("model_not_found"), true, false),
            (rejected(400).with_code(Error::CONTEXT_OVERFLOW), true, false),
            (of(ErrorKind::Server).with_code(Error::CONTEXT_OVERFLOW), true, false),
            (rejected(400), false, false),
            (rejected(400).with_retryable(true), true, true),
            (rejected(413), false, false),
            (rejected(422).with_code("invalid_type"), false, false),
            (of(ErrorKind::Rejected), false, false),
            (of(ErrorKind::TooLarge), false, false),
            (of(ErrorKind::Config), false, false),
            (of(ErrorKind::Unsupported), false, false),
            (of(ErrorKind::BudgetExhausted), false, false),
        ] {
            assert_eq!((leads_on(&error), counts(&error)), (leads, blames), "{error:?}");
        }
    }
}
