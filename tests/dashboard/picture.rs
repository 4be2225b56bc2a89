//! What is drawn: on which terminal, at which size, and past what others write.

use std::fs;
use std::io::Write;

use rustix::process::Signal;

use super::{SIZE, TITLES, paused, step, wait_for_screen, waiting};
use crate::common::Place;
use crate::terminal::Terminal;

#[test]
fn the_first_picture_is_there_before_the_data_and_shows_what_is_waited_for() {
    let place = Place::new();
    let (mut terminal, _server) = waiting(&place);
    assert!(terminal.shows("getting ready") && terminal.shows("fetching http"), "{}", terminal.picture());
    terminal.press(&["6"]);
    wait_for_screen(&mut terminal, "Log");
    terminal.press(&["space"]);
    terminal.wait_for("no run has begun yet");
    terminal.press(&["q"]);
    terminal.ends_with(130);
}

#[test]
fn no_size_breaks_the_picture() {
    let place = Place::new();
    let mut terminal = paused(&place);
    for (number, title) in (1..).zip(TITLES) {
        terminal.press(&[&number.to_string()]);
        wait_for_screen(&mut terminal, title);
        for size in [(1, 1), (2, 1), (1, 2), (5, 3), (20, 6), (39, 11), (79, 24), (80, 23), (300, 100), (80, 24)] {
            let before = terminal.stream().len();
            terminal.resize(size);
            terminal.until("a picture", |terminal| terminal.stream().len() > before);
        }
        wait_for_screen(&mut terminal, title);
        terminal.wait_for("PAUSED");
    }
    terminal.resize(SIZE);
    terminal.wait_for("/300000");
    let before = step(&terminal).unwrap();
    terminal.press(&["."]);
    terminal.until("a step", |terminal| step(terminal) == Some(before + 1));
}

#[test]
fn a_key_in_the_moment_of_a_resize_is_heard_and_so_is_the_resize() {
    let place = Place::new();
    let mut terminal = paused(&place);
    // Halted, the program finds both at once when it goes on.
    terminal.signal(Signal::STOP);
    terminal.resize((100, 30));
    terminal.press(&["6"]);
    terminal.signal(Signal::CONT);
    wait_for_screen(&mut terminal, "Log");
    terminal.until("a picture of the new size", |terminal| terminal.lines()[29].contains("quit"));
    terminal.click_on(" Live ");
    wait_for_screen(&mut terminal, "Live");
}

#[test]
fn what_others_write_over_the_screen_is_gone_once_it_is_drawn_anew() {
    let place = Place::new();
    let mut terminal = paused(&place);
    terminal.scribble("\x1b[20;10Hmessage from root: lunch");
    assert!(terminal.shows("lunch"));
    terminal.press(&["ctrl-l"]);
    terminal.wait_until_gone("lunch");
    terminal.wait_for("PAUSED");
}

/// The program's own stdout and stderr are opened from outside, as if a library in it wrote there.
#[cfg(target_os = "linux")]
#[test]
fn what_a_library_writes_is_in_the_log_and_not_on_the_screen() {
    let place = Place::new();
    let mut terminal = paused(&place);
    for (number, text) in [(1, "a library greets"), (2, "a driver complains")] {
        let path = format!("/proc/{}/fd/{number}", terminal.worker());
        let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
        file.write_all(format!("{text}\n").as_bytes()).unwrap();
    }
    terminal.press(&["6"]);
    wait_for_screen(&mut terminal, "Log");
    terminal.wait_for("a library greets");
    terminal.wait_for("a driver complains");
    for screen in ["5", "1"] {
        terminal.press(&[screen]);
        terminal.wait_until_gone("a driver complains");
        assert!(!terminal.shows("a library greets"), "{}", terminal.picture());
    }
    let log = place.read("runs/tiny-001/log.txt");
    assert!(log.contains("a library greets") && log.contains("a driver complains"), "{log}");
}

#[test]
fn without_colours_not_one_colour_is_sent() {
    let place = Place::new();
    let mut terminal = Terminal::start(place.command(&["tiny.ron", "--device", "cpu"]).env("NO_COLOR", "1"), SIZE);
    terminal.wait_for("COMPLETED");
    for (number, title) in (1..).zip(TITLES) {
        terminal.press(&[&number.to_string()]);
        wait_for_screen(&mut terminal, title);
        assert!(terminal.cell_of(title).inverse(), "the marked tab is reversed{}", terminal.picture());
    }
    assert_eq!(terminal.colour_codes(), Vec::<String>::new());
    terminal.press(&["q"]);
    terminal.ends_with(0);
}

#[test]
fn a_terminal_of_16_colours_is_sent_no_others() {
    let place = Place::new();
    let mut command = place.command(&["tiny.ron", "--device", "cpu"]);
    let mut terminal = Terminal::start(command.env("TERM", "linux").env_remove("COLORTERM"), SIZE);
    terminal.wait_for("COMPLETED");
    terminal.press(&["2"]);
    wait_for_screen(&mut terminal, "Confusion");
    let codes = terminal.colour_codes();
    let of_16 = |code: &str| {
        let numbers: Vec<u16> =
            code.split(|char: char| !char.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
        !numbers.windows(3).any(|triple| matches!(triple, [38 | 48, 5, 16..=u16::MAX] | [38 | 48, 2, _]))
    };
    assert!(!codes.is_empty() && codes.iter().all(|code| of_16(code)), "{codes:?}");
    terminal.press(&["q"]);
    terminal.ends_with(0);
}

#[test]
fn a_terminal_that_can_show_no_screen_gets_lines() {
    let place = Place::new();
    let mut command = place.command(&["tiny.ron", "--device", "cpu"]);
    let mut terminal = Terminal::start(command.env("TERM", "dumb"), SIZE);
    terminal.wait_for_end();
    assert!(!terminal.stream().contains(&b'\x1b'), "no control sequence{}", terminal.picture());
    let lines = terminal.ends_with(0);
    assert!(lines.contains("going on as --no-ui"), "{lines}");
    assert!(lines.contains("completed after 4 of 4 epochs"), "{lines}");
}

#[test]
fn without_a_terminal_on_stdout_the_run_goes_on_without_a_screen() {
    let place = Place::new();
    let (out, err) = place.expect(0, &["tiny.ron", "--device", "cpu"]);
    assert!(err.contains("stdout is no terminal: going on as --no-ui"), "{err}");
    assert!(out.contains("completed after 4 of 4 epochs"), "{out}");
    assert!(!(out + &err).contains('\x1b'), "no control sequence goes into a file");
}
