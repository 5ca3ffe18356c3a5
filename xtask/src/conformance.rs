//! `cargo xtask conformance`: hands over to the conformance program of the tests package.
//!
//! Nothing is read here: the program owns its arguments and its exit status.

use crate::sh;
use std::ffi::OsString;
use std::process::Command;

pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    sh::status(&mut command(arguments))
}

fn command(arguments: &[OsString]) -> Command {
    let mut command = sh::program_of_tests("conformance");
    command.args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_follow_the_double_dash_in_order() {
        let arguments = ["--cases", "a folder", "--verbose", "--"].map(OsString::from);
        let command = command(&arguments);
        let words: Vec<_> = command.get_args().collect();
        let split = words.iter().position(|word| *word == "--").unwrap();
        assert_eq!(words[split + 1..], arguments);
        assert_eq!(words[4..6], ["--bin", "conformance"]);
    }

    #[test]
    fn the_program_runs_in_the_folder_of_the_caller() {
        assert_eq!(command(&[]).get_current_dir(), None);
    }
}
