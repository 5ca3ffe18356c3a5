//! One run: every scenario with every client in turn, and the table of it.

mod ceilings;
pub mod choice;
mod footprint;
mod instructions;
pub mod machine;
mod options;
pub mod peers;
pub mod processes;
pub mod program;
pub mod rows;
mod table;

pub use options::{Options, USAGE};

use bench_load::Outcome;
use bench_load::job::Figures;
use bench_load::scenario::Scenario;
use footprint::Footprint;
use instructions::Valgrind;
use machine::Machine;
use processes::Stub;
use rows::{Missing, Row};
use serde::Serialize;

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Measures and prints; false if a ceiling was passed.
///
/// # Errors
/// If a program cannot be run, or any answer was not as it should be.
pub fn run(options: &Options) -> Outcome<bool> {
    let stub = Stub::start()?;
    let valgrind = Valgrind::find();
    if valgrind.is_none() {
        eprintln!("valgrind is not there: no figures for instructions");
        if options.check {
            return Err("--check needs valgrind (Debian: apt-get install valgrind)".into());
        }
    }
    if options.check {
        return ceilings::check(&stub, &valgrind.ok_or("no valgrind")?);
    }
    let mut clients = options.choice.clients();
    let mut missing = Vec::new();
    clients.retain(|client| {
        let built = match peers::NAMES.contains(client) {
            true => peers::build(client),
            false => Ok(()),
        };
        let told = |why: Failure| {
            missing.push(Missing { scenario: "build", client, why: why.to_string() });
        };
        built.map_err(told).is_ok()
    });
    let mut rows = Vec::new();
    for scenario in options.scenarios() {
        rows.extend(measure(scenario, options, &clients, &stub, valgrind.as_ref(), &mut missing)?);
    }
    let mut footprint = Vec::new();
    if options.footprint {
        clients.retain(|client| peers::NAMES.contains(client));
        let (measured, not) = footprint::measure(&stub, &clients)?;
        footprint = measured;
        missing.extend(not);
    }
    let machine = Machine::this(valgrind.as_ref().map(|valgrind| valgrind.version.as_str()));
    let all = Run { machine, rounds: options.rounds(), rows, missing, footprint };
    print!("{}", table::text(&all));
    if let Some(file) = &options.choice.json {
        std::fs::write(file, format!("{:#}\n", serde_json::to_value(&all)?))?;
    }
    Ok(true)
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
struct Run {
    machine: Machine,
    rounds: usize,
    rows: Vec<Row>,
    missing: Vec<Missing>,
    footprint: Vec<Footprint>,
}

/// The rows of one scenario, the yardstick first; the clients take turns, so that what disturbs one
/// disturbs all. A peer that fails is left out from there on, and the reason told; any other failure
/// ends the run.
fn measure(
    scenario: Scenario,
    options: &Options,
    clients: &[&'static str],
    stub: &Stub,
    valgrind: Option<&Valgrind>,
    missing: &mut Vec<Missing>,
) -> Outcome<Vec<Row>> {
    let mut failed = |client: &'static str, why: Failure| match peers::NAMES.contains(&client) {
        true => {
            eprintln!("{}: {client}: {why}", scenario.name);
            missing.push(Missing { scenario: scenario.name, client, why: why.to_string() });
            Ok(())
        }
        false => Err(why),
    };
    let mut all: Vec<(&str, Vec<Figures>)> =
        clients.iter().map(|client| (*client, Vec::new())).collect();
    for round in 1..=options.rounds() {
        eprintln!("{}: round {round} of {}", scenario.name, options.rounds());
        let mut sound = Vec::new();
        for (client, mut figures) in all {
            match stub.client(scenario, client, scenario.calls) {
                Ok(these) => {
                    figures.push(these);
                    sound.push((client, figures));
                }
                Err(why) => failed(client, why)?,
            }
        }
        all = sound;
    }
    let yardstick = all[0].1.clone();
    let mut rows = Vec::new();
    for (client, figures) in all {
        let mut row = Row::of(scenario, client, &figures, &yardstick);
        if let Err(why) = count(&mut row, scenario, stub, valgrind) {
            failed(client, why)?;
        }
        rows.push(row);
    }
    Ok(rows)
}

/// The figures that are counted, not timed.
fn count(
    row: &mut Row,
    scenario: Scenario,
    stub: &Stub,
    valgrind: Option<&Valgrind>,
) -> Outcome<()> {
    if scenario.threads == 0 {
        let (count, bytes) = stub.counted(scenario, row.client)?;
        row.allocations = Some(count);
        row.allocated_bytes = Some(bytes);
    }
    if let (Some(valgrind), Some(calls)) = (valgrind, scenario.counted) {
        row.instructions = Some(valgrind.per_call(stub, scenario, row.client, calls)?);
    }
    Ok(())
}
