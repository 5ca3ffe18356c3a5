//! The two programs of a client: one that measures itself, and one that counts its allocations.

use std::process::ExitCode;

use crate::Outcome;
use crate::client::Client;
use crate::job::{Around, Figures, Job};

/// Makes the calls with the one client that this program has, whatever its name.
///
/// # Errors
/// If any call failed.
pub fn only<C: Client>(_: &str, job: &Job, around: Around<'_>) -> Outcome<Figures> {
    job.run::<C>(around)
}

/// `SCENARIO CLIENT ADDRESS CALLS`: makes the calls and prints what they cost.
pub fn measured(run: impl FnOnce(&str, &Job, Around<'_>) -> Outcome<Figures>) -> ExitCode {
    ended(Job::read(std::env::args().skip(1)).and_then(|(client, job)| {
        println!("{}", run(&client, &job, &mut |calls| calls())?);
        Ok(())
    }))
}

/// The same, and prints how often the calls allocated, and how many bytes; `count` tells both of what
/// it calls.
pub fn counted(
    run: impl FnOnce(&str, &Job, Around<'_>) -> Outcome<Figures>,
    count: impl Fn(&mut dyn FnMut()) -> (u64, u64),
) -> ExitCode {
    ended(Job::read(std::env::args().skip(1)).and_then(|(client, job)| {
        let mut counted = None;
        run(&client, &job, &mut |calls| {
            let mut outcome = None;
            counted = Some(count(&mut || outcome = Some(calls())));
            outcome.unwrap_or(Ok(()))
        })?;
        let (count, bytes) = counted.ok_or("nothing was counted")?;
        println!("{count} {bytes}");
        Ok(())
    }))
}

/// The last line of stderr is the reason: the driver shows it.
fn ended(outcome: Outcome<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::FAILURE
        }
    }
}
