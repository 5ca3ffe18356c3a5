//! The proxy's configuration: models that answer from the configuration itself, and one whose requests are
//! passed on.

use std::fmt::Write as _;
use std::net::SocketAddr;

/// The name of each model and what the proxy answers in its place. The names of LiteLLM's own
/// exceptions make it answer as if the provider had failed in that way.
const MODELS: &[(&str, &str)] = &[
    ("mock-ok", "The kiln is warm."),
    ("mock-rate-limit", "litellm.RateLimitError"),
    ("mock-internal", "litellm.InternalServerError"),
    ("mock-context", "litellm.ContextWindowExceededError"),
];

/// Models for vectors: a list of numbers is the one vector of every answer.
const VECTOR_MODELS: &[(&str, &str)] =
    &[("vector-one", "[0.6, 0.8]"), ("vector-error", "\"error\"")];

/// The models whose requests are passed on, for replies and for vectors. The proxy lets only models with a name
/// that it knows make shorter vectors.
pub(super) const PASSED_ON: &str = "tides";
pub(super) const VECTORS_PASSED_ON: &str = "text-embedding-3-small";

/// No retries and no cool-down: each error must reach the client, and the second one like the
/// first.
const SETTINGS: &str = "
litellm_settings:
  num_retries: 0
  telemetry: false

router_settings:
  num_retries: 0
  disable_cooldowns: true
";

/// The YAML text; `upstream` answers what is passed on. The master key is not in it; it comes by the
/// environment.
pub(super) fn text(upstream: SocketAddr) -> String {
    let mut text = String::from("model_list:\n");
    let replies = MODELS.iter().map(|(name, answer)| (name, format!("\"{answer}\"")));
    let vectors = VECTOR_MODELS.iter().map(|(name, answer)| (name, (*answer).to_owned()));
    for (name, answer) in replies.chain(vectors) {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "  - model_name: {name}
    litellm_params:
      model: openai/{name}
      api_key: fake
      mock_response: {answer}
"
        );
    }
    for (name, model) in [(PASSED_ON, "mock"), (VECTORS_PASSED_ON, VECTORS_PASSED_ON)] {
        // Writing to a String cannot fail.
        let _ = write!(
            text,
            "  - model_name: {name}
    litellm_params:
      model: openai/{model}
      api_key: fake
      api_base: http://{upstream}/v1
"
        );
    }
    text.push_str(SETTINGS);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text() -> String {
        super::text(SocketAddr::from(([127, 0, 0, 1], 9)))
    }

    #[test]
    fn what_is_passed_on_goes_to_the_upstream() {
        assert!(text().contains("api_base: http://127.0.0.1:9/v1\n"), "{}", text());
    }

    #[test]
    fn a_model_is_one_entry_of_the_list_with_its_answer_quoted() {
        let expected = "\
model_list:
  - model_name: mock-ok
    litellm_params:
      model: openai/mock-ok
      api_key: fake
      mock_response: \"The kiln is warm.\"
  - model_name: mock-rate-limit
";
        assert!(text().starts_with(expected), "{}", text());
    }

    #[test]
    fn a_vector_is_a_list_and_an_error_a_word() {
        let text = text();
        assert!(text.contains("mock_response: [0.6, 0.8]\n"), "{text}");
        assert!(text.contains("mock_response: \"error\"\n"), "{text}");
    }

    #[test]
    fn the_sections_stand_at_the_margin_and_no_answer_needs_an_escape() {
        let text = text();
        let sections: Vec<_> =
            text.lines().filter(|line| line.starts_with(char::is_alphabetic)).collect();
        assert_eq!(sections, ["model_list:", "litellm_settings:", "router_settings:"]);
        assert!(MODELS.iter().all(|(_, answer)| !answer.contains(['"', '\\', '\n'])));
    }
}
