//! The scripts beside their twins in Rust: windows, rates and circuits. Budgets have a property test of their
//! own (`budget/properties.rs`).

use std::time::Duration;

use ek_core::ErrorKind;
use redis::Script;

use super::*;
use crate::server::{RedisServer, first_on};

/// Both stores, and a scope of their own.
fn stores(server: &RedisServer) -> (RedisStore, MemoryStore, String) {
    let redis = RedisStore::open(server.url()).expect("a URL");
    (redis, MemoryStore::default(), format!("ek-test:{:x}", fastrand::u64(..)))
}

#[test]
fn valkey_is_taken_where_there_is_no_redis() {
    let folder = std::env::temp_dir().join(format!("ek-path-{:x}", fastrand::u64(..)));
    let (one, other) = (folder.join("one"), folder.join("other"));
    let place = |file: &std::path::Path| {
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, "").expect("a file");
    };
    let path = std::env::join_paths([&one, &other]).expect("a path");
    assert_eq!(first_on(&path), None);
    place(&one.join("valkey-server"));
    assert_eq!(first_on(&path), Some(one.join("valkey-server")));
    place(&other.join("redis-server"));
    assert_eq!(first_on(&path), Some(other.join("redis-server")));
    std::fs::remove_dir_all(folder).expect("it is there");
}

#[tokio::test]
async fn windows_begin_and_end_in_redis_when_they_do_here() {
    let Some(server) = RedisServer::for_test("windows") else { return };
    let client = redis::Client::open(server.url()).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let code = concat!(
        include_str!("redis_store/window.lua"),
        "return { window(ARGV[1], tonumber(ARGV[2])) }"
    );
    let script = Script::new(code);
    // Every 9.7 days from 2023 to 2049, and with a leap day in between.
    let times = (0..1_000).map(|n| 1_672_531_199_999 + n * 838_080_000);
    for now in times.chain([1_709_251_199_999, 1_709_251_200_000]) {
        for window in [Window::Forever, Window::Day, Window::Month] {
            let mut question = script.arg(window.name());
            let answer: (u64, u64) =
                question.arg(now).invoke_async(&mut connection).await.expect("an answer");
            let (start, end) = window.around(now);
            assert_eq!(answer, (start, end.unwrap_or(0)), "{window:?} at {now}");
        }
    }
}

/// One call of a budget of 1,000, for a new lease of this name.
pub(super) fn lease(scope: &str, id: &str) -> LeaseQuestion {
    LeaseQuestion {
        scope: scope.to_owned(),
        window: Window::Month,
        limits: [Some(1_000), None, None, None],
        id: id.to_owned(),
        begun: false,
        spent: [0; 4],
        returned: [0; 4],
        under_way: [0; 4],
        need: [1, 0, 0, 0],
        calls: 50,
        ttl: Duration::from_secs(10),
    }
}

pub(super) fn rate(scope: &str, requests: u64, tokens: u64) -> RateQuestion {
    RateQuestion {
        scope: scope.to_owned(),
        requests_per_minute: 600,
        burst: 5,
        tokens_per_minute: 6_000,
        requests,
        tokens,
        cool_down: Duration::ZERO,
        process: "p".to_owned(),
        ttl: Duration::from_secs(10),
    }
}

/// To the nearest second.
fn seconds(duration: Duration) -> u64 {
    (duration + Duration::from_millis(500)).as_secs()
}

/// Where the places begin, in tenths of a second.
async fn places(store: &dyn Store, question: RateQuestion) -> (i64, i64, u64) {
    let answer = store.rate(&question).await.expect("an answer");
    let tenths = |micros: i64| (micros + 50_000).div_euclid(100_000);
    (tenths(answer.requests_at), tenths(answer.tokens_at), seconds(answer.cooling))
}

/// A burst of five, then an interval of 100 ms; tokens of a minute, then 10 ms each; after a cool-down no burst.
#[tokio::test]
async fn both_stores_reserve_the_same_places_of_a_rate() {
    let Some(server) = RedisServer::for_test("rates") else { return };
    let (redis, memory, scope) = stores(&server);
    for store in [&redis as &dyn Store, &memory] {
        let asked = [
            places(store, rate(&scope, 3, 6_000)).await,
            places(store, rate(&scope, 4, 30)).await,
            places(store, RateQuestion { cool_down: Duration::from_secs(2), ..rate(&scope, 0, 0) })
                .await,
            places(store, rate(&scope, 1, 0)).await,
            places(store, rate(&scope, 1, 0)).await,
        ];
        assert_eq!(
            asked,
            [(-4, -600, 0), (-1, 0, 0), (20, 3, 2), (20, 3, 2), (21, 3, 2)],
            "{store:?}"
        );
    }
}

#[tokio::test]
async fn both_stores_show_an_open_circuit_until_its_time_is_over() {
    let Some(server) = RedisServer::for_test("circuits") else { return };
    let (redis, memory, scope) = stores(&server);
    let circuit = |seconds, why| OpenCircuit {
        member: "near".to_owned(),
        open_for: Duration::from_secs(seconds),
        why: Some(why),
    };
    for store in [&redis as &dyn Store, &memory] {
        let publish = async |circuit| {
            let open = store.circuits(&scope, circuit).await.expect("an answer");
            open.into_iter().map(|open| (seconds(open.open_for), open.why)).collect()
        };
        let none: Vec<(u64, Option<ErrorKind>)> = publish(None).await;
        assert_eq!(none, []);
        publish(Some(circuit(30, ErrorKind::RateLimited))).await;
        // A shorter time takes nothing away from a longer one.
        let open: Vec<_> = publish(Some(circuit(5, ErrorKind::Server))).await;
        assert_eq!(open, [(30, Some(ErrorKind::RateLimited))], "{store:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_an_error_without_its_address() {
    let secret = "redis://someone:hunter2@127.0.0.1:1/";
    let store = RedisStore::open(secret).expect("a URL");
    let error = store.circuits("s", None).await.expect_err("no server listens there");
    assert_eq!(error.to_string(), "connection refused");
    let shown = format!("{error} {error:?} {store:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("someone"), "{shown}");
    let error = RedisStore::open("ftp://someone:hunter2@host").expect_err("no such scheme");
    assert!(!error.to_string().contains("hunter2"), "{error}");
}

#[tokio::test]
async fn a_server_that_has_forgotten_the_scripts_gets_them_again() {
    let Some(server) = RedisServer::own_for_test("forgotten scripts") else { return };
    let (redis, _, scope) = stores(&server);
    redis.rate(&rate(&scope, 1, 0)).await.expect("an answer");
    let client = ::redis::Client::open(server.url()).expect("a URL");
    let mut connection = client.get_multiplexed_async_connection().await.expect("a connection");
    let flushed: ::redis::RedisResult<()> =
        ::redis::cmd("SCRIPT").arg("FLUSH").query_async(&mut connection).await;
    flushed.expect("the scripts are gone");
    redis.rate(&rate(&scope, 1, 0)).await.expect("an answer");
}
