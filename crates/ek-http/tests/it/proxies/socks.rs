//! SOCKS5 proxies (RFC 1928): what they get, how they open the way, and each way in which they do not.

use ek_core::ErrorKind::Connect;
use ek_http::{Provider, TlsRoots};
use ek_mock::wire::{Connection, RawServer, ServerTls};

use super::{assert_works, fails, through, url};
use crate::support::{good, in_time, settings};

/// A SOCKS5 proxy (RFC 1928) that expects a request of `request` bytes.
fn socks(server: &RawServer, request: usize, credentials: Option<usize>) -> Connection {
    let greeted = match credentials {
        None => Connection::new().read_exactly(3).write([5, 0]),
        Some(length) => {
            Connection::new().read_exactly(4).write([5, 2]).read_exactly(length).write([1, 0])
        }
    };
    let granted = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    greeted.read_exactly(request).write(granted).tunnel(server.addr())
}

#[tokio::test]
async fn a_socks_proxy_gets_the_name_or_the_address() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let port = server.addr().port().to_be_bytes();
    // `socks5h`: 4 bytes of head, the length of the name, the name, the port.
    let proxy = RawServer::start(socks(&server, 5 + 9 + 2, None)).await;
    assert_works(through(&server, format!("socks5h://{}", proxy.addr()))).await;
    let named = [&[5, 1, 0][..], &[5, 1, 0, 3, 9], b"localhost", &port].concat();
    assert_eq!(proxy.unparsed(0), named);
    // An address is an address under either scheme.
    for scheme in ["socks5", "socks5h"] {
        let proxy = RawServer::start(socks(&server, 4 + 4 + 2, None)).await;
        let base = format!("https://127.0.0.1:{}/v1", server.addr().port());
        let ca = server.tls().map(ServerTls::ca_pem).unwrap_or_default();
        let settings = Provider::builder(base, "m").root_certificate(ca);
        let settings = settings.tls_roots(TlsRoots::Added);
        assert_works(settings.proxy(format!("{scheme}://{}", proxy.addr()))).await;
        let addressed = [&[5, 1, 0][..], &[5, 1, 0, 1, 127, 0, 0, 1], &port].concat();
        assert_eq!(proxy.unparsed(0), addressed, "{scheme}");
    }
}

#[tokio::test]
async fn a_socks_proxy_gets_the_port_of_the_scheme() {
    let server = RawServer::start(good()).await;
    let name = "a.internal";
    let proxy = RawServer::start(socks(&server, 5 + name.len() + 2, None)).await;
    let proxy_url = format!("socks5h://{}", proxy.addr());
    assert_works(settings(&format!("http://{name}")).proxy(proxy_url)).await;
    assert_eq!(proxy.unparsed(0)[3 + 5 + name.len()..], [0, 80]);
}

#[tokio::test]
async fn names_that_are_resolved_locally_use_the_fixed_addresses() {
    let server = RawServer::start(good()).await;
    let proxy = RawServer::start(socks(&server, 4 + 4 + 2, None)).await;
    let base =
        settings("http://a.internal:8000").resolve("a.internal", [([10, 1, 2, 3], 9).into()]);
    assert_works(base.proxy(format!("socks5://{}", proxy.addr()))).await;
    assert_eq!(proxy.unparsed(0)[3..], [5, 1, 0, 1, 10, 1, 2, 3, 0x1f, 0x40]);
}

#[tokio::test]
async fn a_socks_proxy_gets_the_credentials() {
    let server = RawServer::start(good()).await;
    let length = 2 + "user".len() + 1 + "MARKpass word".len();
    let proxy = RawServer::start(socks(&server, 4 + 4 + 2, Some(length))).await;
    assert_works(through(&server, url("socks5", &proxy))).await;
    let sent = proxy.unparsed(0);
    assert_eq!(sent[..4], [5, 2, 0, 2]);
    assert_eq!(&sent[4..4 + length], b"\x01\x04user\x0dMARKpass word");
}

/// The way stands, whatever address the proxy says that it connects from, and however its answers come.
#[tokio::test]
async fn a_socks_proxy_opens_the_way_in_any_form() {
    let server = RawServer::start_tls(good(), ServerTls::localhost()).await;
    let name = [&[5, 0, 0, 3, 5][..], b"bound", &[1, 2]].concat();
    let v6 = [&[5, 0, 0, 4][..], &[7; 16], &[1, 2]].concat();
    let nameless = vec![5, 0, 0, 3, 0, 1, 2];
    let reserved = vec![5, 0, 9, 1, 0, 0, 0, 0, 0, 0];
    for granted in [name, v6, nameless, reserved] {
        let asked = Connection::new().read_exactly(3).write_pieces([[5], [0]]).read_exactly(16);
        let script = asked.write_pieces(granted.chunks(1)).tunnel(server.addr());
        let proxy = RawServer::start(script).await;
        assert_works(through(&server, format!("socks5h://{}", proxy.addr()))).await;
    }
    // One that knows the client by its address does not ask for the credentials.
    let script = Connection::new().read_exactly(4).write([5, 0]).read_exactly(16);
    let granted = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let proxy = RawServer::start(script.write(granted).tunnel(server.addr())).await;
    assert_works(through(&server, url("socks5h", &proxy))).await;
    assert!(!String::from_utf8_lossy(&proxy.unparsed(0)).contains("MARK"));
}

#[tokio::test]
async fn a_socks_proxy_gets_an_address_of_ip_version_6() {
    let server = RawServer::start(good()).await;
    let proxy = RawServer::start(socks(&server, 4 + 16 + 2, None)).await;
    assert_works(settings("http://[::1]:8000").proxy(format!("socks5h://{}", proxy.addr()))).await;
    let address = [[0; 15].as_slice(), &[1]].concat();
    assert_eq!(proxy.unparsed(0)[3..], [&[5, 1, 0, 4][..], &address, &[0x1f, 0x40]].concat());
}

#[tokio::test]
async fn a_socks_proxy_that_wants_other_credentials_opens_no_way_whatever_is_asked() {
    let server = RawServer::start(good()).await;
    let without = |server, proxy: &RawServer| through(server, format!("socks5://{}", proxy.addr()));
    let greeted = || Connection::new().read_exactly(4);
    for (script, has_credentials) in [
        (greeted().write([5, 0xff]), true),
        // A way to agree on that was not offered.
        (greeted().write([5, 1]), true),
        (greeted().write([5, 2]).read_some(64).write([1, 1]), true),
        (greeted().write([5, 2]).read_some(64).write([5, 0xff]), true),
        (Connection::new().read_exactly(3).write([5, 0xff]), false),
        (Connection::new().read_exactly(3).write([5, 2]), false),
    ] {
        let proxy = RawServer::start(script).await;
        let settings = match has_credentials {
            true => through(&server, url("socks5", &proxy)),
            false => without(&server, &proxy),
        };
        // Not `Rejected`, which without a status is about the request: another provider may help.
        let error = fails(settings, Connect).await;
        assert_eq!((error.status(), error.is_retryable()), (None, false));
        let way = format!("the proxy {} opened no way to {}", proxy.addr(), server.addr());
        let why = "it wants credentials, or others than those given";
        assert_eq!(error.to_string(), format!("{way}: {why}"));
        in_time(proxy.wait_closed(0)).await;
    }
    assert_eq!(server.connection_count(), 0);
}

#[tokio::test]
async fn a_refusal_of_a_socks_proxy_has_its_reason() {
    let server = RawServer::start(good()).await;
    let asked = || Connection::new().read_exactly(3).write([5, 0]).read_exactly(10);
    for (reply, reason, is_final) in [
        (1, "it has failed", false),
        (2, "its rules do not allow the connection", true),
        (3, "the network is unreachable from there", false),
        (4, "the host is unreachable from there", false),
        (5, "the connection was refused", false),
        (6, "the way was too long", false),
        (7, "it makes no connections", true),
        (8, "it does not take this type of address", true),
        (9, "it gave no reason", false),
        (255, "it gave no reason", false),
    ] {
        // Some say no more than that.
        for answer in [&[5, reply, 0, 1, 0, 0, 0, 0, 0, 0][..], &[5, reply, 0]] {
            let proxy = RawServer::start(asked().write(answer).fin()).await;
            let settings = through(&server, format!("socks5://{}", proxy.addr()));
            let error = fails(settings, Connect).await;
            assert_eq!(error.is_retryable(), !is_final, "{error}");
            let why = format!("opened no way to {}: {reason}", server.addr());
            assert!(error.to_string().contains(&why), "{error}");
            assert!(error.to_string().ends_with(&format!("(SOCKS reply {reply})")), "{error}");
        }
    }
    assert_eq!(server.connection_count(), 0);
}

#[tokio::test]
async fn what_is_no_socks_proxy_is_a_connect_error() {
    let server = RawServer::start(good()).await;
    let greeted = || Connection::new().read_exactly(3);
    for (script, is_closed) in [
        (greeted().fin(), true),
        (greeted().write([5]).fin(), true),
        (greeted().write([5, 0]).read_exactly(10).write([5, 0, 0, 1, 0]).fin(), true),
        (greeted().write([5, 0]).read_exactly(10).write([5, 0, 0, 9, 0]), false),
        (greeted().write([5, 0]).read_exactly(10).write([4, 0, 0]), false),
        (greeted().write(b"HTTP/1.1 400 MARK\r\n\r\n"), false),
    ] {
        let proxy = RawServer::start(script).await;
        let settings = through(&server, format!("socks5://{}", proxy.addr()));
        let error = fails(settings, Connect).await;
        assert!(error.is_retryable() && !error.to_string().contains("HTTP"), "{error}");
        assert_eq!(error.to_string().ends_with("while it was being set up"), is_closed, "{error}");
        in_time(proxy.wait_closed(0)).await;
    }
    assert_eq!(server.connection_count(), 0);
}

/// The name is looked up on this machine, and the proxy is not even dialled.
#[tokio::test]
async fn a_name_that_does_not_resolve_here_is_named() {
    let proxy = RawServer::start(Connection::new()).await;
    let settings = settings("http://nowhere.invalid").allow_insecure_key(true);
    let error = fails(settings.proxy(format!("socks5://{}", proxy.addr())), Connect).await;
    assert!(error.to_string().ends_with("the host name does not resolve"), "{error}");
    assert_eq!(proxy.connection_count(), 0);
}
