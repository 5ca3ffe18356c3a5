//! Sums up many texts at once, with a progress bar, and makes one text of the results.
//!
//! Asks the endpoint that the environment names, in `EXECUTIONKIT_BASE_URL`, `_MODEL` and `_API_KEY`
//! or in `OPENAI_MODEL` and `OPENAI_API_KEY`. If it names none, a mock answers.
#![expect(clippy::print_stdout, reason = "an example shows its result")]

use std::time::Duration;

use executionkit::{
    ChatRequest, DynProvider, Error, ErrorKind, Event, LlmResponse, MapReduceOptions, MockProvider,
    MockReply, Provider, Result, Usage, map_reduce,
};
use indicatif::{ProgressBar, ProgressStyle};

/// The log of a kiln, one entry for each firing.
const FIRINGS: [&str; 12] = [
    "Cone 6, celadon. Two cups cracked at the foot. Cooled in nine hours.",
    "Cone 10, tenmoku. All well. Cooled in twenty hours.",
    "Cone 6, shino. One plate warped. Cooled in eighteen hours.",
    "Cone 04, bisque. All well. Cooled in twelve hours.",
    "Cone 6, celadon. Three cups cracked at the foot. Cooled in eight hours.",
    "Cone 10, ash. The glaze ran onto the shelf. Cooled in twenty hours.",
    "Cone 6, celadon. All well. Cooled in nineteen hours.",
    "Cone 04, bisque. One pot burst: damp. Cooled in twelve hours.",
    "Cone 10, tenmoku. All well. Cooled in twenty-one hours.",
    "Cone 6, shino. Two bowls cracked at the rim. Cooled in seven hours.",
    "Cone 6, celadon. All well. Cooled in twenty hours.",
    "Cone 10, ash. All well. Cooled in nineteen hours.",
];

#[tokio::main]
async fn main() -> Result<()> {
    let llm = match Provider::from_env() {
        Ok(provider) => DynProvider::new(provider),
        Err(error) if error.code() == Some("environment_unset") => {
            println!("The environment names no endpoint: asking a mock.");
            DynProvider::new(mock())
        }
        Err(error) => return Err(error),
    };
    let bar = bar(FIRINGS.len());
    let shown = bar.clone();
    let progress = move |event: &Event<'_>| match event {
        Event::ItemDone { ok, .. } => {
            shown.inc(1);
            if !*ok {
                shown.set_message("(some failed)");
            }
        }
        Event::ReduceStarted { .. } => shown.set_message("putting it together"),
        _ => {}
    };
    let options = MapReduceOptions::default()
        .with_concurrency(4)
        .with_tolerate_failures(2)
        .with_observer(progress);

    let outcome = map_reduce(&llm, FIRINGS, fault, conclusion, &options).await;
    bar.finish_and_clear();
    let outcome = outcome?;
    println!("{}", outcome.value);
    let failed = outcome.detail.items.iter().filter(|item| item.is_err()).count();
    let tokens = outcome.spend.usage.total().map_or("unknown".to_owned(), |n| n.to_string());
    println!("{} firings, {failed} failed", outcome.detail.items.len());
    println!("{} calls, tokens: {tokens}", outcome.spend.calls);
    Ok(())
}

fn fault(firing: &str) -> ChatRequest {
    let question = "What went wrong in this firing, and how fast did it cool? In five words.";
    ChatRequest::user(format!("{question}\n\n{firing}")).with_max_tokens(500)
}

fn conclusion(faults: &[String]) -> String {
    format!("What do these firings teach? In one sentence.\n\n{}", faults.join("\n"))
}

/// Drawn on the error output, and only where that is a terminal.
fn bar(firings: usize) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {pos} of {len} {msg}");
    let bar = ProgressBar::new(firings as u64);
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

fn mock() -> MockProvider {
    MockProvider::respond_with(|request| {
        let asked = request.last_user_text().unwrap_or_default();
        let text = match asked.rsplit_once("Cooled in ") {
            None => "Pots that cool in less than half a day crack.",
            Some((firing, _)) if firing.contains("burst") => {
                let refused = Error::new(ErrorKind::Rejected, "the mock takes no bursting pots");
                return MockReply::from(refused);
            }
            Some((firing, _)) if firing.contains("cracked") => "Cracked: cooled too fast.",
            Some(_) => "Nothing of note; cooled slowly.",
        };
        let reply = LlmResponse::text(text).with_usage(Usage::new(40, 8));
        MockReply::from(reply).after(Duration::from_millis(30 + asked.len() as u64 % 7 * 20))
    })
}
