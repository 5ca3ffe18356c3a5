//! Our own server with the script of the clients: for clients in other languages, and for servers of others
//! that pass requests on.

use super::health;
use super::server::Server;
use crate::sh;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The server starts in milliseconds; a busy machine gets its time.
const START_LIMIT: Duration = Duration::from_secs(60);

/// A file of the clients.
pub(super) fn client(name: &str) -> PathBuf {
    sh::root().join("tests").join("clients").join(name)
}

/// The server, when it is ready.
pub(super) fn start(address: SocketAddr, log: &Path) -> Result<Server, String> {
    let mut server = Server::start_logged(&mut serve(&client("tides.json"), address)?, log)?;
    server.wait_until(|| health::is_alive(address, "/v1/models"), START_LIMIT)?;
    Ok(server)
}

/// Built first and then run by itself: a `cargo run` that is ended leaves its program behind.
fn serve(script: &Path, address: SocketAddr) -> Result<Command, String> {
    let arguments = ["build", "--quiet", "--package", "ek-mock", "--features", "cli"];
    sh::run(sh::cargo().current_dir(sh::root()).args(arguments))?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let target = target.unwrap_or_else(|| sh::root().join("target"));
    let mut command = Command::new(target.join("debug").join("ek-mock"));
    command.arg("serve").arg(script).args(["--port", &address.port().to_string()]);
    Ok(command)
}
