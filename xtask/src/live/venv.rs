//! A Python environment with one package in it, made once and reused.

use crate::sh;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program of the environment, which is made first if it is not there. Delete its folder to get the
/// newest version of the package.
pub(super) fn prepare(venv: &Path, requirement: &str, program: &str) -> Result<PathBuf, String> {
    let program = venv.join("bin").join(program);
    // Written last, so that an installation that was cut short is made anew.
    let complete = venv.join("complete");
    if complete.is_file() && program.is_file() {
        return Ok(program);
    }
    sh::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv))?;
    sh::run(&mut install(venv, requirement))?;
    fs::write(&complete, requirement)
        .map_err(|error| format!("cannot write {}: {error}", complete.display()))?;
    Ok(program)
}

fn install(venv: &Path, requirement: &str) -> Command {
    let mut command = Command::new(venv.join("bin").join("python3"));
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pip_is_that_of_the_environment_and_takes_the_requirement_as_one_word() {
        let command = install(Path::new("/somewhere/venv"), "litellm[proxy]");
        assert_eq!(Path::new(command.get_program()), Path::new("/somewhere/venv/bin/python3"));
        assert_eq!(command.get_args().last().unwrap(), "litellm[proxy]");
    }
}
