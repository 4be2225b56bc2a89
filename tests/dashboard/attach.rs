//! Runs that outlive their terminal: left, hung up, shown again, controlled from elsewhere.

use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use super::{Place, Terminal, command, dashboard, endless, events, paused, step, write_endless};

/// The process that trains a run; it ends with the test, however that ends.
struct Trainer(Pid);

impl Trainer {
    fn of(place: &Place, run: &str) -> Self {
        let lock = place.read(&format!("runs/{run}/lock"));
        let id = lock.split_whitespace().next().unwrap().parse().unwrap();
        Self(Pid::from_raw(id).unwrap())
    }

    fn lives(&self) -> bool {
        test_kill_process(self.0).is_ok()
    }

    fn wait_for_end(&self) {
        wait_until("the trainer's end", || !self.lives());
    }
}

impl Drop for Trainer {
    fn drop(&mut self) {
        let _ = kill_process(self.0, Signal::KILL);
    }
}

#[track_caller]
fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(1);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn steps(place: &Place) -> Vec<u64> {
    events(place, "tiny-001", "stepped").iter().map(|event| event["step"].as_u64().unwrap()).collect()
}

#[track_caller]
fn wait_for_more_steps(place: &Place) {
    let before = place.read("runs/tiny-001/events.jsonl").lines().count();
    wait_until("more steps", || place.read("runs/tiny-001/events.jsonl").lines().count() > before + 20);
}

fn assert_no_step_is_lost(place: &Place) {
    let steps = steps(place);
    assert!(steps.iter().copied().eq(1..=steps.len() as u64), "{steps:?}");
}

fn attach(place: &Place) -> Terminal {
    let mut terminal = dashboard(place, &["attach", "tiny-001"]);
    terminal.wait_for("tiny-001 is open");
    terminal
}

#[test]
fn a_run_that_is_left_goes_on_and_is_shown_and_controlled_again() {
    let place = Place::new();
    let mut terminal = endless(&place);
    terminal.press(&["q"]);
    terminal.wait_for("is being trained");
    terminal.press(&["l"]);
    terminal.gives_the_prompt_back();
    let trainer = Trainer::of(&place, "tiny-001");
    let said = terminal.text();
    assert!(said.contains("goes on in the background") && said.contains("vivit-tui attach tiny-001"), "{said}");
    wait_for_more_steps(&place);

    let mut viewer = attach(&place);
    viewer.wait_for("TRAINING");
    let before = step(&viewer).unwrap();
    viewer.until("steps that are followed", |viewer| step(viewer) > Some(before));
    viewer.press(&["space"]);
    viewer.wait_for("PAUSED");
    let stands = step(&viewer).unwrap();
    viewer.press(&["."]);
    viewer.until("a single step", |viewer| step(viewer) == Some(stands + 1));
    command(&mut viewer, "set lr 0.0003");
    viewer.wait_for("3e-4 requested");
    viewer.press(&["c"]);
    viewer.wait_for("checkpoint written: tiny-001/");
    viewer.press(&["q"]);
    viewer.ends_with(0);
    assert!(trainer.lives(), "a viewer that leaves takes nothing with it");

    let mut viewer = attach(&place);
    viewer.wait_for("PAUSED");
    viewer.press(&["space"]);
    viewer.wait_for("TRAINING");
    viewer.press(&["x"]);
    viewer.press(&["y"]);
    viewer.wait_for("STOPPED");
    trainer.wait_for_end();
    viewer.press(&["q"]);
    viewer.ends_with(0);
    assert_no_step_is_lost(&place);
    assert_eq!(place.json("runs/tiny-001/summary.json")["outcome"], "interrupted");
    assert!(!place.path("runs/tiny-001/control.sock").exists());
}

#[test]
fn a_terminal_that_is_closed_takes_no_run_with_it() {
    let place = Place::new();
    let terminal = endless(&place);
    let trainer = Trainer::of(&place, "tiny-001");
    // The kernel hangs up on everybody in it.
    terminal.close();
    wait_for_more_steps(&place);
    assert!(trainer.lives());
    let mut viewer = attach(&place);
    viewer.wait_for("TRAINING");
    viewer.press(&["x"]);
    viewer.press(&["y"]);
    viewer.wait_for("STOPPED");
    trainer.wait_for_end();
    assert_no_step_is_lost(&place);
    viewer.press(&["q"]);
    viewer.ends_with(0);
}

#[test]
fn a_hang_up_lets_the_run_go_on_with_a_screen_and_without() {
    let place = Place::new();
    let mut terminal = endless(&place);
    let trainer = Trainer::of(&place, "tiny-001");
    terminal.signal(Signal::HUP);
    terminal.gives_the_prompt_back();
    wait_for_more_steps(&place);
    kill_process(trainer.0, Signal::TERM).unwrap();
    trainer.wait_for_end();
    assert_no_step_is_lost(&place);

    let place = Place::new();
    write_endless(&place);
    let mut headless = place.command(&["endless.ron", "--no-ui", "--device", "cpu"]);
    let mut headless = headless.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the run", || place.path("runs/tiny-001/control.sock").exists());
    let trainer = Trainer::of(&place, "tiny-001");
    kill_process(trainer.0, Signal::HUP).unwrap();
    wait_for_more_steps(&place);
    // And it is seen and stopped like any other.
    let mut viewer = attach(&place);
    viewer.press(&["x"]);
    viewer.press(&["y"]);
    viewer.wait_for("STOPPED");
    assert_eq!(headless.wait().unwrap().code(), Some(130));
    viewer.press(&["q"]);
    viewer.ends_with(0);
}

#[test]
fn several_watch_at_once_and_one_that_is_killed_or_halted_holds_nobody_up() {
    let place = Place::new();
    let mut trainer = endless(&place);
    let viewers = [attach(&place), attach(&place)];
    viewers[0].signal(Signal::STOP);
    viewers[1].signal(Signal::KILL);
    let mut third = attach(&place);
    wait_for_more_steps(&place);
    third.press(&["space"]);
    third.wait_for("PAUSED");
    trainer.wait_for("PAUSED");
    trainer.press(&["space"]);
    third.wait_for("TRAINING");
    third.press(&["q"]);
    third.ends_with(0);
    viewers[0].signal(Signal::KILL);
    trainer.press(&["ctrl-c"]);
    trainer.ends_with(130);
}

#[test]
fn whoever_kills_what_the_shell_knows_kills_what_trains() {
    let place = Place::new();
    let terminal = paused(&place);
    let trainer = Trainer::of(&place, "tiny-001");
    terminal.signal(Signal::KILL);
    trainer.wait_for_end();
    super::assert_resumable(&place, "tiny-001");
}

#[test]
fn what_trains_and_is_killed_leaves_the_terminal_as_it_was() {
    let place = Place::new();
    let terminal = paused(&place);
    kill_process(Trainer::of(&place, "tiny-001").0, Signal::KILL).unwrap();
    let said = terminal.ends_with(137);
    assert!(said.contains("killed by signal 9") && said.contains("vivit-tui resume"), "{said}");
    super::assert_resumable(&place, "tiny-001");
}

#[test]
fn a_run_of_another_machine_is_watched_and_says_who_controls_it() {
    let place = Place::new();
    let mut trainer = paused(&place);
    place.write("runs/tiny-001/lock", "77 somewhere-else\n");
    let mut viewer = attach(&place);
    viewer.press(&["space"]);
    viewer.wait_for("tiny-001 is trained on somewhere-else");
    viewer.press(&["q"]);
    viewer.ends_with(0);
    trainer.press(&["ctrl-c"]);
    trainer.ends_with(130);
}

#[test]
fn attach_needs_a_run_and_a_terminal() {
    let place = Place::new();
    let (_, err) = place.expect(2, &["attach", "tiny-001"]);
    assert!(err.contains("nothing to attach with"), "{err}");
    let terminal = dashboard(&place, &["attach", "tiny-001"]);
    let said = terminal.ends_with(2);
    assert!(said.contains("no run \"tiny-001\""), "{said}");
}
