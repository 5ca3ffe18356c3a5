//! The running server, and the programs of the clients that call it.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use bench_load::Outcome;
use bench_load::wire::door;
use bench_load::wire::scenario::Wire;
use bench_load::wire::{AUTHORITY, Measured};
use executionkit_bench::driver::peers;
use executionkit_bench::driver::processes::{beside, output};

use crate::stub::COUNTS;

/// Ended with this value.
pub(super) struct Server {
    child: Child,
    doors: HashMap<String, String>,
    pem: String,
}

impl Server {
    pub(super) fn start() -> Outcome<Self> {
        let mut child = Command::new(beside("wire-stub")?).stdout(Stdio::piped()).spawn()?;
        let stdout = BufReader::new(child.stdout.take().ok_or("no stdout")?);
        let mut server = Self { child, doors: HashMap::new(), pem: String::new() };
        for line in stdout.lines() {
            let line = line?;
            match line.split_once(' ').filter(|_| !line.starts_with('-')) {
                Some((door, address)) => {
                    server.doors.insert(door.to_owned(), address.to_owned());
                }
                None => {
                    server.pem.push_str(&line);
                    server.pem.push('\n');
                }
            }
            if line.starts_with("-----END") {
                return Ok(server);
            }
        }
        Err("the stub has ended before it told its certificate".into())
    }

    fn address(&self, door: &str) -> Outcome<&str> {
        self.doors.get(door).map(String::as_str).ok_or_else(|| format!("no door {door}").into())
    }

    /// What one run of a client measured, and what the server counted meanwhile.
    pub(super) fn client(&self, scenario: Wire, client: &str) -> Outcome<Measured> {
        self.counts()?;
        let mut command = match peers::NAMES.contains(&client) {
            true => {
                let mut command = Command::new(peers::program(client, false)?);
                command.arg("wire");
                command
            }
            false => Command::new(beside("wire-client")?),
        };
        command.args([scenario.name, client, self.address(scenario.door)?]);
        command.env_remove(AUTHORITY);
        if door::ALL.iter().any(|door| door.name == scenario.door && door.tls) {
            command.env(AUTHORITY, &self.pem);
        }
        let mut measured: Measured = output(&mut command)?.parse()?;
        let counts = self.counts()?;
        for (name, count) in ["connections", "handshakes", "requests"].into_iter().zip(counts) {
            measured.set(name, count);
        }
        Ok(measured)
    }

    /// Connections, handshakes and requests since the last question.
    fn counts(&self) -> Outcome<[f64; 3]> {
        let mut text = String::new();
        TcpStream::connect(self.address(COUNTS)?)?.read_to_string(&mut text)?;
        let mut numbers = text.split(' ').map(str::parse);
        let mut next = || Outcome::Ok(numbers.next().ok_or("a count is missing")??);
        Ok([next()?, next()?, next()?])
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
