//! The circuits of the fleet as this process knows them: published when one opens here, read in the
//! background while they are used.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use ek_core::ErrorKind;
use ek_patterns::SharedCircuits;
use tokio::time::Instant;

use crate::link::{LONGEST_COOL_DOWN, Link};
use crate::store::OpenCircuit;

/// How old the known state may be when it is used.
const FRESH: Duration = Duration::from_secs(1);

pub(crate) struct Circuits {
    this: Weak<Self>,
    link: Arc<Link>,
    scope: String,
    members: Vec<String>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    open_until: Vec<Option<Instant>>,
    /// When the store was last asked.
    asked: Option<Instant>,
}

impl Circuits {
    pub(crate) fn start(link: Arc<Link>, name: &str, members: Vec<String>) -> Arc<Self> {
        let (scope, open_until) = (link.scope(name), vec![None; members.len()]);
        let state = Mutex::new(State { open_until, asked: None });
        let this = Arc::new_cyclic(|this| Self { this: this.clone(), link, scope, members, state });
        this.refresh(&mut this.lock(), None);
        this
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refresh(&self, state: &mut State, publish: Option<OpenCircuit>) {
        state.asked = Some(Instant::now());
        let Some(this) = self.this.upgrade() else { return };
        self.link.runtime.spawn(async move {
            let answer = this.link.store.circuits(&this.scope, publish);
            if let Some(open) = this.link.ask(answer).await {
                this.answered(&open);
            }
        });
    }

    fn answered(&self, open: &[OpenCircuit]) {
        let now = Instant::now();
        let until = |member: &String| {
            let circuit = open.iter().find(|circuit| circuit.member == *member)?;
            now.checked_add(circuit.open_for)
        };
        let open_until = self.members.iter().map(until).collect();
        self.lock().open_until = open_until;
    }
}

impl SharedCircuits for Circuits {
    fn open_until(&self, member: usize) -> Option<Instant> {
        let mut state = self.lock();
        if state.asked.is_none_or(|asked| asked.elapsed() >= FRESH) {
            self.refresh(&mut state, None);
        }
        *state.open_until.get(member)?
    }

    fn opened(&self, member: usize, open_for: Duration, why: ErrorKind) {
        let Some(name) = self.members.get(member) else { return };
        let open_for = open_for.min(LONGEST_COOL_DOWN);
        let circuit = OpenCircuit { member: name.clone(), open_for, why: Some(why) };
        self.refresh(&mut self.lock(), Some(circuit));
    }
}

impl fmt::Debug for Circuits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Circuits").field("scope", &self.scope).finish_non_exhaustive()
    }
}
