//! The loss of volumes with several labels against `PyTorch`'s, and what each answer counts against scikit-learn's.
//!
//! `tests/reference/labels.py` makes the fixture; nothing of this project took part in it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "a test may panic"
)]

use burn::tensor::{Device, Tensor, TensorData};
use serde::Deserialize;
use vivit_tui::config::ClassWeights;
use vivit_tui::data::{Batch, Mixed, Split, Task, VolumeShape};
use vivit_tui::metrics::label_set;
use vivit_tui::model::chance::Rates;
use vivit_tui::train::Compute;
use vivit_tui::train::figures::{figures, figures_of};
use vivit_tui::train::pass::{Recipe, log_chances};
use vivit_tui::train::targets::{class_weights, targets};

#[derive(Deserialize)]
struct Fixture {
    losses: Vec<Case>,
    class_weights: Weights,
}

#[derive(Deserialize)]
struct Case {
    logits: Vec<f32>,
    labels: Vec<Vec<u8>>,
    partners: Vec<Vec<u8>>,
    smoothing: f64,
    weights: Option<Vec<f32>>,
    share: Option<f32>,
    loss: f64,
    gradient: Vec<f32>,
}

#[derive(Deserialize)]
struct Weights {
    labels: Vec<Vec<u8>>,
    weights: Vec<f32>,
}

fn fixture() -> Fixture {
    serde_json::from_str(include_str!("fixtures/labels.json")).unwrap()
}

fn close(what: &str, ours: &[f32], theirs: &[f32], within: f32) {
    assert_eq!(ours.len(), theirs.len(), "{what}");
    for (place, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        assert!((ours - theirs).abs() <= within * theirs.abs().max(1.0), "{what}, {place}: {ours} is not {theirs}");
    }
}

#[test]
fn losses_and_their_gradients_are_those_of_pytorch_smoothed_mixed_and_weighed() {
    let device = Device::flex();
    let compute = Compute { device: device.clone(), name: "cpu".into() };
    let sets = |labels: &[Vec<u8>]| -> Vec<usize> { labels.iter().map(|labels| label_set(labels)).collect() };
    let cases = fixture().losses;
    assert_eq!(cases.len(), 8);
    for case in cases {
        let (volumes, classes) = (case.labels.len(), case.labels[0].len());
        let labels = sets(&case.labels);
        let mixed = case.share.map(|share| Mixed { share, partners: sets(&case.partners) });
        let batch = Batch { epoch: 1, index: 0, voxels: Vec::new(), labels: labels.clone(), mixed };
        let recipe = Recipe {
            compute: &compute,
            shape: VolumeShape { depth: 1, height: 1, width: 1, channels: 1 },
            classes,
            task: Task::MultiLabel,
            rates: Rates::NONE,
            label_smoothing: case.smoothing,
            class_weights: case.weights.clone(),
            seed: 1,
        };
        let what = format!("smoothing {}, share {:?}, weights {:?}", case.smoothing, case.share, case.weights);
        let targets_of_all = targets(&batch, 0, volumes, &recipe);

        // What is shown.
        let shown = figures_of(&case.logits, &labels, &targets_of_all, recipe.answers());
        assert!((shown.loss() - case.loss).abs() < 1e-5 * case.loss, "{what}: {} is not {}", shown.loss(), case.loss);
        if case.share.is_none() && case.weights.is_none() {
            let plain = figures(&case.logits, &labels, recipe.answers(), case.smoothing);
            assert!((plain.loss() - case.loss).abs() < 1e-5 * case.loss, "{what}: {}", plain.loss());
        }

        // What is trained with, in two shards.
        let shards: Vec<f32> =
            [(0, 3), (3, volumes - 3)].iter().flat_map(|&(start, len)| targets(&batch, start, len, &recipe)).collect();
        assert_eq!(shards, targets_of_all, "{what}");
        let tensor = |values: &[f32], width: usize| {
            Tensor::<2>::from_data(TensorData::new(values.to_vec(), [volumes, width]), &device.clone().autodiff())
        };
        let scores = tensor(&case.logits, classes).require_grad();
        let chances = log_chances(scores.clone(), recipe.task);
        let loss = -(chances * tensor(&shards, 2 * classes)).sum() / volumes as f64;
        let gradient: Vec<f32> = scores.grad(&loss.backward()).unwrap().into_data().try_to_vec().unwrap();
        close(&what, &gradient, &case.gradient, 1e-6);
    }
}

#[test]
fn balanced_answers_count_as_in_scikit_learn() {
    let Weights { labels, weights } = fixture().class_weights;
    let classes = labels[0].len();
    let split = Split::with_labels(vec![0; labels.len()], labels.concat(), 1, classes);
    let ours = class_weights(Some(ClassWeights::Balanced), &split, classes).unwrap();
    close("balanced", &ours, &weights, 1e-6);
    assert_eq!(class_weights(None, &split, classes), None);
}
