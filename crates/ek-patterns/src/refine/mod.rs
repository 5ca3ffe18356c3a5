//! Writes an answer, has it judged, and writes a better one from the best so far.

mod history;
mod judge;
mod options;
mod score;

use ek_core::{ChatRequest, Error, ErrorKind, LlmProvider, LlmResponse, Message, Result};

use crate::Outcome;
use crate::no_answer::no_answer;
use crate::observe::Event;
use crate::run::Run;
use crate::sent_back::sent_back;
use history::History;
pub use history::{RefineDetail, RefineIteration, RefineStop};
use judge::Verdict;
pub use options::{Evaluator, RefineOptions};

/// Completes a request, has the answer scored, and has it improved, until it is good enough.
///
/// Each answer after the first is written from the best one so far, its score, and what the judge said about
/// it. The loop ends at [`target_score`](RefineOptions::target_score), after
/// [`max_iterations`](RefineOptions::max_iterations) answers, or once
/// [`patience`](RefineOptions::patience) answers in a row were not better than the best by
/// [`min_delta`](RefineOptions::min_delta). The value is the best answer, and the score its score.
///
/// Answers are scored by an [`evaluator`](RefineOptions::evaluator), or by a model: a
/// [`judge`](RefineOptions::judge) or the provider itself, on a scale of 0 to 10. The model gets task and
/// answer between marks that no text can guess, so an answer cannot give it instructions.
///
/// # Errors
/// - `Config` if an option cannot be used, before any call, or if the evaluator's score is not a number
///   from 0 to 1.
/// - `Malformed`, not to be retried, if the judge gives no score, or the first reply has no answer because
///   reasoning used up its tokens. A later reply without an answer has the score 0.
/// - A call's own error, and the evaluator's.
///
/// Each has the spend of all calls, the best answer so far (or the first one, if it has no score yet) in
/// [`partial`](Error::partial), and the scored answers in `detail::<Vec<RefineIteration>>()`.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{RefineOptions, refine_loop};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new([
///     "A kiln is hot.",
///     "Say how hot.\nSCORE: 4",
///     "A kiln reaches 1,300 °C.",
///     "Nothing is missing.\nSCORE: 9",
/// ]);
/// let outcome = refine_loop(&llm, "What is a kiln?", &RefineOptions::default()).await?;
/// assert_eq!(outcome.value, "A kiln reaches 1,300 °C.");
/// assert_eq!((outcome.detail.scores(), outcome.spend.calls), (vec![0.4, 0.9], 4));
/// # Ok(())
/// # }
/// ```
pub async fn refine_loop<P: LlmProvider>(
    provider: &P,
    input: impl Into<ChatRequest>,
    options: &RefineOptions,
) -> Result<Outcome<String, RefineDetail>> {
    options.check()?;
    let run = Run::begin("refine_loop", &options.run)?;
    let request = options.request(input.into());
    let detail = run.span().run(refine(&run, provider, &request, options)).await;
    let detail = detail.map_err(|error| run.fail(error))?;
    let best = &detail.iterations[detail.best];
    let (value, score) = (best.reply.content.clone(), best.score);
    Ok(run.outcome(value, Some(score), detail))
}

async fn refine<P: LlmProvider>(
    run: &Run,
    provider: &P,
    request: &ChatRequest,
    options: &RefineOptions,
) -> Result<RefineDetail> {
    let mut history = History::default();
    loop {
        let reply = match history.best() {
            None => run.complete(provider, request).await,
            Some(best) => run.complete(provider, &improve(request, best)).await,
        };
        let reply = reply.map_err(|error| failed(error, &history, None))?;
        let verdict = match (no_answer(&reply), history.best()) {
            (None, _) => score(run, provider, request, &reply, options).await,
            // There is nothing to judge, and the best answer stays.
            (Some(_), Some(_)) => Ok(Verdict { score: 0.0, feedback: None }),
            (Some(error), None) => Err(error),
        };
        let Verdict { score, feedback } =
            verdict.map_err(|error| failed(error, &history, Some(&reply)))?;
        history.add(RefineIteration { reply, score, feedback }, options.min_delta);
        let iteration = u32::try_from(history.iterations.len()).unwrap_or(u32::MAX);
        let best = history.best().map_or(score, |best| best.score);
        run.observe(&Event::IterationScored { iteration, score, best });
        if let Some(stop) = history.stop(options) {
            return Ok(history.finish(stop));
        }
    }
}

/// The request for a better answer than this one.
fn improve(request: &ChatRequest, best: &RefineIteration) -> ChatRequest {
    let mut request = request.clone();
    // Of an empty answer there is nothing to improve.
    let Some(said) = sent_back(&best.reply) else { return request };
    let feedback = best
        .feedback
        .as_deref()
        .map_or_else(String::new, |feedback| format!(" This was said about it:\n\n{feedback}\n\n"));
    let ask = format!(
        "That answer was given {:.1} of 10 points.{feedback} Write a better answer to the task. Reply \
         with the answer alone.",
        best.score * 10.0
    );
    request.messages.extend([said, Message::user(ask)]);
    request
}

async fn score<P: LlmProvider>(
    run: &Run,
    provider: &P,
    task: &ChatRequest,
    reply: &LlmResponse,
    options: &RefineOptions,
) -> Result<Verdict> {
    if let Some(evaluator) = &options.evaluator {
        let score = evaluator(reply.content.clone()).await?;
        if !(0.0..=1.0).contains(&score) {
            let why = format!("the evaluator's score is {score}, and not a number from 0 to 1");
            return Err(Error::new(ErrorKind::Config, why));
        }
        return Ok(Verdict { score, feedback: None });
    }
    let mut request = judge::request(task, &reply.content, options);
    let reply = if let Some(judge) = &options.judge {
        run.complete(judge, &request).await?
    } else {
        request.model.clone_from(&task.model);
        request.headers.clone_from(&task.headers);
        request.timeout = task.timeout;
        run.complete(provider, &request).await?
    };
    judge::verdict(&reply)
}

/// The error with the best answer, else with the answer that has no score yet.
fn failed(error: Error, history: &History, unscored: Option<&LlmResponse>) -> Error {
    let error = match history.best().map(|best| &best.reply).or(unscored) {
        Some(reply) => error.with_partial(reply.clone()),
        None => error,
    };
    error.with_detail(history.iterations.clone())
}
