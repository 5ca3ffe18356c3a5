//! What one run measured: numbers by name, as a program prints them.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::Outcome;

/// Numbers by name, and what is to be said of them; one a line.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Measured {
    /// By name.
    pub numbers: BTreeMap<String, f64>,
    /// Sentences for the reader.
    pub notes: Vec<String>,
}

/// Before a note.
const NOTE: &str = "note: ";

impl Measured {
    /// Keeps a number.
    pub fn set(&mut self, name: &str, value: f64) {
        self.numbers.insert(name.to_owned(), value);
    }

    /// Keeps a sentence, in one line.
    pub fn note(&mut self, text: &str) {
        self.notes.push(text.replace('\n', "; "));
    }

    /// Keeps how many streams were lost, and why the first of them was.
    pub fn lost(&mut self, lost: usize, of: usize, why: Option<String>) {
        self.set("lost", lost as f64);
        if let Some(why) = why {
            self.note(&format!("{lost} of {of} streams were lost: {why}"));
        }
    }

    /// Keeps the median and the largest of some times, in milliseconds.
    pub fn times(&mut self, name: &str, times: Vec<f64>) {
        let mut times = times;
        times.sort_by(f64::total_cmp);
        let last = times.len().saturating_sub(1);
        let at = |at: usize| times.get(at).copied().unwrap_or(f64::NAN) * 1e3;
        self.set(&format!("{name}_ms"), (at(last / 2) + at(last.div_ceil(2))) / 2.0);
        self.set(&format!("{name}_last_ms"), at(last));
    }
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.numbers.iter().try_for_each(|(name, value)| writeln!(f, "{name} {value}"))?;
        self.notes.iter().try_for_each(|note| writeln!(f, "{NOTE}{note}"))
    }
}

impl FromStr for Measured {
    type Err = Box<dyn std::error::Error + Send + Sync>;

    fn from_str(text: &str) -> Outcome<Self> {
        let mut measured = Self::default();
        for line in text.lines() {
            if let Some(note) = line.strip_prefix(NOTE) {
                measured.note(note);
                continue;
            }
            let (name, value) = line.split_once(' ').ok_or("a number is missing")?;
            measured.set(name, value.parse()?);
        }
        Ok(measured)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_can_be_read_again() {
        let mut measured = Measured::default();
        measured.set("lost", 0.0);
        measured.times("first", vec![0.004, 0.001, 0.002]);
        measured.note("one stream\nwas slow");
        assert_eq!(measured.numbers["first_ms"], 2.0);
        assert_eq!(measured.numbers["first_last_ms"], 4.0);
        assert_eq!(measured.notes, ["one stream; was slow"]);
        assert_eq!(measured.to_string().parse::<Measured>().expect("numbers"), measured);
    }

    #[test]
    fn a_name_without_a_number_is_a_mistake() {
        assert_eq!("lost".parse::<Measured>().unwrap_err().to_string(), "a number is missing");
    }
}
