//! What a run that branches from another begins with.

use super::{AVERAGE, Checkpoint, Error, Keep, MODEL, MOMENTS, State, name, place, write_parts};
use crate::config::Experiment;
use crate::runs::RunFolder;

/// Writes into the folder of a new run the checkpoint of its parent that it begins with, to go on by `experiment`, and
/// the parent's best one up to there, if it is still kept; otherwise the new run finds its own best.
///
/// # Errors
///
/// When the folder cannot be written.
pub fn branch(
    from: Checkpoint,
    parent: &RunFolder,
    folder: &RunFolder,
    experiment: &Experiment,
) -> Result<Checkpoint, Error> {
    let mut state = from.state.clone().for_experiment(experiment);
    if let Some(best) = state.best.clone().filter(|best| best.step != state.step) {
        match Checkpoint::read(&parent.checkpoints().join(name(best.step))) {
            Ok(best) => drop(put(&best, &best.state, folder, Keep::AsNewest)?),
            Err(_) => state.best = None,
        }
    }
    let path = put(&from, &state, folder, Keep::ForGood)?;
    let average = from.average.filter(|_| state.averaged.is_some());
    Ok(Checkpoint { path, state, average, ..from })
}

fn put(from: &Checkpoint, state: &State, folder: &RunFolder, keep: Keep) -> Result<std::path::PathBuf, Error> {
    let [first, second] = &from.moments;
    let mut records: Vec<(&str, &[u8])> = vec![(MODEL, &from.model), (MOMENTS[0], first), (MOMENTS[1], second)];
    // A child that keeps no average leaves its parent's behind.
    let average = from.average.as_ref().filter(|_| state.averaged.is_some());
    records.extend(average.map(|average| (AVERAGE, &**average)));
    place(folder, state.step, keep, |path| write_parts(path, &records, state))
}
