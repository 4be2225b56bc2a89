//! Once through all that a run does on its device, with weights that are thrown away.

use burn::prelude::*;

use super::average::Average;
use super::optimizer::Optimizer;
use super::pass::{forward_backward, volumes};
use super::{Error, Job};
use crate::data::{Batch, Split};

/// Steps and evaluates in every shape that the run will have, so that a GPU's kernels are chosen and compiled
/// before its first step.
///
/// # Errors
///
/// When the device fails.
pub fn rehearse(job: &Job) -> Result<(), Error> {
    let mut model = job.model()?;
    let average = job.experiment.training.ema.as_ref().map(|ema| Average::begin(&model, ema));
    let mut optimizer = Optimizer::new(&job.experiment.training.optimizer, &model).with_average(average);
    let recipe = job.recipe();
    for batch in batches(&job.dataset.train, job.experiment.data.batch) {
        let pass = forward_backward(&model, &recipe, &batch, 0, batch.len());
        let norm = pass.gradients.norm();
        let gradients = pass.gradients.clip(&norm, job.experiment.training.clip_norm);
        optimizer.step(0.0, 1, &mut model, gradients);
        wait_for(norm)?;
        wait_for(pass.logits)?;
    }
    let device = job.compute.device.clone().inner();
    for batch in batches(&job.dataset.validation, job.experiment.data.batch) {
        let logits = model.forward(volumes(&batch, 0, batch.len(), job.dataset.shape, &device), None);
        wait_for(logits)?;
    }
    Ok(())
}

/// Reading a tensor waits for all that was queued before it.
fn wait_for<const D: usize>(tensor: Tensor<D>) -> Result<(), Error> {
    tensor.into_data().try_to_vec::<f32>().map(drop).map_err(|e| Error::Device(format!("{e:?}")))
}

/// A whole batch, and the last, which may be smaller.
fn batches(split: &Split, size: usize) -> Vec<Batch> {
    let mut sizes = vec![size.min(split.len()), split.len() % size.max(1)];
    sizes.retain(|size| *size > 0);
    sizes.dedup();
    sizes.into_iter().map(|size| Batch::gather(split, &(0..size).collect::<Vec<_>>(), 0, 0)).collect()
}
