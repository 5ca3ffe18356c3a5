//! Distinct requests and their attempts: which call tries again what an earlier one has failed at.

use std::collections::{HashMap, VecDeque};

use super::fingerprint::Fingerprint;

/// A place in a request's row of attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    /// Which distinct request, by number from 0.
    pub(crate) request: usize,
    /// Which attempt of it, counted from 1.
    pub(crate) number: usize,
}

/// All distinct requests so far.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// How many attempts each has had.
    attempts: Vec<usize>,
    /// Those with a key, failed or not.
    keyed: HashMap<String, usize>,
    /// Those without a key whose latest attempt has failed, oldest first.
    failed: HashMap<u64, VecDeque<usize>>,
}

impl Requests {
    /// Takes a call to its request. Without a key it is an attempt of one that has failed and asked
    /// the same; one that is in flight or was answered is none of its business.
    pub(crate) fn attempt(&mut self, fingerprint: &Fingerprint) -> Attempt {
        let known = match fingerprint {
            Fingerprint::Key(key) => self.keyed.get(key).copied(),
            Fingerprint::Content(hash) => self.failed.get_mut(hash).and_then(VecDeque::pop_front),
        };
        let request = known.unwrap_or_else(|| {
            self.attempts.push(0);
            self.attempts.len() - 1
        });
        if let Fingerprint::Key(key) = fingerprint {
            self.keyed.entry(key.clone()).or_insert(request);
        }
        self.attempts[request] += 1;
        Attempt { request, number: self.attempts[request] }
    }

    /// The latest attempt of a request has failed, so the next call that asks the same is a retry.
    pub(crate) fn failed(&mut self, fingerprint: &Fingerprint, request: usize) {
        if let Fingerprint::Content(hash) = fingerprint {
            self.failed.entry(*hash).or_default().push_back(request);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(hash: u64) -> Fingerprint {
        Fingerprint::Content(hash)
    }

    #[test]
    fn only_what_has_failed_is_tried_again() {
        let mut requests = Requests::default();
        let at = |request, number| Attempt { request, number };
        assert_eq!(requests.attempt(&content(1)), at(0, 1));
        assert_eq!(requests.attempt(&content(1)), at(1, 1), "the first is in flight");
        requests.failed(&content(1), 1);
        assert_eq!(requests.attempt(&content(2)), at(2, 1));
        assert_eq!(requests.attempt(&content(1)), at(1, 2));
        assert_eq!(requests.attempt(&content(1)), at(3, 1), "the failure was taken up already");
        requests.failed(&content(1), 0);
        requests.failed(&content(1), 3);
        assert_eq!(requests.attempt(&content(1)), at(0, 2), "the oldest failure first");
        assert_eq!(requests.attempt(&content(1)), at(3, 2));
    }

    #[test]
    fn a_key_stands_for_one_request_whatever_becomes_of_it() {
        let mut requests = Requests::default();
        let key = || Fingerprint::Key("k".into());
        for number in 1..=3 {
            assert_eq!(requests.attempt(&key()), Attempt { request: 0, number });
        }
        assert_eq!(requests.attempt(&Fingerprint::Key("l".into())).request, 1);
    }
}
