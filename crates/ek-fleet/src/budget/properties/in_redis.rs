//! The properties of budgets on a server, with the store in memory beside it as the oracle; apart, since they need Redis.

use redis::Commands as _;
use tokio::runtime::Runtime;

use super::*;
use crate::RedisStore;
use crate::server::RedisServer;

struct InRedis {
    runtime: Runtime,
    store: RedisStore,
    connection: std::cell::RefCell<redis::Connection>,
}

impl InRedis {
    fn open(server: &RedisServer) -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let store = runtime.block_on(async { RedisStore::open(server.url()) }).expect("a URL");
        let connection = redis::Client::open(server.url()).and_then(|c| c.get_connection());
        Self { runtime, store, connection: connection.expect("a connection").into() }
    }
}

impl Inspect for InRedis {
    fn ask(&self, question: &LeaseQuestion) -> LeaseAnswer {
        self.runtime.block_on(self.store.lease(question)).expect("an answer")
    }

    fn spent_and_reserved(&self, scope: &str, _: u64) -> (Counts, Counts) {
        let key = format!("{{{scope}}}:budget:0");
        let four = |name: &str| {
            [1, 2, 3, 4].map(|i| {
                let count: redis::RedisResult<Option<u64>> =
                    self.connection.borrow_mut().hget(&key, format!("{name}{i}"));
                count.expect("a count").unwrap_or(0)
            })
        };
        (four("spent"), four("reserved"))
    }

    fn expire(&self, scope: &str, id: &str) {
        let key = format!("{{{scope}}}:leases:0");
        let known: redis::RedisResult<Option<f64>> = self.connection.borrow_mut().zscore(&key, id);
        if known.expect("an answer").is_some() {
            let set: redis::RedisResult<()> = self.connection.borrow_mut().zadd(&key, id, 1);
            set.expect("an answer");
        }
    }
}

#[test]
fn no_interleaving_overspends_in_redis_which_answers_as_the_memory_does() {
    let Some(server) = RedisServer::for_test("the properties of budgets") else { return };
    let redis = InRedis::open(&server);
    let run = fastrand::u64(..);
    let case = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(config(96));
    let outcome = runner.run(&(limits(), steps()), |(limits, steps)| {
        case.set(case.get() + 1);
        let scope = format!("ek-test:{run:x}:{}", case.get());
        holds(&[&MemoryStore::default(), &redis], &scope, Window::Forever, limits, &steps);
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}
