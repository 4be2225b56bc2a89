//! What the run is told from the keyboard, and what it answers.

use serde_json::Value;

use super::{assert_resumable, command, endless, events, paused, step};
use crate::common::Place;

#[test]
fn a_run_is_paused_stepped_saved_and_stopped_from_the_keyboard_and_can_be_resumed() {
    let place = Place::new();
    let mut terminal = paused(&place);
    let before = step(&terminal).unwrap();
    terminal.press(&["."]);
    terminal.until("one step more", |terminal| step(terminal) == Some(before + 1) && terminal.shows("PAUSED"));
    terminal.press(&["."]);
    terminal.until("two steps more", |terminal| step(terminal) == Some(before + 2) && terminal.shows("PAUSED"));
    assert_eq!(events(&place, "tiny-001", "stepped").len() as u64, before + 2, "it stood still in between");

    terminal.press(&["c"]);
    let path = format!("checkpoints/step-{:06}", before + 2);
    terminal.wait_for(&format!("checkpoint written: tiny-001/{path}, in "));
    assert!(place.path(&format!("runs/tiny-001/{path}/MANIFEST")).is_file());

    terminal.press(&[">"]);
    terminal.until("the end of an epoch", |terminal| {
        step(terminal).is_some_and(|step| step > before + 2 && step.is_multiple_of(3)) && terminal.shows("PAUSED")
    });
    terminal.press(&["e"]);
    terminal.wait_for("validation after step");
    terminal.press(&["space"]);
    terminal.wait_for("TRAINING");

    terminal.press(&["q"]);
    terminal.wait_for("tiny-001 is being trained");
    terminal.press(&["s"]);
    let left = terminal.ends_with(130);
    assert!(left.contains("vivit-tui resume"), "{left}");
    let stopped = events(&place, "tiny-001", "stopped")[0]["step"].as_u64().unwrap();
    assert!(place.path(&format!("runs/tiny-001/checkpoints/step-{stopped:06}/MANIFEST")).is_file());
    assert_resumable(&place, "tiny-001");
}

#[test]
fn the_learning_rate_is_set_and_both_values_are_shown_and_journalled() {
    let place = Place::new();
    let mut terminal = paused(&place);
    command(&mut terminal, "set lr 3e-4");
    terminal.wait_for("learning rate: 3e-4 requested, 3e-4 applied");
    terminal.press(&["."]);
    // The optimizer counts in 32 bits.
    let is = |value: &Value| (value.as_f64().unwrap() - 3e-4).abs() < 1e-10;
    let set = &events(&place, "tiny-001", "learning_rate_changed")[0];
    assert!(set["requested"] == 3e-4 && is(&set["applied"]), "{set}");
    let before = set["step"].as_u64().unwrap();
    terminal.until("the next step", |terminal| step(terminal) == Some(before + 1));
    let stepped = events(&place, "tiny-001", "stepped");
    assert!(is(&stepped.last().unwrap()["learning_rate"]), "{stepped:?}");
}

#[test]
fn a_breakpoint_pauses_the_run_and_says_which_and_by_what() {
    let place = Place::new();
    let mut terminal = endless(&place);
    command(&mut terminal, "pause when train.loss < 1000");
    terminal.wait_for("PAUSED");
    terminal.wait_for("paused: train.loss");
    let reason = events(&place, "tiny-001", "paused")[0]["reason"].clone();
    assert!(reason["breakpoint"]["value"].as_f64().unwrap() < 1000.0, "{reason}");
    // It has been met: the run goes on.
    terminal.press(&["space"]);
    terminal.wait_for("TRAINING");
}

#[test]
fn commands_are_completed_recalled_and_pasted_and_an_unknown_one_names_the_nearest() {
    let place = Place::new();
    let mut terminal = paused(&place);
    command(&mut terminal, "puase");
    terminal.wait_for("no command :puase; did you mean :pause?");
    terminal.type_text(":ste");
    terminal.press(&["tab"]);
    terminal.wait_for(" :step");
    // The completion leaves the cursor where the argument goes.
    terminal.type_text("2");
    let before = step(&terminal).unwrap();
    terminal.press(&["enter"]);
    terminal.until("two steps", |terminal| step(terminal) == Some(before + 2));
    terminal.type_text(":");
    terminal.press(&["up"]);
    terminal.wait_for(" :step 2");
    terminal.press(&["up"]);
    terminal.wait_for(" :puase");
    terminal.press(&["esc"]);
    terminal.wait_until_gone(" :puase");
    terminal.type_text(":");
    terminal.paste("theme light\r\n");
    terminal.wait_for(" :theme light");
    terminal.until("a cursor where it is typed", |terminal| !terminal.screen().hide_cursor());
    let ground = terminal.cell(0, 0).bgcolor();
    terminal.press(&["enter"]);
    terminal.until("the light theme", |terminal| terminal.cell(0, 0).bgcolor() != ground);
    terminal.until("no cursor, where nothing is typed", |terminal| terminal.screen().hide_cursor());
}

#[test]
fn stopping_asks_first_and_the_screen_stays() {
    let place = Place::new();
    let mut terminal = endless(&place);
    terminal.press(&["x"]);
    terminal.wait_for("stop the run?");
    terminal.press(&["n"]);
    terminal.wait_until_gone("stop the run?");
    command(&mut terminal, "stop");
    terminal.wait_for("stop the run?");
    terminal.press(&["y"]);
    terminal.wait_for("STOPPED");
    terminal.press(&["q"]);
    terminal.ends_with(130);
    assert_resumable(&place, "tiny-001");
}
