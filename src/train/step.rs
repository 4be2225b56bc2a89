//! One optimizer step, and the reading of its figures.

use std::time::Instant;

use burn::prelude::*;

use super::average::Average;
use super::figures::{Answers, Figures, figures, figures_of};
use super::gradients::Gradients;
use super::optimizer::peak_rate;
use super::pass::{forward_backward, micros};
use super::schedule::{Progress, learning_rate};
use super::targets::targets;
use super::{Error, Trainer, Trouble};
use crate::data::order;
use crate::event::{NotFinite, StepTimes, Stepped, TrainEvent};

/// A step whose figures are still on the device.
pub(super) struct Unread {
    /// With the figures still missing.
    stepped: Stepped,
    /// The first of its batches, by its place in the epoch.
    first: u64,
    logits: Tensor<2>,
    labels: Vec<usize>,
    /// What the scores are compared with, where that is not the labels alone, `[volumes, targets]`.
    targets: Vec<f32>,
    norm: Tensor<1>,
}

/// The steps that were read, and what is wrong with the one after them.
#[derive(Default)]
struct Reading {
    steps: Vec<(Stepped, Figures)>,
    bad: Option<NotFinite>,
}

impl Trainer<'_> {
    /// One optimizer step: as many batches as are accumulated, or what the epoch has left.
    pub(super) fn step(&mut self) -> Result<(), Error> {
        let training = &self.job.experiment.training;
        let (epoch, first) = (self.state.epoch, self.state.next_batch);
        let batches_per_epoch = self.job.batches_per_epoch();
        let batches = (training.accumulate as u64).min(batches_per_epoch - first);
        let volumes = self.step_volumes(first, batches);
        let recipe = self.job.recipe();
        let mut times = StepTimes::default();
        let (mut gradients, mut logits, mut labels, mut aims) = (None, Vec::new(), Vec::new(), Vec::new());
        for index in first..first + batches {
            let waiting = Instant::now();
            let batch = self.wires.batches.next_batch().ok_or(Error::LoaderEnded { epoch })?;
            times.data_us += micros(waiting);
            let pass = (epoch - 1) * batches_per_epoch + index;
            let pass = forward_backward(&self.model, &recipe, &batch, pass, volumes);
            times.forward_us += pass.forward_us;
            times.backward_us += pass.backward_us;
            // Added as they come: what is held does not grow with the batches that are accumulated.
            gradients = Some(match gradients.take() {
                Some(before) => Gradients::sum(vec![before, pass.gradients]),
                None => pass.gradients,
            });
            logits.push(pass.logits);
            if batch.mixed.is_some() || recipe.class_weights.is_some() {
                aims.extend(targets(&batch, 0, batch.len(), &recipe));
            }
            labels.extend(batch.labels);
        }
        let optimizing = Instant::now();
        let gradients = gradients.unwrap_or_default();
        let norm = gradients.norm();
        let (step, rate) = (self.state.step + 1, self.rate(self.state.step));
        self.unread.push(Unread {
            stepped: Stepped {
                step,
                epoch,
                volumes: volumes as u64,
                loss: None,
                correct: 0,
                answers: (self.job.dataset.answers() > 1).then(|| (volumes * self.job.dataset.answers()) as u64),
                learning_rate: rate,
                gradient_norm: None,
                times,
            },
            first,
            logits: Tensor::cat(logits, 0),
            labels,
            targets: aims,
            norm: norm.clone(),
        });
        let read_now = self.unread.len() >= self.job.compute.read_every() || self.breakpoints.must_see(step);
        // On the CPU this is before the weights change: a step that is not finite is never applied.
        let reading = if read_now { self.read()? } else { Reading::default() };
        if reading.bad.is_some() {
            // Whoever wishes to try this step again has its batches.
            self.wires.batches.rewind((epoch, first));
            return self.tell_read(reading, None);
        }
        let gradients = gradients.clip(&norm, training.clip_norm);
        self.optimizer.step(rate, step, &mut self.model, gradients);
        self.state.averaged = self.optimizer.average().map(Average::taken);
        times.optimizer_us = micros(optimizing);
        self.state.step = step;
        self.state.next_batch += batches;
        self.control.stepped();
        match self.unread.last_mut() {
            Some(unread) => unread.stepped.times = times,
            None => self.tell_read(reading, Some(times))?,
        }
        if let Some(tuned) = self.wires.batches.observe(times.data_us, times.total_us()) {
            self.tell(TrainEvent::LoaderTuned { ready: tuned.ready, wait_share: tuned.wait_share })?;
        }
        Ok(())
    }

    /// Reads and tells every step that is still on the device.
    pub(super) fn flush(&mut self) -> Result<(), Error> {
        if self.unread.is_empty() {
            return Ok(());
        }
        let waiting = Instant::now();
        let reading = self.read()?;
        // On a GPU the steps themselves only queue work: this is where it is waited for.
        self.state.seen.step_us += micros(waiting);
        self.tell_read(reading, None)
    }

    /// Reads the scores and norms of all unread steps in one go, up to the first that is not finite.
    fn read(&mut self) -> Result<Reading, Error> {
        let classes = self.job.dataset.classes.len();
        let answers = Answers { classes, task: self.job.dataset.task };
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
        let mut reading = Reading::default();
        for Unread { mut stepped, first, labels, targets, .. } in std::mem::take(&mut self.unread) {
            let (logits, after) = rest.split_at_checked(labels.len() * classes).unwrap_or_default();
            let (norm, after) = after.split_first().unwrap_or((&f32::NAN, after));
            rest = after;
            let figures = if targets.is_empty() {
                figures(logits, &labels, answers, smoothing)
            } else {
                figures_of(logits, &labels, &targets, answers)
            };
            let values = [("loss", figures.loss()), ("gradient norm", f64::from(*norm))];
            if let Some((figure, _)) = values.into_iter().find(|(_, value)| !value.is_finite()) {
                let bad = bad_rows(logits, &labels, answers, smoothing);
                reading.bad = Some(self.not_finite(figure, &stepped, first, &bad));
                return Ok(reading);
            }
            stepped.loss = Some(figures.loss());
            stepped.correct = figures.correct;
            stepped.gradient_norm = Some(f64::from(*norm));
            reading.steps.push((stepped, figures));
        }
        Ok(reading)
    }

    /// A figure of a step that is not finite, and the rows of the step that made it so.
    fn not_finite(&self, figure: &str, stepped: &Stepped, first: u64, rows: &[usize]) -> NotFinite {
        let Stepped { step, epoch, volumes: of, .. } = *stepped;
        let order = order(self.job.experiment.seed, epoch, self.job.dataset.train.len());
        let before = usize::try_from(first).map_or(0, |first| first * self.job.experiment.data.batch);
        let places = rows.iter().filter_map(|row| order.get(before + row)).map(|&place| place as u64);
        NotFinite {
            figure: figure.to_owned(),
            step,
            epoch,
            volumes: places.take(NotFinite::NAMED).collect(),
            affected: rows.len() as u64,
            of,
            // The step in flight is read before it is applied, those that were queued are not.
            applied: step <= self.state.step,
        }
    }

    /// Tells the steps that were read and adds them to the epoch's figures; `newest` are the times of the
    /// last of them, where they were not known before. Before what is not finite the run stands still, or ends.
    fn tell_read(&mut self, reading: Reading, newest: Option<StepTimes>) -> Result<(), Error> {
        let last = reading.steps.len().saturating_sub(1);
        for (place, (mut stepped, figures)) in reading.steps.into_iter().enumerate() {
            if let (true, Some(times)) = (place == last, newest) {
                stepped.times = times;
            }
            self.state.seen.volumes += figures.volumes;
            self.state.seen.loss_sum += figures.loss_sum;
            self.state.seen.correct += figures.correct;
            self.state.seen.step_us += stepped.times.total_us();
            self.breakpoints.stepped(&stepped);
            self.tell(TrainEvent::Stepped(stepped))?;
        }
        self.bad = reading.bad.or(self.bad.take());
        self.stand_before_bad()
    }

    /// Nothing, where somebody is there to decide what becomes of a figure that is not finite: between two steps the
    /// run pauses before it. Else that is its end.
    fn stand_before_bad(&mut self) -> Result<(), Error> {
        match &self.bad {
            Some(bad) if self.wires.trouble == Trouble::Fails => Err(Error::NotFinite(bad.clone())),
            _ => Ok(()),
        }
    }

    /// The rate of the step after so many.
    pub(super) fn rate(&self, step: u64) -> f64 {
        let training = &self.job.experiment.training;
        let steps_per_epoch = self.job.steps_per_epoch();
        let progress = Progress { step, steps: steps_per_epoch * training.epochs as u64, steps_per_epoch };
        let peak = self.state.learning_rate.unwrap_or_else(|| peak_rate(&training.optimizer));
        learning_rate(&training.schedule, peak, progress)
    }

    /// The volumes of the batches `first..first + count` of an epoch.
    fn step_volumes(&self, first: u64, count: u64) -> usize {
        let (all, batch) = (self.job.dataset.train.len(), self.job.experiment.data.batch);
        let place = |index: u64| usize::try_from(index).map_or(all, |index| (index * batch).min(all));
        place(first + count) - place(first)
    }
}

/// The rows of scores whose own loss is not finite.
fn bad_rows(logits: &[f32], labels: &[usize], answers: Answers, smoothing: f64) -> Vec<usize> {
    let rows = logits.chunks_exact(answers.classes).zip(labels).enumerate();
    let bad = rows.filter(|(_, (row, label))| !figures(row, &[**label], answers, smoothing).loss().is_finite());
    bad.map(|(place, _)| place).collect()
}
