//! The tools of one loop, found by name.

use std::collections::HashMap;

use ek_core::{ChatRequest, Error, ErrorKind, Result};

use crate::Tool;

pub(super) struct Toolbox<'a> {
    by_name: HashMap<&'a str, &'a Tool>,
}

impl<'a> Toolbox<'a> {
    /// Adds the tools to what the request offers already (hosted ones, which the provider runs).
    ///
    /// # Errors
    /// `Config` if two tools have one name: the model could not tell which it calls.
    pub(super) fn new(tools: &'a [Tool], request: &mut ChatRequest) -> Result<Self> {
        let mut by_name = HashMap::with_capacity(tools.len());
        for tool in tools {
            let name = tool.name();
            let offered = request.tools.iter().any(|spec| spec.name == name);
            if offered || by_name.insert(name, tool).is_some() {
                let why = format!("two tools have the name `{name}`; give each its own");
                return Err(Error::new(ErrorKind::Config, why));
            }
        }
        request.tools.extend(tools.iter().map(|tool| tool.spec().clone()));
        Ok(Self { by_name })
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a Tool> {
        self.by_name.get(name).copied()
    }
}
