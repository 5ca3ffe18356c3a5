//! Cassettes: what a real client hears from a replay, and what a recorder keeps.

#[cfg(feature = "record")]
mod agents;
#[cfg(feature = "record")]
mod embeddings;
#[cfg(feature = "record")]
mod modes;
#[cfg(feature = "record")]
mod recording;
mod replaying;
#[cfg(feature = "record")]
mod secrets;
#[cfg(feature = "record")]
mod targets;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

/// A folder of its own for a test, gone with it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("ek-mock-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        fs::write(self.0.join(name), text).expect("a file");
    }

    /// The names of the files in it, and all of their texts in one.
    #[cfg(feature = "record")]
    pub(crate) fn read(&self) -> (Vec<String>, String) {
        let entries = fs::read_dir(&self.0).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name());
        let mut names: Vec<String> = names.map(|name| name.into_string().expect("UTF-8")).collect();
        names.sort();
        let texts = names.iter().map(|name| fs::read_to_string(self.0.join(name)).expect("text"));
        let texts: String = texts.collect();
        (names, texts)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
