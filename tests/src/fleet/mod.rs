//! A fleet of real processes against a real Redis: killed, throttled, and left without their store.
//!
//! `cargo xtask fleet` runs it; `tests/it/fleet.rs` runs the quick versions. It stands apart from the tests of
//! `ek-fleet` because it needs processes to kill and takes real time.

mod kill;
mod outage;
mod rate;
#[path = "../../../crates/ek-fleet/tests/support/server.rs"]
pub mod server;
mod trips;
mod worker;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use executionkit::fleet::{FleetOptions, OnLoss};

pub use worker::work;

/// How many processes there are.
const PROCESSES: usize = 8;

/// What went wrong.
pub type Failure = String;

/// How thoroughly to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// In some seconds, as a part of the whole check.
    Quick,
    /// In a minute or two.
    Full,
}

/// Looks at one thing, and returns a table of what it has seen.
type Part = fn(Effort) -> Result<String, Failure>;

/// Runs the parts with these names, or all. Returns the report.
///
/// # Errors
/// The first limit that did not hold, or what kept a part from running.
pub fn run(parts: &[String], effort: Effort) -> Result<String, Failure> {
    let all: [(&str, Part); 4] =
        [("kill", kill::run), ("rate", rate::run), ("outage", outage::run), ("trips", trips::run)];
    if let Some(unknown) = parts.iter().find(|part| all.iter().all(|(name, _)| name != part)) {
        return Err(format!("unknown part `{unknown}`"));
    }
    let mut report = String::new();
    for (name, part) in all {
        if parts.is_empty() || parts.iter().any(|wanted| wanted == name) {
            let text = part(effort).map_err(|why| format!("{name}: {why}\n{report}"))?;
            // Writing to a String cannot fail.
            let _ = write!(report, "\n{text}");
        }
    }
    Ok(report)
}

/// The settings of all processes here: leases short enough to wait for, and no call beyond what is reserved.
fn options() -> FleetOptions {
    let lease = std::time::Duration::from_secs(1);
    FleetOptions::default().with_lease(lease).with_on_loss(OnLoss::Refuse)
}

/// A folder of this run, which is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("ek-fleet-{:016x}", fastrand::u64(..)));
        std::fs::create_dir_all(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Self(path))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left over lies in the system's folder for such files.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// One of the processes; it is killed when the value is dropped.
struct Process(Child);

impl Process {
    fn start(words: &[&str]) -> Result<Self, Failure> {
        let this = std::env::current_exe().map_err(|error| error.to_string())?;
        let child = Command::new(this).arg("worker").args(words).spawn();
        child.map(Self).map_err(|error| format!("cannot start a process: {error}"))
    }

    /// Ends it with SIGKILL.
    fn kill(mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    /// Whether it has ended; an error if it failed.
    fn has_ended(&mut self) -> Result<bool, Failure> {
        match self.0.try_wait() {
            Ok(None) => Ok(false),
            Ok(Some(status)) if status.success() => Ok(true),
            Ok(Some(status)) => Err(format!("a process ended with {status}")),
            Err(error) => Err(error.to_string()),
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The numbers in a file, one in a line.
fn numbers(file: &Path) -> Result<Vec<u64>, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| error.to_string())?;
    text.lines().map(|line| line.parse().map_err(|_| format!("`{line}` is no number"))).collect()
}

fn text(error: impl std::fmt::Display) -> Failure {
    error.to_string()
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().map_err(text)
}
