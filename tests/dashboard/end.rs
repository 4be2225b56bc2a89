//! The ways out: of the run, of the screen, of the program.

use rustix::process::Signal;

use super::{assert_resumable, dashboard, end_soon, endless, events, paused, step, wait_for_screen, waiting};
use crate::common::Place;

#[test]
fn a_finished_run_stays_on_the_screen_until_it_is_left() {
    let place = Place::new();
    let mut terminal = dashboard(&place, &["tiny.ron", "--require", "test.accuracy>=0"]);
    terminal.wait_for("COMPLETED");
    terminal.press(&["space"]);
    terminal.wait_for("the run has ended");
    terminal.press(&["2"]);
    wait_for_screen(&mut terminal, "Confusion");
    terminal.press(&["q"]);
    let left = terminal.ends_with(0);
    assert!(left.contains("completed after 4 of 4 epochs") && left.contains("met: test.accuracy"), "{left}");
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "completed");
}

#[test]
fn a_requirement_that_does_not_hold_is_the_exit_code() {
    let place = Place::new();
    let mut terminal = dashboard(&place, &["tiny.ron", "--require", "test.best.loss<0"]);
    terminal.wait_for("COMPLETED");
    terminal.press(&["q"]);
    let left = terminal.ends_with(1);
    assert!(left.contains("NOT met: test.best.loss < 0"), "{left}");
}

#[test]
fn several_experiments_are_trained_one_after_another() {
    let place = Place::new();
    let mut terminal = dashboard(&place, &["tiny.ron", "tiny.ron"]);
    // In the head of the screen: elsewhere the name may stand while the first run is the one that has ended.
    terminal.until("the end of the second", |terminal| {
        terminal.lines().iter().any(|line| line.contains("tiny-002") && line.contains("COMPLETED"))
    });
    terminal.press(&["q"]);
    terminal.ends_with(0);
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "completed");
    assert_eq!(place.json("runs/tiny-002/summary.json")["outcome"], "completed");
}

#[test]
fn a_run_is_resumed_on_the_screen() {
    let place = Place::new();
    let mut terminal = endless(&place);
    terminal.press(&["ctrl-c"]);
    terminal.ends_with(130);
    end_soon(&place, "tiny-001");
    let mut terminal = dashboard(&place, &["resume", "tiny-001"]);
    terminal.wait_for("COMPLETED");
    terminal.press(&["q"]);
    terminal.ends_with(0);
    assert_eq!(events(&place, "tiny-001", "resumed").len(), 1);
}

#[test]
fn the_question_before_quitting_can_be_taken_back() {
    let place = Place::new();
    let mut terminal = endless(&place);
    for key in ["n", "esc"] {
        terminal.press(&["q"]);
        terminal.wait_for("tiny-001 is being trained");
        terminal.press(&[key]);
        terminal.wait_until_gone("tiny-001 is being trained");
    }
    let before = step(&terminal).unwrap();
    terminal.until("more steps", |terminal| step(terminal) > Some(before));
}

#[test]
fn ctrl_c_stops_with_a_checkpoint_whatever_lies_over_the_screen() {
    for over in ["", "?", ":", "q"] {
        let place = Place::new();
        let mut terminal = endless(&place);
        terminal.type_text(over);
        terminal.press(&["ctrl-c"]);
        terminal.ends_with(130);
        assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "interrupted", "over {over:?}");
    }
}

#[test]
fn ctrl_c_twice_does_not_wait() {
    let place = Place::new();
    let mut terminal = endless(&place);
    terminal.press(&["ctrl-c", "ctrl-c"]);
    terminal.ends_with(130);
    assert_resumable(&place, "tiny-001");
}

#[test]
fn a_signal_while_training_stops_with_a_checkpoint_and_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = Place::new();
        let terminal = endless(&place);
        terminal.signal(signal);
        terminal.ends_with(130);
        assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "interrupted", "{signal:?}");
        let stopped = events(&place, "tiny-001", "stopped")[0]["step"].as_u64().unwrap();
        assert!(place.path(&format!("runs/tiny-001/checkpoints/step-{stopped:06}/MANIFEST")).is_file(), "{signal:?}");
    }
}

#[test]
fn a_signal_while_paused_ends_the_run_too() {
    let place = Place::new();
    let terminal = paused(&place);
    terminal.signal(Signal::TERM);
    terminal.ends_with(130);
    assert_resumable(&place, "tiny-001");
}

#[test]
fn a_signal_before_the_run_has_begun_ends_at_once_and_gives_the_terminal_back() {
    for signal in [Signal::TERM, Signal::INT] {
        let place = Place::new();
        let (terminal, _server) = waiting(&place);
        terminal.signal(signal);
        terminal.ends_with(130);
    }
}

#[test]
fn a_signal_after_the_end_keeps_the_result_of_the_run() {
    let place = Place::new();
    let mut terminal = dashboard(&place, &["tiny.ron"]);
    // Said once the summary is written.
    terminal.wait_for("completed; q quits");
    terminal.signal(Signal::TERM);
    terminal.ends_with(130);
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "completed");
}

/// What a shell does with ctrl-z and `fg`, seen from the program.
#[test]
fn a_program_that_was_halted_takes_the_terminal_again() {
    let place = Place::new();
    let mut terminal = paused(&place);
    terminal.signal(Signal::STOP);
    // A shell that has the terminal meanwhile leaves its own modes.
    terminal.scribble("\x1b[?1049l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[?25h$ fg\r\n");
    terminal.signal(Signal::CONT);
    terminal.until("the screen again", |terminal| {
        let screen = terminal.screen();
        let taken = screen.alternate_screen() && screen.bracketed_paste() && screen.hide_cursor();
        taken && terminal.has_mouse() && terminal.shows("PAUSED")
    });
    terminal.press(&["ctrl-c"]);
    terminal.ends_with(130);
}
