//! What the compiler refuses, and that it says so in our words.
//!
//! It is asked directly, with the library that was built for this test: no other package, no lock file
//! and no network. Only our own words are looked for; the rest of the message is the compiler's.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder where Cargo puts what this test is linked with.
fn built() -> PathBuf {
    let test = std::env::current_exe().expect("the path of this test");
    test.parent().expect("a folder").to_owned()
}

/// The libraries of the facade, the newest first: builds with other features lie beside each other.
fn libraries() -> Vec<PathBuf> {
    let entries =
        std::fs::read_dir(built()).expect("the folder").map(|entry| entry.expect("a file"));
    let mut libraries: Vec<_> = entries
        .filter(|entry| {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            name.starts_with("libexecutionkit-") && name.ends_with(".rlib")
        })
        .map(|entry| (entry.metadata().and_then(|m| m.modified()).expect("a time"), entry.path()))
        .collect();
    libraries.sort_unstable_by(|a, b| b.cmp(a));
    libraries.into_iter().map(|(_, path)| path).collect()
}

fn compile(library: &Path, cfg: &[&str]) -> Output {
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compile_fail/complete_only.rs");
    let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--crate-type", "lib", "--emit", "metadata"]);
    rustc.args(["--check-cfg", "cfg(calls_tools)"]).args(cfg);
    rustc.arg("-L").arg(format!("dependency={}", built().display()));
    rustc.arg("--extern").arg(format!("executionkit={}", library.display()));
    rustc.arg("-o").arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("complete_only.rmeta"));
    rustc.arg(source).output().expect("rustc runs")
}

#[test]
fn react_loop_refuses_an_adapter_that_only_completes_and_says_what_to_do() {
    // The control: one line more, and it compiles. So whatever is refused is refused for want of it.
    let libraries = libraries();
    let taken = |library: &&PathBuf| compile(library, &["--cfg", "calls_tools"]).status.success();
    let library = libraries.iter().find(taken).expect("a library that the control compiles with");

    let refused = compile(library, &[]);
    assert!(!refused.status.success());
    let message = String::from_utf8_lossy(&refused.stderr);
    for words in [
        "`CompleteOnly` cannot call tools",
        "tools are needed here",
        "add `impl ToolCallingProvider for ... {}`",
    ] {
        assert!(message.contains(words), "{words}: {message}");
    }
}
