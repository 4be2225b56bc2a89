//! The editor that runs are started with, and families on the screen.

use super::{Place, Terminal, dashboard, paused, wait_for_screen};

const QUIET: [&str; 3] = ["--no-ui", "--device", "cpu"];

/// A finished run of four epochs of three steps that keeps every checkpoint.
fn parent() -> Place {
    let place = Place::new();
    place.write("kept.ron", &place.experiment("checkpoints: (keep: 20),"));
    place.expect(0, &[&["kept.ron"], &QUIET[..]].concat());
    place
}

/// Puts the editor's cursor on the first key whose path has the words.
fn find(terminal: &mut Terminal, words: &str, path: &str) {
    terminal.type_text(&format!("g/{words}\r"));
    terminal.press(&["down", "down", "down"]);
    terminal.wait_for(&format!("{path} takes"));
}

#[test]
fn a_branch_is_edited_refused_and_given_up_while_the_run_goes_on() {
    let place = Place::new();
    let mut terminal = paused(&place);
    terminal.press(&["b"]);
    terminal.wait_for("branch of tiny-001");
    terminal.wait_for("now: its trainer writes a checkpoint");
    find(&mut terminal, "label", "training.label_smoothing");
    terminal.press(&["enter", "ctrl-u"]);
    terminal.type_text("1.5");
    terminal.wait_for("! expected a number from 0 to below 1, found 1.5");
    terminal.press(&["enter"]);
    terminal.press(&["backspace", "backspace", "backspace"]);
    terminal.type_text("0.1\r");
    terminal.wait_for("0.0 → 0.1");
    terminal.press(&["esc"]);
    terminal.wait_until_gone("/label");
    find(&mut terminal, "model.dim", "model.dim");
    terminal.press(&["enter"]);
    terminal.wait_for("no key of `model` can change");
    terminal.press(&["esc"]);
    terminal.wait_until_gone("/model.dim");
    terminal.press(&["esc"]);
    terminal.wait_for("throw the changes away?");
    terminal.press(&["n"]);
    terminal.wait_until_gone("throw the changes away?");
    terminal.wait_for("◆ 1 changed");
    terminal.press(&["esc"]);
    terminal.wait_for("throw the changes away?");
    terminal.press(&["y"]);
    terminal.wait_until_gone("branch of tiny-001");
    // The run is as it was, and can still be controlled.
    terminal.press(&["."]);
    terminal.wait_for("PAUSED");
    assert!(!place.path("runs/tiny-002").exists());
}

#[test]
fn the_checkpoints_that_a_finished_run_keeps_can_be_chosen_from() {
    let place = parent();
    let mut terminal = dashboard(&place, &[]);
    wait_for_screen(&mut terminal, "Runs");
    terminal.wait_for("tiny-001");
    terminal.press(&["b"]);
    terminal.wait_for("its newest checkpoint, of step 12");
    // All of its epochs are trained: there have to be more.
    terminal.press(&["enter"]);
    terminal.wait_for("4 epochs are trained already");
    terminal.press(&["f"]);
    terminal.wait_for("the checkpoint of step 9");
    terminal.press(&["f"]);
    terminal.wait_for("the checkpoint of step 6");
    terminal.wait_for("after step 6 (the end of epoch 2), nothing changed");
    terminal.press(&["esc"]);
    terminal.wait_until_gone("branch of tiny-001");
    // A step that is not kept: the nearest is.
    terminal.type_text(":branch 4 training.epochs=6\r");
    terminal.wait_for("no checkpoint of step 4 is kept; the nearest is that of step 3");
    terminal.wait_for("after step 3 (the end of epoch 1), 1 key changed");
    terminal.press(&["esc"]);
    terminal.wait_for("throw the changes away?");
    terminal.press(&["y"]);
    terminal.wait_until_gone("branch of tiny-001");
    terminal.press(&["q"]);
    terminal.ends_with(0);
}

#[test]
fn a_new_run_is_edited_from_its_file_and_a_wrong_file_says_where() {
    let place = parent();
    std::fs::create_dir(place.path("experiments")).unwrap();
    place.write("experiments/good.ron", &place.experiment(""));
    place.write("experiments/wrong.ron", "(\n  name: \"wrong\",\n  sed: 7,\n  data: (set: Phantom),\n)");
    let mut terminal = dashboard(&place, &[]);
    wait_for_screen(&mut terminal, "Runs");
    terminal.wait_for("experiments/wrong.ron");
    terminal.press(&["n"]);
    terminal.wait_for("tab completes");
    terminal.type_text("wrong");
    terminal.press(&["tab", "enter"]);
    terminal.wait_for("experiments/wrong.ron:3:3: unknown key \"sed\"");
    terminal.press(&["n"]);
    terminal.type_text("good");
    terminal.press(&["tab"]);
    terminal.type_text(" model.dim=24\r");
    terminal.wait_for("a new run from experiments/good.ron, 1 key changed");
    terminal.wait_for("at once: nothing is trained here");
    find(&mut terminal, "heads", "model.heads");
    terminal.press(&["enter", "ctrl-u"]);
    terminal.type_text("7");
    terminal.wait_for("expected a divisor of the dim 24 (such as 6 or 8), found 7");
    terminal.press(&["esc"]);
    terminal.wait_for("1 key changed");
}

#[test]
fn a_child_stands_below_its_parent_and_its_curves_over_its_parents() {
    let place = parent();
    place.expect(0, &[&["branch", "tiny-001", "--step", "6"], &QUIET[..]].concat());
    let mut terminal = dashboard(&place, &[]);
    wait_for_screen(&mut terminal, "Runs");
    terminal.wait_for("└ tiny-002");
    terminal.press(&["f"]);
    terminal.wait_until_gone("└ tiny-002");
    terminal.press(&["f"]);
    terminal.wait_for("└ tiny-002");
    terminal.press(&["g", "down", "enter"]);
    terminal.wait_for("tiny-002 is open");
    terminal.wait_for("left it after step 6");
    terminal.wait_for("○");
    terminal.press(&["P"]);
    terminal.wait_until_gone("left it after step 6");
    terminal.press(&["P"]);
    terminal.wait_for("left it after step 6");
}

#[test]
fn what_is_finished_is_not_gone_on_with() {
    let place = parent();
    let mut terminal = dashboard(&place, &[]);
    wait_for_screen(&mut terminal, "Runs");
    terminal.wait_for("tiny-001");
    terminal.press(&["r"]);
    terminal.wait_for("tiny-001 is finished: nothing is left to train");
}
