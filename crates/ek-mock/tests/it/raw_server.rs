//! The scripted server over plain TCP: what a client sees of each step, and what the server records.

use std::io::ErrorKind;
use std::time::Duration;

use ek_mock::wire::{
    Closed, Connection, RawScript, RawServer, chunk, chunked, response, response_head,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const GET: &[u8] = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Nothing here takes long; this keeps a broken server from holding the test run up.
pub(crate) async fn in_time<T>(future: impl Future<Output = T>) -> T {
    let limited = tokio::time::timeout(Duration::from_secs(30), future);
    limited.await.expect("it should not take so long")
}

pub(crate) async fn connect(server: &RawServer) -> TcpStream {
    let connected = in_time(TcpStream::connect(server.addr())).await;
    connected.expect("a connection")
}

async fn send(client: &mut TcpStream, bytes: &[u8]) {
    in_time(client.write_all(bytes)).await.expect("bytes sent");
}

async fn read_to_end(client: &mut TcpStream) -> String {
    let mut text = String::new();
    let read = in_time(client.read_to_string(&mut text)).await;
    read.expect("an end in order");
    text
}

async fn read(client: &mut TcpStream, count: usize) -> String {
    let mut bytes = vec![0; count];
    let read = in_time(client.read_exact(&mut bytes)).await;
    read.expect("as many bytes");
    String::from_utf8(bytes).expect("text")
}

async fn exchange(server: &RawServer, bytes: &[u8]) -> String {
    let mut client = connect(server).await;
    send(&mut client, bytes).await;
    read_to_end(&mut client).await
}

fn ok() -> Connection {
    Connection::new().read_request().write(response(200, &[], "ok"))
}

#[tokio::test]
async fn a_request_is_on_record_when_its_answer_has_come() {
    let server = RawServer::start(ok()).await;
    let request = b"POST /v1?key=sk-1 HTTP/1.1\r\nX-Key:  sk-2 \r\nContent-Length: 4\r\n\r\nbody";
    assert_eq!(exchange(&server, request).await, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
    let requests = server.requests();
    assert_eq!(requests.len(), server.request_count());
    let seen = &requests[0];
    assert_eq!((seen.connection, seen.method.as_str()), (0, "POST"));
    assert_eq!((seen.target.as_str(), seen.path()), ("/v1?key=sk-1", "/v1"));
    assert_eq!(seen.header("x-key"), Some("sk-2"));
    assert_eq!(seen.body_text(), "body");
    assert_eq!(seen.head, request[..request.len() - 4]);
    assert_eq!(server.bytes_received(0), request.len() as u64);
    assert!(!format!("{server:?}{requests:?}").contains("sk-"));
}

#[tokio::test]
async fn a_request_may_come_byte_by_byte_and_in_chunks() {
    let server = RawServer::start(ok()).await;
    let mut client = connect(&server).await;
    client.set_nodelay(true).expect("no delay");
    let mut request = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    request.extend(chunk("four"));
    request.extend(b"5;name=value\r\n and \r\n");
    request.extend(chunk("sixteen letters."));
    request.extend(b"0\r\ntrailer: 1\r\n\r\n");
    for byte in request {
        send(&mut client, &[byte]).await;
        tokio::task::yield_now().await;
    }
    read_to_end(&mut client).await;
    assert_eq!(server.requests()[0].body_text(), "four and sixteen letters.");
}

#[tokio::test]
async fn a_repeated_script_serves_requests_until_the_peer_closes() {
    let server = RawServer::start(ok().repeat()).await;
    let mut client = connect(&server).await;
    let answer = response(200, &[], "ok").len();
    // Two at once, then one more: what is read too early belongs to the next request.
    send(&mut client, &[GET, GET].concat()).await;
    read(&mut client, 2 * answer).await;
    send(&mut client, GET).await;
    read(&mut client, answer).await;
    assert_eq!(server.open_connections(), 1);
    drop(client);
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByPeer);
    assert_eq!(server.open_connections(), 0);
    assert_eq!((server.request_count(), server.connection_count()), (3, 1));
    assert!(server.incomplete_requests().is_empty());
}

#[tokio::test]
async fn an_answer_can_be_computed_from_the_request() {
    let script = Connection::new()
        .read_request()
        .choose(|request| match request.path() {
            "/last" => ok_without_reading().fin(),
            _ => ok_without_reading(),
        })
        .repeat();
    let server = RawServer::start(script).await;
    let both = b"GET /first HTTP/1.1\r\n\r\nGET /last HTTP/1.1\r\n\r\n";
    assert_eq!(exchange(&server, both).await, "/first\n/last\n");
}

fn ok_without_reading() -> Connection {
    Connection::new().respond(|request| format!("{}\n", request.path()).into_bytes())
}

#[tokio::test]
async fn pieces_arrive_one_by_one() {
    let pieces = ["HTTP/1.1 200 OK\r\n", "\r\n", "one", "two"];
    let script = Connection::new().read_request().write_pieces(pieces);
    let server = RawServer::start(script).await;
    let mut client = connect(&server).await;
    send(&mut client, GET).await;
    let mut seen = Vec::new();
    let mut buffer = [0; 64];
    loop {
        let count = in_time(client.read(&mut buffer)).await.expect("a read");
        if count == 0 {
            break;
        }
        seen.push(String::from_utf8_lossy(&buffer[..count]).into_owned());
    }
    assert_eq!(seen.concat(), pieces.concat());
    // The kernel may join some; that it joins all would mean that they went out as one.
    assert!(seen.len() > 1, "{seen:?}");
}

#[tokio::test]
async fn a_reset_comes_after_the_bytes_that_were_written_before_it() {
    let head = response_head(200, &[("content-length", "10")]);
    let script = Connection::new().read_request().write(&head).write("four").rst();
    let server = RawServer::start(script).await;
    let mut client = connect(&server).await;
    send(&mut client, GET).await;
    assert!(read(&mut client, head.len() + 4).await.ends_with("\r\n\r\nfour"));
    let error = in_time(client.read_u8()).await.expect_err("a reset");
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByServer);
}

#[tokio::test]
async fn a_connection_without_steps_is_closed_in_order() {
    for script in [Connection::new(), Connection::new().fin(), Connection::new().cut()] {
        let server = RawServer::start(script).await;
        assert_eq!(read_to_end(&mut connect(&server).await).await, "");
        assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByServer);
    }
}

#[tokio::test]
async fn a_stalled_connection_records_how_the_peer_ended_it() {
    let silent = Connection::new().read_request().stall();
    let talking = Connection::new().read_request().write("x").stall();
    let server = RawServer::start(RawScript::in_order([silent, talking])).await;
    for expected in [Closed::ByPeer, Closed::Reset] {
        let index = server.connection_count();
        let mut client = connect(&server).await;
        send(&mut client, GET).await;
        in_time(server.wait_for_requests(index + 1)).await;
        if expected == Closed::Reset {
            // It must be there, unread, for the kernel to answer a close with a reset.
            in_time(client.readable()).await.expect("a byte to read");
        }
        drop(client);
        assert_eq!(in_time(server.wait_closed(index)).await, expected);
    }
}

#[tokio::test]
async fn an_answer_in_the_middle_of_an_upload_arrives_whole() {
    let script = Connection::new()
        .read_some(100)
        .write(response(413, &[], "too large"))
        .half_close()
        .stall();
    let server = RawServer::start(script).await;
    let mut client = connect(&server).await;
    send(&mut client, b"POST / HTTP/1.1\r\ncontent-length: 1000000\r\n\r\n").await;
    send(&mut client, &vec![b'a'; 500_000]).await;
    let answer = read_to_end(&mut client).await;
    assert!(answer.starts_with("HTTP/1.1 413 Content Too Large\r\n"), "{answer}");
    drop(client);
    assert_eq!(in_time(server.wait_closed(0)).await, Closed::ByPeer);
    assert!(server.unparsed(0).starts_with(b"POST / HTTP/1.1\r\n"));
    assert!(server.unparsed(0).len() <= 100);
    assert!(server.bytes_received(0) > 500_000);
}

#[tokio::test]
async fn a_body_without_an_end_ends_with_the_client() {
    let endless = Connection::new().read_request().write_endlessly("data: x\n\n");
    let counted = Connection::new().read_request().write_times("12345", 10_000);
    let server = RawServer::start(RawScript::in_order([endless, counted])).await;
    let mut client = connect(&server).await;
    send(&mut client, GET).await;
    read(&mut client, 90_000).await;
    drop(client);
    assert!(in_time(server.wait_closed(0)).await.is_by_peer());
    assert_eq!(exchange(&server, GET).await, "12345".repeat(10_000));
}

#[tokio::test]
async fn connections_get_their_steps_in_order_and_then_the_rest() {
    let named = |name: &str| Connection::new().write(name).fin();
    let script = RawScript::in_order([named("a"), named("b")]).then_every(named("c"));
    let server = RawServer::start(script).await;
    for expected in ["a", "b", "c", "c"] {
        assert_eq!(read_to_end(&mut connect(&server).await).await, expected);
    }
    in_time(server.wait_for_connections(4)).await;
}

#[tokio::test]
async fn a_tunnel_carries_bytes_to_another_server() {
    let origin = RawServer::start(ok()).await;
    let proxy = Connection::new()
        .read_exactly(3)
        .write([5, 0])
        .read_request()
        .write(response(200, &[], ""))
        .tunnel(origin.addr());
    let proxy = RawServer::start(proxy).await;
    let mut client = connect(&proxy).await;
    send(&mut client, &[5, 1, 0]).await;
    read(&mut client, 2).await;
    let request = [b"CONNECT host:443 HTTP/1.1\r\n\r\n", GET].concat();
    send(&mut client, &request).await;
    assert!(read_to_end(&mut client).await.ends_with("\r\n\r\nok"));
    drop(client);
    assert_eq!(in_time(proxy.wait_closed(0)).await, Closed::ByPeer);
    assert_eq!(proxy.unparsed(0), [5, 1, 0]);
    assert_eq!(proxy.requests()[0].target, "host:443");
    assert_eq!(origin.request_count(), 1);
}

#[tokio::test]
async fn a_wait_is_woken_by_what_it_waits_for() {
    let script = Connection::new().read_request().write(response(
        200,
        &[("transfer-encoding", "chunked")],
        chunked(["ok"]),
    ));
    let server = RawServer::start(script).await;
    let waiting = async {
        server.wait_for_connections(2).await;
        server.wait_for_requests(2).await;
        (server.wait_closed(0).await, server.wait_closed(1).await)
    };
    let asking = async {
        for _ in 0..2 {
            assert!(exchange(&server, GET).await.ends_with("2\r\nok\r\n0\r\n\r\n"));
        }
    };
    let (closed, ()) = in_time(async { tokio::join!(waiting, asking) }).await;
    assert_eq!(closed, (Closed::ByServer, Closed::ByServer));
}

#[tokio::test]
async fn a_stopped_server_has_closed_its_port_and_its_connections() {
    let server = RawServer::start(Connection::new().stall()).await;
    let addr = server.addr();
    let mut client = connect(&server).await;
    in_time(server.wait_for_connections(1)).await;
    in_time(server.stop()).await;
    assert_eq!(read_to_end(&mut client).await, "");
    let refused = in_time(TcpStream::connect(addr)).await;
    let error = refused.expect_err("nobody listens");
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[tokio::test]
async fn a_dropped_server_closes_its_connections() {
    let server = RawServer::start(Connection::new().stall()).await;
    let mut client = connect(&server).await;
    in_time(server.wait_for_connections(1)).await;
    drop(server);
    assert_eq!(read_to_end(&mut client).await, "");
}

#[tokio::test]
async fn uri_names_scheme_host_and_port() {
    let server = RawServer::start(ok()).await;
    assert_eq!(server.uri(), format!("http://127.0.0.1:{}", server.addr().port()));
    assert!(server.tls().is_none());
}

#[test]
fn the_server_and_its_waits_can_go_to_another_thread() {
    fn is_send<T: Send>(_: impl Fn(&'static RawServer) -> T) {}
    fn is_send_and_sync<T: Send + Sync>() {}
    is_send_and_sync::<RawServer>();
    is_send(|server| server.wait_closed(0));
    is_send(|server| server.wait_for_requests(1));
}
