//! What waits for its turn: several runs in one process, which survives that process.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::{Place, end_of};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

const QUIET: [&str; 3] = ["--no-ui", "--device", "cpu"];

fn arguments<'a>(some: &[&'a str]) -> Vec<&'a str> {
    [some, &QUIET].concat()
}

fn start(place: &Place, some: &[&str]) -> Child {
    place.command(&arguments(some)).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// An experiment that is trained until it is stopped.
fn endless(place: &Place) -> String {
    place.experiment("").replace("epochs: 4", "epochs: 100000")
}

fn events(place: &Place, run: &str, kind: &str) -> Vec<Value> {
    let journal = std::fs::read_to_string(place.path(&format!("runs/{run}/events.jsonl"))).unwrap_or_default();
    let events = journal.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    events.filter(|event| event["event"] == kind).collect()
}

#[track_caller]
fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let patience = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < patience, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn trains(place: &Place, run: &str) {
    wait_for(&format!("steps of {run}"), || events(place, run, "stepped").len() > 2);
}

/// Says something over a run's socket; the result is the answer.
fn say(place: &Place, run: &str, wish: &str) -> String {
    let path = place.path(&format!("runs/{run}/control.sock"));
    let mut trainer = UnixStream::connect(path).unwrap();
    trainer.write_all(format!("{wish}\n").as_bytes()).unwrap();
    let mut answer = String::new();
    BufReader::new(trainer).read_line(&mut answer).unwrap();
    answer.trim().to_owned()
}

fn add(place: &Place, run: &str, task: &Value, turn: &str) -> String {
    say(place, run, &json!({ "queue": { "add": { "task": task, "turn": turn } } }).to_string())
}

fn new_run(experiment: &str) -> Value {
    json!({ "experiment": { "from": "tiny.ron", "experiment": experiment } })
}

fn nothing_waits(place: &Place) {
    let left: Vec<_> = std::fs::read_dir(place.path("runs/.queues")).into_iter().flatten().flatten().collect();
    assert!(left.is_empty(), "{left:?}");
}

fn terminate(child: &mut Child, signal: Signal) -> Option<i32> {
    kill_process(Pid::from_child(child), signal).unwrap();
    child.wait().unwrap().code()
}

#[test]
fn seeds_make_a_run_each_and_leave_no_queue_behind() {
    let place = Place::new();
    let (_, said) = place.expect(0, &arguments(&["tiny.ron", "--seeds", "3..6"]));
    for (run, seed) in [("tiny-001", 3), ("tiny-002", 4), ("tiny-003", 5)] {
        let summary = place.json(&format!("runs/{run}/summary.json"));
        assert_eq!((&summary["seed"], &summary["outcome"]), (&json!(seed), &json!("completed")), "{said}");
    }
    nothing_waits(&place);
    // By the textbook: squares of the differences from the mean, over n − 1.
    let spread = |figure: &str| {
        let percent = |run: &str| place.json(&format!("runs/{run}/summary.json")).pointer(figure)?.as_f64();
        let values = ["tiny-001", "tiny-002", "tiny-003"].map(|run| percent(run).unwrap() * 100.0);
        let mean = values.iter().sum::<f64>() / 3.0;
        let deviation = (values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 2.0).sqrt();
        format!("{mean:.1} ± {deviation:.1} %")
    };
    let (listed, _) = place.expect(0, &["runs"]);
    let group = listed.lines().find(|line| line.starts_with("tiny, 3 seeds")).unwrap_or_default();
    let [best, last] = ["/validation/best/accuracy", "/test/last/accuracy"].map(spread);
    assert!(group.contains("3 of 3 done"), "{listed}");
    assert!(group.contains(&best) && group.contains(&last), "{best}, {last}: {listed}");
    for (seeds, why) in [("5..5", "expected 0..5"), ("a", "expected 0..5"), ("1,2,1", "stands there twice")] {
        let (_, said) = place.expect(2, &arguments(&["tiny.ron", "--seeds", seeds]));
        assert!(said.contains(why), "{seeds}: {said}");
    }
    let (_, said) = place.expect(2, &arguments(&["tiny.ron", "--seeds", "0..2", "--seed", "1"]));
    assert!(said.contains("cannot be used with"), "{said}");
}

#[test]
fn a_queue_whose_process_was_killed_is_taken_up_where_it_stood() {
    let place = Place::new();
    place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 60"));
    // The whole of it, undisturbed.
    place.expect(0, &arguments(&["long.ron", "--seeds", "0..2", "--runs-dir", "whole"]));
    let mut killed = start(&place, &["long.ron", "--seeds", "0..2"]);
    trains(&place, "tiny-001");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let (listed, _) = place.expect(0, &["runs", "queue"]);
    assert!(listed.contains("left behind") && listed.contains("now  tiny-001"), "{listed}");
    assert!(listed.contains("1  new run of tiny, seed 1 (long.ron)"), "{listed}");
    // What waits is not removed by accident.
    let (_, said) = place.expect(1, &["runs", "rm", "tiny-001", "--yes"]);
    assert!(said.contains("tiny-001 waits for its turn in a queue"), "{said}");
    // What was edited meanwhile changes nothing.
    place.write("long.ron", "(name: \"other\", data: (set: Phantom))");
    let (_, said) = place.expect(0, &arguments(&["resume", "--queue"]));
    assert!(said.contains("2 tasks from a queue that was left behind"), "{said}");
    for run in ["tiny-001", "tiny-002"] {
        assert_eq!(end_of(&place, &format!("runs/{run}")), end_of(&place, &format!("whole/{run}")));
    }
    nothing_waits(&place);
    let (_, said) = place.expect(2, &arguments(&["resume", "--queue"]));
    assert!(said.contains("no queue was left behind"), "{said}");
}

#[test]
fn a_queue_that_was_interrupted_waits_and_can_be_forgotten() {
    let place = Place::new();
    place.write("endless.ron", &endless(&place));
    let mut interrupted = place.command(&arguments(&["endless.ron", "tiny.ron"]));
    let mut interrupted = interrupted.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    trains(&place, "tiny-001");
    kill_process(Pid::from_child(&interrupted), Signal::TERM).unwrap();
    let mut said = String::new();
    std::io::Read::read_to_string(interrupted.stderr.as_mut().unwrap(), &mut said).unwrap();
    assert_eq!(interrupted.wait().unwrap().code(), Some(130));
    assert!(said.contains("1 task: vivit-tui resume --queue"), "{said}");
    assert!(!place.path("runs/tiny-002").exists(), "nothing is begun after a signal");
    let (forgotten, _) = place.expect(0, &["runs", "queue", "--forget"]);
    assert!(forgotten.contains("forgotten: tiny-001") && forgotten.contains("new run of tiny"), "{forgotten}");
    nothing_waits(&place);
    assert!(place.path("runs/tiny-001/checkpoints").exists());
}

#[test]
fn what_makes_way_goes_on_afterwards_as_if_it_never_had() {
    let place = Place::new();
    let long = place.experiment("").replace("epochs: 4", "epochs: 400");
    place.write("long.ron", &long);
    place.expect(0, &arguments(&["long.ron", "--runs-dir", "whole"]));
    let mut process = start(&place, &["long.ron"]);
    trains(&place, "tiny-001");
    assert_eq!(add(&place, "tiny-001", &new_run(&place.experiment("")), "now"), "\"heard\"");
    assert_eq!(process.wait().unwrap().code(), Some(0), "a run that was set aside is no run that went wrong");
    assert_eq!(events(&place, "tiny-001", "stopped").len(), 1);
    assert_eq!(events(&place, "tiny-001", "resumed").len(), 1);
    assert_eq!(place.json("runs/tiny-002/summary.json")["outcome"], "completed");
    assert_eq!(end_of(&place, "runs/tiny-001"), end_of(&place, "whole/tiny-001"));
    nothing_waits(&place);
}

#[test]
fn what_waits_is_reordered_removed_and_promoted_from_elsewhere() {
    let place = Place::new();
    place.write("endless.ron", &endless(&place));
    let mut process = start(&place, &["endless.ron"]);
    trains(&place, "tiny-001");
    let named = |name: &str| new_run(&place.experiment("").replace("\"tiny\", seed", &format!("\"{name}\", seed")));
    for name in ["a", "b", "c"] {
        assert_eq!(add(&place, "tiny-001", &named(name), "last"), "\"heard\"");
    }
    let change = |change: Value| say(&place, "tiny-001", &json!({ "queue": change }).to_string());
    assert_eq!(change(json!({ "move": { "number": 4, "by": -2 } })), "\"heard\"");
    assert_eq!(change(json!({ "remove": { "number": 2 } })), "\"heard\"");
    assert!(change(json!({ "remove": { "number": 2 } })).contains("does not wait any more"));
    let (listed, _) = place.expect(0, &["runs", "queue"]);
    let (c, b) = (listed.find("1  new run of c").unwrap(), listed.find("2  new run of b").unwrap());
    assert!(c < b && !listed.contains("new run of a") && listed.contains("process "), "{listed}");
    // The first that waits is trained; what was trained comes after it, and is stopped there.
    assert_eq!(change(json!("set_aside")), "\"heard\"");
    wait_for("the end of c", || place.path("runs/c-001/summary.json").exists());
    wait_for("tiny-001 again", || !events(&place, "tiny-001", "resumed").is_empty());
    assert_eq!(say(&place, "tiny-001", "\"stop\""), "\"heard\"");
    wait_for("the end of b", || place.path("runs/b-001/summary.json").exists());
    assert_eq!(process.wait().unwrap().code(), Some(130), "the user stopped one of them");
    nothing_waits(&place);
}

#[test]
fn a_branch_that_waits_has_its_checkpoint_when_its_turn_comes() {
    let place = Place::new();
    place.write("endless.ron", &endless(&place));
    let mut process = start(&place, &["endless.ron"]);
    trains(&place, "tiny-001");
    let branch = |step: Option<u64>| json!({ "branch": { "parent": "tiny-001", "step": step, "changes": [] } });
    let add = |step: Option<u64>| add(&place, "tiny-001", &branch(step), "last");
    // From where it stands: a checkpoint of now is written, and the branch begins with that one.
    assert_eq!(add(None), "\"heard\"");
    let pinned = |step: u64| place.path(&format!("runs/tiny-001/checkpoints/step-{step:06}/PINNED")).exists();
    let saved = || events(&place, "tiny-001", "checkpoint_saved");
    wait_for("a checkpoint that stays", || saved().iter().any(|event| event["pinned"] == true));
    let of_now = saved().iter().find(|event| event["pinned"] == true).unwrap()["step"].as_u64().unwrap();
    wait_for("the branch to know it", || {
        place.expect(0, &["runs", "queue"]).0.contains(&format!("branch of tiny-001 after step {of_now}"))
    });
    // From one that is kept: it is kept from now on, however many come after it.
    let kept =
        saved().iter().rev().map(|event| event["step"].as_u64().unwrap()).find(|step| add(Some(*step)) == "\"heard\"");
    let kept = kept.unwrap();
    assert!(pinned(of_now) && pinned(kept));
    assert!(add(Some(1)).contains("no whole checkpoint"), "nobody waits for what cannot be had");
    let wrong = json!({ "branch": { "parent": "tiny-001", "step": null, "changes": ["training.epochs=0"] } });
    assert!(self::add(&place, "tiny-001", &wrong, "last").contains("from 1 to"));
    wait_for("pruning", || saved().last().unwrap()["step"].as_u64().unwrap() > kept + 30);
    for (child, step) in [("tiny-002", of_now), ("tiny-003", kept)] {
        let parent = if child == "tiny-002" { "tiny-001" } else { "tiny-002" };
        assert_eq!(say(&place, parent, "\"stop\""), "\"heard\"");
        trains(&place, child);
        let first = events(&place, child, "stepped").first().unwrap()["step"].as_u64();
        assert_eq!(first, Some(step + 1));
    }
    assert_eq!(say(&place, "tiny-003", "\"stop\""), "\"heard\"");
    process.wait().unwrap();
    nothing_waits(&place);
}

#[test]
fn a_signal_leaves_no_queue_of_a_run_alone_behind() {
    let place = Place::new();
    place.write("endless.ron", &endless(&place));
    // Something waits for a while, so that there is a queue.
    let mut process = start(&place, &["endless.ron", "tiny.ron"]);
    trains(&place, "tiny-001");
    assert_eq!(say(&place, "tiny-001", &json!({ "queue": { "remove": { "number": 2 } } }).to_string()), "\"heard\"");
    assert_eq!(terminate(&mut process, Signal::TERM), Some(130));
    nothing_waits(&place);
}

#[test]
fn nothing_outside_of_the_runs_folder_and_nothing_malformed_gets_into_a_queue() {
    let place = Place::new();
    place.write("endless.ron", &endless(&place));
    let mut process = start(&place, &["endless.ron"]);
    trains(&place, "tiny-001");
    let outside = ["../tiny-001", "/etc", "a/b", "..", ".", "", "tiny-001/"];
    for run in outside {
        assert!(add(&place, "tiny-001", &json!({ "resume": { "run": run } }), "last").contains("no run"), "{run}");
        let branch = json!({ "branch": { "parent": run, "step": null, "changes": [] } });
        assert!(add(&place, "tiny-001", &branch, "last").contains("no run"), "{run}");
    }
    let name = place.experiment("").replace("\"tiny\", seed", "\"../../escape\", seed");
    assert!(add(&place, "tiny-001", &new_run(&name), "now").contains("refused"));
    let malformed = ["{\"queue\":7}", "{\"queue\":{\"add\":{}}}", "{\"queue\":{\"jump\":1}}", "{\"queue\":\"add\"}"];
    for wish in malformed {
        assert!(say(&place, "tiny-001", wish).contains("refused"), "{wish}");
    }
    nothing_waits(&place);
    assert_eq!(terminate(&mut process, Signal::TERM), Some(130));
}

#[test]
fn a_task_that_fails_does_not_keep_the_next_from_its_turn() {
    let place = Place::new();
    place.write("missing.ron", &place.experiment("").replace("tiny.npz", "missing.npz"));
    let (_, said) = place.expect(3, &arguments(&["missing.ron", "tiny.ron"]));
    assert!(said.contains("missing.npz"), "{said}");
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "completed");
    nothing_waits(&place);
}
