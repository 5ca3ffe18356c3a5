//! A Redis that refuses, forgets a part or sets its clock back: a clear error or the stated rule, and never more
//! than the budget.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ek_patterns::{Budget, Estimate, Ledger};

use super::*;
use crate::server::RedisServer;
use crate::{Fleet, FleetOptions, OnLoss};

struct Redis {
    server: RedisServer,
    connection: MultiplexedConnection,
}

impl Redis {
    async fn start(test: &str) -> Option<Self> {
        let server = RedisServer::own_for_test(test)?;
        let client = ::redis::Client::open(server.url()).expect("a URL");
        let connection = client.get_multiplexed_async_connection().await.expect("a connection");
        Some(Self { server, connection })
    }

    async fn ask<T: ::redis::FromRedisValue>(&mut self, words: &str) -> T {
        let mut words = words.split(' ');
        let mut command = ::redis::cmd(words.next().expect("a command"));
        command.arg(words.collect::<Vec<_>>());
        command.query_async(&mut self.connection).await.expect("an answer")
    }

    fn store(&self) -> RedisStore {
        RedisStore::open(self.server.url()).expect("a URL")
    }

    /// A process with a share of a budget of this many calls.
    fn ledger(&self, calls: u64) -> (Fleet, Ledger) {
        let options = FleetOptions::default()
            .with_on_loss(OnLoss::Refuse)
            .with_timeout(Duration::from_secs(5)) // a slow machine is not a store that is away
            .with_lease(Duration::from_secs(2));
        let fleet = Fleet::new(self.store(), options).expect("options");
        let budget = Budget::default().with_calls(calls);
        let ledger = fleet.ledger("team", budget, Window::Forever).expect("a budget");
        (fleet, ledger)
    }
}

async fn call(ledger: &Ledger) -> Result<(), String> {
    let call = ledger.acquire(Estimate::new(1, 1)).await;
    call.map(|mut call| call.mark_sent()).map_err(|error| error.to_string())
}

async fn calls(ledger: &Ledger) -> u64 {
    let mut calls = 0;
    while call(ledger).await.is_ok() {
        calls += 1;
    }
    calls
}

/// What is done to Redis, what it then answers, and what makes it well again.
const REFUSALS: [(&str, &str, &str); 5] = [
    ("CONFIG SET maxmemory 1", "Redis answered OOM", "CONFIG SET maxmemory 0"),
    ("REPLICAOF 127.0.0.1 1", "Redis answered READONLY", "REPLICAOF NO ONE"),
    (
        "RENAME {ek:team}:budget:0 kept",
        "Redis answered WRONGTYPE",
        "RENAME kept {ek:team}:budget:0",
    ),
    ("RENAME {ek:team}:held:0 kept", "Redis answered WRONGTYPE", "RENAME kept {ek:team}:held:0"),
    ("ACL SETUSER default -evalsha -eval", "Redis answered NOPERM", "ACL SETUSER default +@all"),
];

#[tokio::test]
async fn each_refusal_of_redis_is_named_and_costs_nothing_once_it_is_over() {
    let Some(mut redis) = Redis::start("refusals").await else { return };
    let (_fleet, ledger) = redis.ledger(60);
    let mut sent = 0;
    for (break_it, expected, mend) in REFUSALS {
        let () = redis.ask(break_it).await;
        let renamed = break_it.strip_prefix("RENAME ").and_then(|rest| rest.split(' ').next());
        if let Some(key) = renamed {
            let () = redis.ask(&format!("SET {key} text")).await;
        }
        let why = loop {
            match call(&ledger).await {
                Ok(()) => sent += 1,
                Err(why) => break why,
            }
        };
        assert!(why.contains(expected), "{break_it}: {why}");
        if let Some(key) = renamed {
            let _: u64 = redis.ask(&format!("DEL {key}")).await;
        }
        let () = redis.ask(mend).await;
        let well = async {
            while call(&ledger).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), well).await.expect(mend);
        sent += 1;
    }
    sent += calls(&ledger).await;
    assert_eq!(sent, 60);
}

#[tokio::test]
async fn a_redis_that_is_busy_is_away_until_it_is_not() {
    let Some(mut redis) = Redis::start("a busy Redis").await else { return };
    let store = redis.store();
    store.rate(&tests::rate("s", 1, 0)).await.expect("an answer");
    let () = redis.ask("CONFIG SET busy-reply-threshold 1").await;
    let mut other = redis.connection.clone();
    let busy = tokio::spawn(async move {
        let mut endless = ::redis::cmd("EVAL");
        endless.arg("while true do end").arg(0);
        endless.query_async::<()>(&mut other).await
    });
    let named = async {
        let expected = Err(StoreError::new("Redis answered BUSY"));
        while store.circuits("s", None).await != expected {}
    };
    tokio::time::timeout(Duration::from_secs(20), named).await.expect("it is busy");
    let client = ::redis::Client::open(redis.server.url()).expect("a URL");
    let mut second = client.get_multiplexed_async_connection().await.expect("a connection");
    let mut kill = ::redis::cmd("SCRIPT");
    kill.arg("KILL").query_async::<()>(&mut second).await.expect("it ends");
    busy.await.expect("a task").expect_err("it was killed");
    assert_eq!(store.circuits("s", None).await, Ok(Vec::new()));
}

#[tokio::test]
async fn whichever_part_of_a_budget_is_evicted_living_leases_keep_it_whole() {
    for parts in ["budget", "held", "leases", "budget held", "budget leases", "held leases"] {
        let Some(mut redis) = Redis::start("eviction").await else { return };
        let (first, second) = (redis.ledger(100), redis.ledger(100));
        let mut sent = 0;
        for ledger in [&first.1, &second.1] {
            for _ in 0..12 {
                call(ledger).await.expect("there is room");
                sent += 1;
            }
        }
        for part in parts.split(' ') {
            let _: u64 = redis.ask(&format!("DEL {{ek:team}}:{part}:0")).await;
        }
        sent += calls(&first.1).await + calls(&second.1).await;
        // Without budget and records, what was spent is forgotten, and what is held is spent beside it.
        let forgotten = if parts == "budget held" { 24 + 2 * 5 } else { 0 };
        assert!((95..=100 + forgotten).contains(&sent), "{parts}: {sent} calls");
        let counts: Vec<i64> = redis.ask("HMGET {ek:team}:budget:0 spent1 reserved1 busy").await;
        assert!(counts.iter().all(|count| (0..=100).contains(count)), "{parts}: {counts:?}");
    }
}

/// Times of the store move by setting what it has written, since its clock cannot be set.
#[tokio::test]
async fn a_clock_that_was_put_back_makes_nothing_wait_longer() {
    let Some(mut redis) = Redis::start("a clock").await else { return };
    let (store, hour) = (redis.store(), 3_600_000_000_u64);
    store.rate(&tests::rate("s", 20, 0)).await.expect("an answer");
    for field in ["requests", "tokens", "cool", "at"] {
        let _: u64 = redis.ask(&format!("HINCRBY {{s}}:rate {field} {hour}")).await;
    }
    let answer = store.rate(&tests::rate("s", 1, 0)).await.expect("an answer");
    assert!((0..3_000_000).contains(&answer.requests_at), "{answer:?}");

    let open_for = Duration::from_secs(30);
    let circuit = OpenCircuit { member: "near".to_owned(), open_for, why: None };
    store.circuits("s", Some(circuit)).await.expect("an answer");
    let text: String = redis.ask("HGET {s}:circuits near").await;
    let times = text.split(' ').filter_map(|word| word.parse::<u64>().ok());
    let times: Vec<_> = times.map(|time| (time + hour / 1_000).to_string()).collect();
    let mut set = ::redis::cmd("HSET");
    set.arg("{s}:circuits").arg("near").arg(format!("{} other", times.join(" ")));
    set.query_async::<()>(&mut redis.connection).await.expect("it is set");
    for _ in 0..2 {
        let open = store.circuits("s", None).await.expect("an answer");
        let left = open[0].open_for;
        assert!(left <= open_for && left > Duration::from_secs(5), "{left:?}");
    }
    let written: String = redis.ask("HGET {s}:circuits near").await;
    assert!(written.split(' ').next() < Some(times[0].as_str()), "it is written by the new clock");
}
