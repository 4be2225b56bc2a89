//! A run that was interrupted or damaged and resumed ends as one that never stopped, bit for bit.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use std::fs;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Place, end_of};

/// Waits until the run's journal has so many lines, or the run ended.
fn wait_for_lines(place: &Place, run: &str, lines: usize, child: &mut Child) {
    let patience = Instant::now() + Duration::from_mins(2);
    loop {
        let journal = fs::read(place.path(&format!("{run}/events.jsonl"))).unwrap_or_default();
        let ended = child.try_wait().unwrap().is_some();
        if ended || journal.split(|&byte| byte == b'\n').count() > lines {
            return;
        }
        assert!(Instant::now() < patience, "the run does not get on");
        std::thread::yield_now();
    }
}

#[test]
fn a_run_killed_before_its_first_fact_is_resumed_from_the_beginning() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let whole = end_of(&place, "runs/tiny-001");
    for part in ["checkpoints", "predictions"] {
        fs::remove_dir_all(place.path(&format!("runs/tiny-001/{part}"))).unwrap();
        fs::create_dir(place.path(&format!("runs/tiny-001/{part}"))).unwrap();
    }
    fs::remove_file(place.path("runs/tiny-001/summary.json")).unwrap();
    place.write("runs/tiny-001/events.jsonl", "");
    place.expect(0, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let place = Place::new();
    for threads in ["1", "2", "3"] {
        let runs = format!("threads-{threads}");
        let arguments = ["tiny.ron", "--no-ui", "--device", "cpu", "--threads", threads, "--runs-dir", &runs];
        place.expect(0, &arguments);
    }
    let ends = ["1", "2", "3"].map(|threads| {
        let (weights, mut summary) = end_of(&place, &format!("threads-{threads}/tiny-001"));
        summary.as_object_mut().unwrap().remove("device");
        (weights, summary)
    });
    assert_eq!(ends[0], ends[1]);
    assert_eq!(ends[0], ends[2]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_with_a_checkpoint_and_names_the_way_back() {
    for signal in ["INT", "TERM"] {
        let place = Place::new();
        place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 2000"));
        let arguments = ["long.ron", "--no-ui", "--device", "cpu"];
        let mut child = place.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_lines(&place, "runs/tiny-001", 20, &mut child);
        let sent = std::process::Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(130), "{err}");
        assert!(err.contains("vivit-tui resume") && err.contains("checkpoints/step-"), "{err}");
        assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "interrupted");
        let journal = place.read("runs/tiny-001/events.jsonl");
        let stopped: serde_json::Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
        assert_eq!(stopped["event"], "stopped");
        let step = stopped["step"].as_u64().unwrap();
        assert!(place.path(&format!("runs/tiny-001/checkpoints/step-{step:06}/MANIFEST")).is_file());
    }
}

#[test]
fn two_processes_on_one_run_are_not_let_in() {
    let place = Place::new();
    place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 2000"));
    let mut child = place
        .command(&["long.ron", "--no-ui", "--device", "cpu"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    wait_for_lines(&place, "runs/tiny-001", 20, &mut child);
    let (_, err) = place.expect(1, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert!(err.contains(&format!("trained by process {}", child.id())), "{err}");
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Makes a finished run look as if its process had died before the final evaluation.
fn cut_the_end(place: &Place, run: &str) {
    let journal = place.read(&format!("{run}/events.jsonl"));
    let kept: Vec<&str> = journal.lines().take_while(|line| !line.contains("\"split\":\"test\"")).collect();
    place.write(&format!("{run}/events.jsonl"), &(kept.join("\n") + "\n"));
}

fn damage(place: &Place, file: &str) {
    let mut bytes = fs::read(place.path(file)).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(place.path(file), bytes).unwrap();
}

#[test]
fn a_damaged_checkpoint_is_passed_over_for_the_newest_whole_one() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let whole = end_of(&place, "runs/tiny-001");
    cut_the_end(&place, "runs/tiny-001");
    damage(&place, "runs/tiny-001/checkpoints/step-000012/model.bpk");
    let (_, err) = place.expect(0, &["evaluate", "tiny-001", "--device", "cpu"]);
    assert!(err.contains("model.bpk was changed"), "{err}");
    let (_, err) = place.expect(0, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert!(err.contains("model.bpk was changed") && err.contains("resumed at step 9"), "{err}");
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
    assert!(place.read("runs/tiny-001/log.txt").contains(" warning "), "a warning leaves no trace");
}

#[test]
fn a_run_whose_only_checkpoint_is_damaged_begins_anew_and_ends_as_it_would_have() {
    let place = Place::new();
    let one = place.experiment("checkpoints: (keep: 1), best: Loss,").replace("3e-3", "1e-6");
    place.write("one.ron", &one);
    place.expect(0, &["one.ron", "--no-ui", "--device", "cpu"]);
    let whole = end_of(&place, "runs/tiny-001");
    cut_the_end(&place, "runs/tiny-001");
    for entry in fs::read_dir(place.path("runs/tiny-001/checkpoints")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        damage(&place, &format!("runs/tiny-001/checkpoints/{name}/state.ron"));
    }
    let (_, err) = place.expect(0, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert!(err.contains("state.ron was changed") && err.contains("resumed at step 0"), "{err}");
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
}

#[test]
fn a_damaged_best_checkpoint_costs_its_figures_and_not_the_run() {
    let place = Place::new();
    // A rate so low that no epoch after the first is better.
    place.write("slow.ron", &place.experiment("checkpoints: (keep: 1),").replace("3e-3", "1e-6"));
    place.expect(0, &["slow.ron", "--no-ui", "--device", "cpu"]);
    cut_the_end(&place, "runs/tiny-001");
    damage(&place, "runs/tiny-001/checkpoints/step-000003/model.bpk");
    let (_, err) = place.expect(0, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert!(err.contains("the best weights cannot be evaluated"), "{err}");
    let summary = place.json("runs/tiny-001/summary.json");
    assert_eq!(summary["outcome"], "completed");
    assert!(summary["test"]["last"].is_object() && summary["test"]["best"].is_null());
}

#[test]
fn a_checkpoint_that_was_announced_is_there_also_beside_a_damaged_later_one() {
    let place = Place::new();
    place.write("long.ron", &place.experiment("checkpoints: (keep: 1),").replace("epochs: 4", "epochs: 2000"));
    let stop_after = |arguments: &[&str], lines: usize| -> u64 {
        let before = fs::read_to_string(place.path("runs/tiny-001/events.jsonl")).unwrap_or_default().lines().count();
        let mut child = place.command(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_for_lines(&place, "runs/tiny-001", before + lines, &mut child);
        std::process::Command::new("kill").args(["-s", "TERM", &child.id().to_string()]).status().unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let journal = place.read("runs/tiny-001/events.jsonl");
        let last: serde_json::Value = serde_json::from_str(journal.lines().last().unwrap()).unwrap();
        last["step"].as_u64().unwrap()
    };
    let late = stop_after(&["long.ron", "--no-ui", "--device", "cpu"], 400);
    damage(&place, &format!("runs/tiny-001/checkpoints/step-{late:06}/model.bpk"));
    let early = stop_after(&["resume", "tiny-001", "--no-ui", "--device", "cpu"], 1);
    assert!(early < late, "{early} is not before {late}");
    assert!(place.path(&format!("runs/tiny-001/checkpoints/step-{early:06}/MANIFEST")).is_file());
}

#[test]
fn a_journal_without_its_first_line_gets_it_back() {
    let place = Place::new();
    place.expect(0, &["tiny.ron", "--no-ui", "--device", "cpu"]);
    let whole = end_of(&place, "runs/tiny-001");
    cut_the_end(&place, "runs/tiny-001");
    let journal = place.read("runs/tiny-001/events.jsonl");
    place.write("runs/tiny-001/events.jsonl", &journal.replacen("started", "rubbish", 1));
    let (_, err) = place.expect(0, &["resume", "tiny-001", "--no-ui", "--device", "cpu"]);
    assert!(err.contains("not an event"), "{err}");
    assert_eq!(end_of(&place, "runs/tiny-001"), whole);
}
