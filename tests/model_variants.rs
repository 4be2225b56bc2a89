//! The paper's four models, its tokenisations, class tokens and sinusoids held to an independent implementation:
//! `tests/reference/vivit_variants.py` wrote down scores and gradients. And each of them learns.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss, clippy::cast_possible_truncation)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use vivit_tui::config::{self, Attention, Embedding, MlpOutput, Model, Padding, Pooling, Positions, TubeletInit};
use vivit_tui::data::{Batch, Task, VolumeShape, intensity};
use vivit_tui::model::Vivit;
use vivit_tui::model::chance::Rates;
use vivit_tui::model::geometry::Geometry;
use vivit_tui::train::Compute;
use vivit_tui::train::optimizer::Optimizer;
use vivit_tui::train::pass::{Pass, Recipe, forward_backward, volumes};

const CLASSES: usize = 3;

/// What differs from one variant to the other.
fn model(variant: &str) -> Model {
    let tubelets = |size, stride, padding| Embedding::Tubelet { size, stride, padding, init: TubeletInit::Uniform };
    let plain = Model {
        embedding: tubelets((4, 5, 3), None, Padding::Crop),
        dim: 32,
        heads: 2,
        layers: 2,
        mlp: 48,
        attention_dropout: 0.0,
        ..Model::default()
    };
    let (sinusoidal, one_gelu, cls) = (Positions::Sinusoidal, MlpOutput::Linear, Pooling::Cls);
    let encoder = |temporal_layers| Attention::FactorisedEncoder { temporal_layers };
    let frames = |frames, padding| Embedding::UniformFrames { frames, patch: (4, 5), padding };
    match variant {
        "model 1, class token" => Model { pooling: cls, ..plain },
        "model 1, sinusoids, one GELU" => Model { positions: sinusoidal, mlp_output: one_gelu, ..plain },
        "model 1, class token and sinusoids" => Model { positions: sinusoidal, pooling: cls, ..plain },
        "model 2" => Model { attention: encoder(2), ..plain },
        "model 2, class tokens, sinusoids, one GELU" => {
            Model { attention: encoder(1), mlp_output: one_gelu, positions: sinusoidal, pooling: cls, ..plain }
        }
        "model 3" => Model { attention: Attention::FactorisedSelfAttention, ..plain },
        "model 4" => Model { attention: Attention::FactorisedDotProduct, ..plain },
        "overlapping and padded" => Model { embedding: tubelets((4, 5, 6), Some((2, 5, 4)), Padding::Pad), ..plain },
        "padded, model 3" => Model {
            embedding: tubelets((4, 4, 5), None, Padding::Pad),
            attention: Attention::FactorisedSelfAttention,
            ..plain
        },
        "uniform frames, model 2" => Model { embedding: frames(4, Padding::Pad), attention: encoder(1), ..plain },
        "uniform frames, cropped" => Model { embedding: frames(3, Padding::Crop), ..plain },
        other => panic!("no variant is called {other}"),
    }
}

fn reference() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/vivit_variants.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value.as_array() {
        Some(values) => values.iter().flat_map(numbers).collect(),
        None => vec![value.as_f64().unwrap()],
    }
}

fn mix(i: u32, c: u32) -> u32 {
    let mut x = i.wrapping_add(c.wrapping_mul(0x9E37_79B9));
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

/// The names of a module's parameters, in their order.
#[derive(Default)]
struct Names {
    path: Vec<String>,
    all: Vec<String>,
}

impl ModuleVisitor for Names {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
        self.all.push(self.path.join("."));
    }
}

fn names(model: &Vivit) -> Vec<String> {
    let mut names = Names::default();
    model.visit(&mut names);
    names.all
}

/// Puts what the reference has into every parameter.
struct Fill<'a> {
    path: Vec<String>,
    tensors: &'a BTreeMap<String, (u32, &'a Value)>,
}

impl ModuleMapper for Fill<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.join(".");
        let (c, tensor) = self.tensors.get(&path).unwrap_or_else(|| panic!("the reference has no {path}"));
        let [scale, offset] = ["scale", "offset"].map(|key| tensor[key].as_f64().unwrap() as f32);
        param.map(|value| {
            let (dims, device) = (value.dims(), value.device());
            assert_eq!(numbers(&tensor["shape"]), dims.map(|n| n as f64), "{path}");
            let unit = |i: u32| 2.0 * ((mix(i, *c) >> 8) as f32 / 16_777_216.0) - 1.0;
            let count = dims.iter().product::<usize>() as u32;
            let values: Vec<f32> = (0..count).map(|i| offset + scale * unit(i)).collect();
            Tensor::from_data(TensorData::new(values, dims), &device)
        })
    }
}

fn compute() -> Compute {
    Compute { device: Device::flex(), name: "cpu".into() }
}

fn recipe(compute: &Compute, shape: VolumeShape) -> Recipe<'_> {
    let (task, rates) = (Task::of(CLASSES), Rates::NONE);
    Recipe { compute, shape, classes: CLASSES, task, rates, label_smoothing: 0.0, class_weights: None, seed: 1 }
}

fn close(what: &str, ours: f64, reference: f64, tolerance: f64) {
    assert!((ours - reference).abs() < tolerance * (1.0 + reference.abs()), "{what}: {ours}, not {reference}");
}

fn gradients(what: &str, pass: &Pass, names: &[String], tensors: &BTreeMap<String, (u32, &Value)>) {
    for (name, gradient) in names.iter().zip(pass.gradients.each()) {
        let gradient: Vec<f32> = gradient.to_data().try_to_vec().unwrap();
        let sign = |i: u32| if mix(i, 77) & 1 == 0 { 1.0 } else { -1.0 };
        let slope: f64 = (0..).zip(&gradient).map(|(i, g)| sign(i) * f64::from(*g)).sum();
        let norm = gradient.iter().map(|g| f64::from(*g).powi(2)).sum::<f64>().sqrt();
        let (_, tensor) = tensors[name];
        close(&format!("{what}: the norm of {name}"), norm, tensor["norm"].as_f64().unwrap(), 2e-5);
        close(&format!("{what}: the slope of {name}"), slope, tensor["slope"].as_f64().unwrap(), 5e-5);
    }
}

#[test]
fn every_variant_has_the_scores_gradients_and_rollout_of_pytorch() {
    let (reference, compute) = (reference(), compute());
    let [batch, depth, height, width, channels] = serde_json::from_value(reference["volume"].clone()).unwrap();
    let shape = VolumeShape { depth, height, width, channels };
    let voxels: Vec<u8> = (0..(batch * shape.voxels()) as u32).map(|i| (mix(i, 1000) >> 24) as u8).collect();
    assert_eq!(voxels.iter().map(|&voxel| u64::from(voxel)).sum::<u64>(), reference["voxels_sum"].as_u64().unwrap());
    let batch = Batch {
        epoch: 1,
        index: 0,
        voxels: voxels.iter().map(|&voxel| intensity(voxel)).collect(),
        labels: vec![2, 0, 1],
        mixed: None,
    };
    let variants = reference["variants"].as_array().unwrap();
    assert_eq!(variants.len(), 11);
    for variant in variants {
        let name = variant["variant"].as_str().unwrap();
        let tensors: BTreeMap<String, (u32, &Value)> = (0..)
            .zip(variant["tensors"].as_array().unwrap())
            .map(|(c, tensor)| (tensor["name"].as_str().unwrap().to_owned(), (c, tensor)))
            .collect();
        let model = model(name);
        let geometry = Geometry::new(&model, shape).unwrap();
        let vivit = Vivit::new(&model, &geometry, CLASSES, 1, &Device::flex().autodiff());
        assert_eq!(vivit.num_params() as u64, variant["parameters"].as_u64().unwrap(), "{name}");
        let vivit = vivit.map(&mut Fill { path: Vec::new(), tensors: &tensors });
        let pass = forward_backward(&vivit, &recipe(&compute, shape), &batch, 0, 3);
        for (place, expected) in variant["rollout"].as_array().unwrap().iter().enumerate() {
            let volume = volumes(&batch, place, 1, shape, &Device::flex().autodiff());
            let (ours, expected) = (vivit.rollout(volume).unwrap(), numbers(expected));
            assert_eq!(ours.len(), expected.len(), "{name}");
            for (ours, reference) in ours.iter().zip(expected) {
                // Shares differ by a tenth of themselves and more.
                assert!((ours - reference).abs() < 2e-6 * reference, "{name}: a share of {ours}, not {reference}");
            }
        }
        let ours: Vec<f32> = pass.logits.to_data().try_to_vec().unwrap();
        for (ours, reference) in ours.iter().zip(numbers(&variant["logits"])) {
            close(&format!("{name}: a score"), f64::from(*ours), reference, 2e-5);
        }
        let names = names(&vivit);
        assert_eq!(names.len(), tensors.len(), "{name}");
        gradients(name, &pass, &names, &tensors);
    }
}

/// Under these names, in this order, the checkpoints of runs keep them that were trained before there were other models.
#[test]
fn the_baseline_keeps_its_parameters_in_their_order() {
    let model = Model { layers: 1, ..Model::default() };
    let shape = VolumeShape { depth: 28, height: 28, width: 28, channels: 1 };
    let vivit = Vivit::new(&model, &Geometry::new(&model, shape).unwrap(), CLASSES, 1, &Device::flex());
    let layer = |name: &str, parts: [&str; 2]| parts.map(|part| format!("{name}.{part}"));
    let (linear, norm) = (["weight", "bias"], ["gamma", "beta"]);
    let expected = [
        layer("embedding.projection", linear).to_vec(),
        vec!["positions".to_owned()],
        layer("blocks.0.attention_norm", norm).to_vec(),
        layer("blocks.0.attention.qkv", linear).to_vec(),
        layer("blocks.0.attention.output", linear).to_vec(),
        layer("blocks.0.mlp_norm", norm).to_vec(),
        layer("blocks.0.expand", linear).to_vec(),
        layer("blocks.0.contract", linear).to_vec(),
        layer("norm", norm).to_vec(),
        layer("head", linear).to_vec(),
    ];
    assert_eq!(names(&vivit), expected.concat());
}

/// Eight volumes that have nothing but noise to tell them by.
fn noise(shape: VolumeShape) -> Batch {
    let voxels = (0..(8 * shape.voxels()) as u32).map(|i| intensity((mix(i, 5) >> 24) as u8));
    Batch {
        epoch: 1,
        index: 0,
        voxels: voxels.collect(),
        labels: (0..8).map(|at| at * 7 % CLASSES).collect(),
        mixed: None,
    }
}

#[test]
fn every_variant_learns_a_batch_by_heart() {
    let (reference, compute) = (reference(), compute());
    let shape = VolumeShape { depth: 9, height: 10, width: 12, channels: 1 };
    let batch = noise(shape);
    let adamw =
        config::Optimizer::AdamW { learning_rate: 3e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 0.0 };
    for variant in reference["variants"].as_array().unwrap() {
        let name = variant["variant"].as_str().unwrap();
        let model = model(name);
        let mut vivit = Vivit::new(&model, &Geometry::new(&model, shape).unwrap(), CLASSES, 1, &compute.device);
        let mut optimizer = Optimizer::new(&adamw, &vivit);
        // Some samples skip some halves of blocks, and what is left still learns.
        let rates = Rates { attention_dropout: 0.05, stochastic_depth: 0.1 };
        let recipe = Recipe { rates, ..recipe(&compute, shape) };
        let mut right = 0;
        for step in 1..=400 {
            let pass = forward_backward(&vivit, &recipe, &batch, step, 8);
            optimizer.step(3e-3, step, &mut vivit, pass.gradients);
            let scores: Vec<f32> = pass.logits.to_data().try_to_vec().unwrap();
            let best = |row: &[f32]| (0..CLASSES).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap();
            let all = scores.chunks(CLASSES).zip(&batch.labels).all(|(row, label)| best(row) == *label);
            right = if all { right + 1 } else { 0 };
            if right == 10 {
                break;
            }
        }
        assert_eq!(right, 10, "{name} does not learn eight volumes by heart");
    }
}

#[test]
fn stochastic_depth_drops_whole_samples_and_nothing_in_the_first_block() {
    let (compute, shape) = (compute(), VolumeShape { depth: 9, height: 10, width: 12, channels: 1 });
    let batch = noise(shape);
    let scores = |model: &Model, depth: f64, pass: u64| -> Vec<Vec<f32>> {
        let vivit = Vivit::new(model, &Geometry::new(model, shape).unwrap(), CLASSES, 1, &compute.device);
        let rates = Rates { attention_dropout: 0.0, stochastic_depth: depth };
        let recipe = Recipe { rates, ..recipe(&compute, shape) };
        let logits = forward_backward(&vivit, &recipe, &batch, pass, 8).logits.to_data();
        logits.try_to_vec::<f32>().unwrap().chunks(CLASSES).map(<[f32]>::to_vec).collect()
    };
    let two = model("model 3");
    let without = scores(&two, 0.0, 1);
    let drawn: Vec<Vec<Vec<f32>>> = (1..=12).map(|pass| scores(&two, 0.5, pass)).collect();
    assert_eq!(drawn[0], scores(&two, 0.5, 1), "the same pass draws the same");
    assert!(drawn.iter().any(|pass| *pass != drawn[0]), "another pass draws otherwise");
    let differing = drawn.iter().flatten().zip(without.iter().cycle()).filter(|(drawn, without)| drawn != without);
    assert!(differing.count() > 60, "three skips of a half each leave one sample in eight as it was, scaled");
    let one = Model { layers: 1, ..two };
    assert_eq!(scores(&one, 0.5, 1), scores(&one, 0.0, 1), "an only block is the first, and drops nothing");
}
