//! A new file in a cassette: whole or not at all, and never in place of another.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use ek_core::Result;

use crate::cassette::exchange::Exchange;
use crate::cassette::folder::{config, names};

/// Writes an exchange as the last of the folder, whole or not at all, and gives its path.
///
/// # Errors
///
/// `Config`, with the path and the reason.
pub(super) fn add(folder: &Path, exchange: &Exchange) -> Result<PathBuf> {
    let cannot = |what: &Path, why: &dyn std::fmt::Display| {
        config(format!("cannot write {}: {why}", what.display()))
    };
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let text = serde_json::to_string_pretty(exchange).map_err(|error| cannot(folder, &error))?;
    let last = names(folder)?.last().and_then(|name| name.get(..4)?.parse::<u32>().ok());
    // Another recorder may have taken the number meanwhile.
    for number in last.map_or(1, |last| last + 1).. {
        let path = folder.join(format!("{number:04}.json"));
        let half = folder.join(format!(".{number:04}.{}.part", std::process::id()));
        let written = fs::File::create(&half)
            .and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
        // A link, unlike a renaming, never replaces what is there.
        let placed = written.and_then(|()| fs::hard_link(&half, &path));
        let _ = fs::remove_file(&half);
        match placed {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&path, &error)),
        }
    }
    Err(cannot(folder, &"all numbers are taken"))
}
