//! The programs of the tests that ask a server of others, and what they are started with.

use super::Choice;
use crate::sh;
use std::net::SocketAddr;

pub(super) struct Program {
    pub(super) name: &'static str,
    pub(super) arguments: &'static [&'static str],
    /// The path of the base URL.
    pub(super) path: &'static str,
    pub(super) model: &'static str,
}

/// Whether any of them is chosen.
pub(super) fn are_chosen(programs: &[Program], chosen: &Choice) -> bool {
    programs.iter().any(|program| chosen.takes(program.name))
}

/// Runs those that are chosen against a server that is ready; the first exit status that is not 0.
pub(super) fn run(
    programs: &[Program],
    address: SocketAddr,
    key: &str,
    chosen: &Choice,
) -> Result<u8, String> {
    for Program { name, arguments, path, model } in programs {
        if !chosen.takes(name) {
            continue;
        }
        println!("{name} {}", arguments.join(" "));
        let status = sh::status(
            sh::program_of_tests(name)
                .args(*arguments)
                .env("EXECUTIONKIT_LIVE_BASE_URL", format!("http://{address}{path}"))
                .env("EXECUTIONKIT_LIVE_API_KEY", key)
                .env("EXECUTIONKIT_LIVE_MODEL", model),
        )?;
        if status != 0 {
            return Ok(status);
        }
    }
    Ok(0)
}
