//! The Python environment with the proxy in it, made once and reused.

use crate::sh;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What pip is asked for. Not pinned: the point is to meet the proxy as its users do today.
const REQUIREMENT: &str = "litellm[proxy]";

/// The proxy's program, installed first if it is not there. Delete the folder `venv` to get the
/// proxy's newest version.
pub(super) fn prepare(folder: &Path) -> Result<PathBuf, String> {
    let venv = folder.join("venv");
    let program = venv.join("bin").join("litellm");
    // Written last, so that an installation that was cut short is made anew.
    let complete = venv.join("complete");
    if complete.is_file() && program.is_file() {
        return Ok(program);
    }
    sh::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&venv))?;
    sh::run(&mut install(&venv))?;
    fs::write(&complete, REQUIREMENT)
        .map_err(|error| format!("cannot write {}: {error}", complete.display()))?;
    Ok(program)
}

fn install(venv: &Path) -> Command {
    let mut command = Command::new(venv.join("bin").join("python3"));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", REQUIREMENT]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_is_that_of_the_environment_and_takes_the_requirement_as_one_word() {
        let command = install(Path::new("/somewhere/venv"));
        assert_eq!(Path::new(command.get_program()), Path::new("/somewhere/venv/bin/python3"));
        assert_eq!(command.get_args().last().unwrap(), "litellm[proxy]");
    }
}
