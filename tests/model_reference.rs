//! The model held to an independent one: Keras 3 on JAX, whose weights, scores, gradients and `AdamW` steps
//! `tests/reference/vivit_keras.py` wrote down.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss, clippy::cast_possible_truncation)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Device, Tensor, TensorData};
use vivit_tui::config::{self, Attention, Embedding, Model, Pooling};
use vivit_tui::data::{Batch, Task, VolumeShape, intensity};
use vivit_tui::model::Vivit;
use vivit_tui::model::chance::Rates;
use vivit_tui::model::geometry::Geometry;
use vivit_tui::train::Compute;
use vivit_tui::train::optimizer::Optimizer;
use vivit_tui::train::pass::{Pass, Recipe, forward_backward, volumes};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name)
}

/// Arrays by name, flattened.
type Arrays = BTreeMap<String, Vec<f32>>;

fn arrays() -> (Arrays, Vec<u8>, Vec<u8>) {
    let mut zip = zip::ZipArchive::new(File::open(fixture("vivit_small.npz")).unwrap()).unwrap();
    let (mut floats, mut bytes) = (Arrays::new(), BTreeMap::new());
    for index in 0..zip.len() {
        let mut member = zip.by_index(index).unwrap();
        let name = member.name().unwrap().trim_end_matches(".npy").to_owned();
        let mut content = Vec::new();
        member.read_to_end(&mut content).unwrap();
        let array = npyz::NpyFile::new(&content[..]).unwrap();
        if name == "volumes" || name == "labels" {
            bytes.insert(name, array.into_vec::<u8>().unwrap());
        } else {
            floats.insert(name, array.into_vec::<f32>().unwrap());
        }
    }
    (floats, bytes.remove("volumes").unwrap(), bytes.remove("labels").unwrap())
}

/// Where the reference keeps what stands at a path of our model; ours packs queries, keys and values.
fn names(path: &str) -> Vec<String> {
    let path = match path.strip_prefix("blocks.") {
        None => {
            path.replace("embedding.projection.weight", "embedding.kernel").replace("embedding.projection", "embedding")
        }
        Some(rest) => {
            let (block, rest) = rest.split_once('.').unwrap();
            if let Some(which) = rest.strip_prefix("attention.qkv.") {
                let which = which.replace("weight", "kernel");
                return ["query", "key", "value"].map(|p| format!("block{block}.attention.{p}.{which}")).to_vec();
            }
            let rest = rest.replace("attention_norm", "norm1").replace("mlp_norm", "norm2");
            let rest = rest.replace("expand", "mlp.dense1").replace("contract", "mlp.dense2");
            format!("block{block}.{rest}")
        }
    };
    vec![path.replace("weight", "kernel")]
}

/// What the reference has for a path, in our layout: parts side by side along the last axis.
fn expected(arrays: &Arrays, prefix: &str, path: &str, rows: usize) -> Vec<f32> {
    let parts: Vec<&Vec<f32>> = names(path)
        .iter()
        .map(|n| arrays.get(&format!("{prefix}{n}")).unwrap_or_else(|| panic!("{prefix}{n}")))
        .collect();
    if parts.len() == 1 {
        return parts[0].clone();
    }
    let width = parts[0].len() / rows;
    (0..rows).flat_map(|row| parts.iter().flat_map(move |p| p[row * width..(row + 1) * width].to_vec())).collect()
}

fn rows<const D: usize>(dims: [usize; D]) -> usize {
    if D == 2 { dims[0] } else { 1 }
}

/// Puts the values of a function of the path into every parameter.
struct Fill<F> {
    path: Vec<String>,
    values: F,
}

impl<F: FnMut(&str, usize) -> Vec<f32>> ModuleMapper for Fill<F> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let values = (self.values)(&self.path.join("."), rows(param.val().dims()));
        param.map(|tensor| {
            let (dims, device) = (tensor.dims(), tensor.device());
            Tensor::from_data(TensorData::new(values, dims), &device)
        })
    }
}

/// Compares every parameter, or its gradient, with the reference.
struct Compare<'a> {
    path: Vec<String>,
    arrays: &'a Arrays,
    prefix: &'a str,
    pass: Option<&'a Pass>,
    tolerance: f32,
    worst: f32,
    seen: usize,
}

impl ModuleVisitor for Compare<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        let ours = match self.pass {
            Some(pass) => pass.gradients.each()[self.seen].clone().reshape(param.shape()),
            None => param.val(),
        };
        let expected = expected(self.arrays, self.prefix, &path, rows(ours.dims()));
        let ours: Vec<f32> = ours.into_data().try_to_vec().unwrap();
        assert_eq!(ours.len(), expected.len(), "{path}");
        // The keys' bias cannot change a softmax: its gradient is rounding noise, which Adam blows up.
        let keys = ours.len() / 3..2 * ours.len() / 3;
        for (at, (ours, expected)) in ours.iter().zip(&expected).enumerate() {
            let noise = path.ends_with("qkv.bias") && keys.contains(&at);
            let tolerance = if noise { 3e-3 } else { self.tolerance };
            let off = (ours - expected).abs();
            assert!(off <= tolerance, "{}{path}[{at}] is {ours}, not {expected}", self.prefix);
            if !noise {
                self.worst = self.worst.max(off);
            }
        }
        self.seen += 1;
    }
}

fn small() -> (Model, VolumeShape) {
    let model = Model {
        embedding: Embedding::tubelets((8, 8, 8)),
        attention: Attention::SpatioTemporal,
        dim: 16,
        heads: 4,
        layers: 2,
        mlp: 32,
        attention_dropout: 0.0,
        pooling: Pooling::Mean,
        ..Model::default()
    };
    (model, VolumeShape { depth: 20, height: 20, width: 20, channels: 1 })
}

fn compute() -> Compute {
    Compute { device: Device::flex(), name: "cpu".into() }
}

fn recipe(compute: &Compute) -> Recipe<'_> {
    let (_, shape) = small();
    let (task, rates) = (Task::MultiClass, Rates::NONE);
    Recipe { compute, shape, classes: 3, task, rates, label_smoothing: 0.0, class_weights: None, seed: 1 }
}

fn small_model(arrays: &Arrays) -> Vivit {
    let (model, shape) = small();
    let device = Device::flex().autodiff();
    let built = Vivit::new(&model, &Geometry::new(&model, shape).unwrap(), 3, 1, &device);
    built.map(&mut Fill { path: Vec::new(), values: |path: &str, rows| expected(arrays, "", path, rows) })
}

fn batch(voxels: &[u8], labels: &[u8]) -> Batch {
    Batch {
        epoch: 1,
        index: 0,
        voxels: voxels.iter().map(|&voxel| intensity(voxel)).collect(),
        labels: labels.iter().map(|&label| usize::from(label)).collect(),
        mixed: None,
    }
}

fn close(ours: &[f32], reference: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), reference.len());
    for (ours, reference) in ours.iter().zip(reference) {
        assert!((ours - reference).abs() < tolerance, "{ours} is not {reference}");
    }
}

#[test]
fn scores_and_gradients_are_those_of_keras() {
    let (arrays, voxels, labels) = arrays();
    let (model, batch, compute) = (small_model(&arrays), batch(&voxels, &labels), compute());
    let recipe = recipe(&compute);
    let pass = forward_backward(&model, &recipe, &batch, 0, 3);
    close(&pass.logits.to_data().try_to_vec::<f32>().unwrap(), &arrays["logits"], 1e-4);
    let mut compare = Compare {
        path: Vec::new(),
        arrays: &arrays,
        prefix: "grad.",
        pass: Some(&pass),
        tolerance: 1e-5,
        worst: 0.0,
        seen: 0,
    };
    model.visit(&mut compare);
    assert_eq!(compare.seen, 2 + 1 + 2 * 12 + 2 + 2);
    assert!(compare.worst > 0.0, "two independent sums would not agree to the last bit");
}

#[test]
fn three_adamw_steps_are_the_textbooks() {
    let (arrays, voxels, labels) = arrays();
    let (mut model, batch, compute) = (small_model(&arrays), batch(&voxels, &labels), compute());
    let adamw =
        config::Optimizer::AdamW { learning_rate: 1e-3, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 1e-2 };
    let mut optimizer = Optimizer::new(&adamw, &model);
    let recipe = recipe(&compute);
    for step in 1..=3 {
        let pass = forward_backward(&model, &recipe, &batch, 0, 3);
        optimizer.step(1e-3, step, &mut model, pass.gradients);
    }
    let mut compare = Compare {
        path: Vec::new(),
        arrays: &arrays,
        prefix: "adamw.after.",
        pass: None,
        tolerance: 1e-5,
        worst: 0.0,
        seen: 0,
    };
    model.visit(&mut compare);
}

/// The published size, its weights from an integer formula that both sides compute.
#[test]
fn the_baseline_gives_the_scores_of_keras() {
    let text = fs::read_to_string(fixture("vivit_baseline_logits.json")).unwrap();
    let reference: serde_json::Value = serde_json::from_str(&text).unwrap();
    let mut arrays = Arrays::new();
    for (c, tensor) in reference["tensors"].as_array().unwrap().iter().enumerate() {
        let count: u64 = tensor["shape"].as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).product();
        let [scale, offset] = ["scale", "offset"].map(|key| tensor[key].as_f64().unwrap() as f32);
        let values = (0..count as u32).map(|i| offset + scale * unit(i, c as u32)).collect();
        arrays.insert(tensor["name"].as_str().unwrap().to_owned(), values);
    }
    let model = Model { attention_dropout: 0.0, ..Model::default() };
    let shape = VolumeShape { depth: 28, height: 28, width: 28, channels: 1 };
    let built = Vivit::new(&model, &Geometry::new(&model, shape).unwrap(), 11, 1, &Device::flex());
    assert_eq!(built.num_params() as u64, reference["parameters"].as_u64().unwrap());
    let built = built.map(&mut Fill { path: Vec::new(), values: |path: &str, rows| expected(&arrays, "", path, rows) });
    let voxels: Vec<u8> =
        (0..2 * 28 * 28 * 28u32).map(|i| ((mix(i, 1000) >> 24) >> (mix(i / 784, 1001) & 3)) as u8).collect();
    let volumes = volumes(&batch(&voxels, &[0, 0]), 0, 2, shape, &Device::flex());
    let ours: Vec<f32> = built.forward(volumes, None).into_data().try_to_vec().unwrap();
    let expected: Vec<f32> = reference["logits"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|row| row.as_array().unwrap().iter().map(|x| x.as_f64().unwrap() as f32).collect::<Vec<_>>())
        .collect();
    close(&ours, &expected, 1e-4);
}

fn mix(i: u32, c: u32) -> u32 {
    let mut x = i.wrapping_add(c.wrapping_mul(0x9E37_79B9));
    x ^= x >> 16;
    x = x.wrapping_mul(0x7FEB_352D);
    x ^= x >> 15;
    x = x.wrapping_mul(0x846C_A68B);
    x ^ (x >> 16)
}

fn unit(i: u32, c: u32) -> f32 {
    2.0 * ((mix(i, c) >> 8) as f32 / 16_777_216.0) - 1.0
}

/// The gradient of one parameter tensor along a direction of signs.
struct Along<'a> {
    path: Vec<String>,
    pass: &'a Pass,
    slopes: Vec<(String, f64)>,
}

impl ModuleVisitor for Along<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
        let gradient: Vec<f32> = self.pass.gradients.each()[self.slopes.len()].to_data().try_to_vec().unwrap();
        let slope = (0..).zip(&gradient).map(|(i, g)| f64::from(sign(i)) * f64::from(*g)).sum();
        self.slopes.push((self.path.join("."), slope));
    }
}

fn sign(i: u32) -> f32 {
    if mix(i, 77) & 1 == 0 { 1.0 } else { -1.0 }
}

/// The mean cross-entropy in double precision, with one tensor moved by `by` along its direction.
fn loss_with(arrays: &Arrays, moved: &str, by: f32, batch: &Batch) -> f64 {
    let model = small_model(arrays).valid().map(&mut Fill {
        path: Vec::new(),
        values: |path: &str, rows| {
            let values = expected(arrays, "", path, rows);
            let step = if path == moved { by } else { 0.0 };
            (0..).zip(values).map(|(i, value)| value + step * sign(i)).collect()
        },
    });
    let logits = model.forward(volumes(batch, 0, batch.len(), small().1, &Device::flex()), None);
    let logits: Vec<f32> = logits.into_data().try_to_vec().unwrap();
    let losses = logits
        .chunks(3)
        .zip(&batch.labels)
        .map(|(row, &label)| row.iter().map(|&x| f64::from(x).exp()).sum::<f64>().ln() - f64::from(row[label]));
    losses.sum::<f64>() / batch.len() as f64
}

#[test]
fn every_gradient_is_the_finite_difference_of_the_loss() {
    const STEP: f32 = 2e-3;
    let (arrays, voxels, labels) = arrays();
    let (model, batch, compute) = (small_model(&arrays), batch(&voxels, &labels), compute());
    let recipe = recipe(&compute);
    let pass = forward_backward(&model, &recipe, &batch, 0, 3);
    let mut along = Along { path: Vec::new(), pass: &pass, slopes: Vec::new() };
    model.visit(&mut along);
    assert_eq!(along.slopes.len(), 31);
    for (path, slope) in along.slopes {
        let [up, down] = [STEP, -STEP].map(|by| loss_with(&arrays, &path, by, &batch));
        let difference = (up - down) / f64::from(2.0 * STEP);
        // The scores are single-precision: their rounding over the step is about 1e-4, the curvature adds its share.
        let tolerance = 1e-3 + 2e-2 * slope.abs();
        assert!((difference - slope).abs() < tolerance, "{path}: slope {slope}, finite difference {difference}");
    }
}
