//! What the editor says of the run that it is about to start.

use super::origin::{Branch, Origin, Standing, Start, forks};
use super::start::{parent, queue_of, trained};
use crate::app::App;
use crate::app::words::rate as rate_words;
use crate::config::Optimizer;
use crate::event::Turn;

/// When the run would be trained, in words, and by whom.
#[must_use]
pub fn turn_words(app: &App) -> String {
    let Some(editor) = &app.editor else { return String::new() };
    let of = queue_of(app, parent(editor));
    let Some(trained) = trained(app, of.as_deref()) else {
        let opening = app.waiting.is_some() && app.ended.is_none();
        return if opening { "after what is being opened" } else { "at once: nothing is trained here" }.to_owned();
    };
    match editor.turn {
        Turn::Last => format!("after {trained} and all that waits behind it"),
        Turn::Next => format!("right after {trained}, before all that waits"),
        Turn::Now => format!("at once: {trained} is set aside with a checkpoint, and taken up again afterwards"),
    }
}

/// What will be started, in a line.
#[must_use]
pub fn summary(app: &App) -> String {
    let Some(editor) = &app.editor else { return String::new() };
    let changes = match editor.changed() {
        0 => "nothing changed".to_owned(),
        1 => "1 key changed".to_owned(),
        count => format!("{count} keys changed"),
    };
    match &editor.origin {
        Origin::File { path } => format!("a new run from {path}, {changes}"),
        Origin::Branch(branch) => {
            let place = match branch.step(app) {
                Some(step) => format!("after step {step}{}", epoch_words(app, branch)),
                None => "from where it stands".to_owned(),
            };
            format!("a branch of {} {place}, {changes}", branch.parent)
        }
    }
}

/// Where a branch begins, in words; `None` where nothing can be chosen.
#[must_use]
pub fn from_words(app: &App) -> Option<String> {
    let Origin::Branch(branch) = &app.editor.as_ref()?.origin else { return None };
    let words = match (branch.from, branch.standing(app)) {
        (Start::Stands, Standing::Now) => "now: its trainer writes a checkpoint and trains on".to_owned(),
        (Start::Stands, Standing::Newest) => match branch.kept.as_deref() {
            None => "its newest checkpoint, which is being looked up".to_owned(),
            Some([]) => "it keeps no checkpoint".to_owned(),
            Some([newest, ..]) => format!("its newest checkpoint, of step {}{}", newest.step, best_words(newest.best)),
        },
        (Start::Kept(step), _) => {
            let best = branch.checkpoint(app).is_some_and(|kept| kept.best);
            format!("the checkpoint of step {step}{}", best_words(best))
        }
    };
    let others = match branch.kept.as_ref().map_or(0, Vec::len) {
        0 | 1 => String::new(),
        count => format!(" · {count} are kept"),
    };
    Some(words + &others)
}

fn best_words(best: bool) -> &'static str {
    if best { ", the best validation's" } else { "" }
}

/// In which epoch a branch begins, where that is known: ` (epoch 23)`, or ` (the end of epoch 23)`.
fn epoch_words(app: &App, branch: &Branch) -> String {
    match forks(app, branch) {
        fork if fork.epoch == 0 => String::new(),
        fork if fork.next_batch == 0 && fork.epoch == 1 => " (its beginning)".to_owned(),
        fork if fork.next_batch == 0 => format!(" (the end of epoch {})", fork.epoch - 1),
        fork => format!(" (epoch {})", fork.epoch),
    }
}

/// The rate that was set by hand and would hold in the branch, and whether it still does: an optimizer that is
/// changed takes its place.
#[must_use]
pub fn rate(app: &App) -> Option<(f64, bool)> {
    let editor = app.editor.as_ref()?;
    let Origin::Branch(branch) = &editor.origin else { return None };
    let set = match branch.checkpoint(app) {
        Some(kept) => kept.learning_rate,
        None => branch.run(app).and_then(|run| run.rate_set).map(|set| set.requested),
    }?;
    let (Optimizer::AdamW { learning_rate, .. } | Optimizer::Adam { learning_rate, .. }) =
        branch.experiment.training.optimizer;
    let holds = !editor.draft.lines().iter().any(|line| line.path.starts_with("training.optimizer") && line.differs());
    // Computed with in 32 bits, and so compared.
    (rate_words(set) != rate_words(learning_rate)).then_some((set, holds))
}
