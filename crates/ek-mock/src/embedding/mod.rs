//! Texts as vectors in the mock: made from the texts, or said by the script. It stands apart from the replies
//! of a model, with which it shares only the script that plays both.

mod text_vector;
mod vectors;

pub use text_vector::text_vector;
pub(crate) use vectors::VectorReply;

/// How many numbers a made vector has where the request does not say.
pub(crate) const DIMENSIONS: u32 = 256;

/// The most numbers of a made vector: a client of the server chooses the width.
const MAX_DIMENSIONS: u32 = 16_384;

/// The most numbers of all vectors of an answer: the client chooses the number of inputs as well.
const MAX_NUMBERS: usize = 1 << 24;
