//! The macro: one test for each clause, named after it.

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
///
/// The tests are named after the clauses, so each use stands in a module of its own.
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
    // Keys are looked for first: clauses that stand before them need them too.
    (@find $provider:expr; [$($seen:tt)*] keys = $keys:expr $(, $($rest:tt)*)?) => {
        $crate::conformance!(@options $provider, &$keys, [no no]; $($seen)* $($($rest)*)?);
    };
    (@find $provider:expr; [$($seen:tt)*] $next:tt $($rest:tt)*) => {
        $crate::conformance!(@find $provider; [$($seen)* $next] $($rest)*);
    };
    (@find $provider:expr; [$($seen:tt)*]) => {
        $crate::conformance!(@options $provider, &[], [no no]; $($seen)*);
    };

    (@options $provider:expr, $keys:expr, [no $tools:tt]; streaming $(, $($rest:tt)*)?) => {
        $crate::conformance! { @tests $provider;
            supports_streaming_stays()
            a_stream_ends_with_done()
            pieces_add_up_to_the_reply()
            events_come_in_their_order()
            a_stream_gives_what_a_call_gives()
            parallel_streams_do_not_mix()
            a_dropped_stream_leaves_the_provider_usable()
            errors_of_streams_show_neither_prompts_nor_keys($keys)
        }
        $crate::conformance!(@options $provider, $keys, [yes $tools]; $($($rest)*)?);
    };
    (@options $provider:expr, $keys:expr, [$streaming:tt no]; tools $(, $($rest:tt)*)?) => {
        $crate::conformance! { @tests $provider;
            a_required_tool_is_called()
            tool_calls_have_names_and_ids_of_their_own()
            the_finish_reason_fits_the_tool_calls()
            a_tool_result_is_answered()
            supports_tools_stays()
        }
        $crate::conformance!(@options $provider, $keys, [$streaming yes]; $($($rest)*)?);
    };
    (@options $provider:expr, $keys:expr, $has:tt; debug $(, $($rest:tt)*)?) => {
        $crate::conformance! { @tests $provider; debug_shows_neither_prompts_nor_keys($keys) }
        $crate::conformance!(@options $provider, $keys, $has; $($($rest)*)?);
    };
    (@options $provider:expr, $keys:expr, $has:tt;
        broken_stream = $broken:expr $(, $($rest:tt)*)?
    ) => {
        $crate::conformance! { @tests $broken; a_broken_stream_ends_with_what_came() }
        $crate::conformance!(@options $provider, $keys, $has; $($($rest)*)?);
    };
    (@options $provider:expr, $keys:expr, [yes yes];) => {
        $crate::conformance! { @tests $provider; streamed_tool_calls_are_those_of_the_reply() }
        $crate::conformance!(@options $provider, $keys, [done done];);
    };
    (@options $provider:expr, $keys:expr, $has:tt;) => {
        $crate::conformance! { @tests $provider;
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
    (@options $provider:expr, $keys:expr, $has:tt; $($unknown:tt)*) => {
        compile_error!(concat!(
            "what `conformance!` takes behind the provider, each once: `streaming`, `tools`, \
             `debug`, `keys = [...]`, `broken_stream = ...`; found: ",
            stringify!($($unknown)*),
        ));
    };

    (@tests $provider:expr; $($clause:ident($($argument:expr)?))*) => {$(
        #[test]
        fn $clause() {
            $crate::conformance::run(stringify!($clause), async {
                let provider = $provider;
                $crate::conformance::$clause(&provider $(, $argument)?).await
            });
        }
    )*};

    ($provider:expr $(, $($options:tt)*)?) => {
        $crate::conformance!(@find $provider; [] $($($options)*)?);
    };
}
