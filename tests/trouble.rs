//! Trouble, with somebody there to decide: a run that cannot write stands still and tries again, a figure that is not
//! finite is not stepped over, and a run can go back.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::float_cmp)]

mod common;
#[path = "common/user.rs"]
mod user;

use std::fs;
use std::io::Write;
use std::path::Path;

use burn::tensor::Device;
use common::Place;
use user::{
    EPOCH, User, end_of, job, outline, own_evaluations, pauses, quiet, step_of, steps, train, try_to_train, warnings,
};
use vivit_tui::app::Run;
use vivit_tui::event::{Command, NotFinite, PauseReason, SplitName, TrainEvent};
use vivit_tui::train::checkpoint::{self, Checkpoint};
use vivit_tui::train::{Compute, Error, Job, Trouble};

const RECIPE: &str =
    "clip_norm: 1.0, label_smoothing: 0.1, mixup: 0.4, ema: (decay: 0.9), schedule: Cosine(warmup_steps: 3),";
/// No weights survive a step of it.
const RUINOUS: Command = Command::SetLearningRate(1e30);

/// Trains with somebody there, to an end that is good.
fn attended(job: &Job, first: &[Command], react: impl FnMut(&TrainEvent, &mut User)) -> Vec<TrainEvent> {
    let (events, result, died) = try_to_train(job, first, Trouble::Waits, react);
    assert_eq!(result.is_err(), died, "{result:?}");
    events
}

/// Puts a file where a folder has to be, or takes it away.
fn block(folder: &Path) {
    fs::rename(folder, folder.with_extension("away")).unwrap();
    fs::write(folder, "in the way").unwrap();
}

fn unblock(folder: &Path) {
    fs::remove_file(folder).unwrap();
    fs::rename(folder.with_extension("away"), folder).unwrap();
}

fn cannot_write(event: &TrainEvent) -> Option<(u64, &str, &str, &str)> {
    match event {
        TrainEvent::Paused { step, reason: PauseReason::CannotWrite { what, path, why }, .. } => {
            Some((*step, what, path, why))
        }
        _ => None,
    }
}

fn not_finite(event: &TrainEvent) -> Option<(u64, &NotFinite)> {
    match event {
        TrainEvent::Paused { step, reason: PauseReason::NotFinite(bad), .. } => Some((*step, bad)),
        _ => None,
    }
}

#[test]
fn what_cannot_be_written_is_tried_again_until_it_can_and_nothing_is_lost() {
    let place = Place::new();
    let whole_job = job(&place, RECIPE);
    let whole = train(&whole_job, &[], quiet);
    for part in ["predictions", "checkpoints"] {
        let job = job(&place, RECIPE);
        let folder = job.folder.path().join(part);
        let mut stood = 0;
        let events = attended(&job, &[], |event, user| {
            if step_of(event) == Some(EPOCH) {
                block(&folder);
            }
            if let Some((_, what, path, why)) = cannot_write(event) {
                assert!(path.starts_with(folder.to_str().unwrap()) && !what.is_empty(), "{what} {path}");
                assert!(why.contains("os error"), "{why}");
                stood += 1;
                if stood == 3 {
                    unblock(&folder);
                }
                user.wish(Command::Continue);
            }
        });
        assert_eq!(stood, 3, "{part}");
        let outline = outline(&events);
        // Once for each time that it failed, and then the run goes on.
        let last = events.iter().rposition(|event| cannot_write(event).is_some()).unwrap();
        assert!(outline[last + 1].starts_with("continued"), "{outline:?}");
        assert_eq!(steps(&events), steps(&whole), "{part}");
        assert_eq!(own_evaluations(&events), own_evaluations(&whole), "{part}");
        assert_eq!(end_of(&job), end_of(&whole_job), "{part}");
        let saved = |events: &[TrainEvent]| -> Vec<String> {
            user::outline(events).into_iter().filter(|line| line.starts_with("checkpoint_saved")).collect()
        };
        assert_eq!(saved(&events), saved(&whole), "the checkpoint is that of the moment that could not be kept");
        let best = Checkpoint::read(&checkpoint::all(&job.folder)[0].1).unwrap().state.best.unwrap();
        assert!(checkpoint::all(&job.folder).iter().any(|(step, _)| *step == best.step));
    }
}

#[test]
fn with_nobody_there_what_cannot_be_written_ends_the_run_which_can_be_resumed() {
    let place = Place::new();
    let (left_alone, job) = (job(&place, RECIPE), job(&place, RECIPE));
    let whole = train(&left_alone, &[], quiet);
    let folder = job.folder.predictions();
    let (before, result, _) = try_to_train(&job, &[], Trouble::Fails, |event, _| {
        if step_of(event) == Some(2 * EPOCH) {
            block(&folder);
        }
    });
    assert!(matches!(result, Err(Error::Folder(_))), "{result:?}");
    assert!(pauses(&before).is_empty());
    unblock(&folder);
    let after = train(&job, &[], quiet);
    assert_eq!(steps(&after), steps(&whole)[usize::try_from(EPOCH).unwrap()..]);
    assert_eq!(end_of(&job), end_of(&left_alone));
}

#[test]
fn whoever_stops_a_run_that_cannot_write_has_it_tried_once_more() {
    let place = Place::new();
    for mended in [true, false] {
        let job = job(&place, RECIPE);
        let folder = job.folder.checkpoints();
        let (events, result, _) = try_to_train(&job, &[], Trouble::Waits, |event, user| {
            if step_of(event) == Some(EPOCH) {
                block(&folder);
            }
            if cannot_write(event).is_some() {
                if mended {
                    unblock(&folder);
                }
                user.wish(Command::Stop);
            }
        });
        assert_eq!(events.iter().filter(|event| cannot_write(event).is_some()).count(), 1);
        if mended {
            result.unwrap();
            let stopped = outline(&events).pop().unwrap();
            let newest = checkpoint::newest(&job.folder).unwrap().0.state.step;
            assert_eq!(stopped, format!("stopped {newest}"));
        } else {
            assert!(matches!(result, Err(Error::Checkpoint(_))), "{result:?}");
        }
    }
}

#[test]
fn a_stop_that_cannot_be_kept_waits_for_room() {
    let place = Place::new();
    let job = job(&place, RECIPE);
    let folder = job.folder.checkpoints();
    let events = attended(&job, &[], |event, user| {
        if step_of(event) == Some(2) {
            block(&folder);
            user.wish(Command::Stop);
        }
        if cannot_write(event).is_some() {
            unblock(&folder);
            user.wish(Command::Continue);
        }
    });
    assert_eq!(outline(&events)[2..], ["paused 2", "continued 2", "checkpoint_saved 2", "stopped 2"]);
}

#[test]
fn a_pause_is_given_up_for_a_wish_to_go_on_and_the_next_one_is_not() {
    let place = Place::new();
    let job = job(&place, RECIPE);
    let folder = job.folder.checkpoints();
    let mut pauses_wished = 0;
    let events = attended(&job, &[], |event, user| match event {
        // The checkpoint of the epoch's end is waited for before the run pauses; it fails.
        TrainEvent::EpochFinished(finished) if finished.epoch == 1 => {
            block(&folder);
            user.wish(Command::Pause);
        }
        TrainEvent::Stepped(stepped) if stepped.step == EPOCH + 2 && pauses_wished == 0 => {
            pauses_wished = 1;
            user.wish(Command::Pause);
        }
        event if cannot_write(event).is_some() && folder.is_file() => {
            unblock(&folder);
            user.wish(Command::Continue);
        }
        // Told once more where the wish to pause is heard after the trouble.
        event if cannot_write(event).is_some() => {}
        TrainEvent::Paused { .. } => user.wish(Command::Continue),
        _ => {}
    });
    let mut pauses = pauses(&events);
    pauses.dedup();
    assert!(pauses.len() == 2 && pauses[0].0 == EPOCH, "{pauses:?}");
    assert_eq!(pauses[1], (EPOCH + 2, PauseReason::Asked));
}

#[test]
fn wishes_that_have_to_wait_are_told_so_and_breakpoints_are_set_all_the_same() {
    let place = Place::new();
    let job = job(&place, RECIPE);
    let folder = job.folder.predictions();
    let breakpoint = "epoch >= 2".parse().unwrap();
    let waits = [
        Command::Checkpoint,
        Command::Evaluate(SplitName::Validation),
        Command::SetLearningRate(1e-3),
        Command::RollBack(None),
    ];
    let events = attended(&job, &[], |event, user| {
        if step_of(event) == Some(EPOCH) {
            block(&folder);
        }
        if cannot_write(event).is_some() && user.sender.is_some() {
            user.wish_all(&waits);
            user.wish_all(&[Command::ClearBreakpoints, Command::SetBreakpoint(breakpoint)]);
            unblock(&folder);
            user.wish(Command::Continue);
        } else if matches!(event, TrainEvent::Paused { .. }) {
            user.wish(Command::Continue);
        }
    });
    assert_eq!(warnings(&events), ["first what failed has to be written; going on tries it again"; 4]);
    assert!(pauses(&events).contains(&(2 * EPOCH, PauseReason::Breakpoint { breakpoint, value: 2.0 })));
}

/// Nobody is left who could say how to go on: that is no reason to wait for ever.
#[test]
fn nobody_left_in_trouble_ends_the_run() {
    let place = Place::new();
    let job = job(&place, RECIPE);
    let folder = job.folder.predictions();
    let (events, result, _) = try_to_train(&job, &[], Trouble::Waits, |event, _| {
        if step_of(event) == Some(EPOCH) {
            block(&folder);
        }
    });
    assert!(cannot_write(events.last().unwrap()).is_some());
    assert!(matches!(result, Err(Error::Folder(_))), "{result:?}");
}

#[test]
fn a_loss_that_is_not_finite_pauses_the_run_before_its_step() {
    let place = Place::new();
    let job = job(&place, RECIPE);
    let mut stood = 0;
    let events = attended(&job, &[], |event, user| {
        if step_of(event) == Some(EPOCH + 2) && stood == 0 {
            user.wish(RUINOUS);
        }
        if let Some((step, bad)) = not_finite(event) {
            assert!(!bad.applied && bad.step == step + 1 && bad.epoch == 2, "{bad:?}");
            assert!(bad.figure == "loss" && bad.of == 8 && bad.affected >= 1, "{bad:?}");
            // Places in the training split, of volumes that this step has seen.
            let order = vivit_tui::data::order(job.experiment.seed, 2, job.dataset.train.len());
            let batch = usize::try_from(step - EPOCH).unwrap() * 8;
            let seen = &order[batch..batch + 8];
            assert!(bad.volumes.iter().all(|&volume| seen.contains(&usize::try_from(volume).unwrap())), "{bad:?}");
            stood += 1;
            match stood {
                // The same step gives the same figure.
                1 => user.wish(Command::Continue),
                2 => user.wish_all(&[Command::RollBack(Some(EPOCH)), Command::SetLearningRate(3e-3)]),
                _ => panic!("{bad}"),
            }
        } else if matches!(event, TrainEvent::CheckpointSaved { step: EPOCH, .. }) && stood == 2 {
            user.wish(Command::Continue);
        }
    });
    assert_eq!(stood, 2);
    let run = Run::of(events.iter().cloned());
    assert_eq!((run.step, run.epochs.len()), (24, 4));
    assert_eq!(outline(&events).last().unwrap(), "finished 24");
    // As if the ruinous rate had never been set.
    let left_alone = self::job(&place, RECIPE);
    let whole = train(&left_alone, &[], quiet);
    let after = events.iter().rposition(|event| matches!(event, TrainEvent::Resumed { .. })).unwrap();
    assert_eq!(steps(&events[after..]), steps(&whole)[usize::try_from(EPOCH).unwrap()..]);
    assert_eq!(end_of(&job), end_of(&left_alone));
}

/// Where figures are read late, steps are applied that should not have been: nothing of them is kept.
#[test]
fn what_a_device_that_works_ahead_has_spoilt_is_kept_nowhere_and_left_behind() {
    let place = Place::new();
    let (devices, _) = place.expect(0, &["devices"]);
    if !devices.contains("gpu:0") {
        let words = "no graphics adapter on this machine (apt-get install mesa-vulkan-drivers libvulkan1)";
        assert!(std::env::var_os("VIVIT_GRAPHICS_EXPECTED").is_none(), "{words}");
        drop(writeln!(std::io::stderr(), "skipped: {words}"));
        return;
    }
    let compute = Compute { device: Device::wgpu_options().init().unwrap(), name: "gpu:0".into() };
    for end in [Command::Continue, Command::Stop] {
        let job = Job { compute: compute.clone(), ..job(&place, "") };
        let mut stood = 0;
        let (events, result, _) =
            try_to_train(&job, &[Command::SetLearningRate(1e30)], Trouble::Waits, |event, user| {
                if let Some((step, bad)) = not_finite(event) {
                    assert!(bad.applied && bad.step == step + 1, "{bad:?}");
                    stood += 1;
                    user.wish_all(&match (stood, end) {
                        (1, _) => vec![Command::Checkpoint, Command::Step(1)],
                        (_, Command::Stop) => vec![Command::Stop],
                        _ => vec![Command::SetLearningRate(1e-3), Command::RollBack(Some(0)), Command::Continue],
                    });
                }
            });
        assert_eq!(stood, 2);
        assert_eq!(warnings(&events)[0], "these weights are not finite: roll back first");
        if end == Command::Stop {
            assert!(matches!(result, Err(Error::NotFinite(_))), "{result:?}");
            assert!(checkpoint::all(&job.folder).iter().all(|(step, _)| *step == 0), "nothing spoilt is kept");
        } else {
            result.unwrap();
            assert_eq!(outline(&events).last().unwrap(), "finished 24");
            assert!(steps(&events).iter().rev().take(24).all(|step| step.learning_rate == 1e-3));
        }
    }
}

#[test]
fn with_nobody_there_a_loss_that_is_not_finite_ends_the_run_before_its_step() {
    let place = Place::new();
    let job = job(&place, RECIPE);
    let (events, result, _) = try_to_train(&job, &[RUINOUS], Trouble::Fails, quiet);
    let Err(Error::NotFinite(bad)) = result else { panic!("{result:?}") };
    assert_eq!(bad.step, steps(&events).len() as u64 + 1);
    assert!(bad.to_string().ends_with("the step was not applied"), "{bad}");
}

#[test]
fn a_run_that_is_rolled_back_and_left_as_it_was_ends_as_one_that_never_was() {
    let place = Place::new();
    let whole_job = job(&place, RECIPE);
    let whole = train(&whole_job, &[], quiet);
    // From the middle of an epoch, right after a checkpoint, and to the beginning.
    for (at, to, lands) in
        [(9, None, EPOCH), (2 * EPOCH, None, EPOCH), (3, None, 0), (20, Some(0), 0), (20, Some(12), 12)]
    {
        let job = job(&place, RECIPE);
        let breakpoint = "step >= 23".parse().unwrap();
        let mut back = false;
        let events = attended(&job, &[Command::SetBreakpoint(breakpoint)], |event, user| match event {
            TrainEvent::Stepped(stepped) if stepped.step == at && !back => {
                back = true;
                // At an epoch's end its own checkpoint is written first.
                user.wish_all(&if at == 2 * EPOCH { vec![Command::Epoch] } else { vec![Command::RollBack(to)] });
            }
            TrainEvent::Paused { step, .. } if *step == at => user.wish(Command::RollBack(to)),
            TrainEvent::Paused { .. } => user.wish(Command::Continue),
            _ => {}
        });
        let place_of = |kind: &str| outline(&events).iter().position(|line| line.starts_with(kind)).unwrap();
        let resumed = place_of("resumed");
        // The breakpoint stands where the run now is as well.
        let expected = [format!("resumed {lands}"), "breakpoint_set".into(), format!("paused {lands}")];
        assert_eq!(outline(&events)[resumed..resumed + 3], expected, "from {at} to {to:?}");
        assert_eq!(steps(&events[resumed..]), steps(&whole)[usize::try_from(lands).unwrap()..], "from {at} to {to:?}");
        assert_eq!(end_of(&job), end_of(&whole_job), "from {at} to {to:?}");
        let (mut folded, expected) = (Run::of(events.iter().cloned()), Run::of(whole.iter().cloned()));
        folded.wall_ms = expected.wall_ms;
        assert_eq!((folded.step, folded.epochs.len(), folded.breakpoints.len()), (24, 4, 0));
        assert_eq!(folded.curves.best().map(|best| best.epoch), expected.curves.best().map(|best| best.epoch));
    }
}

#[test]
fn a_kill_after_a_roll_back_goes_on_from_where_it_led_and_with_the_rate_that_was_set() {
    let place = Place::new();
    let script = |event: &TrainEvent, user: &mut User, dies_at: Option<u64>| match event {
        TrainEvent::Stepped(stepped) if stepped.step == 2 * EPOCH + 3 && stepped.learning_rate > 1e-3 => {
            // The one that was wished for later must not be taken for the newest.
            user.wish_all(&[Command::Checkpoint, Command::SetLearningRate(1e-3), Command::RollBack(Some(EPOCH))]);
        }
        TrainEvent::Paused { .. } => user.wish(Command::Continue),
        TrainEvent::Stepped(stepped) if Some(stepped.step) == dies_at && stepped.learning_rate <= 1e-3 => user.kill(),
        _ => {}
    };
    let whole_job = job(&place, "");
    let whole = attended(&whole_job, &[], |event, user| script(event, user, None));
    let killed = job(&place, "");
    attended(&killed, &[], |event, user| script(event, user, Some(EPOCH + 2)));
    let newest = checkpoint::newest(&killed.folder).unwrap().0.state;
    assert_eq!((newest.step, newest.learning_rate), (EPOCH, Some(1e-3)));
    let wished = killed.folder.checkpoints().join(format!("left-1-step-{:06}", 2 * EPOCH + 3));
    assert_eq!(Checkpoint::read(&wished).unwrap().state.step, 2 * EPOCH + 3, "what was wished for is kept");
    let resumed = train(&killed, &[], quiet);
    let back = whole.iter().position(|event| matches!(event, TrainEvent::Resumed { .. })).unwrap();
    assert_eq!(steps(&resumed), steps(&whole[back..]));
    assert_eq!(end_of(&killed), end_of(&whole_job));
}

#[test]
fn a_roll_back_goes_one_checkpoint_further_each_time_and_past_the_damaged() {
    let place = Place::new();
    let job = job(&place, "checkpoints: (keep: 4),");
    let mut wishes = 0;
    let events = attended(&job, &[], |event, user| match event {
        TrainEvent::Stepped(stepped) if stepped.step == 20 && wishes == 0 => {
            let damaged = job.folder.checkpoints().join(checkpoint::name(2 * EPOCH)).join("model.bpk");
            fs::write(damaged, "rubbish").unwrap();
            user.wish(Command::RollBack(None));
        }
        TrainEvent::Paused { .. } => {
            wishes += 1;
            user.wish(Command::RollBack(None));
        }
        TrainEvent::Warned { message } if message.contains("at its beginning") => user.wish(Command::Continue),
        _ => {}
    });
    let back: Vec<String> = outline(&events).into_iter().filter(|line| line.starts_with("resumed")).collect();
    assert_eq!(back, ["resumed 18", "resumed 6", "resumed 0"]);
    let warnings = warnings(&events);
    assert!(warnings[0].contains("model.bpk was changed"), "{warnings:?}");
    assert_eq!(warnings[1..], ["the run is not rolled back: it stands at its beginning"]);
    assert_eq!(outline(&events).last().unwrap(), "finished 24");
}

#[test]
fn a_step_that_has_no_checkpoint_is_refused_with_those_that_have() {
    let place = Place::new();
    let job = job(&place, "checkpoints: (keep: 4),");
    let events = attended(&job, &[], |event, user| {
        if step_of(event) == Some(15) {
            user.wish(Command::RollBack(Some(7)));
        }
    });
    let why = "the run is not rolled back: it keeps no checkpoint of step 7; it keeps 6, 12";
    assert_eq!(warnings(&events), [why]);
    assert_eq!(steps(&events).len(), 24);
}
