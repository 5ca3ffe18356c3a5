//! Makes the calls of one scenario with one client, checks each answer, and tells what it cost.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use nix::sys::resource::{Usage, UsageWho, getrusage};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::Outcome;
use crate::answers::{self, Answer};
use crate::client::{Client, Outcomes};
use crate::protocol::Protocol;
use crate::scenario::Scenario;

/// What the calls of one process cost.
#[derive(Debug, Clone, Copy, Default)]
pub struct Figures {
    /// Seconds of CPU, user and system.
    pub cpu: f64,
    /// Seconds on the clock.
    pub wall: f64,
    /// The largest resident set of the process, in KiB.
    pub peak_kib: u64,
    /// The same before the first call.
    pub base_kib: u64,
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.cpu, self.wall, self.peak_kib, self.base_kib)
    }
}

impl FromStr for Figures {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(text: &str) -> Outcome<Self> {
        let mut words = text.split_whitespace();
        let mut next = || words.next().ok_or("a figure is missing");
        Ok(Self {
            cpu: next()?.parse()?,
            wall: next()?.parse()?,
            peak_kib: next()?.parse()?,
            base_kib: next()?.parse()?,
        })
    }
}

/// The seconds of CPU in a usage.
pub fn cpu(usage: &Usage) -> f64 {
    let seconds =
        |time: nix::sys::time::TimeVal| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// Called with the calls that count, which it makes.
pub type Around<'a> = &'a mut dyn FnMut(&mut dyn FnMut() -> Outcome<()>) -> Outcome<()>;

/// What a client is to do.
#[derive(Debug)]
pub struct Job {
    /// What is measured.
    pub scenario: Scenario,
    /// What the server answers, and what is to be found in it.
    pub answer: Answer,
    /// The base URL.
    pub base: String,
    /// The certificate in PEM that is trusted besides the usual ones.
    pub authority: Option<String>,
    /// How long an unused connection is kept, where it is not the client's own default. A client that
    /// can open another one in its place does.
    pub idle: Option<Duration>,
    pub(crate) calls: usize,
}

impl Job {
    /// Reads a program's arguments: the name of the client, and what it is to do.
    ///
    /// # Errors
    /// If one is missing or unknown.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Outcome<(String, Self)> {
        let mut arguments = arguments.into_iter();
        let mut next = |what: &str| arguments.next().ok_or(format!("{what} is missing"));
        let scenario = Scenario::named(&next("the scenario")?)?;
        let client = next("the client")?;
        let address = next("the address")?;
        let calls = next("the number of calls")?.parse()?;
        let answer = answers::named(scenario.answer)?;
        let base = format!("http://{address}/{}/{}", answer.name, answer.protocol.version());
        Ok((client, Self { scenario, answer, base, authority: None, idle: None, calls }))
    }

    /// Refuses the job of a client that speaks these protocols alone, if it is of another one.
    ///
    /// # Errors
    /// If it is.
    pub fn only_in(&self, protocols: &[Protocol]) -> Outcome<()> {
        let speaks = protocols.contains(&self.answer.protocol);
        let spoken: Vec<_> = protocols.iter().map(|protocol| format!("{protocol:?}")).collect();
        speaks
            .then_some(())
            .ok_or_else(|| format!("it speaks {} alone", spoken.join(" and ")).into())
    }

    /// Runs it with this client.
    ///
    /// # Errors
    /// If any call fails, or its answer is not what was sent.
    pub fn run<C: Client>(&self, around: Around<'_>) -> Outcome<Figures> {
        let runtime = match self.scenario.threads {
            0 => Builder::new_current_thread().enable_all().build()?,
            threads => Builder::new_multi_thread().worker_threads(threads).enable_all().build()?,
        };
        let client = runtime.block_on(async { C::new(self) })?;
        // Connections, caches, and whatever is built at the first call.
        if self.answer.pause.is_none() {
            self.calls(&runtime, &client, self.scenario.callers.min(8) * 4)?;
        }
        let before = getrusage(UsageWho::RUSAGE_SELF)?;
        let start = Instant::now();
        around(&mut || self.calls(&runtime, &client, self.calls))?;
        let wall = start.elapsed().as_secs_f64();
        let after = getrusage(UsageWho::RUSAGE_SELF)?;
        Ok(Figures {
            cpu: cpu(&after) - cpu(&before),
            wall,
            peak_kib: u64::try_from(after.max_rss())?,
            base_kib: u64::try_from(before.max_rss())?,
        })
    }

    fn calls<C: Client>(&self, runtime: &Runtime, client: &C, calls: usize) -> Outcome<()> {
        let callers = self.scenario.callers;
        if callers == 1 {
            return runtime.block_on(self.some_calls(client, calls));
        }
        runtime.block_on(async {
            let mut set = JoinSet::new();
            for caller in 0..callers {
                let share = calls / callers + usize::from(caller < calls % callers);
                let (client, expected, read) = (client.clone(), self.answer.clone(), C::READS);
                set.spawn(async move {
                    for _ in 0..share {
                        check(&client.call().await?, &expected, read)?;
                    }
                    Outcome::Ok(())
                });
            }
            while let Some(ended) = set.join_next().await {
                ended??;
            }
            Ok(())
        })
    }

    async fn some_calls<C: Client>(&self, client: &C, calls: usize) -> Outcome<()> {
        for _ in 0..calls {
            check(&client.call().await?, &self.answer, C::READS)?;
        }
        Ok(())
    }
}

pub(crate) fn check(found: &Outcomes, answer: &Answer, reads: bool) -> Outcome<()> {
    let sound = match reads {
        true => found.found == answer.found,
        false => found.bytes == answer.bytes(),
    };
    let what = || {
        format!(
            "{}: {found:?} in place of {:?}, {} bytes",
            answer.name,
            answer.found,
            answer.bytes()
        )
    };
    sound.then_some(()).ok_or_else(|| what().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_of_one_protocol_refuses_the_job_of_another() {
        let job = |scenario: &str| {
            let arguments = [scenario, "reqwest", "127.0.0.1:1", "1"].map(str::to_owned);
            Job::read(arguments).expect("a scenario").1
        };
        let both = [Protocol::ChatCompletions, Protocol::Embeddings];
        assert!(job("small").only_in(&both[..1]).is_ok());
        assert!(job("vectors-1").only_in(&both).is_ok());
        let refused = job("gemini-small").only_in(&both).unwrap_err();
        assert_eq!(refused.to_string(), "it speaks ChatCompletions and Embeddings alone");
        assert_eq!(job("gemini-small").base, "http://127.0.0.1:1/gemini-small/v1beta");
    }
}
