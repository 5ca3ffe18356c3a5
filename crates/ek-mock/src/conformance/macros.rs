//! The macros: one test for each clause, named after it, and one report on all of them.

/// Makes a test of each clause of the [conformance suite](mod@crate::conformance), for one provider.
///
/// The first argument is an expression that gives the provider; each test evaluates it anew, within a
/// tokio runtime and an async block, so that it may `.await`. What follows says what else the
/// provider is and has, in any order:
///
/// | argument | the provider | clauses |
/// | --- | --- | --- |
/// | (none) | is an [`LlmProvider`](ek_core::LlmProvider) | calls, replies, errors |
/// | `streaming` | is a [`StreamingProvider`](ek_core::StreamingProvider) too | streams |
/// | `tools` | is a [`ToolCallingProvider`](ek_core::ToolCallingProvider) too | tool calls; with `streaming` those in streams |
/// | `debug` | is `Debug` too | what `Debug` shows |
/// | `keys = [...]` | was built with these keys (`&str`) | none more; errors and `Debug` must not show them |
/// | `broken_stream = ...` | (another one) whose backend breaks its streams off | how they end |
/// | `strict` | lets each clause see something | none more; one that saw nothing fails |
///
/// The tests are named after the clauses, so each use stands in a module of its own. A clause by which
/// nothing could be judged passes its test, and says so in its output (`cargo test -- --show-output`);
/// [`conformance_report!`](crate::conformance_report!) lists all of these.
///
/// ```
/// # #[cfg(test)]
/// mod mock_provider_conforms {
///     use ek_core::{Error, ErrorKind};
///     use ek_mock::{MockProvider, MockReply, conformance};
///
///     ek_mock::conformance!(
///         MockProvider::respond_with(conformance::echo),
///         streaming,
///         tools,
///         debug,
///         broken_stream = {
///             let cut = Error::new(ErrorKind::Interrupted, "the connection is gone");
///             MockProvider::new([MockReply::from("Slowly.").failing_after(1, cut)])
///         },
///     );
/// }
/// ```
#[macro_export]
macro_rules! conformance {
    // Keys and `strict` are looked for first: clauses that stand before them need them too.
    (@keys $mode:tt $provider:expr; [$($seen:tt)*] keys = $keys:expr $(, $($rest:tt)*)?) => {
        $crate::conformance!(@strict $mode $provider, &$keys; [] $($seen)* $($($rest)*)?);
    };
    (@keys $mode:tt $provider:expr; [$($seen:tt)*] $next:tt $($rest:tt)*) => {
        $crate::conformance!(@keys $mode $provider; [$($seen)* $next] $($rest)*);
    };
    (@keys $mode:tt $provider:expr; [$($seen:tt)*]) => {
        $crate::conformance!(@strict $mode $provider, &[]; [] $($seen)*);
    };

    (@strict [$mode:ident] $provider:expr, $keys:expr; [$($seen:tt)*]
        strict $(, $($rest:tt)*)?
    ) => {
        $crate::conformance!(
            @options [$mode true] $provider, $keys, [no no]; $($seen)* $($($rest)*)?
        );
    };
    (@strict $mode:tt $provider:expr, $keys:expr; [$($seen:tt)*] $next:tt $($rest:tt)*) => {
        $crate::conformance!(@strict $mode $provider, $keys; [$($seen)* $next] $($rest)*);
    };
    (@strict [$mode:ident] $provider:expr, $keys:expr; [$($seen:tt)*]) => {
        $crate::conformance!(@options [$mode false] $provider, $keys, [no no]; $($seen)*);
    };

    (@options $mode:tt $provider:expr, $keys:expr, [no $tools:tt];
        streaming $(, $($rest:tt)*)?
    ) => {
        $crate::conformance! { @clauses $mode $provider;
            supports_streaming_stays()
            a_stream_ends_with_done()
            pieces_add_up_to_the_reply()
            events_come_in_their_order()
            a_stream_gives_what_a_call_gives()
            parallel_streams_do_not_mix()
            a_dropped_stream_leaves_the_provider_usable()
            errors_of_streams_show_neither_prompts_nor_keys($keys)
        }
        $crate::conformance!(@options $mode $provider, $keys, [yes $tools]; $($($rest)*)?);
    };
    (@options $mode:tt $provider:expr, $keys:expr, [$streaming:tt no];
        tools $(, $($rest:tt)*)?
    ) => {
        $crate::conformance! { @clauses $mode $provider;
            a_required_tool_is_called()
            tool_calls_have_names_and_ids_of_their_own()
            the_finish_reason_fits_the_tool_calls()
            a_tool_result_is_answered()
            supports_tools_stays()
        }
        $crate::conformance!(@options $mode $provider, $keys, [$streaming yes]; $($($rest)*)?);
    };
    (@options $mode:tt $provider:expr, $keys:expr, $has:tt; debug $(, $($rest:tt)*)?) => {
        $crate::conformance! { @clauses $mode $provider;
            debug_shows_neither_prompts_nor_keys($keys)
        }
        $crate::conformance!(@options $mode $provider, $keys, $has; $($($rest)*)?);
    };
    (@options $mode:tt $provider:expr, $keys:expr, $has:tt;
        broken_stream = $broken:expr $(, $($rest:tt)*)?
    ) => {
        $crate::conformance! { @clauses $mode $broken; a_broken_stream_ends_with_what_came() }
        $crate::conformance!(@options $mode $provider, $keys, $has; $($($rest)*)?);
    };
    (@options $mode:tt $provider:expr, $keys:expr, [yes yes];) => {
        $crate::conformance! { @clauses $mode $provider;
            streamed_tool_calls_are_those_of_the_reply()
        }
        $crate::conformance!(@options $mode $provider, $keys, [done done];);
    };
    (@options $mode:tt $provider:expr, $keys:expr, $has:tt;) => {
        $crate::conformance! { @clauses $mode $provider;
            a_question_is_answered()
            a_conversation_of_several_turns_is_answered()
            the_same_request_can_be_asked_again()
            an_empty_conversation_is_answered_or_refused()
            parallel_calls_do_not_mix()
            a_dropped_call_leaves_the_provider_usable()
            a_passed_time_limit_is_a_timeout()
            errors_show_neither_prompts_nor_keys($keys)
            no_tool_is_called_that_was_not_offered()
            unknown_usage_is_none_and_not_zero()
            the_model_name_stays()
        }
    };
    (@options $mode:tt $provider:expr, $keys:expr, $has:tt; $($unknown:tt)*) => {
        compile_error!(concat!(
            "what `conformance!` takes behind the provider, each once: `streaming`, `tools`, \
             `debug`, `keys = [...]`, `broken_stream = ...`, `strict`; found: ",
            stringify!($($unknown)*),
        ));
    };

    (@clauses [tests $strict:tt] $provider:expr; $($clause:ident($($argument:expr)?))*) => {$(
        #[test]
        fn $clause() {
            $crate::conformance::run(stringify!($clause), $strict, async {
                let provider = $provider;
                $crate::conformance::$clause(&provider $(, $argument)?).await
            });
        }
    )*};
    (@clauses [$report:ident $strict:tt] $provider:expr;
        $($clause:ident($($argument:expr)?))*
    ) => {
        $report.strict = $strict;
        $(
            let clause = async {
                let provider = $provider;
                $crate::conformance::$clause(&provider $(, $argument)?).await
            };
            $report.add(stringify!($clause), clause).await;
        )*
    };

    ($provider:expr $(, $($options:tt)*)?) => {
        $crate::conformance!(@keys [tests] $provider; [] $($($options)*)?);
    };
}

/// Asks all clauses of the [conformance suite](mod@crate::conformance) at once: a future of the
/// [`Report`](crate::conformance::Report). It takes what [`conformance!`](crate::conformance!) takes.
///
/// ```
/// use ek_mock::{MockProvider, conformance, conformance_report};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let report = conformance_report!(
///     MockProvider::respond_with(conformance::echo),
///     streaming,
///     tools,
/// )
/// .await;
/// assert!(report.passes(), "{report}");
/// for unseen in &report.saw_nothing {
///     println!("{unseen}");
/// }
/// # }
/// ```
#[macro_export]
macro_rules! conformance_report {
    ($provider:expr $(, $($options:tt)*)?) => {
        async {
            let mut report = $crate::conformance::Report::default();
            $crate::conformance!(@keys [report] $provider; [] $($($options)*)?);
            report
        }
    };
}
