//! Takes connections in and gives each its task.

use std::io;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::Closed;
use super::connection_log::ConnectionLog;
use super::handler::{Handler, Handlers};
use super::records::Records;

/// Accepts until the other end of `stop` is dropped; then all sockets are closed before it returns.
pub(super) async fn accept(
    listener: TcpListener,
    handlers: impl Handlers,
    tls: Option<TlsAcceptor>,
    records: Arc<Records>,
    mut stop: oneshot::Receiver<()>,
) {
    let mut connections = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = &mut stop => break,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            // The peer was gone before it was taken in.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
            Err(error) => {
                let text = format!("no connection can be accepted any more: {error}");
                records.update(|traffic| traffic.failures.push(text));
                // Those that there are go on.
                let _ = stop.await;
                break;
            }
        };
        let log = ConnectionLog::open(&records);
        match handlers.handler(log.index()) {
            Ok(handler) => {
                connections.spawn(serve(stream, handler, tls.clone(), log));
            }
            Err(why) => {
                log.failure(&why);
                drop(stream);
            }
        }
    }
    drop(listener);
    connections.shutdown().await;
}

async fn serve(
    mut stream: TcpStream,
    handler: impl Handler,
    tls: Option<TlsAcceptor>,
    log: ConnectionLog,
) {
    // Pieces are to go out as they were written. A socket that refuses this is as good as gone,
    // which the first step will see.
    let _ = stream.set_nodelay(true);
    let closed = match tls.filter(|_| handler.wants_handshake()) {
        None => {
            let ending = handler.handle(&mut stream, &log).await;
            close(stream, ending.reset);
            ending.closed
        }
        Some(acceptor) => match acceptor.accept(stream).await {
            Ok(mut stream) => {
                let ending = handler.handle(&mut stream, &log).await;
                close(stream.into_inner().0, ending.reset);
                ending.closed
            }
            Err(error) => {
                log.handshake_failure(&error);
                Closed::from_error(&error)
            }
        },
    };
    log.finish(closed);
}

fn close(stream: TcpStream, reset: bool) {
    if reset {
        let _ = stream.set_zero_linger();
    }
    drop(stream);
}
