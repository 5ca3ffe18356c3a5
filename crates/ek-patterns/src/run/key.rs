//! Idempotency keys: one for all attempts of a call, and a different one for each call.

use std::borrow::Cow;

use ek_core::ChatRequest;

/// Makes the keys of one run.
#[derive(Debug)]
pub(super) struct Keys {
    random: u128,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { random: fastrand::u128(..) }
    }

    /// The request with the key of this call.
    ///
    /// The first call has the request's own key, where the request has one. Later calls of the run have
    /// other keys: a server that took them for repetitions would answer all of them alike. Without retries
    /// no key is needed, and the request stays as it is.
    pub(super) fn apply<'a>(
        &self,
        request: &'a ChatRequest,
        call: u64,
        retries: bool,
    ) -> Cow<'a, ChatRequest> {
        let key = match &request.idempotency_key {
            Some(_) if call == 1 => return Cow::Borrowed(request),
            Some(own) => format!("{own}-{call}"),
            None if retries => format!("{:032x}-{call}", self.random),
            None => return Cow::Borrowed(request),
        };
        Cow::Owned(request.clone().with_idempotency_key(key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_of_a_run_has_its_own_key_and_no_two_runs_share_any() {
        let (request, keys, others) = (ChatRequest::user("x"), Keys::new(), Keys::new());
        let key = |keys: &Keys, call| keys.apply(&request, call, true).idempotency_key.clone();
        assert_eq!(key(&keys, 1), key(&keys, 1));
        assert_ne!(key(&keys, 1), key(&keys, 2));
        assert_ne!(key(&keys, 1), key(&others, 1));
    }

    #[test]
    fn a_key_of_the_request_s_own_names_the_first_call_and_leads_the_others() {
        let request = ChatRequest::user("x").with_idempotency_key("order-7");
        let key = |call| Keys::new().apply(&request, call, false).idempotency_key.clone();
        assert_eq!(key(1).as_deref(), Some("order-7"));
        assert_eq!(key(2).as_deref(), Some("order-7-2"));
    }

    #[test]
    fn without_retries_and_without_a_key_the_request_is_not_copied() {
        let request = ChatRequest::user("x");
        assert!(matches!(Keys::new().apply(&request, 5, false), Cow::Borrowed(_)));
    }
}
