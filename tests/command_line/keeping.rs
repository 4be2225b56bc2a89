//! What is kept of the runs folder: notes, tags, and room on the disk.

use std::fs;

use vivit_tui::runs::RunFolder;

use super::common::Place;
use super::with;

/// The steps of a run's checkpoints.
fn checkpoints(place: &Place, run: &str) -> Vec<String> {
    let folder = fs::read_dir(place.path(&format!("runs/{run}/checkpoints"))).unwrap();
    let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// Makes a run the child of another, as a branch would.
fn branch(place: &Place, run: &str, parent: &str) {
    let path = format!("runs/{run}/provenance.ron");
    let text = place.read(&path);
    assert!(text.contains("parent: None"), "{text}");
    place.write(&path, &text.replace("parent: None", &format!("parent: Some((run: {parent:?}, step: 12))")));
}

#[test]
fn notes_and_tags_are_kept_shown_and_taken_away() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron"], &[]));
    place.expect(0, &["runs", "note", "tiny-001", "the first", "that learned"]);
    let (out, _) = place.expect(0, &["runs", "tag", "tiny-001", "+good", "-old", "organ"]);
    assert!(out.contains("[good] [organ]  the first that learned"), "{out}");
    let (out, _) = place.expect(0, &["runs"]);
    assert!(out.contains("[good] [organ]  the first that learned"), "{out}");
    place.expect(0, &["runs", "tag", "tiny-001", "-good"]);
    let (out, _) = place.expect(0, &["runs", "note", "tiny-001"]);
    assert!(out.contains("tiny-001  [organ]") && !out.contains("first"), "{out}");
    let (_, err) = place.expect(2, &["runs", "tag", "tiny-001", "two words"]);
    assert!(err.contains("\"two words\""), "{err}");
    place.write("runs/tiny-001/notes.ron", "(note: ");
    let (_, err) = place.expect(1, &["runs", "note", "tiny-001", "lost"]);
    assert!(err.contains("notes.ron"), "{err}");
    assert_eq!(place.read("runs/tiny-001/notes.ron"), "(note: ");
}

#[test]
fn a_run_is_removed_on_a_yes_and_never_while_it_is_trained_or_a_parent() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron", "tiny.ron"], &["--set", "training.epochs=1"]));
    branch(&place, "tiny-002", "tiny-001");
    let (_, err) = place.expect(2, &["runs", "rm", "tiny-002"]);
    assert!(err.contains("remove tiny-002") && err.contains("--yes"), "{err}");
    let lock = RunFolder::open("tiny-002", &place.path("runs")).unwrap().lock().unwrap();
    let (_, err) = place.expect(1, &["runs", "rm", "tiny-002", "--yes"]);
    assert!(err.contains("is being trained"), "{err}");
    drop(lock);
    let (_, err) = place.expect(1, &["runs", "rm", "tiny-001", "--yes"]);
    assert!(err.contains("tiny-001 is the parent of tiny-002") && err.contains("--force"), "{err}");
    // Nothing is removed when one of several cannot be.
    place.expect(2, &["runs", "rm", "tiny-002", "tiny-009", "--yes"]);
    assert!(place.path("runs/tiny-001").exists() && place.path("runs/tiny-002").exists());
    // The rest of a removal that was cut short goes too.
    fs::create_dir(place.path("runs/.old-001.removed")).unwrap();
    let (out, _) = place.expect(0, &["runs", "rm", "tiny-001", "--yes", "--force"]);
    assert!(out.contains("removed tiny-001") && out.contains("MB freed"), "{out}");
    place.expect(0, &["runs", "rm", "runs/tiny-002", "--yes"]);
    assert_eq!(fs::read_dir(place.path("runs")).unwrap().count(), 0);
}

#[test]
fn pruning_keeps_the_best_the_last_and_the_pinned_and_says_what_it_frees() {
    let place = Place::new();
    place.write("many.ron", &place.experiment("checkpoints: (every_epochs: 1, keep: 9),"));
    place.expect(0, &with(&["many.ron"], &[]));
    let all = checkpoints(&place, "tiny-001");
    assert_eq!(all, ["step-000003", "step-000006", "step-000009", "step-000012"]);
    let best = place.json("runs/tiny-001/summary.json")["best_epoch"].as_u64().unwrap() * 3;
    let pinned = all.iter().find(|name| **name != format!("step-{best:06}") && *name != "step-000012").unwrap();
    place.write(&format!("runs/tiny-001/checkpoints/{pinned}/PINNED"), "");
    let (out, _) = place.expect(0, &["runs", "prune", "--dry-run"]);
    assert!(out.contains("would remove step-") && out.contains("would be freed"), "{out}");
    assert_eq!(checkpoints(&place, "tiny-001"), all);
    place.expect(0, &["runs", "prune", "tiny-001"]);
    let mut kept = vec![pinned.clone(), format!("step-{best:06}"), "step-000012".to_owned()];
    kept.sort();
    kept.dedup();
    assert_eq!(checkpoints(&place, "tiny-001"), kept);
    // What is left is enough to reproduce the run.
    place.expect(0, &["evaluate", "tiny-001", "--device", "cpu", "--json"]);
    let lock = RunFolder::open("tiny-001", &place.path("runs")).unwrap().lock().unwrap();
    let (out, _) = place.expect(0, &["runs", "prune", "--keep-best", "0", "--keep-last", "0"]);
    assert!(out.contains("is being trained, and was left alone"), "{out}");
    drop(lock);
    // As if it had been stopped.
    let journal = place.read("runs/tiny-001/events.jsonl");
    let stopped: Vec<&str> = journal.lines().filter(|line| !line.contains("\"finished\"")).collect();
    place.write("runs/tiny-001/events.jsonl", &(stopped.join("\n") + "\n"));
    let (out, _) = place.expect(0, &["runs", "prune", "--keep-best", "0", "--keep-last", "0"]);
    assert!(out.contains("can be resumed, so its checkpoints stay"), "{out}");
    assert_eq!(checkpoints(&place, "tiny-001"), kept);
}
