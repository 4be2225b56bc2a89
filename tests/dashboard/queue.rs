//! The queue over the screen: what waits is moved, removed, trained at once.

use super::{Place, Terminal, command, dashboard, events, paused, step, write_endless};

/// The losses of a run's steps.
pub fn losses(place: &Place, run: &str) -> Vec<f64> {
    events(place, run, "stepped").iter().map(|event| event["loss"].as_f64().unwrap()).collect()
}

fn shows_queue(terminal: &mut Terminal) {
    terminal.press(&["Q"]);
    terminal.wait_for("sooner");
}

#[test]
fn several_experiments_wait_and_are_changed_while_the_first_is_trained() {
    let place = Place::new();
    write_endless(&place);
    let named = |name: &str| place.experiment("").replace("\"tiny\", seed", &format!("\"{name}\", seed"));
    for name in ["first", "second"] {
        place.write(&format!("{name}.ron"), &named(name));
    }
    let mut terminal = dashboard(&place, &["endless.ron", "first.ron", "second.ron"]);
    terminal.wait_for("TRAINING");
    terminal.wait_for("+2 in the queue");
    shows_queue(&mut terminal);
    terminal.wait_for("1 new run of first");
    terminal.press(&["J"]);
    terminal.wait_for("2 new run of first");
    terminal.press(&["D"]);
    terminal.wait_for("1 waits");
    terminal.press(&["enter"]);
    // The second is trained at once and comes to its end; what made way goes on.
    let trains = |terminal: &Terminal, run: &str| {
        terminal.lines().first().is_some_and(|header| header.contains(run) && header.contains("TRAINING"))
    };
    terminal.until("the second run", |terminal| trains(terminal, "second-001"));
    terminal.until("the endless run again", |terminal| trains(terminal, "tiny-001"));
    assert_eq!(place.json("runs/second-001/summary.json")["outcome"], "completed");
    assert!(!place.path("runs/first-001").exists());
    command(&mut terminal, "aside");
    terminal.wait_for("nothing waits that it could make way for");
    terminal.press(&["x"]);
    terminal.press(&["y"]);
    terminal.wait_for("STOPPED");
    terminal.press(&["q"]);
    terminal.ends_with(130);
}

#[test]
fn what_was_left_behind_is_taken_over_from_the_screen() {
    let place = Place::new();
    place.write("long.ron", &place.experiment("").replace("epochs: 4", "epochs: 2000"));
    let mut killed = place.command(&["long.ron", "tiny.ron", "--no-ui", "--device", "cpu"]);
    let mut killed = killed.stderr(std::process::Stdio::null()).spawn().unwrap();
    while !place.path("runs/tiny-001/checkpoints/step-000003").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    killed.kill().unwrap();
    killed.wait().unwrap();
    let mut terminal = dashboard(&place, &[]);
    terminal.press(&["Q"]);
    terminal.wait_for("left behind");
    terminal.press(&["t"]);
    terminal.wait_for("TRAINING");
    terminal.press(&["1"]);
    terminal.wait_for("+1 in the queue");
    terminal.press(&["q"]);
    terminal.wait_for("1 waits in the queue");
    terminal.press(&["s"]);
    terminal.ends_with(130);
    let (listed, _) = place.expect(0, &["runs", "queue"]);
    assert!(listed.contains("now  tiny-001") && listed.contains("1  new run of tiny"), "{listed}");
}

fn provenance_of(place: &Place, child: &str, parent: &str, step: u64) {
    let provenance = place.read(&format!("runs/{child}/provenance.ron"));
    assert!(provenance.contains(&format!("run: \"{parent}\"")), "{provenance}");
    assert!(provenance.contains(&format!("step: {step}")), "{provenance}");
}

#[test]
fn a_branch_from_where_a_run_stands_waits_and_begins_exactly_there() {
    let place = Place::new();
    let mut terminal = paused(&place);
    let stands = step(&terminal).unwrap();
    terminal.press(&["b"]);
    terminal.wait_for("a branch of tiny-001");
    terminal.press(&["s"]);
    terminal.wait_for("+1 in the queue");
    // The parent takes further steps, and its child begins where it stood.
    terminal.press(&["."]);
    terminal.until("a step", |terminal| step(terminal) == Some(stands + 1));
    let next = losses(&place, "tiny-001").pop();
    terminal.press(&["x"]);
    terminal.press(&["y"]);
    terminal.until("the child", |terminal| terminal.lines().first().is_some_and(|top| top.contains("tiny-002")));
    terminal.until("its first step", |terminal| step(terminal) > Some(stands));
    provenance_of(&place, "tiny-002", "tiny-001", stands);
    assert_eq!(losses(&place, "tiny-002").first().copied(), next, "bit for bit");
    terminal.press(&["ctrl-c"]);
    terminal.ends_with(130);
}

#[test]
fn a_new_run_from_a_file_is_edited_started_and_shown() {
    let place = Place::new();
    std::fs::create_dir(place.path("experiments")).unwrap();
    place.write("experiments/mine.ron", &place.experiment(""));
    let mut terminal = dashboard(&place, &[]);
    terminal.wait_for("experiments/mine.ron");
    command(&mut terminal, "new experiments/mine.ron training.epochs=2");
    terminal.wait_for("a new run from experiments/mine.ron, 1 key changed");
    terminal.press(&["s"]);
    terminal.wait_for("COMPLETED");
    terminal.wait_for("epoch 2/2");
    assert_eq!(place.json("runs/tiny-001/summary.json")["epochs"], 2);
    // It stays, and trains what is asked for then.
    command(&mut terminal, "new experiments/mine.ron");
    terminal.wait_for("nothing changed");
    terminal.press(&["s"]);
    terminal.until("the next", |terminal| terminal.lines().first().is_some_and(|top| top.contains("tiny-002")));
    terminal.wait_for("COMPLETED");
    terminal.press(&["q"]);
    terminal.ends_with(0);
}
