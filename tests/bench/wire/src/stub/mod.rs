//! The server: hyper behind TLS and, where a door is far, behind a delaying hop. It runs in a process of
//! its own, so that nothing of it is in the client's figures, and counts what clients do.

mod answer;
mod certificate;
mod far;
mod speak;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bench_load::Outcome;
use bench_load::answers;
use bench_load::wire::door::{self, DISTANCE, Door};
use bench_load::wire::raise_files;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket};

use answer::Prepared;
use certificate::Certificate;
use far::Far;

/// The name of the door that tells what was counted.
pub const COUNTS: &str = "counts";

/// What clients did.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    connections: AtomicU64,
    handshakes: AtomicU64,
    pub(crate) requests: AtomicU64,
}

/// What every connection needs.
struct Stub {
    counts: Counts,
    answers: HashMap<&'static str, Prepared>,
    certificate: Certificate,
}

/// Prints a line for each door with its address, and the certificate in PEM; answers until it is ended.
///
/// # Errors
/// If it cannot listen.
pub async fn serve() -> Outcome<()> {
    raise_files()?;
    let prepared = answers::all().into_iter().map(|answer| (answer.name, Prepared::of(answer)));
    let certificate = Certificate::new()?;
    let pem = certificate.pem();
    let stub = Stub { counts: Counts::default(), answers: prepared.collect(), certificate };
    let stub = Arc::new(stub);
    for door in door::ALL {
        let listener = listen()?;
        println!("{} {}", door.name, listener.local_addr()?);
        let stub = Arc::clone(&stub);
        tokio::spawn(async move { accept(&listener, door, &stub).await });
    }
    let counts = listen()?;
    print!("{COUNTS} {}\n{pem}", counts.local_addr()?);
    loop {
        let (mut socket, _) = counts.accept().await?;
        let Counts { connections, handshakes, requests } = &stub.counts;
        let [connections, handshakes, requests] =
            [connections, handshakes, requests].map(|count| count.swap(0, Ordering::Relaxed));
        socket.write_all(format!("{connections} {handshakes} {requests}").as_bytes()).await?;
    }
}

/// With room for a burst: a connection that finds none waits for a second.
fn listen() -> Outcome<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    Ok(socket.listen(16 * 1024)?)
}

async fn accept(listener: &TcpListener, door: Door, stub: &Arc<Stub>) -> Outcome<()> {
    loop {
        let (socket, _) = listener.accept().await?;
        socket.set_nodelay(true)?;
        stub.counts.connections.fetch_add(1, Ordering::Relaxed);
        let stub = Arc::clone(stub);
        // A client that goes away is its own affair.
        match door.far {
            true => {
                let socket = Far::new(socket, DISTANCE);
                tokio::spawn(async move { drop(secure(socket, door, stub).await) });
            }
            false => {
                tokio::spawn(async move { drop(secure(socket, door, stub).await) });
            }
        }
    }
}

async fn secure<S>(socket: S, door: Door, stub: Arc<Stub>) -> Outcome<()>
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    if !door.tls {
        return speak::http1(socket, stub).await;
    }
    let stream = stub.certificate.acceptor(door.http2).accept(socket).await?;
    stub.counts.handshakes.fetch_add(1, Ordering::Relaxed);
    match stream.get_ref().1.alpn_protocol() {
        Some(b"h2") => speak::http2(stream, stub, door.limit).await,
        _ => speak::http1(stream, stub).await,
    }
}
