//! One epoch on three screens: a run that has ended, and one that is being trained.

use vivit_tui::event::{SplitName, TrainEvent};
use vivit_tui::metrics::report;
use vivit_tui::runs::{read_journal, read_predictions};

use super::queue::losses;
use super::{endless, events, opened, wait_for_screen};
use crate::common::Place;
use crate::terminal::Terminal;

/// A finished run of four epochs, opened from the list.
fn finished(place: &Place) -> Terminal {
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    opened(place)
}

#[test]
fn a_finished_run_is_scrubbed_compared_with_a_marked_epoch_and_started_from() {
    let place = Place::new();
    let mut terminal = finished(&place);
    terminal.press(&["2", "A"]);
    terminal.wait_for("validation · epoch 1 of 4 · step 3");
    terminal.press(&["M"]);
    terminal.wait_for("epoch 1 is marked");
    terminal.press(&[")", ")"]);
    terminal.wait_for("validation · epoch 3 of 4 · step 9");
    terminal.press(&["3"]);
    wait_for_screen(&mut terminal, "Volumes");
    terminal.wait_for("epoch 3 · step 9 · last");
    terminal.press(&["V"]);
    terminal.wait_for("probabilities, ± since epoch 1");
    terminal.wait_for("◈ since 1");
    terminal.press(&["1"]);
    terminal.wait_for("step 9 · epoch 3");
    terminal.press(&["2"]);
    terminal.wait_for("epoch 3 against epoch 1");
    terminal.press(&["R"]);
    terminal.wait_for("the checkpoint of step 9");
    terminal.press(&["s"]);
    // It takes the three steps that its parent took after that.
    terminal.until("the child", |terminal| terminal.lines().first().is_some_and(|top| top.contains("tiny-002")));
    terminal.wait_for("COMPLETED");
    terminal.press(&["q"]);
    terminal.ends_with(0);
    let provenance = place.read("runs/tiny-002/provenance.ron");
    assert!(provenance.contains("run: \"tiny-001\"") && provenance.contains("step: 9"), "{provenance}");
    assert_eq!(losses(&place, "tiny-002"), losses(&place, "tiny-001")[9..]);
}

#[test]
fn the_slider_follows_the_mouse_and_a_run_that_is_trained_goes_on_under_it() {
    let place = Place::new();
    let mut terminal = endless(&place);
    terminal.press(&["space"]);
    terminal.wait_for("PAUSED");
    terminal.press(&["2"]);
    wait_for_screen(&mut terminal, "Confusion");
    for _ in 0..3 {
        // Where the first pause came right behind an epoch's last step, the first of these only validates it.
        let pauses = events(&place, "tiny-001", "paused").len();
        terminal.press(&[">"]);
        terminal.until("an epoch's end", |_| events(&place, "tiny-001", "paused").len() > pauses);
    }
    terminal.wait_for("newest");
    terminal.press(&["A"]);
    terminal.wait_for("validation · epoch 1 of");
    let (_, row) = terminal.find("★").unwrap();
    terminal.wheel_down((20, row));
    terminal.wait_for("validation · epoch 2 of");
    terminal.press(&["space"]);
    terminal.wait_for("TRAINING");
    terminal.wait_for("validation · epoch 2 of");
    terminal.press(&["Z"]);
    terminal.until("the newest epoch", |terminal| terminal.shows("newest") && !terminal.shows("epoch 2 of"));
    terminal.press(&["x"]);
    terminal.wait_for("stop the run?");
    terminal.press(&["y"]);
    terminal.wait_for("STOPPED");
    terminal.press(&["q"]);
    terminal.ends_with(130);
}

#[test]
fn the_files_of_all_epochs_come_to_the_very_reports_of_the_journal() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let folder = place.path("runs/tiny-001");
    let events = read_journal(&folder.join("events.jsonl")).unwrap().events;
    let classes = events.iter().find_map(|event| match event {
        TrainEvent::Started(started) => Some(started.classes.clone()),
        _ => None,
    });
    let mut compared = 0;
    for event in &events {
        let TrainEvent::Evaluated(evaluated) = event else { continue };
        if evaluated.split != SplitName::Validation {
            continue;
        }
        let file = read_predictions(&folder.join(evaluated.predictions.as_ref().unwrap())).unwrap();
        let loss = evaluated.report.loss;
        let again = report(&file.probabilities, &file.labels, classes.as_ref().unwrap(), loss).unwrap();
        assert_eq!(again, evaluated.report, "epoch {}", evaluated.epoch);
        compared += 1;
    }
    assert!(compared >= 4, "{compared}");
}
