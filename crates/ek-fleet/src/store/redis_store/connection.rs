//! The connection to one Redis or to a cluster: made when it is first needed, and anew where it breaks.
//!
//! It stands apart because the scripts do not depend on where they run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, RedisError, RedisResult, ScriptInvocation};

use super::error::unusable;
#[cfg(feature = "tls")]
use super::tls::{self, RedisTls};

/// The longest time for a connection to be made, names and TLS included.
const CONNECT: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) enum Connection {
    One(Arc<One>),
    #[cfg(feature = "cluster")]
    Cluster(Box<cluster::Lazy>),
}

impl Connection {
    pub(super) fn one(url: &str) -> Result<Self> {
        check(&[url])?;
        Self::of(Client::open(url).map_err(|error| unusable(&error))?)
    }

    #[cfg(feature = "tls")]
    pub(super) fn one_with_tls(url: &str, tls: &RedisTls) -> Result<Self> {
        check(&[url])?;
        let client = Client::build_with_tls(url, tls.certificates()?);
        Self::of(client.map_err(|error| unusable(&error))?)
    }

    fn of(client: Client) -> Result<Self> {
        let first = connect(&client).map_err(|error| unusable(&error))?;
        Ok(Self::One(Arc::new(One { client, current: Mutex::new((0, first)) })))
    }

    #[cfg(feature = "cluster")]
    pub(super) fn cluster(nodes: Vec<String>) -> Result<Self> {
        check(&nodes)?;
        Ok(Self::Cluster(Box::new(cluster::Lazy::new(nodes, |builder| builder)?)))
    }

    #[cfg(all(feature = "cluster", feature = "tls"))]
    pub(super) fn cluster_with_tls(nodes: Vec<String>, tls: &RedisTls) -> Result<Self> {
        check(&nodes)?;
        let certificates = tls.certificates()?;
        let lazy = cluster::Lazy::new(nodes, |builder| builder.certs(certificates))?;
        Ok(Self::Cluster(Box::new(lazy)))
    }

    pub(super) async fn ask<T: FromRedisValue>(
        &self,
        question: &ScriptInvocation<'_>,
    ) -> RedisResult<T> {
        match self {
            Self::One(one) => one.ask(question).await,
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => question.invoke_async(&mut cluster.connection().await?).await,
        }
    }
}

/// The connection to one Redis, and what a new one is made with.
pub(super) struct One {
    client: Client,
    /// With its number, so that several questions that fail together replace it once.
    current: Mutex<(u64, ConnectionManager)>,
}

impl One {
    async fn ask<T: FromRedisValue>(&self, question: &ScriptInvocation<'_>) -> RedisResult<T> {
        let (number, mut manager) = self.lock().clone();
        let answer = question.invoke_async(&mut manager).await;
        if answer.as_ref().is_err_and(leads_elsewhere) {
            let mut current = self.lock();
            if current.0 == number {
                *current = (number + 1, connect(&self.client)?);
            }
        }
        answer
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, (u64, ConnectionManager)> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the name may lead to another server by now: this one is a replica, or does not answer. The client makes
/// a broken connection anew by itself, and keeps one like this.
fn leads_elsewhere(error: &RedisError) -> bool {
    error.is_timeout() || error.code() == Some("READONLY")
}

fn connect(client: &Client) -> RedisResult<ConnectionManager> {
    let config = ConnectionManagerConfig::new()
        .set_number_of_retries(0)
        .set_connection_timeout(Some(CONNECT))
        // Later answers are of no use to those who asked.
        .set_response_timeout(Some(CONNECT));
    ConnectionManager::new_lazy_with_config(client.clone(), config)
}

/// What has to be there before a client is made.
fn check(urls: &[impl AsRef<str>]) -> Result<()> {
    let runtime = "the Redis store needs a tokio runtime";
    tokio::runtime::Handle::try_current().map_err(|_| Error::new(ErrorKind::Config, runtime))?;
    if !urls.iter().any(|url| url.as_ref().starts_with("rediss:")) {
        return Ok(());
    }
    #[cfg(feature = "tls")]
    return tls::install_cryptography();
    #[cfg(not(feature = "tls"))]
    Err(Error::new(ErrorKind::Config, "a Redis behind TLS needs the feature `tls` of ek-fleet"))
}

#[cfg(feature = "cluster")]
mod cluster {
    //! A connection to a cluster, made when it is first needed.

    use std::sync::Arc;

    use redis::RedisResult;
    use redis::cluster::{ClusterClient, ClusterClientBuilder};
    use redis::cluster_async::ClusterConnection;
    use tokio::sync::OnceCell;

    use super::{CONNECT, Result, unusable};

    #[derive(Clone)]
    pub(in super::super) struct Lazy {
        client: ClusterClient,
        connection: Arc<OnceCell<ClusterConnection>>,
    }

    impl Lazy {
        pub(super) fn new(
            nodes: Vec<String>,
            adapt: impl FnOnce(ClusterClientBuilder) -> ClusterClientBuilder,
        ) -> Result<Self> {
            let builder = ClusterClientBuilder::new(nodes).retries(0);
            let builder = builder.connection_timeout(CONNECT).response_timeout(CONNECT);
            let client = adapt(builder).build().map_err(|error| unusable(&error))?;
            Ok(Self { client, connection: Arc::default() })
        }

        pub(super) async fn connection(&self) -> RedisResult<ClusterConnection> {
            let connect = || self.client.get_async_connection();
            self.connection.get_or_try_init(connect).await.cloned()
        }
    }
}
