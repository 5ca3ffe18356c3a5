//! `cargo xtask book`: `docs/` as a book for a browser, in `target/book/`.
//!
//! Beside the normal check, which compiles the snippets of the chapters: `mdbook` is installed where it
//! is missing.

use crate::sh;
use std::process::Command;

pub(crate) fn run() -> Result<(), String> {
    sh::install(Command::new("mdbook").arg("--version"), "mdbook")?;
    sh::run(Command::new("mdbook").arg("build").current_dir(sh::root()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn docs(path: &str) -> String {
        fs::read_to_string(sh::root().join("docs").join(path)).expect("a page of the book")
    }

    /// A page that no chapter leads to is not built, and nobody finds it.
    #[test]
    fn every_page_is_a_chapter() {
        let summary = docs("SUMMARY.md");
        for folder in ["", "design/", "protocols/", "recipes/"] {
            let Ok(entries) = fs::read_dir(sh::root().join("docs").join(folder)) else { continue };
            for entry in entries {
                let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
                if name.ends_with(".md") && name != "SUMMARY.md" {
                    assert!(summary.contains(&format!("]({folder}{name})")), "{folder}{name}");
                }
            }
        }
    }
}
