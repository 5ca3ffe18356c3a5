//! The small door behind which every client stands.

use crate::Outcome;
use crate::answers::Found;
use crate::job::Job;

/// What came of a call.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// Bytes of the body, where that is all that is known.
    pub bytes: usize,
    /// What was read of it.
    pub found: Found,
}

/// A client that can be called from many tasks.
pub trait Client: Clone + Send + Sync + 'static {
    /// Whether it reads the answer. The yardstick does not.
    const READS: bool = true;

    /// A client for this job, inside the runtime.
    ///
    /// # Errors
    /// If it cannot be built, or cannot do such a job.
    fn new(job: &Job) -> Outcome<Self>;

    /// One call, to the end of its answer.
    fn call(&self) -> impl Future<Output = Outcome<Outcomes>> + Send;

    /// A stream whose first piece has come.
    type Open: Send + 'static;

    /// Opens a stream and waits for its first piece.
    fn open(&self) -> impl Future<Output = Outcome<Self::Open>> + Send;

    /// Opens a connection before the first call; false where the client has no such method.
    fn connect(&self) -> impl Future<Output = Outcome<bool>> + Send {
        async { Ok(false) }
    }

    /// Reads the rest of a stream.
    fn rest(open: Self::Open) -> impl Future<Output = Outcome<Outcomes>> + Send;
}
