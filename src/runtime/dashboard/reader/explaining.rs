//! What of a volume speaks for a class, asked of a checkpoint: for runs that nobody trains, and for their earlier epochs.
//!
//! On the CPU, a while at a time: whatever else the screen asks for comes in between, and a newer question takes the place
//! of one that is not answered yet.

use std::sync::Arc;

use burn::tensor::Device;

use crate::data::Dataset;
use crate::event::{Asked, Explained, ToExplain};
use crate::model::Vivit;
use crate::runs::RunFolder;
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::explain::Inquiry;
use crate::train::{self, Compute, Job};

/// The weights that were asked last, and what is under way.
#[derive(Default)]
pub struct Explaining {
    loaded: Option<Loaded>,
    inquiry: Option<Inquiry>,
}

/// A run with the weights of a checkpoint.
struct Loaded {
    /// What led to them: the step that was asked for, and the newest that there was.
    key: (Option<u64>, Option<u64>),
    job: Job,
    model: Vivit,
    step: u64,
    epoch: u64,
    averaged: bool,
}

impl Explaining {
    /// Whether something is under way.
    pub fn is_under_way(&self) -> bool {
        self.inquiry.is_some()
    }

    /// Begins to answer; the result is what can be said at once: why there is no answer.
    pub fn begin(
        &mut self,
        (folder, dataset): (RunFolder, Arc<Dataset>),
        question: ToExplain,
        step: Option<u64>,
    ) -> Option<Explained> {
        self.inquiry = None;
        let begun = self.load(folder, dataset, step).and_then(|loaded| {
            Inquiry::begin(loaded.model.clone(), &loaded.job, question).map_err(|error| error.to_string())
        });
        match begun {
            Ok(inquiry) => {
                self.inquiry = Some(inquiry);
                None
            }
            Err(why) => Some(self.explained(question, Err(why))),
        }
    }

    /// Goes on for a while; the answer once it is whole.
    pub fn go_on(&mut self) -> Option<Explained> {
        let (Some(mut inquiry), Some(loaded)) = (self.inquiry.take(), &self.loaded) else { return None };
        match inquiry.go_on(&loaded.job) {
            Ok(None) => {
                self.inquiry = Some(inquiry);
                None
            }
            Ok(Some(evidence)) => Some(self.explained(inquiry.question, Ok(evidence))),
            Err(error) => Some(self.explained(inquiry.question, Err(error.to_string()))),
        }
    }

    fn explained(&self, question: ToExplain, found: Result<crate::event::Evidence, String>) -> Explained {
        let loaded = self.loaded.as_ref();
        let (step, epoch) = loaded.map_or((0, 0), |loaded| (loaded.step, loaded.epoch));
        let averaged = loaded.is_some_and(|loaded| loaded.averaged);
        Explained { question, asked: Asked::Checkpoint, step, epoch, averaged, found }
    }

    fn load(&mut self, folder: RunFolder, dataset: Arc<Dataset>, step: Option<u64>) -> Result<&Loaded, String> {
        let key = (step, checkpoint::all(&folder).first().map(|(step, _)| *step));
        let same = |loaded: &Loaded| loaded.key == key && loaded.job.folder.path() == folder.path();
        let loaded = match self.loaded.take().filter(same) {
            Some(loaded) => loaded,
            None => loaded(folder, dataset, step, key)?,
        };
        Ok(self.loaded.insert(loaded))
    }
}

fn loaded(
    folder: RunFolder,
    dataset: Arc<Dataset>,
    step: Option<u64>,
    key: (Option<u64>, Option<u64>),
) -> Result<Loaded, String> {
    let checkpoint = chosen(&folder, step).map_err(|error| error.to_string())?;
    let experiment = Arc::new(folder.experiment().map_err(|error| error.to_string())?);
    let compute = Compute { device: Device::flex(), name: "cpu".into() };
    let job = Job { experiment, dataset, compute, folder };
    let words = |error: train::Error| error.to_string();
    let fresh = job.model().map_err(words)?;
    let model = checkpoint.load_evaluated(fresh, &job.experiment.model).map_err(|error| error.to_string())?;
    let state = &checkpoint.state;
    let (step, epoch, averaged) = (state.step, state.epoch_of_weights(), state.averaged.is_some());
    Ok(Loaded { key, job, model, step, epoch, averaged })
}

/// The checkpoint of a step if it is kept, else that of the best validation, else the newest; without a step the newest.
fn chosen(folder: &RunFolder, step: Option<u64>) -> Result<Checkpoint, checkpoint::Error> {
    let read = |step: u64| Checkpoint::read(&folder.checkpoints().join(checkpoint::name(step))).ok();
    let Some(step) = step else { return Ok(checkpoint::newest(folder)?.0) };
    if let Some(found) = read(step) {
        return Ok(found);
    }
    let (newest, _) = checkpoint::newest(folder)?;
    let best = newest.state.best.as_ref().map(|best| best.step);
    Ok(best.and_then(read).unwrap_or(newest))
}
