//! The other programs of this package, each started anew for each figure.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use bench_load::Outcome;
use bench_load::job::Figures;
use bench_load::scenario::Scenario;

use super::peers;

/// Peers read them, and would ask elsewhere.
const PROXIES: [&str; 6] =
    ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// A program that lies beside this one.
///
/// # Errors
/// If the folder of this program is not known.
pub fn beside(name: &str) -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

pub(super) fn cargo(folder: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder).args(arguments);
    command
}

/// Runs to the end and gives back what was written to stdout; the error is what was written to stderr.
///
/// # Errors
/// If it cannot be run, or does not end well.
pub fn output(command: &mut Command) -> Outcome<String> {
    for name in PROXIES {
        command.env_remove(name);
    }
    let output = command.output()?;
    if output.status.success() {
        return Ok(String::from_utf8(output.stdout)?);
    }
    let program = PathBuf::from(command.get_program());
    let program = program.file_name().unwrap_or_default().display();
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("{program} ended with {}: {}", output.status, said.trim()).into())
}

/// The running server; ended with this value.
pub(super) struct Stub {
    child: Child,
    pub(super) address: String,
}

impl Stub {
    pub(super) fn start() -> Outcome<Self> {
        let mut child = Command::new(beside("stub")?).stdout(Stdio::piped()).spawn()?;
        let mut address = String::new();
        BufReader::new(child.stdout.take().ok_or("no stdout")?).read_line(&mut address)?;
        Ok(Self { child, address: address.trim().to_owned() })
    }

    /// The arguments of a client's program.
    pub(super) fn arguments(&self, scenario: Scenario, client: &str, calls: usize) -> [String; 4] {
        [scenario.name.to_owned(), client.to_owned(), self.address.clone(), calls.to_string()]
    }

    /// CPU, time and memory of so many calls.
    pub(super) fn client(
        &self,
        scenario: Scenario,
        client: &str,
        calls: usize,
    ) -> Outcome<Figures> {
        let mut command = Command::new(peers::program(client, false)?);
        output(command.args(self.arguments(scenario, client, calls)))?.parse()
    }

    /// Allocations of one call, and their bytes.
    pub(super) fn counted(&self, scenario: Scenario, client: &str) -> Outcome<(f64, f64)> {
        let calls = if scenario.callers > 1 { scenario.callers * 4 } else { 200 };
        let calls = if scenario.answer == "slow" { scenario.callers } else { calls };
        let mut command = Command::new(peers::program(client, true)?);
        let text = output(command.args(self.arguments(scenario, client, calls)))?;
        let mut numbers = text.split_whitespace().map(str::parse::<f64>);
        let mut next = || numbers.next().ok_or("a count is missing");
        let (count, bytes) = (next()??, next()??);
        Ok((count / calls as f64, bytes / calls as f64))
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        // It may have ended by itself.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
