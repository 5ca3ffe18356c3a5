//! `--check`: instructions may not pass the ceilings in `instructions.ceilings`.

use super::instructions::Valgrind;
use super::processes::Stub;
use crate::clients::YARDSTICK;
use bench_load::Outcome;
use bench_load::scenario::Scenario;

const CEILINGS: &str = include_str!("../../instructions.ceilings");

/// Measures every scenario that has a ceiling; false if one was passed.
pub(super) fn check(stub: &Stub, valgrind: &Valgrind) -> Outcome<bool> {
    let mut sound = true;
    for line in CEILINGS.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        let name = words.next().unwrap_or_default();
        let ceiling: f64 = words.next().ok_or(format!("{name} has no ceiling"))?.parse()?;
        let scenario = Scenario::named(name)?;
        let calls = scenario.counted.ok_or(format!("{name} is not counted"))?;
        let raw = valgrind.per_call(stub, scenario, YARDSTICK, calls)?;
        let own = valgrind.per_call(stub, scenario, "executionkit", calls)?;
        let ratio = own / raw;
        let verdict = if ratio <= ceiling { "holds" } else { "IS TOO MUCH" };
        sound &= ratio <= ceiling;
        println!(
            "{name}: {own:.0} instructions, x {ratio:.2} of {raw:.0}; at most x {ceiling}: {verdict}"
        );
    }
    Ok(sound)
}
