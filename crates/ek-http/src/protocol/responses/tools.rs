//! The tools that a response says it was given, as far as they tell who runs a call.
//!
//! Some servers (xAI) report the calls of tools that they run as calls of custom tools, under names that
//! are not those of the request's tools.

use crate::json::fields::Fields;
use crate::json::scalar;
use crate::json::scan::{Raw, Readable, Scanner, Unreadable};

/// The tools of a response.
#[derive(Debug, Default)]
pub(super) struct Tools {
    /// There are tools, and none brings further ones whose names do not stand here.
    is_complete: bool,
    /// The names of custom tools.
    custom: Vec<String>,
}

impl Tools {
    /// Whether a custom tool of this name is none of these, so that the server has run it.
    pub(super) fn are_without(&self, name: &str) -> bool {
        self.is_complete && !self.custom.iter().any(|own| own == name)
    }
}

impl<'a> Readable<'a> for Tools {
    fn read(scanner: &mut Scanner<'a>) -> Result<Self, Unreadable> {
        let mut tools = Self::default();
        if scanner.peek()? != b'[' {
            return scanner.skip().map(|()| tools);
        }
        let mut brings_more = false;
        scanner.items(|scanner| {
            let tool: Tool<'a> = scanner.value()?;
            tools.is_complete = true;
            match tool.kind.and_then(scalar::word).as_deref() {
                Some("custom") => tools.custom.extend(tool.name.and_then(scalar::text)),
                None | Some("tool_search" | "namespace") => brings_more = true,
                Some(_) => {}
            }
            Ok(())
        })?;
        tools.is_complete &= !brings_more;
        Ok(tools)
    }
}

#[derive(Default)]
struct Tool<'a> {
    kind: Option<Raw<'a>>,
    name: Option<Raw<'a>>,
}

impl<'a> Fields<'a> for Tool<'a> {
    fn field(&mut self, key: &str, value: &mut Scanner<'a>) -> Result<(), Unreadable> {
        match key {
            "type" => self.kind = Some(value.value()?),
            "name" => self.name = Some(value.value()?),
            _ => value.skip()?,
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::scan;

    #[test]
    fn only_a_list_of_all_tools_says_that_a_name_is_none_of_them() {
        for (tools, without) in [
            (r#"[{"type":"x_search"}]"#, true),
            (r#"[{"type":"function","name":"look"},{"type":"x_search"}]"#, true),
            (r#"[{"type":"custom","name":"sql"}]"#, true),
            (r#"[{"type":"custom","name":"look"}]"#, false),
            (r#"[{"type":"x_search"},{"type":"tool_search"}]"#, false),
            (r#"[{"type":"namespace","tools":[{"type":"custom","name":"look"}]}]"#, false),
            (r#"[{"name":"other"}]"#, false),
            ("[7]", false),
            ("[]", false),
            ("null", false),
        ] {
            let read: Tools = scan::read(tools).expect(tools);
            assert_eq!(read.are_without("look"), without, "{tools}");
        }
    }
}
