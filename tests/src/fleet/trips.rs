//! How often the store is asked, and what a call costs beside a ledger in the process.

use std::time::Instant;

use executionkit::fleet::{Fleet, RedisStore, Window};
use executionkit::{Budget, Estimate, Ledger, Usage};

use super::server::RedisServer;
use super::{Effort, Failure, options, runtime, text};

pub(super) fn run(effort: Effort) -> Result<String, Failure> {
    let calls = if effort == Effort::Quick { 2_000 } else { 100_000 };
    let server = RedisServer::start(None, None).map_err(text)?;
    let runtime = runtime()?;
    let budget = || Budget::default().with_calls(1_000_000_000);
    runtime.block_on(async {
        let alone = Ledger::new(budget()).map_err(text)?;
        let own = micros(&alone, calls).await?;
        let store = RedisStore::open(server.url()).map_err(text)?;
        let fleet = Fleet::new(store, options()).map_err(text)?;
        let shared = fleet.ledger("trips", budget(), Window::Forever).map_err(text)?;
        let leased = micros(&shared, calls).await?;
        let trips = commands(&server).await?;
        if trips * 20 > calls {
            return Err(format!("{trips} round trips for {calls} calls"));
        }
        let (each, calls_shown) = (calls / trips.max(1), calls);
        Ok(format!(
            "| ledger | calls | µs per call | round trips | calls per round trip |\n\
             | --- | --- | --- | --- | --- |\n\
             | in the process | {calls_shown} | {own:.2} | 0 | |\n\
             | shared | {calls_shown} | {leased:.2} | {trips} | {each} |\n"
        ))
    })
}

#[expect(clippy::cast_precision_loss, reason = "a small number")]
async fn micros(ledger: &Ledger, calls: u64) -> Result<f64, Failure> {
    let begun = Instant::now();
    for _ in 0..calls {
        let mut call = ledger.acquire(Estimate::new(10, 100)).await.map_err(text)?;
        call.mark_sent();
        call.settle(Usage::new(10, 20));
    }
    Ok(begun.elapsed().as_secs_f64() * 1e6 / calls as f64)
}

/// How many scripts the server has run.
async fn commands(server: &RedisServer) -> Result<u64, Failure> {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut connection =
        tokio::net::TcpStream::connect(("127.0.0.1", server.port())).await.map_err(text)?;
    connection.write_all(b"INFO commandstats\r\nQUIT\r\n").await.map_err(text)?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await.map_err(text)?;
    let line = answer.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
    let count = line.and_then(|line| line.split(',').next()).and_then(|count| count.parse().ok());
    count.ok_or_else(|| "the server does not count its commands".to_owned())
}
