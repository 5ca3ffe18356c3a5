//! An HTTP/1 connection: a handle that one call at a time has, and the task that drives the socket.
//!
//! When a call is over, its connection is mostly at rest and returns to the pool at once. Where it is not
//! (the end of the body is still to be read, or the request still to be written), the task gets the
//! handle and returns it when the connection is at rest, or closes the connection. So no call needs a
//! task of its own.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use hyper::client::conn::http1::{Connection, SendRequest, handshake};
use tokio::runtime;
use tokio::time::{Sleep, sleep};

use super::parts::{Exclusive, Parts};
use super::shared::Shared;
use super::socket::{Closer, REST_LIMIT, Socket};
use crate::transport::body::OneShot;

/// The right to use a connection.
pub(super) struct Handle {
    pub(super) sender: SendRequest<OneShot>,
    /// The number of its socket.
    pub(super) socket: u64,
    link: Arc<Link>,
}

/// Begins to speak HTTP/1 on a socket, driven by a task of this runtime.
pub(super) async fn begin<P>(
    socket: Socket<P>,
    shared: &Arc<Shared<P>>,
    runtime: &runtime::Handle,
) -> hyper::Result<Handle>
where
    P: Parts<Exclusive = Handle, Closer = Closer<P>>,
{
    let id = socket.id();
    let (sender, connection) = handshake(socket).await?;
    let link = Arc::new(Link::default());
    let driver = Driver { connection, id, link: link.clone(), shared: shared.clone(), left: None };
    shared.set_task(id, runtime.spawn(driver).abort_handle());
    Ok(Handle { sender, socket: id, link })
}

impl Handle {
    pub(super) fn is_at_rest(&self) -> bool {
        self.sender.is_ready()
    }

    /// Leaves it to the connection's task.
    pub(super) fn leave<P: Parts>(self, shared: &Arc<Shared<P>>) {
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

impl Exclusive for Handle {
    fn socket(&self) -> u64 {
        self.socket
    }

    fn is_closed(&self) -> bool {
        self.sender.is_closed()
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

    /// What was left. This waker is called as soon as something is.
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
struct Driver<P: Parts> {
    connection: Connection<Socket<P>, OneShot>,
    id: u64,
    link: Arc<Link>,
    shared: Arc<Shared<P>>,
    left: Option<Left>,
}

/// What a call has left to the task.
struct Left {
    sender: SendRequest<OneShot>,
    /// Set once the connection has proved to be busy; callers no longer wait for it then.
    rest_limit: Option<Pin<Box<Sleep>>>,
}

impl<P: Parts<Exclusive = Handle>> Future for Driver<P> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        // The call has the error already, if there was one.
        if Pin::new(&mut this.connection).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        if let Some(sender) = this.link.take(cx) {
            this.left = Some(Left { sender, rest_limit: None });
        }
        let Some(left) = &mut this.left else {
            return Poll::Pending;
        };
        if let Poll::Ready(Ok(())) = left.sender.poll_ready(cx) {
            this.rest();
            return Poll::Pending;
        }
        let is_first_look = left.rest_limit.is_none();
        let rest_limit = left.rest_limit.get_or_insert_with(|| Box::pin(sleep(REST_LIMIT)));
        let polled = rest_limit.as_mut().poll(cx);
        if is_first_look {
            this.is_busy();
        }
        polled
    }
}

impl<P: Parts<Exclusive = Handle>> Driver<P> {
    fn rest(&mut self) {
        let Some(Left { sender, rest_limit }) = self.left.take() else {
            return;
        };
        let mut state = self.shared.lock();
        if rest_limit.is_none() {
            state.end_return(self.id);
        }
        let handle = Handle { sender, socket: self.id, link: Arc::clone(&self.link) };
        self.shared.rest(handle, state);
    }
}

impl<P: Parts> Driver<P> {
    /// Callers do not wait for this connection any longer, but dial.
    fn is_busy(&self) {
        let mut state = self.shared.lock();
        state.end_return(self.id);
        self.shared.hand_out(state);
    }
}

impl<P: Parts> Drop for Driver<P> {
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
