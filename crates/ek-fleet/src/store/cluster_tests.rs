//! Three nodes of a Redis Cluster: each scope lies on one of them, and the fleet does not see which.

use std::path::PathBuf;
use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ek_core::ErrorKind;
use ek_patterns::{Budget, Estimate};

use super::*;
use crate::server::{RedisServer, free_port, may_start};
use crate::{Fleet, FleetOptions, Rate};

const NODES: u16 = 3;
const SLOTS: u16 = 16_384;

/// The longest time for the nodes to agree on who has which slots. It takes them about two seconds.
const AGREED: Duration = Duration::from_secs(20);

struct Node {
    server: RedisServer,
    bus: u16,
    connection: MultiplexedConnection,
}

impl Node {
    async fn start(folder: &std::path::Path, number: u16) -> Self {
        let bus = free_port().expect("a port");
        let file = folder.join(number.to_string());
        let words = [
            ["--cluster-enabled", "yes"],
            ["--cluster-port", &bus.to_string()],
            ["--cluster-config-file", file.to_str().expect("a path in UTF-8")],
            // Nodes that have met wait for a part of it before they answer.
            ["--cluster-node-timeout", "1000"],
            ["--appendonly", "no"],
        ];
        let server = RedisServer::start_with(None, words.concat()).expect("a node");
        let client = ::redis::Client::open(server.url()).expect("a URL");
        let connection = client.get_multiplexed_async_connection().await.expect("a connection");
        Self { server, bus, connection }
    }

    async fn ask<T: ::redis::FromRedisValue>(&mut self, words: &str) -> T {
        let mut words = words.split(' ');
        let mut command = ::redis::cmd(words.next().expect("a command"));
        command.arg(words.collect::<Vec<_>>());
        command.query_async(&mut self.connection).await.expect("an answer")
    }

    async fn has_agreed(&mut self) -> bool {
        let info: String = self.ask("CLUSTER INFO").await;
        info.contains("cluster_state:ok") && info.contains(&format!("cluster_known_nodes:{NODES}"))
    }
}

/// Nodes that have agreed, and the folder of their files.
struct Cluster {
    nodes: Vec<Node>,
    folder: PathBuf,
}

impl Cluster {
    async fn start() -> Self {
        let folder = std::env::temp_dir().join(format!("ek-nodes-{:x}", fastrand::u64(..)));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut nodes = Vec::new();
        for number in 0..NODES {
            nodes.push(Node::start(&folder, number).await);
        }
        let (port, bus) = (nodes[0].server.port(), nodes[0].bus);
        for (number, node) in (0..NODES).zip(&mut nodes) {
            let (first, last) = (number * (SLOTS / NODES), (number + 1) * (SLOTS / NODES) - 1);
            let last = if number + 1 == NODES { SLOTS - 1 } else { last };
            let _: () = node.ask(&format!("CLUSTER ADDSLOTSRANGE {first} {last}")).await;
            if number > 0 {
                let _: () = node.ask(&format!("CLUSTER MEET 127.0.0.1 {port} {bus}")).await;
            }
        }
        for node in &mut nodes {
            let agreed = async {
                // A node says when it is asked, and has no event for it.
                while !node.has_agreed().await {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            };
            tokio::time::timeout(AGREED, agreed).await.expect("the nodes agree");
        }
        for node in &mut nodes {
            // From now on a slow machine is no reason to give a node up.
            let _: () = node.ask("CONFIG SET cluster-node-timeout 15000").await;
        }
        Self { nodes, folder }
    }

    fn fleet(&self) -> Fleet {
        let urls = self.nodes.iter().map(|node| node.server.url());
        let store = RedisStore::open_cluster(urls).expect("URLs");
        // A slow machine is no reason to go on alone.
        let options = FleetOptions::default().with_timeout(Duration::from_secs(5));
        Fleet::new(store, options).expect("options")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // What is left over lies in the system's folder for such files.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

#[tokio::test]
async fn budgets_rates_and_circuits_of_many_names_lie_on_all_nodes_of_a_cluster() {
    if !may_start("a cluster") {
        return;
    }
    let mut cluster = Cluster::start().await;
    let fleets = [cluster.fleet(), cluster.fleet()];
    for name in 0..8 {
        let budget = |at: usize| {
            let budget = Budget::default().with_calls(4);
            fleets[at].ledger(&format!("budget {name}"), budget, Window::Day).expect("a budget")
        };
        let ledgers = [budget(0), budget(1)];
        for call in 0..4 {
            let call = ledgers[call % 2].acquire(Estimate::new(1, 1)).await;
            call.expect("four calls are covered").mark_sent();
        }
        let error = ledgers[0].acquire(Estimate::new(1, 1)).await.expect_err("it is used up");
        assert!(error.to_string().contains("does not cover another call"), "{error}");
        let rate = Rate::per_minute(600);
        let limiter = fleets[0].limiter(&format!("rate {name}"), rate).expect("a rate");
        limiter.acquire().await;
    }
    let store = RedisStore::open_cluster([cluster.nodes[0].server.url()]).expect("a URL");
    let open_for = Duration::from_secs(60);
    for scope in ["near", "far"] {
        let why = Some(ErrorKind::Server);
        let circuit = OpenCircuit { member: "a".to_owned(), open_for, why };
        let open = store.circuits(scope, Some(circuit)).await.expect("an answer");
        assert_eq!((open.len(), open[0].why), (1, Some(ErrorKind::Server)));
    }
    for node in &mut cluster.nodes {
        let keys: u64 = node.ask("DBSIZE").await;
        assert!(keys > 0, "no name lies on node {}", node.server.port());
        // A broken connection is made anew.
        let _: u64 = node.ask("CLIENT KILL TYPE normal SKIPME yes").await;
    }
    let again = async {
        for scope in ["near", "far"] {
            while store.circuits(scope, None).await.map(|open| open.len()) != Ok(1) {
                tokio::task::yield_now().await;
            }
        }
    };
    tokio::time::timeout(AGREED, again).await.expect("it connects anew");
}
