//! What the docs say is tested, against the tests.

use std::fs;
use std::path::{Path, PathBuf};

const COUNT: usize = 87;

fn root() -> PathBuf {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    tests.parent().expect("the workspace").to_owned()
}

/// The numbers and files of the rows, in their order.
fn rows(page: &str) -> Vec<(usize, Vec<String>)> {
    let rows = page.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
        let number = cells.first()?.parse().ok()?;
        let files = cells.last()?.split('`').filter(|piece| piece.ends_with(".rs"));
        Some((number, files.map(str::to_owned).collect()))
    });
    rows.collect()
}

fn source(file: &str) -> String {
    let candidates = [root().join("crates").join(file), root().join(file)];
    let path = candidates.iter().find(|path| path.is_file());
    let path = path.unwrap_or_else(|| panic!("{file} does not exist"));
    fs::read_to_string(path).expect("a source file")
}

#[test]
fn every_fault_in_the_list_has_tests_that_carry_its_number() {
    let page = fs::read_to_string(root().join("docs/faults.md")).expect("the list");
    let rows = rows(&page);
    let numbers: Vec<usize> = rows.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (1..=COUNT).collect::<Vec<_>>());
    for (number, files) in rows {
        assert!(!files.is_empty(), "{number} names no file");
        for file in files {
            let source = source(&file);
            let lines: Vec<&str> = source.lines().map(str::trim).collect();
            let named = lines.windows(2).any(|two| {
                let name = two[1].trim_start_matches("async ");
                two[0].starts_with("#[") && name.starts_with(&format!("fn s{number:02}_"))
            });
            assert!(named, "no test `s{number:02}_...` in {file}");
        }
    }
}

/// All sources of the workspace, for names.
fn sources(folder: &Path, all: &mut String) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&fs::read_to_string(&path).expect("a source file"));
        }
    }
}

#[test]
fn every_test_that_stands_behind_a_guarantee_exists() {
    let page = fs::read_to_string(root().join("docs/reliability.md")).expect("the page");
    let mut all = String::new();
    for folder in ["crates", "tests/it"] {
        sources(&root().join(folder), &mut all);
    }
    let is_test = |word: &&str| match word.as_bytes() {
        [b's', tens, ones, b'_', ..] => tens.is_ascii_digit() && ones.is_ascii_digit(),
        _ => false,
    };
    let named: Vec<&str> = page.split('`').filter(is_test).collect();
    assert!(named.len() > 20, "{named:?}");
    for name in named {
        assert!(all.contains(&format!("fn {name}(")), "{name}");
    }
}
