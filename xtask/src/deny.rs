//! `cargo xtask deny`: advisories, licences, duplicate versions and sources of every dependency.
//!
//! Beside the normal check: the list of advisories comes from the network and changes by the day, and
//! `cargo-deny` is installed where it is missing. The rules stand in `deny.toml`.

use crate::sh;
use std::ffi::OsString;

pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    sh::install(sh::cargo().args(["deny", "--version"]), "cargo-deny")?;
    let mut command = sh::cargo();
    command.current_dir(sh::root()).args(["deny", "--all-features", "check"]).args(arguments);
    sh::status(&mut command)
}
