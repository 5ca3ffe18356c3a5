//! What a client costs before its first call: crates, build time, size, and the first answer of a fresh
//! process. Tiny programs are compared: `tiny/floor`, `tiny/ours`, and those in `peers/tiny`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use bench_load::Outcome;
use bench_load::job::cpu;
use nix::sys::resource::{UsageWho, getrusage};
use serde::Serialize;

use super::peers;
use super::processes::{Stub, cargo, output};
use super::rows::{Missing, Stat};

/// The folder of the workspace of `tiny-floor` and `tiny-ours`.
const HOME: &str = env!("CARGO_MANIFEST_DIR");

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

/// Of a program's build: it, its CPU seconds, and its size in KiB.
type Built = (PathBuf, f64, f64);

/// All programs, the floor first. A peer's that cannot be measured is left out, and the reason told.
pub(super) fn measure(
    stub: &Stub,
    peers: &[&'static str],
) -> Outcome<(Vec<Footprint>, Vec<Missing>)> {
    let folder = std::env::temp_dir().join(format!("executionkit-bench-{}", std::process::id()));
    let mut built = Vec::new();
    for (program, home) in [("tiny-floor", HOME), ("tiny-ours", HOME)] {
        built.push((program, home, build(program, home, &folder.join(program))?));
    }
    let mut missing = Vec::new();
    for &client in peers {
        let (program, home) = (format!("tiny-{client}").leak(), peers::FOLDER);
        let measured = build(program, home, &folder.join(&*program))
            .and_then(|built| first_answer(&built.0, stub).map(|_| built));
        match measured {
            Ok(measured) => built.push((program, home, measured)),
            Err(why) => {
                missing.push(Missing { scenario: "footprint", client, why: why.to_string() });
            }
        }
    }
    let mut answers = vec![Vec::new(); built.len()];
    for round in 0..ANSWERS + 5 {
        for ((_, _, (program, _, _)), times) in built.iter().zip(&mut answers) {
            let time = first_answer(program, stub)?;
            if round >= 5 {
                times.push(time);
            }
        }
    }
    let mut all = Vec::new();
    for ((program, home, (_, build_s, stripped_kib)), times) in built.into_iter().zip(answers) {
        let (crates, first_answer_ms) = (crates(program, home)?, Stat::of(times.into_iter()));
        all.push(Footprint { program, crates, build_s, stripped_kib, first_answer_ms });
    }
    std::fs::remove_dir_all(folder)?;
    Ok((all, missing))
}

/// CPU seconds of the children that have ended.
fn children() -> Outcome<f64> {
    Ok(cpu(&getrusage(UsageWho::RUSAGE_CHILDREN)?))
}

/// Builds from nothing.
fn build(name: &str, home: &str, target: &Path) -> Outcome<Built> {
    eprintln!("{name}: release build");
    let before = children()?;
    let mut command =
        cargo(home, &["build", "--quiet", "--release", "--locked", "--package", name]);
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

fn crates(name: &str, home: &str) -> Outcome<usize> {
    let listed = output(&mut cargo(
        home,
        &["tree", "--locked", "--edges", "normal", "--prefix", "none", "--package", name],
    ))?;
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
