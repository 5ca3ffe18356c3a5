//! `--check`: instructions may not pass the ceilings in `instructions.ceilings`.

use std::fmt;

use bench_load::Outcome;
use bench_load::scenario::Scenario;

use super::instructions::{Valgrind, per_redaction};
use super::processes::Stub;
use crate::clients::{OURS, YARDSTICK};

/// No scenario of calls: a hostile text beside a plain one.
const REDACT: &str = "redact";

const CEILINGS: &str = include_str!("../../instructions.ceilings");

/// One line of the file.
#[derive(Debug, PartialEq)]
struct Ceiling<'a> {
    scenario: &'a str,
    ratio: f64,
}

impl<'a> Ceiling<'a> {
    fn read(line: &'a str) -> Outcome<Self> {
        let mut words = line.split_whitespace();
        let scenario = words.next().unwrap_or_default();
        let ratio = words.next().ok_or(format!("{scenario} has no ceiling"))?;
        let ratio = ratio.parse().map_err(|why| format!("{scenario}: `{ratio}`: {why}"))?;
        words.next().ok_or(format!("{scenario}: a ceiling needs its reason"))?;
        Ok(Self { scenario, ratio })
    }
}

fn read(file: &str) -> impl Iterator<Item = Outcome<Ceiling<'_>>> {
    file.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')).map(Ceiling::read)
}

/// What was measured, beside its ceiling.
struct Verdict<'a> {
    ceiling: Ceiling<'a>,
    own: f64,
    raw: f64,
}

impl Verdict<'_> {
    fn holds(&self) -> bool {
        self.own / self.raw <= self.ceiling.ratio
    }
}

impl fmt::Display for Verdict<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { ceiling: Ceiling { scenario, ratio }, own, raw } = self;
        let is = own / raw;
        let verdict = if self.holds() { "holds" } else { "IS TOO MUCH" };
        write!(f, "{scenario}: {own:.0} instructions, x {is:.3} of {raw:.0}; ")?;
        write!(f, "at most x {ratio}: {verdict}")
    }
}

/// Measures every scenario that has a ceiling; false if one was passed.
pub(super) fn check(stub: &Stub, valgrind: &Valgrind) -> Outcome<bool> {
    // All of the file first: a mistake in its last line shall not cost the time of the others.
    let ceilings: Vec<_> = read(CEILINGS).collect::<Outcome<_>>()?;
    let mut passed = Vec::new();
    for ceiling in ceilings {
        let name = ceiling.scenario;
        let (raw, own) = if name == REDACT {
            (per_redaction("plain")?, per_redaction("hostile")?)
        } else {
            let scenario = Scenario::named(name)?;
            let calls = scenario.counted.ok_or(format!("{name} is not counted"))?;
            let raw = valgrind.per_call(stub, scenario, YARDSTICK, calls)?;
            (raw, valgrind.per_call(stub, scenario, OURS, calls)?)
        };
        let verdict = Verdict { ceiling, own, raw };
        println!("{verdict}");
        if !verdict.holds() {
            passed.push(name);
        }
    }
    if !passed.is_empty() {
        println!(
            "more instructions than tests/bench/instructions.ceilings allows: {}",
            passed.join(", ")
        );
    }
    Ok(passed.is_empty())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use bench_load::scenario::ALL;

    use super::*;

    fn verdict(own: f64) -> Verdict<'static> {
        Verdict { ceiling: Ceiling { scenario: "small", ratio: 1.5 }, own, raw: 40_000.0 }
    }

    #[test]
    fn a_ceiling_holds_up_to_itself_and_no_further() {
        assert!(verdict(60_000.0).holds());
        assert!(!verdict(60_001.0).holds());
        // No figure is no proof.
        assert!(!verdict(f64::NAN).holds());
    }

    #[test]
    fn the_line_says_what_was_measured_and_what_is_allowed() {
        let line = verdict(62_000.0).to_string();
        assert_eq!(line, "small: 62000 instructions, x 1.550 of 40000; at most x 1.5: IS TOO MUCH");
        assert!(verdict(50_000.0).to_string().ends_with("x 1.250 of 40000; at most x 1.5: holds"));
    }

    #[test]
    fn every_scenario_whose_instructions_are_counted_has_a_ceiling_in_the_file() {
        let ceilings: Outcome<Vec<_>> = read(CEILINGS).collect();
        let ceilings = ceilings.expect("a file that can be read");
        let names: BTreeSet<_> = ceilings.iter().map(|ceiling| ceiling.scenario).collect();
        let counted = ALL.into_iter().filter(|scenario| scenario.counted.is_some());
        let counted = counted.map(|scenario| scenario.name);
        assert_eq!(names, counted.chain([REDACT]).collect());
    }

    #[test]
    fn a_ceiling_without_a_number_or_a_reason_is_a_mistake() {
        let mistake = |line| read(line).next().expect("a line").unwrap_err().to_string();
        assert_eq!(mistake("small"), "small has no ceiling");
        assert_eq!(mistake("small lots of it"), "small: `lots`: invalid float literal");
        assert_eq!(mistake("small 1.5"), "small: a ceiling needs its reason");
    }
}
