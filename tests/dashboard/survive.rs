//! What the user sees and does when the disk is full or cannot be written, and when the loss is no number.

use std::fs;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::Value;

use super::{SIZE, command, events, paused, step, wait_for_screen};
use crate::common::{Place, end_of};
use crate::disk::Disk;
use crate::terminal::Terminal;

/// A run that takes a while, with a checkpoint after every epoch.
fn write_long(place: &Place) {
    place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 150"));
}

/// What the run comes to that nobody disturbs.
fn undisturbed(place: &Place) -> (String, Value) {
    place.expect(0, &["long.ron", "--no-ui", "--device", "cpu", "--runs-dir", "undisturbed"]);
    end_of(place, "undisturbed/tiny-001")
}

/// The end of a run on a disk of its own, brought to where the others are.
fn brought(place: &Place, disk: &Disk) -> (String, Value) {
    let from = disk.path("tiny-001");
    let copied = Command::new("cp").arg("-r").args([&from, &place.path("brought")]).status().unwrap();
    assert!(copied.success());
    end_of(place, "brought")
}

fn stepped(journal: &str) -> Vec<u64> {
    let lines = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    lines.filter(|event| event["event"] == "stepped").map(|event| event["step"].as_u64().unwrap()).collect()
}

#[test]
fn a_disk_that_fills_pauses_the_run_until_there_is_room_and_costs_it_nothing() {
    let place = Place::new();
    let Some(disk) = Disk::new(&place.path("runs"), 4000) else { return };
    write_long(&place);
    let whole = undisturbed(&place);
    let mut terminal = Terminal::start(&disk.command(&place.command(&["long.ron", "--device", "cpu"])), SIZE);
    terminal.wait_for("saved step-");
    disk.fill();
    terminal.wait_for("PAUSED");
    terminal.wait_for("No space left on device");
    terminal.wait_for("try again, once there is room");
    let journal = disk.read("tiny-001/events.jsonl");
    assert!(journal.ends_with('\n') && journal.contains("cannot_write"), "whoever attaches learns of it as well");
    // No room still.
    terminal.press(&["space"]);
    terminal.until("another pause", |_| disk.read("tiny-001/events.jsonl").matches("cannot_write").count() == 2);
    terminal.wait_for("PAUSED");
    terminal.press(&["6"]);
    wait_for_screen(&mut terminal, "Log");
    terminal.wait_for("No space left on device");
    disk.empty();
    terminal.press(&["1", "space"]);
    terminal.wait_for("COMPLETED");
    terminal.press(&["q"]);
    terminal.ends_with(0);
    let steps = stepped(&disk.read("tiny-001/events.jsonl"));
    assert!(steps.iter().copied().eq(1..=450), "each step is journalled once: {}", steps.len());
    assert_eq!(brought(&place, &disk), whole);
    let log = disk.read("tiny-001/log.txt");
    assert!(log.contains(" error   paused after step") && log.contains(" info    goes on after step"), "{log}");
}

#[test]
fn a_run_that_was_left_waits_for_room_and_for_whoever_attaches() {
    let place = Place::new();
    let Some(disk) = Disk::new(&place.path("runs"), 4000) else { return };
    write_long(&place);
    let mut terminal = Terminal::start(&disk.command(&place.command(&["long.ron", "--device", "cpu"])), SIZE);
    terminal.wait_for("saved step-");
    terminal.press(&["q"]);
    terminal.wait_for("is being trained");
    terminal.press(&["l"]);
    terminal.gives_the_prompt_back();
    disk.fill();
    let attach = disk.command(&place.command(&["attach", "tiny-001", "--device", "cpu"]));
    let mut viewer = Terminal::start(&attach, SIZE);
    viewer.wait_for("PAUSED");
    viewer.wait_for("No space left on device");
    viewer.wait_for("try again, once there is room");
    disk.empty();
    viewer.press(&["space"]);
    viewer.wait_for("COMPLETED");
    viewer.press(&["q"]);
    viewer.ends_with(0);
    assert!(stepped(&disk.read("tiny-001/events.jsonl")).iter().copied().eq(1..=450));
}

#[test]
fn a_folder_that_turns_read_only_pauses_the_run_until_it_can_be_written() {
    let place = Place::new();
    let Some(disk) = Disk::new(&place.path("runs"), 40_000) else { return };
    write_long(&place);
    let whole = undisturbed(&place);
    let mut terminal = Terminal::start(&disk.command(&place.command(&["long.ron", "--device", "cpu"])), SIZE);
    terminal.wait_for("saved step-");
    disk.forbid_writing();
    terminal.wait_for("PAUSED");
    terminal.wait_for("Read-only file system");
    disk.allow_writing();
    command(&mut terminal, "retry");
    terminal.wait_for("COMPLETED");
    terminal.press(&["q"]);
    terminal.ends_with(0);
    assert_eq!(brought(&place, &disk), whole);
}

/// The line that crosses the limit is written up to there and no further, as on a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn a_journal_that_cannot_grow_pauses_the_run_and_is_torn_nowhere() {
    let place = Place::new();
    let mut terminal = paused(&place);
    let worker = Pid::from_raw(i32::try_from(terminal.worker()).unwrap()).unwrap();
    let path = place.path("runs/tiny-001/events.jsonl");
    let limit = |current: Option<u64>| {
        let before = rustix::process::getrlimit(Resource::Fsize);
        prlimit(Some(worker), Resource::Fsize, Rlimit { current, maximum: before.maximum }).unwrap();
    };
    limit(Some(fs::metadata(&path).unwrap().len() + 100));
    terminal.press(&["space"]);
    terminal.wait_for("cannot write the journal");
    terminal.wait_for("File too large");
    let journal = place.read("runs/tiny-001/events.jsonl");
    assert!(journal.ends_with('\n'), "{:?}", journal.lines().last());
    // The fact that it stands still waits with the others; the screen has it.
    assert!(!journal.contains("cannot_write"));
    let lines = journal.lines().count();
    terminal.press(&["space"]);
    command(&mut terminal, "pause when step >= 100000");
    terminal.wait_for("will pause when");
    assert_eq!(place.read("runs/tiny-001/events.jsonl").lines().count(), lines);
    limit(None);
    terminal.press(&["space"]);
    terminal.wait_for("TRAINING");
    terminal.press(&["space"]);
    terminal.until("a pause as asked", |terminal| terminal.shows("as asked"));
    let journal = place.read("runs/tiny-001/events.jsonl");
    assert!(journal.contains("cannot_write") && journal.contains("breakpoint_set"), "they came in their order");
    let steps = stepped(&journal);
    assert!(steps.iter().copied().eq(1..=step(&terminal).unwrap()), "{steps:?}");
    terminal.press(&["x", "y"]);
    terminal.wait_for("STOPPED");
    terminal.press(&["q"]);
    terminal.ends_with(130);
}

#[test]
fn a_run_that_cannot_write_can_be_ended_and_resumed_once_there_is_room() {
    let place = Place::new();
    let Some(disk) = Disk::new(&place.path("runs"), 4000) else { return };
    write_long(&place);
    let whole = undisturbed(&place);
    let mut terminal = Terminal::start(&disk.command(&place.command(&["long.ron", "--device", "cpu"])), SIZE);
    terminal.wait_for("saved step-");
    disk.fill();
    terminal.wait_for("try again, once there is room");
    terminal.press(&["x", "y"]);
    terminal.wait_for("FAILED");
    terminal.press(&["q"]);
    let left = terminal.ends_with(1);
    assert!(left.contains("No space left on device") && left.contains("vivit-tui resume"), "{left}");
    disk.empty();
    let resumed = disk
        .command(&place.command(&["resume", "tiny-001", "--no-ui", "--device", "cpu"]))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(resumed.success());
    assert_eq!(brought(&place, &disk), whole);
}

#[test]
fn a_loss_that_is_not_finite_pauses_before_its_step_and_a_roll_back_leads_out() {
    let place = Place::new();
    let mut terminal = paused(&place);
    let mut first = step(&terminal).unwrap();
    let take_a_step = |terminal: &mut Terminal, from: u64| {
        terminal.press(&["."]);
        terminal.until("a step", |terminal| step(terminal) == Some(from + 1) && terminal.shows("PAUSED"));
    };
    // Three steps are an epoch. The third from here must not end one: its validation would be what is not finite.
    if (first + 1).is_multiple_of(3) {
        take_a_step(&mut terminal, first);
        first += 1;
    }
    take_a_step(&mut terminal, first);
    terminal.press(&["c"]);
    terminal.wait_for("checkpoint written");
    let good = first + 1;
    terminal.press(&[".", "."]);
    terminal.until("two steps", |terminal| step(terminal) == Some(good + 2) && terminal.shows("PAUSED"));
    // No weights survive a step of it.
    command(&mut terminal, "set lr 1e30");
    terminal.wait_for("1e30 requested");
    terminal.press(&["space"]);
    terminal.wait_for("is not finite");
    terminal.wait_for("the step was not applied");
    terminal.wait_for("roll back to the newest checkpoint before it");
    terminal.wait_for("PAUSED");
    let pause = events(&place, "tiny-001", "paused").pop().unwrap();
    let bad = &pause["reason"]["not_finite"];
    assert_eq!(bad["step"].as_u64().unwrap(), pause["step"].as_u64().unwrap() + 1, "{pause}");
    assert_eq!(bad["applied"], false);
    // The same step comes to the same.
    terminal.press(&["space"]);
    terminal
        .until("the same pause", |_| events(&place, "tiny-001", "paused").last().unwrap()["reason"] == pause["reason"]);
    terminal.press(&["B"]);
    terminal.wait_for("roll back the run?");
    terminal.press(&["n"]);
    terminal.wait_until_gone("roll back the run?");
    command(&mut terminal, &format!("rollback {good}"));
    terminal.until("the step of the checkpoint", |terminal| step(terminal) == Some(good));
    command(&mut terminal, "set lr 3e-3");
    terminal.wait_for("3e-3 requested");
    terminal.press(&["."]);
    terminal.until("a step that is finite", |terminal| step(terminal) == Some(good + 1));
    terminal.press(&["B", "y"]);
    terminal.until("the step before", |terminal| step(terminal) == Some(good));
    terminal.press(&["space"]);
    terminal.wait_for("TRAINING");
    terminal.press(&["x", "y"]);
    terminal.wait_for("STOPPED");
    terminal.press(&["q"]);
    terminal.ends_with(130);
    super::assert_resumable(&place, "tiny-001");
}
