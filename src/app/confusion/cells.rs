//! A confusion matrix as it is read: counts, shares, and what is mixed up most. It knows no evaluation and no
//! cursor.

use super::labels::{self, columns, is_right};
use crate::metrics::{LabelCounts, Report};

/// A cell of the matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The class that its volumes have; of several classes a volume the label that is asked about.
    pub truth: usize,
    /// The class that they are taken for; of several what has come of the question ([`labels::outcome`]).
    pub predicted: usize,
}

/// What the numbers in the cells are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reading {
    /// Volumes.
    #[default]
    Counts,
    /// The share of the row: of this truth, so many are taken for that. On the diagonal it is the recall.
    Recall,
    /// The share of the column: of what is taken for that, so many are this. On the diagonal it is the precision.
    Precision,
}

impl Reading {
    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Counts => Self::Recall,
            Self::Recall => Self::Precision,
            Self::Precision => Self::Counts,
        }
    }

    /// What a number in a cell is, in a few letters.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Counts => "volumes",
            Self::Recall => "% of truth",
            Self::Precision => "% of pred.",
        }
    }
}

/// Two classes that are mixed up: a cell beside the diagonal with something in it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pair {
    pub cell: Cell,
    pub count: u64,
    /// Of the volumes of that truth.
    pub share: f64,
    /// The volumes in it after the marked epoch, where the change since is to be seen.
    pub before: Option<u64>,
}

/// The volumes in a cell.
#[must_use]
pub fn count(report: &Report, cell: Cell) -> u64 {
    if let Some((counts, outcome)) = asked(report, cell) {
        return labels::count(counts, outcome);
    }
    report.confusion.get(cell.truth).and_then(|row| row.get(cell.predicted)).copied().unwrap_or(0)
}

/// The answers to a label's question, and which of them a cell has.
fn asked(report: &Report, cell: Cell) -> Option<(&LabelCounts, (bool, bool))> {
    Some((report.labels.get(cell.truth)?, labels::outcome(report, cell)?))
}

/// All volumes that share of [`Reading::Recall`] is of: those of the cell's truth.
#[must_use]
pub fn of_truth(report: &Report, cell: Cell) -> u64 {
    match asked(report, cell) {
        Some((counts, outcome)) => labels::of_truth(counts, outcome),
        None => report.per_class.get(cell.truth).map_or(0, |class| class.support),
    }
}

/// All volumes that share of [`Reading::Precision`] is of: those of the cell's prediction.
#[must_use]
pub fn of_prediction(report: &Report, cell: Cell) -> u64 {
    match asked(report, cell) {
        Some((counts, outcome)) => labels::of_answer(counts, outcome),
        None => taken(report, cell.predicted),
    }
}

/// The volumes that are taken for a class; of several classes a volume, the answers of a column.
#[must_use]
pub fn taken(report: &Report, predicted: usize) -> u64 {
    if report.is_multi_label() {
        return (0..report.labels.len()).map(|truth| count(report, Cell { truth, predicted })).sum();
    }
    report.per_class.get(predicted).map_or(0, |class| class.predicted)
}

/// A cell's share of its row, or of its column; of nothing it is 0. [`Reading::Counts`] means the row.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "volumes of a split stay below 2^53")]
pub fn share(report: &Report, cell: Cell, of: Reading) -> f64 {
    let whole = match of {
        Reading::Counts | Reading::Recall => of_truth(report, cell),
        Reading::Precision => of_prediction(report, cell),
    };
    if whole == 0 { 0.0 } else { count(report, cell) as f64 / whole as f64 }
}

/// How many volumes a cell has more than it had, or fewer.
#[must_use]
pub fn change(report: &Report, before: &Report, cell: Cell) -> i64 {
    let signed = |report| i64::try_from(count(report, cell)).unwrap_or(i64::MAX);
    signed(report) - signed(before)
}

/// The cells of a report, row by row.
pub fn cells(report: &Report) -> impl Iterator<Item = Cell> + use<> {
    let (rows, columns) = (report.per_class.len(), columns(report));
    (0..rows).flat_map(move |truth| (0..columns).map(move |predicted| Cell { truth, predicted }))
}

/// The pairs that are mixed up otherwise than they were, those that changed most first, of equals those that grew.
#[must_use]
pub fn changed_pairs(report: &Report, before: &Report) -> Vec<Pair> {
    let mut changed: Vec<(i64, Pair)> = cells(report)
        .filter(|cell| !is_right(report, *cell))
        .map(|cell| {
            let (count, before_it) = (count(report, cell), Some(count(before, cell)));
            let pair = Pair { cell, count, share: share(report, cell, Reading::Recall), before: before_it };
            (change(report, before, cell), pair)
        })
        .filter(|(change, _)| *change != 0)
        .collect();
    changed.sort_by_key(|(change, _)| (std::cmp::Reverse(change.unsigned_abs()), std::cmp::Reverse(*change)));
    changed.into_iter().map(|(_, pair)| pair).collect()
}

/// The pairs that are mixed up, those with the most volumes first, of equals the larger share.
#[must_use]
pub fn pairs(report: &Report) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = cells(report)
        .filter(|cell| !is_right(report, *cell))
        .map(|cell| Pair {
            cell,
            count: count(report, cell),
            share: share(report, cell, Reading::Recall),
            before: None,
        })
        .filter(|pair| pair.count > 0)
        .collect();
    pairs.sort_by(|a, b| b.count.cmp(&a.count).then(b.share.total_cmp(&a.share)));
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Truths in rows: a 3 1 0, b 1 1 0, c 0 4 0; c is never predicted.
    fn report() -> Report {
        let classes: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let volumes = [(0, 0), (0, 0), (0, 0), (0, 1), (1, 0), (1, 1), (2, 1), (2, 1), (2, 1), (2, 1)];
        let labels: Vec<u8> = volumes.iter().map(|(truth, _)| *truth).collect();
        let scores = volumes.iter().flat_map(|(_, predicted)| (0..3).map(move |class| f32::from(class == *predicted)));
        crate::metrics::report(&scores.collect::<Vec<_>>(), &labels, &classes, 0.5).unwrap()
    }

    #[test]
    fn a_share_is_of_the_truth_or_of_the_prediction() {
        let (report, cell) = (report(), Cell { truth: 2, predicted: 1 });
        assert_eq!(count(&report, cell), 4);
        assert!((share(&report, cell, Reading::Recall) - 1.0).abs() < 1e-12);
        assert!((share(&report, cell, Reading::Precision) - 4.0 / 6.0).abs() < 1e-12);
        assert!(share(&report, Cell { truth: 0, predicted: 2 }, Reading::Precision).abs() < 1e-12, "of nothing");
    }

    #[test]
    fn the_most_confused_pair_comes_first_and_of_equals_the_larger_share() {
        let told: Vec<_> = pairs(&report()).iter().map(|p| (p.cell.truth, p.cell.predicted, p.count)).collect();
        assert_eq!(told, [(2, 1, 4), (1, 0, 1), (0, 1, 1)]);
    }

    #[test]
    fn the_pair_that_changed_most_comes_first_and_of_equals_the_one_that_grew() {
        let (before, mut now) = (report(), report());
        now.confusion = vec![vec![2, 2, 0], vec![0, 2, 0], vec![0, 1, 3]];
        let told: Vec<_> =
            changed_pairs(&now, &before).iter().map(|p| (p.cell.truth, p.cell.predicted, p.before, p.count)).collect();
        assert_eq!(told, [(2, 1, Some(4), 1), (0, 1, Some(1), 2), (1, 0, Some(1), 0)]);
        assert_eq!(change(&now, &before, Cell { truth: 2, predicted: 2 }), 3);
        assert!(changed_pairs(&now, &now).is_empty());
    }

    #[test]
    fn of_several_classes_each_label_has_its_own_four_cells() {
        // The first label is found once, missed once and a false alarm once; the second is missed twice.
        let classes: Vec<String> = ["a", "b"].map(String::from).to_vec();
        let scores = [0.9, 0.1, 0.2, 0.3, 0.8, 0.1, 0.3, 0.2];
        let report = crate::metrics::report(&scores, &[1, 1, 1, 0, 0, 1, 0, 0], &classes, 0.5).unwrap();
        let row = |truth| [0, 1, 2, 3].map(|predicted| count(&report, Cell { truth, predicted }));
        assert_eq!([row(0), row(1)], [[1, 1, 1, 1], [0, 2, 0, 2]]);
        let shares = |of| [0, 1, 2, 3].map(|predicted| share(&report, Cell { truth: 1, predicted }, of));
        let [found, missed, _, absent] = shares(Reading::Recall);
        assert!(found.abs() < 1e-12 && (missed - 1.0).abs() < 1e-12 && (absent - 1.0).abs() < 1e-12);
        assert!((shares(Reading::Precision)[3] - 0.5).abs() < 1e-12, "of four that are not said to have it two do not");
        let told: Vec<_> = pairs(&report).iter().map(|p| (p.cell.truth, p.cell.predicted, p.count)).collect();
        assert_eq!(told, [(1, 1, 2), (0, 1, 1), (0, 2, 1)]);
        assert_eq!((taken(&report, 1), taken(&report, 2)), (3, 1));
        assert_eq!(count(&report, Cell { truth: 0, predicted: 4 }), 0);
    }

    #[test]
    fn a_cell_outside_of_the_matrix_is_empty() {
        assert_eq!(count(&report(), Cell { truth: 3, predicted: 0 }), 0);
        assert_eq!(taken(&report(), 9), 0);
    }
}
