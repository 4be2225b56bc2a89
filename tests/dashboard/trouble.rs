//! What the user sees when something goes wrong, and what is left to go on with.

use std::fs;
use std::process::Command;

use super::{SIZE, dashboard, opened, paused, step, wait_for_screen};
use crate::common::Place;
use crate::terminal::Terminal;

#[test]
fn missing_data_are_told_on_the_screen_and_by_the_exit_code() {
    let place = Place::new();
    fs::remove_file(place.path("tiny.npz")).unwrap();
    let mut terminal = dashboard(&place, &["tiny.ron"]);
    terminal.wait_for("the run could not begin");
    terminal.wait_for("tiny.npz");
    terminal.wait_for("FAILED");
    terminal.press(&["q"]);
    let left = terminal.ends_with(3);
    assert!(left.contains("tiny.npz"), "{left}");
    assert!(!place.path("runs/tiny-001").exists());
}

#[test]
fn a_panic_of_the_training_thread_is_a_failed_run_that_can_be_resumed() {
    let place = Place::new();
    let mut command = place.command(&["tiny.ron", "--device", "cpu"]);
    let mut terminal = Terminal::start(command.env("VIVIT_FAULT", "panic@step:3"), SIZE);
    terminal.wait_for("FAILED");
    terminal.wait_for("VIVIT_FAULT asked for a panic");
    // What the panic printed is in the log, and tears nothing.
    terminal.press(&["6"]);
    wait_for_screen(&mut terminal, "Log");
    terminal.wait_for("panicked at");
    terminal.press(&["1"]);
    terminal.wait_until_gone("panicked at");
    terminal.press(&["q"]);
    let left = terminal.ends_with(1);
    assert!(left.contains("VIVIT_FAULT") && left.contains("vivit-tui resume"), "{left}");
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "failed");
    place.expect(0, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "completed");
}

#[test]
fn a_wrong_experiment_is_refused_before_any_screen_is_shown() {
    let place = Place::new();
    place.write("wrong.ron", &place.experiment("epohcs: 3,"));
    let terminal = dashboard(&place, &["wrong.ron"]);
    let lines = terminal.ends_with(2);
    assert!(lines.contains("unknown key \"epohcs\"") && lines.contains("wrong.ron"), "{lines}");
}

#[test]
fn a_run_that_another_process_trains_is_refused_and_nothing_is_torn() {
    let place = Place::new();
    let mut holder = paused(&place);
    let mut terminal = dashboard(&place, &["resume", "tiny-001"]);
    terminal.wait_for(&format!("trained by process {}", holder.worker()));
    terminal.press(&["q"]);
    terminal.ends_with(1);
    let before = step(&holder).unwrap();
    holder.press(&["."]);
    holder.until("a step", |holder| step(holder) == Some(before + 1));
}

/// A run that another process trains is followed, and controlled through it.
#[test]
fn a_live_run_of_the_list_is_followed_and_controlled() {
    let place = Place::new();
    let mut trainer = paused(&place);
    let mut terminal = opened(&place);
    let before = step(&trainer).unwrap();
    terminal.until("its step", |terminal| step(terminal) == Some(before));
    terminal.press(&["."]);
    trainer.until("a step that was wished for elsewhere", |trainer| step(trainer) == Some(before + 1));
    terminal.until("its next step", |terminal| step(terminal) == Some(before + 1));
    terminal.press(&["q"]);
    terminal.ends_with(0);
}

/// The dashboard takes nothing from a program's plain use in a terminal.
#[test]
fn no_ui_on_a_terminal_shows_a_bar_and_leaves_the_terminal_as_it_was() {
    let place = Place::new();
    let command: Command = place.command(&["tiny.ron", "--no-ui", "--device", "cpu"]);
    let terminal = Terminal::start(&command, SIZE);
    let left = terminal.ends_with(0);
    assert!(left.contains("completed after 4 of 4 epochs"), "{left}");
}
