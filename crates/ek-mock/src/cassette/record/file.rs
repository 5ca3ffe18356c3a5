//! A file in a cassette: whole or not at all, and for its owner alone.

use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ek_core::{Error, Result};

use crate::cassette::folder::{config, names};

/// Writes a text as the last of the folder, never in place of another, and gives its path.
///
/// # Errors
///
/// `Config`, with the path and the reason.
pub(super) fn add(folder: &Path, text: &str) -> Result<PathBuf> {
    let half = half_written(folder, text)?;
    let placed = place_last(folder, &half);
    let _ = fs::remove_file(&half);
    placed
}

/// Writes a text in place of a file of the folder, and gives its path.
///
/// # Errors
///
/// `Config`, with the path and the reason.
pub(super) fn replace(folder: &Path, name: &str, text: &str) -> Result<PathBuf> {
    let path = folder.join(name);
    let half = half_written(folder, text)?;
    fs::rename(&half, &path).map_err(|error| {
        let _ = fs::remove_file(&half);
        cannot(&path, &error)
    })?;
    Ok(path)
}

fn place_last(folder: &Path, half: &Path) -> Result<PathBuf> {
    let last = names(folder)?.last().and_then(|name| name.get(..4)?.parse::<u32>().ok());
    // Another recorder may have taken the number meanwhile.
    for number in last.map_or(1, |last| last + 1).. {
        let path = folder.join(format!("{number:04}.json"));
        // A link, unlike a renaming, never replaces what is there.
        match fs::hard_link(half, &path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot(&path, &error)),
        }
    }
    Err(config(format!("cannot write to {}: all numbers are taken", folder.display())))
}

/// A new file that no one else has prepared: its name cannot be guessed, and it is not there yet.
fn half_written(folder: &Path, text: &str) -> Result<PathBuf> {
    fs::create_dir_all(folder).map_err(|error| cannot(folder, &error))?;
    let random = RandomState::new().build_hasher().finish();
    let path = folder.join(format!(".{random:016x}.part"));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(|error| cannot(&path, &error))?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        let _ = fs::remove_file(&path);
        cannot(&path, &error)
    })?;
    Ok(path)
}

pub(super) fn cannot(path: &Path, why: &io::Error) -> Error {
    config(format!("cannot write {}: {why}", path.display()))
}
