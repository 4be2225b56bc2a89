//! A run played again on the screen.

use super::{SIZE, command, step, wait_for_screen};
use crate::common::Place;
use crate::terminal::Terminal;

/// A finished run, played from its beginning at that speed.
fn replay(place: &Place, speed: &str) -> Terminal {
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let mut terminal = Terminal::start(&place.command(&["replay", "tiny-001", "--speed", speed]), SIZE);
    terminal.wait_for("REPLAY");
    terminal
}

#[test]
fn a_replay_is_paused_stepped_and_hurried_and_never_taken_for_a_run() {
    let place = Place::new();
    let mut terminal = replay(&place, "0.01");
    terminal.press(&["space"]);
    terminal.wait_for("REPLAY 0.01× PAUSED");
    terminal.press(&["."]);
    terminal.until("a step", |terminal| step(terminal) == Some(1));
    command(&mut terminal, "step 2");
    terminal.until("the end of the epoch", |terminal| step(terminal) == Some(3));
    terminal.press(&["c"]);
    terminal.wait_for("this is a replay");
    terminal.press(&["}"]);
    terminal.wait_for("REPLAY 0.1× PAUSED");
    terminal.press(&[">"]);
    terminal.until("the second epoch", |terminal| step(terminal) == Some(6));
    assert!(!terminal.shows("TRAINING"), "{}", terminal.picture());
    // The validation belongs to the epoch, and its volumes are those of the data.
    terminal.press(&["2", "n", "enter"]);
    wait_for_screen(&mut terminal, "Volumes");
    terminal.wait_for("▀▀");
    terminal.press(&["6"]);
    wait_for_screen(&mut terminal, "Log");
    terminal.wait_for("epoch 2");
    command(&mut terminal, "speed max");
    terminal.wait_for("REPLAY at once PAUSED");
    terminal.press(&["space"]);
    terminal.wait_for("REPLAY ENDED");
    terminal.press(&["1"]);
    terminal.wait_for("completed after 4 of 4 epochs");
    terminal.press(&["q"]);
    let left = terminal.ends_with(0);
    assert!(left.contains("completed after 4 of 4 epochs"), "{left}");
}

#[test]
fn whoever_leaves_a_replay_is_asked_nothing() {
    let place = Place::new();
    let mut terminal = replay(&place, "0.01");
    terminal.press(&["q"]);
    terminal.ends_with(0);
    assert!(!place.path("runs/tiny-002").exists());
}
