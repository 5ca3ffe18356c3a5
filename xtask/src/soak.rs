//! `cargo xtask soak`: hands over to the soak program of the tests package.
//!
//! Beside the normal check: it keeps real limits in real time, and takes minutes.

use crate::sh;
use std::ffi::OsString;

pub(crate) fn run(arguments: &[OsString]) -> Result<u8, String> {
    sh::status(sh::program_of_tests("soak").args(arguments))
}
