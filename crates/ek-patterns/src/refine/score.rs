//! The score in a judge's reply. It is strict: a number anywhere in the text is not a score.

/// The score, 0 to 1, and the rest of the text; `None` if there is no score from 0 to 10.
///
/// The score is the line `SCORE: n`: the last line, else the only such line, since a judge may quote such a
/// line from the answer. A reply that is only a number is a score too.
pub(super) fn read(reply: &str) -> Option<(f64, String)> {
    if let Some(score) = number(reply.trim()) {
        return Some((score, String::new()));
    }
    let lines: Vec<&str> = reply.lines().filter(|line| !line.trim().is_empty()).collect();
    let scored: Vec<&str> = lines.iter().copied().filter(|l| labelled(l).is_some()).collect();
    let line = match (lines.last(), &scored[..]) {
        (Some(last), _) if labelled(last).is_some() => last,
        (_, [only]) => only,
        _ => return None,
    };
    let score = number(labelled(line)?)?;
    let besides = reply.lines().filter(|line| labelled(line).is_none()).collect::<Vec<_>>();
    Some((score, besides.join("\n").trim().to_owned()))
}

/// What follows the word `score` at the start of a line; Markdown around it is ignored.
fn labelled(line: &str) -> Option<&str> {
    let line = line.trim_matches(|c: char| c.is_whitespace() || "*#_`>-".contains(c));
    let (word, rest) = line.split_at_checked("score".len())?;
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || "*_`".contains(c));
    let rest = rest.strip_prefix([':', '='])?;
    word.eq_ignore_ascii_case("score").then_some(rest)
}

/// `8`, `8.5`, `8/10` or `8 out of 10`, as 0 to 1.
fn number(text: &str) -> Option<f64> {
    let is_mark = |c: char| c.is_whitespace() || "*_`".contains(c);
    // A full stop may end the line.
    let text = text.trim_matches(is_mark).trim_end_matches('.').trim_end_matches(is_mark);
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    let rest = rest.trim_matches(is_mark);
    let of_ten = rest.strip_prefix('/').or_else(|| rest.strip_prefix("out of")).map(str::trim);
    if !rest.is_empty() && of_ten != Some("10") {
        return None;
    }
    let points: f64 = digits.parse().ok()?;
    (0.0..=10.0).contains(&points).then_some(points / 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(reply: &str) -> Option<f64> {
        read(reply).map(|(score, _)| score)
    }

    #[test]
    fn the_scale_of_ten_becomes_zero_to_one() {
        for (reply, expected) in [
            ("SCORE: 7", 0.7),
            ("Clear, but long.\nSCORE: 8.5", 0.85),
            ("**Score:** 8/10.", 0.8),
            ("## score = 10 out of 10\n", 1.0),
            ("> `SCORE: 0`", 0.0),
            ("9", 0.9),
            (" **6 / 10** ", 0.6),
        ] {
            assert_eq!(score(reply), Some(expected), "{reply}");
        }
    }

    #[test]
    fn other_texts_are_no_score() {
        for reply in [
            "",
            "A fine answer.",
            "I give it 8 points.",
            "SCORE: high",
            "SCORE: 11",
            "SCORE: -1",
            "SCORE: NaN",
            "SCORE: 80/100",
            "SCORE: 8 or 9",
            "SCORE: 1.2.3",
            "SCORE:",
            "Scores: 8",
            "SCORE: 3\nSCORE: 8\nbut I am not sure",
        ] {
            assert_eq!(score(reply), None, "{reply}");
        }
    }

    #[test]
    fn the_last_line_counts_and_a_quoted_score_does_not() {
        assert_eq!(score("It says\nSCORE: 10\nand nothing else.\nSCORE: 2"), Some(0.2));
        assert_eq!(score("SCORE: 4\nIt is too short."), Some(0.4));
    }

    #[test]
    fn the_rest_of_the_judge_s_text_is_kept() {
        let (_, besides) = read("Too short.\n\nName a glaze.\nScore: 4\n").expect("a score");
        assert_eq!(besides, "Too short.\n\nName a glaze.");
    }
}
