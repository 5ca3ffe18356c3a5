//! A case, as its file holds it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use base64::Engine as _;
use executionkit::ProtocolName;
use serde_json::Value;

use super::kind::Kind;

/// One exchange with a server, and what a sound client makes of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name, as in the file's own.
    pub name: String,
    /// What is spoken.
    pub protocol: ProtocolName,
    /// What the case is about.
    pub kind: Kind,
    /// What the server answers; cases of requests have no answer.
    pub answer: Option<Answer>,
    /// The portable request; other cases ask a question of the runner's own.
    pub request: Option<Value>,
    /// The clock for absolute retry hints.
    pub now: Option<SystemTime>,
    /// What has to reach the server for the request, where the case has an answer to it too.
    pub sent: Option<Value>,
    /// What is expected.
    pub expect: Value,
}

/// The answer of a server.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The exact bytes of the body.
    pub body: Vec<u8>,
    /// Where network reads end; empty if the case does not say.
    pub split_at: Vec<usize>,
}

impl Case {
    /// Reads one file.
    ///
    /// # Errors
    /// A message that names the file and what is wrong with it.
    pub fn read(path: &Path) -> Result<Self, String> {
        let at = |what: String| format!("{}: {what}", path.display());
        let text = fs::read_to_string(path).map_err(|e| at(e.to_string()))?;
        let file = serde_json::from_str(&text).map_err(|e| at(e.to_string()))?;
        Self::from_value(&file).map_err(at)
    }

    pub(super) fn from_value(file: &Value) -> Result<Self, String> {
        let text = |key: &str| file.get(key).and_then(Value::as_str);
        let kind = Kind::parse(text("kind").ok_or("needs a `kind`")?)?;
        let asks = matches!(kind, Kind::Request | Kind::Embeddings);
        let request = file.get("request").cloned();
        if asks && request.is_none() {
            return Err("needs a `request`".to_owned());
        }
        Ok(Self {
            name: text("name").ok_or("needs a `name`")?.to_owned(),
            protocol: text("protocol").unwrap_or("chat_completions").into(),
            kind,
            answer: if kind == Kind::Request { None } else { Some(Answer::from_value(file)?) },
            request,
            now: match text("now") {
                Some(now) => {
                    Some(humantime::parse_rfc3339(now).map_err(|e| format!("`now`: {e}"))?)
                }
                None => None,
            },
            sent: file.get("sent").cloned(),
            expect: file.get("expect").cloned().ok_or("needs an `expect`")?,
        })
    }

    /// Every case of a folder, by name.
    ///
    /// # Errors
    /// A message, if the folder cannot be read, holds no case, or holds one that is none.
    pub fn read_folder(folder: &Path) -> Result<Vec<Self>, String> {
        let at = |e: std::io::Error| format!("{}: {e}", folder.display());
        let mut paths: Vec<PathBuf> = fs::read_dir(folder)
            .map_err(at)?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()
            .map_err(at)?;
        paths.retain(|path| path.to_string_lossy().ends_with(".case.json"));
        paths.sort();
        if paths.is_empty() {
            return Err(format!("{} holds no *.case.json", folder.display()));
        }
        paths.iter().map(|path| Self::read(path)).collect()
    }

    /// The project's cases: those of the shared corpus, more of the same families, and those of the
    /// other protocols.
    ///
    /// # Errors
    /// See [`read_folder`](Self::read_folder).
    pub fn read_own() -> Result<Vec<Self>, String> {
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut cases = Self::read_folder(&here.join("dialects"))?;
        cases.extend(Self::read_folder(&here.join("dialects-more"))?);
        let protocols = here.join("protocols");
        if protocols.is_dir() {
            cases.extend(Self::read_folder(&protocols)?);
        }
        Ok(cases)
    }
}

impl Answer {
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
        })
    }

    /// Whether the answer has a header of this lower-case name.
    pub(super) fn has_header(&self, name: &str) -> bool {
        self.headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name))
    }
}
