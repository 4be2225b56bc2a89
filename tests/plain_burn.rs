//! The fast path against plain Burn: the same weights, the same batches, Burn's own modules and optimizer.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::many_single_char_names,
    missing_docs,
    reason = "a test fails by panicking, and its numbers are small"
)]

use burn::module::{Module, Param};
use burn::nn::{LayerNorm, LayerNormConfig, Linear, LinearConfig};
use burn::optim::{AdamWConfig, GradientsParams};
use burn::prelude::*;
use burn::tensor::activation::{gelu_approximate, log_softmax, softmax};
use burn::tensor::s;
use vivit_tui::config::{self, Model};
use vivit_tui::data::{Batch, Task, VolumeShape};
use vivit_tui::model::Vivit;
use vivit_tui::model::chance::Rates;
use vivit_tui::model::geometry::Geometry;
use vivit_tui::train::Compute;
use vivit_tui::train::optimizer::Optimizer;
use vivit_tui::train::pass::{Recipe, forward_backward};

const CLASSES: usize = 11;
const VOLUMES: usize = 11;
const STEPS: u64 = 20;
/// Large enough that 20 steps go somewhere.
const RATE: f64 = 1e-3;

/// The baseline as Burn's book would write it; the fields have the names of ours, so that the weights fit.
#[derive(Module, Debug)]
struct Plain {
    embedding: Embedding,
    positions: Param<Tensor<2>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

#[derive(Module, Debug)]
struct Embedding {
    projection: Linear,
}

#[derive(Module, Debug)]
struct Block {
    attention_norm: LayerNorm,
    attention: Attention,
    mlp_norm: LayerNorm,
    expand: Linear,
    contract: Linear,
}

#[derive(Module, Debug)]
struct Attention {
    qkv: Linear,
    output: Linear,
}

impl Plain {
    fn new(model: &Model, tokens: usize, tubelet: usize, device: &Device) -> Self {
        let norm = || LayerNormConfig::new(model.dim).with_epsilon(model.norm_epsilon).init(device);
        let linear = |inputs, outputs| LinearConfig::new(inputs, outputs).init(device);
        let block = |_| Block {
            attention_norm: norm(),
            attention: Attention { qkv: linear(model.dim, 3 * model.dim), output: linear(model.dim, model.dim) },
            mlp_norm: norm(),
            expand: linear(model.dim, model.mlp),
            contract: linear(model.mlp, model.dim),
        };
        Self {
            embedding: Embedding { projection: linear(tubelet, model.dim) },
            positions: Param::from_tensor(Tensor::zeros([tokens, model.dim], device)),
            blocks: (0..model.layers).map(block).collect(),
            norm: norm(),
            head: linear(model.dim, CLASSES),
        }
    }

    /// Tubelets of 8³ out of volumes of 28³, as `[batch, 28, 28, 28]`.
    fn forward(&self, volumes: Tensor<4>, heads: usize) -> Tensor<2> {
        let [batch, ..] = volumes.dims();
        let [tokens, dim] = self.positions.dims();
        let x = volumes.slice([0..batch, 0..24, 0..24, 0..24]).reshape([batch * 3, 8, 3, 8, 3, 8]);
        let x = x.permute([0, 2, 4, 1, 3, 5]).reshape([batch, tokens, 512]);
        let mut x = self.embedding.projection.forward(x) + self.positions.val().unsqueeze();
        for block in &self.blocks {
            let qkv = block.attention.qkv.forward(block.attention_norm.forward(x.clone()));
            let parts = qkv.reshape([batch, tokens, 3, heads, dim / heads]).permute([2, 0, 3, 1, 4]);
            let [q, k, v] = [0, 1, 2].map(|part| parts.clone().slice(s![part..part + 1]).squeeze_dim::<4>(0));
            let scores = q.matmul(k.transpose()) / ((dim / heads) as f64).sqrt();
            let y = softmax(scores, 3).matmul(v).swap_dims(1, 2).reshape([batch, tokens, dim]);
            x = x + block.attention.output.forward(y);
            let y = gelu_approximate(block.expand.forward(block.mlp_norm.forward(x.clone())));
            x = x + gelu_approximate(block.contract.forward(y));
        }
        self.head.forward(self.norm.forward(x).mean_dim(1).squeeze_dim(1))
    }
}

/// A different batch for every step.
fn batch(step: u64, shape: VolumeShape) -> Batch {
    let voxel = |at: usize| (at.wrapping_mul(2_654_435_761) ^ (step as usize * 7919)) % 251;
    let voxels = (0..VOLUMES * shape.voxels()).map(|at| voxel(at) as f32 / 250.0).collect();
    Batch {
        epoch: 1,
        index: step,
        voxels,
        labels: (0..VOLUMES).map(|at| (at * 3 + step as usize) % CLASSES).collect(),
        mixed: None,
    }
}

fn mean_loss(logits: Tensor<2>, labels: &[usize]) -> f64 {
    let rows: Vec<f32> = log_softmax(logits, 1).into_data().try_to_vec().unwrap();
    labels.iter().zip(rows.chunks(CLASSES)).map(|(&label, row)| -f64::from(row[label])).sum::<f64>() / VOLUMES as f64
}

#[test]
fn twenty_steps_lose_what_they_lose_with_plain_burn() {
    let model = Model { attention_dropout: 0.0, ..Model::default() };
    let shape = VolumeShape { depth: 28, height: 28, width: 28, channels: 1 };
    let geometry = Geometry::new(&model, shape).unwrap();
    let compute = Compute { device: Device::flex(), name: "cpu".into() };
    let mut ours = Vivit::new(&model, &geometry, CLASSES, 1, &compute.device);
    let device = compute.device.clone().autodiff();
    let plain = Plain::new(&model, geometry.tokens(), geometry.tubelet_values(), &device);
    let mut plain = plain.try_load_record(ours.clone().into_record()).unwrap();
    let (beta_1, beta_2, epsilon, weight_decay) = (0.9, 0.999, 1e-7, 1e-2);
    let adamw = config::Optimizer::AdamW { learning_rate: RATE, beta_1, beta_2, epsilon, weight_decay };
    let mut our_optimizer = Optimizer::new(&adamw, &ours);
    let mut plain_optimizer = AdamWConfig::new()
        .with_beta_1(beta_1 as f32)
        .with_beta_2(beta_2 as f32)
        .with_epsilon(epsilon as f32)
        .with_weight_decay(weight_decay as f32)
        .init();
    let recipe = Recipe {
        compute: &compute,
        shape,
        classes: CLASSES,
        task: Task::of(CLASSES),
        rates: Rates::NONE,
        label_smoothing: 0.0,
        class_weights: None,
        seed: 1,
    };
    let (mut first, mut last) = (f64::NAN, f64::NAN);
    for step in 1..=STEPS {
        let batch = batch(step, shape);
        let pass = forward_backward(&ours, &recipe, &batch, step, VOLUMES);
        let our_loss = mean_loss(pass.logits, &batch.labels);
        our_optimizer.step(RATE, step, &mut ours, pass.gradients);

        let volumes = Tensor::<1>::from_floats(batch.voxels.as_slice(), &device).reshape([VOLUMES, 28, 28, 28]);
        let logits = plain.forward(volumes, model.heads);
        let plain_loss = mean_loss(logits.clone(), &batch.labels);
        let chosen: Vec<f32> = (0..VOLUMES * CLASSES)
            .map(|at| if batch.labels[at / CLASSES] == at % CLASSES { -1.0 / VOLUMES as f32 } else { 0.0 })
            .collect();
        let chosen = Tensor::<1>::from_floats(chosen.as_slice(), &device).reshape([VOLUMES, CLASSES]);
        let gradients = (log_softmax(logits, 1) * chosen).sum().backward();
        plain = plain_optimizer.step(RATE, plain.clone(), GradientsParams::from_grads(gradients, &plain));

        let off = (our_loss - plain_loss).abs() / plain_loss;
        assert!(off < 1e-4, "step {step}: {our_loss} against {plain_loss}");
        if step == 1 {
            first = plain_loss;
        }
        last = plain_loss;
    }
    assert!((first - last).abs() > 0.05, "the weights have moved: {first} to {last}");
}
