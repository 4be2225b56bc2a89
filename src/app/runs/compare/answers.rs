//! What both runs answered for the same volumes, where both have kept it: asked for, taken in, laid beside each
//! other. Knows probabilities and labels, not how they are drawn.

use std::sync::Arc;

use super::side::{Of, Side};
use crate::app::App;
use crate::app::msg::Effect;
use crate::app::volumes::Predictions;
use crate::metrics::{AucGain, Change, Gain, Paired, pair};

/// The evaluations whose answers are laid beside each other; of the first that is here the changes are listed.
const PARTS: [Of; 4] = [Of::TestLast, Of::ValidationLast, Of::ValidationBest, Of::TestBest];

/// The predictions of both runs, as they come.
#[derive(Clone, Debug, Default)]
pub struct Answers {
    /// Run and file.
    asked: Vec<(String, String)>,
    here: Vec<(String, Arc<Predictions>)>,
    both: Vec<Both>,
}

/// An evaluation that both have answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Both {
    pub of: Of,
    pub paired: Paired,
    /// How far apart the accuracies are.
    pub gain: Gain,
    /// How far apart the AUCs are, of two classes.
    pub auc_gain: Option<AucGain>,
    pub changes: Vec<Change>,
    /// Whether a volume may have several classes: answers are then sets of them, and right as a whole or not.
    pub are_sets: bool,
    /// The files that it was read from: an evaluation made since has another.
    paths: [String; 2],
}

impl Answers {
    /// What both have answered of an evaluation, if it is still the one that they show.
    pub fn of(&self, of: Of, left: &Side, right: &Side) -> Option<&Both> {
        let paths = [left.predictions(of)?, right.predictions(of)?];
        self.both.iter().find(|both| both.of == of && both.paths == paths)
    }

    /// The evaluation whose changes are listed: with the last weights, so that the Volumes screen says the same.
    pub fn listed(&self) -> Option<&Both> {
        let last = |of| self.both.iter().find(|both| both.of == of);
        last(Of::TestLast).or_else(|| last(Of::ValidationLast))
    }

    fn lay_beside(&mut self, (left, right): (&str, &str), of: Of, paths: [String; 2]) {
        let find = |run: &str, path: &String| {
            let found = self.here.iter().find(|(name, predictions)| name == run && predictions.path == *path);
            found.map(|(_, predictions)| Arc::clone(predictions))
        };
        let Some((one, two)) = find(left, &paths[0]).zip(find(right, &paths[1])) else { return };
        // Other volumes, or as many others: they say nothing about each other.
        if one.labels != two.labels {
            return;
        }
        let all = 0..one.truths().count();
        let labels: Vec<usize> = all.clone().filter_map(|index| one.truths().label(index)).collect();
        let predicted =
            |of: &Predictions| -> Vec<usize> { all.clone().filter_map(|index| of.predicted(index)).collect() };
        let (first, second, are_sets) = (predicted(&one), predicted(&two), one.truths().are_sets());
        if let Ok((paired, changes)) = pair(&labels, &first, &second) {
            let gain =
                if are_sets { Gain::in_labels(&labels, &first, &second, one.classes) } else { Gain::paired(&paired) };
            let auc_gain = if one.classes == 2 && !are_sets {
                AucGain::of_two_classes(&one.probabilities, &two.probabilities, &labels)
            } else {
                None
            };
            self.both.retain(|both| both.of != of);
            self.both.push(Both { of, paired, gain, auc_gain, changes, are_sets, paths });
        }
    }
}

/// The files of the evaluations that both runs have kept.
fn wanted(app: &App) -> Vec<(Of, [String; 2])> {
    let Some(comparison) = &app.runs.comparison else { return Vec::new() };
    let (left, right) = (Side::of(app, &comparison.left), Side::of(app, &comparison.right));
    if left.data() != right.data() {
        return Vec::new();
    }
    let kept = |of| Some((of, [left.predictions(of)?.to_owned(), right.predictions(of)?.to_owned()]));
    PARTS.into_iter().filter_map(kept).collect()
}

/// Asks for what both have kept and what has not been asked for.
pub fn ask(app: &mut App) -> Vec<Effect> {
    let wanted = wanted(app);
    let Some(comparison) = &mut app.runs.comparison else { return Vec::new() };
    let mut effects = Vec::new();
    for (of, [left, right]) in wanted {
        for (run, path) in [(&comparison.left, left), (&comparison.right, right)] {
            let request = (run.clone(), path);
            if !comparison.answers.asked.contains(&request) {
                comparison.answers.asked.push(request.clone());
                effects.push(Effect::ReadPredictions { run: request.0, split: of.split(), path: request.1 });
            }
        }
    }
    effects
}

/// Predictions are here, which may be of one of the two.
pub fn predicted(app: &mut App, run: &str, predictions: &Arc<Predictions>) {
    let wanted = wanted(app);
    let Some(comparison) = &mut app.runs.comparison else { return };
    let asked = (run.to_owned(), predictions.path.clone());
    if !comparison.answers.asked.contains(&asked) {
        return;
    }
    comparison.answers.here.push((run.to_owned(), Arc::clone(predictions)));
    let (left, right) = (comparison.left.clone(), comparison.right.clone());
    for (of, paths) in wanted {
        comparison.answers.lay_beside((&left, &right), of, paths);
    }
}
