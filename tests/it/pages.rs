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

/// The name under which a heading can be linked to, as GitHub and mdBook make it.
fn anchor(heading: &str) -> String {
    let words = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = words.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
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

#[test]
fn every_link_to_a_heading_finds_it() {
    let mut missing = Vec::new();
    let mut found = 0;
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        for link in links(&text).filter(|link| !link.contains("://")) {
            let Some((path, wanted)) = link.split_once('#') else { continue };
            found += 1;
            let target = page.parent().expect("a folder").join(path);
            let there = if path.is_empty() {
                text.clone()
            } else {
                fs::read_to_string(target).expect(link)
            };
            if !there.lines().any(|line| line.starts_with('#') && anchor(line) == wanted) {
                missing.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(found > 10, "only {found} links to headings were found in the pages");
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

/// A link out of `docs/` is dead in the book, which holds nothing else.
#[test]
fn pages_of_the_book_link_to_pages_of_the_book() {
    let docs = root().join("docs").canonicalize().expect("the book");
    let mut outside = Vec::new();
    for page in pages().into_iter().filter(|page| page.starts_with(root().join("docs"))) {
        let text = fs::read_to_string(&page).expect("a page");
        for link in links(&text).filter(|link| !link.contains("://")) {
            let path = link.split('#').next().unwrap_or_default();
            let target = page.parent().expect("a folder").join(path).canonicalize();
            if !target.is_ok_and(|target| target.starts_with(&docs)) {
                outside.push(format!("{}: {link}", page.display()));
            }
        }
    }
    assert!(outside.is_empty(), "{}", outside.join("\n"));
}

#[test]
fn every_page_with_rust_in_it_is_compiled() {
    let book = fs::read_to_string(root().join("tests/src/book.rs")).expect("the list");
    for page in pages() {
        let text = fs::read_to_string(&page).expect("a page");
        let path = page.strip_prefix(root()).expect("a page of ours").display().to_string();
        if text.contains("```rust") {
            assert!(book.contains(&format!("\"{path}\"")), "{path}");
            assert!(!text.contains("```rust,ignore"), "{path}");
        }
    }
}
