//! What is shown of the scenarios, and what each figure has to be: one table.

use executionkit_bench::clients::YARDSTICK;

use super::results::Results;

/// A line of the table.
#[derive(Debug)]
pub(super) struct Figure {
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    pub(super) of: Of,
    pub(super) target: Target,
}

/// How a figure comes of what was measured.
#[derive(Debug)]
pub(super) enum Of {
    /// A number of a scenario, as it was measured.
    Number(&'static str, &'static str),
    /// Microseconds of CPU for each of the units in a call, above the yardstick's.
    Above(&'static str, usize),
    /// What a unit costs in the second scenario, to what it costs in the first.
    Growth([(&'static str, usize); 2]),
}

/// What a figure has to be.
#[derive(Debug)]
pub(super) enum Target {
    /// It is there to be read.
    Shown,
    /// At most this.
    Most(f64),
    /// At most the yardstick's, times this.
    OfRaw(f64),
    /// At most that of this peer; where it was not measured, at most this.
    OfPeer(&'static str, f64),
}

impl Of {
    pub(super) fn scenarios(&self) -> Vec<&'static str> {
        match *self {
            Self::Number(scenario, _) | Self::Above(scenario, _) => vec![scenario],
            Self::Growth(two) => two.map(|(scenario, _)| scenario).into(),
        }
    }

    pub(super) fn value(&self, results: &Results, client: &str) -> Option<f64> {
        let per_unit = |scenario, units: usize| {
            Some(results.median(scenario, client, "cpu_us")? / units as f64)
        };
        match *self {
            Self::Number(scenario, name) => results.median(scenario, client, name),
            Self::Above(scenario, units) => {
                let raw = results.median(scenario, YARDSTICK, "cpu_us")?;
                Some((results.median(scenario, client, "cpu_us")? - raw) / units as f64)
            }
            Self::Growth([(few, fewer), (many, more)]) => {
                Some(per_unit(many, more)? / per_unit(few, fewer)?)
            }
        }
    }

    /// To the yardstick's.
    pub(super) fn ratio(&self, results: &Results, client: &str) -> Option<f64> {
        match *self {
            Self::Number(scenario, name) => results.ratio(scenario, client, name),
            Self::Above(..) | Self::Growth(_) => None,
        }
    }
}

const fn figure(
    what: &'static str,
    unit: &'static str,
    scenario: &'static str,
    number: &'static str,
    target: Target,
) -> Figure {
    Figure { what, unit, of: Of::Number(scenario, number), target }
}

const fn call(what: &'static str, scenario: &'static str, calls: usize) -> Figure {
    Figure { what, unit: "µs", of: Of::Above(scenario, calls), target: Target::Most(1.0) }
}

const fn growth(what: &'static str, two: [(&'static str, usize); 2]) -> Figure {
    Figure { what, unit: "x", of: Of::Growth(two), target: Target::Most(1.5) }
}

use Target::{Most, OfPeer, OfRaw, Shown};

/// Every figure, in the order of the table.
pub(super) const ALL: &[Figure] = &[
    figure("32 held streams: calls that stop, of 20", "", "held", "stopped", Most(0.0)),
    figure("32 held streams: a call beside them", "ms", "held", "call_ms", Shown),
    figure("32 held streams: not whole when they are read", "", "held", "lost", Most(0.0)),
    figure("10 x 1,000 streams at 8 ms a delta: lost", "", "flood", "lost", Most(0.0)),
    figure("10 x 1,000 streams at 8 ms a delta: connections", "", "flood", "connections", Shown),
    figure("10 x 1,000 streams at 8 ms a delta: time of 1,000", "ms", "flood", "wall_ms", Shown),
    figure("1,000 slow streams over HTTP/2: lost", "", "streams", "lost", Most(0.0)),
    figure("1,000 slow streams over HTTP/2: time", "ms", "streams", "wall_ms", OfRaw(1.0)),
    figure("1,000 slow streams over HTTP/2: connections", "", "streams", "connections", Shown),
    figure("the same, limit 100: lost", "", "streams-100", "lost", Most(0.0)),
    figure("the same, limit 100: time", "ms", "streams-100", "wall_ms", OfRaw(1.0)),
    figure("the same, limit 100: connections", "", "streams-100", "connections", Most(12.0)),
    figure("the same, far: last first token", "ms", "far-start", "first_last_ms", Most(350.0)),
    figure("the same, far: connections", "", "far-start", "connections", Most(12.0)),
    figure("the same, far: lost", "", "far-start", "lost", Most(0.0)),
    figure("first token far away, new connection", "ms", "far-first", "cold_ms", OfRaw(1.05)),
    figure("first token far away, used connection", "ms", "far-first", "warm_ms", OfRaw(1.05)),
    figure("first token far away, after connect()", "ms", "far-first", "connected_ms", Most(60.0)),
    figure("first token far away, after idle, kept warm", "ms", "far-first", "idle_ms", Most(60.0)),
    figure("first answer of 64 KiB, far", "ms", "far-64k", "answer_ms", OfRaw(1.05)),
    figure("first answer of 1 MiB, far", "ms", "far-1m", "answer_ms", OfRaw(1.05)),
    figure("burst of 1,000 over HTTP/1.1, far: median", "ms", "far-burst", "answer_ms", OfRaw(1.1)),
    figure("the same, the origin known: median", "ms", "far-burst-known", "answer_ms", OfRaw(1.1)),
    figure("new process: build()", "ms", "start", "built_ms", Most(1.0)),
    figure("new process: build() and the first answer", "ms", "start", "both_ms", Shown),
    figure("burst of 2,000, no TLS: last", "ms", "burst-plain", "answer_last_ms", OfRaw(1.1)),
    figure("burst of 2,000, HTTP/1.1: last", "ms", "burst-h1", "answer_last_ms", OfRaw(1.1)),
    figure("burst of 2,000, HTTP/1.1: connections", "", "burst-h1", "connections", Shown),
    figure("burst of 2,000, HTTP/2: last", "ms", "burst-h2", "answer_last_ms", OfRaw(1.0)),
    figure("burst of 2,000, HTTP/2: connections", "", "burst-h2", "connections", Shown),
    figure("the same, limit 100: last", "ms", "burst-h2-100", "answer_last_ms", OfRaw(1.0)),
    figure("the same, limit 100: connections", "", "burst-h2-100", "connections", Most(22.0)),
    figure("streams over HTTP/1.1 without TLS at once", "", "memory-h1", "streams", Shown),
    figure("memory of each", "KiB", "memory-h1", "kib", OfPeer("reqwest", 22.6)),
    figure("lost of them", "", "memory-h1", "lost", Most(0.0)),
    figure("streams over HTTP/2 at once, used connection", "", "memory-h2", "streams", Shown),
    figure("memory of each", "KiB", "memory-h2", "kib", OfPeer("reqwest", 6.5)),
    figure("lost of them", "", "memory-h2", "lost", Most(0.0)),
    figure("CPU of a call over HTTP/2, 1 caller", "µs", "cpu-1", "cpu_us", OfRaw(1.15)),
    figure("CPU of a call over HTTP/2, 64 callers", "µs", "cpu-64", "cpu_us", OfRaw(1.10)),
    figure("CPU of a call with tools, HTTP/1.1", "µs", "tools", "cpu_us", OfRaw(1.25)),
    figure("CPU of a slow stream, HTTP/1.1", "µs", "slow", "cpu_us", OfRaw(1.05)),
    call("CPU above raw of a tool call, of 40 in a reply", "calls-40", 40),
    call("CPU above raw of a tool call, of 400 in a reply", "calls-400", 400),
    call("CPU above raw of a tool call, of 4,000 in a reply", "calls-4000", 4_000),
    growth(
        "a delta of 20,000 costs, of one of 2,000",
        [("deltas-2000", 2_000), ("deltas-20000", 20_000)],
    ),
    growth("a message of 640 costs, of one of 64", [("history-64", 64), ("history-640", 640)]),
];

#[cfg(test)]
mod tests {
    use bench_load::wire::Measured;
    use bench_load::wire::scenario;

    use super::*;

    #[test]
    fn every_scenario_has_a_figure_and_every_figure_its_scenario() {
        let shown: Vec<_> = ALL.iter().flat_map(|figure| figure.of.scenarios()).collect();
        let known: Vec<_> = scenario::ALL.iter().map(|scenario| scenario.name).collect();
        assert!(known.iter().all(|name| shown.contains(name)), "{shown:?}");
        assert!(shown.iter().all(|name| known.contains(name)), "{known:?}");
    }

    #[test]
    fn cost_of_a_unit_is_counted_above_the_yardstick_and_against_fewer_units() {
        let mut results = Results::default();
        for (scenario, client, cpu) in
            [("few", YARDSTICK, 10.0), ("few", "ours", 30.0), ("many", "ours", 600.0)]
        {
            let mut measured = Measured::default();
            measured.set("cpu_us", cpu);
            results.keep(scenario, client, 1, measured);
        }
        assert_eq!(Of::Above("few", 10).value(&results, "ours"), Some(2.0));
        let growth = Of::Growth([("few", 10), ("many", 100)]);
        assert_eq!(growth.value(&results, "ours"), Some(2.0));
        assert_eq!(growth.value(&results, YARDSTICK), None);
    }
}
