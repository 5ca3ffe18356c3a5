//! A Redis for tests and programs: one that is named by `EK_REDIS_URL`, or one that is started here on a free
//! port of loopback and ends with its value. The example of `executionkit` has this file by a link, which is packed
//! as a file.
#![allow(
    dead_code,
    unreachable_pub,
    clippy::missing_errors_doc,
    clippy::missing_panics_doc,
    reason = "each of those who include this file uses a part of it"
)]

use std::ffi::{OsStr, OsString};
use std::io::{BufRead as _, BufReader, Error, Result, Write as _};
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A Redis to talk to.
#[derive(Debug)]
pub struct RedisServer {
    url: String,
    port: u16,
    child: Option<Child>,
}

impl RedisServer {
    /// The Redis for the test of this name: `EK_REDIS_URL`, or one of its own. Where there is neither, says so
    /// and returns `None`; with `EK_REQUIRE_REDIS=1` it panics.
    pub fn for_test(name: &str) -> Option<Self> {
        if let Some(url) = std::env::var("EK_REDIS_URL").ok().filter(|url| !url.is_empty()) {
            return Some(Self { url, port: 0, child: None });
        }
        Self::own_for_test(name)
    }

    /// As [`for_test`](Self::for_test), but always one of its own: for tests that stop it.
    pub fn own_for_test(name: &str) -> Option<Self> {
        may_start(name).then(|| Self::start(None, None).expect("the Redis that was found starts"))
    }

    /// As [`own_for_test`](Self::own_for_test), behind TLS with these arguments. Where its Redis was built without
    /// TLS, says so and returns `None`.
    pub fn tls_for_test(
        name: &str,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Option<Self> {
        if !may_start(name) {
            return None;
        }
        if !has_tls() {
            say(&format!("skipped, no Redis with TLS: {name}"));
            return None;
        }
        let arguments = owned(arguments);
        let start = |port: u16| {
            let address = ["--port", "0", "--tls-port", &port.to_string()].map(OsString::from);
            Self::spawn(port, &address, &arguments)
        };
        let mut server = on_free_port(start).expect("a Redis with TLS starts");
        server.url = format!("rediss://127.0.0.1:{}/", server.port);
        Some(server)
    }

    /// Starts a Redis: on this port or a free one, with its data in this folder or in memory alone.
    pub fn start(port: Option<u16>, folder: Option<&Path>) -> Result<Self> {
        match folder {
            Some(folder) => {
                let keep = ["--appendonly", "yes", "--appendfsync", "always", "--dir"];
                Self::start_with(port, keep.iter().map(OsStr::new).chain([folder.as_os_str()]))
            }
            None => Self::start_with(port, ["--appendonly", "no"]),
        }
    }

    /// Starts a Redis with these arguments besides its address.
    pub fn start_with(
        port: Option<u16>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Result<Self> {
        let arguments = owned(arguments);
        let start = |port: u16| {
            let address = ["--port", &port.to_string()].map(OsString::from);
            Self::spawn(port, &address, &arguments)
        };
        port.map_or_else(|| on_free_port(start), start)
    }

    fn spawn(port: u16, address: &[OsString], arguments: &[OsString]) -> Result<Self> {
        let program = program().ok_or_else(|| Error::other("no redis-server on the PATH"))?;
        let mut command = Command::new(program);
        // Nothing is saved, and an older dump in this folder is not loaded.
        command.args(["--bind", "127.0.0.1", "--save", "", "--dbfilename", "none.rdb"]);
        command.args(address).args(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or_else(|| Error::other("no output"))?;
        let mut lines = BufReader::new(output).lines();
        let ready = lines.any(|line| line.is_ok_and(|line| line.contains("eady to accept")));
        if !ready {
            child.wait()?;
            return Err(Error::other("redis-server ended before it was ready"));
        }
        // Its log is read to the end, so that it never waits for a reader.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { url: format!("redis://127.0.0.1:{port}/"), port, child: Some(child) })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its port; 0 where it was not started here.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sends a signal to a Redis that was started here.
    pub fn signal(&self, signal: &str) {
        if let Some(child) = &self.child {
            signal_to(child.id(), signal);
        }
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // It may have ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Sends a signal to a process that was started here.
pub fn signal_to(process: u32, signal: &str) {
    let sent = Command::new("kill").args([&format!("-{signal}"), &process.to_string()]).status();
    assert!(sent.is_ok_and(|status| status.success()), "{signal} for {process}");
}

fn owned(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Vec<OsString> {
    arguments.into_iter().map(|argument| argument.as_ref().to_owned()).collect()
}

/// Starts a Redis on a free port. Another process may take that port before Redis does: then further ports are
/// tried.
fn on_free_port(start: impl Fn(u16) -> Result<RedisServer>) -> Result<RedisServer> {
    const TRIES: usize = 8;
    let mut last = Err(Error::other("no port"));
    for _ in 0..TRIES {
        last = start(free_port()?);
        if last.is_ok() {
            break;
        }
    }
    last
}

/// A port of loopback that nothing uses.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Whether there is a Redis to start for the test of this name. If not, says so; with `EK_REQUIRE_REDIS=1` it
/// panics.
pub fn may_start(name: &str) -> bool {
    if program().is_some() {
        return true;
    }
    let required = std::env::var("EK_REQUIRE_REDIS").is_ok_and(|value| value == "1");
    assert!(!required, "no Redis for {name}, and EK_REQUIRE_REDIS is set");
    say(&format!("skipped, no Redis: {name}"));
    false
}

/// Whether the Redis was built with TLS: one that was ends for want of a certificate.
fn has_tls() -> bool {
    let Some((program, port)) = program().zip(free_port().ok()) else { return false };
    let output =
        Command::new(program).args(["--port", "0", "--tls-port", &port.to_string()]).output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains("tls-cert-file"))
}

/// Not by a macro, whose output is shown for tests that fail alone.
fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// The Redis or Valkey on the PATH.
fn program() -> Option<PathBuf> {
    first_on(&std::env::var_os("PATH")?)
}

/// The first of these programs in the folders of a PATH.
pub fn first_on(path: &OsStr) -> Option<PathBuf> {
    let folders = || std::env::split_paths(path);
    let found = |name: &str| folders().map(|folder| folder.join(name)).find(|file| file.is_file());
    ["redis-server", "valkey-server"].iter().find_map(|name| found(name))
}
