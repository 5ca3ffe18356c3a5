//! A server as a process: what is run, with which environment, and where its standard error goes.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use ek_core::{Error, ErrorKind, Result, SecretValues, is_credential_name, redact};
use tokio::process::Command;

use super::child::{Process, log_stderr};
use super::transport::Pipes;
use crate::connection::Connection;
use crate::session::{Mask, Session, Setup, in_runtime};
use crate::{McpOptions, McpServer};

/// What of this process's environment a server gets, unless it gets all: what the official clients pass on.
const PASSED_ON: [&str; 18] = [
    "APPDATA",
    "HOME",
    "HOMEDRIVE",
    "HOMEPATH",
    "LANG",
    "LOCALAPPDATA",
    "LOGNAME",
    "PATH",
    "PROCESSOR_ARCHITECTURE",
    "SHELL",
    "SYSTEMDRIVE",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TMPDIR",
    "USER",
    "USERNAME",
    "USERPROFILE",
];

/// Where the standard error of a server's process goes.
///
/// ```
/// use ek_mcp::{McpServer, McpStderr};
/// let quiet = McpServer::command("uvx").arg("mcp-server-time").stderr(McpStderr::Discard);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum McpStderr {
    /// To the standard error of this process.
    #[default]
    Inherit,
    /// To the log: an event of `tracing` for each line, at the level DEBUG with the target
    /// `ek_mcp::stderr`. It shows whatever the server writes, but for what looks like a credential. Of a line
    /// longer than 4 KiB, its first words are shown.
    Log,
    /// Nowhere.
    Discard,
}

/// A server that is run as a process; made by [`McpServer::command`].
///
/// Of this process's environment the server gets what the official clients pass on: `PATH`, `HOME`, `USER`,
/// `LANG` and the like, and no keys. [`env`](Self::env) adds what it needs.
///
/// The process ends with the connection. Its standard input is closed first; after two seconds it is killed.
/// Where it starts processes of its own (as `npx` does), those see the end of their input. On Windows a script is
/// named with its ending: `npx.cmd`.
///
/// `Debug` shows the program, and neither arguments nor the environment.
///
/// ```no_run
/// # async fn run(token: &str) -> ek_core::Result<()> {
/// use ek_mcp::{McpOptions, McpServer};
///
/// let server = McpServer::command("npx")
///     .args(["-y", "@modelcontextprotocol/server-github"])
///     .env("GITHUB_PERSONAL_ACCESS_TOKEN", token)
///     .options(McpOptions::default().with_name("github").with_prefix("github_"))
///     .connect()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
#[must_use = "nothing runs until it is connected"]
pub struct McpCommand {
    program: OsString,
    args: Vec<OsString>,
    env: Vec<(OsString, OsString)>,
    inherit_env: bool,
    current_dir: Option<PathBuf>,
    stderr: McpStderr,
    options: McpOptions,
}

impl McpCommand {
    pub(crate) fn new(program: OsString) -> Self {
        Self {
            program,
            args: Vec::new(),
            env: Vec::new(),
            inherit_env: false,
            current_dir: None,
            stderr: McpStderr::default(),
            options: McpOptions::default(),
        }
    }

    /// Adds an argument.
    pub fn arg(mut self, arg: impl Into<OsString>) -> Self {
        self.args.push(arg.into());
        self
    }

    /// Adds arguments.
    pub fn args<S: Into<OsString>>(mut self, args: impl IntoIterator<Item = S>) -> Self {
        self.args.extend(args.into_iter().map(Into::into));
        self
    }

    /// Sets a variable of the server's environment. Its value is masked in errors and in the log where its name
    /// is that of a credential ([`is_credential_name`]).
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// Passes the whole environment of this process on, with every key in it. Default: false.
    pub fn inherit_env(mut self, inherit: bool) -> Self {
        self.inherit_env = inherit;
        self
    }

    /// Sets the directory in which the server runs. Default: that of this process.
    pub fn current_dir(mut self, dir: impl AsRef<Path>) -> Self {
        self.current_dir = Some(dir.as_ref().to_owned());
        self
    }

    /// Sets where the server's standard error goes. Default: to that of this process.
    pub fn stderr(mut self, stderr: McpStderr) -> Self {
        self.stderr = stderr;
        self
    }

    /// Sets names and limits.
    pub fn options(mut self, options: McpOptions) -> Self {
        self.options = options;
        self
    }

    /// Runs the process and waits until the server is ready.
    ///
    /// # Errors
    /// `Config` for a wrong setting, for a program that is not there, and outside of a tokio runtime;
    /// `Connect` where it cannot be run; `Interrupted` where it ends at once, with its exit status; `Timeout`
    /// after [`connect_timeout`](McpOptions::connect_timeout); `Rejected` or `Malformed` by what it answers.
    pub async fn connect(self) -> Result<McpServer> {
        self.options.check()?;
        let name = self.options.name.clone().unwrap_or_else(|| stem(&self.program));
        in_runtime(&name)?;
        let mut child = self.command().spawn().map_err(|error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound | std::io::ErrorKind::PermissionDenied => {
                    ErrorKind::Config
                }
                _ => ErrorKind::Connect,
            };
            let why =
                format!("the program of the MCP server `{name}` cannot be run: {}", error.kind());
            Error::new(kind, why).with_source(error)
        })?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            let why = format!("the MCP server `{name}` has no standard input or output");
            return Err(Error::new(ErrorKind::Connect, why));
        };
        let secrets = self.secrets();
        let mask: Mask = Arc::new(move |text: &str| redact(&secrets.mask(text)).into_owned());
        if let Some(stderr) = child.stderr.take() {
            tokio::spawn(log_stderr(name.clone(), stderr, Arc::clone(&mask)));
        }
        let connection = Arc::new(Connection::default());
        let process = Some(Process(child));
        let max = self.options.max_message_bytes;
        let pipes = Pipes::new(stdout, stdin, process, Arc::clone(&connection), max);
        let setup = Setup { name, options: self.options, connection, mask };
        Session::begin(setup, pipes).await.map(McpServer::new)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.args).kill_on_drop(true);
        if !self.inherit_env {
            command.env_clear();
            let passed = PASSED_ON.iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
            command.envs(passed);
        }
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        if let Some(dir) = &self.current_dir {
            command.current_dir(dir);
        }
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(match self.stderr {
            McpStderr::Inherit => Stdio::inherit(),
            McpStderr::Log => Stdio::piped(),
            McpStderr::Discard => Stdio::null(),
        });
        command
    }

    /// Values of the environment that neither an error nor the log must show.
    fn secrets(&self) -> SecretValues {
        let named = |(name, value): &'_ (OsString, OsString)| {
            let (name, value) = (name.to_str()?, value.to_str()?);
            is_credential_name(name).then(|| value.to_owned())
        };
        SecretValues::new(self.env.iter().filter_map(named))
    }
}

fn stem(program: &OsStr) -> String {
    let stem = Path::new(program).file_stem().unwrap_or(program);
    stem.to_string_lossy().into_owned()
}

impl fmt::Debug for McpCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("McpCommand")
            .field("program", &self.program)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_neither_arguments_nor_the_environment() {
        let command = McpServer::command("/opt/tides").arg("--key=MARK").env("TIDE_KEY", "MARK");
        let shown = format!("{command:?}");
        assert!(shown.contains("/opt/tides") && !shown.contains("MARK"), "{shown}");
    }

    #[test]
    fn a_server_is_called_by_its_program_unless_it_has_a_name() {
        assert_eq!(stem(OsStr::new("/opt/bin/tides.exe")), "tides");
        assert_eq!(stem(OsStr::new("npx")), "npx");
    }
}
