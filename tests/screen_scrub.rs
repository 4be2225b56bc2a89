//! The slider over the epochs: one epoch on three screens, what has changed since another, and a start from it.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]
#![allow(dead_code, reason = "the run's module serves the Volumes screen as well")]

#[path = "screen_volumes/run.rs"]
mod run;
#[path = "common/stage.rs"]
mod stage;

use run::{CLASSES, follow, labels, met, probabilities, report, serve};
use stage::Stage;
use vivit_tui::app::confusion::{self, Cell};
use vivit_tui::app::scrub;
use vivit_tui::app::volumes::Filter;
use vivit_tui::app::{Effect, Mouse, Msg, Overlay, Run, Screen, Shown};
use vivit_tui::event::{QueueChange, Task, TrainEvent, Turn};
use vivit_tui::metrics::predicted_class;
use vivit_tui::ui::Look;
use vivit_tui::ui::theme::Depth;

/// After all eight epochs, with data and predictions, on a screen.
fn stage(screen: &str, columns: u16, rows: u16) -> Stage {
    let mut stage = met(8, columns, rows);
    press(&mut stage, &[screen]);
    stage
}

/// Keys, and what the shell does about them.
fn press(stage: &mut Stage, keys: &[&str]) {
    for key in keys {
        stage.keys(&[key]);
        serve(stage);
    }
}

fn looked_at(stage: &Stage) -> Option<u64> {
    scrub::looked_at(&stage.app).map(|row| row.epoch)
}

/// The line of the slider.
fn slider(stage: &Stage) -> String {
    stage.text().lines().rev().nth(1).unwrap_or_default().to_owned()
}

fn notice(stage: &Stage) -> &str {
    stage.app.notice.as_ref().map_or("", |notice| notice.text.as_str())
}

fn asked(stage: &Stage) -> Vec<String> {
    let path = |effect: &Effect| match effect {
        Effect::ReadPredictions { path, .. } => Some(path.trim_start_matches("predictions/epoch-").replace(".npz", "")),
        _ => None,
    };
    stage.effects.iter().filter_map(path).collect()
}

#[test]
fn matrix_probabilities_and_cursor_move_together() {
    let mut stage = stage("3", 120, 40);
    assert!(stage.text().contains("epoch 8 · step 248 · last"));
    press(&mut stage, &["(", "("]);
    assert!(stage.text().contains("epoch 6 · step 186 · last"), "{}", stage.text());
    press(&mut stage, &["2"]);
    assert!(stage.text().contains("validation · epoch 6 of 8 · step 186"), "{}", stage.text());
    assert!(stage.text().contains("accuracy 52.2 %"));
    press(&mut stage, &[")"]);
    assert!(stage.text().contains("validation · epoch 7 of 8 · step 217"), "{}", stage.text());
    press(&mut stage, &["1"]);
    assert!(stage.text().contains("step 217 · epoch 7"), "{}", stage.text());
    assert_eq!(stage.app.live.cursor, Some(217));
    press(&mut stage, &["A"]);
    assert_eq!(stage.app.live.cursor, Some(31));
    press(&mut stage, &["3"]);
    assert!(stage.text().contains("epoch 1 · step 31 · last"), "{}", stage.text());
}

#[test]
fn every_epoch_has_the_matrix_of_the_journal_and_its_own_probabilities() {
    let mut stage = stage("3", 120, 40);
    for epoch in (1..=8).rev() {
        press(&mut stage, &["2"]);
        stage.send(Msg::Mouse(Mouse::Click, vivit_tui::app::Target::Slider(Some(epoch))));
        serve(&mut stage);
        assert_eq!(looked_at(&stage), Some(epoch));
        assert_eq!(confusion::evaluation(&stage.app).unwrap().report, report(epoch), "epoch {epoch}");
        press(&mut stage, &["3"]);
        let (predictions, source) = vivit_tui::app::volumes::known(&stage.app).unwrap();
        assert_eq!((source.epoch, &predictions.probabilities), (epoch, &probabilities(epoch)));
    }
}

#[test]
fn what_the_fold_has_let_go_is_worked_out_again_from_the_probabilities() {
    let mut stage = met(0, 120, 40);
    // Forty epochs of a matrix so large that only the newest are kept whole.
    let classes: Vec<String> = (0..200).map(|class| format!("class {class}")).collect();
    let labels: Vec<u8> = (0..200).collect();
    let scores = |epoch: usize| -> Vec<f32> {
        let taken = |row: usize| (row + usize::from(row % 40 >= epoch)) % 200;
        (0..200).flat_map(|row| (0..200).map(move |class| f32::from(class == taken(row)))).collect()
    };
    let TrainEvent::Started(mut started) = stage::recorded().remove(0) else { unreachable!() };
    (started.classes, started.epochs) = (classes.clone(), 40);
    stage.fact(TrainEvent::Started(started));
    for epoch in 1..=40_u64 {
        let (step, path) = (epoch * 31, format!("predictions/epoch-{epoch:03}.npz"));
        let (loss, accuracy, volumes_per_s, wall_ms) = (1.0, 0.5, 100.0, step);
        let ended = vivit_tui::event::EpochFinished { epoch, step, loss, accuracy, volumes_per_s, wall_ms };
        stage.fact(TrainEvent::EpochFinished(ended));
        let report = vivit_tui::metrics::report(&scores(epoch as usize), &labels, &classes, 0.5).unwrap();
        let (split, weights) = (vivit_tui::event::SplitName::Validation, vivit_tui::event::Weights::Last);
        let (best, evaluation_ms, predictions) = (epoch == 40, 1, Some(path));
        stage.fact(TrainEvent::Evaluated(Box::new(vivit_tui::event::Evaluated {
            epoch,
            step,
            split,
            weights,
            averaged: false,
            best,
            evaluation_ms,
            predictions,
            report,
        })));
    }
    stage.keys(&["2", "A"]);
    assert!(stage.text().contains("the matrix of epoch 1 is not here"), "{}", stage.text());
    assert_eq!(asked(&stage)[0], "001", "the epoch itself comes first");
    let predictions = vivit_tui::app::volumes::Predictions {
        split: vivit_tui::event::SplitName::Validation,
        path: "predictions/epoch-001.npz".into(),
        classes: 200,
        probabilities: scores(1),
        labels: labels.clone(),
    };
    let run = "quickstart-001".to_owned();
    stage.send(Msg::Predictions { run, predictions: std::sync::Arc::new(predictions) });
    let found = confusion::evaluation(&stage.app).unwrap();
    assert_eq!(found.report, vivit_tui::metrics::report(&scores(1), &labels, &classes, 0.5).unwrap());
    assert!(stage.text().contains("validation · epoch 1 of 40 · step 31"), "{}", stage.text());
}

#[test]
fn the_ends_hold_and_behind_the_last_epoch_the_newest_is_followed() {
    let mut stage = stage("2", 120, 40);
    press(&mut stage, &["A", "("]);
    assert_eq!((looked_at(&stage), notice(&stage)), (Some(1), "this is the first epoch"));
    press(&mut stage, &["*"]);
    assert_eq!(looked_at(&stage), Some(8), "the best");
    press(&mut stage, &[")"]);
    assert_eq!(looked_at(&stage), None);
    press(&mut stage, &[")"]);
    assert!(notice(&stage).contains("this is the newest"));
    press(&mut stage, &["(", "Z"]);
    assert_eq!(looked_at(&stage), None);
    // Esc goes back one step after the other.
    press(&mut stage, &["(", "M", "(", "V", "esc"]);
    assert_eq!((scrub::versus(&stage.app).is_none(), looked_at(&stage)), (true, Some(6)));
    press(&mut stage, &["esc"]);
    assert_eq!((looked_at(&stage), stage.app.screen), (None, Screen::Confusion));
    assert_eq!(stage.app.live.cursor, None, "the cursor was the slider's");
    press(&mut stage, &["esc"]);
    assert_eq!(stage.app.screen, Screen::Live);
}

#[test]
fn an_epoch_that_is_looked_at_stays_while_others_come_and_the_newest_is_followed() {
    let mut stage = met(5, 120, 40);
    press(&mut stage, &["2", "(", "("]);
    assert_eq!(looked_at(&stage), Some(3));
    follow(&mut stage, 5, 6);
    assert_eq!(looked_at(&stage), Some(3));
    assert!(slider(&stage).starts_with(" epoch  3/8 "), "{}", slider(&stage));
    press(&mut stage, &["Z"]);
    assert!(slider(&stage).starts_with(" newest 6/8 "), "{}", slider(&stage));
    follow(&mut stage, 6, 7);
    assert!(slider(&stage).starts_with(" newest 7/8 "), "{}", slider(&stage));
    assert!(stage.text().contains("epoch 7 · step 217"));
}

#[test]
fn a_resume_that_takes_the_epoch_back_shows_the_newest() {
    let mut stage = stage("3", 120, 40);
    press(&mut stage, &["M", "("]);
    assert_eq!(looked_at(&stage), Some(7));
    stage.fact(TrainEvent::Resumed { step: 186, epoch: 7, wall_ms: 1, device: "cpu".into() });
    stage.send(Msg::Tick { now_ms: 1_000 });
    serve(&mut stage);
    assert_eq!((looked_at(&stage), scrub::marked(&stage.app).is_none()), (None, true));
    assert!(stage.text().contains("epoch 6 · step 186 · last"), "{}", stage.text());
    // What is done again is read again.
    follow(&mut stage, 6, 7);
    stage.send(Msg::Tick { now_ms: 2_000 });
    assert!(asked(&stage).contains(&"007".to_owned()), "{:?}", stage.effects);
}

#[test]
fn another_run_begins_with_its_newest_epoch() {
    let mut stage = stage("2", 120, 40);
    press(&mut stage, &["(", "M", "(", "V"]);
    let run = Run::of(run::evaluated());
    let shown = Shown { name: "older-003".into(), handle: "older-003".into(), run, ..Shown::default() };
    stage.send(Msg::Opened(Box::new(shown), Vec::new()));
    assert_eq!(looked_at(&stage), None);
    assert!(scrub::marked(&stage.app).is_none());
    press(&mut stage, &["A", "esc"]);
    assert_eq!(looked_at(&stage), None);
    assert!(stage.app.opened.is_some(), "the first esc went back to the newest epoch");
}

#[test]
fn the_split_that_has_epochs_is_shown_where_another_was() {
    let mut stage = Stage::ended(120, 40);
    stage.keys(&["2", "s"]);
    assert!(stage.text().contains("test · last weights"));
    stage.keys(&["("]);
    assert!(stage.text().contains("validation · epoch 7 of 8"), "{}", stage.text());
    stage.keys(&["w"]);
    assert!(notice(&stage).contains("an epoch has the weights that it ended with"));
    stage.keys(&["3", "s"]);
    let mut stage = self::stage("3", 120, 40);
    press(&mut stage, &["s", "("]);
    assert!(stage.text().contains("epoch 7 · step 217 · last"), "{}", stage.text());
}

#[test]
fn neighbours_are_read_ahead_and_nothing_is_read_twice() {
    let mut stage = met(8, 120, 40);
    press(&mut stage, &["1", "3", "A"]);
    assert_eq!(asked(&stage), Vec::<String>::new());
    stage.keys(&[")"]);
    // 6 to 8 came with the newest and 1 to 4 with the first.
    assert_eq!(asked(&stage), ["005"], "one more ahead");
    let mut stage = met(8, 120, 40);
    press(&mut stage, &["2"]);
    stage.keys(&["*", "("]);
    let wanted: Vec<String> = asked(&stage);
    assert!(!wanted.contains(&"008".to_owned()), "it was here: {wanted:?}");
    stage.keys(&["A"]);
    let mut all = asked(&stage);
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "asked for once");
}

#[test]
fn a_file_that_is_missing_is_said_where_it_is_looked_for_and_the_matrix_needs_none() {
    let mut stage = stage("3", 120, 40);
    stage.keys(&["1", "3", "A"]);
    let fails = |stage: &mut Stage| {
        for path in asked(stage) {
            let what = format!("predictions/epoch-{path}.npz");
            stage.send(Msg::Missing { what, why: "no such file".into() });
        }
        stage.effects.clear();
    };
    fails(&mut stage);
    assert!(stage.text().contains("The epoch's file cannot be read."), "{}", stage.text());
    assert!(notice(&stage).contains("epoch-001.npz: no such file"), "{}", notice(&stage));
    stage.app.notice = None;
    // What was read ahead and is missing is not told until it is looked at.
    stage.keys(&[")"]);
    fails(&mut stage);
    assert_eq!(notice(&stage), "");
    assert!(stage.text().contains("The epoch's file cannot be read."));
    stage.keys(&["2"]);
    assert_eq!(confusion::evaluation(&stage.app).unwrap().report, report(2));
}

#[test]
fn differences_of_a_row_come_to_nothing_and_the_marked_epoch_is_named() {
    let mut stage = stage("2", 120, 40);
    press(&mut stage, &["V"]);
    assert!(notice(&stage).contains("no epoch is marked"));
    press(&mut stage, &["A", "M", "Z", "V"]);
    let (now, before) = (report(8), report(1));
    assert_eq!(confusion::before(&stage.app).unwrap().report, before);
    for truth in 0..CLASSES {
        let changes = (0..CLASSES).map(|predicted| confusion::change(&now, &before, Cell { truth, predicted }));
        assert_eq!(changes.sum::<i64>(), 0);
    }
    let text = stage.text();
    assert!(text.contains("validation · epoch 8 against epoch 1"), "{text}");
    assert!(text.contains("accuracy 59.0 % (+35.4)"), "{text}");
    assert!(slider(&stage).contains("◈ since 1  accuracy +35.4 points  loss −1.070"), "{}", slider(&stage));
    // What it is now is a key away, and so is another epoch against the same one.
    press(&mut stage, &["("]);
    assert!(stage.text().contains("validation · epoch 7 against epoch 1"));
    press(&mut stage, &["V"]);
    assert!(stage.text().contains("validation · epoch 7 of 8"));
    press(&mut stage, &["A", "M"]);
    assert_eq!((notice(&stage), scrub::marked(&stage.app).is_none()), ("epoch 1 is not marked any more", true));
}

#[test]
fn the_walk_of_what_changed_is_exactly_the_volumes_with_another_answer() {
    let answers = |epoch| -> Vec<usize> { probabilities(epoch).chunks(CLASSES).map(predicted_class).collect() };
    let changed = |from, to| -> Vec<usize> {
        let (from, to) = (answers(from), answers(to));
        (0..labels().len()).filter(|index| from[*index] != to[*index]).collect()
    };
    let mut stage = stage("2", 120, 40);
    press(&mut stage, &["u"]);
    assert!(notice(&stage).contains("no epoch is marked"));
    press(&mut stage, &["A", "M", "Z", "u"]);
    assert_eq!(stage.app.screen, Screen::Volumes);
    assert_eq!(stage.app.volumes.filter, Filter::ChangedSince(1));
    assert_eq!(stage.app.volumes.walk.indices, changed(1, 8));
    assert_eq!(stage.app.volumes.current, changed(1, 8)[0]);
    assert!(stage.text().contains("changed since epoch 1"), "{}", stage.text());
    // It follows the epoch that is looked at, and the mark.
    press(&mut stage, &["("]);
    assert_eq!(stage.app.volumes.walk.indices, changed(1, 7));
    press(&mut stage, &["(", "(", "M"]);
    assert_eq!(stage.app.volumes.filter, Filter::ChangedSince(5));
    assert_eq!(stage.app.volumes.walk.indices, Vec::<usize>::new());
    assert!(stage.text().contains("No validation volume: changed since epoch 5."), "{}", stage.text());
    press(&mut stage, &[")"]);
    assert_eq!(stage.app.volumes.walk.indices, changed(5, 6));
    press(&mut stage, &["u"]);
    assert_eq!(stage.app.volumes.walk.indices.len(), labels().len());
}

#[test]
fn the_slider_is_clicked_dragged_and_wheeled() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = stage("1", columns, rows);
        let y = rows - 2;
        let line: Vec<char> = slider(&stage).chars().collect();
        let ends = |sign: &str| line.iter().position(|char| sign.contains(*char)).unwrap() as u16;
        let first = ends("┿");
        stage.mouse(Mouse::Click, first, y);
        assert_eq!(looked_at(&stage), Some(1), "{columns}×{rows}: {}", slider(&stage));
        // Whoever has hold of it may leave its line.
        for x in first..columns {
            stage.mouse(Mouse::Drag, x, y - 9);
        }
        assert_eq!(looked_at(&stage), Some(8), "{}", slider(&stage));
        stage.mouse(Mouse::Drag, 0, 5);
        assert_eq!(looked_at(&stage), Some(1));
        let step = stage.app.live.cursor;
        stage.mouse(Mouse::Click, columns / 3, 8);
        stage.mouse(Mouse::Drag, columns / 3 + 1, y);
        assert_ne!(stage.app.live.cursor, step, "a click elsewhere lets it go");
        assert_eq!(looked_at(&stage), Some(1));
        stage.mouse(Mouse::WheelDown, first + 3, y);
        stage.mouse(Mouse::WheelDown, 1, y);
        assert_eq!(looked_at(&stage), Some(3));
        stage.mouse(Mouse::WheelUp, 1, y);
        assert_eq!(looked_at(&stage), Some(2));
        assert_eq!(stage.draw().area.height, rows);
    }
}

#[test]
fn the_signs_of_the_slider_are_where_a_click_finds_their_epochs() {
    let mut stage = stage("2", 120, 40);
    press(&mut stage, &["A", ")", "M", "*", "("]);
    let line: Vec<char> = slider(&stage).chars().collect();
    let at = |sign: char| line.iter().position(|char| *char == sign).unwrap() as u16;
    for (sign, epoch) in [('◈', 2), ('□', 3), ('●', 7), ('★', 8)] {
        stage.mouse(Mouse::Click, at(sign), 38);
        assert_eq!(looked_at(&stage), Some(epoch), "{sign} in {}", line.iter().collect::<String>());
    }
}

fn branch(step: u64) -> QueueChange {
    let task = Task::Branch { parent: "quickstart-001".into(), step: Some(step), changes: Vec::new() };
    QueueChange::Add { task, turn: Turn::Last }
}

#[test]
fn a_start_from_here_opens_the_editor_on_the_nearest_checkpoint_at_or_before() {
    let mut stage = stage("2", 120, 40);
    for (keys, step) in [(vec!["Z", "R"], 217), (vec!["(", "R"], 217), (vec!["A", ")", ")", ")", "R"], 93)] {
        press(&mut stage, &keys);
        assert!(matches!(stage.app.overlay, Overlay::Edit), "{keys:?}");
        assert!(stage.text().contains(&format!("the checkpoint of step {step}")), "{}", stage.text());
        stage.keys(&["esc"]);
        assert!(matches!(stage.app.overlay, Overlay::None));
        press(&mut stage, &["R"]);
        stage.keys(&["s"]);
        assert_eq!(stage.effects.pop(), Some(Effect::Queue { of: None, change: branch(step) }));
        stage.effects.clear();
    }
    press(&mut stage, &["A", "R"]);
    assert!(matches!(stage.app.overlay, Overlay::None));
    assert!(notice(&stage).contains("no checkpoint is kept of epoch 1 or before; the earliest is of step 93, epoch 3"));
}

#[test]
fn a_start_from_a_run_of_another_process_is_told_to_that_process() {
    let mut stage = Stage::empty(120, 40);
    let run = Run::of(run::evaluated().into_iter().take(150));
    let (name, experiment) = ("quickstart-001".to_owned(), stage::begun().experiment);
    let mut shown = Shown {
        name: name.clone(),
        handle: name.clone(),
        live: true,
        run,
        experiment: Some(experiment),
        ..Shown::default()
    };
    stage.send(Msg::Opened(Box::new(shown.clone()), Vec::new()));
    stage.keys(&["R"]);
    assert!(notice(&stage).contains("being listed"), "{}", notice(&stage));
    serve(&mut stage);
    press(&mut stage, &["R"]);
    stage.keys(&["s"]);
    assert_eq!(stage.effects.pop(), Some(Effect::Queue { of: Some(name), change: branch(93) }));
    // On another machine there is nobody to tell.
    shown.elsewhere = Some("far".into());
    stage.send(Msg::Opened(Box::new(shown), Vec::new()));
    press(&mut stage, &["R"]);
    assert!(notice(&stage).contains("trained on far"), "{}", notice(&stage));
}

#[test]
fn a_replay_is_scrubbed_over_what_it_has_played_and_starts_nothing() {
    let mut stage = Stage::empty(120, 40);
    let name = "quickstart-001".to_owned();
    let shown = Shown { name: name.clone(), handle: name, live: true, ..Shown::default() };
    stage.send(Msg::Replayed(Box::new(shown)));
    let speed = vivit_tui::app::Speed::Times(20.0);
    stage.send(Msg::Playback(vivit_tui::app::Playback { speed, paused: false }));
    stage.keys(&["2", "("]);
    assert!(notice(&stage).contains("no epoch has been validated yet"));
    follow(&mut stage, 0, 4);
    press(&mut stage, &["("]);
    assert!(stage.text().contains("validation · epoch 3 of 8"), "{}", stage.text());
    press(&mut stage, &["Z"]);
    // Checkpoints of what is still to be played are not there yet.
    assert!(slider(&stage).contains("□ checkpoint 3"), "{}", slider(&stage));
    press(&mut stage, &["R"]);
    assert!(notice(&stage).contains("this is a replay") && notice(&stage).contains("branch quickstart-001 --step 93"));
}

#[test]
fn a_click_on_an_epoch_of_the_table_looks_at_it_everywhere() {
    let mut stage = stage("1", 200, 60);
    stage.send(Msg::Mouse(Mouse::Click, vivit_tui::app::Target::Item(4)));
    serve(&mut stage);
    assert_eq!((looked_at(&stage), stage.app.live.cursor), (Some(4), Some(124)));
    press(&mut stage, &["2"]);
    assert!(stage.text().contains("validation · epoch 4 of 8 · step 124"));
}

#[test]
fn no_size_panics_in_any_depth() {
    for screen in ["1", "2", "3"] {
        let mut stage = stage(screen, 120, 40);
        press(&mut stage, &["A", "M", ")", "V"]);
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
                stage.look = Look::new(depth);
                press(&mut stage, &[")", "p"]);
                stage.draw();
                press(&mut stage, &["R"]);
                stage.draw();
                press(&mut stage, &["esc"]);
            }
            for (x, y) in [(0, 0), (columns / 2, rows.saturating_sub(2)), (columns - 1, rows - 1)] {
                stage.mouse(Mouse::Click, x, y);
                stage.mouse(Mouse::Drag, x, 0);
                stage.mouse(Mouse::WheelDown, x, y);
            }
            stage.keys(&[screen]);
        }
    }
}

/// Epoch 7 against the marked epoch 3.
fn against(screen: &str, columns: u16, rows: u16) -> Stage {
    let mut stage = stage(screen, columns, rows);
    press(&mut stage, &["A", ")", ")", "M", "*", "(", "V"]);
    stage.app.notice = None;
    stage
}

#[test]
fn live_at_80x24() {
    insta::assert_snapshot!(against("1", 80, 24).picture());
}

#[test]
fn an_epoch_of_the_matrix_at_120x40() {
    let mut stage = stage("2", 120, 40);
    press(&mut stage, &["A", ")", "M", "*", "("]);
    stage.app.notice = None;
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn differences_of_the_matrix_at_80x24() {
    insta::assert_snapshot!(against("2", 80, 24).picture());
}

#[test]
fn differences_of_the_matrix_at_120x40() {
    insta::assert_snapshot!(against("2", 120, 40).picture());
}

#[test]
fn differences_of_the_matrix_at_40x10() {
    insta::assert_snapshot!(against("2", 40, 10).picture());
}

#[test]
fn differences_of_the_matrix_without_colours() {
    let mut stage = against("2", 120, 40);
    stage.look = Look::new(Depth::Mono);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn differences_of_a_volume_at_80x24() {
    insta::assert_snapshot!(against("3", 80, 24).picture());
}

#[test]
fn differences_of_a_volume_at_120x40() {
    let mut stage = against("3", 120, 40);
    press(&mut stage, &["u"]);
    insta::assert_snapshot!(stage.picture());
}
