//! What of a volume speaks for a class: held to its definition, to models of which it is known, and to the weights that
//! a run in training has.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::float_cmp
)]

mod common;
#[path = "common/user.rs"]
mod user;

use std::fs;
use std::sync::Arc;

use burn::module::{Module, ModuleMapper, Param};
use burn::prelude::*;
use common::Place;
use user::{job, train};
use vivit_tui::config::Experiment;
use vivit_tui::event::{Asked, Command, Evidence, Explained, Method, OfClass, SplitName, ToExplain, TrainEvent};
use vivit_tui::model::Vivit;
use vivit_tui::train::checkpoint::{self, Checkpoint};
use vivit_tui::train::explain::explain;
use vivit_tui::train::{Compute, Job};

/// Edge of the tiny set's volumes.
const EDGE: usize = 8;

fn question(method: Method, class: OfClass) -> ToExplain {
    ToExplain { split: SplitName::Validation, index: 5, method, class }
}

/// A job whose model is changed.
fn with_model(place: &Place, model: &str) -> Job {
    let text =
        place.experiment("").replace("model: (embedding: Tubelet(size: (4, 4, 4)),", &format!("model: ({model},"));
    let experiment = Experiment::parse(&text, "tiny.ron", &[]).unwrap();
    Job { experiment: Arc::new(experiment), ..job(place, "") }
}

/// The probabilities of one volume, by a forward pass of its own and a softmax in double precision.
fn probabilities(model: &Vivit, volume: &[f32]) -> Vec<f64> {
    let data = TensorData::new(volume.to_vec(), [1, EDGE, EDGE, EDGE, 1]);
    let scores = model.forward(Tensor::from_data(data, &Device::flex()), None).into_data();
    let scores: Vec<f64> = scores.try_to_vec::<f32>().unwrap().into_iter().map(f64::from).collect();
    let sum: f64 = scores.iter().map(|score| score.exp()).sum();
    scores.into_iter().map(|score| score.exp() / sum).collect()
}

/// The drops that the definition gives for boxes of voxels: first voxel and behind the last, along each axis.
fn drops(model: &Vivit, volume: &[f32], class: usize, boxes: &[[[usize; 2]; 3]]) -> Vec<f64> {
    let mean = (volume.iter().copied().map(f64::from).sum::<f64>() / volume.len() as f64) as f32;
    let whole = probabilities(model, volume)[class];
    let drop = |[d, h, w]: &[[usize; 2]; 3]| {
        let mut masked = volume.to_vec();
        for (place, voxel) in masked.iter_mut().enumerate() {
            let at = [place / (EDGE * EDGE), place / EDGE % EDGE, place % EDGE];
            if [d, h, w].into_iter().zip(at).all(|(of, at)| (of[0]..of[1]).contains(&at)) {
                *voxel = mean;
            }
        }
        whole - probabilities(model, &masked)[class]
    };
    boxes.iter().map(drop).collect()
}

fn volume(job: &Job) -> Vec<f32> {
    job.dataset.validation.volume(5).iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

fn assert_close(evidence: &Evidence, expected: &[f64]) {
    assert_eq!(evidence.values.len(), expected.len());
    for (ours, expected) in evidence.values.iter().zip(expected) {
        assert!((f64::from(*ours) - expected).abs() < 2e-6, "{ours}, not {expected}");
    }
    assert!(expected.iter().any(|drop| drop.abs() > 1e-4), "something is to be seen: {expected:?}");
}

#[test]
fn occlusion_is_the_drop_of_the_probability_when_a_tubelet_is_the_volumes_mean() {
    let place = Place::new();
    let job = job(&place, "");
    let (model, volume) = (job.model().unwrap(), volume(&job));
    let ends = |at: usize| [4 * at, 4 * at + 4];
    let boxes: Vec<_> = (0..8).map(|token| [ends(token / 4), ends(token / 2 % 2), ends(token % 2)]).collect();
    let all = probabilities(&model, &volume);
    let taken = (0..3).max_by(|a, b| all[*a].total_cmp(&all[*b])).unwrap();
    let label = job.dataset.validation.label(5);
    for (of, class) in [(OfClass::Taken, taken), (OfClass::Label, label), (OfClass::Class(1), 1)] {
        let evidence = explain(&model, &job, question(Method::Occlusion, of)).unwrap();
        assert_eq!((evidence.class, evidence.taken), (class, taken));
        assert!((f64::from(evidence.probability()) - all[class]).abs() < 1e-6);
        assert_close(&evidence, &drops(&model, &volume, class, &boxes));
    }
}

#[test]
fn tubelets_that_overlap_or_stand_among_padding_are_masked_where_their_voxels_are() {
    let place = Place::new();
    // Along each axis 0..4, 2..6, 4..8.
    let job = with_model(&place, "embedding: Tubelet(size: (4, 4, 4), stride: (2, 2, 2))");
    let ends = |at: usize| [2 * at, 2 * at + 4];
    let boxes: Vec<_> = (0..27).map(|token| [ends(token / 9), ends(token / 3 % 3), ends(token % 3)]).collect();
    let (model, evidence) = answered(&job);
    assert_close(&evidence, &drops(&model, &volume(&job), evidence.class, &boxes));
    // A voxel of padding on each side: -1..4, 4..9.
    let job = with_model(&place, "embedding: Tubelet(size: (5, 5, 5), padding: Pad)");
    let ends = |at: usize| [4 * at, 4 * at + 4];
    let boxes: Vec<_> = (0..8).map(|token| [ends(token / 4), ends(token / 2 % 2), ends(token % 2)]).collect();
    let (model, evidence) = answered(&job);
    assert_close(&evidence, &drops(&model, &volume(&job), evidence.class, &boxes));
}

fn answered(job: &Job) -> (Vivit, Evidence) {
    let model = job.model().unwrap();
    let evidence = explain(&model, job, question(Method::Occlusion, OfClass::Taken)).unwrap();
    (model, evidence)
}

/// Changes parameters by their names.
struct Change<F> {
    path: Vec<String>,
    change: F,
}

impl<F: FnMut(&str, Vec<f32>, &[usize]) -> Vec<f32>> ModuleMapper for Change<F> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }
    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let path = self.path.join(".");
        param.map(|value| {
            let (dims, device) = (value.dims(), value.device());
            let values = (self.change)(&path, value.into_data().try_to_vec().unwrap(), &dims);
            Tensor::from_data(TensorData::new(values, dims), &device)
        })
    }
}

/// The blocks add nothing, and all tokens but one have positions beside which what they saw is lost: each token is
/// normed by itself, so the scores depend on that token's voxels alone.
fn looking_at(job: &Job, token: usize) -> Vivit {
    let change = |name: &str, values: Vec<f32>, dims: &[usize]| {
        if name.contains("attention.output") || name.contains("contract") {
            return vec![0.0; values.len()];
        }
        if name != "positions" {
            return values;
        }
        let far = |place: usize| if place.is_multiple_of(2) { 1e9 } else { -1e9 };
        (0..values.len()).map(|place| if place / dims[1] == token { 0.0 } else { far(place) }).collect()
    };
    // A second GELU of zero is zero, so nothing is left of the MLP.
    job.model().unwrap().map(&mut Change { path: Vec::new(), change })
}

#[test]
fn of_a_model_that_looks_at_one_tubelet_all_evidence_lies_there() {
    let place = Place::new();
    let job = job(&place, "");
    for token in [0, 3, 6] {
        let evidence = explain(&looking_at(&job, token), &job, question(Method::Occlusion, OfClass::Class(0))).unwrap();
        for (place, drop) in evidence.values.iter().enumerate() {
            assert_eq!(*drop != 0.0, place == token, "token {place} of a model that looks at {token}: {drop}");
        }
    }
}

#[test]
fn rollout_gives_shares_of_one_and_the_class_does_not_matter() {
    let place = Place::new();
    let job = job(&place, "");
    let model = job.model().unwrap();
    let of = |class| explain(&model, &job, question(Method::Rollout, class)).unwrap();
    let values = of(OfClass::Class(0)).values;
    assert!((values.iter().sum::<f32>() - 1.0).abs() < 1e-5 && values.iter().all(|share| *share > 0.0));
    assert_eq!(values, of(OfClass::Class(2)).values);
}

fn answers(events: &[TrainEvent]) -> Vec<Explained> {
    let explained = events.iter().filter_map(|event| match event {
        TrainEvent::Explained(explained) => Some((**explained).clone()),
        _ => None,
    });
    explained.collect()
}

#[test]
fn a_run_in_training_answers_by_the_weights_that_it_has_and_its_checkpoint_answers_the_same() {
    let place = Place::new();
    for recipe in ["", "ema: (decay: 0.9), tta: (shift: 1),"] {
        let job = job(&place, recipe);
        let questions = [Method::Occlusion, Method::Rollout].map(|method| question(method, OfClass::Label));
        let events = train(&job, &[], |event, user| match event {
            TrainEvent::Stepped(stepped) if stepped.step == 8 => {
                user.wish_all(&questions.map(Command::Explain));
                user.wish(Command::Checkpoint);
            }
            _ => {}
        });
        let path = job.folder.checkpoints().join(checkpoint::name(8));
        let kept = Checkpoint::read(&path).unwrap();
        let model = kept.load_evaluated(job.model().unwrap(), &job.experiment.model).unwrap();
        let answers = answers(&events);
        assert_eq!(answers.iter().map(|answer| answer.question).collect::<Vec<_>>(), questions);
        for answer in answers {
            assert_eq!((answer.asked, answer.step, answer.epoch), (Asked::Live, 8, 2));
            assert_eq!(answer.averaged, !recipe.is_empty());
            assert_eq!(answer.found.unwrap(), explain(&model, &job, answer.question).unwrap(), "{recipe}");
        }
    }
}

#[test]
fn what_cannot_be_answered_is_said_why_and_the_run_goes_on() {
    let place = Place::new();
    let of = |split, index, class| ToExplain { split, index, method: Method::Occlusion, class };
    let refused = [
        of(SplitName::Test, 0, OfClass::Taken),
        of(SplitName::Validation, 16, OfClass::Taken),
        of(SplitName::Train, 0, OfClass::Class(3)),
    ];
    let events = train(&job(&place, ""), &refused.map(Command::Explain), user::quiet);
    let why: Vec<String> = answers(&events).into_iter().map(|answer| answer.found.unwrap_err()).collect();
    assert!(why[0].contains("the test split waits for the run's end"), "{why:?}");
    assert_eq!(why[1], "the validation split has no volume 16; it has 16, counted from 0");
    assert_eq!(why[2], "there is no class 3; there are 3, counted from 0");
    assert!(matches!(events.last(), Some(TrainEvent::Finished(_))));
}

/// Not only which way but where: the phantom set's organs stand in the middle of their boxes, and a model that has
/// learned them has its evidence there.
#[test]
fn a_model_trained_on_the_phantoms_has_its_evidence_in_the_middle() {
    let runs = tempfile::tempdir().unwrap();
    let text = r#"(
        name: "phantom", data: (set: Phantom),
        model: (embedding: Tubelet(size: (9, 9, 9)), dim: 48, heads: 4, layers: 2, mlp: 96),
        training: (epochs: 6, optimizer: AdamW(learning_rate: 1e-3)),
    )"#;
    let experiment = Experiment::parse(text, "phantom.ron", &[]).unwrap();
    let job = Job {
        dataset: Arc::new(vivit_tui::data::phantom(vivit_tui::data::PHANTOM_SEED)),
        experiment: Arc::new(experiment),
        compute: Compute { device: Device::flex(), name: "cpu".into() },
        folder: vivit_tui::runs::RunFolder::create(runs.path(), "phantom").unwrap(),
    };
    train(&job, &[], user::quiet);
    let kept = checkpoint::newest(&job.folder).unwrap().0;
    let model = kept.load_evaluated(job.model().unwrap(), &job.experiment.model).unwrap();
    let (mut middle, mut beside, mut volumes) = (0.0, 0.0, 0);
    for index in 0..161 {
        let question =
            ToExplain { split: SplitName::Validation, index, method: Method::Occlusion, class: OfClass::Label };
        let evidence = explain(&model, &job, question).unwrap();
        if evidence.taken != evidence.class {
            continue;
        }
        // The middle of 3×3×3 tubelets.
        let at = f64::from(evidence.values[13]);
        let all: f64 = evidence.values.iter().copied().map(f64::from).sum();
        (middle, beside, volumes) = (middle + at, beside + (all - at) / 26.0, volumes + 1);
    }
    let (middle, beside) = (middle / f64::from(volumes), beside / f64::from(volumes));
    assert!(volumes > 60, "{volumes} of 161 are told");
    assert!(middle > 2.0 * beside && middle > 0.005, "{middle} in the middle, {beside} beside it");
    drop(fs::remove_dir_all(job.folder.path()));
}
