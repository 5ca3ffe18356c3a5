//! A case, as its file holds it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use serde_json::Value;

/// What kind of answer a case is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// An answer to a unary request.
    Body,
    /// An answer to a streaming request.
    Stream,
    /// An answer that must end as an error.
    Error,
}

impl Kind {
    /// The kind of this name.
    ///
    /// # Errors
    /// A message that lists the names, if it is none of them.
    pub fn parse(name: &str) -> Result<Self, String> {
        match name {
            "body" => Ok(Self::Body),
            "stream" => Ok(Self::Stream),
            "error" => Ok(Self::Error),
            other => Err(format!("`{other}` is no kind; there are body, stream and error")),
        }
    }
}

/// One answer of a server, and what a sound client makes of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name, as in the file's own.
    pub name: String,
    /// The kind of answer.
    pub kind: Kind,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The exact bytes of the body.
    pub body: Vec<u8>,
    /// Where network reads end; empty if the case does not say.
    pub split_at: Vec<usize>,
    /// The clock for absolute retry hints.
    pub now: Option<SystemTime>,
    /// What is expected.
    pub expect: Value,
}

impl Case {
    /// Reads one file.
    ///
    /// # Errors
    /// A message that names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let told = |what: String| format!("{}: {what}", path.display());
        let text = fs::read_to_string(path).map_err(|e| told(e.to_string()))?;
        let file = serde_json::from_str(&text).map_err(|e| told(e.to_string()))?;
        Self::from_value(&file).map_err(told)
    }

    fn from_value(file: &Value) -> Result<Self, String> {
        let text = |key: &str| file.get(key).and_then(Value::as_str);
        let body = match (text("body"), text("body_b64")) {
            (Some(body), None) => body.as_bytes().to_vec(),
            (None, Some(encoded)) => base64::engine::general_purpose::STANDARD
                .decode(encoded)
                .map_err(|e| format!("`body_b64`: {e}"))?,
            _ => return Err("needs `body` or `body_b64`".to_owned()),
        };
        let status = file.get("status").and_then(Value::as_u64);
        let headers = file.get("headers").and_then(Value::as_object);
        let splits = file.get("split_at").and_then(Value::as_array);
        Ok(Self {
            name: text("name").ok_or("needs a `name`")?.to_owned(),
            kind: Kind::parse(text("kind").ok_or("needs a `kind`")?)?,
            status: status
                .and_then(|s| u16::try_from(s).ok())
                .ok_or("needs a `status` below 65536")?,
            headers: headers
                .into_iter()
                .flatten()
                .map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned()))
                .collect(),
            body,
            split_at: splits
                .into_iter()
                .flatten()
                .filter_map(Value::as_u64)
                .filter_map(|at| usize::try_from(at).ok())
                .collect(),
            now: match text("now") {
                Some(now) => {
                    Some(humantime::parse_rfc3339(now).map_err(|e| format!("`now`: {e}"))?)
                }
                None => None,
            },
            expect: file.get("expect").cloned().ok_or("needs an `expect`")?,
        })
    }

    /// Every case of a folder, by name.
    ///
    /// # Errors
    /// A message, if the folder cannot be read, holds no case, or holds one that is none.
    pub fn read_folder(folder: &Path) -> Result<Vec<Self>, String> {
        let told = |e: std::io::Error| format!("{}: {e}", folder.display());
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(told)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(told)?;
        paths.retain(|path| path.to_string_lossy().ends_with(".case.json"));
        paths.sort();
        if paths.is_empty() {
            return Err(format!("{} holds no *.case.json", folder.display()));
        }
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// The project's cases: those of the shared corpus, and more of the same families.
    ///
    /// # Errors
    /// See [`read_folder`](Self::read_folder).
    pub fn read_own() -> Result<Vec<Self>, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut cases = Self::read_folder(&here.join("dialects"))?;
        cases.extend(Self::read_folder(&here.join("dialects-more"))?);
        Ok(cases)
    }
}
