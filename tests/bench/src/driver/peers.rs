//! The peers: other clients, each built by itself and only when it is asked for. How they are used, and
//! why they are built apart, is said in `peers/Cargo.toml`.

use std::path::PathBuf;

use bench_load::Outcome;

use super::processes::{beside, cargo, output};

/// In the order of the table.
pub const NAMES: [&str; 3] = ["reqwest", "async-openai", "genai"];

/// The folder of their workspace.
pub(super) const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers");

/// A client's program: peers have their own.
///
/// # Errors
/// If the folder of this program is not known.
pub fn program(client: &str, counted: bool) -> Outcome<PathBuf> {
    let name = match (NAMES.contains(&client), counted) {
        (true, false) => format!("peer-{client}"),
        (true, true) => format!("peer-{client}-counted"),
        (false, false) => "client".to_owned(),
        (false, true) => "counted".to_owned(),
    };
    beside(&name)
}

/// Builds one, so that its programs lie beside this one. One at a time: features that one peer
/// switches on in a shared crate are not on for another.
///
/// # Errors
/// If it cannot be built.
pub fn build(name: &str) -> Outcome<()> {
    eprintln!("{name}: release build");
    let target = beside("client")?;
    let target = target.ancestors().nth(2).ok_or("no target folder")?;
    let mut command = cargo(FOLDER, &["build", "--quiet", "--release", "--locked", "--bins"]);
    command.arg("--package").arg(format!("peer-{name}")).arg("--target-dir").arg(target);
    output(&mut command).map(drop)
}
