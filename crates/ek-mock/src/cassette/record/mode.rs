//! What a new recording does to those that were there before.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use ek_core::Result;

use super::file;
use crate::cassette::comparison::{Comparison, Question};
use crate::cassette::exchange::Exchange;
use crate::cassette::folder::{self, config, names};

/// What happens to a question that the folder has recordings of already, from before the recorder
/// started. Questions are compared as [`Cassette::replay`](crate::Cassette::replay) does.
///
/// A question that is asked several times of one recorder has all its answers in each mode.
///
/// ```no_run
/// use ek_mock::{Cassette, RecordMode};
///
/// # async fn run() -> ek_core::Result<()> {
/// let upstream = "https://api.openai.com/v1";
/// let recorder = Cassette::record_with("tests/tides", upstream, RecordMode::Append).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RecordMode {
    /// The new recording takes the place of the old ones, once it is whole and written. The default:
    /// what was recorded last is what is heard.
    #[default]
    Replace,
    /// The new recording is added behind the old ones: a replay hears the oldest first.
    Append,
    /// The new recording is not written, and the old ones stay.
    Refuse,
}

/// A folder of recordings that are being made.
pub(super) struct Shelf {
    folder: PathBuf,
    mode: RecordMode,
    /// The recordings from before, by their questions, as far as they still stand.
    before: Mutex<Vec<(String, Question)>>,
}

impl Shelf {
    /// # Errors
    ///
    /// `Config`, with the file, if what is there cannot be read and has to be.
    pub(super) fn open(folder: &Path, mode: RecordMode) -> Result<Self> {
        let none = !folder.exists() || names(folder)?.is_empty();
        let mut before = Vec::new();
        if mode != RecordMode::Append && !none {
            for (name, exchange) in folder::read(folder)? {
                let question = Comparison::default()
                    .question(&exchange.request)
                    .map_err(|why| config(format!("{}: {why}", folder.join(&name).display())))?;
                before.push((name, question));
            }
        }
        Ok(Self { folder: folder.to_owned(), mode, before: Mutex::new(before) })
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes an exchange and gives its path.
    ///
    /// # Errors
    ///
    /// `Config`, with the path and the reason.
    pub(super) fn add(&self, exchange: &Exchange, text: &str) -> Result<PathBuf> {
        if self.mode == RecordMode::Append {
            return file::add(&self.folder, text);
        }
        let question = Comparison::default().question(&exchange.request).map_err(config)?;
        let mut before = self.before();
        let old: Vec<String> = before
            .iter()
            .filter(|(_, old)| *old == question)
            .map(|(name, _)| name.clone())
            .collect();
        let Some((first, others)) = old.split_first() else {
            return file::add(&self.folder, text);
        };
        if self.mode == RecordMode::Refuse {
            return Err(config(format!("the question is recorded already, in {first}")));
        }
        let path = file::replace(&self.folder, first, text)?;
        for name in others {
            let path = self.folder.join(name);
            fs::remove_file(&path).map_err(|error| file::cannot(&path, &error))?;
        }
        before.retain(|(_, old)| *old != question);
        Ok(path)
    }

    fn before(&self) -> MutexGuard<'_, Vec<(String, Question)>> {
        self.before.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
