//! What the editor of a run that is to be started is filled from: an experiment file, and what a run keeps.

use std::path::Path;

use crate::app::editor::Kept;
use crate::config::Experiment;
use crate::runs::RunFolder;
use crate::runtime::session::settled;
use crate::train::checkpoint;

/// The experiment of a file, its data's path made absolute: it may be trained by a process that stands elsewhere.
///
/// # Errors
///
/// What is wrong with the file, with its place, and what to do about it.
pub fn experiment(path: &str) -> Result<Experiment, String> {
    // A pipe may never say anything, and whatever else the screen asks for would wait with it.
    if std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        return Err(format!("{path} is not a file"));
    }
    Experiment::read(Path::new(path), &[]).map(settled).map_err(|error| match error.help() {
        Some(help) => format!("{error} ({help})"),
        None => error.to_string(),
    })
}

/// The checkpoints that a run keeps, newest first. One that cannot be read is none that could be begun with.
pub fn kept(folder: &RunFolder) -> Vec<Kept> {
    let states = checkpoint::all(folder).into_iter().filter_map(|(step, path)| Some((step, checkpoint::state(&path)?)));
    let states: Vec<_> = states.collect();
    let best = states.first().and_then(|(_, state)| state.best.as_ref()).map(|best| best.step);
    let kept = states.iter().map(|(step, state)| Kept {
        step: *step,
        fork: state.fork(),
        learning_rate: state.learning_rate,
        best: best == Some(*step),
    });
    kept.collect()
}
