//! What is worth knowing in a tree of causes.
//!
//! TLS failures come looking like connect failures, and the rustls error hides inside an `io::Error`,
//! where `source()` does not lead: the whole tree is searched.

use std::error::Error as StdError;
use std::io;

use super::tls;
use crate::transport::dial_error::DialError;

#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) tls: Option<&'a rustls::Error>,
    pub(super) dial: Option<&'a DialError>,
    pub(super) hyper: Option<&'a hyper::Error>,
    #[cfg(feature = "http2")]
    pub(super) http2: Option<&'a h2::Error>,
    pub(super) io: Option<&'a io::Error>,
    pub(super) dns: bool,
}

impl<'a> Found<'a> {
    pub(super) fn of(error: &'a (dyn StdError + 'static)) -> Self {
        let mut found = Self::default();
        found.visit(error, 0);
        found
    }

    fn visit(&mut self, error: &'a (dyn StdError + 'static), depth: u8) {
        const MAX_DEPTH: u8 = 16;
        if depth > MAX_DEPTH {
            return;
        }
        if let Some(tls) = error.downcast_ref() {
            self.tls = Some(tls);
        }
        if let Some(dial) = error.downcast_ref() {
            self.dial = Some(dial);
        }
        if let Some(hyper) = error.downcast_ref() {
            self.hyper.get_or_insert(hyper);
        }
        #[cfg(feature = "http2")]
        if let Some(http2) = error.downcast_ref::<h2::Error>() {
            self.http2 = Some(http2);
            // It has no source of its own.
            self.io = http2.get_io().or(self.io);
        }
        if let Some(io) = error.downcast_ref::<io::Error>() {
            // The innermost one knows what the system said.
            self.io = Some(io);
            if let Some(inner) = io.get_ref() {
                self.visit(inner, depth + 1);
            }
            // h2 keeps the text of an error alone.
            self.tls = self.tls.or_else(|| {
                tls::REFUSALS.iter().find(|refusal| refusal.to_string() == io.to_string())
            });
        }
        // hyper-util's connect error has no type or predicate for it.
        self.dns = self.dns || error.to_string() == "dns error";
        if let Some(source) = error.source() {
            self.visit(source, depth + 1);
        }
    }
}
