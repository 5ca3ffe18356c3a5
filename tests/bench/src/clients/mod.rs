//! The clients, each behind the same small door.

mod executionkit;
mod raw_hyper;

use crate::Outcome;
use crate::answers::Found;
use crate::load::{Figures, Job};

/// What came of a call.
#[derive(Debug, Default)]
pub struct Outcomes {
    /// Bytes of the body, where that is all that is known.
    pub bytes: usize,
    /// What was read of it.
    pub found: Found,
}

/// A client that can be called from many tasks.
pub(crate) trait Client: Clone + Send + Sync + 'static {
    /// Whether it reads the answer. The yardstick does not.
    const READS: bool = true;

    /// A client for this job, inside the runtime.
    fn new(job: &Job) -> Outcome<Self>;

    /// One call.
    fn call(&self) -> impl Future<Output = Outcome<Outcomes>> + Send;
}

/// The yardstick's name.
pub const YARDSTICK: &str = "raw-hyper";

/// Every client that was built in.
pub fn names() -> Vec<&'static str> {
    vec![YARDSTICK, "executionkit"]
}

/// Runs the job with the client of this name.
///
/// # Errors
/// If there is none, or a call failed.
pub fn with(
    name: &str,
    job: Job,
    around: impl FnMut(&mut dyn FnMut() -> Outcome<()>) -> Outcome<()>,
) -> Outcome<Figures> {
    match name {
        YARDSTICK => job.run::<raw_hyper::RawHyper>(around),
        "executionkit" => job.run::<executionkit::Ours>(around),
        _ => Err(format!("there is no client `{name}`").into()),
    }
}
