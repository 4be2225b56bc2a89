//! What a run's weights said about the volumes of a split.

use super::super::{App, EpochRow, scrub};
use super::Truths;
use crate::event::{Evaluated, SplitName, Weights};
use crate::metrics::{answered_set, predicted_class};

/// The probabilities that some weights of a run gave to the volumes of a split.
#[derive(Clone, Debug, PartialEq)]
pub struct Predictions {
    pub split: SplitName,
    /// The file, relative to the run's folder: which evaluation it was.
    pub path: String,
    pub classes: usize,
    /// `[volumes, classes]`.
    pub probabilities: Vec<f32>,
    /// `[volumes]`, or where a volume may have several classes `[volumes, classes]`.
    pub labels: Vec<u8>,
}

impl Predictions {
    /// The probabilities of a volume.
    #[must_use]
    pub fn of(&self, index: usize) -> Option<&[f32]> {
        self.probabilities.get(index * self.classes..(index + 1) * self.classes).filter(|row| !row.is_empty())
    }

    /// The labels, volume by volume.
    #[must_use]
    pub fn truths(&self) -> Truths<'_> {
        let several = self.classes > 1 && self.labels.len() == self.probabilities.len();
        Truths { labels: &self.labels, each: if several { self.classes } else { 1 } }
    }

    /// The class that a volume is taken for; where it may have several, the set of them ([`answered_set`]).
    #[must_use]
    pub fn predicted(&self, index: usize) -> Option<usize> {
        let several = self.truths().are_sets();
        self.of(index).map(if several { answered_set } else { predicted_class })
    }
}

/// The evaluation that predictions come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    pub split: SplitName,
    pub path: String,
    pub epoch: u64,
    pub step: u64,
    pub weights: Weights,
}

impl Source {
    /// The source that an evaluation is, if it kept its probabilities.
    #[must_use]
    pub fn of(evaluated: &Evaluated) -> Option<Self> {
        let Evaluated { split, epoch, step, weights, .. } = *evaluated;
        evaluated.predictions.clone().map(|path| Self { split, path, epoch, step, weights })
    }
}

/// What the model says about one volume.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Verdict<'a> {
    /// Its class; of several the first, and one that there is not where it has none.
    pub label: usize,
    /// The class that it is taken for; of several the likeliest.
    pub predicted: usize,
    /// Where a volume may have several classes, which it has, 0 or 1; else nothing.
    pub labels: &'a [u8],
    pub probabilities: &'a [f32],
    /// The evaluation that it comes from.
    pub source: &'a Source,
}

impl Verdict<'_> {
    /// Whether the volume may have several classes, each answered for itself.
    #[must_use]
    pub fn is_multi_label(&self) -> bool {
        !self.labels.is_empty()
    }

    /// Whether the volume has a class.
    #[must_use]
    pub fn has(&self, class: usize) -> bool {
        self.labels.get(class).map_or(self.label == class, |label| *label > 0)
    }

    /// Whether the model says that it has a class.
    #[must_use]
    pub fn says(&self, class: usize) -> bool {
        if self.is_multi_label() { self.said() >> class & 1 == 1 } else { self.predicted == class }
    }

    fn said(&self) -> usize {
        answered_set(self.probabilities)
    }

    /// Of how many classes the model says the right thing.
    #[must_use]
    pub fn right_answers(&self) -> usize {
        (0..self.probabilities.len()).filter(|class| self.has(*class) == self.says(*class)).count()
    }

    /// Whether the model is right: of several classes in each.
    #[must_use]
    pub fn right(&self) -> bool {
        if self.is_multi_label() {
            return self.right_answers() == self.probabilities.len();
        }
        self.label == self.predicted
    }

    /// The probability of the class that the volume is taken for; of several the least that an answer has.
    #[must_use]
    pub fn confidence(&self) -> f64 {
        if self.is_multi_label() {
            return least_sure(self.probabilities);
        }
        self.probabilities.get(self.predicted).map_or(0.0, |chance| f64::from(*chance))
    }

    /// The cross-entropy of this volume, in nats; infinite where its class was given no chance at all. Of several
    /// classes the mean of theirs.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "there are at most 64 labels")]
    pub fn loss(&self) -> f64 {
        if self.is_multi_label() {
            let losses = self.labels.iter().zip(self.probabilities).map(|(label, chance)| {
                let chance = f64::from(*chance);
                -libm::log(if *label > 0 { chance } else { 1.0 - chance })
            });
            return losses.sum::<f64>() / self.labels.len() as f64;
        }
        self.probabilities.get(self.label).map_or(f64::INFINITY, |chance| -libm::log(f64::from(*chance)))
    }
}

/// The probability of the answer that the model is least sure of, yes or no.
pub(super) fn least_sure(probabilities: &[f32]) -> f64 {
    probabilities.iter().map(|&chance| f64::from(chance.max(1.0 - chance))).fold(1.0, f64::min)
}

/// Why there is no verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lacking {
    /// The split was not evaluated yet, or never.
    Evaluation,
    /// It was evaluated, but the probabilities were not kept.
    Kept,
    /// They are being read.
    Arrival,
    /// They cannot be read.
    File,
    /// They are of other volumes than those that are here.
    Match,
}

/// What is known of the predictions of the split that is looked at: of the newest evaluation, or of the epoch that the
/// slider stands on.
///
/// # Errors
///
/// Why there are none.
pub fn known(app: &App) -> Result<(&Predictions, &Source), Lacking> {
    let split = app.volumes.split;
    if let Some(row) = scrub::looked_at(app).filter(|_| split == SplitName::Validation) {
        return of_epoch(app, row);
    }
    let evaluated = app.run().and_then(|run| run.evaluation(split)).ok_or(Lacking::Evaluation)?;
    let newest = Source::of(evaluated).ok_or(Lacking::Kept)?;
    let files = &app.volumes.held.files;
    // What was known before stands until the newest is here.
    let found = files.of(&newest).or_else(|| files.newest(split));
    found.ok_or_else(|| lacking(app, &newest)).and_then(|found| fitting(app, found))
}

/// What is known of the predictions after an epoch.
fn of_epoch<'a>(app: &'a App, row: &EpochRow) -> Result<(&'a Predictions, &'a Source), Lacking> {
    let source = scrub::source(row).ok_or(Lacking::Kept)?;
    let found = app.volumes.held.files.of(&source);
    found.ok_or_else(|| lacking(app, &source)).and_then(|found| fitting(app, found))
}

fn lacking(app: &App, source: &Source) -> Lacking {
    if app.volumes.held.files.is_missing(source) { Lacking::File } else { Lacking::Arrival }
}

/// Predictions of the volumes that are here.
fn fitting<'a>(
    app: &App,
    (source, predictions): (&'a Source, &'a Predictions),
) -> Result<(&'a Predictions, &'a Source), Lacking> {
    let catalogue = app.shown().and_then(|shown| shown.catalogue.as_ref());
    if catalogue.is_some_and(|catalogue| catalogue.labels(source.split).as_ref() != predictions.labels) {
        return Err(Lacking::Match);
    }
    Ok((predictions, source))
}

/// What the model says about a volume of the split that is looked at.
///
/// # Errors
///
/// Why nothing is known.
pub fn verdict(app: &App, index: usize) -> Result<Verdict<'_>, Lacking> {
    known(app).and_then(|known| of_volume(known, index))
}

/// What it said after the marked epoch, where what has changed since is to be seen.
#[must_use]
pub fn verdict_before(app: &App, index: usize) -> Option<Result<Verdict<'_>, Lacking>> {
    let row = scrub::versus(app).filter(|_| app.volumes.split == SplitName::Validation)?;
    Some(of_epoch(app, row).and_then(|known| of_volume(known, index)))
}

fn of_volume<'a>((predictions, source): (&'a Predictions, &'a Source), index: usize) -> Result<Verdict<'a>, Lacking> {
    let labels = predictions.truths().of(index).ok_or(Lacking::Match)?;
    let probabilities = predictions.of(index).ok_or(Lacking::Match)?;
    if let [label] = *labels {
        let (label, predicted) = (usize::from(label), predicted_class(probabilities));
        return Ok(Verdict { label, predicted, labels: &[], probabilities, source });
    }
    let label = labels.iter().position(|label| *label > 0).unwrap_or(labels.len());
    let highest = probabilities.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let predicted = probabilities.iter().position(|chance| *chance >= highest).unwrap_or_default();
    Ok(Verdict { label, predicted, labels, probabilities, source })
}

/// The volumes that are answered otherwise than after the marked epoch, in the split's order.
///
/// # Errors
///
/// Why that is not known.
pub fn changed_since_mark(app: &App) -> Result<Vec<usize>, Lacking> {
    let (now, _) = known(app)?;
    let (before, _) = of_epoch(app, scrub::marked(app).ok_or(Lacking::Evaluation)?)?;
    Ok((0..now.truths().count()).filter(|index| now.predicted(*index) != before.predicted(*index)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loss_of_a_volume_is_what_the_mean_is_made_of() {
        let source = Source { split: SplitName::Test, path: String::new(), epoch: 1, step: 1, weights: Weights::Last };
        let probabilities = [0.25, 0.75];
        let verdict =
            |label| Verdict { label, predicted: 1, labels: &[], probabilities: &probabilities, source: &source };
        assert!((verdict(0).loss() - 4.0_f64.ln()).abs() < 1e-12);
        assert!((verdict(1).confidence() - 0.75).abs() < 1e-12);
        assert!(verdict(1).right() && !verdict(0).right());
        assert_eq!(verdict(2).loss(), f64::INFINITY);
    }

    #[test]
    fn of_several_classes_each_is_answered_for_itself() {
        let source = Source { split: SplitName::Test, path: String::new(), epoch: 1, step: 1, weights: Weights::Last };
        let (split, path) = (SplitName::Test, String::new());
        let probabilities = vec![0.9, 0.4, 0.25, 0.2, 0.75, 0.5];
        let predictions = Predictions { split, path, classes: 3, probabilities, labels: vec![1, 1, 0, 0, 1, 0] };
        let known = (&predictions, &source);
        let first = of_volume(known, 0).unwrap();
        assert!(first.has(0) && first.has(1) && !first.has(2) && first.says(0) && !first.says(1));
        assert_eq!((first.label, first.predicted, first.right_answers(), first.right()), (0, 0, 2, false));
        assert!((first.confidence() - 0.6).abs() < 1e-6, "of the second it is least sure");
        let expected = -(0.9_f64.ln() + 0.4_f64.ln() + 0.75_f64.ln()) / 3.0;
        assert!((first.loss() - expected).abs() < 1e-6, "{}", first.loss());
        let second = of_volume(known, 1).unwrap();
        assert!(second.right(), "one half is no yes");
        assert_eq!([predictions.predicted(0), predictions.predicted(1)], [Some(0b001), Some(0b010)]);
        assert_eq!(of_volume(known, 2), Err(Lacking::Match));
    }
}
