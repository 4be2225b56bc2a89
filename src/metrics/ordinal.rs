//! How far off the answers are where the classes are degrees in their order: MedMNIST's own figures take a neighbour
//! for as wrong as the other end.

use serde::{Deserialize, Serialize};

/// The figures of degrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ordinal {
    /// The mean over all volumes of how many degrees the answer is off.
    pub mean_absolute_error: f64,
    /// Cohen's κ with squared weights (Psychological Bulletin 70, 1968, 213–220): 1 where all is right, 0 where chance
    /// would do as well. `None` where every volume is of one degree and taken for it.
    pub quadratic_kappa: Option<f64>,
}

/// The figures of a confusion matrix `[truth][prediction]` of degrees; `None` without volumes.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "counts of volumes stay below 2^53, degrees are few")]
pub fn ordinal(confusion: &[Vec<u64>]) -> Option<Ordinal> {
    let cells = || {
        let rows = confusion.iter().enumerate();
        rows.flat_map(|(truth, row)| row.iter().enumerate().map(move |(said, &count)| (truth, said, count as f64)))
    };
    let all: f64 = cells().map(|(_, _, count)| count).sum();
    if all <= 0.0 {
        return None;
    }
    let degrees = confusion.len();
    let (mut truths, mut answers) = (vec![0.0; degrees], vec![0.0; degrees]);
    for (truth, said, count) in cells() {
        truths.iter_mut().skip(truth).take(1).for_each(|sum| *sum += count);
        answers.iter_mut().skip(said).take(1).for_each(|sum| *sum += count);
    }
    let off = |truth: usize, said: usize| truth.abs_diff(said) as f64;
    let observed: f64 = cells().map(|(truth, said, count)| off(truth, said).powi(2) * count).sum();
    let pairs = truths
        .iter()
        .enumerate()
        .flat_map(|(truth, a)| answers.iter().enumerate().map(move |(said, b)| (truth, said, a * b)));
    let expected: f64 = pairs.map(|(truth, said, product)| off(truth, said).powi(2) * product / all).sum();
    Some(Ordinal {
        mean_absolute_error: cells().map(|(truth, said, count)| off(truth, said) * count).sum::<f64>() / all,
        quadratic_kappa: (expected > 0.0).then(|| 1.0 - observed / expected),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_neighbour_is_less_wrong_than_the_other_end() {
        let near = ordinal(&[vec![4, 1, 0], vec![0, 5, 0], vec![0, 0, 5]]).unwrap();
        let far = ordinal(&[vec![4, 0, 1], vec![0, 5, 0], vec![0, 0, 5]]).unwrap();
        assert!((near.mean_absolute_error - 1.0 / 15.0).abs() < 1e-12);
        assert!((far.mean_absolute_error - 2.0 / 15.0).abs() < 1e-12);
        assert!(near.quadratic_kappa > far.quadratic_kappa && near.quadratic_kappa < Some(1.0));
    }

    #[test]
    fn all_right_is_one_and_one_degree_alone_is_undefined() {
        assert_eq!(ordinal(&[vec![2, 0], vec![0, 3]]).unwrap().quadratic_kappa, Some(1.0));
        assert_eq!(ordinal(&[vec![2, 0], vec![0, 0]]).unwrap().quadratic_kappa, None);
        assert_eq!(ordinal(&[vec![0, 0], vec![0, 0]]), None);
    }
}
