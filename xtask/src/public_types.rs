//! `cargo xtask public-types`: no public signature names a type of another crate that is not on a short
//! list (`tests/src/public_types/allowed.rs`).
//!
//! rustdoc has resolved every path, so its JSON is what is read. The format is not stable yet, and the
//! stable rustdoc writes it only where `RUSTC_BOOTSTRAP` is set. Set for the whole build, that variable
//! would build every dependency anew; so Cargo calls this program in place of rustdoc, and it sets the
//! variable for rustdoc alone.

use crate::sh;
use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::Command;

/// The rustdoc to call, set for this program where it stands in for rustdoc.
const STANDS_IN_FOR: &str = "XTASK_STANDS_IN_FOR_RUSTDOC";

pub(crate) fn run() -> Result<(), String> {
    let this = std::env::current_exe().map_err(|error| format!("this program: {error}"))?;
    let rustdoc = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let arguments = "doc --locked --workspace --lib --no-deps --all-features";
    let flags = "-Z unstable-options --output-format json --document-hidden-items";
    let mut command = sh::cargo();
    command
        .current_dir(sh::root())
        .env("RUSTDOC", this)
        .env(STANDS_IN_FOR, rustdoc)
        .env("RUSTDOCFLAGS", flags)
        .args(arguments.split(' '));
    sh::run(&mut command)?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    // A relative folder is meant from where Cargo ran.
    let target = sh::root().join(target.unwrap_or_else(|| "target".into()));
    sh::run(sh::program_of_tests("public-types").arg(target.join("doc")))
}

/// Runs rustdoc where Cargo has called this program in its place, and gives back its exit status.
pub(crate) fn stand_in() -> Option<Result<u8, String>> {
    let rustdoc = std::env::var_os(STANDS_IN_FOR)?;
    Some(sh::status(&mut unlocked(&rustdoc, std::env::args_os().skip(1))))
}

fn unlocked(rustdoc: &OsStr, arguments: impl Iterator<Item = OsString>) -> Command {
    let mut command = Command::new(rustdoc);
    command.args(arguments).env("RUSTC_BOOTSTRAP", "1");
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rustdoc_gets_every_argument_and_may_write_its_json() {
        let arguments = ["--crate-name", "a b", "--output-format"].map(OsString::from);
        let command = unlocked("rustdoc-1.88".as_ref(), arguments.clone().into_iter());
        assert_eq!(command.get_program(), "rustdoc-1.88");
        assert_eq!(command.get_args().collect::<Vec<_>>(), arguments);
        let set: Vec<_> = command.get_envs().collect();
        assert_eq!(set, [("RUSTC_BOOTSTRAP".as_ref(), Some("1".as_ref()))]);
    }

    #[test]
    fn without_the_variable_this_program_is_itself() {
        assert!(stand_in().is_none());
    }
}
