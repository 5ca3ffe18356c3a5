//! A name that leads to another Redis: behind a proxy whose old connections stay where they were.

use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::time::timeout;

use super::*;
use crate::server::RedisServer;

/// The longest time until a connection is replaced, on a machine that is busy.
const REPLACED: Duration = Duration::from_secs(20);

struct Proxy {
    url: String,
    target: Arc<AtomicU16>,
    silence: Arc<Notify>,
}

impl Proxy {
    async fn to(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("redis://{}/", listener.local_addr().expect("an address"));
        let (target, silence) = (Arc::new(AtomicU16::new(port)), Arc::new(Notify::new()));
        let (to, silent) = (Arc::clone(&target), Arc::clone(&silence));
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let port = to.load(Ordering::SeqCst);
                let silent = Arc::clone(&silent).notified_owned();
                tokio::spawn(async move {
                    let server = TcpStream::connect(("127.0.0.1", port)).await;
                    let mut server = server.expect("a Redis");
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut client, &mut server) => {}
                        // Both connections stay, and nothing comes through.
                        () = silent => std::future::pending().await,
                    }
                });
            }
        });
        Self { url, target, silence }
    }
}

#[tokio::test]
async fn a_connection_without_an_answer_is_replaced_though_its_asker_has_stopped_waiting() {
    let Some(server) = RedisServer::own_for_test("a silent connection") else { return };
    let proxy = Proxy::to(server.port()).await;
    let store = RedisStore::open(&proxy.url).expect("a URL");
    assert_eq!(store.circuits("s", None).await, Ok(Vec::new()));
    proxy.silence.notify_waiters();
    let moment = Duration::from_millis(50);
    timeout(moment, store.circuits("s", None)).await.expect_err("nothing comes through");
    let answered =
        async { while timeout(moment, store.circuits("s", None)).await != Ok(Ok(Vec::new())) {} };
    timeout(REPLACED, answered).await.expect("a new connection");
}

#[tokio::test]
async fn a_redis_that_has_become_a_replica_is_left_for_the_one_that_its_name_leads_to() {
    let Some(old) = RedisServer::own_for_test("a replica") else { return };
    let new = RedisServer::own_for_test("a replica").expect("as the first");
    let proxy = Proxy::to(old.port()).await;
    let store = RedisStore::open(&proxy.url).expect("a URL");
    store.rate(&tests::rate("s", 1, 0)).await.expect("an answer");
    let client = ::redis::Client::open(old.url()).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let mut replica = ::redis::cmd("REPLICAOF");
    replica.arg("127.0.0.1").arg(new.port()).query_async::<()>(&mut connection).await.expect("one");
    proxy.target.store(new.port(), Ordering::SeqCst);
    let error = store.rate(&tests::rate("s", 1, 0)).await.expect_err("it takes no writes");
    assert_eq!(error.to_string(), "Redis answered READONLY");
    store.rate(&tests::rate("s", 1, 0)).await.expect("the new one takes them");
}
