//! MCP servers of others: the time server and a server of the official package, both in Python, and the
//! project's own `server-everything` for Node, where there is npm. Each over stdio, and over HTTP where it can.

use super::server::Server;
use super::{Choice, ek_mock, free_address, tail_of, venv};
use crate::sh;
use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// Importing its packages takes seconds.
const START_LIMIT: Duration = Duration::from_secs(60);

/// Not pinned: the point is to meet the servers as their users do today. It brings the official package.
const PYTHON: &str = "mcp-server-time";
const NODE: &str = "@modelcontextprotocol/server-everything";

/// The program that calls their tools.
const PROGRAM: &str = "live-mcp";

/// Calls the tools of all; the first exit status that is not 0.
pub(super) fn run(folder: &Path, chosen: &Choice) -> Result<u8, String> {
    if !chosen.takes(PROGRAM) {
        return Ok(0);
    }
    println!("--- MCP servers ---");
    let time = venv::prepare(&folder.join("venv-mcp"), PYTHON, PYTHON)?;
    let python = time.with_file_name("python3");
    let own = ek_mock::client("mcp_server.py");
    let mut statuses = vec![
        check(["time", "stdio"], &[time.into_os_string()])?,
        check(
            ["python", "stdio"],
            &[python.clone().into_os_string(), own.clone().into_os_string()],
        )?,
    ];
    let address = free_address()?;
    let mut serve = Command::new(&python);
    serve.arg(&own).arg(address.port().to_string());
    statuses.push(over_http("python", &mut serve, address, folder)?);
    match node(&folder.join("node-mcp"))? {
        None => println!("skipped, no npm: {NODE}"),
        Some(program) => {
            statuses.push(check(["everything", "stdio"], &[program.clone().into_os_string()])?);
            let address = free_address()?;
            let mut serve = Command::new(program);
            serve.arg("streamableHttp").env("PORT", address.port().to_string());
            statuses.push(over_http("everything", &mut serve, address, folder)?);
        }
    }
    Ok(statuses.into_iter().find(|status| *status != 0).unwrap_or(0))
}

fn check(what: [&str; 2], server: &[std::ffi::OsString]) -> Result<u8, String> {
    sh::status(sh::program_of_tests(PROGRAM).args(what).args(server))
}

/// The server ends with this call.
fn over_http(
    name: &str,
    serve: &mut Command,
    address: SocketAddr,
    folder: &Path,
) -> Result<u8, String> {
    let log = folder.join(format!("mcp-{name}.log"));
    println!("starting {name} on {address}, log in {}", log.display());
    let mut server = Server::start_logged(serve, &log)?;
    let ready = server.wait_until(|| TcpStream::connect(address).is_ok(), START_LIMIT);
    let url = format!("http://{address}/mcp");
    let outcome = ready.and_then(|()| check([name, "http"], &[url.into()]));
    if !matches!(outcome, Ok(0)) {
        eprintln!("{}", tail_of(&log));
    }
    outcome
}

/// The server's program, installed first if it is not there; `None` without npm. Delete the folder to get the
/// newest version.
fn node(folder: &Path) -> Result<Option<PathBuf>, String> {
    let program = folder.join("node_modules").join(".bin").join("mcp-server-everything");
    if program.is_file() {
        return Ok(Some(program));
    }
    let mut probe = Command::new("npm");
    probe.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    if !probe.status().is_ok_and(|status| status.success()) {
        return Ok(None);
    }
    fs::create_dir_all(folder)
        .map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    sh::run(&mut install(folder))?;
    Ok(Some(program))
}

fn install(folder: &Path) -> Command {
    let mut command = Command::new("npm");
    command
        .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
        .arg(folder)
        .arg(NODE);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn npm_installs_into_a_folder_of_our_own() {
        assert_eq!(
            sh::shown(&install(Path::new("target/live/node-mcp"))),
            "npm install --silent --no-audit --no-fund --prefix target/live/node-mcp \
             @modelcontextprotocol/server-everything"
        );
    }

    #[test]
    fn the_server_that_is_run_is_there() {
        assert!(ek_mock::client("mcp_server.py").is_file());
    }
}
