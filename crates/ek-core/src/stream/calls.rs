//! Fragments of tool calls become calls.
//!
//! Servers disagree about how fragments name their call. The index is a key and never a position: it
//! may be missing, start at 1, or jump to four billion. In its absence the id is the key, and in the
//! absence of both the order: a new name starts a call once the last one is complete. It may also count
//! the pieces: arguments without a name go to the call that lacks them.

use std::borrow::Cow;
use std::collections::{BinaryHeap, HashMap, HashSet};

use serde_json::{Map, Value};

use super::ToolCallDelta;
use super::arguments::{ArgumentsDraft, Behind};
use super::fragment::ToolCallFragment;
use crate::{Arguments, Error, ErrorKind, Result, ToolCall};

/// No model calls more tools in one reply.
const MAX_CALLS: usize = 4096;

/// No tool's name is longer, in bytes. Each piece of a name is shown with the whole name so far, which
/// for a name without end would take memory by the square.
const MAX_NAME: usize = 1024;

/// A call in the making.
#[derive(Debug, Clone, Default)]
struct Draft {
    index: Option<u64>,
    id: Option<String>,
    name: String,
    arguments: ArgumentsDraft,
    /// The arguments are `{}` and have not been shown.
    holds_placeholder: bool,
    custom: bool,
    extra: Map<String, Value>,
    /// The call behind whose complete arguments this one began without an id or a name of its own.
    behind: Option<usize>,
}

impl Draft {
    /// Whether the arguments are a whole JSON object, so that nothing can be missing.
    fn is_complete(&self) -> bool {
        !self.custom && self.arguments.is_complete()
    }

    /// Whether there is nothing of a call in it: no id, no name, and no arguments or `{}`.
    fn is_empty(&self) -> bool {
        let no_arguments = self.arguments.is_blank() || self.arguments.is_placeholder();
        self.id.is_none() && self.name.is_empty() && no_arguments
    }

    fn call(&self, id: String) -> ToolCall {
        let arguments = if self.custom {
            Arguments::free_text(self.arguments.as_str())
        } else {
            Arguments::from_text(self.arguments.whole())
        };
        ToolCall::with_arguments(id, self.name.as_str(), arguments)
    }
}

/// All calls of a reply in the making, in the order in which they began.
#[derive(Debug, Clone, Default)]
pub(super) struct CallAssembly {
    drafts: Vec<Draft>,
    /// The newest call under each index and id: a search among thousands of calls for each of their
    /// fragments would be quadratic. Ids have any length, since gateways put signatures into them.
    by_index: HashMap<u64, usize>,
    by_id: HashMap<String, usize>,
}

impl CallAssembly {
    pub(super) fn is_empty(&self) -> bool {
        self.drafts.iter().all(Draft::is_empty)
    }

    /// Takes a fragment to the call it belongs to. `None` if it brought nothing new.
    pub(super) fn push(&mut self, fragment: ToolCallFragment<'_>) -> Result<Option<ToolCallDelta>> {
        let (id, name) = (given(fragment.id), given(fragment.name));
        let piece = given(fragment.arguments);
        let found = self.find(fragment.index, id.as_deref(), name.as_deref(), piece.as_deref());
        let another = found.filter(|at| {
            let draft = &self.drafts[*at];
            let piece = piece.as_deref().filter(|_| draft.is_complete());
            piece.is_some_and(|piece| draft.arguments.behind(piece) == Behind::Another)
        });
        let says_nothing =
            || id.is_none() && name.is_none() && is_nothing(piece.as_deref()) && !fragment.custom;
        let at = match found {
            Some(at) if another.is_none() => at,
            None if says_nothing() && fragment.extra.is_empty() => return Ok(None),
            _ => self.begin(fragment.index, another)?,
        };
        let draft = &mut self.drafts[at];
        draft.custom |= fragment.custom;
        if draft.index.is_none() {
            draft.index = fragment.index;
            self.by_index.extend(fragment.index.map(|index| (index, at)));
        }
        merge(&mut draft.extra, fragment.extra);

        let mut new_id = id.filter(|_| draft.id.is_none()).map(Cow::into_owned);
        if another.is_some() {
            // The id is that of the call before, and leads to this one from now on.
            self.by_id.extend(new_id.take().map(|id| (id, at)));
        }
        if let Some(id) = &new_id {
            draft.id = Some(id.clone());
            self.by_id.insert(id.clone(), at);
        }
        let inherited = another.map(|_| draft.name.clone());
        let new_name = name.and_then(|name| merged_name(draft, &name)).or(inherited);
        if new_name.as_ref().is_some_and(|name| name.len() > MAX_NAME) {
            let message = format!("the name of a tool call is longer than {MAX_NAME} bytes");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        if let Some(name) = &new_name {
            draft.name.clone_from(name);
        }
        let arguments = piece.and_then(|piece| take_arguments(draft, piece));
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

    /// Begins a call, and says where it stands. Behind another call's arguments it has that call's
    /// name and index, for want of its own.
    fn begin(&mut self, index: Option<u64>, behind: Option<usize>) -> Result<usize> {
        let at = self.drafts.len();
        if at >= MAX_CALLS {
            let message = format!("the reply has more than {MAX_CALLS} tool calls");
            return Err(Error::new(ErrorKind::TooLarge, message));
        }
        let before = behind.map(|at| &self.drafts[at]);
        let index = index.or_else(|| before?.index);
        let name = before.map(|before| before.name.clone()).unwrap_or_default();
        self.by_index.extend(index.map(|index| (index, at)));
        self.drafts.push(Draft { index, name, behind, ..Draft::default() });
        Ok(at)
    }

    /// The call that a fragment continues; `None` if it starts one.
    fn find(
        &self,
        index: Option<u64>,
        id: Option<&str>,
        name: Option<&str>,
        piece: Option<&str>,
    ) -> Option<usize> {
        let same_id = id.and_then(|id| self.by_id.get(id).copied());
        if let Some(index) = index {
            // Mostly it is the newest call.
            let newest = self.drafts.last().filter(|draft| draft.index == Some(index));
            let own = match newest {
                Some(_) => Some(self.drafts.len() - 1),
                None => self.by_index.get(&index).copied(),
            };
            let at = match (own, same_id) {
                // The id of another call outweighs the index, where no name begins a call.
                (Some(own), Some(_)) if self.drafts[own].id.as_deref() == id => own,
                (_, Some(other)) if name.is_none() => other,
                (Some(own), _) => own,
                (None, Some(other)) if self.drafts[other].index.is_none() => other,
                (None, Some(other)) if self.says_again(other, name, piece) => return Some(other),
                (None, _) => return self.left_open(name, piece),
            };
            return self.continues(at, id, name, piece).then_some(at);
        }
        if same_id.is_some() {
            return same_id;
        }
        let at = self.drafts.len().checked_sub(1)?;
        let draft = &self.drafts[at];
        match (id, name) {
            // A name with an id of its own is a call of its own, as is the first id after a call
            // that had one.
            (Some(_), Some(_)) if draft.id.is_some() => None,
            (Some(_), None) if draft.is_complete() => None,
            (None, Some(name)) if self.repeats(at, name, piece) => Some(at),
            (_, Some(name)) if draft.is_complete() || starts_another(draft, name) => None,
            _ => Some(at),
        }
    }

    /// Whether a fragment with the id of this call and under a new index is this call again, or brings
    /// its arguments. Some servers give all calls one id, so that the id alone does not tell it.
    fn says_again(&self, at: usize, name: Option<&str>, piece: Option<&str>) -> bool {
        let draft = &self.drafts[at];
        let brings = draft.arguments.is_blank() && piece.is_some();
        name.is_some_and(|name| draft.name == name && (brings || self.repeats(at, name, piece)))
    }

    /// The newest call, for arguments under a new index and without a name: some servers count the index
    /// up with each piece. They cannot begin a call while that one lacks arguments.
    fn left_open(&self, name: Option<&str>, piece: Option<&str>) -> Option<usize> {
        let at = self.drafts.len().checked_sub(1)?;
        let draft = &self.drafts[at];
        let lacks = !draft.is_complete() || draft.arguments.is_placeholder();
        (name.is_none() && piece.is_some() && !draft.name.is_empty() && lacks).then_some(at)
    }

    /// Whether a fragment under the key of this call continues it.
    fn continues(
        &self,
        at: usize,
        id: Option<&str>,
        name: Option<&str>,
        piece: Option<&str>,
    ) -> bool {
        let draft = &self.drafts[at];
        let Some(name) = name else { return true };
        match (draft.id.as_deref(), id) {
            // A new id and a name on a used index: a new call, unless a server makes up an id for
            // each piece and repeats the name.
            (Some(old), Some(new)) if old != new => draft.name == name && !draft.is_complete(),
            (Some(_), Some(_)) => true,
            // No ids to tell by: another name, or the same with another object after a whole one.
            _ => {
                let same = draft.name.is_empty() || draft.name == name;
                (same && self.repeats(at, name, piece)) || !draft.is_complete()
            }
        }
    }

    /// Whether a fragment with this name and no id of its own says of a complete call what it has
    /// said, or what its placeholder stands for.
    fn repeats(&self, at: usize, name: &str, piece: Option<&str>) -> bool {
        let draft = &self.drafts[at];
        let same = draft.name == name && draft.is_complete();
        let behind = |piece| draft.arguments.behind(piece);
        same && piece.is_some_and(|piece| matches!(behind(piece), Behind::Again | Behind::Real))
    }

    /// The calls that are whole beyond doubt, for a reply that was cut.
    pub(super) fn complete(&self) -> Vec<ToolCall> {
        let mut taken = HashSet::new();
        let named = self.drafts.iter().filter(|draft| !draft.name.is_empty());
        let whole = named.filter(|draft| draft.is_complete() && !self.is_repetition(draft));
        let calls = whole.filter_map(|draft| {
            let mut call = draft.call(String::new());
            if !call.arguments.is_valid() {
                return None;
            }
            call.id = unique(draft.id.clone(), &mut taken);
            call.extra.clone_from(&draft.extra);
            Some(call)
        });
        calls.collect()
    }

    /// Whether a call is the one before it, sent again in pieces.
    fn is_repetition(&self, draft: &Draft) -> bool {
        let before = draft.behind.map(|at| &self.drafts[at].arguments);
        draft.id.is_none() && before.is_some_and(|b| b.is_same_json(draft.arguments.as_str()))
    }

    /// Whether each call names its tool.
    pub(super) fn are_named(&self) -> bool {
        self.drafts.iter().all(|draft| !draft.name.is_empty() || draft.is_empty())
    }

    /// All calls of a reply that is whole, in the server's order.
    pub(super) fn finish(mut self) -> Result<Vec<ToolCall>> {
        if !self.are_named() {
            let message = "the reply has a tool call without a name";
            return Err(Error::new(ErrorKind::Malformed, message));
        }
        let mut order: Vec<usize> = (0..self.drafts.len())
            .filter(|at| {
                let draft = &self.drafts[*at];
                !draft.is_empty() && !self.is_repetition(draft)
            })
            .collect();
        let index_of = |at: &usize| self.drafts[*at].index;
        let has_order = order.iter().all(|at| index_of(at).is_some());
        if has_order && !order.is_sorted_by_key(index_of) {
            // By index; one index twice keeps its order. A heap, since it is rarely needed and
            // `sort_by_key` is eight times as much code.
            let keys = order.iter().map(|at| (index_of(at), *at));
            let sorted = keys.collect::<BinaryHeap<_>>().into_sorted_vec();
            order = sorted.into_iter().map(|(_, at)| at).collect();
        }
        let mut taken = HashSet::new();
        let calls = order.into_iter().map(|at| {
            let draft = &mut self.drafts[at];
            let id = unique(draft.id.take(), &mut taken);
            let mut call = draft.call(id);
            call.extra = std::mem::take(&mut draft.extra);
            call
        });
        Ok(calls.collect())
    }
}

/// Takes a piece of the arguments, and gives back what it adds to what was shown of them: a leading
/// `null` stands for none yet, and so does a leading `{}`, which is held back until it is more.
fn take_arguments<'a>(draft: &mut Draft, piece: Cow<'a, str>) -> Option<Cow<'a, str>> {
    if !draft.custom && draft.arguments.is_empty() && is_nothing(Some(&piece)) {
        return None;
    }
    if draft.is_complete() {
        match draft.arguments.behind(&piece) {
            Behind::Again => return None,
            Behind::Real => {
                draft.arguments = ArgumentsDraft::default();
                draft.holds_placeholder = false;
            }
            Behind::Another | Behind::Rubbish => {}
        }
    }
    let held =
        std::mem::take(&mut draft.holds_placeholder).then(|| draft.arguments.as_str().to_owned());
    let first = draft.arguments.is_empty();
    draft.arguments.push(&piece);
    draft.holds_placeholder = first && !draft.custom && draft.arguments.is_placeholder();
    if draft.holds_placeholder {
        return None;
    }
    Some(match held {
        Some(held) => [held.as_str(), &*piece].concat().into(),
        None => piece,
    })
}

/// The id, unless there is none or another call has it.
fn unique(id: Option<String>, taken: &mut HashSet<String>) -> String {
    let id = id.filter(|id| !taken.contains(id)).unwrap_or_else(ToolCall::generate_id);
    taken.insert(id.clone());
    id
}

/// Whether a first piece of arguments stands for none.
fn is_nothing(piece: Option<&str>) -> bool {
    piece.is_none_or(|piece| matches!(piece.trim(), "" | "null"))
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

/// Takes over every key; objects under the same key are joined.
fn merge(into: &mut Map<String, Value>, more: Map<String, Value>) {
    for (key, value) in more {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(inner)), Value::Object(more)) => merge(inner, more),
            (_, value) => drop(into.insert(key, value)),
        }
    }
}
