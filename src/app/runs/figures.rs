//! The figures that groups of seeds are compared by, and how they are told.

use crate::app::words::{gain, percent, signed};
use crate::metrics::{PairedT, Report, Spread};

/// A figure of a report that spreads over seeds.
pub struct Figure {
    pub name: &'static str,
    /// As reports call it.
    pub key: &'static str,
    pub of: fn(&Report) -> Option<f64>,
    /// Whether it is a share, which is told in percent.
    is_share: bool,
}

/// Accuracy, balanced accuracy and AUC.
pub const FIGURES: [Figure; 3] = [
    Figure { name: "accuracy", key: "accuracy", of: |report| Some(report.accuracy), is_share: true },
    Figure { name: "balanced", key: "balanced_accuracy", of: |report| report.balanced_accuracy, is_share: true },
    Figure { name: "AUC", key: "auc", of: |report| report.auc, is_share: false },
];

/// The headings of [`Figure::row`].
#[must_use]
pub fn headings() -> String {
    format!("{:<10}   {:>4} {:>9} {:>9}   lowest … highest", "", "runs", "mean", "sd")
}

impl Figure {
    /// A value of it.
    #[must_use]
    pub fn words(&self, value: f64) -> String {
        if self.is_share { percent(Some(value)).trim().to_owned() } else { format!("{value:.4}") }
    }

    /// A row of a table: how it spreads over a group that goes by a letter.
    #[must_use]
    pub fn row(&self, label: &str, letter: &str, spread: &Spread) -> String {
        let Spread { count, mean, deviation, lowest, highest } = *spread;
        let deviation = deviation.map_or("–".into(), |deviation| self.words(deviation));
        let [mean, lowest, highest] = [mean, lowest, highest].map(|value| self.words(value));
        format!("{label:<10} {letter} {count:>4} {mean:>9} {deviation:>9}   {lowest} … {highest}")
    }

    /// Mean and standard deviation in as few letters as there can be: `81.2 ± 1.3`, `0.861 ± 0.012`.
    #[must_use]
    pub fn brief(&self, spread: &Spread) -> String {
        let words = |value: f64| if self.is_share { format!("{:.1}", value * 100.0) } else { format!("{value:.3}") };
        match spread.deviation {
            Some(deviation) => format!("{} ± {}", words(spread.mean), words(deviation)),
            None => words(spread.mean),
        }
    }

    /// A difference with its interval; of shares in points, with `points` behind it.
    #[must_use]
    pub fn difference(&self, test: &PairedT, points: &str) -> String {
        let PairedT { mean, low, high, .. } = *test;
        if self.is_share {
            format!("{}{points}", gain(mean, (low, high)))
        } else {
            format!("{} ({} … {})", signed(mean, 4), signed(low, 4), signed(high, 4))
        }
    }
}
