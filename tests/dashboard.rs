//! The dashboard as a user meets it: the real program in a real pseudo-terminal.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "common/terminal.rs"]
mod terminal;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use common::Place;
use rustix::process::Signal;
use serde_json::Value;
use terminal::Terminal;

/// The size that the design is drawn for.
const SIZE: (u16, u16) = (120, 40);
const TITLES: [&str; 6] = ["Live", "Confusion", "Volumes", "Runs", "Model", "Log"];

/// The program on a tiny run that ends by itself after 12 steps, or by hand.
fn dashboard(place: &Place, arguments: &[&str]) -> Terminal {
    Terminal::start(&place.command(&[arguments, &["--device", "cpu"]].concat()), SIZE)
}

/// A run that nobody will see the end of.
fn endless(place: &Place) -> Terminal {
    write_endless(place);
    let mut terminal = dashboard(place, &["endless.ron"]);
    terminal.wait_for("TRAINING");
    terminal
}

fn write_endless(place: &Place) {
    let text = place.experiment("checkpoints: (every_epochs: 1000, keep: 2),");
    place.write("endless.ron", &text.replace("epochs: 4", "epochs: 100000"));
}

/// The same, standing still after some step.
fn paused(place: &Place) -> Terminal {
    let mut terminal = endless(place);
    terminal.press(&["space"]);
    terminal.wait_for("PAUSED");
    terminal
}

/// Types a command, and enters it.
fn command(terminal: &mut Terminal, text: &str) {
    terminal.type_text(&format!(":{text}\r"));
}

/// The number behind `step` at the top.
fn step(terminal: &Terminal) -> Option<u64> {
    let header = terminal.lines().into_iter().next()?;
    let (_, after) = header.split_once("step ")?;
    after.split_once('/')?.0.parse().ok()
}

/// Whether the tab of that screen is the one that is marked.
fn is_shown(terminal: &Terminal, title: &str) -> bool {
    let place = terminal.lines().get(1).and_then(|tabs| tabs.find(title).map(|at| tabs[..at].chars().count()));
    place.is_some_and(|column| terminal.cell(u16::try_from(column).unwrap(), 1).bold())
}

fn wait_for_screen(terminal: &mut Terminal, title: &str) {
    terminal.until(&format!("the {title} screen"), |terminal| is_shown(terminal, title));
}

/// The events of a journal, of that kind.
fn events(place: &Place, run: &str, kind: &str) -> Vec<Value> {
    let journal = place.read(&format!("runs/{run}/events.jsonl"));
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    events.filter(|event| event["event"] == kind).collect()
}

/// Cuts a run short: it ends with the epoch after the one that it stands in.
fn end_soon(place: &Place, run: &str) {
    let stopped = events(place, run, "stopped").last().map_or(0, |event| event["step"].as_u64().unwrap());
    let steps = events(place, run, "stepped").last().map_or(stopped, |event| event["step"].as_u64().unwrap());
    let config = format!("runs/{run}/config.ron");
    place.write(&config, &place.read(&config).replace("epochs: 100000", &format!("epochs: {}", steps / 3 + 2)));
}

/// A stopped run can be resumed, and comes to its end.
fn assert_resumable(place: &Place, run: &str) {
    end_soon(place, run);
    let (_, err) = place.expect(0, &["resume", run, "--no-ui", "--device", "cpu"]);
    assert!(err.contains("resumed at step"), "{err}");
    assert_eq!(place.json(&format!("runs/{run}/summary.json"))["outcome"], "completed");
}

/// A server that begins to send a data set, and goes on never: as long as the result is kept.
fn stalled_server() -> (String, Sender<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let (kept, given_up) = channel::<()>();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request);
        let head = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 8000000\r\n\r\n";
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&vec![0; 2_000_000]));
        // Ends with the test.
        let _ = given_up.recv();
    });
    (address, kept)
}

/// A program that waits for its data.
fn waiting(place: &Place) -> (Terminal, Sender<()>) {
    let (address, kept) = stalled_server();
    place.write("organs.ron", "(name: \"organs\", data: (set: OrganMnist3d))");
    let mut command = place.command(&["organs.ron", "--device", "cpu", "--data-dir", "data"]);
    command.env("VIVIT_DATA_URL", address);
    let mut terminal = Terminal::start(&command, SIZE);
    terminal.wait_for("2.0 of 8.0 MB");
    (terminal, kept)
}

// Control.

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
    terminal.until("a step with it", |terminal| {
        terminal.shows("PAUSED") && !events(&place, "tiny-001", "stepped").is_empty()
    });
    let set = &events(&place, "tiny-001", "learning_rate_changed")[0];
    assert_eq!((set["requested"].as_f64(), set["applied"].as_f64()), (Some(3e-4), Some(3e-4)));
    terminal.until("the rate in the next step", |_| {
        events(&place, "tiny-001", "stepped").last().unwrap()["learning_rate"] == 3e-4
    });
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
    terminal.type_text(" 2");
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
    assert!(!terminal.screen().hide_cursor(), "what is typed has a cursor");
    let ground = terminal.cell(0, 0).bgcolor();
    terminal.press(&["enter"]);
    terminal.until("the light theme", |terminal| terminal.cell(0, 0).bgcolor() != ground);
    assert!(terminal.screen().hide_cursor(), "nothing is typed any more");
}

#[test]
fn stopping_asks_first_and_the_screen_stays() {
    let place = Place::new();
    let mut terminal = endless(&place);
    terminal.press(&["x"]);
    terminal.wait_for("Stop tiny-001?");
    terminal.press(&["n"]);
    terminal.wait_until_gone("Stop tiny-001?");
    command(&mut terminal, "stop");
    terminal.wait_for("Stop tiny-001?");
    terminal.press(&["y"]);
    terminal.wait_for("STOPPED");
    terminal.press(&["q"]);
    terminal.ends_with(130);
    assert_resumable(&place, "tiny-001");
}

// The screens.

#[test]
fn screens_change_by_key_and_by_mouse_and_each_has_its_help() {
    let place = Place::new();
    let mut terminal = paused(&place);
    for (number, title) in (1..).zip(TITLES) {
        terminal.press(&[&number.to_string()]);
        wait_for_screen(&mut terminal, title);
        terminal.press(&["?"]);
        let help = format!("keys of the {title} screen");
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
    terminal.press(&["enter"]);
    wait_for_screen(&mut terminal, "Volumes");
    // Slices are drawn in half blocks.
    terminal.wait_for("▀▀");
}

#[test]
fn a_finished_run_is_opened_from_the_list() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let mut terminal = dashboard(&place, &[]);
    wait_for_screen(&mut terminal, "Runs");
    terminal.wait_for("tiny-001");
    terminal.press(&["enter"]);
    terminal.wait_for("tiny-001 is open");
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

// The picture.

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
    for number in ["1", "2", "3", "4", "5", "6"] {
        for size in [(1, 1), (2, 1), (1, 2), (5, 3), (20, 6), (39, 11), (79, 24), (80, 23), (300, 100), (80, 24)] {
            terminal.resize(size);
            let before = terminal.stream().len();
            terminal.press(&[number]);
            terminal.until("a picture", |terminal| terminal.stream().len() > before);
        }
        wait_for_screen(&mut terminal, TITLES[number.parse::<usize>().unwrap() - 1]);
        terminal.wait_for("PAUSED");
    }
    terminal.resize(SIZE);
    terminal.press(&["1"]);
    wait_for_screen(&mut terminal, "Live");
    let before = step(&terminal).unwrap();
    terminal.press(&["."]);
    terminal.until("a step", |terminal| step(terminal) == Some(before + 1));
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
        let path = format!("/proc/{}/fd/{number}", terminal.id());
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
    let terminal = Terminal::start(command.env("TERM", "dumb"), SIZE);
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

// The end.

#[test]
fn a_finished_run_stays_on_the_screen_until_it_is_left() {
    let place = Place::new();
    let mut terminal = dashboard(&place, &["tiny.ron", "--require", "test.accuracy>=0"]);
    terminal.wait_for("COMPLETED");
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "completed");
    terminal.press(&["space"]);
    terminal.wait_for("the run has ended");
    terminal.press(&["2"]);
    wait_for_screen(&mut terminal, "Confusion");
    terminal.press(&["q"]);
    let left = terminal.ends_with(0);
    assert!(left.contains("completed after 4 of 4 epochs") && left.contains("met: test.accuracy"), "{left}");
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
    terminal.until("the second run's end", |terminal| terminal.shows("tiny-002") && terminal.shows("COMPLETED"));
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
fn leaving_the_screen_lets_the_run_go_on_in_the_same_terminal() {
    let place = Place::new();
    let mut terminal = endless(&place);
    terminal.press(&["q"]);
    terminal.wait_for("is being trained");
    terminal.press(&["l"]);
    terminal.until("the lines of --no-ui", |terminal| {
        !terminal.screen().alternate_screen() && terminal.shows("/100000  train")
    });
    terminal.press(&["ctrl-c"]);
    let left = terminal.ends_with(130);
    assert!(left.contains("vivit-tui resume"), "{left}");
    assert_resumable(&place, "tiny-001");
}

/// Without a screen nobody could let it go on.
#[test]
fn a_paused_run_goes_on_once_the_screen_is_left() {
    let place = Place::new();
    let mut terminal = paused(&place);
    terminal.press(&["q"]);
    terminal.wait_for("is being trained");
    terminal.press(&["l"]);
    terminal.wait_for("/100000  train");
    terminal.press(&["ctrl-c"]);
    terminal.ends_with(130);
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
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
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
    for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
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
    terminal.wait_for("COMPLETED");
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
        terminal.screen().alternate_screen() && terminal.has_mouse() && terminal.shows("PAUSED")
    });
    assert!(terminal.screen().bracketed_paste() && terminal.screen().hide_cursor(), "{}", terminal.picture());
    terminal.press(&["ctrl-c"]);
    terminal.ends_with(130);
}

// When things go wrong.

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
    terminal.wait_for(&format!("trained by process {}", holder.id()));
    terminal.press(&["q"]);
    terminal.ends_with(1);
    let before = step(&holder).unwrap();
    holder.press(&["."]);
    holder.until("a step", |holder| step(holder) == Some(before + 1));
}

/// A run that is trained elsewhere can be looked at while it goes on.
#[test]
fn a_live_run_of_another_process_is_followed() {
    let place = Place::new();
    let mut trainer = paused(&place);
    let mut terminal = dashboard(&place, &[]);
    terminal.wait_for("tiny-001");
    terminal.press(&["enter"]);
    terminal.wait_for("tiny-001 is open");
    let before = step(&trainer).unwrap();
    terminal.until("its step", |terminal| step(terminal) == Some(before));
    terminal.press(&["space"]);
    terminal.wait_for("trained by another process");
    trainer.press(&["."]);
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
