//! The editor of a run that is to be started, over the screens, through the real way of an event: a key in, a picture
//! out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

#[path = "common/runs_folder.rs"]
mod runs_folder;
#[path = "common/stage.rs"]
mod stage;

use runs_folder::{experiment, folder};
use stage::Stage;
use vivit_tui::app::editor::Kept;
use vivit_tui::app::{Mouse, Msg};
use vivit_tui::config::Fork;
use vivit_tui::event::TrainEvent;
use vivit_tui::ui::theme::Depth;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 10)];

fn kept(step: u64, best: bool) -> Kept {
    Kept { step, fork: Fork { epoch: step / 31 + 1, next_batch: step % 31 }, learning_rate: None, best }
}

/// A branch of the run that is trained, with some of its keys changed and the cursor on another.
fn branching(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::after(100, columns, rows);
    stage.fact(TrainEvent::LearningRateChanged { step: 92, requested: 1e-3, applied: 1e-3 });
    stage.keys(&["b"]);
    stage.send(Msg::Checkpoints { run: "quickstart-001".into(), kept: vec![kept(62, true), kept(31, false)] });
    change(&mut stage, "schedule", "Cosine(warmup_steps: 31)");
    change(&mut stage, "epochs", "12");
    stage.keys(&["/"]);
    stage.types("label");
    stage.keys(&["enter", "down", "down", "down", "esc"]);
    stage
}

/// Changes the first key whose path has the word.
fn change(stage: &mut Stage, word: &str, value: &str) {
    stage.keys(&["g", "/"]);
    stage.types(word);
    stage.keys(&["enter", "down", "down", "down", "enter", "ctrl-u"]);
    stage.types(value);
    stage.keys(&["enter", "esc"]);
}

fn new_run(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::empty(columns, rows);
    stage.keys(&["4"]);
    stage.send(Msg::Runs(folder()));
    stage.send(Msg::Experiments(vec!["experiments/baseline.ron".into(), "experiments/quickstart.ron".into()]));
    stage.send(Msg::Experiment {
        path: "experiments/quickstart.ron".into(),
        changes: vec!["model.dim=100".into()],
        experiment: Box::new((*experiment("", "")).clone()),
    });
    stage
}

#[test]
fn a_branch_with_some_keys_changed() {
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("editor_branch_{columns}x{rows}"), branching(columns, rows).picture());
    }
}

#[test]
fn a_value_that_is_typed_and_wrong() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
        let mut stage = branching(columns, rows);
        stage.keys(&["/"]);
        stage.types("optimizer");
        stage.keys(&["enter", "g", "down", "down", "down", "enter", "home", "right", "right", "right"]);
        stage.types("x");
        insta::assert_snapshot!(format!("editor_typing_{columns}x{rows}"), stage.picture());
    }
}

#[test]
fn a_new_run_that_cannot_be_started_yet() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("editor_new_{columns}x{rows}"), new_run(columns, rows).picture());
    }
}

#[test]
fn without_colours_what_is_changed_and_what_is_fixed_can_still_be_told() {
    let mut stage = branching(120, 40);
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!("editor_mono_120x40", stage.picture());
}

#[test]
fn only_what_was_changed_and_the_question_before_it_is_lost() {
    let mut stage = branching(80, 24);
    stage.keys(&["c"]);
    insta::assert_snapshot!("editor_changed_80x24", stage.picture());
    stage.keys(&["esc", "esc"]);
    insta::assert_snapshot!("editor_discard_80x24", stage.picture());
}

#[test]
fn the_files_of_a_new_run_are_listed_above_the_line() {
    let mut stage = Stage::empty(120, 40);
    stage.keys(&["4"]);
    stage.send(Msg::Runs(folder()));
    stage.send(Msg::Experiments(vec!["experiments/baseline.ron".into(), "experiments/quickstart.ron".into()]));
    stage.keys(&["n"]);
    let text = stage.text();
    assert!(text.contains(":new ") && text.contains("experiments/baseline.ron"), "{text}");
    stage.types("quick");
    stage.keys(&["tab"]);
    assert!(stage.text().contains(":new experiments/quickstart.ron"), "{}", stage.text());
}

#[test]
fn the_editor_says_from_where_and_when() {
    let mut stage = branching(120, 40);
    let told = |stage: &Stage, words: &str| assert!(stage.text().contains(words), "{words} in\n{}", stage.text());
    told(&stage, "a branch of quickstart-001 after step 92 (epoch 3), 4 keys changed");
    told(&stage, "now: its trainer writes a checkpoint");
    told(&stage, "after quickstart-001 and all that waits behind it");
    told(&stage, "1e-3 holds, set by hand");
    stage.keys(&["f", "t"]);
    told(&stage, "after step 62 (the end of epoch 2)");
    told(&stage, "the checkpoint of step 62, the best validation's");
    told(&stage, "right after quickstart-001");
    stage.keys(&["t"]);
    told(&stage, "at once: quickstart-001 is set aside with a checkpoint");
}

#[test]
fn what_is_typed_is_in_sight_however_long_it_is() {
    let mut stage = branching(80, 24);
    stage.keys(&["/"]);
    stage.types("optimizer");
    stage.keys(&["enter", "g", "down", "down", "down", "enter"]);
    let text = stage.text();
    assert!(text.contains("weight_decay: 1e-5)"), "the end, where the cursor stands:\n{text}");
    stage.keys(&["home"]);
    assert!(stage.text().contains("AdamW(learning"), "{}", stage.text());
}

#[test]
fn no_size_panics_in_any_depth_and_any_state() {
    let mut typing = branching(120, 40);
    typing.keys(&["enter"]);
    typing.types("肝臓 and more");
    let mut filtering = branching(120, 40);
    filtering.keys(&["/"]);
    filtering.types("nothing of the kind");
    let mut at_the_end = branching(120, 40);
    at_the_end.keys(&["G"]);
    let mut helped = branching(120, 40);
    helped.keys(&["?"]);
    for stage in [&mut typing, &mut filtering, &mut at_the_end, &mut helped, &mut new_run(80, 24)] {
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
                stage.look.depth = depth;
                stage.draw();
            }
            stage.mouse(Mouse::WheelDown, columns / 2, rows / 2);
            stage.mouse(Mouse::Click, columns / 2, rows / 2);
        }
    }
}

#[test]
fn the_cursor_stays_in_sight_at_every_size() {
    let mut stage = branching(120, 40);
    stage.keys(&["G"]);
    for (columns, rows) in [(120, 40), (80, 24), (60, 12), (40, 10), (200, 60), (80, 25)] {
        stage.send(Msg::Resized { columns, rows });
        let text = stage.text();
        let line = text.lines().find(|line| line.contains('›')).unwrap_or_default();
        assert!(line.contains("keep"), "{columns}×{rows}: {line:?}\n{text}");
    }
}

#[test]
fn a_click_selects_the_row_under_the_mouse() {
    let mut stage = branching(120, 40);
    let text = stage.text();
    let y = text.lines().position(|line| line.contains("training.clip_norm")).unwrap();
    stage.mouse(Mouse::Click, 30, u16::try_from(y).unwrap());
    let text = stage.text();
    let line = text.lines().find(|line| line.contains('›')).unwrap();
    assert!(line.contains("training.clip_norm"), "{text}");
}
