//! Images with several labels, in the program itself: from a file to a label's cell, and on to its images.

use super::{dashboard, wait_for_screen};
use crate::common::Place;
use crate::images::{self, FINDINGS};

#[test]
fn the_images_of_a_labels_cell_are_opened_in_their_one_plane() {
    let place = Place::new();
    images::write(&place.path("findings.npz"), FINDINGS);
    place.write("findings.ron", &images::experiment("findings", ""));
    let mut terminal = dashboard(&place, &["findings.ron"]);
    terminal.wait_for("COMPLETED");
    terminal.press(&["2"]);
    wait_for_screen(&mut terminal, "Confusion");
    terminal.wait_for("answered wrongly most");
    terminal.wait_for("false");
    // What is answered wrongly most, and then its images.
    terminal.press(&["n", "enter"]);
    wait_for_screen(&mut terminal, "Volumes");
    terminal.wait_for("image");
    terminal.wait_for("4 right");
    terminal.wait_for("▀▀");
    // There are no other planes to go to.
    terminal.press(&["f", "enter", "n"]);
    terminal.wait_for("2 of ");
    assert!(!terminal.lines().join("\n").contains("sagittal"));
}
