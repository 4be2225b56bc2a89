//! The figures of an evaluated split: accuracy with its interval, AUC, per-class figures, the confusion matrix. And
//! how two of them differ: on the same volumes ([`Paired`], [`Gain`], [`AucGain`]), and over several seeds ([`paired_t`]).
//!
//! They are MedMNIST's official figures where it has them, so that they can be laid beside published
//! ones. This module knows neither models nor files: scores and labels come in, a [`Report`] goes out.

mod auc;
mod delong;
mod gain;
mod interval;
mod multi_label;
pub mod official_csv;
mod ordinal;
mod paired;
mod report;
mod seeds;
mod student;
mod task;

pub use auc::roc_auc;
pub use delong::AucGain;
pub use gain::Gain;
pub use interval::{wilson, wilson_of_means};
pub use multi_label::{LabelCounts, answered_set, label_set};
pub use ordinal::{Ordinal, ordinal};
pub use paired::{Change, Paired, Turn, pair};
pub use report::{ClassReport, Report, predicted_class, report};
pub use seeds::{PairedT, Spread, Untested, paired_t, spread};
pub use task::Task;

/// Scores and labels that no report can be made of.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Error {
    /// There is nothing to evaluate.
    #[error("no volumes to evaluate; expected at least 1 label with its scores")]
    Empty,
    /// There is nothing to tell apart.
    #[error("{classes} classes to evaluate; expected at least 2")]
    TooFewClasses {
        /// How many classes were named.
        classes: usize,
    },
    /// The scores are not one row of one score a class for each label.
    #[error("{scores} scores for {labels} labels and {classes} classes; expected {labels} x {classes}")]
    Length {
        /// How many scores there are.
        scores: usize,
        /// How many labels there are.
        labels: usize,
        /// How many classes were named.
        classes: usize,
    },
    /// Two classifiers did not answer for the same volumes.
    #[error("answers of {first} and {second} volumes for {labels} labels; expected as many as labels")]
    Pairs {
        /// How many labels there are.
        labels: usize,
        /// How many volumes the first answered.
        first: usize,
        /// How many volumes the second answered.
        second: usize,
    },
    /// A label names no class.
    #[error("label {label} of volume {volume}; expected 0 to {}", classes - 1)]
    Label {
        /// The label.
        label: u8,
        /// Which volume has it, from 0.
        volume: usize,
        /// How many classes were named.
        classes: usize,
    },
    /// A score is infinite or not a number.
    #[error("score {score} of volume {volume} for class {class}; expected a finite number")]
    Score {
        /// The score.
        score: f32,
        /// Which volume has it, from 0.
        volume: usize,
        /// Which class it is for, from 0.
        class: usize,
    },
    /// The loss is infinite or not a number.
    #[error("a loss of {loss} over {volumes} volumes; expected a finite number")]
    Loss {
        /// The loss.
        loss: f64,
        /// Over how many volumes it was taken.
        volumes: usize,
    },
}

/// `part / whole`, or `None` when there is no whole.
fn ratio(part: u64, whole: u64) -> Option<f64> {
    #[expect(clippy::cast_precision_loss, reason = "counts of volumes and of their pairs stay below 2^53")]
    (whole > 0).then(|| part as f64 / whole as f64)
}
