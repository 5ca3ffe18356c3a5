//! The programs of a client: one that measures itself, one that counts its allocations, and one that is
//! put through the scenarios of the wire.

use std::process::ExitCode;

use crate::Outcome;
use crate::client::Client;
use crate::job::{Around, Figures, Job};
use crate::wire::{Measured, Task};

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

/// `SCENARIO CLIENT ADDRESS`: does what a scenario of the wire asks for and prints what it measured.
pub fn wire(
    arguments: impl IntoIterator<Item = String>,
    run: impl FnOnce(&str, &Task) -> Outcome<Measured>,
) -> ExitCode {
    ended(Task::read(arguments).and_then(|(client, task)| {
        print!("{}", run(&client, &task)?);
        Ok(())
    }))
}

/// The program of a peer: with `wire` as its first argument it runs a scenario of the wire.
pub fn peer<C: Client>() -> ExitCode {
    let mut arguments = std::env::args().skip(1).peekable();
    match arguments.next_if_eq("wire") {
        Some(_) => wire(arguments, |_, task| task.run::<C>()),
        None => measured(only::<C>),
    }
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
