//! The machine and the versions: a figure without them says nothing.

use std::fmt;
use std::process::Command;

use serde::Serialize;

/// What the figures were taken on.
#[derive(Debug, Serialize)]
pub struct Machine {
    cpu: String,
    cores: usize,
    kernel: String,
    rustc: String,
    valgrind: Option<String>,
}

impl Machine {
    /// This one; with the version of valgrind, where it is there.
    pub fn this(valgrind: Option<&str>) -> Self {
        let file = |path| std::fs::read_to_string(path).unwrap_or_default();
        let info = file("/proc/cpuinfo");
        let model = info.lines().find_map(|line| line.strip_prefix("model name"));
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        let rustc = Command::new(rustc).arg("--version").output().ok();
        let rustc = rustc.and_then(|output| String::from_utf8(output.stdout).ok());
        Self {
            cpu: model.unwrap_or("unknown").trim_matches([' ', '\t', ':']).to_owned(),
            cores: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: file("/proc/sys/kernel/osrelease").trim().to_owned(),
            rustc: rustc.unwrap_or_default().trim().to_owned(),
            valgrind: valgrind.map(str::to_owned),
        }
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cpu, cores, kernel, rustc, valgrind } = self;
        write!(f, "{cpu}, {cores} cores, Linux {kernel}, {rustc}")?;
        valgrind.iter().try_for_each(|valgrind| write!(f, ", {valgrind}"))
    }
}
