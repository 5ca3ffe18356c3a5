//! What the compiler refuses, and that it says so in our words.

use std::fs;
use std::path::Path;
use std::process::Command;

const MANIFEST: &str = r#"[package]
name = "refused"
edition = "2024"

[dependencies]
ek-core = { path = "CRATES/ek-core" }
ek-patterns = { path = "CRATES/ek-patterns" }

[workspace]
"#;

const PROGRAM: &str = "
use ek_core::{ChatRequest, LlmProvider, LlmResponse, Result};
use ek_patterns::{ReactOptions, react_loop};

struct CompletesOnly;

impl LlmProvider for CompletesOnly {
    async fn complete(&self, _: &ChatRequest) -> Result<LlmResponse> {
        Ok(LlmResponse::text(\"hello\"))
    }
}

pub async fn run() -> Result<String> {
    let outcome = react_loop(&CompletesOnly, \"?\", &[], &ReactOptions::default()).await?;
    Ok(outcome.value)
}
";

const CAN_CALL_TOOLS: &str = "impl ek_core::ToolCallingProvider for CompletesOnly {}\n";

/// The words of `cargo check` on a crate with this source, and whether it was content.
fn check(folder: &Path, program: &str) -> (bool, String) {
    fs::write(folder.join("src/lib.rs"), program).expect("a file");
    let check = Command::new(env!("CARGO"))
        .args(["check", "--offline", "--quiet", "--color=never"])
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .current_dir(folder)
        .output()
        .expect("cargo runs");
    (check.status.success(), String::from_utf8_lossy(&check.stderr).into_owned())
}

#[test]
fn a_type_that_does_not_call_tools_is_refused_by_the_compiler_in_our_words() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refused");
    fs::create_dir_all(folder.join("src")).expect("a folder");
    let crates = root.join("crates").canonicalize().expect("the crates");
    let manifest = MANIFEST.replace("CRATES", &crates.display().to_string().replace('\\', "/"));
    fs::write(folder.join("Cargo.toml"), manifest).expect("a file");
    // The same versions as here, so that nothing has to be fetched.
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock")).expect("the lock file");

    let (accepted, words) = check(&folder, PROGRAM);
    assert!(!accepted, "it compiles");
    for ours in [
        "`CompletesOnly` cannot call tools",
        "tools are needed here",
        "add `impl ToolCallingProvider for ... {}` and fill `LlmResponse::tool_calls` in `complete`",
    ] {
        assert!(words.contains(ours), "{words}");
    }

    // With what that asks for it compiles, so nothing else was wrong.
    let (accepted, words) = check(&folder, &format!("{PROGRAM}{CAN_CALL_TOOLS}"));
    assert!(accepted, "{words}");
}
