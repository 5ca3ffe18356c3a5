//! `ek-mock serve`: reads the script, starts the server, says where it is, and ends on Ctrl-C.

use std::fs;
use std::io;
use std::path::Path;

use super::arguments::Serve;
use crate::cassette::Tape;
use crate::wire::MockServer;
use crate::{Cassette, Chaos, Recorder, Recording, Script};

/// Serves until Ctrl-C.
///
/// # Errors
///
/// Why it cannot, in words for people.
#[expect(clippy::print_stdout, reason = "a program prints")]
pub(super) fn run(serve: &Serve) -> Result<(), String> {
    let script = with_chaos(script(serve)?, serve);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("no runtime can be made: {error}"))?;
    runtime.block_on(async {
        match &serve.record {
            None => {
                let addr = (serve.host, serve.port).into();
                let server = MockServer::bind_unverified(script, None, addr).await;
                let server = server.map_err(|error| no_port(serve, &error))?;
                greet(&server);
                until_stopped().await?;
                let (calls, unmet) = (server.call_count(), server.unmet());
                server.stop().await;
                println!("stopped; calls: {calls}");
                unmet?;
            }
            Some(record) => {
                let addr = (serve.host, serve.port).into();
                let tape = Tape::new(&record.folder, &record.upstream, record.mode);
                let tape = tape.map_err(|error| error.to_string())?;
                let recorder = Recorder::bind(script, tape, addr).await.map_err(|error| {
                    match port_error(&error) {
                        Some(error) => no_port(serve, error),
                        None => error.to_string(),
                    }
                })?;
                greet(recorder.server());
                println!("recording {} to {}", record.upstream, record.folder.display());
                tokio::select! {
                    stopped = until_stopped() => stopped?,
                    () = report(&recorder) => {}
                }
                let unmet = recorder.server().unmet();
                let all = recorder.stop().await;
                let written = all.iter().filter(|one| matches!(one, Recording::Written { .. }));
                println!("stopped; exchanges written: {} of {}", written.count(), all.len());
                unmet?;
            }
        }
        Ok(())
    })
}

#[expect(clippy::print_stdout, reason = "a program prints")]
fn greet(server: &MockServer) {
    println!("serving {}", server.uri());
    println!("journal http://{}/__journal", server.addr());
}

/// Says what becomes of each exchange, for ever.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]
async fn report(recorder: &Recorder) {
    for number in 0.. {
        recorder.wait_for_recordings(number + 1).await;
        match &recorder.recordings()[number] {
            Recording::Written { path } => println!("written {}", path.display()),
            Recording::Refused { why } => eprintln!("NOT WRITTEN: {why}"),
        }
    }
}

async fn until_stopped() -> Result<(), String> {
    tokio::signal::ctrl_c().await.map_err(|error| format!("cannot wait for Ctrl-C: {error}"))
}

/// What the system said, where a port could not be had.
fn port_error(error: &ek_core::Error) -> Option<&io::Error> {
    std::error::Error::source(error)?.downcast_ref()
}

fn script(serve: &Serve) -> Result<Script, String> {
    if let Some(folder) = &serve.replay {
        let cassette = Cassette::open(folder).map_err(|error| error.to_string())?;
        let cassette = if serve.no_waits { cassette.without_waits() } else { cassette };
        return cassette.script().map_err(|error| error.to_string());
    }
    serve.script.as_deref().map_or_else(|| Ok(Script::new()), read)
}

fn read(path: &Path) -> Result<Script, String> {
    let shown = path.display();
    let text = fs::read_to_string(path).map_err(|error| format!("cannot read {shown}: {error}"))?;
    Script::from_json(&text).map_err(|error| format!("{shown}: {error}"))
}

fn with_chaos(script: Script, serve: &Serve) -> Script {
    let Some(seed) = serve.chaos_seed else { return script };
    let chaos = script.chaos.map_or(Chaos::seeded(seed), |own| Chaos { seed, ..own });
    script.with_chaos(match serve.chaos_rate {
        Some(rate) => chaos.with_rate(rate),
        None => chaos,
    })
}

fn no_port(serve: &Serve, error: &io::Error) -> String {
    let Serve { host, port, .. } = serve;
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "port {port} of {host} is taken; choose another with --port, or leave it out for a \
             free one"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("port {port} of {host} is not allowed; ports from 1024 up are")
        }
        io::ErrorKind::AddrNotAvailable => {
            format!("{host} is no address of this machine; the default is 127.0.0.1")
        }
        _ => format!("cannot listen on {host}, port {port}: {error}"),
    }
}
