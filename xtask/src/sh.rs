//! Running other programs: the one place that starts a process and judges how it ended.

use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};

/// The workspace's folder. Cargo says at run time where this package lies; the compiled-in path
/// serves when the program is started by hand.
pub(crate) fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package.parent().map_or_else(|| package.clone(), PathBuf::from)
}

/// A `cargo` of the same toolchain as the one that started this program.
///
/// What Cargo has told *this* package about itself is taken out of the environment: build scripts
/// (ring's) watch `CARGO_PKG_*`, and everything above them would be built anew each time a plain
/// `cargo test` follows a `cargo xtask ci`.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(describes_this_package) {
            command.env_remove(name);
        }
    }
    command
}

/// One of the programs of the tests package, to be given its arguments. It runs in the caller's
/// folder, so that a relative path means what the caller sees.
pub(crate) fn program_of_tests(name: &str) -> Command {
    let mut command = cargo();
    command.args(["run", "--quiet", "--package", "executionkit-tests", "--bin", name]);
    command.arg("--manifest-path").arg(root().join("Cargo.toml")).arg("--");
    command
}

/// Installs `package` with Cargo, unless `probe` shows that its program is there.
pub(crate) fn install(probe: &mut Command, package: &str) -> Result<(), String> {
    probe.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    if probe.status().is_ok_and(|status| status.success()) {
        return Ok(());
    }
    run(cargo().args(["install", "--locked", package]))
}

fn describes_this_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || variable == "CARGO_PRIMARY_PACKAGE"
}

/// Runs to the end with the caller's input and output; only success is `Ok`.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(ended(command, status)) }
}

/// Runs to the end with the caller's input and output and gives back the exit status, whatever it
/// is.
pub(crate) fn status(command: &mut Command) -> Result<u8, String> {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    Ok(exit_code(status))
}

/// Runs to the end and gives back what it wrote to stdout; stderr stays the caller's.
pub(crate) fn output(command: &mut Command) -> Result<String, String> {
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(ended(command, output.status));
    }
    String::from_utf8(output.stdout)
        .map_err(|_| format!("`{}` wrote something other than UTF-8", shown(command)))
}

/// The command as a reader would type it: program by its file name, variables that were set in
/// front. For people, not for a shell: nothing is quoted.
pub(crate) fn shown(command: &Command) -> String {
    let mut words = Vec::new();
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            words.push(format!("{}={:?}", name.display(), value.to_string_lossy()));
        }
    }
    let program = PathBuf::from(command.get_program());
    words.push(program.file_stem().unwrap_or(program.as_os_str()).display().to_string());
    words.extend(command.get_args().map(|word| word.display().to_string()));
    words.join(" ")
}

/// The message where a program is not there or may not be run.
///
/// Only the program is named: arguments and variables may hold a secret.
pub(crate) fn cannot_start(command: &Command, error: &std::io::Error) -> String {
    format!("cannot start `{}`: {error}", command.get_program().display())
}

pub(crate) fn ended(command: &Command, status: ExitStatus) -> String {
    format!("`{}` ended with {status}", shown(command))
}

/// The status to pass on. A program that a signal ended counts as 128 + signal, as in shells.
fn exit_code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(1);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_the_folder_that_holds_this_package() {
        assert!(root().join("xtask").join("Cargo.toml").is_file());
    }

    #[test]
    fn what_cargo_says_about_this_package_does_not_reach_the_cargo_below() {
        for name in ["CARGO_PKG_NAME", "CARGO_PKG_VERSION_PRE", "CARGO_MANIFEST_DIR"] {
            assert!(describes_this_package(name), "{name}");
        }
        for name in ["CARGO_HOME", "CARGO_TARGET_DIR", "CARGO", "CARGO_NET_OFFLINE"] {
            assert!(!describes_this_package(name), "{name}");
        }
        // Cargo sets this one for every test run, so it must be among those taken out.
        assert!(cargo().get_envs().any(|pair| pair == ("CARGO_PKG_NAME".as_ref(), None)));
    }

    #[test]
    fn a_command_is_shown_as_it_would_be_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.arg("doc").arg("--no-deps").env("RUSTDOCFLAGS", "-D warnings").env_remove("X");
        assert_eq!(shown(&command), "RUSTDOCFLAGS=\"-D warnings\" cargo doc --no-deps");
    }

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let mut command = Command::new("no-such-program-anywhere");
        let message = run(&mut command).unwrap_err();
        assert!(message.starts_with("cannot start `no-such-program-anywhere`: "), "{message}");
    }

    #[test]
    fn a_program_that_is_there_is_not_installed() {
        let mut probe = cargo();
        assert_eq!(install(probe.arg("--version"), "no-such-package-anywhere"), Ok(()));
    }

    #[cfg(unix)]
    #[test]
    fn exit_statuses_pass_through_and_signals_count_from_128() {
        use std::os::unix::process::ExitStatusExt as _;
        for (wait_status, expected) in [(0, 0), (7 << 8, 7), (255 << 8, 255), (9, 137)] {
            assert_eq!(exit_code(ExitStatus::from_raw(wait_status)), expected);
        }
    }
}
