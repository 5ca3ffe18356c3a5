//! Several patterns in a row, under one ledger.

mod options;

use std::sync::{Arc, Mutex};

use ek_core::{Result, Spend};

use crate::observe::Event;
use crate::run::Run;
use crate::sync::lock;
use crate::{Budget, Ledger, Outcome};
pub use options::PipeOptions;

/// Runs steps under one ledger: patterns, single calls, code of your own.
///
/// `steps` is plain Rust. Each [`step`](Pipe::step) gets a [`Ledger`] of its own, a part of the pipe's, and
/// gives it to its pattern. So the budget binds all steps together, each call counts once, and the outcome
/// has the spend of each step. Steps may also run concurrently.
///
/// # Errors
/// `Config` if the budget cannot be used; else the first error that `steps` ends with, with the spend of
/// all steps.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{ConsensusOptions, PipeOptions, RefineOptions, consensus, pipe, refine_loop};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::respond_with(|request| match request.max_tokens {
///     Some(5) => "raku".to_owned(),
///     _ => "Raku is fired fast.\nSCORE: 9".to_owned(),
/// });
/// let outcome = pipe(&PipeOptions::default(), async |pipe| {
///     let topic = pipe
///         .step("choose", async |ledger| {
///             let options = ConsensusOptions::default().with_max_tokens(5).with_ledger(ledger);
///             consensus(&llm, "Name a way to fire clay.", &options).await
///         })
///         .await?;
///     pipe.step("write", async |ledger| {
///         let options = RefineOptions::default().with_ledger(ledger);
///         refine_loop(&llm, format!("Explain {}.", topic.value), &options).await
///     })
///     .await
/// })
/// .await?;
/// assert!(outcome.value.value.starts_with("Raku is fired fast."));
/// assert_eq!(outcome.spend.calls, 5 + 2);
/// assert_eq!((outcome.detail.steps[1].name.as_str(), outcome.detail.steps[1].spend.calls), ("write", 2));
/// # Ok(())
/// # }
/// ```
pub async fn pipe<T>(
    options: &PipeOptions,
    steps: impl AsyncFnOnce(Pipe) -> Result<T>,
) -> Result<Outcome<T, PipeDetail>> {
    let run = Arc::new(Run::begin("pipe", &options.run())?);
    let pipe = Pipe { run: Arc::clone(&run), steps: Arc::default() };
    let begun = Arc::clone(&pipe.steps);
    match run.span().run(steps(pipe)).await {
        Ok(value) => {
            let step = |(name, ledger): &(String, Ledger)| PipeStep {
                name: name.clone(),
                spend: ledger.spend(),
            };
            let steps = lock(&begun).iter().map(step).collect();
            Ok(run.outcome(value, None, PipeDetail { steps }))
        }
        Err(error) => Err(run.fail(error)),
    }
}

/// A pipe that is running; clones are the same pipe.
///
/// ```
/// use ek_mock::MockProvider;
/// use ek_patterns::{ConsensusOptions, PipeOptions, consensus, pipe};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> ek_core::Result<()> {
/// let llm = MockProvider::new(["raku"]);
/// let outcome = pipe(&PipeOptions::default(), async |pipe| {
///     let choice = pipe.step("choose", async |ledger| {
///         let options = ConsensusOptions::default().with_ledger(ledger);
///         consensus(&llm, "Name a way to fire clay.", &options).await
///     });
///     let value = choice.await?.value;
///     println!("{} calls by now", pipe.spend().calls);
///     Ok(value)
/// })
/// .await?;
/// assert_eq!(outcome.value, "raku");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Pipe {
    run: Arc<Run>,
    /// The steps that have begun, each with its name and its ledger.
    steps: Arc<Mutex<Vec<(String, Ledger)>>>,
}

impl Pipe {
    /// Runs a step under a ledger that is a part of the pipe's. Observers and [`PipeDetail`] get the name.
    ///
    /// # Errors
    /// The step's own, with what the whole pipe has spent.
    pub async fn step<T>(
        &self,
        name: impl Into<String>,
        step: impl AsyncFnOnce(Ledger) -> Result<T>,
    ) -> Result<T> {
        let name = name.into();
        let ledger = self.run.ledger().child(Budget::default())?;
        let number = {
            let mut steps = lock(&self.steps);
            steps.push((name.clone(), ledger.clone()));
            steps.len()
        };
        self.run.observe(&Event::StepStarted { step: number, name: &name });
        let outcome = step(ledger).await;
        let ok = outcome.is_ok();
        self.run.observe(&Event::StepFinished { step: number, name: &name, ok });
        outcome.map_err(|error| error.with_spend(self.run.spend()))
    }

    /// What the steps have spent by now.
    #[must_use]
    pub fn spend(&self) -> Spend {
        self.run.spend()
    }
}

impl std::fmt::Debug for Pipe {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pipe").field("spend", &self.spend()).finish_non_exhaustive()
    }
}

/// What [`pipe`] reports about its value.
///
/// ```
/// use ek_patterns::PipeDetail;
///
/// fn show(detail: &PipeDetail) {
///     for step in &detail.steps {
///         println!("{}: {} calls", step.name, step.spend.calls);
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PipeDetail {
    /// The steps, in the order in which they began.
    pub steps: Vec<PipeStep>,
}

/// One step of a [`pipe`].
///
/// ```
/// use ek_patterns::PipeStep;
///
/// /// The step that took the most calls.
/// fn dearest(steps: &[PipeStep]) -> Option<&str> {
///     steps.iter().max_by_key(|step| step.spend.calls).map(|step| step.name.as_str())
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct PipeStep {
    /// Its name.
    pub name: String,
    /// What it has spent.
    pub spend: Spend,
}
