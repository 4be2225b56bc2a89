//! The end of a run that was trained to its end: the test split, with the last weights and with the best.

use super::average::{Average, Shown};
use super::checkpoint::{self, Checkpoint, Keep};
use super::evaluate::Occasion;
use super::{Error, Trainer, evaluate};
use crate::event::{Finished, Outcome, SplitName, TrainEvent, Weights};
use crate::model::Vivit;

impl Trainer<'_> {
    /// Evaluates what the run ends with, and says that it has ended.
    pub(super) fn finish(mut self) -> Result<(), Error> {
        self.finish_checkpoint()?;
        // A best checkpoint that cannot be read costs the figures of the best weights, not the run.
        let best = match self.best() {
            Ok(best) => best,
            Err(error) => {
                self.warn(format!("the best weights cannot be evaluated: {error}"))?;
                None
            }
        };
        if let (true, Some((model, average))) = (self.restores_best(), &best) {
            // The last checkpoint holds the weights that the run ends with, so that both agree.
            self.model = model.clone();
            self.state.averaged = average.as_ref().map(Average::taken);
            self.optimizer.set_average(average.clone());
            self.save_checkpoint(Keep::AsNewest)?;
            self.tell_final(&self.shown(), SplitName::Validation, Weights::Best)?;
        }
        self.tell_final(&self.shown(), SplitName::Test, Weights::Last)?;
        if let Some((model, average)) = best {
            self.tell_final(&Shown::of(&model, average.as_ref()), SplitName::Test, Weights::Best)?;
        }
        let outcome = if self.state.stopped_early { Outcome::StoppedEarly } else { Outcome::Completed };
        let (step, epoch, wall_ms) = (self.state.step, self.state.epoch_of_weights(), self.stopwatch.ms());
        let best_epoch = self.state.best.as_ref().map_or(epoch, |best| best.epoch);
        self.tell(TrainEvent::Finished(Finished { outcome, step, epoch, best_epoch, wall_ms }))
    }

    fn tell_final(&mut self, shown: &Shown, split: SplitName, weights: Weights) -> Result<(), Error> {
        let evaluation = evaluate(&shown.model, self.job, split)?;
        let best = split == SplitName::Test && weights == Weights::Best;
        let file = format!("{}-{}", split.word(), weights.word());
        self.keep_own(&evaluation, &Occasion { split, weights, averaged: shown.averaged, best, file })
    }

    fn restores_best(&self) -> bool {
        self.job.experiment.training.early_stopping.as_ref().is_some_and(|early| early.restore_best)
    }

    /// The best weights, which may be the last, and the average that was kept beside them.
    fn best(&self) -> Result<Option<(Vivit, Option<Average>)>, Error> {
        let Some(best) = &self.state.best else { return Ok(None) };
        if best.step == self.state.step {
            return Ok(Some((self.model.clone(), self.optimizer.average().cloned())));
        }
        let path = self.job.folder.checkpoints().join(checkpoint::name(best.step));
        let checkpoint = Checkpoint::read(&path)?;
        let model = checkpoint.load_model(self.job.model()?, &self.job.experiment.model)?;
        let average = checkpoint.load_average(&model)?;
        Ok(Some((model, average)))
    }
}
