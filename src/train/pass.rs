//! Forward and backward over one batch: cut into shards whose gradients are added in their order.
//!
//! On the CPU a shard is a fixed number of volumes, whatever the number of threads, so that the
//! sum, and with it every weight, does not depend on how many cores there are. On a GPU the batch
//! stays whole. This sum is the seam where later the ranks of a distributed job would stand.

use std::time::Instant;

use burn::module::{Module, ModuleMapper, Param};
use burn::prelude::*;
use burn::tensor::activation::{log_sigmoid, log_softmax};
use rayon::prelude::*;

use super::Compute;
use super::figures::Answers;
use super::gradients::Gradients;
use super::targets::targets;
use crate::data::{Batch, VolumeShape};
use crate::kernels::Sharing;
use crate::metrics::Task;
use crate::model::Vivit;
use crate::model::chance::{Chance, Rates};

/// Volumes of a shard on the CPU: small enough to fill many cores from a batch of 32, and large
/// enough that a shard's products still run at full speed (measured: docs/performance.md).
pub const SHARD: usize = 8;

/// What stays the same over all passes of a run.
pub struct Recipe<'a> {
    pub compute: &'a Compute,
    pub shape: VolumeShape,
    pub classes: usize,
    pub task: Task,
    pub rates: Rates,
    pub label_smoothing: f64,
    /// What each target counts in the loss; nothing where all count the same.
    pub class_weights: Option<Vec<f32>>,
    pub seed: u64,
}

impl Recipe<'_> {
    /// What the scores answer.
    #[must_use]
    pub fn answers(&self) -> Answers {
        Answers { classes: self.classes, task: self.task }
    }
}

/// What one pass over a batch gave.
pub struct Pass {
    /// The sum over the batch's volumes, divided by the volumes of the whole optimizer step.
    pub gradients: Gradients,
    /// Class scores, `[volumes, classes]`, in the batch's order, left on the device.
    pub logits: Tensor<2>,
    pub forward_us: u64,
    pub backward_us: u64,
}

/// Runs `batch` through `model` and back.
///
/// `pass` counts the micro-batches of the run; `step_volumes` is the number of volumes that the
/// optimizer step takes together, of which this batch may be a part.
#[must_use]
pub fn forward_backward(model: &Vivit, recipe: &Recipe, batch: &Batch, pass: u64, step_volumes: usize) -> Pass {
    let size = if recipe.compute.shards() { SHARD } else { batch.len() };
    let starts: Vec<usize> = (0..batch.len()).step_by(size.max(1)).collect();
    let work = |&start: &usize| -> ShardPass {
        let shard = Shard { batch, start, len: size.min(batch.len() - start), pass, step_volumes };
        shard.forward_backward(&own_leaves(model), recipe)
    };
    let started = Instant::now();
    let sharing = Sharing::begin();
    let shards: Vec<ShardPass> =
        if starts.len() > 1 { starts.par_iter().map(work).collect() } else { starts.iter().map(work).collect() };
    drop(sharing);
    let wall_us = micros(started);
    // Shards run side by side: the wall time is split as their own times are.
    let forward: u64 = shards.iter().map(|s| s.forward_us).sum();
    let backward: u64 = shards.iter().map(|s| s.backward_us).sum();
    let forward_us = wall_us * forward / (forward + backward).max(1);
    let (gradients, logits): (Vec<_>, Vec<_>) = shards.into_iter().map(|s| (s.gradients, s.logits)).unzip();
    let summing = Instant::now();
    let gradients = Gradients::sum(gradients);
    let backward_us = wall_us - forward_us + micros(summing);
    Pass { gradients, logits: Tensor::cat(logits, 0), forward_us, backward_us }
}

/// Microseconds since `started`: the step timer, one of the two places that read a clock.
pub fn micros(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}

struct Shard<'a> {
    batch: &'a Batch,
    start: usize,
    len: usize,
    pass: u64,
    step_volumes: usize,
}

struct ShardPass {
    gradients: Gradients,
    logits: Tensor<2>,
    forward_us: u64,
    backward_us: u64,
}

impl Shard<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a step has far fewer than 2^52 volumes")]
    fn forward_backward(&self, model: &Vivit, recipe: &Recipe) -> ShardPass {
        let started = Instant::now();
        let device = recipe.compute.device.clone().autodiff();
        let volumes = volumes(self.batch, self.start, self.len, recipe.shape, &device);
        let targets = targets(self.batch, self.start, self.len, recipe);
        let shape = [self.len, recipe.answers().targets()];
        let targets = Tensor::from_data(TensorData::new(targets, shape), &device); // [len, targets]
        let chance = Chance::new(recipe.rates, recipe.seed, self.pass, self.start);
        let logits = model.forward(volumes, chance.as_ref()); // [len, classes]
        let loss = -(log_chances(logits.clone(), recipe.task) * targets).sum() / self.step_volumes as f64; // [1]
        let forward_us = micros(started);
        let started = Instant::now();
        let gradients = Gradients::of(model, loss.backward());
        ShardPass { gradients, logits: logits.inner(), forward_us, backward_us: micros(started) }
    }
}

/// The logarithm of the chance that scores `[len, classes]` give each answer, as the targets stand: to each class, or
/// where a volume may have several to each that it does not have, then to each that it has.
#[must_use]
pub fn log_chances(logits: Tensor<2>, task: Task) -> Tensor<2> {
    match task {
        Task::MultiLabel => Tensor::cat(vec![log_sigmoid(-logits.clone()), log_sigmoid(logits)], 1), // [len, 2·classes]
        Task::MultiClass | Task::Binary | Task::Ordinal => log_softmax(logits, 1),                   // [len, classes]
    }
}

/// The volumes `start..start + len` of a batch as a tensor.
#[must_use]
pub fn volumes(batch: &Batch, start: usize, len: usize, shape: VolumeShape, device: &Device) -> Tensor<5> {
    let voxels = shape.voxels();
    let part = batch.voxels.get(start * voxels..(start + len) * voxels).unwrap_or_default().to_vec();
    let shape = [len, shape.depth, shape.height, shape.width, shape.channels];
    Tensor::from_data(TensorData::new(part, shape), device)
}

/// The same weights, tracked, under graph nodes of their own: burn-autodiff puts graphs that share a
/// node under one lock, and shards would wait for each other.
fn own_leaves(model: &Vivit) -> Vivit {
    struct OwnLeaves;
    impl ModuleMapper for OwnLeaves {
        fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
            Param::initialized(param.id, param.val().inner().autodiff().require_grad())
        }
    }
    model.clone().map(&mut OwnLeaves)
}
