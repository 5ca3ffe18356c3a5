//! Two texts line by line: what stays, what goes, what comes. Long runs that stay are folded.

use std::fmt::Write as _;

/// Lines that stay and are shown around a change.
const CONTEXT: usize = 3;

/// Above this many pairs of lines to compare, everything counts as changed: such texts are
/// not read side by side, and the table grows by the square.
const MOST_PAIRS: usize = 4_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Line<'a> {
    Same(&'a str),
    Wanted(&'a str),
    Came(&'a str),
}

/// How many lines differ.
pub(super) fn distance(wanted: &[String], came: &[String]) -> usize {
    lines(wanted, came).iter().filter(|line| !matches!(line, Line::Same(_))).count()
}

/// The difference: `-` before what was wanted, `+` before what came.
pub(super) fn show(wanted: &[String], came: &[String]) -> String {
    let lines = lines(wanted, came);
    let changed = |at: usize| !matches!(lines[at], Line::Same(_));
    let near = |at: usize| {
        let from = at.saturating_sub(CONTEXT);
        (from..(at + CONTEXT + 1).min(lines.len())).any(changed)
    };
    let mut text = String::new();
    let mut folded = 0;
    for (at, line) in lines.iter().enumerate() {
        let (mark, line) = match *line {
            Line::Same(_) if !near(at) => {
                folded += 1;
                continue;
            }
            Line::Same(line) => (' ', line),
            Line::Wanted(line) => ('-', line),
            Line::Came(line) => ('+', line),
        };
        unfold(&mut text, &mut folded);
        let _ = writeln!(text, "  {mark} {line}");
    }
    unfold(&mut text, &mut folded);
    text
}

fn unfold(text: &mut String, folded: &mut usize) {
    let _ = match std::mem::take(folded) {
        0 => Ok(()),
        1 => writeln!(text, "    ... (1 line that is the same)"),
        many => writeln!(text, "    ... ({many} lines that are the same)"),
    };
}

/// A shortest way from one to the other, by the longest common subsequence.
fn lines<'a>(wanted: &'a [String], came: &'a [String]) -> Vec<Line<'a>> {
    let width = came.len() + 1;
    if wanted.len().saturating_mul(came.len()) > MOST_PAIRS {
        let gone = wanted.iter().map(|line| Line::Wanted(line));
        return gone.chain(came.iter().map(|line| Line::Came(line))).collect();
    }
    // How many lines the rests from each pair of places have in common.
    let mut common = vec![0_usize; (wanted.len() + 1) * width];
    for (i, line) in wanted.iter().enumerate().rev() {
        for (j, other) in came.iter().enumerate().rev() {
            common[i * width + j] = if line == other {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut lines = Vec::with_capacity(wanted.len() + came.len());
    while i < wanted.len() || j < came.len() {
        let (line, other) = (wanted.get(i), came.get(j));
        match (line, other) {
            (Some(line), Some(other)) if line == other => {
                lines.push(Line::Same(line));
                (i, j) = (i + 1, j + 1);
            }
            (Some(line), _)
                if j == came.len() || common[(i + 1) * width + j] >= common[i * width + j + 1] =>
            {
                lines.push(Line::Wanted(line));
                i += 1;
            }
            (_, Some(other)) => {
                lines.push(Line::Came(other));
                j += 1;
            }
            _ => break,
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn what_goes_stands_before_what_comes_and_runs_that_stay_are_folded() {
        let wanted = texts("a b c d e f g h i j");
        let came = texts("a b c d e f G h i j k");
        assert_eq!(distance(&wanted, &came), 3);
        assert_eq!(
            show(&wanted, &came),
            "    ... (3 lines that are the same)\n    d\n    e\n    f\n  - g\n  + G\n    h\n    i\n    j\n  + k\n"
        );
    }

    #[test]
    fn nothing_and_everything_can_differ() {
        for (wanted, came, distance_is) in
            [("", "", 0), ("a", "", 1), ("", "a", 1), ("a b", "b a", 2), ("a a", "a", 1)]
        {
            assert_eq!(distance(&texts(wanted), &texts(came)), distance_is, "{wanted:?} {came:?}");
        }
        assert_eq!(show(&texts("a"), &texts("b")), "  - a\n  + b\n");
    }

    #[test]
    fn texts_too_long_to_compare_differ_as_a_whole() {
        let long = vec!["x".to_owned(); 2001];
        assert_eq!(distance(&long, &long), 4002);
    }
}
