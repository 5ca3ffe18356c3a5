//! Two questions about an error: could another server help, and is this server to blame?
//!
//! They differ. A dead key or an unknown model is no reason to give up while another provider has a
//! good one; and a prompt that is too long for one model is no reason to leave that model alone.

use ek_core::{Error, ErrorKind};

/// Codes of refusals under HTTP 400 and the like that another server may not share: the model is not
/// there, the key or the account is not good, or a limit is used up.
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
        // The server's word on asking it again says nothing about asking others.
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
        // A dead key, a proxy that refuses, a wrong address. Not 403 and 404: a filter or the
        // request's own model may be behind them.
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
    fn what_lies_with_the_server_leads_on_and_what_lies_with_the_request_does_not() {
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
