//! Reads and writes JSON as servers really send it. Knows no protocol and no HTTP.
//!
//! | file | what it does |
//! | --- | --- |
//! | `scan` | reads a document once and borrows from it |
//! | `fields` | reads an object key by key and skips unknown keys |
//! | `string` | decodes a string, also one that ends in half a surrogate pair |
//! | `float` | reads the numbers of a vector |
//! | `scalar` | reads a text, a count or a flag in any notation |
//! | `mend` | repairs bytes that are almost JSON |
//! | `weight` | estimates the memory of a document as a tree |
//! | `write` | writes a string |
//! | `object` | writes an object |
//! | `list` | writes a list |
//! | `overlay` | writes an object again with some of its keys changed |
//! | `checked` | keeps what is written of parts that were read |

#[cfg(any(feature = "anthropic", feature = "gemini", feature = "responses"))]
pub(crate) mod checked;
pub(crate) mod fields;
pub(crate) mod float;
pub(crate) mod list;
pub(crate) mod mend;
pub(crate) mod object;
pub(crate) mod overlay;
#[cfg(test)]
mod properties;
pub(crate) mod scalar;
pub(crate) mod scan;
pub(crate) mod string;
pub(crate) mod weight;
pub(crate) mod write;

/// The byte order mark of UTF-8. Some servers begin a body with it.
pub(crate) const BOM: &[u8] = b"\xef\xbb\xbf";
