//! A way through a SOCKS5 proxy (RFC 1928, RFC 1929).
//!
//! It is written here because of what has to be known of a refusal: whether it will stand, and its reason. No
//! byte is read beyond the proxy's answer.

use std::future::poll_fn;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;

use hyper::rt::{Read as _, ReadBuf, Write as _};

use crate::transport::dial_error::DialError;
use crate::transport::dialer::BoxIo;

const VERSION: u8 = 5;
const NO_CREDENTIALS: u8 = 0;
const PASSWORD: u8 = 2;
/// The version of the negotiation of a password.
const PASSWORD_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 3;
const IPV6: u8 = 4;

/// The longest user, password and name that the protocol can say, in bytes.
pub(super) const MAX_TEXT: usize = 255;

/// What a connection is to be made to.
pub(super) enum Host<'a> {
    Address(IpAddr),
    Name(&'a str),
}

/// Asks the proxy at the other end for a way to this host and port.
pub(super) async fn open(
    mut io: BoxIo,
    (host, port): (Host<'_>, u16),
    credentials: Option<&(String, String)>,
) -> Result<BoxIo, DialError> {
    negotiate(&mut io, credentials).await?;
    let mut request = vec![VERSION, CONNECT, 0];
    match host {
        Host::Address(IpAddr::V4(ip)) => {
            request.push(IPV4);
            request.extend(ip.octets());
        }
        Host::Address(IpAddr::V6(ip)) => {
            request.push(IPV6);
            request.extend(ip.octets());
        }
        Host::Name(name) => {
            request.push(NAME);
            push_text(&mut request, name)?;
        }
    }
    request.extend(port.to_be_bytes());
    write(&mut io, &request).await?;
    let [VERSION, reply, _] = read(&mut io).await? else {
        return Err(not_socks());
    };
    // Proxies leave out what would follow a refusal.
    if reply != 0 {
        return Err(DialError::SocksReply(reply));
    }
    // The address and port from which the proxy connects are of no use here.
    let [kind] = read(&mut io).await?;
    let rest = match kind {
        IPV4 => 4,
        IPV6 => 16,
        NAME => read::<1>(&mut io).await?[0].into(),
        _ => return Err(not_socks()),
    };
    for _ in 0..rest + 2 {
        read::<1>(&mut io).await?;
    }
    Ok(io)
}

/// Agrees on whether credentials are sent, and sends them.
async fn negotiate(
    io: &mut BoxIo,
    credentials: Option<&(String, String)>,
) -> Result<(), DialError> {
    let greeting = match credentials {
        None => &[VERSION, 1, NO_CREDENTIALS][..],
        Some(_) => &[VERSION, 2, NO_CREDENTIALS, PASSWORD],
    };
    write(io, greeting).await?;
    let [VERSION, method] = read(io).await? else {
        return Err(not_socks());
    };
    match (method, credentials) {
        (NO_CREDENTIALS, _) => Ok(()),
        (PASSWORD, Some((user, password))) => {
            let mut request = vec![PASSWORD_VERSION];
            push_text(&mut request, user)?;
            push_text(&mut request, password)?;
            write(io, &request).await?;
            match read(io).await? {
                [_, 0] => Ok(()),
                [_, _] => Err(DialError::SocksCredentials),
            }
        }
        _ => Err(DialError::SocksCredentials),
    }
}

fn push_text(request: &mut Vec<u8>, text: &str) -> io::Result<()> {
    let length = u8::try_from(text.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    request.push(length);
    request.extend(text.bytes());
    Ok(())
}

fn not_socks() -> DialError {
    DialError::Proxy(io::Error::from(io::ErrorKind::InvalidData).into())
}

async fn write(io: &mut BoxIo, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        let written = poll_fn(|cx| Pin::new(&mut *io).poll_write(cx, bytes)).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
    }
    poll_fn(|cx| Pin::new(&mut *io).poll_flush(cx)).await
}

async fn read<const N: usize>(io: &mut BoxIo) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    let mut buf = ReadBuf::new(&mut bytes);
    while buf.filled().len() < N {
        let before = buf.filled().len();
        poll_fn(|cx| Pin::new(&mut *io).poll_read(cx, buf.unfilled())).await?;
        if buf.filled().len() == before {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(bytes)
}
