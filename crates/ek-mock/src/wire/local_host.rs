//! Whether a host is this machine. A name that others could let point here is not.

use std::net::{IpAddr, Ipv6Addr};

/// Whether the value of a `Host` header is an IP address, `localhost` or a name beneath that, with a port
/// or without.
pub(super) fn is_local(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.parse::<Ipv6Addr>().is_ok() && (port.is_empty() || is_port(port))
        });
    }
    let name = match host.find(':') {
        Some(colon) if is_port(&host[colon..]) => &host[..colon],
        Some(_) => return false,
        None => host,
    };
    let name = name.to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok() || name == "localhost" || name.ends_with(".localhost")
}

fn is_port(text: &str) -> bool {
    let digits = text.strip_prefix(':').unwrap_or("?");
    digits.is_empty() || digits.parse::<u16>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::is_local;

    #[test]
    fn only_addresses_and_localhost_are_local() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:8080",
            "192.168.0.7:1",
            "[::1]",
            "[::1]:8080",
            "localhost",
            "LocalHost:8080",
            "mock.localhost",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "evil.example:8080",
            "localhost.evil.example",
            "evillocalhost",
            "127.0.0.1.evil.example",
            "127.0.0.1:8080.evil.example",
            "127.0.0.1@evil.example",
            "evil.example@127.0.0.1",
            "[::1].evil.example",
            "[::1]x",
            "[evil.example]",
            "::1",
            "0x7f.1",
            "2130706433",
            "localhost:x",
            "localhost, evil.example",
            "mock",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }
}
