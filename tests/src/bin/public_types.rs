//! `public-types FOLDER`: holds the rustdoc JSON of each package in a folder against the list of crates
//! whose types public signatures may name, and looks for an example of each type.
//! `cargo xtask public-types` writes the JSON and calls it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use executionkit_tests::public_types::{PACKAGES, Package};

fn main() -> ExitCode {
    let Some(folder) = std::env::args_os().nth(1) else {
        eprintln!("usage: public-types FOLDER");
        return ExitCode::from(2);
    };
    let mut complaints = Vec::new();
    for package in &PACKAGES {
        match complaints_of(package, Path::new(&folder)) {
            Ok(found) => complaints.extend(found),
            Err(why) => complaints.push(format!("{}: {why}", package.name)),
        }
    }
    for complaint in &complaints {
        eprintln!("{complaint}");
    }
    if !complaints.is_empty() {
        return ExitCode::FAILURE;
    }
    println!("public signatures name types of listed crates alone, and every type has an example");
    ExitCode::SUCCESS
}

fn complaints_of(package: &Package, folder: &Path) -> Result<Vec<String>, String> {
    let path = folder.join(format!("{}.json", package.name));
    let text = fs::read(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let doc = serde_json::from_slice(&text).map_err(|error| error.to_string())?;
    package.complaints(&doc)
}
