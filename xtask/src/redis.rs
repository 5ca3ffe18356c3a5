//! The Redis that tests start: found on the PATH, or installed where this program may.

use crate::sh;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

/// What a test that needs a Redis says where there is none.
const SKIPPED: &str = "skipped, no Redis";

/// Runs tests with a Redis, if there is one, and says how many were skipped without one.
pub(crate) fn run_tests(command: &mut Command) -> Result<(), String> {
    let given = std::env::var_os("EK_REDIS_URL").is_some_and(|url| !url.is_empty());
    if given || is_there() || install() {
        command.env("EK_REQUIRE_REDIS", "1");
    }
    println!("$ {}", sh::shown(command));
    command.stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|error| sh::cannot_start(command, &error))?;
    let lines = child.stderr.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
    let mut skipped = 0;
    for line in lines.map_while(Result::ok) {
        skipped += u32::from(line.starts_with(SKIPPED));
        // Where standard error is closed the line is lost, and the tests go on.
        let _ = writeln!(std::io::stderr(), "{line}");
    }
    let status = child.wait().map_err(|error| sh::cannot_start(command, &error))?;
    println!("{skipped} tests were skipped for want of a Redis");
    if status.success() { Ok(()) } else { Err(sh::ended(command, status)) }
}

fn is_there() -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path);
    folders.any(|folder| {
        ["redis-server", "valkey-server"].iter().any(|name| folder.join(name).is_file())
    })
}

/// Installs Debian's package, where there is `apt-get` and this is root; other machines are left as they are.
fn install() -> bool {
    let id = Command::new("id").arg("-u").output();
    if !id.is_ok_and(|id| id.stdout.trim_ascii() == b"0") {
        return false;
    }
    let apt = |words: &[&str]| {
        let mut command = Command::new("apt-get");
        sh::run(command.args(words).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let done = apt(&["update"]).and_then(|()| apt(&["install", "--yes", "redis-server"]));
    if let Err(why) = done {
        println!("no Redis could be installed: {why}");
    }
    is_there()
}
