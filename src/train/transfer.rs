//! A new run that begins with weights which another has learned. They are put into a checkpoint of its own, from before
//! its first step: whatever becomes of the other run, this one can be resumed.

pub mod fitting;

use std::path::Path;

use burn::tensor::Device;

use self::fitting::{Trained, transfer};
use super::checkpoint::{self, Checkpoint, Keep, Parts, State};
use super::optimizer::Optimizer;
use super::{Error, fresh_model};
use crate::config::Experiment;
use crate::data::VolumeShape;
use crate::event::{Part, Transferred};
use crate::model::geometry::Geometry;
use crate::runs::{Provenance, RunFolder};

/// The checkpoint that `model.from` means: a checkpoint's folder, or the best one of a run, its newest where that is not
/// kept any more.
///
/// # Errors
///
/// When there is none, or it is not whole.
pub fn source(from: &str, runs: &Path) -> Result<Checkpoint, Error> {
    let path = Path::new(from);
    let run = path.parent().filter(|parent| parent.ends_with("checkpoints")).and_then(Path::parent);
    if let Some(run) = run
        && !path.is_dir()
    {
        // Pruned, or never there: its run says what is.
        let run = RunFolder::open(&run.display().to_string(), runs)?;
        let kept = checkpoint::all(&run).into_iter().rev().map(|(step, _)| checkpoint::name(step)).collect();
        return Err(Error::NoSuchCheckpoint { from: from.to_owned(), run: run.name(), kept });
    }
    if run.is_some() {
        return Ok(Checkpoint::read(path)?);
    }
    let run = RunFolder::open(from, runs)?;
    let (newest, _) = checkpoint::newest(&run)?;
    let best = newest.state.best.as_ref().map(|best| run.checkpoints().join(checkpoint::name(best.step)));
    // One that is damaged is not passed over in silence.
    Ok(best.filter(|best| best.is_dir()).map(|best| Checkpoint::read(&best)).transpose()?.unwrap_or(newest))
}

/// What a run begins with that has taken another's weights.
pub struct Beginning {
    parts: Parts,
    state: State,
    transferred: Transferred,
}

impl Beginning {
    /// A fresh model for volumes of that shape and so many classes, with what fits of the source's evaluated weights.
    ///
    /// # Errors
    ///
    /// When nothing fits, or the source cannot be read.
    pub fn new(
        experiment: &Experiment,
        (shape, classes): (VolumeShape, usize),
        device: &Device,
        source: &Checkpoint,
    ) -> Result<Self, Error> {
        let geometry = Geometry::new(&experiment.model, shape)?;
        let there = &source.state.experiment;
        let trained = Trained {
            model: there.model.clone(),
            grid: volume(source).and_then(|volume| Some(Geometry::new(&there.model, volume).ok()?.grid())),
            same_classes: there.data.set == experiment.data.set,
            weights: source.weights()?,
        };
        let fresh = fresh_model(experiment, (shape, classes), device)?;
        let (model, parts) = transfer(fresh, &experiment.model, &geometry, &trained);
        let from = source.path.display().to_string();
        let (step, averaged) = (source.state.step, source.state.averaged.is_some());
        let transferred = Transferred { from, step, averaged, parts };
        if transferred.taken().0 == 0 {
            let why = transferred.parts.iter().map(Part::to_string).collect();
            return Err(Error::NothingFits { from: transferred.from, why });
        }
        let state = State::fresh(experiment);
        let moments = Optimizer::new(&experiment.training.optimizer, &model).moments(&model);
        let average = state.averaged.map(|_| model.clone());
        Ok(Self { parts: Parts { model, moments, average }, state, transferred })
    }

    /// Writes it into the folder of its run as a checkpoint from before the first step.
    ///
    /// # Errors
    ///
    /// When the folder cannot be written.
    pub fn keep(self, folder: &RunFolder) -> Result<(Checkpoint, Transferred), Error> {
        // For good: what was taken cannot be made again once the other run is gone.
        let path = checkpoint::save(folder, &self.parts, &self.state, Keep::ForGood)?;
        Ok((Checkpoint::read(&path)?, self.transferred))
    }
}

/// What a run would take, without training it.
///
/// # Errors
///
/// As [`Beginning::new`].
pub fn told(experiment: &Experiment, data: (VolumeShape, usize), source: &Checkpoint) -> Result<Transferred, Error> {
    Ok(Beginning::new(experiment, data, &Device::flex(), source)?.transferred)
}

/// The shape of the volumes that a checkpoint was trained on, where it is known: its run has it written down, or it is
/// that of a published set.
fn volume(source: &Checkpoint) -> Option<VolumeShape> {
    let run = source.path.parent().and_then(Path::parent)?;
    let run = RunFolder::open(&run.display().to_string(), run).ok();
    let written = run.and_then(|run| Provenance::read(&run)?.volume);
    let published =
        || source.state.experiment.data.volume_size().map(|[depth, height, width]| [depth, height, width, 1]);
    // How many channels a volume has says nothing about where its tokens lie.
    let [depth, height, width, channels] = written.or_else(published)?;
    Some(VolumeShape { depth, height, width, channels })
}
