//! Recorded exchanges: a real endpoint is asked once, and its bytes are played for ever after.
//!
//! A cassette is a folder with one JSON file for each exchange, for people to read, to review and to
//! edit. What is secret is masked before anything touches the disk. Played, a cassette is a
//! [`Script`](crate::Script) like any other, so that the user's own client decodes the bytes on either
//! of the two faces on the wire.

mod check;
mod comparison;
mod exchange;
mod folder;
mod nearest;
mod portable;
#[cfg(feature = "record")]
mod record;
mod replay;

#[cfg(feature = "record")]
pub(crate) use record::{NoAnswer, Tape};
#[cfg(feature = "record")]
pub use record::{RecordMode, Recorder, Recording};
pub use replay::Cassette;
