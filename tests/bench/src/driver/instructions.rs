//! User-mode instructions, counted by valgrind: the slope between two runs, so that starting up is not
//! in it.

use std::path::Path;
use std::process::{Command, Stdio};

use bench_load::Outcome;
use bench_load::scenario::Scenario;

use super::peers;
use super::processes::{Stub, beside};

pub(super) struct Valgrind {
    /// What it says of itself.
    pub(super) version: String,
}

impl Valgrind {
    pub(super) fn find() -> Option<Self> {
        let output = Command::new("valgrind").arg("--version").output().ok()?;
        let version = String::from_utf8(output.stdout).ok()?.trim().to_owned();
        output.status.success().then_some(Self { version })
    }

    /// Instructions of one call.
    pub(super) fn per_call(
        &self,
        stub: &Stub,
        scenario: Scenario,
        client: &str,
        (few, many): (usize, usize),
    ) -> Outcome<f64> {
        eprintln!("{}: instructions of {client} ({})", scenario.name, self.version);
        let (first, second) =
            (count(stub, scenario, client, few)?, count(stub, scenario, client, many)?);
        Ok((second as f64 - first as f64) / (many - few) as f64)
    }
}

/// Instructions of masking one text of 64 KiB: `plain` or `hostile`.
pub(super) fn per_redaction(text: &str) -> Outcome<f64> {
    const FEW: usize = 2;
    const MANY: usize = 6;
    eprintln!("redact: instructions for a {text} text");
    let count = |times: usize| {
        let mut command = under_valgrind(&beside("redact")?);
        command.arg(text).arg(times.to_string());
        collected(&mut command)
    };
    Ok((count(MANY)? as f64 - count(FEW)? as f64) / (MANY - FEW) as f64)
}

fn count(stub: &Stub, scenario: Scenario, client: &str, calls: usize) -> Outcome<u64> {
    let mut command = under_valgrind(&peers::program(client, false)?);
    command.args(stub.arguments(scenario, client, calls));
    collected(&mut command)
}

fn under_valgrind(program: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]).arg(program);
    command
}

fn collected(command: &mut Command) -> Outcome<u64> {
    let output = command.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let collected = said.lines().find_map(|line| line.split_once("Collected :"));
    match (output.status.success(), collected) {
        (true, Some((_, count))) => Ok(count.trim().parse()?),
        _ => Err(format!("valgrind failed: {said}").into()),
    }
}
