//! The connection to one Redis or to a cluster: made when it is first needed, and anew where it breaks.
//!
//! It stands apart because the scripts do not depend on where they run.

use std::time::Duration;

use ek_core::{Error, ErrorKind, Result};
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::{Client, FromRedisValue, RedisResult, ScriptInvocation};

use super::error::unusable;
#[cfg(feature = "tls")]
use super::tls::{self, RedisTls};

/// The longest time for a connection to be made, names and TLS included.
const CONNECT: Duration = Duration::from_secs(1);

#[derive(Clone)]
pub(super) enum Connection {
    One(ConnectionManager),
    #[cfg(feature = "cluster")]
    Cluster(Box<cluster::Lazy>),
}

impl Connection {
    pub(super) fn one(url: &str) -> Result<Self> {
        check(&[url])?;
        Self::manage(Client::open(url).map_err(|error| unusable(&error))?)
    }

    #[cfg(feature = "tls")]
    pub(super) fn one_with_tls(url: &str, tls: &RedisTls) -> Result<Self> {
        check(&[url])?;
        let client = Client::build_with_tls(url, tls.certificates()?);
        Self::manage(client.map_err(|error| unusable(&error))?)
    }

    fn manage(client: Client) -> Result<Self> {
        let config = ConnectionManagerConfig::new()
            .set_number_of_retries(0)
            .set_connection_timeout(Some(CONNECT))
            // Later answers are of no use to those who asked.
            .set_response_timeout(Some(CONNECT));
        let manager = ConnectionManager::new_lazy_with_config(client, config);
        Ok(Self::One(manager.map_err(|error| unusable(&error))?))
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
            Self::One(manager) => question.invoke_async(&mut manager.clone()).await,
            #[cfg(feature = "cluster")]
            Self::Cluster(cluster) => question.invoke_async(&mut cluster.connection().await?).await,
        }
    }
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
