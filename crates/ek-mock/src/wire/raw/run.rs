//! Does the steps of one connection, over anything that reads and writes: TCP, TLS, or memory.

use std::any::Any;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::net::TcpStream;

use super::closed::Ending;
use super::connection_log::ConnectionLog;
use super::no_request::NoRequest;
use super::peer::{ByteStream, Peer};
use super::read_request::read_request;
use super::step::{Choose, Step};
use super::{Closed, Connection, RawRequest};

/// Runs a script on a stream. The caller drops the stream afterwards.
pub(super) async fn run<S: ByteStream>(
    stream: &mut S,
    script: &Connection,
    log: &ConnectionLog,
) -> Ending {
    let mut run = Run {
        peer: Peer::new(stream, log),
        script,
        log,
        ahead: script.steps.clone().into(),
        request: None,
        write_ended: false,
    };
    while let Some(step) = run.ahead.pop_front() {
        if let ControlFlow::Break(ending) = run.step(step).await {
            return ending;
        }
    }
    run.peer.shut_down().await;
    Closed::ByServer.into()
}

struct Run<'a, S> {
    peer: Peer<'a, S>,
    script: &'a Connection,
    log: &'a ConnectionLog,
    ahead: VecDeque<Step>,
    request: Option<RawRequest>,
    write_ended: bool,
}

impl<S: ByteStream> Run<'_, S> {
    async fn step(&mut self, step: Step) -> ControlFlow<Ending> {
        match step {
            Step::ReadRequest => self.read_request().await,
            Step::ReadSome(most) => self.read_some(most).await,
            Step::ReadExactly(count) => self.read_exactly(count).await,
            Step::Write(bytes) => self.write(&bytes).await,
            Step::WritePieces(pieces) => {
                for piece in pieces.iter() {
                    self.write(piece).await?;
                    tokio::task::yield_now().await;
                }
                ControlFlow::Continue(())
            }
            Step::WriteTimes(bytes, times) => {
                let mut written = 0;
                while times.is_none_or(|times| written < times) {
                    self.write(&bytes).await?;
                    written += 1;
                }
                ControlFlow::Continue(())
            }
            Step::Choose(choose) => self.choose(&*choose),
            Step::Pause(duration) => {
                tokio::time::sleep(duration).await;
                ControlFlow::Continue(())
            }
            Step::Tunnel(to) => self.tunnel(to).await,
            Step::HalfClose => {
                self.write_ended = true;
                self.peer.shut_down().await;
                ControlFlow::Continue(())
            }
            Step::Fin => {
                self.peer.shut_down().await;
                ended(Closed::ByServer)
            }
            Step::Cut => ended(Closed::ByServer),
            Step::Rst => ControlFlow::Break(Ending { closed: Closed::ByServer, reset: true }),
            Step::Stall => ended(self.peer.until_closed().await),
            Step::Repeat => self.repeat().await,
        }
    }

    async fn read_request(&mut self) -> ControlFlow<Ending> {
        match read_request(&mut self.peer, self.log.index()).await {
            Ok(request) => {
                self.log.request(request.clone());
                self.request = Some(request);
                ControlFlow::Continue(())
            }
            Err(NoRequest::Ended(closed)) => ended(closed),
            Err(NoRequest::Incomplete(closed, what)) => {
                self.log.incomplete_request(&what);
                if self.script.strict {
                    self.log.failure(&what);
                }
                ended(closed)
            }
            Err(NoRequest::Malformed(why)) => {
                self.fail(&format!("what the peer sent is no HTTP/1 request: {why}"))
            }
        }
    }

    async fn read_some(&mut self, most: usize) -> ControlFlow<Ending> {
        if self.peer.unread().is_empty() {
            or_ended(self.peer.fill().await)?;
        }
        self.log.unparsed(&self.peer.take(most));
        ControlFlow::Continue(())
    }

    async fn read_exactly(&mut self, count: usize) -> ControlFlow<Ending> {
        let read = self.peer.take_exactly(count).await;
        match read {
            Ok(bytes) => {
                self.log.unparsed(&bytes);
                ControlFlow::Continue(())
            }
            Err(closed) => {
                self.log.unparsed(self.peer.unread());
                ended(closed)
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> ControlFlow<Ending> {
        if self.write_ended {
            return self.fail("the script writes after half_close()");
        }
        or_ended(self.peer.write(bytes).await)
    }

    async fn tunnel(&mut self, to: SocketAddr) -> ControlFlow<Ending> {
        match TcpStream::connect(to).await {
            Ok(upstream) => ended(self.peer.carry_to(upstream).await),
            Err(error) => self.fail(&format!("the tunnel's target cannot be reached: {error}")),
        }
    }

    fn choose(&mut self, choose: &Choose) -> ControlFlow<Ending> {
        let Some(request) = &self.request else {
            return self.fail("the script answers a request and has read none");
        };
        match catch_unwind(AssertUnwindSafe(|| choose(request))) {
            Ok(chosen) => {
                for step in chosen.steps.into_iter().rev() {
                    self.ahead.push_front(step);
                }
                ControlFlow::Continue(())
            }
            Err(panic) => {
                self.fail(&format!("the closure that answers panicked: {}", message_of(&*panic)))
            }
        }
    }

    async fn repeat(&mut self) -> ControlFlow<Ending> {
        let first = self.script.steps.first();
        if first.is_none_or(|step| matches!(step, Step::Repeat)) {
            return self.fail("the script repeats nothing");
        }
        self.ahead = self.script.steps.clone().into();
        // A script that never waits for anything must not keep the runtime to itself.
        tokio::task::yield_now().await;
        ControlFlow::Continue(())
    }

    fn fail(&self, what: &str) -> ControlFlow<Ending> {
        self.log.failure(what);
        ended(Closed::ByServer)
    }
}

fn ended(closed: Closed) -> ControlFlow<Ending> {
    ControlFlow::Break(closed.into())
}

fn or_ended(done: Result<(), Closed>) -> ControlFlow<Ending> {
    match done {
        Ok(()) => ControlFlow::Continue(()),
        Err(closed) => ended(closed),
    }
}

fn message_of(panic: &(dyn Any + Send)) -> &str {
    match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text,
        (None, None) => "(no text)",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::wire::raw::records::Records;
    use crate::wire::response;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::time::Instant;

    #[tokio::test]
    async fn steps_run_over_a_stream_in_memory_as_well() {
        let records = Arc::new(Records::default());
        let log = ConnectionLog::open(&records);
        let (mut client, mut server) = tokio::io::duplex(64);
        let script = Connection::new()
            .read_request()
            .respond(|request| response(200, &[], &request.body))
            .rst();
        let client = async {
            let request = b"POST / HTTP/1.1\r\ncontent-length: 2\r\n\r\nhi";
            client.write_all(request).await.expect("the request is taken");
            let mut answer = String::new();
            client.read_to_string(&mut answer).await.expect("an answer");
            answer
        };
        let server = async {
            let ending = run(&mut server, &script, &log).await;
            drop(server);
            ending
        };
        let (answer, ending) = tokio::join!(client, server);
        assert!(answer.ends_with("\r\n\r\nhi"), "{answer}");
        assert_eq!((ending.closed, ending.reset), (Closed::ByServer, true));
        assert_eq!(records.read(|traffic| traffic.requests.len()), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_takes_its_time_on_tokios_clock() {
        let records = Arc::new(Records::default());
        let log = ConnectionLog::open(&records);
        let (_client, mut server) = tokio::io::duplex(64);
        let hour = Duration::from_secs(3600);
        let script = Connection::new().write_every(hour, ["a", "b"]).pause(hour);
        let start = Instant::now();
        let ending = run(&mut server, &script, &log).await;
        assert_eq!(ending, Closed::ByServer.into());
        assert_eq!(start.elapsed(), 3 * hour);
    }
}
