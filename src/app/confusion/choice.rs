//! Which evaluation is read: of which split, with which weights, after which epoch. It knows nothing of its cells.

use crate::app::{App, Run, scrub};
use crate::event::{Evaluated, SplitName, Weights};

/// The evaluation that is read: of the chosen split, with the chosen weights, or of the epoch that is looked at.
/// `None` until there is one.
#[must_use]
pub fn evaluation(app: &App) -> Option<&Evaluated> {
    if let Some(row) = scrub::looked_at(app).filter(|_| app.confusion.split == SplitName::Validation) {
        return scrub::evaluated(app, row);
    }
    of(app.run()?, app.confusion.split, app.confusion.weights)
}

/// The evaluation of the marked epoch, where what has changed since is to be seen.
#[must_use]
pub fn before(app: &App) -> Option<&Evaluated> {
    let row = scrub::versus(app).filter(|_| app.confusion.split == SplitName::Validation)?;
    scrub::evaluated(app, row)
}

fn of(run: &Run, split: SplitName, weights: Weights) -> Option<&Evaluated> {
    match (split, weights) {
        (_, Weights::Last) => run.evaluation(split),
        (SplitName::Validation, Weights::Best) => run.validation_best(),
        (SplitName::Test, Weights::Best) => run.test_best.as_ref(),
        (SplitName::Train, Weights::Best) => None,
    }
}

/// Chooses the next split that has been evaluated, with the chosen weights if it has been with those.
pub(super) fn next_split(app: &mut App) {
    const ROUND: [SplitName; 3] = [SplitName::Validation, SplitName::Test, SplitName::Train];
    let Some(run) = app.run() else { return };
    let (now, weights) = (app.confusion.split, app.confusion.weights);
    let place = ROUND.iter().position(|split| *split == now).unwrap_or(0);
    let other = if weights == Weights::Last { Weights::Best } else { Weights::Last };
    let found = ROUND.iter().cycle().skip(place + 1).take(2).find_map(|&split| {
        [weights, other].into_iter().find(|&weights| of(run, split, weights).is_some()).map(|weights| (split, weights))
    });
    if let Some((split, weights)) = found {
        (app.confusion.split, app.confusion.weights) = (split, weights);
    } else {
        let split = now.word();
        app.complain(format!("only {split} has been evaluated; :evaluate train does the training split"));
    }
}

/// Chooses the other weights, if the split has been evaluated with them.
pub(super) fn other_weights(app: &mut App) {
    if scrub::looked_at(app).is_some() && app.confusion.split == SplitName::Validation {
        app.complain("an epoch has the weights that it ended with; * looks at the best epoch, esc at the newest");
        return;
    }
    let Some(run) = app.run() else { return };
    let (split, other) = match (app.confusion.split, app.confusion.weights) {
        (split, Weights::Last) => (split, Weights::Best),
        (split, Weights::Best) => (split, Weights::Last),
    };
    if of(run, split, other).is_some() {
        app.confusion.weights = other;
    } else {
        app.complain(format!("{} has not been evaluated with the {} weights", split.word(), other.word()));
    }
}
