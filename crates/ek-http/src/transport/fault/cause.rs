//! The causes of our errors: what is known of the errors of others, in words that no peer has chosen.

use std::error::Error as StdError;
use std::{fmt, io};

use ek_core::Error;

use super::found::Found;
use super::tls;

/// One cause, with the one beneath it.
#[derive(Debug)]
struct Cause {
    word: String,
    source: Option<Box<Beneath>>,
}

#[derive(Debug)]
enum Beneath {
    Cause(Cause),
    System(io::Error),
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)
    }
}

impl StdError for Cause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        match self.source.as_deref()? {
            Beneath::Cause(cause) => Some(cause),
            Beneath::System(error) => Some(error),
        }
    }
}

/// Gives an error the causes that are known of this foreign one.
pub(in crate::transport) fn with_cause(error: Error, of: &(dyn StdError + 'static)) -> Error {
    Found::of(of).explain(error)
}

impl Found<'_> {
    /// Gives an error these causes.
    pub(super) fn explain(&self, error: Error) -> Error {
        let system = self.io.map(|io| Beneath::System(without_text(io)));
        let causes = self.words().into_iter().rev().fold(system, |beneath, word| {
            Some(Beneath::Cause(Cause { word, source: beneath.map(Box::new) }))
        });
        match causes {
            Some(Beneath::Cause(cause)) => error.with_source(cause),
            Some(Beneath::System(cause)) => error.with_source(cause),
            None => error,
        }
    }

    /// From the outermost to the innermost.
    fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        words.extend(self.dial.map(ToString::to_string));
        words.extend(self.dns.then(|| "dns error".to_owned()));
        // hyper's `Display` is a fixed text for each kind, without the cause.
        words.extend(self.hyper.map(ToString::to_string));
        #[cfg(feature = "http2")]
        words.extend(self.http2.map(http2));
        words.extend(self.tls.map(tls::variants));
        words
    }
}

/// Keeps the code of an error of the system, and the kind of any other.
fn without_text(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => error.kind().into(),
    }
}

/// The frame, who is the cause of it, and its code. What a peer adds in words is left out.
#[cfg(feature = "http2")]
fn http2(error: &h2::Error) -> String {
    let frame = if error.is_go_away() {
        "GOAWAY"
    } else if error.is_reset() {
        "RST_STREAM"
    } else {
        return "http2 connection error".to_owned();
    };
    let sender = if error.is_remote() { "received" } else { "sent" };
    let code = error.reason().map(|reason| format!(": {reason:?}"));
    format!("{frame} {sender}{}", code.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_of_the_system_keeps_its_code_and_others_their_kind() {
        let of_system = without_text(&io::Error::from_raw_os_error(2));
        assert_eq!(of_system.raw_os_error(), Some(2));
        let of_another = without_text(&io::Error::new(io::ErrorKind::BrokenPipe, "MARK"));
        assert_eq!(of_another.kind(), io::ErrorKind::BrokenPipe);
        assert!(!format!("{of_another} {of_another:?}").contains("MARK"));
    }

    #[test]
    fn causes_keep_their_order_and_nothing_is_made_up() {
        let error = || Error::new(ek_core::ErrorKind::Connect, "no");
        let inner = io::Error::new(io::ErrorKind::InvalidData, rustls::Error::DecryptError);
        let known = with_cause(error(), &io::Error::other(inner));
        let tls = known.source().expect("a cause");
        assert_eq!(tls.to_string(), "DecryptError");
        let io = tls.source().and_then(|cause| cause.downcast_ref::<io::Error>());
        assert_eq!(io.map(io::Error::kind), Some(io::ErrorKind::InvalidData));
        let unknown = with_cause(error(), &fmt::Error);
        assert!(unknown.source().is_none());
    }
}
