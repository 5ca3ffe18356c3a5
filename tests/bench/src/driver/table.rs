//! The table.

use std::fmt::Write as _;

use super::Run;
use super::rows::Stat;
use crate::clients::YARDSTICK;

/// For people: every figure with its ratio to the yardstick, written `(x 1.23)`.
pub(super) fn text(Run { machine, rounds, rows, missing, footprint }: &Run) -> String {
    let mut out = String::new();
    let mut line = |text: String| {
        // Writing to a String cannot fail.
        let _ = writeln!(out, "{text}");
    };
    line(machine.to_string());
    line(format!("{rounds} rounds; medians, and the spread of the ratio\n"));
    line("| scenario | client | CPU of a call | CPU ratio (least to most) | per delta | instructions | allocations | allocated | peak RSS | calls/s |".into());
    line("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |".into());
    for row in rows {
        let base = rows.iter().find(|r| r.scenario == row.scenario && r.client == YARDSTICK);
        let ratio = |value: f64, of: Option<f64>| {
            of.map_or(String::new(), |of| format!(" (x {:.2})", value / of))
        };
        let counted = |value: Option<f64>, of: Option<f64>, unit: &str| match value {
            Some(value) if value >= 1e4 => {
                format!("{:.1} k{unit}{}", value / 1e3, ratio(value, of))
            }
            Some(value) => format!("{value:.1}{unit}{}", ratio(value, of)),
            None => "-".to_owned(),
        };
        let spread =
            |stat: Stat| format!("{:.2} ({:.2} to {:.2})", stat.median, stat.least, stat.most);
        let per_delta = match row.units {
            1 => "-".to_owned(),
            units => format!("{:.0} ns", row.cpu_us.median * 1e3 / units as f64),
        };
        line(format!(
            "| {} | {} | {:.1} µs | {} | {per_delta} | {} | {} | {} | {:.1} MiB{} | {:.0} |",
            row.scenario,
            row.client,
            row.cpu_us.median,
            spread(row.cpu_ratio),
            counted(row.instructions, base.and_then(|b| b.instructions), ""),
            counted(row.allocations, base.and_then(|b| b.allocations), ""),
            counted(row.allocated_bytes, base.and_then(|b| b.allocated_bytes), "B"),
            row.peak_kib.median / 1024.0,
            ratio(row.peak_kib.median, base.map(|b| b.peak_kib.median)),
            row.calls_per_second.median,
        ));
    }
    if let [floor, ..] = footprint.as_slice() {
        line(
            "\n| program | crates | release build, CPU | stripped size | first answer, CPU |"
                .into(),
        );
        line("| --- | ---: | ---: | ---: | ---: |".into());
        for own in footprint {
            line(format!(
                "| {} | {} (x {:.2}) | {:.1} s (x {:.2}) | {:.0} KiB (x {:.2}) | {:.2} ms (x {:.2}) |",
                own.program,
                own.crates,
                own.crates as f64 / floor.crates as f64,
                own.build_s,
                own.build_s / floor.build_s,
                own.stripped_kib,
                own.stripped_kib / floor.stripped_kib,
                own.first_answer_ms.median,
                own.first_answer_ms.median / floor.first_answer_ms.median,
            ));
        }
    }
    if !missing.is_empty() {
        line("\nNot measured:".into());
    }
    for row in missing {
        line(format!("- {}, {}: {}", row.scenario, row.client, row.why.replace('\n', "; ")));
    }
    out
}
