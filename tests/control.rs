//! Wishes while a run is trained: each is obeyed between two steps, and none but the change of the rate
//! changes a bit of the result.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation
)]

mod common;
#[path = "common/user.rs"]
mod user;

use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use common::Place;
use user::{
    EPOCH, EPOCHS, User, asked, end_of, evaluations, job, outline, own_evaluations, pauses, quiet, step_of, steps,
    train, warnings,
};
use vivit_tui::event::{
    Breakpoint, Command, Evaluated, Method, OfClass, PauseReason, SplitName, Stepped, ToExplain, TrainEvent, Weights,
};
use vivit_tui::train::checkpoint::{self, Checkpoint};
use vivit_tui::train::{Compute, Job};

/// The recipe with the most in it that could go wrong.
const RECIPE: &str = "clip_norm: 1.0, label_smoothing: 0.1, mixup: 0.4, class_weights: Balanced, ema: (decay: 0.9), \
                      tta: (shift: 1), schedule: Cosine(warmup_steps: 3), checkpoints: (keep: 1),";

fn explain(split: SplitName, index: usize, method: Method) -> Command {
    Command::Explain(ToExplain { split, index, method, class: OfClass::Taken })
}

#[test]
fn a_pause_holds_before_the_next_step_until_the_run_is_told_to_go_on() {
    let place = Place::new();
    let events = train(&job(&place, ""), &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == 4 => user.wish(Command::Pause),
        TrainEvent::Paused { step, epoch, reason } => {
            assert_eq!((*step, *epoch, reason), (4, 1, &PauseReason::Asked));
            user.wish(Command::Continue);
        }
        _ => {}
    });
    assert_eq!(outline(&events)[3..7], ["stepped 4", "paused 4", "continued 4", "stepped 5"]);
    assert_eq!(outline(&events).last().unwrap(), "finished 24");
}

#[test]
fn a_pause_holds_also_between_the_last_step_of_an_epoch_and_its_validation() {
    let place = Place::new();
    let events = train(&job(&place, ""), &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == EPOCH => user.wish(Command::Pause),
        TrainEvent::Paused { epoch, .. } => {
            assert_eq!(*epoch, 1);
            user.wish(Command::Continue);
        }
        _ => {}
    });
    let end = ["stepped 6", "paused 6", "continued 6", "epoch_finished 6", "evaluated 6"];
    assert_eq!(outline(&events)[5..10], end);
}

#[test]
fn steps_are_taken_as_many_as_were_wished_for() {
    let place = Place::new();
    let mut wishes = [1, 4, 1, 1, 5, 7].map(Command::Step).into_iter();
    let events = train(&job(&place, ""), &[Command::Pause], |event, user| {
        if matches!(event, TrainEvent::Paused { .. }) {
            user.wish(wishes.next().unwrap_or(Command::Continue));
        }
    });
    assert_eq!(pauses(&events), asked(&[0, 1, 5, 6, 7, 12, 19]));
    let outline = outline(&events);
    // A single step is told by itself, several as going on.
    assert_eq!(outline[..4], ["paused 0", "stepped 1", "paused 1", "continued 1"]);
    // A step that ends an epoch is whole once the epoch is validated and kept.
    let around = outline.iter().position(|line| line == "stepped 6").unwrap();
    let end = ["stepped 6", "epoch_finished 6", "evaluated 6", "checkpoint_saved 6", "paused 6", "stepped 7"];
    assert_eq!(outline[around..around + 6], end);
    assert_eq!(outline.iter().filter(|line| line.starts_with("continued")).count(), 4);
}

#[test]
fn steps_that_are_wished_for_faster_than_they_are_taken_are_all_taken() {
    let place = Place::new();
    let mut pause = 0;
    let events = train(&job(&place, ""), &[Command::Pause], |event, user| {
        if matches!(event, TrainEvent::Paused { .. }) {
            pause += 1;
            user.wish_all(if pause == 1 { &[Command::Step(1); 3] } else { &[Command::Continue] });
        }
    });
    assert_eq!(pauses(&events), asked(&[0, 3]));
    // More than one step is going on, and a key that then pauses must find it so.
    assert_eq!(outline(&events)[..3], ["paused 0", "continued 0", "stepped 1"]);
}

#[test]
fn steps_are_counted_from_where_a_running_run_hears_of_them() {
    let place = Place::new();
    let events = train(&job(&place, ""), &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == 3 => user.wish(Command::Step(5)),
        TrainEvent::Paused { .. } => user.wish(Command::Continue),
        _ => {}
    });
    assert_eq!(pauses(&events), asked(&[8]));
}

#[test]
fn an_epoch_is_trained_to_its_end_with_validation_and_checkpoint() {
    let place = Place::new();
    let events = train(&job(&place, "checkpoints: (every_epochs: 1)"), &[Command::Step(2)], |event, user| {
        if matches!(event, TrainEvent::Paused { .. }) {
            user.wish(Command::Epoch);
        }
    });
    // From the middle to the end of the first, then epoch by epoch; after the last, to the run's end.
    assert_eq!(pauses(&events), asked(&[2, 6, 12, 18, 24]));
    let outline = outline(&events);
    let paused = outline.iter().position(|line| line == "paused 12").unwrap();
    assert_eq!(outline[paused - 3..=paused], ["epoch_finished 12", "evaluated 12", "checkpoint_saved 12", "paused 12"]);
    assert_eq!(outline.last().unwrap(), "finished 24");
    let epochs: Vec<u64> = events
        .iter()
        .filter_map(|event| match event {
            TrainEvent::Paused { epoch, .. } => Some(*epoch),
            _ => None,
        })
        .collect();
    assert_eq!(epochs, [1, 2, 3, 4, 4]);
}

#[test]
fn an_epoch_wished_for_while_it_is_validated_is_that_epoch() {
    let place = Place::new();
    let events = train(&job(&place, ""), &[], |event, user| match event {
        TrainEvent::EpochFinished(finished) if finished.epoch == 2 => user.wish(Command::Epoch),
        TrainEvent::Paused { .. } => user.wish(Command::Continue),
        _ => {}
    });
    assert_eq!(pauses(&events), asked(&[12]));
}

#[test]
fn every_wish_is_answered_where_nothing_changes_as_well() {
    let place = Place::new();
    let breakpoint: Breakpoint = "epoch > 100".parse().unwrap();
    let mut pause = 0;
    let events = train(&job(&place, ""), &[Command::Continue, Command::Pause], |event, user| {
        if matches!(event, TrainEvent::Paused { .. }) {
            pause += 1;
            user.wish_all(&match pause {
                1 => vec![Command::Pause, Command::Step(0)],
                3 => vec![Command::ClearBreakpoints, Command::SetBreakpoint(breakpoint), Command::Continue],
                _ => vec![],
            });
        }
    });
    let first = [
        "continued 0",
        "paused 0",
        "paused 0",
        "paused 0",
        "breakpoints_cleared",
        "breakpoint_set",
        "continued 0",
        "stepped 1",
    ];
    assert_eq!(outline(&events)[..8], first);
}

#[test]
fn nobody_left_to_wish_lets_a_paused_run_go_on() {
    let place = Place::new();
    let events = train(&job(&place, ""), &[Command::Step(2)], |event, user| {
        if matches!(event, TrainEvent::Paused { .. }) {
            user.hang_up();
        }
    });
    assert_eq!(outline(&events)[1..5], ["stepped 2", "paused 2", "continued 2", "stepped 3"]);
    assert_eq!(outline(&events).last().unwrap(), "finished 24");
}

#[test]
fn wishes_change_no_bit_of_the_result() {
    let place = Place::new();
    for recipe in [RECIPE, "accumulate: 2, early_stopping: (patience: 2, restore_best: true), best: Loss,"] {
        let (left_alone, disturbed) = (job(&place, recipe), job(&place, recipe));
        let whole = train(&left_alone, &[], quiet);
        let looks = [
            Command::Checkpoint,
            Command::Evaluate(SplitName::Validation),
            Command::Evaluate(SplitName::Train),
            Command::Evaluate(SplitName::Test),
            Command::SetLearningRate(f64::NAN),
            Command::SetBreakpoint("gradient_norm rises 2".parse().unwrap()),
            explain(SplitName::Validation, 3, Method::Occlusion),
            explain(SplitName::Train, 5, Method::Rollout),
        ];
        let events = train(&disturbed, &[Command::Pause], |event, user| match event {
            TrainEvent::Paused { step, .. } => {
                user.wish_all(&looks);
                user.wish(match step % 3 {
                    0 => Command::Step(1),
                    1 => Command::Step(3),
                    _ => Command::Epoch,
                });
            }
            TrainEvent::Stepped(stepped) if stepped.step % 4 == 1 => user.wish_all(&looks[..2]),
            TrainEvent::Stepped(stepped) if stepped.step % 4 == 3 => user.wish_all(&looks[6..]),
            _ => {}
        });
        assert!(pauses(&events).len() > 3);
        assert!(events.iter().filter(|event| matches!(event, TrainEvent::Explained(_))).count() > 10);
        assert_eq!(steps(&events), steps(&whole), "{recipe}");
        assert_eq!(own_evaluations(&events), own_evaluations(&whole), "{recipe}");
        assert_eq!(end_of(&disturbed), end_of(&left_alone), "{recipe}");
    }
}

#[test]
fn a_run_goes_on_exactly_from_a_checkpoint_in_the_middle_of_an_epoch() {
    let place = Place::new();
    let whole_job = job(&place, RECIPE);
    let whole = train(&whole_job, &[], quiet);
    // In the middle, after the last step of an epoch, and before the first of all.
    for at in [2 * EPOCH - 2, EPOCH, 0] {
        let job = job(&place, RECIPE);
        let first: &[Command] = if at == 0 { &[Command::Checkpoint] } else { &[] };
        let before = train(&job, first, |event, user| match event {
            TrainEvent::Stepped(stepped) if stepped.step == at => user.wish(Command::Checkpoint),
            TrainEvent::Stepped(stepped) if stepped.step == at + 2 => user.kill(),
            TrainEvent::EpochFinished(finished) if finished.step == at => user.kill(),
            _ => {}
        });
        assert_eq!(checkpoint::newest(&job.folder).unwrap().0.state.step, at);
        assert_eq!(steps(&before)[..], steps(&whole)[..steps(&before).len()]);
        let after = train(&job, &[], quiet);
        assert_eq!(steps(&after)[..], steps(&whole)[usize::try_from(at).unwrap()..], "from step {at}");
        let ended = |events: &[TrainEvent]| own_evaluations(events).into_iter().rev().take(4).collect::<Vec<_>>();
        assert_eq!(ended(&after), ended(&whole));
        assert_eq!(end_of(&job), end_of(&whole_job));
    }
}

#[test]
fn a_checkpoint_that_was_wished_for_outlives_all_pruning() {
    let place = Place::new();
    let job = job(&place, "checkpoints: (keep: 1), best: Loss,");
    let events = train(&job, &[], |event, user| {
        if step_of(event).is_some_and(|step| [3, EPOCH, 9].contains(&step)) {
            user.wish(Command::Checkpoint);
        }
    });
    let saved = |step| {
        let told = |event: &&TrainEvent| matches!(event, TrainEvent::CheckpointSaved { step: at, .. } if *at == step);
        events.iter().filter(told).count()
    };
    // That of the epoch's end takes the place of the one wished for just before it.
    assert_eq!([3, EPOCH, 9, 2 * EPOCH].map(saved), [1, 2, 1, 1]);
    let left: Vec<u64> = checkpoint::all(&job.folder).into_iter().map(|(step, _)| step).collect();
    let best = checkpoint::newest(&job.folder).unwrap().0.state.best.unwrap().step;
    let mut expected = vec![EPOCHS * EPOCH, best, 9, EPOCH, 3];
    expected.dedup();
    assert_eq!(left, expected);
    for (step, path) in checkpoint::all(&job.folder) {
        assert_eq!(Checkpoint::read(&path).unwrap().state.step, step);
    }
    assert_eq!(Checkpoint::read(&job.folder.checkpoints().join(checkpoint::name(EPOCH))).unwrap().state.epoch, 2);
}

#[test]
fn a_rate_that_was_set_holds_from_the_next_step_on_and_through_a_kill() {
    let place = Place::new();
    let recipe = "schedule: Cosine(warmup_steps: 8), checkpoints: (keep: 1),";
    let whole_job = job(&place, recipe);
    let left_alone = train(&job(&place, recipe), &[], quiet);
    let set = |event: &TrainEvent, user: &mut User| {
        if step_of(event) == Some(4) {
            user.wish(Command::SetLearningRate(1e-3));
        }
    };
    let whole = train(&whole_job, &[], set);
    let around: Vec<String> = outline(&whole)[3..7].to_vec();
    assert_eq!(around, ["stepped 4", "learning_rate_changed 4", "checkpoint_saved 4", "stepped 5"]);
    let TrainEvent::LearningRateChanged { requested, applied, .. } = whole[4] else { panic!("{:?}", whole[4]) };
    let (taken, untouched) = (steps(&whole), steps(&left_alone));
    // Five eighths of the way up to the new peak, in the precision of the weights.
    assert_eq!((requested, applied), (1e-3, f64::from((1e-3 * 5.0 / 8.0) as f32)));
    assert_eq!(taken[..4], untouched[..4]);
    for (set, before) in taken[4..].iter().zip(&untouched[4..]) {
        assert!((set.learning_rate - before.learning_rate / 3.0).abs() < 1e-15, "{set:?}");
    }

    // The process dies right after it; the checkpoint that came with it knows the new rate.
    let killed = job(&place, recipe);
    train(&killed, &[], |event, user| {
        set(event, user);
        if step_of(event) == Some(5) {
            user.kill();
        }
    });
    let resumed = train(&killed, &[], quiet);
    assert_eq!(resumed[0], whole[4]);
    assert_eq!(steps(&resumed)[..], taken[4..]);
    assert_eq!(end_of(&killed), end_of(&whole_job));
    // And every checkpoint after it.
    assert_eq!(checkpoint::newest(&killed.folder).unwrap().0.state.learning_rate, Some(1e-3));
}

#[test]
fn a_rate_that_is_none_is_refused_with_its_value() {
    let place = Place::new();
    let rates = [0.0, -1e-3, f64::NAN, f64::INFINITY, 1e-50];
    let job = job(&place, "");
    let events = train(&job, &rates.map(Command::SetLearningRate), quiet);
    let refused = |given| format!("the learning rate stays: expected a number above 0, but got {given}");
    assert_eq!(warnings(&events), ["0e0", "-1e-3", "NaN", "inf", "1e-50"].map(refused));
    assert!(steps(&events).iter().all(|step| step.learning_rate == 3e-3));
    assert_eq!(checkpoint::newest(&job.folder).unwrap().0.state.learning_rate, None);
}

#[test]
fn an_optimizer_that_was_written_down_later_outweighs_a_rate_that_was_set() {
    let place = Place::new();
    let mut job = job(&place, "");
    train(&job, &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == 4 => user.wish(Command::SetLearningRate(1e-3)),
        TrainEvent::CheckpointSaved { .. } => user.kill(),
        _ => {}
    });
    let set = |rate: &str| vec![format!("training.optimizer.learning_rate={rate}")];
    job.experiment = Arc::new(job.experiment.with_overrides(&set("2e-3")).unwrap());
    let events = train(&job, &[], quiet);
    assert_eq!(outline(&events)[0], "stepped 5");
    assert!(steps(&events).iter().all(|step| step.learning_rate == 2e-3));
}

/// The first value of a series at which something holds of all values so far, and its step.
fn first_where(series: &[(u64, f64)], holds: impl Fn(&[f64]) -> bool) -> (u64, f64) {
    let values: Vec<f64> = series.iter().map(|(_, value)| *value).collect();
    let place = (0..series.len()).find(|&place| holds(&values[..=place]));
    series[place.unwrap_or_else(|| panic!("never met by {values:?}"))]
}

#[test]
fn a_breakpoint_of_each_kind_pauses_the_run_where_it_is_met() {
    let place = Place::new();
    let recipe = "schedule: Cosine(warmup_steps: 3),";
    let whole = train(&job(&place, recipe), &[], quiet);
    let series = |of: &dyn Fn(&Stepped) -> f64| -> Vec<(u64, f64)> {
        steps(&whole).iter().map(|step| (step.step, of(step))).collect()
    };
    let validations = |of: &dyn Fn(&Evaluated) -> f64| -> Vec<(u64, f64)> {
        let validations = own_evaluations(&whole).into_iter().filter(|of| of.split == SplitName::Validation);
        validations.map(|validation| (validation.step, of(&validation))).collect()
    };
    let mean = |series: &[(u64, f64)]| series.iter().map(|(_, value)| value).sum::<f64>() / series.len() as f64;
    let moved = |values: &[f64], times: usize, up: bool| {
        let moves = values.windows(2).map(|pair| if up { pair[1] > pair[0] } else { pair[1] < pair[0] });
        moves.rev().take(times).filter(|&moved| moved).count() == times
    };
    let loss = series(&|step| step.loss.unwrap());
    let accuracy = series(&|step| step.correct as f64 / step.volumes as f64);
    let norm = series(&|step| step.gradient_norm.unwrap());
    let rate = series(&|step| step.learning_rate);
    let count = series(&|step| step.step as f64);
    let validation = validations(&|of| of.report.loss);
    let auc = validations(&|of| of.report.auc.unwrap());
    let epochs = validations(&|of| of.epoch as f64);
    let above = |values: &[f64], bound: f64| *values.last().unwrap() > bound;
    let (low, high, good) = (mean(&loss), mean(&norm), mean(&accuracy));
    let (fine, first) = (auc[0].1, validation[0].1);
    for (words, expected) in [
        (format!("train.loss < {low}"), first_where(&loss, |values| *values.last().unwrap() < low)),
        ("train.loss rises 2".into(), first_where(&loss, |values| moved(values, 2, true))),
        (format!("train.accuracy > {good}"), first_where(&accuracy, |values| above(values, good))),
        (format!("gradient_norm > {high}"), first_where(&norm, |values| above(values, high))),
        ("lr falls 2".into(), first_where(&rate, |values| moved(values, 2, false))),
        ("step >= 10".into(), first_where(&count, |values| above(values, 9.5))),
        ("step >= 12".into(), first_where(&count, |values| above(values, 11.5))),
        ("epoch >= 3".into(), first_where(&epochs, |values| above(values, 2.5))),
        ("val.loss falls 2".into(), first_where(&validation, |values| moved(values, 2, false))),
        (format!("val.loss < {first}"), first_where(&validation, |values| *values.last().unwrap() < first)),
        (format!("val.auc at least {fine}"), auc[0]),
    ] {
        let breakpoint: Breakpoint = words.parse().unwrap_or_else(|error| panic!("{words}: {error}"));
        // An evaluation in between is no validation of an epoch.
        let events = train(&job(&place, recipe), &[Command::SetBreakpoint(breakpoint)], |event, user| match event {
            TrainEvent::Stepped(stepped) if stepped.step % 5 == 0 => {
                user.wish(Command::Evaluate(SplitName::Validation));
            }
            TrainEvent::Paused { .. } => user.wish(Command::Continue),
            _ => {}
        });
        assert_eq!(events[0], TrainEvent::BreakpointSet { breakpoint });
        let (step, value) = expected;
        // Met once, it stands no more.
        assert_eq!(pauses(&events), [(step, PauseReason::Breakpoint { breakpoint, value })], "{words}");
    }
}

#[test]
fn several_breakpoints_met_at_once_are_each_told() {
    let place = Place::new();
    let breakpoints = ["step >= 3", "lr > 0"].map(|words| words.parse::<Breakpoint>().unwrap());
    let first = [Command::SetBreakpoint(breakpoints[0]), Command::SetBreakpoint(breakpoints[1]), Command::Pause];
    let events = train(&job(&place, ""), &first, |event, user| match event {
        TrainEvent::Paused { step: 0, .. } => user.wish_all(&[Command::ClearBreakpoints, Command::Step(2)]),
        TrainEvent::Paused { step: 2, .. } => user.wish_all(&[first[0], first[1], Command::Continue]),
        TrainEvent::Paused { .. } => user.wish(Command::Continue),
        _ => {}
    });
    let met = |breakpoint, value| (3, PauseReason::Breakpoint { breakpoint, value });
    let expected = [asked(&[0, 2]), vec![met(breakpoints[0], 3.0), met(breakpoints[1], 3e-3)]].concat();
    assert_eq!(pauses(&events), expected);
}

#[test]
fn a_run_is_stopped_out_of_a_pause_and_out_of_counted_steps_and_goes_on_exactly() {
    let place = Place::new();
    let whole_job = job(&place, RECIPE);
    let whole = train(&whole_job, &[], quiet);
    for going in [Command::Pause, Command::Step(20), Command::Epoch] {
        let job = job(&place, RECIPE);
        let before = train(&job, &[], |event, user| match event {
            TrainEvent::Stepped(stepped) if stepped.step == 2 => user.wish(going),
            TrainEvent::Stepped(stepped) if stepped.step == 4 => user.wish(Command::Stop),
            TrainEvent::Paused { .. } => user.wish(Command::Stop),
            _ => {}
        });
        let at = if going == Command::Pause { 2 } else { 4 };
        let end = outline(&before);
        assert_eq!(end[end.len() - 2..], [format!("checkpoint_saved {at}"), format!("stopped {at}")]);
        let after = train(&job, &[], quiet);
        assert_eq!([steps(&before), steps(&after)].concat(), steps(&whole));
        assert_eq!(end_of(&job), end_of(&whole_job));
    }
}

#[test]
fn a_stop_after_the_last_epoch_leaves_the_test_to_a_resume() {
    let place = Place::new();
    let job = job(&place, "");
    let before = train(&job, &[], |event, user| {
        if matches!(event, TrainEvent::CheckpointSaved { step: 24, .. }) && user.sender.is_some() {
            user.wish(Command::Stop);
            user.hang_up();
        }
    });
    assert_eq!(outline(&before).last().unwrap(), "stopped 24");
    let after = train(&job, &[], quiet);
    assert_eq!(outline(&after), ["evaluated 24", "evaluated 24", "finished 24"]);
}

#[test]
fn an_evaluation_on_wish_has_the_figures_of_the_epochs_end_at_the_same_weights() {
    let place = Place::new();
    let look = Command::Evaluate(SplitName::Validation);
    // Before the epoch's own, and after it.
    let mut wishes = [[look, Command::Epoch], [look, Command::Continue]].into_iter();
    let events = train(&job(&place, ""), &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == EPOCH => user.wish(Command::Pause),
        TrainEvent::Paused { .. } => user.wish_all(&wishes.next().unwrap()),
        _ => {}
    });
    let at_the_end: Vec<Evaluated> = evaluations(&events).into_iter().filter(|of| of.step == EPOCH).collect();
    let [before, own, after] = &at_the_end[..] else { panic!("{}", at_the_end.len()) };
    assert!(own.best && !before.best && !after.best);
    for wished in [before, after] {
        assert_eq!((wished.epoch, wished.weights, &wished.report), (1, Weights::Last, &own.report));
        assert_eq!(wished.predictions.as_deref(), Some("predictions/step-000006-validation.npz"));
    }
    assert_eq!(own.predictions.as_deref(), Some("predictions/epoch-001.npz"));
}

#[test]
fn the_test_split_is_not_evaluated_before_the_end() {
    let place = Place::new();
    let events = train(&job(&place, ""), &[Command::Evaluate(SplitName::Test)], quiet);
    assert_eq!(
        warnings(&events),
        ["the test split is evaluated at the end alone: what is chosen by it proves nothing"]
    );
    assert_eq!(outline(&events)[1], "stepped 1");
}

/// The probabilities and labels of a predictions file.
fn predictions(path: &Path) -> (Vec<f32>, Vec<u8>) {
    let mut zip = zip::ZipArchive::new(File::open(path).unwrap()).unwrap();
    let mut member = |name: &str| {
        let mut bytes = Vec::new();
        zip.by_name(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let (probabilities, labels) = (member("probabilities.npy"), member("labels.npy"));
    let read = npyz::NpyFile::new(&probabilities[..]).unwrap().into_vec().unwrap();
    (read, npyz::NpyFile::new(&labels[..]).unwrap().into_vec().unwrap())
}

#[test]
fn every_evaluation_names_the_file_of_its_predictions_which_give_its_figures() {
    let place = Place::new();
    let job = job(&place, "early_stopping: (patience: 1, min_delta: 0.5, restore_best: true),");
    let looks = [SplitName::Validation, SplitName::Train].map(Command::Evaluate);
    let events = train(&job, &looks, quiet);
    let evaluated = evaluations(&events);
    let files: Vec<&str> = evaluated.iter().map(|of| of.predictions.as_deref().unwrap()).collect();
    let expected = [
        "predictions/step-000000-validation.npz",
        "predictions/step-000000-train.npz",
        "predictions/epoch-001.npz",
        "predictions/epoch-002.npz",
        "predictions/validation-best.npz",
        "predictions/test-last.npz",
        "predictions/test-best.npz",
    ];
    assert_eq!(files, expected);
    for evaluated in &evaluated {
        let (probabilities, labels) = predictions(&job.folder.path().join(evaluated.predictions.as_ref().unwrap()));
        assert_eq!(labels, job.dataset.split(evaluated.split).labels());
        let rows: Vec<&[f32]> = probabilities.chunks(3).collect();
        let right = rows.iter().zip(&labels).filter(|(row, label)| {
            let on_label = row[usize::from(**label)];
            row.iter().filter(|share| **share >= on_label).count() == 1
        });
        let loss = rows.iter().zip(&labels).map(|(row, label)| -f64::from(row[usize::from(*label)]).ln());
        let (count, report) = (labels.len(), &evaluated.report);
        assert_eq!((rows.len(), report.count), (count, count));
        assert_eq!(report.accuracy, right.count() as f64 / count as f64);
        assert!((report.loss - loss.sum::<f64>() / count as f64).abs() < 1e-6, "{evaluated:?}");
    }
}

#[test]
fn a_wish_that_the_disk_refuses_costs_a_warning_and_not_the_run() {
    let place = Place::new();
    let (left_alone, job) = (job(&place, ""), job(&place, ""));
    let whole = train(&left_alone, &[], quiet);
    let folders = [job.folder.predictions(), job.folder.checkpoints()];
    let mut warned = 0;
    let events = train(&job, &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == 2 => {
            for folder in &folders {
                fs::remove_dir(folder).unwrap();
                fs::write(folder, "in the way").unwrap();
            }
            user.wish_all(&[Command::Evaluate(SplitName::Train), Command::Checkpoint]);
        }
        TrainEvent::Warned { .. } => {
            fs::remove_file(&folders[warned]).unwrap();
            fs::create_dir(&folders[warned]).unwrap();
            warned += 1;
        }
        _ => {}
    });
    let warnings = warnings(&events);
    assert!(warnings[0].starts_with("no evaluation after step 2: cannot write"), "{warnings:?}");
    assert!(warnings[1].starts_with("no checkpoint after step 2: cannot create"), "{warnings:?}");
    assert_eq!((warnings.len(), end_of(&job)), (2, end_of(&left_alone)));
    assert_eq!(steps(&events), steps(&whole));
}

#[test]
fn a_device_that_works_ahead_has_told_all_its_steps_where_it_pauses() {
    let place = Place::new();
    let (devices, _) = place.expect(0, &["devices"]);
    if !devices.contains("gpu:0") {
        let words = "no graphics adapter on this machine (apt-get install mesa-vulkan-drivers libvulkan1)";
        assert!(std::env::var_os("VIVIT_GRAPHICS_EXPECTED").is_none(), "{words}");
        writeln!(std::io::stderr(), "skipped: {words}").unwrap();
        return;
    }
    let compute = Compute { device: Device::wgpu_options().init().unwrap(), name: "gpu:0".into() };
    assert!(compute.read_every() > 9, "this test says nothing about a device that is always read");
    let on_gpu = |training: &str| Job { compute: compute.clone(), ..job(&place, training) };
    let first = [Command::SetBreakpoint("train.loss > 0".parse().unwrap()), Command::Pause];
    let job = on_gpu(RECIPE);
    let events = train(&job, &first, |event, user| {
        let TrainEvent::Paused { step, .. } = event else { return };
        user.wish_all(&match step {
            0 => vec![Command::Continue],
            // Met by the very first step, though this device would be read after ten.
            1 => vec![Command::SetBreakpoint("step >= 9".parse().unwrap()), Command::Step(3)],
            4 => vec![Command::Checkpoint, Command::Continue],
            9 => vec![Command::Step(1)],
            _ => vec![Command::Stop],
        });
    });
    assert_eq!(pauses(&events).iter().map(|(step, _)| *step).collect::<Vec<_>>(), [0, 1, 4, 9, 10]);
    let mut told = 0;
    for event in &events {
        match event {
            TrainEvent::Stepped(stepped) => told = stepped.step,
            TrainEvent::Paused { step, .. } => assert_eq!(told, *step),
            // Written beside the training, which may be further on when it is heard of.
            TrainEvent::CheckpointSaved { step, .. } => assert!(told >= *step),
            _ => {}
        }
    }
    assert_eq!(told, 10);
    let whole = train(&on_gpu(RECIPE), &[Command::Step(10)], |event, user| {
        if matches!(event, TrainEvent::Paused { .. }) {
            user.wish(Command::Stop);
        }
    });
    assert_eq!(steps(&events), steps(&whole));
}
