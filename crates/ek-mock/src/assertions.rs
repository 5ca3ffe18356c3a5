//! The records of a face and the assertions on them: the same methods on each face, written once.

/// Gives a face its records. It needs a field `engine`.
macro_rules! call_assertions {
    ($face:ty) => {
        /// # Records
        impl $face {
            /// All calls so far, in the order in which they started: deep copies.
            #[must_use]
            pub fn calls(&self) -> Vec<$crate::MockCall> {
                self.engine.call_log().read(|history| history.calls.clone())
            }

            /// How many calls were started.
            #[must_use]
            pub fn call_count(&self) -> usize {
                self.engine.call_log().read(|history| history.calls.len())
            }

            /// The call that started last.
            #[must_use]
            pub fn last_call(&self) -> Option<$crate::MockCall> {
                self.engine.call_log().read(|history| history.calls.last().cloned())
            }

            /// Waits until this number of calls was started. It has no time limit of its own.
            pub async fn wait_for_calls(&self, count: usize) {
                self.engine.call_log().wait_until(|history| history.calls.len() >= count).await;
            }

            /// Waits until no call is under way. It has no time limit of its own.
            pub async fn wait_until_idle(&self) {
                let pending = $crate::CallOutcome::Pending;
                let idle = |history: &$crate::engine::History| {
                    history.calls.iter().all(|call| call.outcome != pending)
                };
                self.engine.call_log().wait_until(idle).await;
            }
        }

        /// # Verification
        impl $face {
            /// Asserts that every rule got the calls that it
            /// [expects](crate::Rule::expect_calls), and that no call came that no rule fits.
            ///
            /// When the last clone is dropped the same is asserted, if any rule says what it expects;
            /// not in a test that is already panicking.
            ///
            /// # Panics
            ///
            /// If not. The message names the rule, says what was expected and what came, and shows
            /// the nearest call with its conversation.
            #[track_caller]
            pub fn verify(&self) {
                $crate::verify::assert(self.verification());
            }

            /// What [`verify`](Self::verify) would say.
            ///
            /// # Errors
            ///
            /// The message.
            pub fn verification(&self) -> Result<(), String> {
                $crate::verify::verify(&self.engine)
            }

            /// Asserts the number of calls: a number or a range (`2`, `1..`, `1..=3`, `..=3`).
            ///
            /// # Panics
            ///
            /// If not; the message lists the calls.
            #[track_caller]
            pub fn assert_called(&self, times: impl Into<$crate::Expected>) {
                let expected = times.into();
                let check = |history: &_| $crate::verify::called(history, expected);
                $crate::verify::assert(self.engine.call_log().read(check));
            }

            /// Asserts that no call came.
            ///
            /// # Panics
            ///
            /// If one came; the message lists the calls.
            #[track_caller]
            pub fn assert_not_called(&self) {
                self.assert_called(0);
            }

            /// Asserts that a call came of which this holds.
            ///
            /// # Panics
            ///
            /// If none came; the message shows the nearest call, with what holds and what fails.
            #[track_caller]
            pub fn assert_called_with(&self, when: &$crate::When) {
                let check = |history: &_| $crate::verify::called_with(history, when);
                $crate::verify::assert(self.engine.call_log().read(check));
            }

            /// Asserts that a call came with exactly this conversation.
            ///
            /// # Panics
            ///
            /// If none came; the message shows how the nearest one differs.
            #[track_caller]
            pub fn assert_asked(&self, conversation: &[ek_core::Message]) {
                let check = |history: &_| $crate::verify::asked(history, conversation);
                $crate::verify::assert(self.engine.call_log().read(check));
            }

            /// Asserts the number of calls to the rule of this name, counted as its queue counts.
            ///
            /// # Panics
            ///
            /// If not, or if no rule has this name.
            #[track_caller]
            pub fn assert_rule_called(&self, name: &str, times: impl Into<$crate::Expected>) {
                $crate::verify::assert($crate::verify::rule_called(
                    &self.engine,
                    name,
                    times.into(),
                ));
            }
        }
    };
}

pub(crate) use call_assertions;
