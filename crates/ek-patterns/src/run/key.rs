//! Idempotency keys: one for all attempts of a call, and a different one for each call.

/// Makes the keys of one run.
#[derive(Debug)]
pub(super) struct Keys {
    random: u128,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { random: fastrand::u128(..) }
    }

    /// The key of this call; `None` where the request stays as it is.
    ///
    /// The first call has the request's own key, where the request has one. Later calls of the run have
    /// other keys: a server that took them for repetitions would answer all of them alike. Without retries
    /// no key is needed.
    pub(super) fn of_call(&self, own: Option<&str>, call: u64, retries: bool) -> Option<String> {
        match own {
            Some(_) if call == 1 => None,
            Some(own) => Some(format!("{own}-{call}")),
            None => retries.then(|| format!("{:032x}-{call}", self.random)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_call_of_a_run_has_its_own_key_and_no_two_runs_share_any() {
        let (keys, others) = (Keys::new(), Keys::new());
        let key = |keys: &Keys, call| keys.of_call(None, call, true);
        assert!(key(&keys, 1).is_some());
        assert_eq!(key(&keys, 1), key(&keys, 1));
        assert_ne!(key(&keys, 1), key(&keys, 2));
        assert_ne!(key(&keys, 1), key(&others, 1));
    }

    #[test]
    fn a_key_of_the_request_s_own_names_the_first_call_and_leads_the_others() {
        let key = |call| Keys::new().of_call(Some("order-7"), call, false);
        assert_eq!(key(1), None, "the request keeps its own");
        assert_eq!(key(2).as_deref(), Some("order-7-2"));
    }

    #[test]
    fn without_retries_and_without_a_key_the_request_stays_as_it_is() {
        assert_eq!(Keys::new().of_call(None, 5, false), None);
    }
}
