//! Fragments of tool calls become calls.
//!
//! Servers disagree about how fragments name their call. The index is a key and never a position: it
//! may be missing, start at 1, or jump to four billion. In its absence the id is the key, and in the
//! absence of both the order: a new name starts a call once the last one is complete.

use std::borrow::Cow;
use std::collections::{BinaryHeap, HashSet};

use serde_json::{Map, Value};

use super::ToolCallDelta;
use crate::{Arguments, Error, ErrorKind, Result, ToolCall};

/// No model calls more tools in one reply.
const MAX_CALLS: usize = 4096;

/// No tool's name is longer, in bytes. Each piece of a name is told with the whole name so far, which
/// for a name without end would take memory by the square.
const MAX_NAME: usize = 1024;

/// A piece of a tool call, as a server sent it. Empty texts count as absent.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ToolCallFragment<'a> {
    /// The server's key for the call.
    pub index: Option<u64>,
    /// The call's id.
    pub id: Option<Cow<'a, str>>,
    /// The tool's name, or a piece of it.
    pub name: Option<Cow<'a, str>>,
    /// A piece of the arguments.
    pub arguments: Option<Cow<'a, str>>,
    /// Whether it is a custom tool, whose input is free text.
    pub custom: bool,
    /// Every other key of the call.
    pub extra: Map<String, Value>,
}

impl<'a> ToolCallFragment<'a> {
    /// A fragment with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the server's key for the call.
    #[must_use]
    pub fn with_index(mut self, index: u64) -> Self {
        self.index = Some(index);
        self
    }

    /// Sets the id.
    #[must_use]
    pub fn with_id(mut self, id: impl Into<Cow<'a, str>>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Sets the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Cow<'a, str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Sets the piece of the arguments.
    #[must_use]
    pub fn with_arguments(mut self, arguments: impl Into<Cow<'a, str>>) -> Self {
        self.arguments = Some(arguments.into());
        self
    }
}

/// A call in the making.
#[derive(Debug, Clone, Default)]
struct Draft {
    index: Option<u64>,
    id: Option<String>,
    name: String,
    arguments: String,
    scan: ObjectScan,
    custom: bool,
    extra: Map<String, Value>,
}

/// How far an object has come, byte by byte: asking whether it is whole never reads it again.
#[derive(Debug, Clone, Default)]
struct ObjectScan {
    depth: u32,
    begun: bool,
    in_string: bool,
    escaped: bool,
    /// Something stands before or behind the object.
    broken: bool,
}

impl ObjectScan {
    fn push(&mut self, piece: &str) {
        for byte in piece.bytes() {
            if self.in_string {
                self.in_string = self.escaped || byte != b'"';
                self.escaped = !self.escaped && byte == b'\\';
                continue;
            }
            if self.depth == 0 && !byte.is_ascii_whitespace() {
                self.broken |= self.begun || byte != b'{';
                self.begun = true;
            }
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth = self.depth.saturating_add(1),
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn is_whole(&self) -> bool {
        self.begun && self.depth == 0 && !self.in_string && !self.broken
    }
}

impl Draft {
    /// Whether the arguments are a whole JSON object, so that nothing can be missing.
    fn is_complete(&self) -> bool {
        !self.custom && self.scan.is_whole()
    }

    fn call(&self, id: String) -> ToolCall {
        let arguments = if self.custom {
            Arguments::free_text(self.arguments.as_str())
        } else {
            Arguments::from_text(self.arguments.as_str())
        };
        let mut call = ToolCall::with_arguments(id, self.name.as_str(), arguments);
        call.extra.clone_from(&self.extra);
        call
    }
}

/// All calls of a reply in the making, in the order in which they began.
#[derive(Debug, Clone, Default)]
pub(super) struct CallAssembly(Vec<Draft>);

impl CallAssembly {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a fragment to the call it belongs to. `None` if it brought nothing new.
    pub(super) fn push(&mut self, fragment: ToolCallFragment<'_>) -> Result<Option<ToolCallDelta>> {
        let (id, name) = (given(fragment.id), given(fragment.name));
        let found = self.find(fragment.index, id.as_deref(), name.as_deref());
        let at = match found {
            Some(at) => at,
            None if self.0.len() >= MAX_CALLS => {
                let message = format!("the reply has more than {MAX_CALLS} tool calls");
                return Err(Error::new(ErrorKind::TooLarge, message));
            }
            None => {
                self.0.push(Draft { index: fragment.index, ..Draft::default() });
                self.0.len() - 1
            }
        };
        let draft = &mut self.0[at];
        draft.custom |= fragment.custom;
        draft.index = draft.index.or(fragment.index);
        if !fragment.extra.is_empty() {
            draft.extra.extend(fragment.extra);
        }
        let new_id = id.filter(|_| draft.id.is_none()).map(Cow::into_owned);
        draft.id = draft.id.take().or_else(|| new_id.clone());
        let new_name = name.and_then(|name| merged_name(draft, &name));
        if new_name.as_ref().is_some_and(|name| name.len() > MAX_NAME) {
            let message = format!("the name of a tool call is longer than {MAX_NAME} bytes");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        if let Some(name) = &new_name {
            draft.name.clone_from(name);
        }
        let arguments = given(fragment.arguments).filter(|piece| adds(draft, piece));
        if let Some(piece) = &arguments {
            draft.arguments.push_str(piece);
            draft.scan.push(piece);
        }
        if found.is_some() && new_id.is_none() && new_name.is_none() && arguments.is_none() {
            return Ok(None);
        }
        Ok(Some(ToolCallDelta {
            call: at,
            id: new_id,
            name: new_name,
            arguments: arguments.map(Cow::into_owned).unwrap_or_default(),
        }))
    }

    /// The call that a fragment continues; `None` if it starts one.
    fn find(&self, index: Option<u64>, id: Option<&str>, name: Option<&str>) -> Option<usize> {
        let last_where = |held: &dyn Fn(&Draft) -> bool| self.0.iter().rposition(held);
        let same_id = |draft: &Draft| id.is_some() && draft.id.as_deref() == id;
        if let Some(index) = index {
            let at = last_where(&|draft| draft.index == Some(index))
                .or_else(|| last_where(&|draft| draft.index.is_none() && same_id(draft)))?;
            return self.continues(at, id, name).then_some(at);
        }
        if let Some(at) = last_where(&same_id) {
            return Some(at);
        }
        let at = self.0.len().checked_sub(1)?;
        let draft = &self.0[at];
        match (id, name) {
            // A name with an id of its own is a call of its own, as is the first id after a call
            // that had one.
            (Some(_), Some(_)) if draft.id.is_some() => None,
            (Some(_), None) if draft.is_complete() => None,
            (_, Some(name)) if draft.is_complete() || starts_another(draft, name) => None,
            _ => Some(at),
        }
    }

    /// Whether a fragment under the key of this call continues it.
    fn continues(&self, at: usize, id: Option<&str>, name: Option<&str>) -> bool {
        let draft = &self.0[at];
        let Some(name) = name else { return true };
        match (draft.id.as_deref(), id) {
            // A new id and a name on a used index: a new call, unless a server makes up an id for
            // each piece and repeats the name.
            (Some(old), Some(new)) if old != new => draft.name == name && !draft.is_complete(),
            (Some(_), Some(_)) => true,
            // No ids to tell by: another name, or the same after a whole object.
            _ => draft.name.is_empty() || draft.name == name || !draft.is_complete(),
        }
    }

    /// The calls that are whole beyond doubt, for a reply that was cut.
    pub(super) fn complete(&self) -> Vec<ToolCall> {
        let valid = |draft: &Draft| Arguments::from_text(draft.arguments.as_str()).is_valid();
        let whole = |draft: &&Draft| !draft.name.is_empty() && draft.is_complete() && valid(draft);
        let mut taken = HashSet::new();
        let whole = self.0.iter().filter(whole);
        whole.map(|draft| draft.call(unique(draft.id.clone(), &mut taken))).collect()
    }

    /// All calls of a reply that is whole, in the server's order.
    pub(super) fn finish(mut self) -> Result<Vec<ToolCall>> {
        let has_order = self.0.iter().all(|draft| draft.index.is_some());
        if has_order && !self.0.is_sorted_by_key(|draft| draft.index) {
            self.sort();
        }
        let mut taken = HashSet::new();
        self.0
            .iter_mut()
            .map(|draft| {
                if draft.name.is_empty() {
                    let message = "the reply has a tool call without a name";
                    return Err(Error::new(ErrorKind::Malformed, message));
                }
                let id = unique(draft.id.take(), &mut taken);
                Ok(draft.call(id))
            })
            .collect()
    }

    /// By index; one index twice keeps its order. A heap, since it is rarely needed and `sort_by_key` is
    /// eight times as much code.
    fn sort(&mut self) {
        let keys = self.0.iter().enumerate().map(|(at, draft)| (draft.index, at));
        let order = keys.collect::<BinaryHeap<_>>().into_sorted_vec();
        self.0 = order.into_iter().map(|(_, at)| std::mem::take(&mut self.0[at])).collect();
    }
}

/// The id, unless there is none or another call has it.
fn unique(id: Option<String>, taken: &mut HashSet<String>) -> String {
    let id = id.filter(|id| !taken.contains(id)).unwrap_or_else(ToolCall::generate_id);
    taken.insert(id.clone());
    id
}

/// Empty is absent.
fn given(text: Option<Cow<'_, str>>) -> Option<Cow<'_, str>> {
    text.filter(|text| !text.is_empty())
}

/// Whether a name differs from a call's that has taken arguments already: then it is no piece of it.
fn starts_another(draft: &Draft, name: &str) -> bool {
    !draft.name.is_empty() && draft.name != name && !draft.arguments.is_empty()
}

/// The name after this piece, if it changes: repeated names are ignored, pieces appended.
fn merged_name(draft: &Draft, piece: &str) -> Option<String> {
    if draft.name == piece || (!draft.name.is_empty() && !draft.arguments.is_empty()) {
        return None;
    }
    if piece.starts_with(draft.name.as_str()) {
        return Some(piece.to_owned()); // the first piece, or the whole name so far
    }
    Some(format!("{}{piece}", draft.name))
}

/// Whether a piece adds to the arguments: a leading `null` stands for none yet, and a whole object
/// sent again adds nothing.
fn adds(draft: &Draft, piece: &str) -> bool {
    if draft.custom {
        return true;
    }
    let leading_null = draft.arguments.is_empty() && piece == "null";
    let again = draft.arguments == piece && draft.is_complete();
    !leading_null && !again
}
