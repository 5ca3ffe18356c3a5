//! What each crate may bring into a user's tree.

use std::process::Command;

/// Asks the project's own check, which holds `cargo tree -e normal` against its deny-lists and
/// ceilings.
#[test]
fn no_crate_brings_what_it_must_not() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let check = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--package", "xtask", "--", "deps"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    let text = String::from_utf8_lossy(&check.stdout) + String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{text}");
    assert!(text.contains("ek-core") && text.contains("executionkit"), "{text}");
}
