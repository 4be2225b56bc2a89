//! A split through the model, without gradients.

use std::time::Instant;

use burn::prelude::*;
use rayon::prelude::*;

use super::figures::{Answers, figures, probabilities, together};
use super::pass::{SHARD, volumes};
use super::{Error, Job, millis};
use crate::data::View;
use crate::event::{SplitName, Weights};
use crate::metrics::{self, Report};
use crate::model::Vivit;

/// What a split gave.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    pub report: Report,
    /// `[volumes, classes]`, in the split's order.
    pub probabilities: Vec<f32>,
    /// `[volumes]`, or of several labels a volume `[volumes, classes]`.
    pub labels: Vec<u8>,
    pub evaluation_ms: u64,
}

/// What an evaluation was made for.
pub(super) struct Occasion {
    pub split: SplitName,
    pub weights: Weights,
    /// Whether the weights are a running average.
    pub averaged: bool,
    /// Whether this is the best validation so far, or a test with its weights.
    pub best: bool,
    /// The name of its predictions, without the ending.
    pub file: String,
}

/// Evaluates a split with the model's weights as they are, in every view that the experiment asks for: a volume's
/// probabilities are the mean of its views'.
///
/// Each volume's scores come from a product of the same shape whatever the number of threads, so
/// the same weights give the same bits.
///
/// # Errors
///
/// When the device fails or the scores are not finite.
pub fn evaluate(model: &Vivit, job: &Job, split: SplitName) -> Result<Evaluation, Error> {
    let started = Instant::now();
    let dataset = &job.dataset;
    let part = dataset.split(split);
    let answers = Answers { classes: dataset.classes.len(), task: dataset.task };
    let device = job.compute.device.clone().inner();
    let size = if job.compute.shards() { SHARD } else { job.experiment.data.batch };
    let places: Vec<usize> = (0..part.len()).collect();
    let mut views = Vec::new();
    for view in View::all(&job.experiment, dataset.shape) {
        let forward = |places: &[usize]| -> Tensor<2> {
            let batch = view.batch(part, places, dataset.shape);
            model.forward(volumes(&batch, 0, batch.len(), dataset.shape, &device), None)
        };
        let logits: Vec<Tensor<2>> = if job.compute.shards() {
            places.par_chunks(size).map(forward).collect()
        } else {
            places.chunks(size).map(forward).collect()
        };
        // One read for the whole split: on a GPU this is where the host waits.
        let logits = Tensor::cat(logits, 0).into_data();
        let logits: Vec<f32> = logits.try_to_vec().map_err(|e| Error::Device(format!("{e:?}")))?;
        if logits.iter().any(|score| !score.is_finite()) {
            return Err(Error::Diverged { split: split.word() });
        }
        views.push(logits);
    }
    let logits = together(&views, answers);
    let labels: Vec<usize> = places.iter().map(|&place| part.label(place)).collect();
    let loss = figures(&logits, &labels, answers, 0.0).loss();
    let probabilities = probabilities(&logits, answers);
    let report = metrics::report(&probabilities, part.labels(), &dataset.classes, loss)?.of_task(dataset.task);
    Ok(Evaluation { report, probabilities, labels: part.labels().to_vec(), evaluation_ms: millis(started) })
}
