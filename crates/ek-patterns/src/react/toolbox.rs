//! The tools of one loop, found by name.

use ek_core::{ChatRequest, Error, ErrorKind, Result};

use crate::Tool;

/// A list, since a search in few tools is cheaper than a map of them.
pub(super) struct Toolbox(Vec<Tool>);

impl Toolbox {
    /// Adds the tools to those of the request (hosted ones, which the provider runs).
    ///
    /// # Errors
    /// `Config` if two tools have the same name, so that a call would be ambiguous; also if a tool has a time
    /// limit of 0, or cannot be strict.
    pub(super) fn new(tools: &[Tool], request: &mut ChatRequest) -> Result<Self> {
        let offered = request.tools.len();
        for tool in tools {
            let name = tool.name();
            if request.tools.iter().any(|offered| offered.name == name) {
                let why = format!("two tools have the name `{name}`; give each its own");
                return Err(Error::new(ErrorKind::Config, why));
            }
            if tool.timeout().is_some_and(|limit| limit.is_zero()) {
                let why = format!("the tool `{name}` has a timeout of 0; it could never answer");
                return Err(Error::new(ErrorKind::Config, why));
            }
            if let Some(defect) = tool.defect() {
                let why = format!("the tool `{name}` cannot be used: {defect}");
                return Err(Error::new(ErrorKind::Config, why));
            }
            request.tools.push(tool.spec().clone());
        }
        if let Some(spec) = request.tools[..offered].iter().find(|spec| spec.raw.is_none()) {
            let why = format!(
                "the request offers the tool `{}`, and the loop has no code for it: pass it as a `Tool`",
                spec.name
            );
            return Err(Error::new(ErrorKind::Config, why));
        }
        Ok(Self(tools.to_vec()))
    }

    pub(super) fn get(&self, name: &str) -> Option<&Tool> {
        self.0.iter().find(|tool| tool.name() == name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(Tool::name)
    }
}
