//! The matrix of volumes that may have several classes: a row for each label, and in it what has come of the question
//! whether a volume has it. The cells are those of the label's own 2×2 table, side by side.

use super::Cell;
use crate::app::volumes::outcome_word;
use crate::metrics::{LabelCounts, Report};

/// What can come of a label's question, from left to right: whether a volume has it, and whether it is said to.
const OUTCOMES: [(bool, bool); 4] = [(true, true), (true, false), (false, true), (false, false)];

/// How many cells a row has.
#[must_use]
pub fn columns(report: &Report) -> usize {
    if report.is_multi_label() { OUTCOMES.len() } else { report.per_class.len() }
}

/// The names of the columns, of at most so many characters where they are the four outcomes.
#[must_use]
pub fn column_names(report: &Report, width: usize) -> Vec<String> {
    /// Of true and false positives and negatives, where there is no room for words.
    const LETTERS: [&str; 4] = ["TP", "FN", "FP", "TN"];
    const SHORT: [&str; 4] = ["found", "missed", "false", "absent"];
    if report.is_multi_label() {
        let words = OUTCOMES.map(|(has, said)| outcome_word(has, said));
        let fitting = [words, SHORT].into_iter().find(|words| words.iter().all(|word| word.len() <= width));
        return fitting.unwrap_or(LETTERS).map(str::to_owned).to_vec();
    }
    report.per_class.iter().map(|class| class.class.clone()).collect()
}

/// Whether the volumes of a cell have a label, and whether they are said to; nothing where volumes have one class.
#[must_use]
pub fn outcome(report: &Report, cell: Cell) -> Option<(bool, bool)> {
    OUTCOMES.get(cell.predicted).copied().filter(|_| report.is_multi_label())
}

/// Whether the volumes of a cell are answered rightly.
#[must_use]
pub fn is_right(report: &Report, cell: Cell) -> bool {
    outcome(report, cell).map_or(cell.truth == cell.predicted, |(has, said)| has == said)
}

/// The volumes of a label's outcome.
pub(super) fn count(counts: &LabelCounts, outcome: (bool, bool)) -> u64 {
    match outcome {
        (true, true) => counts.found,
        (true, false) => counts.missed,
        (false, true) => counts.false_alarms,
        (false, false) => counts.absent,
    }
}

/// The volumes that have the label as those of an outcome do, or do not.
pub(super) fn of_truth(counts: &LabelCounts, (has, _): (bool, bool)) -> u64 {
    count(counts, (has, true)) + count(counts, (has, false))
}

/// The volumes that are said to have the label as those of an outcome are, or not to.
pub(super) fn of_answer(counts: &LabelCounts, (_, said): (bool, bool)) -> u64 {
    count(counts, (true, said)) + count(counts, (false, said))
}
