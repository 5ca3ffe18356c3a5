//! The ids of sessions, which are as good as a key. rmcp logs them, so it gets others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// The ids that servers have given, by those that rmcp knows.
#[derive(Clone, Default)]
pub(super) struct Sessions(Arc<Mutex<Known>>);

#[derive(Default)]
struct Known {
    count: u64,
    /// Of the last two: one may be ending while the next begins.
    ids: HashMap<String, String>,
}

impl Sessions {
    /// Takes the id of the server, and returns the one for rmcp.
    pub(super) fn hide(&self, id: &str) -> String {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((name, _)) = known.ids.iter().find(|(_, known)| *known == id) {
            return name.clone();
        }
        known.count += 1;
        let name = format!("session-{}", known.count);
        if let Some(old) = known.count.checked_sub(2) {
            known.ids.remove(&format!("session-{old}"));
        }
        known.ids.insert(name.clone(), id.to_owned());
        name
    }

    /// The server's id.
    pub(super) fn show(&self, name: &str) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).ids.get(name).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_known_by_another_name_and_the_last_two_are_kept() {
        let sessions = Sessions::default();
        for (id, name) in
            [("MARK-1", "session-1"), ("MARK-1", "session-1"), ("MARK-2", "session-2")]
        {
            assert_eq!(sessions.hide(id), name);
        }
        assert_eq!(sessions.show("session-1").as_deref(), Some("MARK-1"));
        assert_eq!(sessions.hide("MARK-3"), "session-3");
        let known =
            ["session-1", "session-2", "session-3"].map(|name| sessions.show(name).is_some());
        assert_eq!(known, [false, true, true]);
    }
}
