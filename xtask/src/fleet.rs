//! `cargo xtask fleet`: hands over to the fleet program of the tests package.
//!
//! Beside the normal check, which runs its quick versions: it takes two minutes of real time.

use crate::sh;
use std::ffi::OsString;

pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    sh::status(sh::program_of_tests("fleet").args(arguments))
}
