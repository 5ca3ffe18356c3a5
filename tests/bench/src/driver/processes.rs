//! The other programs of this package, each started anew for each figure.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use crate::Outcome;
use crate::load::Figures;
use crate::scenario::Scenario;

/// A program that lies beside this one.
pub(super) fn beside(name: &str) -> Outcome<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.with_file_name(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// Runs to the end and gives back what was written to stdout.
pub(super) fn output(command: &mut Command) -> Outcome<String> {
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("{command:?} ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
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
        let mut command = Command::new(beside("client")?);
        output(command.args(self.arguments(scenario, client, calls)))?.parse()
    }

    /// Allocations of one call, and their bytes.
    pub(super) fn counted(&self, scenario: Scenario, client: &str) -> Outcome<(f64, f64)> {
        let calls = if scenario.callers > 1 { scenario.callers * 4 } else { 200 };
        let calls = if scenario.answer == "slow" { scenario.callers } else { calls };
        let mut command = Command::new(beside("counted")?);
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
