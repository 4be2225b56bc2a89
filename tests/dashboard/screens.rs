//! The six screens, and the ways from one to another.

use super::{TITLES, dashboard, opened, paused, wait_for_screen};
use crate::common::Place;
use crate::terminal::Terminal;

#[test]
fn screens_change_by_key_and_by_mouse_and_each_has_its_help() {
    let place = Place::new();
    let mut terminal = paused(&place);
    for (number, title) in (1..).zip(TITLES) {
        terminal.press(&[&number.to_string()]);
        wait_for_screen(&mut terminal, title);
        terminal.press(&["?"]);
        let help = format!("help · {title}");
        terminal.wait_for(&help);
        terminal.press(&["q"]);
        terminal.wait_until_gone(&help);
    }
    terminal.press(&["tab"]);
    wait_for_screen(&mut terminal, "Live");
    terminal.press(&["shift-tab"]);
    wait_for_screen(&mut terminal, "Log");
    for title in TITLES {
        terminal.click_on(&format!(" {title} "));
        wait_for_screen(&mut terminal, title);
    }
}

#[test]
fn the_mouse_is_given_to_the_terminal_and_taken_back() {
    let place = Place::new();
    let mut terminal = paused(&place);
    assert!(terminal.has_mouse());
    terminal.press(&["m"]);
    terminal.until("the mouse to be given back", |terminal| !terminal.has_mouse());
    terminal.press(&["m"]);
    terminal.until("the mouse to be taken", Terminal::has_mouse);
}

#[test]
fn a_cell_of_the_confusion_matrix_opens_its_volumes() {
    let place = Place::new();
    let mut terminal = paused(&place);
    terminal.press(&["e"]);
    terminal.wait_for("validation after step");
    terminal.press(&["2"]);
    wait_for_screen(&mut terminal, "Confusion");
    // The pair that is mixed up most; a cell without volumes has nothing to open.
    terminal.press(&["n", "enter"]);
    wait_for_screen(&mut terminal, "Volumes");
    // Slices are drawn in half blocks.
    terminal.wait_for("▀▀");
}

#[test]
fn a_finished_run_is_opened_from_the_list() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let mut terminal = opened(&place);
    wait_for_screen(&mut terminal, "Live");
    terminal.wait_for("COMPLETED");
    terminal.press(&["space"]);
    terminal.wait_for("is not being trained");
    terminal.press(&["q"]);
    terminal.ends_with(0);
}

#[test]
fn made_up_data_are_called_so_on_every_screen() {
    let place = Place::new();
    let small = "model: (dim: 16, heads: 2, layers: 1, mlp: 16), training: (epochs: 1000)";
    place.write("phantom.ron", &format!("(name: \"phantom\", data: (set: Phantom), {small})"));
    let mut terminal = dashboard(&place, &["phantom.ron"]);
    for (number, title) in (1..).zip(TITLES) {
        terminal.press(&[&number.to_string()]);
        wait_for_screen(&mut terminal, title);
        terminal.wait_for("SYNTHETIC");
    }
}
