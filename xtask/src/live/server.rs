//! A server process that never outlives the value that stands for it.

use crate::sh;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// Pause between two questions whether the server is ready.
const INTERVAL: Duration = Duration::from_millis(200);

/// Ended by dropping it, on success, on failure and on panic alike.
pub(super) struct Server {
    child: Child,
}

impl Server {
    pub(super) fn start(command: &mut Command) -> Result<Self, String> {
        let child = command.spawn().map_err(|error| sh::cannot_start(command, &error))?;
        Ok(Self { child })
    }

    /// Starts it without input; all that it writes goes to this file.
    pub(super) fn start_logged(command: &mut Command, log: &Path) -> Result<Self, String> {
        let cannot_write = |error| format!("cannot write {}: {error}", log.display());
        let stdout = File::create(log).map_err(cannot_write)?;
        let stderr = stdout.try_clone().map_err(cannot_write)?;
        Self::start(command.stdin(Stdio::null()).stdout(stdout).stderr(stderr))
    }

    /// Waits until `is_ready` says so. Fails once the process has ended by itself, or after
    /// `limit`.
    pub(super) fn wait_until(
        &mut self,
        is_ready: impl Fn() -> bool,
        limit: Duration,
    ) -> Result<(), String> {
        let deadline = Instant::now() + limit;
        loop {
            // Asked first: were the process gone, a stranger on its port might answer.
            match self.child.try_wait() {
                Ok(None) => {}
                Ok(Some(status)) => {
                    return Err(format!("the server ended with {status} before it was ready"));
                }
                Err(error) => return Err(format!("cannot watch the server: {error}")),
            }
            if is_ready() {
                return Ok(());
            }
            if Instant::now() >= deadline {
                return Err(format!("the server was not ready within {limit:?}"));
            }
            thread::sleep(INTERVAL);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Both fail only where the process has already ended and been waited for.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::io::Read as _;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]).stdout(Stdio::piped());
        command
    }

    #[test]
    fn dropping_the_value_ends_the_process() {
        let mut server = Server::start(&mut shell("exec sleep 60")).unwrap();
        let mut stdout = server.child.stdout.take().unwrap();
        // The pipe ends with its last writer: at once, or only when the sleep is over.
        let start = Instant::now();
        drop(server);
        assert_eq!(stdout.read(&mut [0]).unwrap(), 0);
        assert!(start.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_server_is_asked_until_it_is_ready() {
        let mut server = Server::start(&mut shell("exec sleep 60")).unwrap();
        let asked = Cell::new(0);
        let third_time = || {
            asked.set(asked.get() + 1);
            asked.get() == 3
        };
        assert_eq!(server.wait_until(third_time, Duration::from_secs(60)), Ok(()));
    }

    #[test]
    fn a_server_that_ends_by_itself_is_not_waited_for() {
        let mut server = Server::start(&mut shell("exit 3")).unwrap();
        assert_eq!(
            server.wait_until(|| false, Duration::from_secs(60)).unwrap_err(),
            "the server ended with exit status: 3 before it was ready"
        );
    }

    #[test]
    fn a_server_that_never_gets_ready_is_given_up() {
        let mut server = Server::start(&mut shell("exec sleep 60")).unwrap();
        assert_eq!(
            server.wait_until(|| false, Duration::ZERO).unwrap_err(),
            "the server was not ready within 0ns"
        );
    }
}
