//! The loop itself: asks the model, runs the tools that it calls, asks again, and ends.

use ek_core::{
    ChatRequest, Error, ErrorKind, FinishReason, LlmResponse, Message, Result, ToolCall, ToolChoice,
};

use tokio::time::{Instant, timeout_at};

use super::conversation::{give_ids, make_sendable, unanswered};
use super::progress::Repeats;
use super::round::{Answered, Answers, Cut, Round};
use super::toolbox::Toolbox;
use super::{
    OnLimit, ReactDetail, ReactEvent, ReactOptions, StopReason, ToolOutcome, ToolRun, history,
};
use crate::ask::Ask;
use crate::no_answer::{is_paused, no_answer};
use crate::observe::Event;
use crate::run::Run;
use crate::sink::Sink;
use crate::{Outcome, Tool};

/// What the loop ends with.
pub(super) type Ended = Outcome<String, ReactDetail>;

/// One run of the loop.
pub(super) struct Agent {
    run: Run,
    tools: Toolbox,
    options: ReactOptions,
    sink: Sink<ReactEvent>,
    /// Its messages are the transcript.
    request: ChatRequest,
    open: Vec<ToolCall>,
    rounds: u32,
    trimmed_rounds: u32,
    repeats: Repeats,
    tool_calls: Vec<ToolRun>,
    /// The newest text of the model that is not empty.
    text: String,
    finish_reason: Option<FinishReason>,
    /// When the time of the whole loop ends.
    deadline: Option<Instant>,
}

impl Agent {
    /// Makes all checks that need no call.
    pub(super) fn new(
        mut request: ChatRequest,
        tools: &[Tool],
        options: &ReactOptions,
        sink: Sink<ReactEvent>,
    ) -> Result<Self> {
        options.check()?;
        let tools = Toolbox::new(tools, &mut request)?;
        let open = unanswered(&request.messages)?;
        request.suggested_temperature.get_or_insert(options.temperature);
        request.max_tokens = request.max_tokens.or(options.max_tokens);
        Ok(Self {
            run: Run::begin("react_loop", &options.run)?,
            tools,
            options: options.clone(),
            sink,
            request,
            open,
            rounds: 0,
            trimmed_rounds: 0,
            repeats: Repeats::new(options.no_progress_rounds),
            tool_calls: Vec::new(),
            text: String::new(),
            finish_reason: None,
            deadline: None,
        })
    }

    pub(super) async fn run(mut self, ask: impl Ask<ReactEvent>) -> Result<Ended> {
        let span = self.run.span().clone();
        span.run(self.rounds(&ask)).await
    }

    async fn rounds(&mut self, ask: &impl Ask<ReactEvent>) -> Result<Ended> {
        self.deadline = self.options.deadline.and_then(|limit| Instant::now().checked_add(limit));
        let open = std::mem::take(&mut self.open);
        if self.answer(&open, None).await {
            return Ok(self.stopped());
        }
        loop {
            if self.rounds == self.options.max_rounds {
                return self.limit(StopReason::MaxRounds, ask).await;
            }
            let response = match self.ask_in_time(ask).await {
                Some(Ok(response)) => response,
                Some(Err(error)) => return Err(self.fail(error, StopReason::Failed)),
                None => return self.limit(StopReason::Deadline, ask).await,
            };
            if !response.has_tool_calls() {
                if is_paused(&response) {
                    self.request.messages.push(Message::from(response));
                    continue;
                }
                return self.answered(&response, None);
            }
            let cut = match response.finish_reason {
                Some(FinishReason::Length) => Some(Cut::ByLength),
                Some(FinishReason::ContentFilter) => Some(Cut::ByFilter),
                _ => None,
            };
            let mut message = Message::from(response);
            give_ids(&mut message.tool_calls);
            let calls = message.tool_calls.clone();
            make_sendable(&mut message.tool_calls);
            self.request.messages.push(message);
            if self.answer(&calls, cut).await {
                return Ok(self.stopped());
            }
            if self.repeats.reached(&calls) {
                return self.limit(StopReason::NoProgress, ask).await;
            }
        }
    }

    /// Asks the model; `None` if the time of the whole loop ends before the reply is whole.
    async fn ask_in_time(&mut self, ask: &impl Ask<ReactEvent>) -> Option<Result<LlmResponse>> {
        let Some(deadline) = self.deadline else { return Some(self.ask(ask).await) };
        if Instant::now() >= deadline {
            return None;
        }
        timeout_at(deadline, self.ask(ask)).await.ok()
    }

    /// Asks the model with the conversation, trimmed where the options say so.
    async fn ask(&mut self, ask: &impl Ask<ReactEvent>) -> Result<LlmResponse> {
        self.rounds += 1;
        let (round, max) = (self.rounds, self.options.max_rounds);
        self.run.observe(&Event::RoundStarted { round, max });
        self.sink.push(|| ReactEvent::RoundStarted { round });
        let max = self.options.max_history_messages.unwrap_or(usize::MAX);
        let response = match history::trimmed(&self.request.messages, max) {
            None => ask.ask(&self.run, &self.request, &self.sink).await,
            Some(fewer) => {
                let (sent, all) = (fewer.len(), self.request.messages.len());
                self.trimmed_rounds += 1;
                self.run.observe(&Event::HistoryTrimmed { sent, all });
                // The whole conversation stays in its place, since this future may be dropped while it waits.
                let whole = std::mem::replace(&mut self.request.messages, fewer);
                let request = self.request.clone();
                self.request.messages = whole;
                ask.ask(&self.run, &request, &self.sink).await
            }
        };
        let response = response?;
        // A choice that forces a call would force one in each round, so there would never be an answer.
        if let Some(ToolChoice::Required | ToolChoice::Function(_)) = self.request.tool_choice {
            self.request.tool_choice = None;
        }
        if has_text(&response) {
            self.text.clone_from(&response.content);
        }
        self.finish_reason.clone_from(&response.finish_reason);
        Ok(response)
    }

    /// Runs the calls and appends their results; true if the approval stopped the loop.
    async fn answer(&mut self, calls: &[ToolCall], cut: Option<Cut>) -> bool {
        let round = Round {
            number: self.rounds,
            cut,
            tools: &self.tools,
            options: &self.options,
            run: &self.run,
            sink: &self.sink,
            deadline: self.deadline,
        };
        let Answers { answered, stopped } = round.answer(calls).await;
        for Answered { record, observation } in answered {
            let mut result = Message::tool(&record.id, observation);
            result.is_error = record.outcome != ToolOutcome::Answered;
            self.request.messages.push(result);
            self.tool_calls.push(record);
        }
        stopped
    }

    /// The loop has reached a limit; the options say how it ends.
    async fn limit(&mut self, reason: StopReason, ask: &impl Ask<ReactEvent>) -> Result<Ended> {
        self.run.observe(&Event::LimitReached { round: self.rounds, reason });
        match self.options.on_limit {
            OnLimit::Error => {}
            OnLimit::ReturnPartial => {
                let text = std::mem::take(&mut self.text);
                return Ok(self.end(text, reason));
            }
            OnLimit::FinalAnswerWithoutTools => {
                // The tools stay in the request: some servers require them where messages call tools.
                self.request.tool_choice = Some(ToolChoice::None);
                let mut response = match self.ask(ask).await {
                    Ok(response) => response,
                    Err(error) => return Err(self.fail(error, StopReason::Failed)),
                };
                // Calls that were forbidden get no answer.
                response.tool_calls.clear();
                let says = has_text(&response) || response.refusal.is_some();
                if says && !is_paused(&response) {
                    return self.answered(&response, Some(reason));
                }
            }
        }
        let error = out_of(reason, self.rounds);
        Err(self.fail(error, reason))
    }

    /// Ends with the last reply as the answer; `limit` is the limit that led to it.
    fn answered(&mut self, response: &LlmResponse, limit: Option<StopReason>) -> Result<Ended> {
        if let Some(error) = no_answer(response) {
            return Err(self.fail(error, StopReason::Failed));
        }
        self.request.messages.push(Message::from(response));
        let refusal = response.refusal.as_deref().filter(|_| !has_text(response));
        let reason = match refusal {
            Some(_) => StopReason::Refused,
            None if !has_text(response) => StopReason::Empty,
            None => StopReason::Answered,
        };
        let text = refusal.unwrap_or(&response.content).to_owned();
        Ok(self.end(text, limit.unwrap_or(reason)))
    }

    /// The approval ended the loop: the open calls stay at the end of the transcript.
    fn stopped(&mut self) -> Ended {
        let text = std::mem::take(&mut self.text);
        self.end(text, StopReason::Stopped)
    }

    fn end(&mut self, text: String, stop: StopReason) -> Ended {
        let detail = self.detail(stop);
        self.run.outcome(text, None, detail)
    }

    /// Ends with an error that has all that a caller needs to go on.
    fn fail(&mut self, error: Error, stop: StopReason) -> Error {
        let detail = self.detail(stop);
        self.run.fail(error).with_transcript(detail.transcript.clone()).with_detail(detail)
    }

    fn detail(&mut self, stop: StopReason) -> ReactDetail {
        ReactDetail {
            stop,
            rounds: self.rounds,
            trimmed_rounds: self.trimmed_rounds,
            tool_calls: std::mem::take(&mut self.tool_calls),
            finish_reason: self.finish_reason.take(),
            transcript: std::mem::take(&mut self.request.messages),
        }
    }
}

/// Whether the provider has paused the turn: sent back as it is, it goes on.
/// Many servers send line breaks beside the calls of tools, and as an empty answer.
fn has_text(response: &LlmResponse) -> bool {
    !response.content.trim().is_empty()
}

/// The error of a limit.
fn out_of(reason: StopReason, rounds: u32) -> Error {
    let why = match reason {
        StopReason::Deadline => {
            let why = "no final answer in time: the deadline of the loop has passed";
            return Error::new(ErrorKind::Timeout, why).with_retryable(false);
        }
        StopReason::NoProgress => "the model made the same tool calls again and again",
        _ => "the model called tools, or its turn was paused, in each of them",
    };
    Error::new(ErrorKind::MaxIterations, format!("no final answer after {rounds} rounds: {why}"))
}
