//! A new run that begins with weights which another has learned. They are put into a checkpoint of its own, from before
//! its first step: whatever becomes of the other run, this one can be resumed.

pub mod fitting;

use std::path::Path;

use burn::tensor::Device;

use self::fitting::{Trained, transfer};
use super::checkpoint::{self, Checkpoint, Keep, Parts, State};
use super::optimizer::Optimizer;
use super::{Error, fresh_model};
use crate::config::{Experiment, Set};
use crate::data::{Dataset, VolumeShape};
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

/// The data of a run that is to begin, as far as its beginning goes by them.
#[derive(Clone, Copy, Debug)]
pub struct OwnData<'a> {
    pub shape: VolumeShape,
    pub classes: usize,
    /// The MD5 of the file, where there is one.
    pub md5: Option<&'a str>,
}

impl<'a> From<&'a Dataset> for OwnData<'a> {
    fn from(dataset: &'a Dataset) -> Self {
        Self { shape: dataset.shape, classes: dataset.classes.len(), md5: dataset.source.md5.as_deref() }
    }
}

/// What a run begins with that has taken another's weights.
pub struct Beginning {
    parts: Parts,
    state: State,
    transferred: Transferred,
}

impl Beginning {
    /// A fresh model for those data, with what fits of the source's evaluated weights.
    ///
    /// # Errors
    ///
    /// When nothing fits, or the source cannot be read.
    pub fn new(experiment: &Experiment, data: OwnData, device: &Device, source: &Checkpoint) -> Result<Self, Error> {
        let geometry = Geometry::new(&experiment.model, data.shape)?;
        let (there, written) = (&source.state.experiment, provenance(source));
        let volume = volume(source, written.as_ref());
        let md5 = written.as_ref().and_then(|written| written.data_md5.as_deref());
        let trained = Trained {
            model: there.model.clone(),
            grid: volume.and_then(|volume| Some(Geometry::new(&there.model, volume).ok()?.grid())),
            same_classes: same_classes((&there.data.set, md5), (&experiment.data.set, data.md5)),
            weights: source.weights()?,
        };
        let fresh = fresh_model(experiment, (data.shape, data.classes), device)?;
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
pub fn told(experiment: &Experiment, data: OwnData, source: &Checkpoint) -> Result<Transferred, Error> {
    Ok(Beginning::new(experiment, data, &Device::flex(), source)?.transferred)
}

/// What the run of a checkpoint has written down of its data.
fn provenance(source: &Checkpoint) -> Option<Provenance> {
    let run = source.path.parent().and_then(Path::parent)?;
    Provenance::read(&RunFolder::open(&run.display().to_string(), run).ok()?)
}

/// The shape of the volumes that a checkpoint was trained on, where it is known: its run has it written down, or it is
/// that of a published set.
fn volume(source: &Checkpoint, written: Option<&Provenance>) -> Option<VolumeShape> {
    let written = written.and_then(|written| written.volume);
    let published =
        || source.state.experiment.data.volume_size().map(|[depth, height, width]| [depth, height, width, 1]);
    // How many channels a volume has says nothing about where its tokens lie.
    let [depth, height, width, channels] = written.or_else(published)?;
    Some(VolumeShape { depth, height, width, channels })
}

/// Whether two runs tell the same classes apart, each by its set and its file's MD5. What a file of one's own holds is
/// known by its MD5 alone: it may be copied, and another may be put in its place.
fn same_classes((there, their_md5): (&Set, Option<&str>), (here, our_md5): (&Set, Option<&str>)) -> bool {
    let of_ones_own = [there, here].iter().any(|set| matches!(set, Set::Npz { .. }));
    match (their_md5, our_md5) {
        (Some(theirs), Some(ours)) if of_ones_own => theirs == ours,
        // A checkpoint outside of its run has only the name left.
        _ => there == here,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_are_those_of_a_published_set_or_of_a_file_whatever_it_is_called() {
        let own = |path: &str| Set::Npz { path: path.into() };
        let same = |there: (&Set, Option<&'static str>), here: (&Set, Option<&'static str>)| same_classes(there, here);
        let (a, b, organs, vessels) = (own("a.npz"), own("b.npz"), Set::OrganMnist3d, Set::VesselMnist3d);
        assert!(same((&a, Some("5d41")), (&b, Some("5d41"))), "a copy");
        assert!(!same((&a, Some("5d41")), (&a, Some("7d79"))), "another file in its place");
        assert!(same((&a, None), (&a, Some("5d41"))) && !same((&a, None), (&b, Some("5d41"))));
        assert!(same((&organs, Some("28")), (&own("organs.npz"), Some("28"))), "a copy of a published file");
        assert!(same((&organs, Some("28")), (&organs, Some("64"))), "another release of it");
        assert!(!same((&organs, Some("28")), (&vessels, Some("28"))));
        assert!(same((&Set::Phantom, None), (&Set::Phantom, None)));
        assert!(!same((&Set::Phantom, None), (&a, Some("5d41"))));
    }
}
