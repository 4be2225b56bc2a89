//! The queue over the screen: what waits is moved, removed, trained at once.

use super::{Place, Terminal, command, dashboard, write_endless};

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
    terminal.wait_for("1 waits here");
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
