//! Reading and writing JSON as servers really send it. Knows no protocol and no HTTP.
//!
//! | file | what it does |
//! | --- | --- |
//! | `scan` | walks a document once, and borrows what it finds |
//! | `fields` | reads an object key by key; unknown keys are skipped |
//! | `string` | decodes a string, halves of surrogate pairs among it |
//! | `scalar` | reads a text, a count or a flag, however it is written |
//! | `mend` | repairs bytes that are not quite JSON |
//! | `weight` | how much memory a tree of a document takes |
//! | `write` | writes a string |

pub(crate) mod fields;
pub(crate) mod mend;
#[cfg(test)]
mod properties;
pub(crate) mod scalar;
pub(crate) mod scan;
pub(crate) mod string;
pub(crate) mod weight;
pub(crate) mod write;

/// The byte order mark of UTF-8, which some servers and files begin with.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";
