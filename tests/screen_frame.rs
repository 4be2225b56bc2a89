//! What stands around every screen: header, tabs, bottom line, command line, help, questions, and what there is
//! to see before a run begins.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

#[path = "common/runs_folder.rs"]
mod runs_folder;
#[path = "common/stage.rs"]
mod stage;

use runs_folder::{folder, shown};
use stage::Stage;
use vivit_tui::app::key::Key;
use vivit_tui::app::{Effect, Leave, Mouse, Msg, OtherQueue, Overlay, Question, Screen, Waiting, global};
use vivit_tui::event::{Command, QueueState, Queued, Task};
use vivit_tui::ui::theme::Depth;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 10)];

const FAILURE: &str = "cannot fetch organmnist3d.npz: no address for zenodo.org\n\
    The file is https://zenodo.org/records/10519652/files/organmnist3d.npz (32.7 MB, MD5 \
    21b9cf75e0b3c5d8a9e66a4b09ae4f6c); put it into /home/someone/.medmnist, or name another folder with --data-dir.\n\
    Without it, the built-in set can be trained on: vivit-tui experiments/quickstart.ron";

/// The first 40 % of a download.
fn downloading(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::empty(columns, rows);
    let waiting = |what: &str, received| Msg::Waiting(Waiting { received, ..Waiting::on(what) });
    stage.send(waiting("reading experiments/baseline.ron", None));
    stage.send(Msg::Tick { now_ms: 180 });
    stage.send(waiting("choosing the device", None));
    stage.send(Msg::Tick { now_ms: 900 });
    for second in 0..6 {
        stage.send(waiting("fetching organmnist3d.npz", Some((second * 2_612_592, Some(32_657_407)))));
        stage.send(Msg::Tick { now_ms: 1_900 + second * 1_000 });
    }
    stage
}

fn failed(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::empty(columns, rows);
    stage.send(Msg::Ended { code: 3, failure: Some(FAILURE.into()) });
    stage
}

/// A screen of its own that no other helper draws: the frame is what is looked at.
fn training(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::after(150, columns, rows);
    stage.keys(&["6"]);
    stage
}

fn asked(columns: u16, rows: u16, key: &str) -> Stage {
    let mut stage = training(columns, rows);
    stage.keys(&[key]);
    stage
}

fn typed(columns: u16, rows: u16, text: &str) -> Stage {
    let mut stage = training(columns, rows);
    stage.send(Msg::Runs(folder()));
    stage.keys(&[":"]);
    stage.types(text);
    stage
}

#[test]
fn what_is_waited_for() {
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("waiting_{columns}x{rows}"), downloading(columns, rows).picture());
    }
    let mut stage = downloading(80, 24);
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!("waiting_mono_80x24", stage.picture());
}

#[test]
fn why_no_run_could_begin() {
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("failure_{columns}x{rows}"), failed(columns, rows).picture());
    }
}

#[test]
fn no_run_at_all() {
    for (columns, rows) in [(80, 24), (40, 10)] {
        insta::assert_snapshot!(format!("no_run_{columns}x{rows}"), Stage::empty(columns, rows).picture());
    }
}

#[test]
fn the_question_before_the_program_ends() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
        insta::assert_snapshot!(format!("quit_{columns}x{rows}"), asked(columns, rows, "q").picture());
    }
}

#[test]
fn the_question_before_the_run_stops() {
    insta::assert_snapshot!("stop_80x24", asked(80, 24, "x").picture());
}

/// A run is trained, three tasks wait behind it, and others wait in another process and nowhere.
fn queued(columns: u16, rows: u16) -> Stage {
    let mut stage = training(columns, rows);
    let resume = |run: &str| Task::Resume { run: run.into() };
    let changes = vec!["training.optimizer.learning_rate=3e-5".to_owned(), "training.epochs=30".to_owned()];
    let experiment = "(name: \"wider\", seed: 3, data: (set: Phantom), model: (dim: 256))".to_owned();
    let tasks = [
        Task::Experiment { from: "experiments/wider.ron".into(), experiment },
        Task::Branch { parent: "baseline-001".into(), step: Some(713), changes },
        resume("baseline-002"),
    ];
    let queue = |current: &str, tasks: &[Task]| QueueState {
        current: Some(resume(current)),
        waiting: (1..).zip(tasks).map(|(number, task)| Queued { number, task: task.clone() }).collect(),
        next: 9,
    };
    let other = |holder: Option<&str>, current: &str| OtherQueue {
        holder: holder.map(Into::into),
        state: queue(current, &[resume("adrenal-001")]),
    };
    stage.send(Msg::Queue(queue("quickstart-001", &tasks)));
    stage.send(Msg::Queues(vec![other(Some("4711 on atlas"), "adrenal-004"), other(None, "smoke-002")]));
    stage.keys(&["Q", "j"]);
    stage
}

#[test]
fn the_queue_over_a_screen() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
        insta::assert_snapshot!(format!("queue_{columns}x{rows}"), queued(columns, rows).picture());
    }
    let mut stage = queued(80, 24);
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!("queue_mono_80x24", stage.picture());
    let mut empty = training(80, 24);
    empty.keys(&["Q"]);
    insta::assert_snapshot!("queue_empty_80x24", empty.picture());
}

#[test]
fn the_question_before_the_end_says_what_becomes_of_what_waits() {
    let mut stage = queued(80, 24);
    stage.keys(&["esc", "q"]);
    insta::assert_snapshot!("quit_queued_80x24", stage.picture());
}

#[test]
fn the_commands_that_there_are() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
        insta::assert_snapshot!(format!("command_line_{columns}x{rows}"), typed(columns, rows, "").picture());
    }
}

#[test]
fn what_a_command_takes() {
    let mut stage = typed(120, 40, "pause when ");
    stage.keys(&["tab", "tab"]);
    insta::assert_snapshot!("command_line_argument_120x40", stage.picture());
}

#[test]
fn the_help_of_a_screen() {
    for (columns, rows) in SIZES {
        let mut stage = Stage::begun(columns, rows);
        stage.keys(&["4", "?"]);
        insta::assert_snapshot!(format!("help_{columns}x{rows}"), stage.text());
    }
}

#[test]
fn no_size_panics_in_any_depth_and_any_state() {
    let mut notice = training(80, 24);
    notice.app.complain("a long complaint ".repeat(40));
    let mut help = training(80, 24);
    help.keys(&["?", "G"]);
    let mut opened = training(80, 24);
    opened.send(Msg::Opened(Box::new(shown("quickstart-000")), Vec::new()));
    let mut wide = typed(80, 24, "");
    wide.types(&"肝臓 and a long line of letters ".repeat(10));
    let mut stages = vec![
        downloading(80, 24),
        failed(80, 24),
        Stage::empty(80, 24),
        asked(80, 24, "q"),
        asked(80, 24, "x"),
        typed(80, 24, ""),
        typed(80, 24, "open "),
        typed(80, 24, "set lr"),
        wide,
        help,
        notice,
        opened,
        Stage::begun(80, 24),
        Stage::ended(80, 24),
    ];
    for stage in &mut stages {
        // The screens that other tests look at are left out.
        let own = stage.app.shown().is_none() || matches!(stage.app.screen, Screen::Log | Screen::Runs);
        stage.app.screen = if own { stage.app.screen } else { Screen::Log };
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
                stage.look.depth = depth;
                stage.draw();
            }
        }
    }
}

#[test]
fn a_click_on_a_tab_shows_its_screen() {
    for (columns, rows) in [(80, 24), (200, 60)] {
        let mut stage = training(columns, rows);
        let tabs = stage.text().lines().nth(1).unwrap().to_owned();
        for screen in Screen::ALL {
            let column = tabs.find(screen.title()).unwrap();
            stage.mouse(Mouse::Click, u16::try_from(column).unwrap(), 1);
            assert_eq!(stage.app.screen, screen);
        }
    }
}

#[test]
fn the_header_names_the_run_its_state_and_that_its_data_are_made_up_at_every_width() {
    for columns in 36..200 {
        let mut stage = training(columns, 24);
        stage.app.own.as_mut().unwrap().name = "an-experiment-with-quite-a-long-name-of-its-own-001".into();
        let text = stage.text();
        let header = text.lines().next().unwrap();
        for words in ["an-exper", "SYNTHETIC", "● TRAINING"] {
            assert!(header.contains(words), "{columns}: {header:?}");
        }
        assert!(header.chars().count() <= usize::from(columns));
    }
}

#[test]
fn a_wish_stands_beside_what_still_is() {
    let mut stage = training(80, 24);
    stage.keys(&["space"]);
    assert_eq!(stage.effects.last(), Some(&Effect::Command(Command::Pause)));
    let text = stage.text();
    let header = text.lines().next().unwrap();
    assert!(header.contains("pausing…") && header.contains("● TRAINING"), "{header}");
}

#[test]
fn a_long_device_is_cut_and_the_tabs_stay() {
    let mut stage = training(80, 24);
    let own = stage.app.own.as_mut().unwrap();
    own.run.started.as_mut().unwrap().device = "gpu:0 NVIDIA GeForce RTX 4090 Laptop GPU · wgpu (Vulkan)".into();
    let text = stage.text();
    let tabs = text.lines().nth(1).unwrap();
    assert!(tabs.contains("6 Log") && tabs.contains("gpu:0 NVIDIA") && tabs.contains('…'), "{tabs}");
}

#[test]
fn a_complaint_takes_as_many_rows_as_it_needs_up_to_three() {
    let mut stage = training(80, 24);
    stage.app.complain("one two three four five six seven eight nine ten ".repeat(4).trim());
    let text = stage.text();
    let rows: Vec<&str> = text.lines().skip(21).collect();
    assert!(rows[0].starts_with(" ! one two") && rows[2].ends_with("nine ten"), "{rows:?}");
    stage.app.complain("on and on ".repeat(100));
    assert!(stage.text().ends_with('…'));
    stage.app.say("what is no complaint takes one row, ".repeat(10));
    let text = stage.text();
    assert!(text.ends_with('…') && text.lines().nth(22).unwrap().starts_with('╰'), "{text}");
}

#[test]
fn notices_go_by_themselves_bad_ones_later() {
    let mut stage = training(80, 24);
    stage.app.say("done");
    stage.send(Msg::Tick { now_ms: 4_900 });
    assert!(stage.text().contains("· done"));
    stage.send(Msg::Tick { now_ms: 5_100 });
    assert!(!stage.text().contains("· done"));
    stage.app.complain("not done");
    stage.send(Msg::Tick { now_ms: 19_000 });
    assert!(stage.text().contains("! not done"));
    stage.send(Msg::Tick { now_ms: 21_000 });
    assert!(!stage.text().contains("! not done"));
}

#[test]
fn an_unknown_command_names_the_nearest_while_it_is_typed_and_after() {
    let mut stage = typed(80, 24, "chekpoint");
    assert!(stage.text().contains("no command :chekpoint; did you mean :checkpoint?"));
    stage.keys(&["enter"]);
    assert!(stage.text().contains("! no command :chekpoint; did you mean :checkpoint?"));
}

#[test]
fn tab_completes_a_command_its_argument_and_a_run() {
    let mut stage = typed(80, 24, "ope");
    stage.keys(&["tab"]);
    assert!(stage.text().ends_with(" :open"), "{}", stage.text());
    stage.types("night");
    stage.keys(&["tab", "enter"]);
    assert!(stage.effects.contains(&Effect::Open { run: "night-run-001".into() }));
}

#[test]
fn a_line_that_is_longer_than_the_screen_shows_where_one_types() {
    let mut stage = typed(40, 10, "");
    stage.types(&"a long path/".repeat(8));
    stage.types("its end");
    assert!(stage.text().ends_with("its end"), "{}", stage.text());
    stage.keys(&["home"]);
    assert!(stage.text().lines().last().unwrap().starts_with(" :a long path"));
}

#[test]
fn the_program_asks_before_it_ends_only_while_a_run_is_trained() {
    let mut stage = asked(80, 24, "q");
    assert!(matches!(stage.app.overlay, Overlay::Ask(Question::Quit)));
    stage.keys(&["l"]);
    assert_eq!(stage.effects.last(), Some(&Effect::Quit(Leave::Background)));
    let mut stage = Stage::ended(80, 24);
    assert!(stage.app.notice.as_ref().is_some_and(|notice| notice.text.contains("completed; q quits")));
    stage.keys(&["q"]);
    assert_eq!(stage.effects.last(), Some(&Effect::Quit(Leave::Now)));
}

#[test]
fn every_answer_of_a_question_closes_it_and_does_what_it_says() {
    for (asking, question) in [("q", Question::Quit), ("x", Question::Stop), ("B", Question::RollBack)] {
        for answer in global::answers(question) {
            for key in answer.keys {
                let mut stage = asked(80, 24, asking);
                let text = stage.text();
                assert!(text.contains(&key.to_string()) && text.contains(answer.help), "{key} is not shown in\n{text}");
                stage.effects.clear();
                stage.send(Msg::Key(*key));
                assert!(matches!(stage.app.overlay, Overlay::None), "{key}");
                let expected: &[Effect] = match answer.action {
                    global::Answer::StopAndQuit | global::Answer::Stop => &[Effect::Command(Command::Stop)],
                    global::Answer::RollBack => &[Effect::Command(Command::RollBack(None))],
                    global::Answer::Leave => &[Effect::Quit(Leave::Background)],
                    global::Answer::Remove | global::Answer::Discard => panic!("no answer to {question:?}"),
                    global::Answer::Cancel => &[],
                };
                assert_eq!(stage.effects, expected, "{key}");
            }
        }
    }
}

#[test]
fn every_key_that_the_help_lists_for_all_screens_does_something() {
    for key in global::KEYS.iter().flat_map(|binding| binding.keys) {
        let mut stage = training(80, 24);
        // Its own tab, and back from where one is already, are what a key may leave as they are.
        stage.app.screen = if *key == Key::char('6') { Screen::Runs } else { Screen::Log };
        stage.effects.clear();
        let before = (stage.picture(), format!("{:?}", stage.app.overlay));
        stage.send(Msg::Key(*key));
        let after = (stage.picture(), format!("{:?}", stage.app.overlay));
        assert!(before != after || !stage.effects.is_empty(), "{key}");
    }
}

#[test]
fn of_the_hints_pausing_goes_last_but_for_help_and_the_way_out() {
    for columns in [36, 40, 57, 80, 81, 100, 120] {
        for screen in ["1", "2", "3", "4", "5", "6"] {
            let mut stage = training(columns, 24);
            stage.keys(&[screen]);
            let hints = stage.text().lines().last().unwrap().to_owned();
            let all = ["space pause", "? help", "q quit"].into_iter().all(|hint| hints.contains(hint));
            assert!(all, "{columns} columns, screen {screen}: {hints:?}");
        }
    }
}

#[test]
fn what_does_nothing_now_is_not_among_the_hints() {
    let hints = |stage: &Stage| stage.text().lines().last().unwrap().to_owned();
    assert!(hints(&Stage::after(150, 120, 40)).contains("zoom"));
    for stage in [downloading, failed, Stage::empty] {
        let stage = stage(120, 40);
        assert!(!hints(&stage).contains("zoom") && hints(&stage).contains(": command"), "{}", stage.text());
    }
    assert!(hints(&training(120, 40)).contains("space pause"));
    let mut stage = Stage::empty(120, 40);
    stage.keys(&["6"]);
    assert!(!hints(&stage).contains("pause") && hints(&stage).contains("q quit"));
}

#[test]
fn the_help_scrolls_by_key_and_by_wheel_and_closes_by_any_other() {
    let mut stage = training(80, 24);
    stage.keys(&["?"]);
    let top = stage.text();
    stage.keys(&["j", "j", "j"]);
    let scrolled = stage.text();
    assert_ne!(top, scrolled);
    stage.keys(&["g"]);
    stage.mouse(Mouse::WheelDown, 10, 10);
    assert_eq!(stage.text(), scrolled);
    stage.keys(&["G"]);
    assert!(stage.text().contains("any other key closes the help"), "its last row: {}", stage.text());
    stage.keys(&["x"]);
    assert!(matches!(stage.app.overlay, Overlay::None), "and the key does nothing else");
}

#[test]
fn a_download_says_how_much_how_fast_and_how_long_still() {
    let text = downloading(80, 24).text();
    for words in
        ["13.1 of 32.7 MB", "40 %", "2.6 MB/s", "7.5 s to go", "✓ choosing the device", "fetching organmnist3d.npz"]
    {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
}

#[test]
fn an_attempt_that_failed_is_not_ticked_off_and_says_why_in_full() {
    let why = "attempt 1 failed (https://zenodo.org/records/10519652/files/organmnist3d.npz: timed out), the next in \
        500 ms";
    let mut stage = Stage::empty(160, 40);
    stage.send(Msg::Waiting(Waiting { failed: true, ..Waiting::on(why) }));
    assert!(stage.text().contains(&format!("▲ {why}")), "{}", stage.text());
    stage.send(Msg::Waiting(Waiting::on("fetching organmnist3d.npz")));
    let text = stage.text();
    assert!(text.contains(&format!("▲ {why}")) && !text.contains('✓'), "{text}");
}

#[test]
fn a_run_that_fails_is_seen_to_have_failed_and_says_why() {
    let mut stage = training(120, 40);
    stage
        .send(Msg::Fact(Box::new(vivit_tui::event::TrainEvent::Failed { step: 136, message: "out of memory".into() })));
    stage.send(Msg::Ended { code: 1, failure: None });
    let text = stage.text();
    assert!(text.lines().next().unwrap().contains("✗ FAILED"), "{text}");
    assert!(text.contains("quickstart-001: failed; q quits"), "{text}");
}

#[test]
fn a_run_of_a_queue_that_cannot_begin_is_not_blamed_on_the_next() {
    let mut stage = training(120, 40);
    stage.send(Msg::Refused { why: "nope.npz: no such file".into() });
    assert!(stage.text().contains("! nope.npz: no such file"), "{}", stage.text());
    stage.send(Msg::Tick { now_ms: 60_000 });
    stage.send(Msg::Fact(Box::new(vivit_tui::event::TrainEvent::Stopped { step: 136, wall_ms: 1 })));
    stage.send(Msg::Ended { code: 3, failure: Some("error: nope.npz: no such file".into()) });
    assert!(stage.text().contains("quickstart-001: stopped; q quits"), "{}", stage.text());
}
