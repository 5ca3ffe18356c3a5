//! How the bytes of a body are cut into writes.

use serde::{Deserialize, Serialize};

/// How a body is cut into writes on the wire, each a chunk of its own, with the pause of the reply
/// before each but the first. At the trait there are no bytes, and it has no effect.
///
/// ```
/// use ek_mock::{Cuts, MockReply};
///
/// // A client that decodes each read for itself shows a broken character here.
/// let reply = MockReply::from("Größe: 3 µm").with_cuts(Cuts::InsideChars);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cuts {
    /// One write for each frame of a stream, and one for the body of any other reply. What follows the
    /// pieces of a stream (finish reason, usage, `[DONE]`) comes with the last of them, without a
    /// pause. The default.
    #[default]
    Frames,
    /// One write for each piece of this number of bytes; 0 counts as 1.
    Every(usize),
    /// Cuts at these offsets of the body, counted in bytes from 0. Those beyond its end have no
    /// effect.
    At(Vec<usize>),
    /// A cut inside each character of more than one byte, after its first byte, and nowhere else.
    InsideChars,
    /// A cut inside each `data:` field of a stream, in the middle of the word: `da` and `ta: ...`; nowhere
    /// else.
    InsideFields,
}
