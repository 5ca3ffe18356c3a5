//! The host of an endpoint: a name or an address, and whether it is local.
//!
//! Only the parsed host shows whether it is local: the system's resolver reads `http://2130706433` and
//! `http://0x7f.1` as 127.0.0.1 (the numbers-and-dots notation of `inet_aton`).

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ek_core::{Error, ErrorKind, Result};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Name(String),
    Address(IpAddr),
}

impl Host {
    pub(crate) fn parse(host: &str) -> Result<Self> {
        if host.is_empty() {
            return refuse("has no host");
        }
        if let Some(inner) = host.strip_prefix('[') {
            let address = inner.strip_suffix(']').and_then(|a| a.parse::<Ipv6Addr>().ok());
            let address = address.map(|a| Self::Address(a.into()));
            return address.map_or_else(|| refuse("has an unusable IPv6 address as its host"), Ok);
        }
        let labels = host.strip_suffix('.').unwrap_or(host);
        let is_valid = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
        };
        if labels.len() > 253 || !labels.split('.').all(is_valid) {
            return refuse("has an unusable host name");
        }
        if labels.split('.').all(is_number) {
            let address = numbers_and_dots(labels).map(|a| Self::Address(a.into()));
            return address.map_or_else(|| refuse("has an unusable IPv4 address as its host"), Ok);
        }
        Ok(Self::Name(host.to_owned()))
    }

    /// Whether the host is this domain, which is given in small letters, or beneath it.
    pub(crate) fn is_beneath(&self, domain: &str) -> bool {
        let Self::Name(name) = self else { return false };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        name.strip_suffix(domain).is_some_and(|front| front.is_empty() || front.ends_with('.'))
    }

    /// Whether the host is local: a loopback, private or link-local address, a name without a dot
    /// (containers), or a name of a local domain (RFC 6761, RFC 6762, RFC 8375, and common practice).
    pub(crate) fn is_local(&self) -> bool {
        match self {
            Self::Address(IpAddr::V4(a)) => is_local_v4(*a),
            Self::Address(IpAddr::V6(a)) => match a.to_ipv4_mapped() {
                Some(mapped) => is_local_v4(mapped),
                None => {
                    a.is_loopback()
                        || a.is_unspecified()
                        || a.is_unique_local()
                        || a.is_unicast_link_local()
                }
            },
            Self::Name(name) => {
                const LOCAL: [&str; 6] =
                    [".local", ".localhost", ".internal", ".lan", ".home.arpa", ".svc"];
                let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
                !name.contains('.') || LOCAL.iter().any(|suffix| name.ends_with(suffix))
            }
        }
    }
}

/// Whether an address is local. The unspecified address reaches this machine only.
fn is_local_v4(address: Ipv4Addr) -> bool {
    address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_unspecified()
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

/// Splits `host:port`. The port is checked here, because `http::Uri` accepts 99999 and then has no port.
pub(crate) fn split_port(authority: &str) -> Result<(&str, Option<u16>)> {
    let host_end = authority.rfind(']').map_or(0, |i| i + 1);
    if authority.starts_with('[') && host_end == 0 {
        return Ok((authority, None)); // refused as a host
    }
    let Some(colon) = authority[host_end..].find(':') else {
        return Ok((authority, None));
    };
    let (host, port) = authority.split_at(host_end + colon);
    let digits = &port[1..];
    let number = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u16>().ok());
    match number.flatten() {
        Some(port) if port > 0 => Ok((host, Some(port))),
        _ => refuse("has an unusable port; it is a number from 1 to 65535"),
    }
}

fn is_number(label: &str) -> bool {
    match label.strip_prefix("0x").or_else(|| label.strip_prefix("0X")) {
        Some(hex) => hex.bytes().all(|b| b.is_ascii_hexdigit()),
        None => label.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Reads one to four numbers: decimal, octal (0...) or hexadecimal (0x...). The last one fills the rest.
fn numbers_and_dots(host: &str) -> Option<Ipv4Addr> {
    let mut numbers = Vec::with_capacity(4);
    for label in host.split('.') {
        let lower = label.to_ascii_lowercase();
        numbers.push(match lower.strip_prefix("0x") {
            Some("") => 0,
            Some(hex) => u32::from_str_radix(hex, 16).ok()?,
            None if lower.len() > 1 && lower.starts_with('0') => {
                u32::from_str_radix(&lower[1..], 8).ok()?
            }
            None => lower.parse().ok()?,
        });
    }
    let (last, leading) = numbers.split_last()?;
    if leading.len() > 3 || leading.iter().any(|n| *n > 255) {
        return None;
    }
    let rest_bits = 8 * (4 - leading.len());
    if u64::from(*last) >= 1u64 << rest_bits {
        return None;
    }
    let head = leading.iter().enumerate().fold(0u32, |sum, (i, n)| sum | n << (24 - 8 * i));
    Some(Ipv4Addr::from(head | last))
}

fn refuse<T>(why: &str) -> Result<T> {
    Err(Error::new(ErrorKind::Config, format!("the base URL {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_beneath_its_domains_and_not_beneath_names_that_end_alike() {
        let is_beneath = |host: &str| Host::parse(host).expect(host).is_beneath("mistral.ai");
        for host in ["mistral.ai", "api.Mistral.AI", "eu.api.mistral.ai."] {
            assert!(is_beneath(host), "{host}");
        }
        for host in ["notmistral.ai", "mistral.ai.example", "127.0.0.1", "ai"] {
            assert!(!is_beneath(host), "{host}");
        }
    }

    fn is_local(host: &str) -> bool {
        Host::parse(host).expect(host).is_local()
    }

    /// Scenario 81 of the fault list: which hosts may get a key over plain http.
    #[test]
    fn local_and_public_hosts_are_distinguished_after_parsing() {
        for host in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "0.0.0.0",
            "[::1]",
            "[fd00::1]",
            "[fe80::1]",
            "[::ffff:10.0.0.1]",
            "2130706433",
            "0x7f.1",
            "0x7F000001",
            "0177.0.0.1",
            "127.1",
            "localhost",
            "LOCALHOST",
            "ollama",
            "box.local",
            "a.b.localhost",
            "vm.internal",
            "nas.lan",
            "x.home.arpa",
            "llm.default.svc",
            "box.local.",
        ] {
            assert!(is_local(host), "{host}");
        }
        for host in [
            "api.example.com",
            "8.8.8.8",
            "134744072",
            "0x08080808",
            "172.32.0.1",
            "100.64.0.1",
            "[2001:db8::1]",
            "[::ffff:8.8.8.8]",
            "notlocal.example",
            "local.example",
            "xlocal.com",
            "a.com.",
        ] {
            assert!(!is_local(host), "{host}");
        }
    }

    #[test]
    fn numeric_hosts_that_are_not_an_address_are_refused() {
        for host in ["256.1.1.1", "1.2.3.4.5", "4294967296", "0x100000000", "1.256.1", "08.1.1.1"] {
            assert!(Host::parse(host).is_err(), "{host}");
        }
    }
}
