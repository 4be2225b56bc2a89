//! One optimizer step, and the reading of its figures.

use std::time::Instant;

use burn::optim::ModuleOptimizer;
use burn::prelude::*;

use super::checkpoint::State;
use super::figures::{Figures, figures};
use super::optimizer::{clip, global_norm, peak_rate, sum};
use super::pass::{forward_backward, micros};
use super::schedule::{Progress, learning_rate};
use super::{Error, Job, Wires};
use crate::event::{StepTimes, Stepped, TrainEvent};
use crate::model::Vivit;
use crate::runs;

/// Takes steps, and keeps their scores on the device until it is time to read them.
pub(super) struct Stepper<'a> {
    job: &'a Job,
    unread: Vec<Unread>,
}

/// A step whose figures are still on the device.
struct Unread {
    /// With the figures still missing.
    stepped: Stepped,
    logits: Tensor<2>,
    labels: Vec<usize>,
    norm: Tensor<1>,
}

/// The steps that were read, and what is wrong with the one after them.
type Reading = (Vec<(Stepped, Figures)>, Option<Error>);

impl<'a> Stepper<'a> {
    pub(super) fn new(job: &'a Job) -> Self {
        Self { job, unread: Vec::new() }
    }

    /// One optimizer step: as many batches as are accumulated, or what the epoch has left.
    pub(super) fn step(
        &mut self,
        model: Vivit,
        optimizer: &mut ModuleOptimizer,
        state: &mut State,
        wires: &mut Wires,
    ) -> Result<Vivit, Error> {
        let training = &self.job.experiment.training;
        let batches_per_epoch = self.job.batches_per_epoch();
        let batches = (training.accumulate as u64).min(batches_per_epoch - state.next_batch);
        let volumes = self.step_volumes(state.next_batch, batches);
        let recipe = self.job.recipe();
        let mut times = StepTimes::default();
        let (mut gradients, mut logits, mut labels) = (None, Vec::new(), Vec::new());
        for index in state.next_batch..state.next_batch + batches {
            let waiting = Instant::now();
            let batch = wires.batches.next_batch().ok_or(Error::LoaderEnded { epoch: state.epoch })?;
            times.data_us += micros(waiting);
            let pass = (state.epoch - 1) * batches_per_epoch + index;
            let pass = forward_backward(&model, &recipe, &batch, pass, volumes);
            times.forward_us += pass.forward_us;
            times.backward_us += pass.backward_us;
            // Added as they come: what is held does not grow with the batches that are accumulated.
            gradients = Some(match gradients.take() {
                Some(before) => sum(&model, vec![before, pass.gradients]),
                None => pass.gradients,
            });
            logits.push(pass.logits);
            labels.extend(batch.labels);
        }
        let optimizing = Instant::now();
        let gradients = gradients.unwrap_or_default();
        let norm = global_norm(&model, &gradients);
        let rate = self.rate(state.step);
        self.unread.push(Unread {
            stepped: Stepped {
                step: state.step + 1,
                epoch: state.epoch,
                volumes: volumes as u64,
                loss: None,
                correct: 0,
                learning_rate: rate,
                gradient_norm: None,
                times,
            },
            logits: Tensor::cat(logits, 0),
            labels,
            norm: norm.clone(),
        });
        let read_now = self.unread.len() >= self.job.compute.read_every();
        // On the CPU this is before the weights change: a step that is not finite is never applied.
        let (read, bad) = if read_now { self.read()? } else { (Vec::new(), None) };
        if let Some(bad) = bad {
            tell_read(read, None, state, wires.tell)?;
            return Err(bad);
        }
        let gradients = match training.clip_norm {
            Some(limit) => clip(&model, gradients, &norm, limit),
            None => gradients,
        };
        let model = optimizer.step(rate, model, gradients);
        let optimizer_us = micros(optimizing);
        state.step += 1;
        state.next_batch += batches;
        match self.unread.last_mut() {
            Some(unread) => unread.stepped.times.optimizer_us = optimizer_us,
            None => tell_read(read, Some(optimizer_us), state, wires.tell)?,
        }
        times.optimizer_us = optimizer_us;
        if let Some(tuned) = wires.batches.observe(times.data_us, times.total_us()) {
            (wires.tell)(TrainEvent::LoaderTuned { ready: tuned.ready, wait_share: tuned.wait_share })?;
        }
        Ok(model)
    }

    /// Reads and tells every step that is still on the device.
    pub(super) fn flush(
        &mut self,
        state: &mut State,
        tell: &mut dyn FnMut(TrainEvent) -> Result<(), runs::Error>,
    ) -> Result<(), Error> {
        let reading = Instant::now();
        let (read, bad) = self.read()?;
        // On a GPU the steps themselves only queue work: this is where it is waited for.
        state.seen.step_us += micros(reading);
        tell_read(read, None, state, tell)?;
        bad.map_or(Ok(()), Err)
    }

    /// Reads the scores and norms of all unread steps in one go, up to the first that is not finite.
    fn read(&mut self) -> Result<Reading, Error> {
        if self.unread.is_empty() {
            return Ok((Vec::new(), None));
        }
        let classes = self.job.dataset.classes.len();
        let smoothing = self.job.experiment.training.label_smoothing;
        let mut flat: Vec<Tensor<1>> = Vec::new();
        for unread in &self.unread {
            let [volumes, _] = unread.logits.dims();
            flat.push(unread.logits.clone().reshape([volumes * classes]));
            flat.push(unread.norm.clone());
        }
        let values = Tensor::cat(flat, 0).into_data();
        let values: Vec<f32> = values.try_to_vec().map_err(|e| Error::Device(format!("{e:?}")))?;
        let mut rest = values.as_slice();
        let mut read = Vec::new();
        for Unread { mut stepped, labels, .. } in self.unread.drain(..) {
            let (logits, after) = rest.split_at_checked(labels.len() * classes).unwrap_or_default();
            let (norm, after) = after.split_first().unwrap_or((&f32::NAN, after));
            rest = after;
            let figures = figures(logits, &labels, classes, smoothing);
            for (what, value) in [("loss", figures.loss()), ("gradient norm", f64::from(*norm))] {
                if !value.is_finite() {
                    let applied = self.job.compute.read_every() > 1;
                    let (step, epoch) = (stepped.step, stepped.epoch);
                    return Ok((read, Some(Error::NotFinite { what, step, epoch, applied })));
                }
            }
            stepped.loss = Some(figures.loss());
            stepped.correct = figures.correct;
            stepped.gradient_norm = Some(f64::from(*norm));
            read.push((stepped, figures));
        }
        Ok((read, None))
    }

    fn rate(&self, step: u64) -> f64 {
        let training = &self.job.experiment.training;
        let steps_per_epoch = self.job.steps_per_epoch();
        let steps = steps_per_epoch * training.epochs as u64;
        learning_rate(&training.schedule, peak_rate(&training.optimizer), Progress { step, steps, steps_per_epoch })
    }

    /// The volumes of the batches `first..first + count` of an epoch.
    fn step_volumes(&self, first: u64, count: u64) -> usize {
        let (all, batch) = (self.job.dataset.train.len(), self.job.experiment.data.batch);
        let place = |index: u64| usize::try_from(index).map_or(all, |index| (index * batch).min(all));
        place(first + count) - place(first)
    }
}

/// Tells the steps that were read and adds them to the epoch's figures.
fn tell_read(
    read: Vec<(Stepped, Figures)>,
    optimizer_us: Option<u64>,
    state: &mut State,
    tell: &mut dyn FnMut(TrainEvent) -> Result<(), runs::Error>,
) -> Result<(), Error> {
    let last = read.len().saturating_sub(1);
    for (place, (mut stepped, figures)) in read.into_iter().enumerate() {
        if let (true, Some(optimizer_us)) = (place == last, optimizer_us) {
            stepped.times.optimizer_us = optimizer_us;
        }
        state.seen.volumes += figures.volumes;
        state.seen.loss_sum += figures.loss_sum;
        state.seen.correct += figures.correct;
        state.seen.step_us += stepped.times.total_us();
        tell(TrainEvent::Stepped(stepped))?;
    }
    Ok(())
}
