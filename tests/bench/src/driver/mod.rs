//! One run: every scenario with every client in turn, and the table of it.

mod ceilings;
mod footprint;
mod instructions;
mod machine;
mod options;
mod processes;
mod rows;
mod table;

pub use options::{Options, USAGE};

use crate::Outcome;
use crate::clients;
use crate::load::Figures;
use crate::scenario::Scenario;
use instructions::Valgrind;
use machine::Machine;
use processes::Stub;
use rows::Row;

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
    let mut rows = Vec::new();
    for scenario in options.scenarios() {
        rows.extend(measure(scenario, options, &stub, valgrind.as_ref())?);
    }
    let footprint = match options.footprint {
        true => footprint::measure(&stub)?,
        false => Vec::new(),
    };
    let machine = Machine::this(valgrind.as_ref().map(|valgrind| valgrind.version.as_str()));
    print!("{}", table::text(&machine, options, &rows, &footprint));
    if let Some(file) = &options.json {
        std::fs::write(file, table::json(&machine, &rows, &footprint))?;
    }
    Ok(true)
}

/// The rows of one scenario, the yardstick first; the clients take turns, so that what disturbs one
/// disturbs all.
fn measure(
    scenario: Scenario,
    options: &Options,
    stub: &Stub,
    valgrind: Option<&Valgrind>,
) -> Outcome<Vec<Row>> {
    let names: Vec<_> = clients::names().into_iter().filter(|name| options.wants(name)).collect();
    let mut rounds: Vec<Vec<Figures>> = vec![Vec::new(); names.len()];
    for round in 1..=options.rounds {
        eprintln!("{}: round {round} of {}", scenario.name, options.rounds);
        for (name, figures) in names.iter().zip(&mut rounds) {
            figures.push(stub.client(scenario, name, scenario.calls)?);
        }
    }
    let yardstick = rounds[0].clone();
    let mut rows = Vec::new();
    for (name, figures) in names.into_iter().zip(rounds) {
        let mut row = Row::of(scenario, name, &figures, &yardstick);
        if scenario.threads == 0 {
            let (count, bytes) = stub.counted(scenario, name)?;
            row.allocations = Some(count);
            row.allocated_bytes = Some(bytes);
        }
        if let (Some(valgrind), Some(calls)) = (valgrind, scenario.counted) {
            row.instructions = Some(valgrind.per_call(stub, scenario, name, calls)?);
        }
        rows.push(row);
    }
    Ok(rows)
}
