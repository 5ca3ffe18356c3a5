//! Classifies an error by its codes and its prose.
//!
//! Each rule is a table: another wording of a server is one more line.

mod exhausted;
mod overflow;
mod phrase;
#[cfg(test)]
mod tests;

use ek_core::ErrorKind;

use super::body::ErrorBody;
use super::names;
pub(super) use exhausted::is_exhausted;
pub(super) use overflow::{is_overflow, never_fits};

/// Words for too many requests, in the form of [`is_word`].
const RATE_LIMITED: &[&str] = &[
    "accountratelimitexceeded",
    "limitrequests",
    "ratelimit",
    "ratelimited",
    "ratelimitexceeded",
    "ratelimitreached",
    "requestlimitexceeded",
    "requestquotaexceeded",
    "requestslimitexceeded",
    "resourceexhausted",
    "slowdown",
    "rpmratelimitexceeded",
    "throttled",
    "throttling",
    "throttlingallocationquota",
    "throttlingburstrate",
    "throttlingratequota",
    "tokenquotaexceeded",
    "tokenslimitexceeded",
    "toomanyrequests",
    "tpmratelimitexceeded",
    "usagelimitreached",
];

/// Words for a request that is itself at fault, in the form of [`is_word`].
const REJECTED: &[&str] = &[
    "accessdenied",
    "authentication",
    "badrequest",
    "contentfilter",
    "emptyimagefile",
    "failedprecondition",
    "failedtodownloadimage",
    "forbidden",
    "imagefilenotfound",
    "imagefiletoolarge",
    "imageparse",
    "imagetoolarge",
    "imagetoosmall",
    "invalidapikey",
    "invalidargument",
    "invalidbase64image",
    "invalidimage",
    "invalidimageformat",
    "invalidimagemode",
    "invalidimageurl",
    "invalidmodel",
    "invalidparameter",
    "invalidprompt",
    "invalidrequest",
    "modelnotfound",
    "notfound",
    "outofrange",
    "permission",
    "permissiondenied",
    "requesttoolarge",
    "stringabovemaxlength",
    "unauthenticated",
    "unauthorized",
    "unprocessableentity",
    "unsupportedimagemediatype",
    "unsupportedparameter",
    "unsupportedvalue",
    "validation",
];

/// Whether a word is in a table, which is in small letters. `invalid-argument`, `INVALID_ARGUMENT`,
/// `InvalidArgumentError` and `com.amazon.coral.service#InvalidArgumentException` are the same word.
fn is_word(word: &str, table: &[&str]) -> bool {
    let word = word.rsplit('#').next().unwrap_or(word);
    let ends = |tail: &str| {
        let at = word.len().checked_sub(tail.len())?;
        word.get(at..)?.eq_ignore_ascii_case(tail).then_some(at)
    };
    let end = ends("error").or_else(|| ends("exception")).unwrap_or(word.len());
    names::is_any(word, table) || names::is_any(&word[..end], table)
}

/// Whether a word names a policy that the request goes against: `cyber_policy`, `content_policy_violation`.
fn names_a_policy(word: &str) -> bool {
    const ENDS: [&str; 3] = ["policy", "policyviolation", "policyviolationerror"];
    let letters = names::folded(word);
    ENDS.iter().any(|end| letters.ends_with(end))
}

/// Whether a code or type of these is one of an error: a known one, or one that says so at its end.
pub(super) fn names_an_error(read: &ErrorBody) -> bool {
    let says_so = |word: &str| {
        let letters = names::folded(word);
        letters.ends_with("error") || letters.ends_with("exception")
    };
    by_words(read).is_some() || is_overflow(read) || words_of(read).any(says_so) || {
        is_exhausted(read, false)
    }
}

/// The words of an error. Its code and its type are the first.
fn words_of(read: &ErrorBody) -> impl Iterator<Item = &str> {
    let own = [read.code.as_deref(), read.class.as_deref()].into_iter().flatten();
    own.chain(read.words.iter().map(String::as_str))
}

/// The kind of an error by its words.
pub(super) fn by_words(read: &ErrorBody) -> Option<ErrorKind> {
    words_of(read).find_map(|word| {
        if is_word(word, RATE_LIMITED) {
            Some(ErrorKind::RateLimited)
        } else if is_word(word, REJECTED) || names_a_policy(word) {
            Some(ErrorKind::Rejected)
        } else {
            None
        }
    })
}
