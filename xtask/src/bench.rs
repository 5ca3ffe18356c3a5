//! `cargo xtask bench`: builds the benchmark packages and hands the arguments on.
//!
//! They stand outside the workspace, in `tests/bench`: they are built in release mode, and no
//! `cargo test` shall ever build them. The scenarios of the wire are a package of their own, since its
//! features would change the clients of the other one.

use crate::sh;
use std::ffi::OsString;
use std::process::Command;

/// Runs with the caller's arguments; the status is the driver's.
pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    let (driver, arguments) = driver(arguments);
    // All programs of the package: the driver starts the others, and builds the peers itself.
    sh::run(cargo("build").args(["--quiet", "--package", driver.package, "--bins"]))?;
    sh::status(&mut driver.command(&arguments))
}

/// A program that measures.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Driver {
    package: &'static str,
    program: &'static str,
}

const CALLS: Driver = Driver { package: "executionkit-bench", program: "bench" };
const WIRE: Driver = Driver { package: "bench-wire", program: "wire" };

/// The one that is asked for, and its arguments: `--wire` chooses and is not handed on.
fn driver(arguments: &[OsString]) -> (Driver, Vec<OsString>) {
    let rest: Vec<_> = arguments.iter().filter(|word| *word != "--wire").cloned().collect();
    let driver = if rest.len() < arguments.len() { WIRE } else { CALLS };
    (driver, rest)
}

impl Driver {
    fn command(self, arguments: &[OsString]) -> Command {
        let mut command = cargo("run");
        command.args(["--quiet", "--package", self.package, "--bin", self.program, "--"]);
        command.args(arguments);
        command
    }
}

fn cargo(what: &str) -> Command {
    let mut command = sh::cargo();
    command.args([what, "--release", "--locked", "--manifest-path"]);
    command.arg(sh::root().join("tests").join("bench").join("Cargo.toml"));
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(arguments: &[&str]) -> String {
        let arguments: Vec<_> = arguments.iter().map(OsString::from).collect();
        let (driver, arguments) = driver(&arguments);
        sh::shown(&driver.command(&arguments))
    }

    #[test]
    fn arguments_reach_the_driver_untouched() {
        let shown = shown(&["--only", "small", "--help"]);
        let end = "--package executionkit-bench --bin bench -- --only small --help";
        assert!(shown.ends_with(end), "{shown}");
    }

    #[test]
    fn the_wire_is_another_package_whose_driver_gets_the_other_arguments() {
        let shown = shown(&["--rounds", "1", "--wire", "--help"]);
        assert!(shown.ends_with("--package bench-wire --bin wire -- --rounds 1 --help"), "{shown}");
    }
}
