//! The model's evidence over the slices: what is asked, of whom and how often, and what is drawn.

use ratatui::style::Color;
use vivit_tui::app::volumes::Plane;
use vivit_tui::app::{Effect, Msg};
use vivit_tui::event::{
    Asked, Command, Evidence, Explained, Finished, Method, OfClass, Outcome, SplitName, ToExplain, TrainEvent,
};
use vivit_tui::ui::colour_map::diverging;
use vivit_tui::ui::theme::Depth;

use crate::run::{follow, met, serve};
use crate::stage::Stage;
use crate::{slice, voxel};

pub fn question(index: usize, method: Method) -> ToExplain {
    ToExplain { split: SplitName::Validation, index, method, class: OfClass::Taken }
}

/// An answer for class 6 of the recorded run, `heart`: token 13, in the middle, speaks for it and token 14 against it.
fn answer(question: ToExplain, asked: Asked, step: u64) -> Explained {
    let mut values = match question.method {
        Method::Occlusion => vec![0.0; 27],
        Method::Rollout => vec![0.03; 27],
    };
    (values[13], values[14]) = if question.method == Method::Occlusion { (0.4, -0.2) } else { (0.2, 0.05) };
    let mut probabilities = vec![0.02; 11];
    probabilities[6] = 0.8;
    let found = Ok(Evidence { class: 6, taken: 6, probabilities, values });
    Explained { question, asked, step, epoch: step / 31, averaged: false, found }
}

/// What is asked of the trainer since the last look.
fn asked(stage: &mut Stage) -> Vec<ToExplain> {
    let asked = std::mem::take(&mut stage.effects).into_iter().filter_map(|effect| match effect {
        Effect::Command(Command::Explain(question)) => Some(question),
        _ => None,
    });
    asked.collect()
}

pub fn live(stage: &mut Stage, question: ToExplain, step: u64) {
    stage.fact(TrainEvent::Explained(Box::new(answer(question, Asked::Live, step))));
}

fn tick(stage: &mut Stage, now_ms: u64) {
    stage.send(Msg::Tick { now_ms });
}

/// A run in training with occlusion of its first volume over the slices, in 120×40.
pub fn explained() -> Stage {
    let mut stage = met(2, 120, 40);
    stage.keys(&["E"]);
    assert_eq!(asked(&mut stage), [question(0, Method::Occlusion)]);
    live(&mut stage, question(0, Method::Occlusion), 70);
    stage
}

#[test]
fn nothing_is_asked_until_it_is_wanted_and_then_once() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["n", "t"]);
    tick(&mut stage, 5_000);
    assert_eq!(asked(&mut stage), []);
    stage.keys(&["E"]);
    assert_eq!(asked(&mut stage), [question(1, Method::Occlusion)]);
    assert!(stage.text().contains("evidence  occlusion: looking…"), "{}", stage.text());
    for now_ms in [5_100, 6_000, 12_000] {
        tick(&mut stage, now_ms);
    }
    assert_eq!(asked(&mut stage), []);
    live(&mut stage, question(1, Method::Occlusion), 62);
    tick(&mut stage, 13_000);
    assert_eq!(asked(&mut stage), []);
}

#[test]
fn the_overlay_follows_the_walk_one_question_at_a_time_and_what_is_known_is_kept() {
    let mut stage = explained();
    stage.keys(&["n", "n", "n"]);
    assert_eq!(asked(&mut stage), [question(1, Method::Occlusion)], "the next waits for it");
    live(&mut stage, question(1, Method::Occlusion), 71);
    assert_eq!(asked(&mut stage), [question(3, Method::Occlusion)], "what was leafed past is not asked");
    // Whoever has waited long enough does not wait for what nobody wants any more.
    stage.keys(&["n"]);
    assert_eq!(asked(&mut stage), []);
    tick(&mut stage, 400);
    assert_eq!(asked(&mut stage), [question(4, Method::Occlusion)]);
    live(&mut stage, question(3, Method::Occlusion), 72);
    live(&mut stage, question(4, Method::Occlusion), 72);
    stage.keys(&["N", "N", "N", "N"]);
    assert_eq!(asked(&mut stage), [question(2, Method::Occlusion)], "the only one that is not known");
    assert!(stage.text().contains("live, step 70"));
}

#[test]
fn newer_weights_are_asked_after_a_validation_and_behind_every_step_that_the_run_stands_at() {
    let mut stage = explained();
    follow(&mut stage, 2, 3);
    tick(&mut stage, 1_000);
    assert_eq!(asked(&mut stage), [question(0, Method::Occlusion)]);
    assert!(stage.text().contains("live, step 70"), "the old one stands until the new one comes");
    live(&mut stage, question(0, Method::Occlusion), 95);
    assert!(stage.text().contains("live, step 95"));
    tick(&mut stage, 2_000);
    assert_eq!(asked(&mut stage), []);
    let paused = |step| TrainEvent::Paused { step, epoch: 4, reason: vivit_tui::event::PauseReason::Asked };
    let mut stepped = crate::stage::recorded().into_iter().filter(|event| matches!(event, TrainEvent::Stepped(_)));
    stage.fact(stepped.nth(96).unwrap());
    stage.fact(paused(97));
    tick(&mut stage, 3_000);
    assert_eq!(asked(&mut stage), [question(0, Method::Occlusion)]);
}

#[test]
fn a_rollback_takes_back_what_the_lost_steps_had_said() {
    let mut stage = explained();
    stage.fact(TrainEvent::Resumed { step: 62, epoch: 3, wall_ms: 0, device: "cpu".into() });
    tick(&mut stage, 1_000);
    assert_eq!(asked(&mut stage), [question(0, Method::Occlusion)]);
    assert!(!stage.text().contains("live, step 70"));
}

#[test]
fn a_checkpoint_is_asked_of_a_run_that_is_over_and_of_an_epoch_whose_checkpoint_is_kept() {
    let mut stage = explained();
    // The checkpoint of epoch 3 is kept, that of epoch 2 is not.
    follow(&mut stage, 2, 4);
    tick(&mut stage, 1_000);
    serve(&mut stage);
    let by_checkpoint = |stage: &mut Stage| -> Vec<Option<u64>> {
        let effects = std::mem::take(&mut stage.effects).into_iter();
        effects.filter_map(|effect| if let Effect::Explain { step, .. } = effect { Some(step) } else { None }).collect()
    };
    stage.keys(&["("]);
    tick(&mut stage, 2_000);
    assert_eq!(by_checkpoint(&mut stage), [Some(93)]);
    stage.keys(&["("]);
    tick(&mut stage, 3_000);
    assert_eq!(asked(&mut stage), [question(0, Method::Occlusion)], "the weights as they are");
    stage.keys(&["Z"]);
    let finished = Finished { outcome: Outcome::Completed, step: 124, epoch: 4, best_epoch: 4, wall_ms: 1 };
    stage.fact(TrainEvent::Finished(finished));
    stage.send(Msg::Ended { code: 0, failure: None });
    tick(&mut stage, 5_000);
    assert_eq!(by_checkpoint(&mut stage), [None]);
    let run = stage.app.own.as_ref().unwrap().name.clone();
    let explained = Box::new(answer(question(0, Method::Occlusion), Asked::Checkpoint, 124));
    stage.send(Msg::Explained { run, explained });
    assert!(stage.text().contains("checkpoint of epoch 4"), "{}", stage.text());
}

#[test]
fn what_cannot_be_found_out_is_said_and_not_asked_again() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["E"]);
    let found = Err("the weights have diverged".to_owned());
    let refused = Explained { found, ..answer(question(0, Method::Occlusion), Asked::Live, 70) };
    stage.fact(TrainEvent::Explained(Box::new(refused)));
    stage.effects.clear();
    for now_ms in [1_000, 30_000, 60_000] {
        tick(&mut stage, now_ms);
    }
    assert_eq!(asked(&mut stage), []);
    assert!(stage.text().contains("no occlusion: see the log") && stage.text().contains("have diverged"));
}

#[test]
fn the_key_goes_from_nothing_over_occlusion_and_rollout_to_nothing_and_another_to_the_label() {
    let mut stage = explained();
    let text = stage.text();
    assert!(text.contains("evidence  p(heart) 80.0 %") && text.contains("drop      −0.200 … +0.400"), "{text}");
    assert!(text.contains("here      +0.400") && text.contains("unseen    37.0 % · faded"), "{text}");
    stage.keys(&["E"]);
    live(&mut stage, question(0, Method::Rollout), 70);
    let text = stage.text();
    assert!(text.contains("rollout, for any class") && text.contains("shares    3.0 % … 20.0 %"), "{text}");
    stage.keys(&["E"]);
    assert!(!stage.text().contains("evidence") && stage.text().contains("voxels, log"));
    stage.effects.clear();
    stage.keys(&["E", "L"]);
    tick(&mut stage, 1_000);
    let label = ToExplain { class: OfClass::Label, ..question(0, Method::Occlusion) };
    assert_eq!(asked(&mut stage), [label]);
    live(&mut stage, label, 70);
    assert!(stage.text().contains("p(heart) 80.0 % (label)"), "{}", stage.text());
}

/// What lies over each voxel, by the formula: the tubelet in the middle red, the one behind it along the width half as
/// strongly blue, and where no tubelet is the margin.
#[test]
fn the_tubelets_lie_over_their_voxels_and_nothing_over_the_others() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["X", "t"]);
    let faded = stage.draw();
    stage.keys(&["t", "t", "E"]);
    live(&mut stage, question(0, Method::Occlusion), 70);
    let over = stage.draw();
    let mixed = |value: u8, share: f64, covers: u32| {
        let mix = |veil: u8| (u32::from(value) * (256 - covers) + u32::from(veil) * covers + 128) / 256;
        let [r, g, b] = diverging(share).map(|veil| mix(veil) as u8);
        Color::Rgb(r, g, b)
    };
    let mut seen = [0; 3];
    for (x, y, row, column) in slice(&stage, Plane::Axial) {
        let middle = (8..16).contains(&row);
        let value = voxel(14, row, column);
        let (kind, expected) = match column {
            8..16 if middle => (0, mixed(value, 1.0, 150)),
            16..24 if middle => (1, mixed(value, -0.5, 75)),
            // Evidence of nothing leaves a seen voxel as it is, and the margin is faded as ever.
            _ => (2, faded[(x, y)].fg),
        };
        assert_eq!(over[(x, y)].fg, expected, "{row} {column}");
        seen[kind] += 1;
    }
    assert_eq!(seen, [32, 32, 28 * 14 - 64]);
}

#[test]
fn without_colours_signs_stand_for_the_evidence() {
    for depth in [Depth::Mono, Depth::Ansi] {
        let mut stage = explained();
        stage.look.depth = depth;
        stage.keys(&["X"]);
        let drawn = stage.draw();
        for (x, y, row, column) in slice(&stage, Plane::Axial) {
            let symbol = drawn[(x, y)].symbol();
            let (inside, every_other) = ((8..16).contains(&row), (x + y).is_multiple_of(2));
            let expected = match column {
                8..16 if inside && every_other => "+",
                16..24 if inside && every_other => "-",
                _ => {
                    assert!(!["+", "-"].contains(&symbol), "{row} {column}");
                    continue;
                }
            };
            assert_eq!(symbol, expected, "{row} {column}");
        }
        assert!(stage.text().contains("+ for, - against; strongest reversed"), "{}", stage.text());
    }
}

#[test]
fn pictures_show_it_too() {
    for graphics in crate::KINDS {
        let mut stage = crate::pictured(graphics, 120, 40);
        stage.keys(&["E"]);
        let _ = stage.draw();
        let before = stage.look.pictures.encoded();
        live(&mut stage, question(0, Method::Occlusion), 70);
        let _ = stage.draw();
        assert_eq!(stage.look.pictures.encoded(), before + 3, "three slices look otherwise");
        let _ = stage.draw();
        assert_eq!(stage.look.pictures.encoded(), before + 3, "and then the same");
    }
}

#[test]
fn no_size_breaks_it() {
    for (columns, rows) in crate::stage::SIZES {
        for depth in [Depth::True, Depth::Mono] {
            let mut stage = explained();
            stage.look.depth = depth;
            stage.send(Msg::Resized { columns, rows });
            let _ = stage.draw();
            stage.keys(&["E", "enter"]);
            let _ = stage.draw();
        }
    }
}
