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

/// A double that brought a runtime would bring it into every test of every user.
#[test]
fn the_mock_without_features_brings_of_tokio_only_time_and_sync() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--package", "ek-mock", "--no-default-features", "--locked"])
        .args(["--edges", "normal,features", "--prefix", "none"])
        .current_dir(root)
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8_lossy(&tree.stdout);
    let mut features: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("tokio feature ")).collect();
    features.sort_unstable();
    features.dedup();
    assert_eq!(features, [r#""sync""#, r#""time""#]);
}
