//! A run that branches from another goes on exactly where that one stood.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use common::Place;
use serde_json::Value;

const QUIET: [&str; 3] = ["--no-ui", "--device", "cpu"];

/// The losses of a run's steps, as the journal has them.
fn losses(place: &Place, run: &str) -> Vec<(u64, f64)> {
    let journal = place.read(&format!("runs/{run}/events.jsonl"));
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let steps = events.filter(|event| event["event"] == "stepped");
    steps.map(|event| (event["step"].as_u64().unwrap(), event["loss"].as_f64().unwrap())).collect()
}

fn weights(place: &Place, run: &str, step: u64) -> String {
    let manifest = place.read(&format!("runs/{run}/checkpoints/step-{step:06}/MANIFEST"));
    manifest.lines().find(|line| line.ends_with("model.bpk")).unwrap().to_owned()
}

/// A finished run of four epochs of three steps that keeps every checkpoint.
fn parent() -> Place {
    let place = Place::new();
    place.write("kept.ron", &place.experiment("checkpoints: (keep: 20),"));
    place.expect(0, &[&["kept.ron"], &QUIET[..]].concat());
    place
}

fn branch(place: &Place, code: i32, arguments: &[&str]) -> String {
    place.expect(code, &[&["branch", "tiny-001"], arguments, &QUIET[..]].concat()).1
}

#[test]
fn an_unchanged_child_takes_its_parents_steps_bit_for_bit() {
    let place = parent();
    for (step, child) in [(6, "tiny-002"), (3, "tiny-003")] {
        let said = branch(&place, 0, &["--step", &step.to_string()]);
        assert!(said.contains(&format!("{child} branches from tiny-001 after step {step}")), "{said}");
        let rest = usize::try_from(step).unwrap();
        assert_eq!(losses(&place, child), losses(&place, "tiny-001")[rest..]);
        assert_eq!(weights(&place, child, 12), weights(&place, "tiny-001", 12));
        let provenance = place.read(&format!("runs/{child}/provenance.ron"));
        assert!(
            provenance.contains("run: \"tiny-001\"") && provenance.contains(&format!("step: {step}")),
            "{provenance}"
        );
        let [mut end, mut whole] = [child, "tiny-001"].map(|run| place.json(&format!("runs/{run}/summary.json")));
        for figure in ["volumes_per_s", "wall_s", "run"] {
            end.as_object_mut().unwrap().remove(figure);
            whole.as_object_mut().unwrap().remove(figure);
        }
        assert_eq!(end, whole, "the best weights among them, which may be the parent's");
    }
    assert_eq!(losses(&place, "tiny-001").len(), 12, "the parent is as it was");
}

#[test]
fn a_child_that_finds_nothing_better_has_its_parents_best() {
    let place = parent();
    // It stands still: after every epoch its accuracy is that of its first step.
    branch(&place, 0, &["--step", "9", "--set", "training.optimizer.learning_rate=1e-12"]);
    let journal = place.read("runs/tiny-001/events.jsonl");
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut bests = events.filter(|event| event["event"] == "evaluated" && event["best"] == true);
    let best = bests.rfind(|event| event["step"].as_u64() <= Some(9)).unwrap();
    let summary = place.json("runs/tiny-002/summary.json");
    assert_eq!(summary["validation"]["best"]["accuracy"], best["report"]["accuracy"], "{summary}");
    let (listed, _) = place.expect(0, &["runs"]);
    let line = listed.lines().find(|line| line.starts_with("tiny-002")).unwrap();
    let percent = format!("{:.1} %", best["report"]["accuracy"].as_f64().unwrap() * 100.0);
    assert!(line.contains(&percent) && line.contains("branch of tiny-001"), "{listed}");
}

#[test]
fn a_changed_child_begins_with_its_parents_next_loss_and_goes_its_own_way() {
    let place = parent();
    let change = ["--step", "6", "--set", "training.optimizer.learning_rate=3e-2", "--set", "training.epochs=5"];
    branch(&place, 0, &change);
    let (own, parents) = (losses(&place, "tiny-002"), losses(&place, "tiny-001"));
    assert_eq!(own[0], parents[6], "the rate counts from the step on whose loss it does not touch yet");
    assert_ne!(own[1], parents[7]);
    assert_eq!(own.last().unwrap().0, 15);
    // A child can be stopped, resumed and branched from like any other run.
    place.expect(0, &[&["branch", "tiny-002", "--step", "9"], &QUIET[..]].concat());
    assert_eq!(losses(&place, "tiny-003"), own[3..]);
}

#[test]
fn what_a_branch_cannot_change_is_refused_before_anything_is_left_on_the_disk() {
    let place = parent();
    let refused = [
        (&["--step", "5"][..], "it keeps those of 3, 6, 9, 12"),
        (&["--set", "model.layers=3"], "no key of `model` can change"),
        (&["--set", "data.batch=8"], "`data.batch` and `training.accumulate` cannot change"),
        (&["--set", "data.set=Phantom"], "cannot change"),
        (&["--step", "12", "--set", "training.epochs=2"], "4 epochs are trained already"),
        (&["--set", "training.epohcs=2"], "unknown key"),
    ];
    for (arguments, why) in refused {
        let said = branch(&place, 2, arguments);
        assert!(said.contains(why), "{arguments:?}: {said}");
    }
    assert!(!place.path("runs/tiny-002").exists());
}

/// A run that nobody will see the end of, trained by a process of its own.
struct Live<'a> {
    place: &'a Place,
    trainer: Child,
}

impl<'a> Live<'a> {
    fn begin(place: &'a Place) -> Self {
        place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 100000"));
        let mut trainer = place.command(&[&["long.ron"], &QUIET[..]].concat());
        let trainer = trainer.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let live = Self { place, trainer };
        live.wait("stepped", 4);
        live
    }

    fn wish(&self, wish: &str) {
        let mut trainer = UnixStream::connect(self.place.path("runs/tiny-001/control.sock")).unwrap();
        trainer.write_all(format!("{wish}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(trainer).read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "\"heard\"");
    }

    fn events(&self, kind: &str) -> usize {
        let journal = std::fs::read_to_string(self.place.path("runs/tiny-001/events.jsonl")).unwrap_or_default();
        journal.lines().filter(|line| line.contains(&format!("\"event\":\"{kind}\""))).count()
    }

    #[track_caller]
    fn wait(&self, kind: &str, count: usize) {
        let patience = Instant::now() + Duration::from_mins(1);
        while self.events(kind) < count {
            assert!(Instant::now() < patience, "no {kind}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// Halts it, and says how many steps it has taken.
    fn pause(&self) -> usize {
        self.wish("\"pause\"");
        self.wait("paused", 1);
        losses(self.place, "tiny-001").len()
    }

    /// Has it take so many further steps, and ends it.
    fn go_on(mut self, steps: usize) {
        self.wish("\"continue\"");
        self.wait("stepped", steps);
        self.wish("\"stop\"");
        assert_eq!(self.trainer.wait().unwrap().code(), Some(130));
    }
}

impl Drop for Live<'_> {
    fn drop(&mut self) {
        let _ = self.trainer.kill();
    }
}

#[test]
fn a_run_that_is_being_trained_branches_where_it_stands() {
    let place = Place::new();
    let live = Live::begin(&place);
    let stands = live.pause();
    branch(&place, 0, &["--set", &format!("training.epochs={}", stands / 3 + 2)]);
    let own = losses(&place, "tiny-002");
    assert_eq!(own[0].0, stands as u64 + 1);
    live.go_on(stands + own.len());
    assert_eq!(own, losses(&place, "tiny-001")[stands..stands + own.len()]);
}

#[test]
fn a_rate_that_was_set_by_hand_holds_in_a_child_until_its_optimizer_says_otherwise() {
    let place = Place::new();
    let live = Live::begin(&place);
    live.wish("{\"set_learning_rate\":0.0007}");
    live.wait("learning_rate_changed", 1);
    let stands = live.pause();
    let rates = |run: &str| {
        let journal = place.read(&format!("runs/{run}/events.jsonl"));
        let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let changed = events.filter(|event| event["event"] == "learning_rate_changed");
        changed.map(|event| event["requested"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let epochs = format!("training.epochs={}", stands / 3 + 2);
    branch(&place, 0, &["--set", &epochs]);
    assert_eq!(rates("tiny-002"), [0.0007]);
    let state = place.read(&format!("runs/tiny-002/checkpoints/step-{stands:06}/state.ron"));
    assert!(state.contains("learning_rate: Some(0.0007)"), "{state}");
    // An optimizer that is written down after it takes its place.
    branch(&place, 0, &["--set", &epochs, "--set", "training.optimizer.weight_decay=0.1"]);
    assert_eq!(rates("tiny-003"), [0.0; 0]);
    let own = losses(&place, "tiny-002");
    live.go_on(stands + own.len());
    assert_eq!(own, losses(&place, "tiny-001")[stands..stands + own.len()], "its steps are its parent's");
}
