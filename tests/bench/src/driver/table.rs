//! The table.

use super::Run;
use super::footprint::Footprint;
use super::rows::{Missing, Row, Stat};

const HEAD: &str = "\
| scenario | client | CPU of a call | CPU ratio (least to most) | per delta | instructions | allocations | \
allocated | peak RSS | calls/s |
| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
";

const FOOTPRINT_HEAD: &str = "
| program | crates | release build, CPU | stripped size | first answer, CPU |
| --- | ---: | ---: | ---: | ---: |
";

/// For people: every figure with its ratio to the yardstick, written `(x 1.23)`.
pub(super) fn text(Run { machine, rounds, rows, missing, footprint }: &Run) -> String {
    let mut out =
        format!("{machine}\n{rounds} rounds; medians, and the spread of the ratio\n\n{HEAD}");
    for rows in rows.chunk_by(|row, next| row.scenario == next.scenario) {
        let yardstick = &rows[0];
        out.extend(rows.iter().map(|row| line(row, yardstick)));
        let no_row = |missing: &&Missing| {
            missing.scenario == yardstick.scenario
                && rows.iter().all(|row| row.client != missing.client)
        };
        out.extend(missing.iter().filter(no_row).map(no_figure));
    }
    if let [floor, ..] = footprint.as_slice() {
        out.push_str(FOOTPRINT_HEAD);
        out.extend(footprint.iter().map(|own| footprint_line(own, floor)));
    }
    if !missing.is_empty() {
        out.push_str("\nNot measured:\n");
    }
    out.extend(missing.iter().map(|Missing { scenario, client, why }| {
        format!("- {scenario}, {client}: {}\n", why.replace('\n', "; "))
    }));
    out
}

fn no_figure(Missing { scenario, client, .. }: &Missing) -> String {
    format!("| {scenario} | {client} | no figure | - | - | - | - | - | - | - |\n")
}

fn ratio(value: f64, of: Option<f64>) -> String {
    of.map_or(String::new(), |of| format!(" (x {:.2})", value / of))
}

fn counted(value: Option<f64>, of: Option<f64>, unit: &str) -> String {
    match value {
        Some(value) if value >= 1e4 => format!("{:.1} k{unit}{}", value / 1e3, ratio(value, of)),
        Some(value) => format!("{value:.1}{unit}{}", ratio(value, of)),
        None => "-".to_owned(),
    }
}

fn line(row: &Row, yardstick: &Row) -> String {
    let Stat { median, least, most } = row.cpu_ratio;
    let per_delta = match row.units {
        1 => "-".to_owned(),
        units => format!("{:.0} ns", row.cpu_us.median * 1e3 / units as f64),
    };
    format!(
        "| {} | {} | {:.1} µs | {median:.2} ({least:.2} to {most:.2}) | {per_delta} | {} | {} | {} | {:.1} MiB{} | {:.0} |\n",
        row.scenario,
        row.client,
        row.cpu_us.median,
        counted(row.instructions, yardstick.instructions, ""),
        counted(row.allocations, yardstick.allocations, ""),
        counted(row.allocated_bytes, yardstick.allocated_bytes, "B"),
        row.peak_kib.median / 1024.0,
        ratio(row.peak_kib.median, Some(yardstick.peak_kib.median)),
        row.calls_per_second.median,
    )
}

fn footprint_line(own: &Footprint, floor: &Footprint) -> String {
    format!(
        "| {} | {} (x {:.2}) | {:.1} s (x {:.2}) | {:.0} KiB (x {:.2}) | {:.2} ms (x {:.2}) |\n",
        own.program,
        own.crates,
        own.crates as f64 / floor.crates as f64,
        own.build_s,
        own.build_s / floor.build_s,
        own.stripped_kib,
        own.stripped_kib / floor.stripped_kib,
        own.first_answer_ms.median,
        own.first_answer_ms.median / floor.first_answer_ms.median,
    )
}

#[cfg(test)]
mod tests {
    use bench_load::job::Figures;
    use bench_load::scenario::ALL;

    use super::*;
    use crate::driver::machine::Machine;

    #[test]
    fn a_peer_that_fails_stands_in_the_table_without_a_figure_and_below_it_with_the_reason() {
        let row = |at: usize, client, cpu| {
            let figures = |cpu| [Figures { cpu, wall: 1.0, peak_kib: 2_048, base_kib: 0 }];
            Row::of(ALL[at], client, &figures(cpu), &figures(0.1))
        };
        let rows = vec![row(0, "raw-hyper", 0.1), row(0, "genai", 0.2), row(1, "raw-hyper", 0.1)];
        let why = "no end\nof it".to_owned();
        let missing = vec![Missing { scenario: ALL[1].name, client: "genai", why }];
        let machine = Machine::this(None);
        let text = text(&Run { machine, rounds: 1, rows, missing, footprint: Vec::new() });
        let lines: Vec<_> = text.lines().skip(5).collect();
        assert_eq!(
            lines,
            [
                "| small | raw-hyper | 10.0 µs | 1.00 (1.00 to 1.00) | - | - | - | - | 2.0 MiB (x 1.00) | 10000 |",
                "| small | genai | 20.0 µs | 2.00 (2.00 to 2.00) | - | - | - | - | 2.0 MiB (x 1.00) | 10000 |",
                "| small-64 | raw-hyper | 5.0 µs | 1.00 (1.00 to 1.00) | - | - | - | - | 2.0 MiB (x 1.00) | 20000 |",
                "| small-64 | genai | no figure | - | - | - | - | - | - | - |",
                "",
                "Not measured:",
                "- small-64, genai: no end; of it",
            ]
        );
    }
}
