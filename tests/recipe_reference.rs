//! The recipe's parts held to the packages that define them: scipy's affine maps and rotations, `PyTorch`'s losses with
//! their gradients and its running average, scikit-learn's class weights, scipy's beta distribution.
//! `tests/reference/recipe.py` wrote their numbers down.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss, clippy::cast_possible_truncation)]

use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Tensor, TensorData};
use serde_json::Value;
use vivit_tui::config::{ClassWeights, Ema};
use vivit_tui::data::{Affine, Batch, Mixed, Motion, Split, Task, Turn, VolumeShape, resample};
use vivit_tui::kernels::adamw::{Parameter, Update, adamw_averaged};
use vivit_tui::model::chance::Rates;
use vivit_tui::train::Compute;
use vivit_tui::train::average::decay;
use vivit_tui::train::figures::{figures, figures_of};
use vivit_tui::train::pass::Recipe;
use vivit_tui::train::targets::{class_weights, targets};

fn fixture() -> Value {
    serde_json::from_str(include_str!("fixtures/recipe.json")).unwrap()
}

fn numbers<T: std::str::FromStr<Err: std::fmt::Debug>>(value: &Value) -> Vec<T> {
    value.as_array().unwrap().iter().map(|x| x.to_string().parse().unwrap()).collect()
}

fn three(value: &Value) -> [f64; 3] {
    numbers(value).try_into().unwrap()
}

fn rows(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().unwrap().iter()
}

#[track_caller]
fn close(what: &str, ours: &[f32], expected: &[f32], tolerance: f32) {
    assert_eq!(ours.len(), expected.len(), "{what}");
    let worst = ours.iter().zip(expected).map(|(a, b)| (a - b).abs()).fold(0.0_f32, f32::max);
    assert!(worst <= tolerance, "{what}: off by {worst}");
}

fn volume(fixture: &Value) -> (Vec<u8>, VolumeShape) {
    let [depth, height, width] = numbers(&fixture["shape"]).try_into().unwrap();
    (numbers(&fixture["volume"]), VolumeShape { depth, height, width, channels: 1 })
}

/// Coordinates are whole multiples of 2⁻²⁶ voxels, and neighbours differ by at most 1.
const RESAMPLED: f32 = 2e-6;

#[test]
fn volumes_go_through_affine_maps_as_in_scipy() {
    let fixture = fixture();
    let (source, shape) = volume(&fixture);
    let mut lit = 0;
    for case in rows(&fixture["affines"]) {
        let matrix: Vec<[f64; 3]> = rows(&case["matrix"]).map(three).collect();
        let affine = Affine { matrix: matrix.try_into().unwrap(), offset: three(&case["offset"]) };
        let expected: Vec<f32> = numbers(&case["result"]);
        let mut ours = vec![9.0; source.len()];
        resample(&source, shape, &affine, &mut ours);
        close(&format!("{affine:?}"), &ours, &expected, RESAMPLED);
        lit += expected.iter().filter(|voxel| **voxel > 0.0).count();
    }
    assert!(lit > 300, "the maps show something: {lit} voxels");
}

#[test]
fn several_channels_go_through_the_same_map_one_by_one() {
    let fixture = fixture();
    let (source, shape) = volume(&fixture);
    let case = &fixture["affines"][1];
    let matrix: Vec<[f64; 3]> = rows(&case["matrix"]).map(three).collect();
    let affine = Affine { matrix: matrix.try_into().unwrap(), offset: three(&case["offset"]) };
    let expected: Vec<f32> = numbers(&case["result"]);
    // The second channel is black, the third the volume again.
    let three: Vec<u8> = source.iter().flat_map(|&voxel| [voxel, 0, voxel]).collect();
    let mut ours = vec![9.0; three.len()];
    resample(&three, VolumeShape { channels: 3, ..shape }, &affine, &mut ours);
    for (channel, expected) in [(0, expected.clone()), (1, vec![0.0; source.len()]), (2, expected)] {
        let one: Vec<f32> = ours.iter().skip(channel).step_by(3).copied().collect();
        close(&format!("channel {channel}"), &one, &expected, RESAMPLED);
    }
}

#[test]
fn volumes_are_mirrored_turned_zoomed_and_shifted_as_in_scipy() {
    let fixture = fixture();
    let (source, shape) = volume(&fixture);
    for case in rows(&fixture["motions"]) {
        let number = |key: &str| case[key].as_f64().unwrap();
        let (axis, degrees, zoom) = (three(&case["axis"]), number("degrees"), number("zoom"));
        let motion = Motion {
            mirror: numbers::<bool>(&case["mirror"]).try_into().unwrap(),
            turn: Some(Turn { axis, degrees, zoom }),
            shift: numbers(&case["shift"]).try_into().unwrap(),
        };
        let mut ours = vec![9.0; source.len()];
        motion.carry(&source, shape, &mut ours);
        close(&format!("{motion:?}"), &ours, &numbers::<f32>(&case["result"]), RESAMPLED);
    }
}

#[test]
fn what_is_copied_is_what_would_be_resampled() {
    let fixture = fixture();
    let (source, shape) = volume(&fixture);
    let still = Turn { axis: [1.0, 0.0, 0.0], degrees: 0.0, zoom: 1.0 };
    for place in 0..8_usize {
        let mirror = [place & 1 > 0, place & 2 > 0, place & 4 > 0];
        for shift in [[0, 0, 0], [2, -1, 3], [-5, 6, -8], [9, 0, 0], [0, 0, -9]] {
            let [copied, resampled] = [None, Some(still)].map(|turn| {
                let mut ours = vec![9.0; source.len()];
                Motion { mirror, turn, shift }.carry(&source, shape, &mut ours);
                ours
            });
            close(&format!("{mirror:?} {shift:?}"), &copied, &resampled, 1e-7);
        }
    }
}

#[test]
fn losses_and_their_gradients_are_those_of_pytorch_smoothed_mixed_and_weighed() {
    let device = Device::flex();
    let compute = Compute { device: device.clone(), name: "cpu".into() };
    for case in rows(&fixture()["losses"]) {
        let (logits, labels) = (numbers::<f32>(&case["logits"]), numbers::<usize>(&case["labels"]));
        let (volumes, classes) = (labels.len(), logits.len() / labels.len());
        let share = case["share"].as_f64().map(|share| share as f32);
        let mixed = share.map(|share| Mixed { share, partners: numbers(&case["partners"]) });
        let batch = Batch { epoch: 1, index: 0, voxels: Vec::new(), labels: labels.clone(), mixed };
        let smoothing = case["smoothing"].as_f64().unwrap();
        let recipe = Recipe {
            compute: &compute,
            shape: VolumeShape { depth: 1, height: 1, width: 1, channels: 1 },
            classes,
            task: Task::of(classes),
            rates: Rates::NONE,
            label_smoothing: smoothing,
            class_weights: (!case["weights"].is_null()).then(|| numbers(&case["weights"])),
            seed: 1,
        };
        let targets_of_all = targets(&batch, 0, volumes, &recipe);
        let what = format!("smoothing {smoothing}, share {share:?}, weights {:?}", recipe.class_weights);

        // What is shown.
        let expected = case["loss"].as_f64().unwrap();
        let shown = figures_of(&logits, &labels, &targets_of_all, recipe.answers());
        assert!((shown.loss() - expected).abs() < 1e-5, "{what}: {} is not {expected}", shown.loss());
        if share.is_none() && recipe.class_weights.is_none() {
            let plain = figures(&logits, &labels, recipe.answers(), smoothing);
            assert!((plain.loss() - expected).abs() < 1e-5, "{what}: {} is not {expected}", plain.loss());
        }

        // What is trained with, in two shards.
        let shards: Vec<f32> =
            [(0, 3), (3, volumes - 3)].iter().flat_map(|&(start, len)| targets(&batch, start, len, &recipe)).collect();
        assert_eq!(shards, targets_of_all, "{what}");
        let tensor = |values: &[f32]| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), [volumes, classes]), &device.clone().autodiff())
        };
        let scores = tensor(&logits).require_grad();
        let loss = -(log_softmax(scores.clone(), 1) * tensor(&shards)).sum() / volumes as f64;
        let gradient = scores.grad(&loss.backward()).unwrap();
        close(&what, &gradient.into_data().try_to_vec::<f32>().unwrap(), &numbers::<f32>(&case["gradient"]), 1e-6);
    }
}

#[test]
fn balanced_classes_count_as_in_scikit_learn() {
    let case = &fixture()["class_weights"];
    let labels: Vec<u8> = numbers(&case["labels"]);
    let split = Split::new(vec![0; labels.len()], labels, 1);
    let ours = class_weights(Some(ClassWeights::Balanced), &split, 5).unwrap();
    let expected: Vec<f32> = numbers(&case["weights"]);
    for (class, expected) in numbers::<usize>(&case["classes"]).into_iter().zip(expected) {
        assert!((ours[class] - expected).abs() < 1e-6, "class {class}: {} is not {expected}", ours[class]);
    }
    assert!((ours[2] - 1.0).abs() < f32::EPSILON, "there are no volumes of it");
    assert_eq!(class_weights(None, &split, 5), None);
}

#[test]
fn the_running_average_is_that_of_pytorch_with_the_warm_up_of_tensorflow() {
    let case = &fixture()["averages"];
    let ema = Ema { decay: case["decay"].as_f64().unwrap() };
    let mut weights =
        rows(&case["weights"]).map(|row| Tensor::<1>::from_floats(&*numbers::<f32>(row), &Device::flex()));
    let mut average = weights.next().unwrap();
    for (taken, (weights, expected)) in weights.zip(rows(&case["averages"])).enumerate() {
        // A step of rate 0 leaves the weights that are taken in as they are.
        let zeros = || weights.zeros_like();
        let (gradient, first_moment, second_moment) = (zeros(), zeros(), zeros());
        let parameter = Parameter { value: weights.clone(), gradient, first_moment, second_moment };
        let update = Update { rate: 0.0, beta_1: 0.9, beta_2: 0.999, epsilon: 1e-7, weight_decay: 0.0, step: 1 };
        let stepped = adamw_averaged(vec![parameter], vec![average], update, decay(&ema, taken as u64)).remove(0);
        let [.., taken_in] = stepped;
        average = taken_in;
        let ours: Vec<f32> = average.clone().into_data().try_to_vec().unwrap();
        close(&format!("after step {}", taken + 1), &ours, &numbers::<f32>(expected), 1e-6);
    }
}

#[test]
fn the_shares_of_mixup_are_distributed_as_scipy_says() {
    /// Batches; a distance beyond √(ln(2/0.001)/2n) has a chance of one in a thousand.
    const BATCHES: u64 = 4000;
    let case = &fixture()["shares"];
    let bounds: Vec<f64> = numbers(&case["bounds"]);
    for pair in rows(&case["below"]) {
        let (alpha, below) = (pair[0].as_f64().unwrap(), numbers::<f64>(&pair[1]));
        let share = |index: u64| {
            let mut batch = Batch { epoch: 3, index, voxels: vec![0.0; 2], labels: vec![0, 1], mixed: None };
            batch.mix(alpha, 7);
            f64::from(batch.mixed.unwrap().share)
        };
        let shares: Vec<f64> = (0..BATCHES).map(share).collect();
        assert!(shares.iter().all(|share| (0.5..=1.0).contains(share)), "α {alpha}");
        let furthest = bounds.iter().zip(&below).map(|(bound, expected)| {
            let found = shares.iter().filter(|share| *share <= bound).count() as f64 / BATCHES as f64;
            (found - expected).abs()
        });
        let furthest = furthest.fold(0.0, f64::max);
        assert!(furthest < (2000_f64.ln() / 2.0 / BATCHES as f64).sqrt(), "α {alpha}: {furthest}");
    }
}
