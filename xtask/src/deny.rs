//! `cargo xtask deny`: advisories, licences, duplicate versions and sources of every dependency.
//!
//! Beside the normal check: the list of advisories comes from the network and changes by the day, and
//! `cargo-deny` is installed where it is missing. The rules stand in `deny.toml`.

use crate::sh;
use std::ffi::OsString;
use std::process::Stdio;

pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    install()?;
    let mut command = sh::cargo();
    command.current_dir(sh::root()).args(["deny", "--all-features", "check"]).args(arguments);
    sh::status(&mut command)
}

fn install() -> Result<(), String> {
    let mut version = sh::cargo();
    version.args(["deny", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
    if sh::status(&mut version)? == 0 {
        return Ok(());
    }
    sh::run(sh::cargo().args(["install", "--locked", "cargo-deny"]))
}
