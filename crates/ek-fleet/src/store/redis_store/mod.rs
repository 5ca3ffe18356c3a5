//! The store in Redis or Valkey: one Lua script for each question.
//!
//! A script runs as a whole and by the server's clock. The client keeps one connection for all questions and
//! makes it anew where it breaks.

mod connection;
mod error;
#[cfg(feature = "tls")]
mod tls;

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use ek_core::Result;
use redis::{Script, ScriptInvocation};

use super::{
    Answer, Counts, LeaseAnswer, LeaseQuestion, OpenCircuit, RateAnswer, RateQuestion, Store,
    StoreError,
};
use crate::kinds;
use connection::Connection;
#[cfg(feature = "tls")]
pub use tls::RedisTls;

/// A store in Redis 6.2 or newer, or in Valkey. Clones share the connection.
///
/// ```no_run
/// # async fn run() -> ek_core::Result<()> {
/// use ek_fleet::{Fleet, FleetOptions, RedisStore};
///
/// let store = RedisStore::open("redis://127.0.0.1/")?;
/// let fleet = Fleet::new(store, FleetOptions::default())?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RedisStore {
    connection: Connection,
}

impl RedisStore {
    /// A store at this URL: `redis://[user:password@]host[:port][/db]`, `rediss://` for TLS (feature `tls`), or
    /// `redis+unix:///path`. It is connected to when it is first asked, so that a Redis that is away does not
    /// keep a program from starting.
    ///
    /// # Errors
    /// [`ErrorKind::Config`](ek_core::ErrorKind::Config) if the URL cannot be used, or there is no tokio runtime.
    /// The message does not show the URL.
    pub fn open(url: &str) -> Result<Self> {
        Ok(Self { connection: Connection::one(url)? })
    }

    /// As [`open`](Self::open), with certificates of your own. The URL begins with `rediss://`.
    ///
    /// # Errors
    /// As [`open`](Self::open), and where a certificate or a key cannot be read.
    #[cfg(feature = "tls")]
    pub fn open_with_tls(url: &str, tls: &RedisTls) -> Result<Self> {
        Ok(Self { connection: Connection::one_with_tls(url, tls)? })
    }

    /// A store in a Redis Cluster that these nodes belong to; one of them is enough, several outlive it.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "cluster")]
    pub fn open_cluster(nodes: impl IntoIterator<Item = impl Into<String>>) -> Result<Self> {
        let nodes = nodes.into_iter().map(Into::into).collect();
        Ok(Self { connection: Connection::cluster(nodes)? })
    }

    /// As [`open_cluster`](Self::open_cluster), with certificates of your own. All URLs begin with `rediss://`.
    ///
    /// # Errors
    /// As [`open_with_tls`](Self::open_with_tls).
    #[cfg(all(feature = "cluster", feature = "tls"))]
    pub fn open_cluster_with_tls(
        nodes: impl IntoIterator<Item = impl Into<String>>,
        tls: &RedisTls,
    ) -> Result<Self> {
        let nodes = nodes.into_iter().map(Into::into).collect();
        Ok(Self { connection: Connection::cluster_with_tls(nodes, tls)? })
    }

    /// Asks in a task of its own, which sees how a question ends whose asker has stopped waiting: a connection
    /// without an answer is replaced then.
    async fn ask<T: redis::FromRedisValue + Send + 'static>(
        &self,
        question: ScriptInvocation<'static>,
    ) -> std::result::Result<T, StoreError> {
        let connection = self.connection.clone();
        let asked = tokio::spawn(async move { connection.ask(&question).await });
        let answer = asked.await.map_err(|_| StoreError::new("the runtime has ended"))?;
        answer.map_err(|error| StoreError::new(error::describe(&error)))
    }
}

fn lease_script() -> &'static Script {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    let code = concat!(include_str!("window.lua"), include_str!("lease.lua"));
    SCRIPT.get_or_init(|| Script::new(code))
}

fn rate_script() -> &'static Script {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    SCRIPT.get_or_init(|| Script::new(include_str!("rate.lua")))
}

fn circuits_script() -> &'static Script {
    static SCRIPT: OnceLock<Script> = OnceLock::new();
    SCRIPT.get_or_init(|| Script::new(include_str!("circuits.lua")))
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX).min(super::MAX_COUNT)
}

/// The scope in braces: a cluster keeps all keys with the same text in braces together.
fn key(scope: &str) -> String {
    format!("{{{scope}}}")
}

impl Store for RedisStore {
    fn lease<'a>(&'a self, asked: &'a LeaseQuestion) -> Answer<'a, LeaseAnswer> {
        Box::pin(async move {
            let mut question = lease_script().key(key(&asked.scope));
            question.arg(asked.window.name()).arg(milliseconds(asked.ttl));
            question.arg(&asked.id).arg(u8::from(asked.begun)).arg(asked.calls);
            for limit in asked.limits {
                question.arg(limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX)));
            }
            for counts in [asked.spent, asked.returned, asked.under_way, asked.need] {
                for count in counts {
                    question.arg(count);
                }
            }
            let answer: Vec<i64> = self.ask(question).await?;
            let [known, holders, start, ends, counts @ ..] = answer.as_slice() else {
                return Err(unreadable());
            };
            let four = |from: usize| -> std::result::Result<Counts, StoreError> {
                let mut four = [0; 4];
                let found = counts.get(from..from + 4).ok_or_else(unreadable)?;
                for (count, found) in four.iter_mut().zip(found) {
                    *count = u64::try_from(*found).map_err(|_| unreadable())?;
                }
                Ok(four)
            };
            Ok(LeaseAnswer {
                known: *known == 1,
                granted: four(0)?,
                left: four(4)?,
                others: four(8)?,
                holders: u64::try_from(*holders).unwrap_or(0),
                window: (
                    u64::try_from(*start).map_err(|_| unreadable())?,
                    u64::try_from(*ends).ok().map(Duration::from_millis),
                ),
            })
        })
    }

    fn rate<'a>(&'a self, asked: &'a RateQuestion) -> Answer<'a, RateAnswer> {
        Box::pin(async move {
            let mut question = rate_script().key(key(&asked.scope));
            question.arg(asked.requests_per_minute).arg(asked.burst).arg(asked.tokens_per_minute);
            question.arg(asked.requests).arg(asked.tokens).arg(milliseconds(asked.cool_down));
            question.arg(&asked.process).arg(milliseconds(asked.ttl));
            let answer: (i64, i64, u64, u64) = self.ask(question).await?;
            let (requests_at, tokens_at, cooling, holders) = answer;
            let cooling = Duration::from_micros(cooling);
            Ok(RateAnswer { requests_at, tokens_at, cooling, holders })
        })
    }

    fn circuits<'a>(
        &'a self,
        scope: &'a str,
        publish: Option<OpenCircuit>,
    ) -> Answer<'a, Vec<OpenCircuit>> {
        Box::pin(async move {
            let mut question = circuits_script().key(key(scope));
            if let Some(circuit) = publish {
                question.arg(circuit.member).arg(milliseconds(circuit.open_for));
                question.arg(circuit.why.map_or("other", kinds::name));
            }
            let open: Vec<(String, u64, String)> = self.ask(question).await?;
            let open = open.into_iter().map(|(member, open_for, why)| OpenCircuit {
                member,
                open_for: Duration::from_millis(open_for),
                why: kinds::of(&why),
            });
            Ok(open.collect())
        })
    }
}

fn unreadable() -> StoreError {
    StoreError::new("the script gave an answer of another form")
}

/// Shows no address, since it may have a password in it.
impl fmt::Debug for RedisStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisStore").finish_non_exhaustive()
    }
}
