//! How alike two vectors are, and vectors of length 1.

/// The cosine of the angle between two vectors: 1 for the same direction, 0 for none in common, -1 for
/// the opposite. `None` where the vectors differ in width or one of them is all zeros.
///
/// Sums are taken in `f64`, so that neither many nor large numbers spoil them.
///
/// ```
/// use ek_core::cosine_similarity;
/// assert_eq!(cosine_similarity(&[3.0, 4.0], &[6.0, 8.0]), Some(1.0));
/// assert_eq!(cosine_similarity(&[1.0, 0.0], &[0.0, 2.0]), Some(0.0));
/// assert_eq!(cosine_similarity(&[1.0], &[1.0, 0.0]), None);
/// ```
#[doc(alias("rag", "distance"))]
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "a cosine fits into any float")]
pub fn cosine_similarity(a: &[f32], b: &[f32]) -> Option<f32> {
    if a.len() != b.len() {
        return None;
    }
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    (lengths > 0.0).then(|| (dot(a, b) / lengths).clamp(-1.0, 1.0) as f32)
}

/// Scales a vector to length 1; one that is all zeros stays as it is.
#[allow(clippy::cast_possible_truncation, reason = "no part of it is longer than 1")]
pub(super) fn normalize(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        for number in vector {
            *number = (f64::from(*number) / length) as f32;
        }
    }
}

/// The sum of the products. Four sums side by side, so that the compiler can use the processor's lanes.
fn dot(a: &[f32], b: &[f32]) -> f64 {
    let (a_lanes, a_rest) = a.as_chunks::<4>();
    let (b_lanes, b_rest) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for lane in 0..4 {
            sums[lane] += f64::from(a[lane]) * f64::from(b[lane]);
        }
    }
    let rest = a_rest.iter().zip(b_rest).map(|(a, b)| f64::from(*a) * f64::from(*b));
    sums.iter().sum::<f64>() + rest.sum::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cosine_does_not_depend_on_the_lengths_of_the_vectors() {
        let near = |a: &[f32], b: &[f32], expected: f32| {
            let found = cosine_similarity(a, b).expect("a cosine");
            assert!((found - expected).abs() < 1e-6, "{found} for {a:?} and {b:?}");
        };
        near(&[1.0; 9], &[7.0; 9], 1.0);
        near(&[1.0, 2.0, 3.0, 4.0, 5.0], &[-1.0, -2.0, -3.0, -4.0, -5.0], -1.0);
        near(&[1.0, 0.0], &[1.0, 1.0], 0.5_f32.sqrt());
        near(&[f32::MAX; 3], &[f32::MAX; 3], 1.0);
        near(&[f32::MIN_POSITIVE; 3], &[f32::MIN_POSITIVE; 3], 1.0);
    }

    #[test]
    fn vectors_of_other_widths_and_zeros_have_no_cosine() {
        for (a, b) in [(&[1.0, 0.0][..], &[1.0][..]), (&[0.0], &[1.0]), (&[], &[])] {
            assert_eq!(cosine_similarity(a, b), None, "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_normalized_vector_has_length_one_and_zeros_stay() {
        for mut vector in [vec![3.0, 4.0], vec![f32::MAX; 7], vec![1e-30; 5]] {
            normalize(&mut vector);
            assert!((dot(&vector, &vector) - 1.0).abs() < 1e-6, "{vector:?}");
        }
        let mut zeros = [0.0; 3];
        normalize(&mut zeros);
        assert_eq!(zeros, [0.0; 3]);
    }
}
