//! "Start from here": a new run that branches from the nearest checkpoint that is kept, at or before the epoch that is
//! looked at.

use super::in_sight;
use super::stops::epoch_of;
use crate::app::editor::Kept;
use crate::app::msg::Effect;
use crate::app::{App, editor};

/// The checkpoints that a run keeps. No event says which were pruned, so the folder is listed: whenever the screen is
/// entered, and after every checkpoint.
#[derive(Clone, Debug, Default)]
pub(super) struct Checkpoints {
    run: String,
    /// Their steps, in order; `None` until they are listed.
    steps: Option<Vec<u64>>,
    /// The run, and its newest checkpoint, when they were asked for.
    asked: Option<(String, Option<u64>)>,
}

impl Checkpoints {
    /// What is known may be out of date.
    pub fn list_again(&mut self) {
        self.asked = None;
    }
}

/// The steps of the checkpoints that the shown run keeps, up to its newest step: those of a run that is played again
/// lie in its future.
fn kept(app: &App) -> Option<&[u64]> {
    let shown = app.shown().filter(|shown| shown.name == app.scrub.checkpoints.run)?;
    let steps = app.scrub.checkpoints.steps.as_deref()?;
    steps.get(..steps.partition_point(|step| *step <= shown.run.step))
}

/// Whether a checkpoint of that step is kept, as far as that is known.
#[must_use]
pub fn keeps(app: &App, step: u64) -> bool {
    kept(app).is_some_and(|steps| steps.binary_search(&step).is_ok())
}

/// The epochs of the checkpoints that are kept.
pub fn kept_epochs(app: &App) -> impl Iterator<Item = u64> {
    let run = app.run();
    let steps = kept(app).unwrap_or_default();
    steps.iter().filter_map(move |step| Some(epoch_of(run?, *step)))
}

/// The step of the nearest checkpoint that is kept, at or before the epoch that is looked at.
fn nearest(app: &App) -> Option<u64> {
    let step = in_sight(app)?.step;
    let kept = kept(app)?;
    kept.get(kept.partition_point(|kept| *kept <= step).checked_sub(1)?).copied()
}

/// The epoch that it belongs to.
#[must_use]
pub fn nearest_epoch(app: &App) -> Option<u64> {
    Some(epoch_of(app.run()?, nearest(app)?))
}

/// Asks for the list when it is not known of the run that is shown, or may have changed.
pub(super) fn lacking(app: &mut App) -> Vec<Effect> {
    let Some(shown) = app.shown().filter(|shown| !shown.name.is_empty()) else { return Vec::new() };
    if in_sight(app).is_none() {
        return Vec::new();
    }
    let now = (shown.name.clone(), shown.run.checkpoint.as_ref().map(|(step, _)| *step));
    if app.scrub.checkpoints.asked.as_ref() == Some(&now) {
        return Vec::new();
    }
    let run = now.0.clone();
    app.scrub.checkpoints.asked = Some(now);
    vec![Effect::ListCheckpoints { run }]
}

/// The list has come.
pub fn listed(app: &mut App, run: &str, kept: &[Kept]) {
    let mut steps: Vec<u64> = kept.iter().map(|kept| kept.step).collect();
    steps.sort_unstable();
    (app.scrub.checkpoints.run, app.scrub.checkpoints.steps) = (run.to_owned(), Some(steps));
}

/// Opens the editor of a run that starts from here.
pub(super) fn start(app: &mut App) -> Vec<Effect> {
    match from_here(app) {
        Ok((run, step)) => editor::branch(app, &run, Some(step)),
        Err(why) => {
            app.complain(why);
            Vec::new()
        }
    }
}

/// The run that is shown, and the step of the checkpoint to start from.
fn from_here(app: &App) -> Result<(String, u64), String> {
    let shown = app.shown().ok_or("no run is shown")?;
    let row = in_sight(app).ok_or("no epoch has been validated yet")?;
    let parent = if shown.handle.is_empty() { &shown.name } else { &shown.handle };
    if app.replay().is_some() {
        let step = nearest(app).map_or(String::new(), |step| format!(": vivit-tui branch {parent} --step {step}"));
        return Err(format!("this is a replay: nothing is trained here{step}"));
    }
    if let Some(host) = shown.elsewhere.as_ref().filter(|_| shown.live) {
        return Err(format!("{} is trained on {host}: a run can be started from it there", shown.name));
    }
    let kept = kept(app).ok_or("its checkpoints are being listed")?;
    let step = nearest(app).ok_or_else(|| match kept.first() {
        None => format!("{} keeps no checkpoint", shown.name),
        Some(step) => format!(
            "no checkpoint is kept of epoch {} or before; the earliest is of step {step}, epoch {}",
            row.epoch,
            epoch_of(&shown.run, *step)
        ),
    })?;
    Ok((shown.name.clone(), step))
}
