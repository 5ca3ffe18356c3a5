//! The hosts that are asked without a proxy, in the forms in which people write them.
//!
//! curl's notation (`name`, `.name`, addresses, networks, `*`) is what the matcher knows, and it passes
//! over anything else: `*.name`, `host:port` and `http://host` would send a prompt through the proxy that
//! it was meant to avoid. They are brought into that notation here, and what can never match is refused.

use ek_core::{Error, ErrorKind, Result};

/// The entries for an endpoint at this port; `None` where all hosts are excepted.
pub(super) fn exceptions(list: &str, port: u16) -> Result<Option<String>> {
    let mut entries = Vec::new();
    for entry in list.split(|c: char| c == ',' || c == ';' || c.is_whitespace()) {
        match entry {
            "" => {}
            "*" => return Ok(None),
            _ => entries.extend(host_of(entry, port)?),
        }
    }
    Ok(Some(entries.join(",")))
}

/// The host or network that an entry names; `None` if it names another port.
fn host_of(entry: &str, port: u16) -> Result<Option<String>> {
    let lower = entry.to_ascii_lowercase();
    // Of a URL the host is meant, at any port unless one is named.
    let host = match lower.split_once("://") {
        Some((_, rest)) => rest.split(['/', '?', '#']).next().unwrap_or_default(),
        None => lower.as_str(),
    };
    let (host, own_port) = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, behind)) => (address, behind.strip_prefix(':')),
        // More than one colon is an address of IPv6.
        None => match host.split_once(':') {
            Some((name, number)) if !number.contains(':') => (name, Some(number)),
            _ => (host, None),
        },
    };
    let own_port = own_port.map(str::parse::<u16>).transpose().map_err(|_| refused(entry))?;
    let host = host.strip_prefix('*').unwrap_or(host);
    if host.is_empty() || host.contains('*') {
        return Err(refused(entry));
    }
    let fits = own_port.is_none_or(|own| own == port);
    Ok(fits.then(|| host.to_owned()))
}

fn refused(entry: &str) -> Error {
    let message = format!(
        "`{entry}` among the hosts without a proxy can never match; an entry is like example.com, \
         .example.com, *.example.com, host:8443, 10.0.0.0/8 or *"
    );
    Error::new(ErrorKind::Config, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_mean_what_people_mean_by_them() {
        for (list, expected) in [
            ("a.example, .b.example", Some("a.example,.b.example")),
            ("*.corp.example", Some(".corp.example")),
            ("llm.corp.example:8443", Some("llm.corp.example")),
            ("llm.corp.example:80", Some("")),
            ("https://llm.corp.example:8443/v1", Some("llm.corp.example")),
            ("http://llm.corp.example", Some("llm.corp.example")),
            ("10.0.0.0/8 ::1;[::1]:8443", Some("10.0.0.0/8,::1,::1")),
            ("LOCALHOST,,", Some("localhost")),
            ("a.example,*", None),
        ] {
            assert_eq!(exceptions(list, 8443).expect(list).as_deref(), expected, "{list}");
        }
    }

    #[test]
    fn an_entry_that_can_never_match_is_refused_by_name() {
        for entry in ["api.*.corp", "host:https", "http://", "host:99999"] {
            let error = exceptions(entry, 443).expect_err(entry).to_string();
            assert!(error.contains(entry), "{error}");
        }
    }
}
