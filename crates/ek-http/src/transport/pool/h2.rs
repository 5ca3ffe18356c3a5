//! An HTTP/2 connection: a handle that many calls share, and the task that drives all of it.
//!
//! hyper hands its inner futures (the connection, each request that waits for its head) to an
//! executor. Here that is the connection's own task: no call gets a task, nothing outlives the
//! connection, and what the peer says (its limits, that it is going away) is seen at once.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures_core::Stream as _;
use futures_util::stream::FuturesUnordered;
use hyper::client::conn::http2::{Builder, Connection, SendRequest};
use hyper::rt::Executor;
use hyper_util::rt::TokioTimer;
use tokio::runtime;
use tokio::sync::oneshot;
use tokio::time::{Sleep, sleep};

use super::gate::{Gate, Gated};
use super::parts::{self, Parts};
use super::shared::Shared;
use super::silence::Silence;
use super::socket::{Closer, REST_LIMIT, Socket};
use super::upload::Upload;
use crate::transport::head::MAX_HTTP2_HEAD;

/// Pings while streams are open; a peer that leaves one unanswered this long is dead.
const PING: Duration = Duration::from_secs(20);

/// How much of one stream a server may send before it is read, in bytes. Over this, a call with a slow
/// reader waits alone. It is the product of 100 Mbit/s and 160 ms: a large answer from far away is not
/// held up by it.
const STREAM_WINDOW: u32 = 2 * 1024 * 1024;

/// The same for all streams of a connection together: the most that HTTP/2 allows. A window that unread
/// streams could fill would stop every other call on the connection.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;

/// The limit of streams that hyper assumes until settings have come: one that no peer says, for a setting has
/// 32 bits, and a peer without a limit counts as `usize::MAX`. How many are used is up to `streams`.
const NO_SETTINGS_YET: usize = usize::MAX - 1;

/// How often the futures of a connection are polled before what they have written goes out, if some always have
/// more to write or a socket always wakes its task.
const MAX_ROUNDS: usize = 8;

/// What requests are sent by.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) requests: SendRequest<Upload>,
    silence: Arc<Silence>,
    failure: Arc<OnceLock<Arc<hyper::Error>>>,
    _held: Arc<oneshot::Sender<()>>,
}

impl Sender {
    /// What the connection has failed with. hyper does not say so to a request that it has not taken.
    pub(super) fn failure(&self) -> Option<Arc<hyper::Error>> {
        self.failure.get().cloned()
    }
}

impl parts::Sender for Sender {
    fn is_usable(&self) -> bool {
        !self.requests.is_closed()
    }

    fn begin_wait(&self) {
        self.silence.wait();
    }

    fn is_silent(&self) -> bool {
        self.silence.is_long()
    }
}

/// Begins to speak HTTP/2 on a socket, driven by a task of this runtime.
pub(super) async fn begin<P>(
    socket: Socket<P>,
    shared: &Arc<Shared<P>>,
    runtime: &runtime::Handle,
) -> hyper::Result<Sender>
where
    P: Parts<Sender = Sender, Closer = Closer<P>>,
{
    let id = socket.id();
    let begun = Tasks::default();
    let gate = Gate::default();
    let silence = Arc::new(Silence::new());
    let handshake = Builder::new(begun.clone())
        .timer(TokioTimer::new())
        .keep_alive_interval(PING)
        .keep_alive_timeout(PING)
        .keep_alive_while_idle(false)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .initial_max_send_streams(NO_SETTINGS_YET)
        .max_header_list_size(MAX_HTTP2_HEAD)
        .handshake(Gated { socket, gate: gate.clone(), silence: Arc::clone(&silence) });
    let (sender, connection) = handshake.await?;
    let (held, left) = oneshot::channel();
    let sender =
        Sender { requests: sender, silence, failure: Arc::default(), _held: Arc::new(held) };
    shared.lock().local(runtime).shared.add(id, sender.clone());
    let driver = Driver {
        connection: Some(connection),
        failure: Arc::clone(&sender.failure),
        begun,
        running: FuturesUnordered::new(),
        gate,
        shared: Arc::clone(shared),
        runtime: runtime.id(),
        id,
        limit: NO_SETTINGS_YET,
        left,
        rest_limit: None,
    };
    shared.set_task(id, runtime.spawn(driver).abort_handle());
    Ok(sender)
}

type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where hyper leaves its futures for the connection's task, which is the one that calls it.
#[derive(Clone, Default)]
struct Tasks(Arc<Mutex<Vec<Task>>>);

impl Tasks {
    fn lock(&self) -> MutexGuard<'_, Vec<Task>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, future: F) {
        self.lock().push(Box::pin(future));
    }
}

/// The task of a connection. It ends with the socket.
struct Driver<P: Parts> {
    /// What takes requests in; gone when the connection takes no more.
    connection: Option<Connection<Gated<Socket<P>>, Upload, Tasks>>,
    failure: Arc<OnceLock<Arc<hyper::Error>>>,
    begun: Tasks,
    running: FuturesUnordered<Task>,
    gate: Gate,
    shared: Arc<Shared<P>>,
    runtime: runtime::Id,
    id: u64,
    limit: usize,
    /// Ends when every handle has been dropped.
    left: oneshot::Receiver<()>,
    rest_limit: Option<Pin<Box<Sleep>>>,
}

impl<P: Parts> Future for Driver<P> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        this.gate.shut();
        for _ in 0..MAX_ROUNDS {
            let begun = mem::take(&mut *this.begun.lock());
            this.running.extend(begun);
            this.run(cx);
            // After the frames that have come: it learns from them that the peer is going away.
            if let Some(connection) = &mut this.connection
                && let Poll::Ready(end) = Pin::new(connection).poll(cx)
            {
                if let Err(error) = end {
                    this.failure.get_or_init(|| Arc::new(error));
                }
                this.connection = None;
                this.retire();
            }
            // A stream that was asked for opens here, and its body comes with the next turn.
            this.run(cx);
            if this.begun.lock().is_empty() {
                break;
            }
        }
        if this.gate.open() {
            this.run(cx);
        }
        if !this.begun.lock().is_empty() {
            cx.waker().wake_by_ref();
        }
        this.report_limit();
        if this.connection.is_none() && this.running.is_empty() {
            return Poll::Ready(());
        }
        this.poll_rest_limit(cx)
    }
}

impl<P: Parts> Driver<P> {
    /// Polls what can go on of the futures that hyper has left.
    fn run(&mut self, cx: &mut Context<'_>) {
        while let Poll::Ready(Some(())) = Pin::new(&mut self.running).poll_next(cx) {}
    }

    fn report_limit(&mut self) {
        let Some(connection) = &self.connection else {
            return;
        };
        let limit = connection.current_max_send_streams();
        if limit != self.limit {
            self.limit = limit;
            let mut state = self.shared.lock();
            state.sockets.set_streams(limit);
            let local = state.find(self.runtime);
            let spare = local.and_then(|local| local.shared.set_limit(self.id, limit));
            self.shared.hand_out(state);
            drop(spare);
        }
    }

    /// The end of the time that a connection has for its goodbye when the last handle to it is gone:
    /// its peer may never read it, or keep a stream open that no call reads.
    fn poll_rest_limit(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.rest_limit.is_none() {
            ready!(Pin::new(&mut self.left).poll(cx)).unwrap_or_default();
        }
        let limit = self.rest_limit.get_or_insert_with(|| Box::pin(sleep(REST_LIMIT)));
        limit.as_mut().poll(cx)
    }

    fn retire(&self) {
        let mut state = self.shared.lock();
        let sender = state.find(self.runtime).and_then(|local| local.shared.retire(self.id));
        self.shared.hand_out(state);
        drop(sender);
    }
}

impl<P: Parts> Drop for Driver<P> {
    fn drop(&mut self) {
        self.retire();
        // Each of them holds the queue in which it lies.
        let begun = mem::take(&mut *self.begun.lock());
        drop(begun);
    }
}
