//! The pages name files and folders that are there: a map that nobody checks is soon of another tree.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Every page at the root and below `docs/`.
fn pages() -> Vec<PathBuf> {
    let folders = [root().to_owned(), root().join("docs"), root().join("docs/design")];
    let entries = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder"));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|ext| ext == "md")).collect()
}

/// The code spans of a page.
fn spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines().flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// The targets of a page's links.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let starts = text.lines().flat_map(|line| line.split("](").skip(1));
    starts.filter_map(|rest| rest.split_once(')')).map(|(link, _)| link)
}

/// Whether this is a path of the tree: no command, no pattern, nothing to be filled in.
fn is_path(span: &str) -> bool {
    const FOLDERS: [&str; 5] = ["crates/", "tests/", "xtask/", "docs/", ".ci/"];
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "/._-".contains(c);
    FOLDERS.iter().any(|folder| span.starts_with(folder)) && span.chars().all(plain)
}

#[test]
fn every_path_that_a_page_names_is_there() {
    let mut missing = Vec::new();
    let mut named = 0;
    for page in pages() {
        // What was there once is what a changelog is about.
        if page.ends_with("CHANGELOG.md") {
            continue;
        }
        let text = fs::read_to_string(&page).expect("a page");
        for path in spans(&text).filter(|span| is_path(span)) {
            named += 1;
            if !root().join(path).exists() {
                missing.push(format!("{}: {path}", page.display()));
            }
        }
    }
    assert!(named > 50, "only {named} paths were found in the pages");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn every_link_between_pages_leads_somewhere() {
    let mut missing = Vec::new();
    let mut found = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for link in links(&text) {
            let path = link.split('#').next().unwrap_or_default();
            found += 1;
            let elsewhere = link.contains("://") || path.is_empty();
            if !elsewhere && !page.parent().expect("a folder").join(path).exists() {
                missing.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(found > 20, "only {found} links were found in the pages");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
