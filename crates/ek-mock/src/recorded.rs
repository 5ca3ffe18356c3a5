//! What every face tells of its calls: the same methods on each, written once.

/// Gives a face its records. It needs a field `engine`.
macro_rules! recorded {
    ($face:ty) => {
        impl $face {
            /// All calls so far, in the order in which they started: deep copies.
            #[must_use]
            pub fn calls(&self) -> Vec<$crate::MockCall> {
                self.engine.ledger().read(|state| state.calls.clone())
            }

            /// How many calls were started.
            #[must_use]
            pub fn call_count(&self) -> usize {
                self.engine.ledger().read(|state| state.calls.len())
            }

            /// The call that started last.
            #[must_use]
            pub fn last_call(&self) -> Option<$crate::MockCall> {
                self.engine.ledger().read(|state| state.calls.last().cloned())
            }

            /// Waits until so many calls were started. It has no time limit of its own.
            pub async fn wait_for_calls(&self, count: usize) {
                self.engine.ledger().wait_until(|state| state.calls.len() >= count).await;
            }

            /// Waits until no call is under way. It has no time limit of its own.
            pub async fn wait_until_idle(&self) {
                let pending = $crate::CallOutcome::Pending;
                let idle = |state: &$crate::engine::State| {
                    state.calls.iter().all(|call| call.outcome != pending)
                };
                self.engine.ledger().wait_until(idle).await;
            }
        }
    };
}

pub(crate) use recorded;
