//! Going back to a checkpoint within a process, as a kill and a resume would.

use super::checkpoint::{self, Checkpoint, Keep, State};
use super::stopwatch::Stopwatch;
use super::{Error, Trainer, taken_up};
use crate::event::TrainEvent;
use crate::runs::Provenance;

impl Trainer<'_> {
    /// Goes back to the checkpoint of that step, or to the newest whole one before where the run stands, and without
    /// any to the beginning; there it pauses. A rate that was set still holds. What cannot be done is told, and then
    /// nothing has changed.
    pub(super) fn roll_back(&mut self, to: Option<u64>) -> Result<(), Error> {
        self.finish_checkpoint()?;
        let (from, damaged) = match self.target(to) {
            Ok(target) => target,
            Err(why) => return self.warn(format!("the run is not rolled back: {why}")),
        };
        match self.take_up(from.as_ref()) {
            Ok(()) => {}
            Err(lost @ Error::Device(_)) => return Err(lost),
            Err(error) => return self.warn(format!("the run is not rolled back: {error}")),
        }
        let State { step, epoch, wall_ms, learning_rate, .. } = self.state;
        self.tell(TrainEvent::Resumed { step, epoch, wall_ms, device: self.job.compute.name.clone() })?;
        for line in damaged {
            self.warn(line)?;
        }
        if let Some(requested) = learning_rate {
            self.tell_rate(requested)?;
        }
        for breakpoint in self.breakpoints.standing() {
            self.tell(TrainEvent::BreakpointSet { breakpoint })?;
        }
        if from.is_none_or(|from| from.state != self.state) && self.state != State::fresh(&self.job.experiment) {
            // On the disk at once, as a rate that is set.
            self.checkpoint(Keep::AsNewest)?;
        }
        self.pause()
    }

    /// Where to go back to: a checkpoint, or nothing for the beginning; and what was passed over.
    fn target(&self, to: Option<u64>) -> Result<(Option<Checkpoint>, Vec<String>), String> {
        let folder = &self.job.folder;
        let parent = Provenance::read(folder).and_then(|provenance| provenance.parent);
        let first = parent.as_ref().map_or(0, |parent| parent.step);
        // Another run's weights, which stand in a checkpoint from before the first step.
        let taken = self.job.experiment.model.from.as_ref();
        match to {
            None if self.stands_at() == first => Err("it stands at its beginning".into()),
            None => match (checkpoint::before(folder, self.stands_at()), parent) {
                // What a child began with cannot be made again.
                ((None, _), Some(parent)) => Err(format!("no checkpoint is left of what it took from {}", parent.run)),
                ((None, _), None) if taken.is_some() => Err("no checkpoint is left of what it began with".into()),
                (found, _) => Ok(found),
            },
            Some(0) if parent.is_none() && taken.is_none() => Ok((None, Vec::new())),
            Some(step) => {
                let kept: Vec<u64> = checkpoint::all(folder).into_iter().map(|(step, _)| step).collect();
                if !kept.contains(&step) {
                    let kept: Vec<String> = kept.iter().rev().map(u64::to_string).collect();
                    let kept = if kept.is_empty() { "none at all".to_owned() } else { kept.join(", ") };
                    return Err(format!("it keeps no checkpoint of step {step}; it keeps {kept}"));
                }
                let path = folder.checkpoints().join(checkpoint::name(step));
                let checkpoint = Checkpoint::read(&path).map_err(|error| error.to_string())?;
                Ok((Some(checkpoint), Vec::new()))
            }
        }
    }

    /// Takes up the run from there. Whatever is newer on the disk is taken away before anything is said: a process that
    /// dies in between has gone back as well.
    fn take_up(&mut self, from: Option<&Checkpoint>) -> Result<(), Error> {
        let job = self.job;
        let (model, optimizer, mut state) = taken_up(job, from)?;
        if let Some(best) = &state.best {
            // It may have been removed when a later one was better; that one is void now.
            let path = job.folder.checkpoints().join(checkpoint::name(best.step));
            if best.step != state.step && Checkpoint::read(&path).is_err() {
                state.best = None;
            }
        }
        state.learning_rate = self.state.learning_rate.or(state.learning_rate);
        checkpoint::retire_after(&job.folder, state.step)?;
        self.wires.batches.rewind((state.epoch, state.next_batch));
        self.stopwatch = Stopwatch::from(state.wall_ms);
        (self.model, self.optimizer, self.state) = (model, optimizer, state);
        self.unread.clear();
        self.answering = None;
        self.bad = None;
        self.control.went_back();
        // What was met was met in steps that are void.
        drop(self.breakpoints.take_met());
        Ok(())
    }

    /// The step that the run stands after. A step that was applied and is not finite has led nowhere.
    pub(super) fn stands_at(&self) -> u64 {
        match &self.bad {
            Some(bad) if bad.applied => bad.step - 1,
            _ => self.state.step,
        }
    }
}
