//! The dashboard as a user meets it: the real program in a real pseudo-terminal.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;
#[path = "common/disk.rs"]
mod disk;
#[path = "common/images.rs"]
mod images;
#[path = "common/terminal.rs"]
mod terminal;

#[path = "dashboard/attach.rs"]
mod attach;
#[path = "dashboard/branching.rs"]
mod branching;
#[path = "dashboard/control.rs"]
mod control;
#[path = "dashboard/end.rs"]
mod end;
#[path = "dashboard/evidence.rs"]
mod evidence;
#[path = "dashboard/keeping.rs"]
mod keeping;
#[path = "dashboard/labels.rs"]
mod labels;
#[path = "dashboard/picture.rs"]
mod picture;
#[path = "dashboard/queue.rs"]
mod queue;
#[path = "dashboard/replay.rs"]
mod replay;
#[path = "dashboard/screens.rs"]
mod screens;
#[path = "dashboard/scrub.rs"]
mod scrub;
#[path = "dashboard/survive.rs"]
mod survive;
#[path = "dashboard/trained.rs"]
mod trained;
#[path = "dashboard/trouble.rs"]
mod trouble;

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Sender, channel};
use std::thread;

use common::Place;
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

/// The dashboard over the runs folder, with its first run opened.
fn opened(place: &Place) -> Terminal {
    let mut terminal = dashboard(place, &[]);
    wait_for_screen(&mut terminal, "Runs");
    terminal.wait_for("tiny-001");
    terminal.press(&["enter"]);
    terminal.wait_for("tiny-001 is open");
    terminal
}

/// On the Volumes screen, with slices on it.
fn show_volumes(terminal: &mut Terminal) {
    terminal.press(&["3"]);
    wait_for_screen(terminal, "Volumes");
    terminal.wait_for("▀▀");
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
    terminal.wait_for(" of 8.0 MB");
    (terminal, kept)
}
