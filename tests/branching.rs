//! A run that branches from another goes on exactly where that one stood.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs)]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::process::Stdio;
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

#[test]
fn a_run_that_is_being_trained_branches_where_it_stands() {
    let place = Place::new();
    place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 100000"));
    let mut parent = place.command(&[&["long.ron"], &QUIET[..]].concat());
    let mut parent = parent.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let wish = |wish: &str| {
        let mut trainer = UnixStream::connect(place.path("runs/tiny-001/control.sock")).unwrap();
        trainer.write_all(format!("{wish}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        BufReader::new(trainer).read_line(&mut answer).unwrap();
        assert_eq!(answer.trim(), "\"heard\"");
    };
    let events = |kind: &str| {
        let journal = std::fs::read_to_string(place.path("runs/tiny-001/events.jsonl")).unwrap_or_default();
        journal.lines().filter(|line| line.contains(&format!("\"event\":\"{kind}\""))).count()
    };
    let wait = |kind: &str, count: usize| {
        let patience = Instant::now() + Duration::from_mins(1);
        while events(kind) < count {
            assert!(Instant::now() < patience, "no {kind}");
            std::thread::sleep(Duration::from_millis(10));
        }
    };
    wait("stepped", 4);
    wish("\"pause\"");
    wait("paused", 1);
    let stands = losses(&place, "tiny-001").len();
    let epochs = format!("training.epochs={}", stands / 3 + 2);
    branch(&place, 0, &["--set", &epochs]);
    let own = losses(&place, "tiny-002");
    assert_eq!(own[0].0, stands as u64 + 1);
    wish("\"continue\"");
    wait("stepped", stands + own.len());
    wish("\"stop\"");
    assert_eq!(parent.wait().unwrap().code(), Some(130));
    assert_eq!(own, losses(&place, "tiny-001")[stands..stands + own.len()]);
}
