//! One run: a client, a scenario, and what it measures.

use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, UsageWho, getrlimit, getrusage, setrlimit};
use tokio::runtime::Builder;

use super::measured::Measured;
use super::scenario::{Load, Wire};
use super::{burst, calls, first, held, memory, streams};
use crate::Outcome;
use crate::answers;
use crate::client::Client;
use crate::job::{Job, cpu};
use crate::scenario::Scenario;

/// The environment variable with the certificate, in PEM, by which the server is known.
pub const AUTHORITY: &str = "BENCH_AUTHORITY";

/// The longest that a run may take.
pub const LIMIT: Duration = Duration::from_secs(60);

/// After this time an unused connection is closed, where first tokens after idle are measured.
pub(super) const IDLE: Duration = Duration::from_millis(300);

/// What a client has to do on the wire.
#[derive(Debug)]
pub struct Task {
    /// What is measured.
    pub wire: Wire,
    /// What each client of the run is made for.
    pub job: Job,
}

impl Task {
    /// Reads a program's arguments: the scenario, the name of the client, and the server's address.
    ///
    /// # Errors
    /// If one is missing or unknown.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Outcome<(String, Self)> {
        let mut arguments = arguments.into_iter();
        let mut next = |what: &str| arguments.next().ok_or(format!("{what} is missing"));
        let wire = Wire::named(&next("the scenario")?)?;
        let client = next("the client")?;
        let address = next("the address")?;
        let authority = std::env::var(AUTHORITY).ok();
        Ok((client, Self { job: job(wire, &address, authority)?, wire }))
    }

    /// Runs it with this client.
    ///
    /// # Errors
    /// If it cannot be measured, or takes longer than [`LIMIT`].
    pub fn run<C: Client>(&self) -> Outcome<Measured> {
        let files = raise_files()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut measured = Measured::default();
        let job = &self.job;
        let run = async {
            match self.wire.load {
                Load::Calls { callers, calls } => {
                    calls::run::<C>(job, callers, calls, &mut measured).await
                }
                Load::Burst { calls, known } => {
                    burst::run::<C>(job, calls, known, &mut measured).await
                }
                Load::Streams { streams, times, warm } => {
                    let fit = streams.min(files.saturating_sub(200));
                    streams::run::<C>(job, (fit, times), warm, &mut measured).await
                }
                Load::Memory { streams } => {
                    let fit = streams.min(files.saturating_sub(200));
                    memory::run::<C>(job, fit, &mut measured).await
                }
                Load::Held { streams, calls } => {
                    held::run::<C>(job, streams, calls, &mut measured).await
                }
                Load::First { times } => first::tokens::<C>(job, times, &mut measured).await,
                Load::Answer { times } => first::answers::<C>(job, times, &mut measured).await,
            }
        };
        let ended = runtime.block_on(async { tokio::time::timeout(LIMIT, run).await });
        ended.map_err(|_| format!("not done after {} s", LIMIT.as_secs()))??;
        Ok(measured)
    }
}

fn job(wire: Wire, address: &str, authority: Option<String>) -> Outcome<Job> {
    let (callers, calls) = match wire.load {
        Load::Calls { callers, calls } => (callers, calls),
        Load::Burst { calls, .. } => (calls, calls),
        Load::Streams { streams, times, .. } => (streams + 1, streams * times),
        Load::Memory { streams } => (streams + 1, streams + 1),
        Load::Held { streams, calls } => (streams + 1, streams + calls),
        Load::First { times } | Load::Answer { times } => (1, times),
    };
    let scenario = Scenario {
        name: wire.name,
        answer: wire.answer,
        question: wire.question,
        callers,
        threads: 0,
        calls,
        counted: None,
        units: 1,
    };
    let scheme = if authority.is_some() { "https" } else { "http" };
    let answer = answers::named(wire.answer)?;
    let base = format!("{scheme}://{address}/{}/{}", answer.name, answer.protocol.version());
    Ok(Job {
        scenario,
        answer,
        base,
        authority,
        idle: matches!(wire.load, Load::First { .. }).then_some(IDLE),
        calls,
    })
}

/// Allows as many open files as the system lets a process have, and says how many.
///
/// # Errors
/// If the system does not say.
pub fn raise_files() -> Outcome<usize> {
    let (_, most) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, most, most)?;
    Ok(usize::try_from(most).unwrap_or(usize::MAX))
}

/// Seconds of CPU of this process, user and system.
pub(super) fn spent() -> Outcome<f64> {
    Ok(cpu(&getrusage(UsageWho::RUSAGE_SELF)?))
}

/// Seconds since then.
pub(super) fn since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}
