//! The recipe in training: what it draws is exact over kills, threads and branches, and what is evaluated is the
//! average where one is kept.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::cast_precision_loss, clippy::cast_possible_truncation)]

mod common;
#[path = "common/user.rs"]
mod user;

use std::collections::BTreeSet;
use std::fs;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::Tensor;
use common::{Place, end_of};
use user::{EPOCH, job, own_evaluations, quiet, step_of, steps, train};
use vivit_tui::config::Experiment;
use vivit_tui::event::{SplitName, TrainEvent};
use vivit_tui::model::Vivit;
use vivit_tui::train::checkpoint::{self, Checkpoint};
use vivit_tui::train::{Job, evaluate};

/// All that a recipe can have.
const TRAINING: &str = "label_smoothing: 0.1, class_weights: Balanced, mixup: 0.4, ema: (decay: 0.9), \
                        tta: (shift: 1, mirror: (true, false, false)), checkpoints: (keep: 50),";
const AUGMENT: &str = "augment: (shift: 1, zoom: 0.1, rotate_deg: 15.0, mirror: (true, true, true), brightness: 0.1, \
                       contrast: 0.2, noise: 0.02, erase: 0.3, intensity_scale: (0.5, 1.0))";

/// The tiny experiment with that recipe.
fn everything(place: &Place) -> String {
    place.experiment(TRAINING).replace("batch: 16", &format!("batch: 16, {AUGMENT}"))
}

/// The same at the library's door, in batches of 8.
fn full_job(place: &Place) -> Job {
    let job = job(place, TRAINING);
    let text = everything(place).replace("batch: 16", "batch: 8");
    Job { experiment: Experiment::parse(&text, "tiny.ron", &[]).unwrap().into(), ..job }
}

/// A model's weights, one after another.
fn weights(model: &Vivit) -> Vec<f32> {
    struct All(Vec<f32>);
    impl ModuleVisitor for All {
        fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
            self.0.extend(param.val().inner().into_data().try_to_vec::<f32>().unwrap());
        }
    }
    let mut all = All(Vec::new());
    model.visit(&mut all);
    all.0
}

#[test]
fn a_run_with_everything_on_that_is_killed_anywhere_goes_on_as_one_that_never_was() {
    let place = Place::new();
    let whole_job = full_job(&place);
    let whole = train(&whole_job, &[], quiet);
    let differing: BTreeSet<String> = steps(&whole).iter().map(|step| format!("{:?}", step.loss)).collect();
    assert_eq!(differing.len() as u64, 4 * EPOCH, "every step has a loss of its own");
    let job = full_job(&place);
    for killed_after in [3, 9, 10, 20] {
        train(&job, &[], |event, user| {
            if step_of(event) == Some(killed_after) {
                user.kill();
            }
        });
    }
    let resumed = train(&job, &[], quiet);
    let rest = steps(&resumed);
    assert_eq!(rest, steps(&whole)[steps(&whole).len() - rest.len()..]);
    assert_eq!(user::end_of(&job), user::end_of(&whole_job));
    assert_eq!(own_evaluations(&resumed).last(), own_evaluations(&whole).last());
}

#[test]
fn with_everything_on_the_result_does_not_depend_on_threads_nor_on_how_far_ahead_batches_are_made() {
    let place = Place::new();
    let ends = [("1", "Auto"), ("3", "Ready(1)"), ("2", "Ready(7)")].map(|(threads, loader)| {
        let runs = format!("threads-{threads}");
        let text = everything(&place).replace("batch: 16", &format!("batch: 16, loader: {loader}"));
        place.write("all.ron", &text);
        place.expect(0, &["all.ron", "--no-ui", "--device", "cpu", "--threads", threads, "--runs-dir", &runs]);
        let (weights, mut summary) = end_of(&place, &format!("{runs}/tiny-001"));
        summary.as_object_mut().unwrap().remove("device");
        (weights, summary)
    });
    assert!(ends[0].0.contains("average.bpk"));
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
}

#[test]
fn the_average_is_that_of_the_weights_after_every_step_and_it_is_what_is_evaluated() {
    let place = Place::new();
    let mut job = job(&place, "");
    // One step an epoch, so that every step leaves a checkpoint.
    let training = "ema: (decay: 0.9), checkpoints: (keep: 50),";
    let text = place.experiment(training).replace("batch: 16", "batch: 48").replace("epochs: 4", "epochs: 12");
    job.experiment = Experiment::parse(&text, "tiny.ron", &[]).unwrap().into();
    let events = train(&job, &[], quiet);
    let mut average: Vec<f64> = weights(&job.model().unwrap()).into_iter().map(f64::from).collect();
    for step in 1..=12_u64 {
        let path = job.folder.checkpoints().join(checkpoint::name(step));
        let checkpoint = Checkpoint::read(&path).unwrap();
        assert_eq!(checkpoint.state.averaged, Some(step));
        let model = checkpoint.load_model(job.model().unwrap(), &job.experiment.model).unwrap();
        let kept = f64::min(0.9, step as f64 / (9 + step) as f64);
        for (average, weight) in average.iter_mut().zip(weights(&model)) {
            *average = kept * *average + (1.0 - kept) * f64::from(weight);
        }
        let ours = checkpoint.load_average(&model).unwrap().unwrap().model(&model);
        let worst = weights(&ours).iter().zip(&average).map(|(a, b)| (f64::from(*a) - b).abs()).fold(0.0, f64::max);
        assert!(worst < 1e-6, "after step {step}: off by {worst}");

        let told = own_evaluations(&events).into_iter().find(|of| of.step == step).unwrap();
        let (evaluated, plain) = (
            evaluate(&ours, &job, SplitName::Validation).unwrap(),
            evaluate(&model, &job, SplitName::Validation).unwrap(),
        );
        assert!(told.averaged && told.report == evaluated.report && told.report != plain.report, "step {step}");
    }
}

#[test]
fn a_child_takes_its_parents_average_along_begins_one_or_leaves_it_behind() {
    let place = Place::new();
    let quiet = ["--no-ui", "--device", "cpu"];
    // The state knows how long it took.
    let manifest = |run: &str, step: u64| {
        let manifest = place.read(&format!("runs/{run}/checkpoints/step-{step:06}/MANIFEST"));
        manifest.lines().filter(|line| !line.ends_with("state.ron")).collect::<Vec<_>>().join("\n")
    };
    let branch = |parent: &str, step: &str, changes: &[&str]| {
        let mut arguments = vec!["branch", parent, "--step", step];
        for change in changes {
            arguments.extend(["--set", change]);
        }
        place.expect(0, &[&arguments[..], &quiet].concat());
    };
    place.write("all.ron", &everything(&place));
    place.expect(0, &[&["all.ron"], &quiet[..]].concat());
    branch("tiny-001", "6", &[]);
    assert_eq!(manifest("tiny-002", 12), manifest("tiny-001", 12), "unchanged, it takes its parent's steps");

    branch("tiny-001", "6", &["training.ema=None"]);
    for step in [6, 12] {
        assert!(!manifest("tiny-003", step).contains("average.bpk"));
    }
    // Its own validations are of the weights themselves; its best may be those that its parent had averaged.
    let journal = place.read("runs/tiny-003/events.jsonl");
    let of_parent = |line: &str| line.contains("\"weights\":\"best\"") || line.contains("\"inherited\"");
    assert!(journal.lines().all(|line| !line.contains("\"averaged\"") || of_parent(line)));

    // It begins where the child begins, and does so again when the child is resumed from there.
    branch("tiny-003", "6", &["training.ema=(decay: 0.5)"]);
    assert!(!manifest("tiny-004", 6).contains("average.bpk") && manifest("tiny-004", 12).contains("average.bpk"));
    let state = place.read("runs/tiny-004/checkpoints/step-000012/state.ron");
    assert!(state.contains("averaged: Some(6)"), "{state}");
    let whole = end_of(&place, "runs/tiny-004");
    for entry in fs::read_dir(place.path("runs/tiny-004/checkpoints")).unwrap() {
        let entry = entry.unwrap();
        // Its parent's best stays, too.
        if entry.file_name().to_str().unwrap() > "step-000006" {
            fs::remove_dir_all(entry.path()).unwrap();
        }
    }
    let journal = place.read("runs/tiny-004/events.jsonl");
    let kept: Vec<&str> = journal.lines().take_while(|line| !line.contains("\"split\":\"test\"")).collect();
    place.write("runs/tiny-004/events.jsonl", &(kept.join("\n") + "\n"));
    place.expect(0, &[&["resume", "tiny-004"], &quiet[..]].concat());
    assert_eq!(end_of(&place, "runs/tiny-004"), whole);
}

#[test]
fn a_damaged_average_is_passed_over_like_any_other_damage() {
    let place = Place::new();
    place.write("all.ron", &everything(&place));
    place.expect(0, &["all.ron", "--no-ui", "--device", "cpu"]);
    let whole = end_of(&place, "runs/tiny-001");
    let path = place.path("runs/tiny-001/checkpoints/step-000012/average.bpk");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&path, bytes).unwrap();
    let journal = place.read("runs/tiny-001/events.jsonl");
    let kept: Vec<&str> = journal.lines().take_while(|line| !line.contains("\"split\":\"test\"")).collect();
    place.write("runs/tiny-001/events.jsonl", &(kept.join("\n") + "\n"));
    let (_, err) = place.expect(0, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert!(err.contains("average.bpk was changed") && err.contains("resumed at step 9"), "{err}");
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
}

#[test]
fn restored_weights_are_evaluated_as_they_were_when_they_were_best() {
    let place = Place::new();
    let training = "ema: (decay: 0.9), best: Loss, early_stopping: (patience: 2), checkpoints: (keep: 1),";
    // Rates at which later epochs are worse than earlier ones.
    let text = place.experiment(training).replace("epochs: 4", "epochs: 60").replace("3e-3", "3e-2");
    place.write("early.ron", &text);
    place.expect(0, &["early.ron", "--no-ui", "--device", "cpu"]);
    let summary = place.json("runs/tiny-001/summary.json");
    assert_eq!((&summary["outcome"], &summary["averaged"]), (&"stopped_early".into(), &true.into()));
    assert_eq!(summary["validation"]["last"], summary["validation"]["best"]);
    assert_eq!(summary["test"]["last"], summary["test"]["best"]);
    let (out, _) = place.expect(0, &["evaluate", "tiny-001", "--device", "cpu", "--json", "--checkpoint", "last"]);
    let evaluated: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&evaluated["report"], &evaluated["averaged"]), (&summary["test"]["last"], &true.into()));
}

#[test]
fn several_views_give_the_mean_of_their_probabilities() {
    let place = Place::new();
    let job = job(&place, "tta: (shift: 1, mirror: (false, true, false)),");
    train(&job, &[], quiet);
    let (checkpoint, _) = checkpoint::newest(&job.folder).unwrap();
    let model = checkpoint.load_model(job.model().unwrap(), &job.experiment.model).unwrap();
    let with = |tta: &str| {
        let experiment = job.experiment.with_overrides(&[format!("training.tta={tta}")]).unwrap();
        let (dataset, compute) = (job.dataset.clone(), job.compute.clone());
        let job = Job { experiment: experiment.into(), dataset, compute, folder: job.folder.clone() };
        evaluate(&model, &job, SplitName::Test).unwrap()
    };
    let (plain, mirrored, both) = (with("()"), with("(mirror: (false, true, false))"), with("(shift: 1)"));
    assert_ne!(plain.probabilities, mirrored.probabilities);
    assert_ne!(plain.probabilities, both.probabilities);
    for evaluation in [&mirrored, &both] {
        for row in evaluation.probabilities.chunks(3) {
            assert!((row.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        }
    }
    // By hand: the volumes of the split, and the same mirrored, through the model as it is.
    let mean = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f32::midpoint(*a, *b)).collect::<Vec<f32>>();
    let mut flipped = (*job.dataset).clone();
    let volumes: Vec<u8> = (0..flipped.test.len())
        .flat_map(|place| {
            let volume = flipped.test.volume(place).to_vec();
            let rows: Vec<Vec<u8>> =
                volume.chunks(64).flat_map(|plane| plane.chunks(8).rev().map(<[u8]>::to_vec)).collect();
            rows.concat()
        })
        .collect();
    flipped.test = vivit_tui::data::Split::new(volumes, flipped.test.labels().to_vec(), 512);
    let experiment = job.experiment.with_overrides(&["training.tta=()".into()]).unwrap();
    let (compute, folder) = (job.compute.clone(), job.folder.clone());
    let flipped = Job { experiment: experiment.into(), dataset: flipped.into(), compute, folder };
    let flipped = evaluate(&model, &flipped, SplitName::Test).unwrap();
    for (ours, expected) in mirrored.probabilities.iter().zip(mean(&plain.probabilities, &flipped.probabilities)) {
        assert!((ours - expected).abs() < 1e-6, "{ours} is not {expected}");
    }
}

#[test]
fn views_are_asked_for_at_the_command_line_and_do_not_touch_what_the_run_would_answer() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let evaluate = |tta: &[&str]| -> serde_json::Value {
        let arguments = ["evaluate", "tiny-001", "--device", "cpu", "--json", "--checkpoint", "last"];
        serde_json::from_str(&place.expect(0, &[&arguments, tta].concat()).0).unwrap()
    };
    let plain = evaluate(&[]);
    let kept = fs::read(place.path("runs/tiny-001/predictions/step-000012-test.npz")).unwrap();
    assert_eq!((&plain["views"], &evaluate(&["--tta", "0"])["report"]), (&1.into(), &plain["report"]));
    let shifted = evaluate(&["--tta", "1"]);
    assert_eq!(shifted["views"], 7);
    assert_ne!(shifted["report"], plain["report"]);
    assert_eq!(evaluate(&["--tta", "(shift: 1, mirror: (true, false, false))"])["views"], 14);
    assert_eq!(fs::read(place.path("runs/tiny-001/predictions/step-000012-test.npz")).unwrap(), kept);
    let (_, err) = place.expect(2, &["evaluate", "tiny-001", "--device", "cpu", "--tta", "17"]);
    assert!(err.contains("training.tta.shift: expected a whole number from 0 to 16, found 17"), "{err}");
}

#[test]
fn mixed_volumes_count_as_right_where_the_answer_is_that_of_their_greater_part() {
    let place = Place::new();
    let events = train(&job(&place, "mixup: 0.3, label_smoothing: 0.1,"), &[], quiet);
    let plain = train(&job(&place, "label_smoothing: 0.1,"), &[], quiet);
    assert_ne!(steps(&events)[0].loss, steps(&plain)[0].loss);
    for stepped in steps(&events) {
        assert!(stepped.correct <= stepped.volumes && stepped.loss.is_some_and(f64::is_finite));
    }
    let accuracy = |events: &[TrainEvent]| {
        let last = events.iter().rev().find_map(|event| match event {
            TrainEvent::EpochFinished(finished) => Some(finished.accuracy),
            _ => None,
        });
        last.unwrap()
    };
    assert!(accuracy(&events) > 0.5, "the tiny set is learned all the same: {}", accuracy(&events));
}
