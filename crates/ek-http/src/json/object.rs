//! Objects, written key by key: plain texts by hand, everything else by serde.

use serde::Serialize;

use super::write;

/// Writes one JSON object into a buffer, key by key.
pub(crate) struct Object<'a> {
    out: &'a mut Vec<u8>,
    /// What stands before the next key.
    before: u8,
}

impl<'a> Object<'a> {
    pub(crate) fn begin(out: &'a mut Vec<u8>) -> Self {
        Self { out, before: b'{' }
    }

    /// A key without escapes; its value is to be written next.
    pub(crate) fn key(&mut self, key: &'static str) -> &mut Vec<u8> {
        self.out.extend_from_slice(&[self.before, b'"']);
        self.before = b',';
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
        self.out
    }

    /// The same of a caller's key, which may hold anything.
    pub(crate) fn any_key(&mut self, key: &str) -> &mut Vec<u8> {
        self.out.push(self.before);
        self.before = b',';
        write::write(key, self.out);
        self.out.push(b':');
        self.out
    }

    pub(crate) fn text(&mut self, key: &'static str, text: &str) {
        write::write(text, self.key(key));
    }

    pub(crate) fn value(
        &mut self,
        key: &'static str,
        value: &(impl Serialize + ?Sized),
    ) -> serde_json::Result<()> {
        serde_json::to_writer(self.key(key), value)
    }

    pub(crate) fn end(self) {
        if self.before == b'{' {
            self.out.push(b'{');
        }
        self.out.push(b'}');
    }
}
