//! `cargo xtask bench`: builds the benchmark package and hands the arguments on.
//!
//! The package stands outside the workspace, in `tests/bench`: it is built in release mode, and no
//! `cargo test` shall ever build it.

use crate::sh;
use std::ffi::OsString;
use std::process::Command;

/// Runs with the caller's arguments; the status is the driver's.
pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    // All four programs: the driver starts the others, and builds the peers if they are asked for.
    sh::run(cargo("build").args(["--bins", "--quiet"]))?;
    sh::status(&mut drive(arguments))
}

fn drive(arguments: &[OsString]) -> Command {
    let mut command = cargo("run");
    command.args(["--quiet", "--bin", "bench", "--"]).args(arguments);
    command
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

    #[test]
    fn arguments_reach_the_driver_untouched() {
        let arguments = ["--only", "small", "--help"].map(OsString::from);
        let shown = sh::shown(&drive(&arguments));
        assert!(shown.ends_with("--quiet --bin bench -- --only small --help"), "{shown}");
    }
}
