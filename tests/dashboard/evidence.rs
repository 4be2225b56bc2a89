//! The model's evidence over the slices: of a run that has ended, of one that is trained, and through another process.

use std::fs;

use super::{dashboard, endless, events, opened, show_volumes};
use crate::common::Place;

#[test]
fn a_finished_runs_checkpoint_is_asked_and_says_why_when_it_is_gone() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let mut terminal = opened(&place);
    show_volumes(&mut terminal);
    let plain = terminal.picture();
    terminal.press(&["E"]);
    terminal.wait_for("checkpoint of epoch 4");
    terminal.wait_for("drop ");
    assert_ne!(terminal.picture(), plain);
    // It follows the walk.
    terminal.press(&["n"]);
    terminal.wait_for("validation 1");
    terminal.wait_for("checkpoint of epoch 4");
    terminal.press(&["E"]);
    terminal.wait_for("rollout, for any class");
    // The slider's epoch, as long as its checkpoint is kept.
    terminal.press(&["("]);
    terminal.wait_for("checkpoint of epoch 3");
    terminal.press(&["Z", "E"]);
    terminal.wait_until_gone("evidence");
    fs::remove_dir_all(place.path("runs/tiny-001/checkpoints")).unwrap();
    terminal.press(&["n", "E"]);
    terminal.wait_for("no occlusion: see the log");
    terminal.press(&["6"]);
    terminal.wait_for("no occlusion of validation 2:");
    terminal.press(&["q"]);
    terminal.ends_with(0);
}

#[test]
fn a_run_in_training_is_asked_while_it_trains_and_while_it_stands_and_its_journal_says_nothing_of_it() {
    let place = Place::new();
    let mut terminal = endless(&place);
    show_volumes(&mut terminal);
    terminal.press(&["E"]);
    terminal.wait_for("live, step ");
    terminal.press(&["space"]);
    terminal.wait_for("PAUSED");
    let step = |place: &Place| events(place, "tiny-001", "stepped").last().unwrap()["step"].as_u64().unwrap();
    let stands = step(&place);
    terminal.wait_for(&format!("live, step {stands} "));
    // Behind every step anew.
    terminal.press(&["."]);
    terminal.wait_for(&format!("live, step {} ", stands + 1));
    terminal.press(&["E"]);
    terminal.wait_for("rollout, for any class");
    // The test split waits for the end.
    terminal.press(&["s"]);
    terminal.wait_for("the test split waits");
    terminal.press(&["ctrl-c"]);
    terminal.ends_with(130);
    assert!(!place.read("runs/tiny-001/events.jsonl").contains("xplain"));
    assert!(place.read("runs/tiny-001/log.txt").contains("no rollout of test 0: the test split waits"));
}

#[test]
fn whoever_attaches_asks_the_process_that_trains() {
    let place = Place::new();
    let mut trainer = endless(&place);
    trainer.press(&["space"]);
    trainer.wait_for("PAUSED");
    let mut viewer = dashboard(&place, &["attach", "tiny-001"]);
    viewer.wait_for("tiny-001 is open");
    show_volumes(&mut viewer);
    viewer.press(&["E"]);
    viewer.wait_for("live, step ");
    viewer.press(&["n"]);
    viewer.wait_for("validation 1");
    viewer.wait_for("live, step ");
    viewer.press(&["q"]);
    viewer.ends_with(0);
    trainer.press(&["ctrl-c"]);
    trainer.ends_with(130);
}
