//! Notes, tags and the removal of a run, from the Runs screen.

use super::{dashboard, wait_for_screen};
use crate::common::Place;

#[test]
fn a_run_is_noted_tagged_found_and_removed_from_the_list() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "tiny.ron", "--no-ui", "--device", "cpu"]);
    let mut terminal = dashboard(&place, &[]);
    wait_for_screen(&mut terminal, "Runs");
    terminal.wait_for("tiny-002");
    terminal.type_text("aa good start\r");
    terminal.wait_for("note     a good start");
    terminal.type_text("tkept\r");
    terminal.wait_for("[kept]");
    terminal.type_text("/kept\r");
    terminal.wait_for("1 of 2");
    let is_second = place.path("runs/tiny-002/notes.ron").exists();
    let (noted, other) = if is_second { ("tiny-002", "tiny-001") } else { ("tiny-001", "tiny-002") };
    assert!(place.read(&format!("runs/{noted}/notes.ron")).contains("a good start"));
    terminal.press(&["D"]);
    terminal.wait_for("remove the run?");
    terminal.press(&["n"]);
    terminal.wait_until_gone("remove the run?");
    terminal.press(&["D", "y"]);
    terminal.wait_for(&format!("{noted} is removed"));
    terminal.press(&["esc"]);
    terminal.wait_for(other);
    assert!(!place.path(&format!("runs/{noted}")).exists());
    terminal.press(&["q"]);
    terminal.ends_with(0);
}

#[test]
fn the_command_line_removes_a_run_after_a_yes_alone() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    for (answer, said, stays) in
        [("n\r", "nothing was removed", true), ("\r", "nothing was removed", true), ("y\r", "freed", false)]
    {
        let mut terminal = dashboard(&place, &["runs", "rm", "tiny-001"]);
        terminal.wait_for("remove tiny-001");
        terminal.type_text(answer);
        assert!(terminal.ends_with(0).contains(said));
        assert_eq!(place.path("runs/tiny-001").exists(), stays);
    }
}
