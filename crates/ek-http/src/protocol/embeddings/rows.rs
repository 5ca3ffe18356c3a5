//! The vectors of an answer, as they come: one allocation for all, each at its place in the end.

use ek_core::{Embeddings, Error, ErrorKind};

use super::base64;
use crate::failure::read_fault::ReadFault;
use crate::json::scalar;
use crate::json::scan::{Raw, Scanner, Unreadable};
use crate::json::string;

/// How many vectors are due, and how many numbers each of them has.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    pub(crate) inputs: usize,
    pub(crate) dimensions: Option<u32>,
}

/// The vectors so far.
pub(super) struct Rows {
    due: Due,
    values: Vec<f32>,
    width: usize,
    /// The number of rows, those that are not kept among them.
    count: usize,
    /// The `index` of each row.
    indices: Vec<Option<u64>>,
    /// How many rows say the tokens of their input, and the sum.
    tokens: (usize, u64),
    /// The rows of which the server says that their input was cut.
    truncated: Vec<usize>,
    /// What is wrong with the first row that is no vector.
    fault: Option<String>,
}

impl Rows {
    pub(super) fn of(due: Due) -> Self {
        let indices = Vec::with_capacity(due.inputs);
        Self {
            due,
            values: Vec::new(),
            width: 0,
            count: 0,
            indices,
            tokens: (0, 0),
            truncated: Vec::new(),
            fault: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The tokens of all inputs, if each row says its own.
    pub(super) fn tokens(&self) -> Option<u64> {
        let (rows, sum) = self.tokens;
        (rows > 0 && rows == self.count).then_some(sum)
    }

    /// Reads a list of rows.
    pub(super) fn list(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Unreadable> {
        scanner.items(|scanner| self.row(scanner))
    }

    /// Reads a row: an object with a vector and its index, or a vector alone.
    pub(super) fn row(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Unreadable> {
        let place = self.count;
        self.count += 1;
        // Vectors beyond the inputs, and those behind a fault, are counted and not kept.
        if self.count > self.due.inputs || self.fault.is_some() {
            return scanner.skip();
        }
        let start = self.values.len();
        let (mut vector, mut index) = (None, None);
        if scanner.peek()? == b'{' {
            scanner.entries(|key, value| {
                match key {
                    // `textEmbedding` is that of Vertex AI's multimodal models.
                    "embedding" | "values" | "textEmbedding" => {
                        vector = Some(self.vector(start, value)?);
                    }
                    "index" | "text_index" => index = value.count()?,
                    // Vertex AI's, with counts of the input beside the vector.
                    "embeddings" if value.peek()? == b'{' => value.entries(|key, value| {
                        match key {
                            "values" => vector = Some(self.vector(start, value)?),
                            "statistics" if value.peek()? == b'{' => {
                                value.entries(|key, value| self.statistic(place, key, value))?;
                            }
                            _ => value.skip()?,
                        }
                        Ok(())
                    })?,
                    _ => value.skip()?,
                }
                Ok(())
            })?;
        } else {
            vector = Some(self.vector(start, scanner)?);
        }
        self.indices.push(index);
        let numbers = self.values.len() - start;
        self.fault = match vector {
            None => Some(format!("row {place} holds no vector")),
            Some(Some(fault)) => Some(format!("vector {place} {fault}")),
            Some(None) if numbers == 0 => Some(format!("vector {place} is empty")),
            Some(None) if place > 0 && numbers != self.width => {
                let width = self.width;
                Some(format!("vector {place} has {numbers} numbers, and the first has {width}"))
            }
            Some(None) => None,
        };
        self.width = numbers;
        Ok(())
    }

    /// Takes that the server has cut the only input.
    pub(super) fn cut_input(&mut self) {
        if self.due.inputs == 1 {
            self.truncated.push(0);
        }
    }

    /// Reads what is said of the input of a row.
    fn statistic(
        &mut self,
        place: usize,
        key: &str,
        value: &mut Scanner<'_>,
    ) -> Result<(), Unreadable> {
        match key {
            "token_count" | "tokenCount" => {
                if let Some(more) = value.count()? {
                    self.tokens = (self.tokens.0 + 1, self.tokens.1.saturating_add(more));
                }
            }
            "truncated" if scalar::is_set(value.value()?) => self.truncated.push(place),
            "truncated" => {}
            _ => value.skip()?,
        }
        Ok(())
    }

    /// Reads a vector in any form behind the numbers up to `start`. Returns what is wrong with it.
    fn vector(
        &mut self,
        start: usize,
        scanner: &mut Scanner<'_>,
    ) -> Result<Option<&'static str>, Unreadable> {
        // Of a key that comes twice, the later one counts.
        self.values.truncate(start);
        Ok(match scanner.peek()? {
            b'[' => {
                self.reserve(scanner.text_len(), || scanner.items_ahead());
                let is_vector = scanner.floats(&mut self.values)?;
                (!is_vector).then_some("holds a value that is no number an `f32` can hold")
            }
            b'"' => {
                let raw: Raw<'_> = scanner.value()?;
                self.reserve(scanner.text_len(), || raw.get().len() * 3 / 16);
                let is_vector = base64::decode(&string::read(raw.get()), &mut self.values);
                (!is_vector).then_some("is a text, but no base64 of `f32`")
            }
            _ => {
                scanner.skip()?;
                Some("is neither a list of numbers nor a text")
            }
        })
    }

    /// Makes room for all vectors when the first one comes. No more than the text can hold: a number takes
    /// two bytes of it at least.
    fn reserve(&mut self, text: usize, width: impl Fn() -> usize) {
        if self.values.capacity() == 0 {
            let all = width().saturating_mul(self.due.inputs);
            self.values.reserve_exact(all.min(text / 2));
        }
    }
}

impl Rows {
    /// All vectors, each at the place of its input.
    ///
    /// # Errors
    /// What makes them no answer: a row without a vector, more or fewer of them than inputs, or vectors of
    /// another width than was asked for.
    pub(super) fn finish(mut self) -> Result<Embeddings, ReadFault> {
        let Due { inputs, dimensions } = self.due;
        if let Some(fault) = self.fault {
            return Err(ReadFault::Malformed(fault));
        }
        if self.count != inputs {
            let why = format!("the answer holds {} vectors for {inputs} inputs", self.count);
            return Err(ReadFault::Malformed(why));
        }
        let asked = dimensions.and_then(|dimensions| usize::try_from(dimensions).ok());
        if let Some(asked) = asked.filter(|asked| *asked != self.width) {
            let width = self.width;
            let why = format!("the vectors have {width} numbers, and {asked} were asked for");
            // A server that does not shorten vectors will not do so the next time.
            let error = Error::new(ErrorKind::Malformed, why).with_retryable(false);
            return Err(ReadFault::Core(error));
        }
        if let Some(places) = places(&self.indices) {
            self.truncated.iter_mut().for_each(|row| *row = places[*row]);
            self.truncated.sort_unstable();
            sort(&mut self.values, self.width, places);
        }
        let mut found = Embeddings::new(self.values, self.width).map_err(ReadFault::Core)?;
        found.truncated = self.truncated;
        Ok(found)
    }
}

/// Where each row belongs; `None` where the rows stand as they are: in order, or with indices that are
/// missing, repeated or out of range, and so say nothing.
fn places(indices: &[Option<u64>]) -> Option<Vec<usize>> {
    if indices.iter().zip(0..).all(|(index, place)| *index == Some(place)) {
        return None;
    }
    let mut is_taken = vec![false; indices.len()];
    let mut place = |index: &Option<u64>| {
        let place = usize::try_from((*index)?).ok()?;
        let taken = is_taken.get_mut(place)?;
        (!std::mem::replace(taken, true)).then_some(place)
    };
    indices.iter().map(&mut place).collect()
}

/// Moves each row to its place. Each swap brings one row home.
fn sort(values: &mut [f32], width: usize, mut places: Vec<usize>) {
    for at in 0..places.len() {
        while places[at] != at {
            let home = places[at];
            let (first, second) = (at.min(home), at.max(home));
            let (before, behind) = values.split_at_mut(second * width);
            before[first * width..][..width].swap_with_slice(&mut behind[..width]);
            places.swap(at, home);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_indices_that_name_each_place_once_say_where_a_row_belongs() {
        let some = |indices: &[u64]| indices.iter().copied().map(Some).collect::<Vec<_>>();
        assert_eq!(places(&some(&[0, 1, 2])), None, "in order");
        assert_eq!(places(&some(&[2, 0, 1])), Some(vec![2, 0, 1]));
        for odd in [some(&[1, 2, 3]), some(&[0, 0, 1]), some(&[1, 0, u64::MAX])] {
            assert_eq!(places(&odd), None, "{odd:?}");
        }
        assert_eq!(places(&[Some(1), None]), None);
    }

    proptest! {
        #[test]
        fn any_order_of_rows_is_brought_back(
            places in Just((0..9_usize).collect::<Vec<_>>()).prop_shuffle(),
            width in 1..4_usize,
        ) {
            #[allow(clippy::cast_precision_loss, reason = "small numbers")]
            let mut values: Vec<f32> =
                places.iter().flat_map(|place| vec![*place as f32; width]).collect();
            sort(&mut values, width, places);
            let expected: Vec<f32> =
                (0..9_u8).flat_map(|place| vec![f32::from(place); width]).collect();
            prop_assert_eq!(values, expected);
        }
    }
}
