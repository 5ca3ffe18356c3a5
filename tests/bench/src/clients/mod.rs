//! The clients of this program: the yardstick and ours. Peers are programs of their own (`peers`).

mod executionkit;
pub mod raw_hyper;

pub use executionkit::Ours;

use bench_load::Outcome;
use bench_load::job::{Around, Figures, Job};

use raw_hyper::{RawHyper, Tcp};

/// The yardstick's name.
pub const YARDSTICK: &str = "raw-hyper";

/// Our name.
pub const OURS: &str = "executionkit";

/// Runs the job with the client of this name.
///
/// # Errors
/// If there is none, or a call failed.
pub fn with(name: &str, job: &Job, around: Around<'_>) -> Outcome<Figures> {
    match name {
        YARDSTICK => job.run::<RawHyper<Tcp>>(around),
        OURS => job.run::<Ours>(around),
        _ => Err(format!("there is no client `{name}`").into()),
    }
}
