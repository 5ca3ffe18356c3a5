//! The table: each figure of each client, its target, and whether ours meets it.

use std::fmt::Write as _;

use executionkit_bench::clients::{OURS, YARDSTICK};
use executionkit_bench::driver::machine::Machine;
use serde::Serialize;

use super::figures::{Figure, Target};
use super::results::Results;

/// One figure of all clients.
#[derive(Debug, Serialize)]
pub(super) struct Line {
    what: &'static str,
    unit: &'static str,
    /// By client, in the order of the table.
    values: Vec<(&'static str, Option<f64>)>,
    /// Ours to the yardstick's.
    ratio: Option<f64>,
    target: String,
    /// None where there is no target.
    pub(super) met: Option<bool>,
}

impl Line {
    pub(super) fn of(figure: &Figure, results: &Results, clients: &[&'static str]) -> Self {
        let Figure { what, unit, of, target } = figure;
        let value = |client: &str| of.value(results, client);
        let ratio = of.ratio(results, OURS);
        let most = |most: f64| format!("at most {}", number(most));
        let (target, met) = match *target {
            Target::Shown => (String::new(), None),
            Target::Most(limit) => (most(limit), Some(value(OURS) <= Some(limit))),
            Target::OfRaw(limit) => (format!("at most x {limit}"), Some(ratio <= Some(limit))),
            Target::OfPeer(peer, otherwise) => {
                let measured = value(peer);
                let limit = measured.unwrap_or(otherwise);
                let whose = if measured.is_some() { peer } else { "fixed" };
                (format!("{} ({whose})", most(limit)), Some(value(OURS) <= Some(limit)))
            }
        };
        // `None` is less than every number, and no figure is no proof.
        let met = met.map(|met| met && value(OURS).is_some());
        let values = clients.iter().map(|client| (*client, value(client))).collect();
        Self { what, unit, values, ratio, target, met }
    }
}

/// For people.
pub(super) fn text(
    machine: &Machine,
    clients: &[&'static str],
    lines: &[Line],
    results: &Results,
) -> String {
    let mut out = format!("{machine}\nmedians of the rounds\n\n| figure |");
    for client in clients {
        // Writing to a string cannot fail.
        let _ = write!(out, " {client} |");
    }
    out.push_str(" ratio | target | met |\n| --- |");
    out.push_str(&" ---: |".repeat(clients.len() + 1));
    out.push_str(" --- | --- |\n");
    for line in lines {
        let _ = write!(out, "| {} |", line.what);
        for (_, value) in &line.values {
            let _ = write!(out, " {} |", shown(*value, line.unit));
        }
        let ratio = line.ratio.map_or_else(String::new, |ratio| format!("{ratio:.2}"));
        let met = match line.met {
            None => "",
            Some(true) => "yes",
            Some(false) => "NO",
        };
        let _ = writeln!(out, " {ratio} | {} | {met} |", line.target);
    }
    let not_met = lines.iter().filter(|line| line.met == Some(false)).count();
    let targets = lines.iter().filter(|line| line.met.is_some()).count();
    let _ = writeln!(
        out,
        "\n{} of {targets} targets met; ratios are to {YARDSTICK}",
        targets - not_met
    );
    for (head, lines) in [("Not measured", &results.missing), ("Notes", &results.notes)] {
        if !lines.is_empty() {
            let _ = writeln!(out, "\n{head}:\n- {}", lines.join("\n- "));
        }
    }
    out
}

fn shown(value: Option<f64>, unit: &str) -> String {
    match value {
        None => "-".to_owned(),
        Some(value) if unit.is_empty() => number(value),
        Some(value) => format!("{} {unit}", number(value)),
    }
}

/// Three digits, and no fraction where it would say nothing.
fn number(value: f64) -> String {
    match value {
        value if value.fract() == 0.0 || value.abs() >= 100.0 => format!("{value:.0}"),
        value if value.abs() >= 10.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

#[cfg(test)]
mod tests {
    use bench_load::wire::Measured;

    use super::*;
    use crate::driver::figures::Of;

    fn results(pairs: &[(&str, f64)]) -> Results {
        let mut results = Results::default();
        for (client, value) in pairs {
            let mut measured = Measured::default();
            measured.set("kib", *value);
            results.keep("memory", client, 1, measured);
        }
        results
    }

    fn line(target: Target, results: &Results) -> (String, Option<bool>) {
        let figure =
            Figure { what: "memory", unit: "KiB", of: Of::Number("memory", "kib"), target };
        let line = Line::of(&figure, results, &[YARDSTICK, OURS]);
        (line.target, line.met)
    }

    #[test]
    fn a_target_is_met_up_to_itself_and_a_figure_that_is_missing_meets_none() {
        let two = results(&[(YARDSTICK, 10.0), (OURS, 11.0)]);
        assert_eq!(line(Target::Shown, &two), (String::new(), None));
        assert_eq!(line(Target::Most(11.0), &two), ("at most 11".into(), Some(true)));
        assert_eq!(line(Target::Most(10.5), &two), ("at most 10.5".into(), Some(false)));
        assert_eq!(line(Target::OfRaw(1.1), &two), ("at most x 1.1".into(), Some(true)));
        assert_eq!(line(Target::OfRaw(1.05), &two).1, Some(false));
        let raw = results(&[(YARDSTICK, 10.0)]);
        for target in [Target::Most(11.0), Target::OfRaw(1.1), Target::OfPeer("reqwest", 11.0)] {
            assert_eq!(line(target, &raw).1, Some(false));
        }
    }

    #[test]
    fn a_peer_that_was_measured_comes_before_the_fixed_number() {
        let peer = || Target::OfPeer("reqwest", 9.0);
        let two = results(&[(YARDSTICK, 8.0), (OURS, 10.0)]);
        assert_eq!(line(peer(), &two), ("at most 9 (fixed)".into(), Some(false)));
        let three = results(&[(YARDSTICK, 8.0), (OURS, 10.0), ("reqwest", 12.0)]);
        assert_eq!(line(peer(), &three), ("at most 12 (reqwest)".into(), Some(true)));
    }
}
