//! One run: every scenario with every client in turn, and the table of it.

mod figures;
mod options;
mod results;
mod server;
mod table;

pub use options::{Options, USAGE};

use bench_load::Outcome;
use bench_load::wire::scenario::Wire;
use executionkit_bench::driver::machine::Machine;
use executionkit_bench::driver::peers;

use results::Results;
use server::Server;

/// Measures and prints; false if a target was not met.
///
/// # Errors
/// If a program cannot be built or started. A run that fails is a figure that is missing.
pub fn run(options: &Options) -> Outcome<bool> {
    let server = Server::start()?;
    let mut results = Results::default();
    let mut clients = options.choice.clients();
    clients.retain(|client| {
        let built = match peers::NAMES.contains(client) {
            true => peers::build(client),
            false => Ok(()),
        };
        built.map_err(|why| results.failed("build", client, &*why)).is_ok()
    });
    for scenario in options.scenarios() {
        measure(scenario, options, &clients, &server, &mut results);
    }
    let names: Vec<_> = options.scenarios().map(|scenario| scenario.name).collect();
    let lines: Vec<_> = figures::ALL
        .iter()
        .filter(|figure| figure.of.scenarios().iter().all(|name| names.contains(name)))
        .map(|figure| table::Line::of(figure, &results, &clients))
        .collect();
    print!("{}", table::text(&Machine::this(None), &clients, &lines, &results));
    if let Some(file) = &options.choice.json {
        let all = serde_json::json!({"figures": lines, "runs": results.numbers()});
        std::fs::write(file, format!("{all:#}\n"))?;
    }
    Ok(lines.iter().all(|line| line.met != Some(false)))
}

/// The clients take turns, so that what disturbs one disturbs all.
fn measure(
    scenario: Wire,
    options: &Options,
    clients: &[&'static str],
    server: &Server,
    results: &mut Results,
) {
    let rounds = options.choice.rounds.unwrap_or(scenario.rounds);
    for round in 1..=rounds {
        eprintln!("{}: round {round} of {rounds}", scenario.name);
        for client in clients {
            match server.client(scenario, client) {
                Ok(measured) => results.keep(scenario.name, client, round, measured),
                Err(why) => results.failed(scenario.name, client, &*why),
            }
        }
    }
}
