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

/// The same in the order in which they matter for some reports: the AUC first where it is the first figure of theirs.
#[must_use]
pub fn in_order<'a>(reports: impl IntoIterator<Item = &'a Report>) -> [&'static Figure; 3] {
    let [accuracy, balanced, auc] = &FIGURES;
    if reports.into_iter().any(Report::leads_with_auc) { [auc, accuracy, balanced] } else { [accuracy, balanced, auc] }
}

/// The figure that says first how good a run is, then the one beside it: AUC and accuracy, in the order of
/// [`Report::leads_with_auc`]. An AUC that is undefined leads nothing.
#[must_use]
pub fn leading(report: &Report) -> [&'static Figure; 2] {
    let [accuracy, _, auc] = &FIGURES;
    if report.leads_with_auc() && report.auc.is_some() { [auc, accuracy] } else { [accuracy, auc] }
}

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

    /// What says by itself which figure it is: `76.8 %`, `AUC 0.838`.
    #[must_use]
    pub fn cell(&self, value: f64) -> String {
        self.told(&self.short(value))
    }

    /// Whether it is the AUC.
    #[must_use]
    pub fn is_auc(&self) -> bool {
        !self.is_share
    }

    /// A number of it in as few letters as there can be.
    fn short(&self, value: f64) -> String {
        if self.is_share { format!("{:.1}", value * 100.0) } else { format!("{value:.3}") }
    }

    /// Numbers of it with what tells them from those of the others.
    fn told(&self, numbers: &str) -> String {
        if self.is_share { format!("{numbers} %") } else { format!("{} {numbers}", self.name) }
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
        match spread.deviation {
            Some(deviation) => format!("{} ± {}", self.short(spread.mean), self.short(deviation)),
            None => self.short(spread.mean),
        }
    }

    /// The same so that it says by itself which figure it is: `81.2 ± 1.3 %`, `AUC 0.861 ± 0.012`.
    #[must_use]
    pub fn brief_cell(&self, spread: &Spread) -> String {
        self.told(&self.brief(spread))
    }

    /// A difference with its sign, of shares in points.
    #[must_use]
    pub fn signed(&self, difference: f64) -> String {
        if self.is_share { signed(difference * 100.0, 1) } else { signed(difference, 4) }
    }

    /// A difference with its interval; of shares in points, with `points` behind it.
    #[must_use]
    pub fn difference(&self, test: &PairedT, points: &str) -> String {
        let PairedT { mean, low, high, .. } = *test;
        if self.is_share {
            format!("{}{points}", gain(mean, (low, high)))
        } else {
            format!("{} ({} … {})", self.signed(mean), self.signed(low), self.signed(high))
        }
    }
}
