//! Predictions in the form that the medmnist package's `Evaluator` writes and reads; it writes no file itself.

/// The edge of the MedMNIST release whose files carry no size in their names.
const PLAIN_SIZE: usize = 28;

/// The value below which NumPy writes a float with an exponent. The `f32` nearest to it lies below it.
const SMALLEST_PLAIN: f64 = 1e-4;

/// The name of an official prediction file: `{flag}{_size}_{split}_[AUC]{auc}_[ACC]{accuracy}@{run}.csv`.
///
/// `flag` is the set's name in lower case (`organmnist3d`), `size` the edge of the release (none written
/// for 28), `split` is `train`, `val` or `test`. An undefined AUC is `nan`, as Python prints it. The
/// evaluator takes the run from behind the last `@` up to the first dot, so `run` should hold neither.
/// Source: `Evaluator.get_standard_evaluation_filename`, medmnist 3.0.2.
#[must_use]
pub fn file_name(flag: &str, size: usize, split: &str, auc: Option<f64>, accuracy: f64, run: &str) -> String {
    let size = if size == PLAIN_SIZE { String::new() } else { format!("_{size}") };
    let auc = auc.map_or_else(|| "nan".to_owned(), |auc| format!("{auc:.3}"));
    format!("{flag}{size}_{split}_[AUC]{auc}_[ACC]{accuracy:.3}@{run}.csv")
}

/// The text of an official prediction file: no header; each line a volume's index, then its `classes` scores.
///
/// `probabilities` are `[n, classes]`, row-major; both scores of a binary set are written, of which the
/// evaluator reads the last. The text is, byte for byte, what pandas writes for the same scores.
#[must_use]
pub fn csv(probabilities: &[f32], classes: usize) -> String {
    let mut text = String::new();
    for (index, row) in probabilities.chunks_exact(classes.max(1)).enumerate() {
        text.push_str(&index.to_string());
        for &score in row {
            text.push(',');
            text.push_str(&shortest(score));
        }
        text.push('\n');
    }
    text
}

/// The shortest decimal that reads back as the same `f32`, with an exponent where NumPy uses one.
fn shortest(score: f32) -> String {
    // Scores are at most 1, so only small ones need an exponent; Python writes at least two digits of it.
    if score != 0.0 && f64::from(score.abs()) < SMALLEST_PLAIN {
        let text = format!("{score:e}");
        return match text.split_once("e-") {
            Some((digits, exponent)) => format!("{digits}e-{exponent:0>2}"),
            None => text,
        };
    }
    format!("{score:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_one_in_medmnists_own_words() {
        assert_eq!(
            file_name("organmnist3d", 28, "test", Some(0.9754), 0.7672, "baseline-003"),
            "organmnist3d_test_[AUC]0.975_[ACC]0.767@baseline-003.csv"
        );
        assert_eq!(
            file_name("organmnist3d", 64, "val", Some(1.0), 0.0625, "1"),
            "organmnist3d_64_val_[AUC]1.000_[ACC]0.062@1.csv",
            "Python rounds the exact tie 0.0625 to even"
        );
    }

    #[test]
    fn an_undefined_auc_is_nan_in_the_name() {
        assert_eq!(
            file_name("adrenalmnist3d", 28, "train", None, 0.5, "a"),
            "adrenalmnist3d_train_[AUC]nan_[ACC]0.500@a.csv"
        );
    }

    #[test]
    fn each_line_is_an_index_and_its_scores() {
        assert_eq!(csv(&[0.25, 0.75, 1.0, 0.0], 2), "0,0.25,0.75\n1,1.0,0.0\n");
        assert_eq!(csv(&[], 2), "");
    }

    #[test]
    fn small_scores_are_written_as_numpy_writes_them() {
        assert_eq!(shortest(1.5e-5), "1.5e-05");
        assert_eq!(shortest(1e-10), "1e-10");
        assert_eq!(shortest(0.0001), "1e-04");
        assert_eq!(shortest(0.000_100_01), "0.00010001");
        assert_eq!(shortest(f32::MIN_POSITIVE), "1.1754944e-38");
    }

    #[test]
    fn every_score_reads_back_as_itself() {
        for bits in (0..0x3f80_0000_u32).step_by(104_729) {
            let score = f32::from_bits(bits);
            assert_eq!(shortest(score).parse::<f32>().unwrap().to_bits(), bits);
        }
    }
}
