//! The vectors that came back: one allocation for all of them.

use std::fmt;

use super::similarity::{cosine_similarity, normalize};
use crate::{Error, ErrorKind, RateLimit, Result, Usage};

/// Vectors, one for each input and in the order of the inputs, and what the provider said with them.
///
/// All vectors have the same width, and every number is finite. They stand one after another in a
/// single allocation; [`iter`](Self::iter) and [`get`](Self::get) give slices of it.
///
/// `Debug` shows sizes and no number: a text can be guessed from its vector.
///
/// ```
/// use ek_core::Embeddings;
///
/// let found = Embeddings::from_rows([[1.0, 0.0], [0.0, 2.0], [3.0, 3.0]])?;
/// assert_eq!((found.len(), found.dimensions()), (3, 2));
/// assert_eq!(found.get(1), Some(&[0.0, 2.0][..]));
/// assert_eq!(found.nearest(&[0.0, 1.0], 1), [(1, 1.0)]);
/// # Ok::<(), ek_core::Error>(())
/// ```
#[doc(alias("rag", "vectors"))]
#[derive(Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Embeddings {
    /// Token counts; unknown is `None`. There is no output, so that the output of a known input is 0.
    pub usage: Usage,
    /// The model that answered, as the server names it.
    pub model: Option<String>,
    /// The id under which the provider logs the request.
    pub request_id: Option<String>,
    /// The room that the server's rate limits leave.
    pub rate_limit: Option<RateLimit>,
    /// The places of inputs that the server cut before it embedded them, in order; it had been asked to.
    /// Where it was not, a cut input is an error.
    pub truncated: Vec<usize>,
    values: Vec<f32>,
    dimensions: usize,
}

impl Embeddings {
    /// Vectors of this width that stand one after another in `values`.
    ///
    /// ```
    /// use ek_core::Embeddings;
    /// let two = Embeddings::new(vec![1.0, 0.0, 0.0, 1.0], 2)?;
    /// assert_eq!(two.len(), 2);
    /// assert!(Embeddings::new(vec![1.0, 0.0, 0.0], 2).is_err());
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if the values are no whole number of vectors, or one of them is infinite
    /// or no number.
    pub fn new(values: Vec<f32>, dimensions: usize) -> Result<Self> {
        if dimensions == 0 && !values.is_empty() || !values.len().is_multiple_of(dimensions.max(1))
        {
            let why = format!("{} numbers are no vectors of {dimensions}", values.len());
            return Err(Error::new(ErrorKind::Malformed, why));
        }
        // One pass without branches, which the compiler can do several numbers at a time.
        if !values.iter().fold(true, |finite, number| finite & number.is_finite()) {
            let why = "a vector holds a number that is not finite";
            return Err(Error::new(ErrorKind::Malformed, why));
        }
        Ok(Self { values, dimensions, ..Self::default() })
    }

    /// Copies vectors, which must be of one width.
    ///
    /// # Errors
    /// [`ErrorKind::Malformed`] if the widths differ, a vector is empty, or a number is infinite or no
    /// number.
    pub fn from_rows<R: AsRef<[f32]>>(rows: impl IntoIterator<Item = R>) -> Result<Self> {
        let rows = rows.into_iter();
        let (mut values, mut dimensions) = (Vec::new(), None);
        for (place, row) in rows.enumerate() {
            let row = row.as_ref();
            let width = *dimensions.get_or_insert(row.len());
            if row.len() != width || width == 0 {
                let why =
                    format!("vector {place} has {} numbers, the first has {width}", row.len());
                return Err(Error::new(ErrorKind::Malformed, why));
            }
            values.extend_from_slice(row);
        }
        Self::new(values, dimensions.unwrap_or(0))
    }

    /// Sets the token counts.
    #[must_use]
    pub fn with_usage(mut self, usage: Usage) -> Self {
        self.usage = usage;
        self
    }

    /// Sets the model that answered.
    #[must_use]
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }

    /// Sets the provider's request id.
    #[must_use]
    pub fn with_request_id(mut self, id: impl Into<String>) -> Self {
        self.request_id = Some(id.into());
        self
    }

    /// Sets the room that the server's rate limits leave.
    #[must_use]
    pub fn with_rate_limit(mut self, rate_limit: RateLimit) -> Self {
        self.rate_limit = Some(rate_limit);
        self
    }

    /// How many vectors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.dimensions.max(1)
    }

    /// Whether there is no vector.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// How many numbers each vector has; 0 where there is no vector.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.dimensions
    }

    /// The vector of the input at this place; `None` beyond the last.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&[f32]> {
        self.iter().nth(place)
    }

    /// The vectors, in the order of the inputs.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &[f32]> + DoubleEndedIterator + Clone {
        self.values.chunks_exact(self.dimensions.max(1))
    }

    /// All numbers, vector after vector.
    #[must_use]
    pub fn values(&self) -> &[f32] {
        &self.values
    }

    /// All numbers, vector after vector, without a copy.
    #[must_use]
    pub fn into_values(self) -> Vec<f32> {
        self.values
    }

    /// Scales every vector to length 1, so that a scalar product is a cosine. A vector of zeros stays.
    ///
    /// Most models send vectors of that length already; shortened ones of Gemini are not.
    ///
    /// ```
    /// let mut found = ek_core::Embeddings::from_rows([[3.0, 4.0]])?;
    /// found.normalize();
    /// assert_eq!(found.values(), [0.6, 0.8]);
    /// # Ok::<(), ek_core::Error>(())
    /// ```
    pub fn normalize(&mut self) {
        self.values.chunks_exact_mut(self.dimensions.max(1)).for_each(normalize);
    }

    /// The [`cosine_similarity`](crate::cosine_similarity) of the vectors of two inputs; `None` beyond the
    /// last, or where one of them is all zeros.
    #[must_use]
    pub fn cosine_similarity(&self, one: usize, other: usize) -> Option<f32> {
        cosine_similarity(self.get(one)?, self.get(other)?)
    }

    /// The places of the vectors that are most alike a vector of the same width, the best first, with
    /// their cosine; of equal ones the earlier first. No more than `count`. Vectors without a cosine are
    /// left out: those of zeros, and all of them where the width differs, as between two models.
    #[doc(alias("rag", "search", "retrieval"))]
    #[must_use]
    pub fn nearest(&self, vector: &[f32], count: usize) -> Vec<(usize, f32)> {
        let cosine = |(place, row)| Some((place, cosine_similarity(row, vector)?));
        let mut found: Vec<_> = self.iter().enumerate().filter_map(cosine).collect();
        found.sort_by(|(_, a), (_, b)| b.total_cmp(a));
        found.truncate(count);
        found
    }
}

/// Sizes and what the provider said, no number of a vector.
impl fmt::Debug for Embeddings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Embeddings")
            .field("len", &self.len())
            .field("dimensions", &self.dimensions)
            .field("usage", &self.usage)
            .field("model", &self.model)
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_come_back_row_by_row() {
        let found = Embeddings::new(vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3).expect("two vectors");
        assert_eq!(found.iter().collect::<Vec<_>>(), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
        assert_eq!((found.len(), found.get(1)), (2, Some(&[4.0, 5.0, 6.0][..])));
        assert_eq!((found.get(2), found.is_empty()), (None, false));
        assert_eq!(found.into_values().len(), 6);
    }

    #[test]
    fn no_vectors_are_no_rows() {
        for none in [Embeddings::default(), Embeddings::new(Vec::new(), 0).expect("none")] {
            assert_eq!((none.len(), none.is_empty(), none.iter().len()), (0, true, 0));
            assert_eq!((none.get(0), none.nearest(&[1.0], 3)), (None, vec![]));
        }
    }

    #[test]
    fn what_is_no_row_of_vectors_of_finite_numbers_is_refused() {
        let refused = [
            Embeddings::new(vec![1.0; 5], 2),
            Embeddings::new(vec![1.0; 5], 0),
            Embeddings::new(vec![1.0, f32::NAN], 2),
            Embeddings::new(vec![f32::INFINITY, 1.0], 1),
            Embeddings::from_rows([vec![1.0], vec![1.0, 2.0]]),
            Embeddings::from_rows([vec![], vec![1.0]]),
            Embeddings::from_rows([[0.0; 0]]),
        ];
        for refused in refused {
            let error = refused.expect_err("refused");
            assert_eq!(error.kind(), ErrorKind::Malformed, "{error}");
        }
    }

    #[test]
    fn the_nearest_come_first_and_equal_ones_in_their_order() {
        let rows = [[0.0, 1.0], [1.0, 0.0], [0.0, 0.0], [2.0, 0.0], [1.0, 1.0]];
        let found = Embeddings::from_rows(rows).expect("vectors").nearest(&[5.0, 0.0], 4);
        assert_eq!(found.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 3, 4, 0]);
    }

    #[test]
    fn debug_shows_sizes_and_no_number() {
        let found = Embeddings::from_rows([[0.123, 4.567]]).expect("a vector").with_model("m");
        let shown = format!("{found:?}");
        assert!(shown.contains("dimensions: 2") && shown.contains("\"m\""), "{shown}");
        assert!(!shown.contains("123") && !shown.contains("567"), "{shown}");
    }
}
