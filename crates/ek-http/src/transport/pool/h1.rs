//! An HTTP/1 connection: a handle that one call at a time has, and the task that drives the socket.
//!
//! When a call is over, its connection is mostly at rest and goes back at once. If it is not yet (the
//! end of the body has still to be read, the upload to be finished), its task gets the handle and puts
//! it back when it is, or closes the connection. So no call needs a task of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use tokio::runtime;
use tokio::time::{Sleep, sleep};

use super::permit::Lease;
use super::socket::Socket;
use super::state::Shared;
use crate::transport::body::OneShot;

/// How long a connection whose call is over may take to come to rest.
const REST_LIMIT: Duration = Duration::from_secs(5);

/// The right to use a connection.
pub(super) struct Handle {
    pub(super) sender: SendRequest<OneShot>,
    /// The number of its socket.
    pub(super) socket: u64,
    link: Arc<Link>,
}

/// Begins to speak HTTP/1 on a socket, driven by a task of this runtime.
pub(super) async fn begin(
    socket: Socket,
    shared: &Arc<Shared>,
    runtime: &runtime::Handle,
) -> hyper::Result<Lease> {
    let id = socket.id();
    let (sender, connection) = handshake(socket).await?;
    let link = Arc::new(Link::default());
    let driver = Driver { connection, id, link: link.clone(), shared: shared.clone(), left: None };
    let task = runtime.spawn(driver).abort_handle();
    if let Some(open) = shared.lock().sockets.get_mut(id) {
        open.closer.task = Some(task);
    }
    Ok(Lease::Http1 { handle: Handle { sender, socket: id, link }, reused: false })
}

impl Handle {
    pub(super) fn is_at_rest(&self) -> bool {
        self.sender.is_ready()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Leaves it to the connection's task.
    pub(super) fn leave(self, shared: &Arc<Shared>) {
        let mut state = shared.lock();
        state.remove_call(self.socket);
        state.begin_return(self.socket);
        drop(state);
        if let Err(sender) = self.link.put(self.sender) {
            drop(sender);
            shared.lock().end_return(self.socket);
        }
    }
}

/// Where a call leaves the connection's sender for its task.
#[derive(Default)]
struct Link(Mutex<LinkState>);

#[derive(Default)]
struct LinkState {
    task: Option<Waker>,
    left: Option<SendRequest<OneShot>>,
    /// The task has ended.
    over: bool,
}

impl Link {
    fn lock(&self) -> MutexGuard<'_, LinkState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, sender: SendRequest<OneShot>) -> Result<(), SendRequest<OneShot>> {
        let mut state = self.lock();
        if state.over {
            return Err(sender);
        }
        state.left = Some(sender);
        let task = state.task.take();
        drop(state);
        if let Some(task) = task {
            task.wake();
        }
        Ok(())
    }

    /// What was left, and a call of this waker as soon as something is.
    fn take(&self, cx: &Context<'_>) -> Option<SendRequest<OneShot>> {
        let mut state = self.lock();
        match &mut state.task {
            Some(task) => task.clone_from(cx.waker()),
            None => state.task = Some(cx.waker().clone()),
        }
        state.left.take()
    }
}

/// The task of a connection. It ends with the socket.
struct Driver {
    connection: Connection<Socket, OneShot>,
    id: u64,
    link: Arc<Link>,
    shared: Arc<Shared>,
    left: Option<Left>,
}

/// What a call has left to the task.
struct Left {
    sender: SendRequest<OneShot>,
    /// Runs once the connection has proved to be busy still; callers do not wait for it then.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // The call has the error already, if there was one.
        if Pin::new(&mut this.connection).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if let Some(sender) = this.link.take(cx) {
            this.left = Some(Left { sender, patience: None });
        }
        let Some(left) = &mut this.left else {
            return Poll::Pending;
        };
        if let Poll::Ready(Ok(())) = left.sender.poll_ready(cx) {
            this.rest();
            return Poll::Pending;
        }
        let is_news = left.patience.is_none();
        let patience = left.patience.get_or_insert_with(|| Box::pin(sleep(REST_LIMIT)));
        let polled = patience.as_mut().poll(cx);
        if is_news {
            this.is_busy();
        }
        polled
    }
}

impl Driver {
    fn rest(&mut self) {
        let Some(Left { sender, patience }) = self.left.take() else {
            return;
        };
        let mut state = self.shared.lock();
        if patience.is_none() {
            state.end_return(self.id);
        }
        let handle = Handle { sender, socket: self.id, link: Arc::clone(&self.link) };
        self.shared.rest(handle, state);
    }

    /// Those who wait for this connection had better dial.
    fn is_busy(&self) {
        let mut state = self.shared.lock();
        state.end_return(self.id);
        self.shared.hand_out(state);
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let mut state = self.link.lock();
        state.over = true;
        let left = state.left.take();
        drop(state);
        if left.is_some() {
            self.is_busy();
        }
    }
}
