//! The way through a split: which of its volumes are met, and in which order. Knows labels and probabilities only.

use super::predictions::least_sure;
use super::{Predictions, Truths};

/// Which volumes are met.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Those of a class, or of all, that were answered so. Where a volume may have several classes, those that have
    /// this one, and what was answered of it alone counts.
    By { class: Option<usize>, answers: Answers },
    /// Those of a cell of the confusion matrix.
    Cell { truth: usize, predicted: usize },
    /// Those that have a label or not, and are said to or not.
    Label { class: usize, has: bool, said: bool },
    /// Those that two runs answered otherwise; which they are is kept beside the filter.
    Changed,
    /// Those that are answered otherwise than after the marked epoch, which is this one; likewise.
    ChangedSince(u64),
}

impl Filter {
    /// Every volume.
    pub const ALL: Self = Self::By { class: None, answers: Answers::All };

    /// Whether it can be answered only with predictions.
    #[must_use]
    pub fn needs_predictions(self) -> bool {
        !matches!(self, Self::By { answers: Answers::All, .. } | Self::Changed)
    }

    fn lets_through(self, label: usize, predicted: Option<usize>, truths: &Truths) -> bool {
        match self {
            Self::By { class, answers } => {
                let right = |predicted| match class.filter(|_| truths.are_sets()) {
                    Some(class) => truths.is_of(label, class) == truths.is_of(predicted, class),
                    None => predicted == label,
                };
                class.is_none_or(|class| truths.is_of(label, class))
                    && match answers {
                        Answers::All => true,
                        Answers::Wrong => predicted.is_some_and(|predicted| !right(predicted)),
                        Answers::Right => predicted.is_some_and(right),
                    }
            }
            Self::Label { class, has, said } => {
                truths.is_of(label, class) == has
                    && predicted.is_some_and(|predicted| truths.is_of(predicted, class) == said)
            }
            Self::Changed | Self::ChangedSince(_) => true,
            Self::Cell { truth, predicted: wanted } => label == truth && predicted == Some(wanted),
        }
    }

    /// The filter in words.
    #[must_use]
    pub fn words(self, classes: &[String]) -> String {
        let name = |class: usize| classes.get(class).cloned().unwrap_or_else(|| format!("class {class}"));
        match self {
            Self::Changed => "answered otherwise".into(),
            Self::ChangedSince(epoch) => format!("changed since epoch {epoch}"),
            Self::Cell { truth, predicted } if truth == predicted => format!("{} recognised", name(truth)),
            Self::Label { class, has, said } => format!("{} {}", name(class), outcome_word(has, said)),
            Self::Cell { truth, predicted } => format!("{} taken for {}", name(truth), name(predicted)),
            Self::By { class, answers } => match (class, answers) {
                (None, Answers::All) => "all volumes".into(),
                (None, answers) => format!("{} answers", answers.word()),
                (Some(class), Answers::All) => name(class),
                (Some(class), answers) => format!("{}, {} answers", name(class), answers.word()),
            },
        }
    }
}

/// What has come of the question whether a volume has a class.
#[must_use]
pub fn outcome_word(has: bool, said: bool) -> &'static str {
    match (has, said) {
        (true, true) => "found",
        (true, false) => "missed",
        (false, true) => "false alarm",
        (false, false) => "absent",
    }
}

/// How the model answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Answers {
    #[default]
    All,
    Wrong,
    Right,
}

impl Answers {
    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::All => Self::Wrong,
            Self::Wrong => Self::Right,
            Self::Right => Self::All,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Wrong => "wrong",
            Self::Right => "right",
        }
    }
}

/// In which order they are met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// As they stand in the file.
    #[default]
    File,
    /// First where the highest probability is lowest.
    LeastConfident,
    /// First the wrong ones, by how sure the model was of them; then the right ones, the surest last.
    SurestMistakes,
}

impl Order {
    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::File => Self::LeastConfident,
            Self::LeastConfident => Self::SurestMistakes,
            Self::SurestMistakes => Self::File,
        }
    }

    /// The order in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::File => "as in the file",
            Self::LeastConfident => "unsure first",
            Self::SurestMistakes => "mistakes first",
        }
    }
}

/// The volumes that are met, by their places in the split.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Walk {
    pub indices: Vec<usize>,
    /// Where the volume that is looked at stands, or stood before it fell out.
    place: usize,
}

impl Walk {
    /// The walk through a split with these labels.
    #[must_use]
    pub fn new(truths: Truths, predictions: Option<&Predictions>, filter: Filter, order: Order) -> Self {
        let predicted = |index: usize| predictions.and_then(|predictions| predictions.predicted(index));
        let label = |index: usize| truths.label(index);
        let through = |index: usize, label| filter.lets_through(label, predicted(index), &truths);
        let met = (0..truths.count()).filter(|&index| label(index).is_some_and(|label| through(index, label)));
        let mut indices: Vec<usize> = met.collect();
        let confidence = |index: usize| {
            let chances = predictions.and_then(|predictions| predictions.of(index)).unwrap_or_default();
            if truths.are_sets() {
                return least_sure(chances);
            }
            let chances = |class: usize| chances.get(class).map_or(0.0, |chance| f64::from(*chance));
            chances(predicted(index).unwrap_or(0))
        };
        let right = |index: usize| predicted(index) == label(index);
        match (order, predictions) {
            (Order::File, _) | (_, None) => {}
            (Order::LeastConfident, _) => indices.sort_by(|a, b| confidence(*a).total_cmp(&confidence(*b))),
            (Order::SurestMistakes, _) => {
                // The surest mistake has the key −1, the surest right answer 1.
                let key = |index: usize| if right(index) { confidence(index) } else { -confidence(index) };
                indices.sort_by(|a, b| key(*a).total_cmp(&key(*b)));
            }
        }
        Self { indices, place: 0 }
    }

    /// Where a volume stands in the walk.
    #[must_use]
    pub fn place_of(&self, index: usize) -> Option<usize> {
        // Mostly it is where it was.
        if self.indices.get(self.place) == Some(&index) {
            return Some(self.place);
        }
        self.indices.iter().position(|met| *met == index)
    }

    /// Remembers where the volume stands that is looked at, as long as it is on the walk.
    pub fn stand_at(&mut self, index: usize, before: usize) {
        self.place = self.place_of(index).unwrap_or(before.min(self.indices.len()));
    }

    /// Where the volume stands, or stood.
    #[must_use]
    pub fn place(&self) -> usize {
        self.place
    }

    /// The volume so many further from one, round and round. One that has left the walk has its successor's place.
    #[must_use]
    pub fn neighbour(&self, from: usize, by: isize) -> Option<usize> {
        let count = isize::try_from(self.indices.len()).ok().filter(|count| *count > 0)?;
        let gap = self.place_of(from).is_none() && by > 0;
        let place = self.place_of(from).unwrap_or(self.place);
        let moved = isize::try_from(place).ok()? + by - isize::from(gap);
        self.indices.get(usize::try_from(moved.rem_euclid(count)).ok()?).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::SplitName;

    /// Five volumes of three classes: right 0.9, wrong 0.6, wrong 0.8, right 0.5, right 0.7.
    fn predictions() -> Predictions {
        let probabilities = vec![
            0.9, 0.1, 0.0, //
            0.6, 0.4, 0.0, //
            0.1, 0.1, 0.8, //
            0.3, 0.2, 0.5, //
            0.0, 0.7, 0.3,
        ];
        Predictions {
            split: SplitName::Validation,
            path: String::new(),
            classes: 3,
            probabilities,
            labels: LABELS.into(),
        }
    }

    const LABELS: [u8; 5] = [0, 1, 1, 2, 1];

    const TRUTHS: Truths = Truths { labels: &LABELS, each: 1 };

    fn walk(filter: Filter, order: Order) -> Vec<usize> {
        Walk::new(TRUTHS, Some(&predictions()), filter, order).indices
    }

    #[test]
    fn filters_let_through_what_they_say() {
        let by = |class, answers| walk(Filter::By { class, answers }, Order::File);
        assert_eq!(by(None, Answers::All), [0, 1, 2, 3, 4]);
        assert_eq!(by(Some(1), Answers::All), [1, 2, 4]);
        assert_eq!(by(None, Answers::Wrong), [1, 2]);
        assert_eq!(by(Some(1), Answers::Right), [4]);
        assert_eq!(walk(Filter::Cell { truth: 1, predicted: 2 }, Order::File), [2]);
        assert_eq!(walk(Filter::Cell { truth: 2, predicted: 1 }, Order::File), [0; 0]);
    }

    #[test]
    fn of_several_classes_a_volume_is_met_with_each_that_it_has() {
        // Three volumes of two classes: both and one found, the second missed, nothing and a false alarm.
        let labels = [1, 1, 0, 1, 0, 0];
        let probabilities = vec![0.9, 0.4, 0.1, 0.8, 0.7, 0.2];
        let (split, path) = (SplitName::Validation, String::new());
        let predictions = Predictions { split, path, classes: 2, probabilities, labels: labels.into() };
        let truths = Truths { labels: &labels, each: 2 };
        let walk = |filter, order| Walk::new(truths, Some(&predictions), filter, order).indices;
        let by = |class, answers| walk(Filter::By { class, answers }, Order::File);
        assert_eq!((by(Some(0), Answers::All), by(Some(1), Answers::All)), (vec![0], vec![0, 1]));
        assert_eq!((by(None, Answers::Wrong), by(None, Answers::Right)), (vec![0, 2], vec![1]));
        assert_eq!((by(Some(0), Answers::Wrong), by(Some(1), Answers::Wrong)), (vec![], vec![0]));
        let label = |class, has, said| walk(Filter::Label { class, has, said }, Order::File);
        assert_eq!((label(0, true, true), label(1, true, false)), (vec![0], vec![0]));
        assert_eq!((label(0, false, true), label(1, false, false)), (vec![2], vec![2]));
        assert_eq!(walk(Filter::ALL, Order::LeastConfident), [0, 2, 1]);
        let words = Filter::Label { class: 1, has: true, said: false }.words(&["a".into(), "b".into()]);
        assert_eq!(words, "b missed");
    }

    #[test]
    fn a_cell_of_the_diagonal_is_of_what_was_recognised() {
        let classes = ["a", "b"].map(String::from);
        let words = |truth, predicted| Filter::Cell { truth, predicted }.words(&classes);
        assert_eq!([words(0, 1), words(1, 1)], ["a taken for b", "b recognised"]);
    }

    #[test]
    fn orders_go_by_confidence() {
        assert_eq!(walk(Filter::ALL, Order::LeastConfident), [3, 1, 4, 2, 0]);
        assert_eq!(walk(Filter::ALL, Order::SurestMistakes), [2, 1, 3, 4, 0]);
    }

    #[test]
    fn without_predictions_only_labels_can_be_asked_for() {
        let walk = |filter| Walk::new(TRUTHS, None, filter, Order::LeastConfident).indices;
        assert_eq!(walk(Filter::By { class: Some(1), answers: Answers::All }), [1, 2, 4]);
        assert!(walk(Filter::By { class: None, answers: Answers::Wrong }).is_empty());
        assert!(walk(Filter::By { class: None, answers: Answers::Right }).is_empty());
    }

    #[test]
    fn a_walk_goes_round_and_a_volume_that_left_it_has_its_successors_place() {
        let mut walk = Walk { indices: vec![2, 5, 9], place: 0 };
        walk.stand_at(5, 0);
        assert_eq!([walk.neighbour(5, 1), walk.neighbour(9, 1), walk.neighbour(2, -1)], [Some(9), Some(2), Some(9)]);
        walk.indices = vec![2, 9];
        assert_eq!(walk.place_of(5), None);
        assert_eq!([walk.neighbour(5, 1), walk.neighbour(5, -1)], [Some(9), Some(2)]);
        walk.indices = vec![2, 5];
        walk.stand_at(9, 2);
        assert_eq!([walk.neighbour(9, 1), walk.neighbour(9, -1)], [Some(2), Some(5)]);
        assert_eq!(Walk::default().neighbour(5, 1), None);
    }
}
