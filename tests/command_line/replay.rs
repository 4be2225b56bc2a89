//! A run played again without a screen.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use super::common::Place;
use super::with;

/// Every file below a folder with its bytes and its time.
fn files(folder: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let mut found = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let time = path.metadata().unwrap().modified().unwrap();
            found.insert(path.display().to_string(), (fs::read(&path).unwrap(), time));
        }
    }
    found
}

#[test]
fn a_replay_says_what_the_training_said_and_writes_nothing() {
    let place = Place::new();
    let (trained, _) = place.expect(0, &with(&["tiny.ron"], &[]));
    let before = files(&place.path("runs/tiny-001"));
    let (out, err) = place.expect(0, &["replay", "tiny-001", "--no-ui", "--speed", "max"]);
    assert_eq!(out, trained);
    assert!(err.contains("replay of tiny-001") && err.contains("epoch 4/4"), "{err}");
    let (out, _) = place.expect(0, &["replay", "tiny-001", "--no-ui", "--json", "--speed", "0"]);
    assert_eq!(out, place.read("runs/tiny-001/events.jsonl"));
    // Without a terminal it goes on as --no-ui, and the data need not be there.
    fs::remove_file(place.path("tiny.npz")).unwrap();
    let (out, _) = place.expect(0, &["replay", "runs/tiny-001", "--speed", "1000"]);
    assert_eq!(out, trained);
    assert!(before == files(&place.path("runs/tiny-001")), "a replay wrote into the run's folder");
}

#[test]
fn a_replay_takes_the_time_of_the_training_divided_by_its_speed() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron"], &[]));
    // As if every step had taken half a second: six seconds in all.
    let slow: Vec<String> = place
        .read("runs/tiny-001/events.jsonl")
        .lines()
        .map(|line| {
            let mut event: serde_json::Value = serde_json::from_str(line).unwrap();
            if event["event"] == "stepped" {
                event["times"]["forward_us"] = 500_000.into();
            }
            event.to_string() + "\n"
        })
        .collect();
    place.write("runs/tiny-001/events.jsonl", &slow.concat());
    let begun = Instant::now();
    place.expect(0, &["replay", "tiny-001", "--no-ui", "--speed", "10"]);
    let took = begun.elapsed().as_secs_f64();
    assert!((0.6..5.0).contains(&took), "{took} s");
}

#[test]
fn what_cannot_be_played_is_said() {
    let place = Place::new();
    place.expect(0, &with(&["tiny.ron"], &[]));
    let rows: [(&[&str], i32, &[&str]); 4] = [
        (&["replay", "tinny-001"], 2, &["no run", "did you mean \"tiny-001\""]),
        (&["replay", "tiny-001", "--speed", "-1"], 2, &["-1"]),
        (&["replay", "tiny-001", "--speed", "fast"], 2, &["from 0.01 to 10000", "\"fast\""]),
        (&["replay", "tiny-001", "--require", "test.accuracy>=0"], 2, &["--require"]),
    ];
    for (arguments, code, words) in rows {
        let (_, err) = place.expect(code, arguments);
        assert!(words.iter().all(|word| err.contains(word)), "{arguments:?}\n{err}");
    }
    place.write("runs/tiny-001/events.jsonl", "");
    let (_, err) = place.expect(1, &["replay", "tiny-001"]);
    assert!(err.contains("has no event to be played"), "{err}");
}
