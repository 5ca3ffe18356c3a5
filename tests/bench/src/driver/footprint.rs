//! What a client costs before its first call: crates, build time, size, and the first answer of a fresh
//! process. Two tiny programs are compared, `tiny/floor` and `tiny/ours`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::sys::resource::{UsageWho, getrusage};
use serde::Serialize;

use super::processes::{Stub, output};
use super::rows::Stat;
use crate::Outcome;
use crate::load::cpu;

/// Answers of one program, besides those that warm the caches.
const ANSWERS: usize = 41;

#[derive(Debug, Serialize)]
pub(super) struct Footprint {
    pub(super) program: &'static str,
    /// Crates in the normal tree, the program's own excepted.
    pub(super) crates: usize,
    /// CPU seconds of a release build from nothing.
    pub(super) build_s: f64,
    pub(super) stripped_kib: f64,
    pub(super) first_answer_ms: Stat,
}

/// Both programs, the floor first.
pub(super) fn measure(stub: &Stub) -> Outcome<Vec<Footprint>> {
    let folder = std::env::temp_dir().join(format!("executionkit-bench-{}", std::process::id()));
    let programs = ["tiny-floor", "tiny-ours"];
    let built: Outcome<Vec<_>> =
        programs.iter().map(|name| build(name, &folder.join(name))).collect();
    let built = built?;
    let mut answers: [Vec<f64>; 2] = Default::default();
    for round in 0..ANSWERS + 5 {
        for ((program, _, _), times) in built.iter().zip(&mut answers) {
            let time = first_answer(program, stub)?;
            if round >= 5 {
                times.push(time);
            }
        }
    }
    let mut all = Vec::new();
    for ((name, (_, build_s, stripped_kib)), times) in programs.into_iter().zip(built).zip(answers)
    {
        let (crates, first_answer_ms) = (crates(name)?, Stat::of(times.into_iter()));
        all.push(Footprint { program: name, crates, build_s, stripped_kib, first_answer_ms });
    }
    std::fs::remove_dir_all(folder)?;
    Ok(all)
}

fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(Path::new(env!("CARGO_MANIFEST_DIR"))).args(arguments);
    command
}

/// CPU seconds of the children that have ended.
fn children() -> Outcome<f64> {
    Ok(cpu(&getrusage(UsageWho::RUSAGE_CHILDREN)?))
}

/// Builds from nothing: the program, the seconds, and its size.
fn build(name: &str, target: &Path) -> Outcome<(PathBuf, f64, f64)> {
    eprintln!("{name}: release build");
    let before = children()?;
    let mut command = cargo(&["build", "--quiet", "--release", "--locked", "--package", name]);
    // As a user has it who sets nothing but `strip`.
    command.args(["--config", "profile.release.lto=false"]);
    command.args(["--config", "profile.release.codegen-units=16"]);
    command.args(["--config", "profile.release.debug=false"]);
    command.args(["--config", "profile.release.strip=true"]);
    output(command.env("CARGO_TARGET_DIR", target))?;
    let seconds = children()? - before;
    let program = target.join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX));
    let size = std::fs::metadata(&program)?.len() as f64 / 1024.0;
    Ok((program, seconds, size))
}

fn crates(name: &str) -> Outcome<usize> {
    let listed = output(&mut cargo(&[
        "tree",
        "--locked",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--package",
        name,
    ]))?;
    let name_and_version = |line: &str| {
        let mut words = line.split_whitespace();
        Some((words.next()?.to_owned(), words.next()?.to_owned()))
    };
    let all: BTreeSet<_> = listed.lines().filter_map(name_and_version).collect();
    Ok(all.len().saturating_sub(1))
}

/// Milliseconds of CPU from the start of the process to its end.
fn first_answer(program: &Path, stub: &Stub) -> Outcome<f64> {
    let before = children()?;
    let answer = output(Command::new(program).arg(format!("http://{}/small/v1", stub.address)))?;
    if answer.trim().parse::<usize>()? == 0 {
        return Err("the first answer is empty".into());
    }
    Ok((children()? - before) * 1e3)
}
