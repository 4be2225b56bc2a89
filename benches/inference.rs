//! What compares with other libraries, as lines of JSON: an evaluation batch, one volume, and a training step
//! against the number of tokens. `benches/peers/compare.py` runs it in turn with the others.
//!
//! `cargo bench --bench inference -- infer threads=2`, or `scale`.
#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::cast_precision_loss, missing_docs, reason = "a script")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use burn::tensor::{Device, Tensor};
use rayon::prelude::*;
use vivit_tui::config::{Embedding, Model};
use vivit_tui::data::{Batch, Task, VolumeShape};
use vivit_tui::kernels::attention::Shape;
use vivit_tui::kernels::residual::{Linear, Norm, residual_attention};
use vivit_tui::model::Vivit;
use vivit_tui::model::chance::Rates;
use vivit_tui::model::geometry::Geometry;
use vivit_tui::train::Compute;
use vivit_tui::train::optimizer::Optimizer;
use vivit_tui::train::pass::{self, Recipe, SHARD, forward_backward};

const CLASSES: usize = 11;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let threads = arguments.iter().find_map(|argument| argument.strip_prefix("threads=")?.parse().ok()).unwrap_or(2);
    rayon::ThreadPoolBuilder::new().num_threads(threads).build_global().unwrap();
    let all = !arguments.iter().any(|argument| argument == "infer" || argument == "scale");
    if all || arguments.iter().any(|argument| argument == "infer") {
        infer(threads);
    }
    if all || arguments.iter().any(|argument| argument == "scale") {
        scale(threads);
        attend();
    }
}

fn cube(side: usize) -> VolumeShape {
    VolumeShape { depth: side, height: side, width: side, channels: 1 }
}

/// Voxels that are no two alike.
fn batch(volumes: usize, shape: VolumeShape) -> Batch {
    let voxels = (0..volumes * shape.voxels()).map(|at| (at.wrapping_mul(2_654_435_761) % 256) as f32 / 255.0);
    Batch {
        epoch: 1,
        index: 0,
        voxels: voxels.collect(),
        labels: (0..volumes).map(|at| at % CLASSES).collect(),
        mixed: None,
    }
}

fn compute() -> Compute {
    Compute { device: Device::flex(), name: "cpu".into() }
}

fn infer(threads: usize) {
    let (shape, model, compute) = (cube(28), Model::default(), compute());
    let vivit = Vivit::new(&model, &Geometry::new(&model, shape).unwrap(), CLASSES, 1, &compute.device);
    let time = |volumes: usize| {
        let batch = batch(volumes, shape);
        let starts: Vec<usize> = (0..volumes).step_by(SHARD).collect();
        median_ms(|| {
            let scores = starts.par_iter().map(|&start| {
                let part = pass::volumes(&batch, start, SHARD.min(volumes - start), shape, &compute.device);
                vivit.forward(part, None).into_data()
            });
            drop(black_box(scores.collect::<Vec<_>>()));
        })
    };
    let (batch_ms, one_ms) = (time(32), time(1));
    println!(
        r#"{{"peer":"vivit-tui","what":"infer","threads":{threads},"batch_ms":{batch_ms:.3},"one_ms":{one_ms:.3}}}"#
    );
}

/// A training step of four volumes whose tubelets of 8³ make more and more tokens.
fn scale(threads: usize) {
    for side in [16, 32, 48, 64] {
        let shape = cube(side);
        let model = Model { embedding: Embedding::tubelets((8, 8, 8)), ..Model::default() };
        let geometry = Geometry::new(&model, shape).unwrap();
        let compute = compute();
        let mut vivit = Vivit::new(&model, &geometry, CLASSES, 1, &compute.device);
        let adamw = vivit_tui::config::Training::default().optimizer;
        let mut optimizer = Optimizer::new(&adamw, &vivit);
        let recipe = Recipe {
            compute: &compute,
            shape,
            classes: CLASSES,
            task: Task::of(CLASSES),
            rates: Rates { attention_dropout: model.attention_dropout, stochastic_depth: 0.0 },
            label_smoothing: 0.0,
            class_weights: None,
            seed: 1,
        };
        let (batch, mut step) = (batch(4, shape), 0);
        let step_ms = median_ms(|| {
            let pass = forward_backward(&vivit, &recipe, &batch, step, 4);
            step += 1;
            optimizer.step(1e-4, step, &mut vivit, pass.gradients);
        });
        let (tokens, memory) = (geometry.tokens(), anonymous_mb());
        println!(
            r#"{{"peer":"vivit-tui","what":"scale","threads":{threads},"tokens":{tokens},"step_ms":{step_ms:.3},"anonymous_mb":{memory}}}"#
        );
    }
}

/// The attention half of a block over one volume, there and back: what its memory grows with.
fn attend() {
    let device = Device::flex().autodiff();
    let ones = |sizes: [usize; 2]| Tensor::<2>::ones(sizes, &device) / (sizes[0] as f64);
    let vector = |len: usize| Tensor::<1>::ones([len], &device);
    for tokens in [512, 1024, 2048, 4096] {
        let shape = Shape::everywhere(tokens, 8, 16);
        let dim = shape.dim();
        let values: Vec<f32> = (0..tokens * dim).map(|at| (at % 97) as f32 / 97.0 - 0.5).collect();
        let x = Tensor::<1>::from_floats(values.as_slice(), &device).reshape([tokens, dim]);
        let norm = Norm { scale: vector(dim), shift: vector(dim), epsilon: 1e-6 };
        let qkv = Linear { weight: ones([dim, 3 * dim]), bias: vector(3 * dim) };
        let output = Linear { weight: ones([dim, dim]), bias: vector(dim) };
        let before = anonymous_mb();
        let millis = median_ms(|| {
            let x = x.clone().detach().require_grad();
            let y = residual_attention(x, norm.clone(), qkv.clone(), output.clone(), shape, None, None);
            drop(black_box(y.sum().backward()));
        });
        let grown = anonymous_mb().saturating_sub(before);
        println!(
            r#"{{"peer":"vivit-tui","what":"attention","tokens":{tokens},"there_and_back_ms":{millis:.3},"anonymous_mb_more":{grown}}}"#
        );
    }
}

fn median_ms(mut run: impl FnMut()) -> f64 {
    (0..3).for_each(|_| run());
    let (mut times, end) = (Vec::new(), Instant::now() + Duration::from_secs(2));
    while Instant::now() < end || times.len() < 3 {
        let started = Instant::now();
        run();
        times.push(started.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Memory of the process that is backed by no file.
fn anonymous_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap_or_default();
    line.split_whitespace().next().and_then(|kb| kb.parse::<u64>().ok()).unwrap_or(0) / 1024
}
