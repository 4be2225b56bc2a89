use super::*;
use crate::app::runs::RunEntry;
use crate::app::{Msg, Screen, Shown, Status, update};
use crate::config::{Experiment, Fork};
use crate::event::{Outcome, QueueChange, Started, Task, TrainEvent};
use std::sync::Arc;

const TEXT: &str = r#"(name: "a", data: (set: Phantom), training: (epochs: 8))"#;

fn experiment() -> Arc<Experiment> {
    Arc::new(Experiment::parse(TEXT, "a.ron", &[]).unwrap())
}

/// A run of ten steps an epoch that has done so many.
fn run(name: &str, steps: u64) -> Shown {
    let mut shown =
        Shown { name: name.into(), handle: name.into(), experiment: Some(experiment()), ..Shown::default() };
    shown.apply(TrainEvent::Started(Box::new(Started {
        schema: 1,
        run: name.into(),
        data: "phantom".into(),
        synthetic: true,
        device: "cpu".into(),
        seed: 42,
        parameters: 1,
        classes: Vec::new(),
        volumes: [1; 3],
        epochs: 8,
        steps_per_epoch: 10,
    })));
    shown.run.step = steps;
    shown
}

/// An app that trains a run, at its 23rd step.
fn training() -> App {
    App { own: Some(Shown { live: true, ..run("a-001", 23) }), columns: 80, rows: 24, ..App::default() }
}

/// An app that trains nothing, on the list of these runs.
fn looking(entries: Vec<RunEntry>) -> App {
    let mut app = App { ended: Some(0), columns: 80, rows: 24, screen: Screen::Runs, ..App::default() };
    let _ = update(&mut app, Msg::Runs(entries));
    app
}

fn entry(name: &str) -> RunEntry {
    RunEntry {
        name: name.into(),
        handle: format!("elsewhere/{name}"),
        status: Status::Finished(Outcome::Completed),
        experiment: Some(experiment()),
        ..RunEntry::default()
    }
}

fn kept(step: u64) -> Kept {
    Kept { step, fork: Fork { epoch: step / 10 + 1, next_batch: step % 10 }, learning_rate: None, best: step == 20 }
}

fn keeps(app: &mut App, run: &str, steps: &[u64]) {
    let kept = steps.iter().copied().map(kept).collect();
    assert_eq!(update(app, Msg::Checkpoints { run: run.into(), kept }), []);
}

fn keys(app: &mut App, keys: &str) -> Vec<Effect> {
    keys.chars().flat_map(|char| press(app, char)).collect()
}

/// `\n` is enter, `\x1b` esc, `\x08` backspace.
fn press(app: &mut App, char: char) -> Vec<Effect> {
    let key = match char {
        '\n' => Key::of(KeyCode::Enter),
        '\u{1b}' => Key::of(KeyCode::Esc),
        '\u{8}' => Key::of(KeyCode::Backspace),
        char => Key::char(char),
    };
    update(app, Msg::Key(key))
}

/// Puts the cursor on a key.
fn on(app: &mut App, path: &str) {
    rows::select_key(app, path);
    assert_eq!(app.editor.as_ref().unwrap().path().as_deref(), Some(path));
}

fn says(app: &App) -> &str {
    app.notice.as_ref().map_or("", |notice| &notice.text)
}

fn added(task: Task, turn: Turn, of: Option<&str>) -> Effect {
    Effect::Queue { of: of.map(str::to_owned), change: QueueChange::Add { task, turn } }
}

fn branch_of(parent: &str, step: Option<u64>, changes: &[&str]) -> Task {
    Task::Branch { parent: parent.into(), step, changes: changes.iter().map(ToString::to_string).collect() }
}

fn saved(step: u64) -> TrainEvent {
    TrainEvent::CheckpointSaved {
        step,
        path: format!("checkpoints/step-{step:06}"),
        best: false,
        pinned: true,
        save_ms: 1,
    }
}

#[test]
fn a_branch_of_a_live_run_is_handed_at_once_to_whoever_trains_it() {
    let mut app = training();
    assert_eq!(keys(&mut app, "b"), [Effect::ListCheckpoints { run: "a-001".into() }]);
    assert!(from_words(&app).unwrap().starts_with("now: its trainer writes a checkpoint and trains on"));
    // Nothing is waited for here, so nothing is lost with the screen.
    assert_eq!(keys(&mut app, "\n"), [added(branch_of("a-001", None, &[]), Turn::Last, None)]);
    assert!(app.editor.is_none() && matches!(app.overlay, Overlay::None));
    assert_eq!(update(&mut app, Msg::Fact(Box::new(saved(30)))), []);
    // While the editor is open there is more to choose from.
    keys(&mut app, "b");
    let effects = update(&mut app, Msg::Fact(Box::new(saved(31))));
    assert_eq!(effects, [Effect::ListCheckpoints { run: "a-001".into() }]);
}

#[test]
fn nothing_is_started_from_a_step_that_is_still_looked_up() {
    let mut app = training();
    keys(&mut app, ":branch 20\n");
    assert_eq!(keys(&mut app, "s"), []);
    assert_eq!(says(&app), "the checkpoints are being looked up");
    keeps(&mut app, "a-001", &[20, 10]);
    assert_eq!(keys(&mut app, "s"), [added(branch_of("a-001", Some(20), &[]), Turn::Last, None)]);
}

#[test]
fn at_once_the_run_is_set_aside_and_the_branch_begins_where_that_left_it() {
    let mut app = training();
    assert_eq!(
        keys(&mut app, "btts"),
        [Effect::ListCheckpoints { run: "a-001".into() }, added(branch_of("a-001", None, &[]), Turn::Now, None)]
    );
}

#[test]
fn a_finished_run_is_branched_from_its_newest_checkpoint_or_one_that_is_chosen() {
    let mut app = looking(vec![entry("a-001")]);
    keys(&mut app, "b");
    keeps(&mut app, "a-001", &[70, 20, 10]);
    assert!(summary(&app).contains("after step 70"), "{}", summary(&app));
    assert_eq!(from_words(&app).unwrap(), "its newest checkpoint, of step 70 · 3 are kept");
    keys(&mut app, "f");
    assert_eq!(from_words(&app).unwrap(), "the checkpoint of step 20, the best validation's · 3 are kept");
    keys(&mut app, "f");
    assert!(summary(&app).contains("after step 10 (the end of epoch 1)"), "{}", summary(&app));
    keys(&mut app, "ffF");
    let task = branch_of("elsewhere/a-001", None, &[]);
    assert_eq!(keys(&mut app, "s"), [added(task, Turn::Last, None)], "by the path that it is found at");
}

#[test]
fn a_step_that_is_not_kept_becomes_the_nearest_that_is() {
    for (wanted, step, words) in [(18, 20, "the nearest is that of step 20"), (10, 10, "")] {
        let mut app = looking(vec![entry("a-001")]);
        let _ = branch(&mut app, "a-001", Some(wanted));
        keeps(&mut app, "a-001", &[70, 20, 10]);
        assert!(says(&app).contains(words), "{}", says(&app));
        let task = branch_of("elsewhere/a-001", Some(step), &[]);
        assert_eq!(keys(&mut app, "s"), [added(task, Turn::Last, None)]);
    }
}

#[test]
fn a_run_that_keeps_nothing_cannot_be_branched_from() {
    let mut app = looking(vec![entry("a-001")]);
    keys(&mut app, "b");
    keeps(&mut app, "a-001", &[]);
    assert_eq!(keys(&mut app, "\n"), []);
    assert!(says(&app).contains("a-001 keeps no checkpoint"), "{}", says(&app));
    assert!(app.editor.is_some(), "it stays open");
}

#[test]
fn after_the_last_epoch_there_must_be_more_of_them() {
    let mut app = looking(vec![entry("a-001")]);
    keys(&mut app, "b");
    keeps(&mut app, "a-001", &[80]);
    assert_eq!(keys(&mut app, "\n"), []);
    assert!(says(&app).contains("8 epochs are trained already"), "{}", says(&app));
    // The cursor stands on what has to be changed.
    let effects = keys(&mut app, "\n\u{8}12\ns");
    assert_eq!(effects, [added(branch_of("elsewhere/a-001", None, &["training.epochs=12"]), Turn::Last, None)]);
}

#[test]
fn what_would_make_the_checkpoint_another_is_fixed_and_says_why() {
    let mut app = training();
    keys(&mut app, "b");
    for (path, words) in [
        ("model.dim", "no key of `model` can change"),
        ("data.batch", "its steps would be others"),
        ("data.set", "trained on other data"),
        ("seed", "within an epoch the seed cannot change"),
    ] {
        on(&mut app, path);
        keys(&mut app, "\n");
        assert!(says(&app).contains(words), "{path}: {}", says(&app));
        assert!(matches!(app.editor.as_ref().unwrap().typing, Typing::None), "{path}");
    }
    // At the end of an epoch the seed may change.
    keeps(&mut app, "a-001", &[20]);
    keys(&mut app, "f");
    assert_eq!(locked(&app, "seed"), None);
}

#[test]
fn a_seed_that_was_changed_keeps_a_branch_from_the_middle_of_an_epoch() {
    let mut app = training();
    keys(&mut app, "b");
    keeps(&mut app, "a-001", &[20]);
    keys(&mut app, "f");
    on(&mut app, "seed");
    keys(&mut app, "\n\u{8}\u{8}7\nF");
    assert_eq!(keys(&mut app, "s"), []);
    assert!(says(&app).contains("within an epoch the seed cannot change"), "{}", says(&app));
    keys(&mut app, "u");
    assert_eq!(complaint(&app), None);
}

#[test]
fn a_value_is_checked_while_it_is_typed_and_taken_only_when_it_can_be() {
    let mut app = training();
    keys(&mut app, "b");
    on(&mut app, "training.epochs");
    keys(&mut app, "\n\u{8}");
    let fault = |app: &App| match &app.editor.as_ref().unwrap().typing {
        Typing::Value { fault, .. } => fault.as_ref().map(|fault| fault.words().to_owned()),
        _ => panic!("nothing is typed"),
    };
    assert_eq!(fault(&app).unwrap(), "expected a whole number from 1 to 100000, found nothing");
    keys(&mut app, "0\n");
    assert_eq!(fault(&app).unwrap(), "expected a whole number from 1 to 100000, found 0");
    keys(&mut app, "\u{8}2");
    assert!(fault(&app).unwrap().starts_with("2 epochs are trained already"), "it can be taken, and not be started");
    keys(&mut app, "0");
    assert_eq!(fault(&app), None);
    keys(&mut app, "\n");
    assert_eq!(app.editor.as_ref().unwrap().draft.changes(), ["training.epochs=20"]);
}

#[test]
fn a_value_that_is_left_stays_as_it_was() {
    let mut app = training();
    keys(&mut app, "b");
    on(&mut app, "training.epochs");
    keys(&mut app, "\n99\u{1b}");
    assert_eq!(app.editor.as_ref().unwrap().changed(), 0);
    assert!(app.editor.is_some());
}

#[test]
fn a_whole_variant_is_typed_and_pasted() {
    let mut app = training();
    keys(&mut app, "b");
    on(&mut app, "training.schedule");
    press(&mut app, '\n');
    let _ = update(&mut app, Msg::Key(Key::control('u')));
    let _ = update(&mut app, Msg::Paste("Cosine(warmup_steps:\n100)\n".into()));
    press(&mut app, '\n');
    let editor = app.editor.as_ref().unwrap();
    assert_eq!(editor.draft.changes(), ["training.schedule=Cosine(warmup_steps: 100)"]);
    on(&mut app, "training.schedule.warmup_steps");
    keys(&mut app, "u");
    assert_eq!(app.editor.as_ref().unwrap().changed(), 0);
}

#[test]
fn esc_ends_the_filter_then_asks_then_leaves() {
    let mut app = training();
    keys(&mut app, "b");
    on(&mut app, "training.epochs");
    keys(&mut app, "\n9\n/rate\n");
    let listed = |app: &App| app.editor.as_ref().unwrap().rows().len();
    assert_eq!(listed(&app), 5, "what will be done, the gap and the rate");
    press(&mut app, '\u{1b}');
    assert!(listed(&app) > 20);
    press(&mut app, '\u{1b}');
    assert!(matches!(app.overlay, Overlay::Ask(Question::Discard)));
    press(&mut app, '\u{1b}');
    assert!(matches!(app.overlay, Overlay::Edit), "back, and nothing is lost");
    assert_eq!(app.editor.as_ref().unwrap().changed(), 1);
    keys(&mut app, "\u{1b}y");
    assert!(app.editor.is_none() && matches!(app.overlay, Overlay::None));
    keys(&mut app, "b\u{1b}");
    assert!(app.editor.is_none(), "nothing was changed, so nothing is asked");
}

#[test]
fn what_was_changed_is_listed_alone_and_gone_through() {
    let mut app = training();
    keys(&mut app, "b");
    for (path, typed) in [("training.epochs", "\n9\n"), ("training.optimizer.learning_rate", "\n\u{8}3\n")] {
        on(&mut app, path);
        keys(&mut app, typed);
    }
    keys(&mut app, "gn");
    assert_eq!(app.editor.as_ref().unwrap().path().as_deref(), Some("training.epochs"));
    keys(&mut app, "n");
    assert_eq!(app.editor.as_ref().unwrap().path().as_deref(), Some("training.optimizer.learning_rate"));
    keys(&mut app, "c");
    let editor = app.editor.as_ref().unwrap();
    assert_eq!(editor.rows().len(), 6);
    assert_eq!(editor.path().as_deref(), Some("training.optimizer.learning_rate"), "the cursor stays on its key");
    keys(&mut app, "cU");
    assert_eq!(app.editor.as_ref().unwrap().changed(), 0);
}

#[test]
fn the_help_lies_over_the_editor_and_goes_away_from_it() {
    let mut app = training();
    keys(&mut app, "b?");
    assert!(matches!(app.overlay, Overlay::Help { .. }));
    keys(&mut app, "x");
    assert!(matches!(app.overlay, Overlay::Edit) && app.editor.is_some());
}

#[test]
fn a_rate_that_was_set_by_hand_is_told_and_gives_way_to_another_optimizer() {
    let mut app = training();
    assert_eq!(rate(&app), None);
    let set = TrainEvent::LearningRateChanged { step: 23, requested: 3e-3, applied: 3e-3 };
    let _ = update(&mut app, Msg::Fact(Box::new(set)));
    keys(&mut app, "b");
    assert_eq!(rate(&app), Some((3e-3, true)));
    on(&mut app, "training.optimizer.beta_1");
    keys(&mut app, "\n5\n");
    assert_eq!(rate(&app), Some((3e-3, false)));
    // What a checkpoint says holds for a branch from it.
    keys(&mut app, "u");
    let of = |learning_rate| Kept { learning_rate, ..kept(20) };
    for (saved, told) in [(None, None), (Some(1e-2), Some((1e-2, true))), (Some(1e-4), None)] {
        let _ = update(&mut app, Msg::Checkpoints { run: "a-001".into(), kept: vec![of(saved)] });
        if app
            .editor
            .as_ref()
            .is_some_and(|editor| matches!(&editor.origin, Origin::Branch(b) if b.from == Start::Stands))
        {
            keys(&mut app, "f");
        }
        assert_eq!(rate(&app), told, "the experiment's own is nothing to tell");
    }
}

#[test]
fn a_new_run_is_edited_and_begun_from_its_file() {
    let mut app = looking(Vec::new());
    app.runs.experiments = vec!["experiments/a.ron".into()];
    let effects = keys(&mut app, "nexperiments/a.ron training.epochs=3\n");
    let changes = vec!["training.epochs=3".to_owned()];
    assert_eq!(effects, [Effect::ReadExperiment { path: "experiments/a.ron".into(), changes: changes.clone() }]);
    let read =
        Msg::Experiment { path: "experiments/a.ron".into(), changes, experiment: Box::new((*experiment()).clone()) };
    assert_eq!(update(&mut app, read), []);
    assert_eq!(app.editor.as_ref().unwrap().changed(), 1);
    on(&mut app, "model.dim");
    keys(&mut app, "\n\u{8}\u{8}\u{8}100\n");
    assert_eq!(keys(&mut app, "s"), []);
    assert!(says(&app).contains("model.heads: expected a divisor of the dim 100"), "{}", says(&app));
    let effects = keys(&mut app, "\n\u{8}5\ns");
    let [Effect::Queue { of: None, change: QueueChange::Add { task: Task::Experiment { from, experiment }, .. } }] =
        effects.as_slice()
    else {
        panic!("{effects:?}")
    };
    let begun = Experiment::parse(experiment, from, &[]).unwrap();
    assert_eq!((from.as_str(), begun.model.dim, begun.training.epochs), ("experiments/a.ron", 100, 3));
}

#[test]
fn a_file_that_is_wrong_says_where() {
    let mut app = looking(Vec::new());
    let why = "a.ron:1:2: unknown key \"nam\"".to_owned();
    let _ = update(&mut app, Msg::Missing { what: "no new run".into(), why });
    assert!(says(&app).contains("a.ron:1:2"), "{}", says(&app));
    assert!(app.editor.is_none());
}

#[test]
fn commands_open_the_editor_with_what_they_name() {
    let mut app = training();
    let line = ":branch 20 training.schedule=Cosine(warmup_steps: 5, floor: 0.1) training.epochs=9\n";
    assert_eq!(keys(&mut app, line), [Effect::ListCheckpoints { run: "a-001".into() }]);
    keeps(&mut app, "a-001", &[20, 10]);
    let changes = ["training.schedule=Cosine(warmup_steps: 5, floor: 0.1)", "training.epochs=9"];
    assert_eq!(keys(&mut app, "s"), [added(branch_of("a-001", Some(20), &changes), Turn::Last, None)]);
    for (line, words) in [
        (":branch soon\n", ":branch takes a step and changes"),
        (":branch 20 fast\n", "KEY=VALUE, but got \"fast\""),
        (":branch training.epohcs=2\n", "did you mean training.epochs?"),
        (":branch model.dim=2\n", ""),
    ] {
        app.notice = None;
        keys(&mut app, line);
        assert!(says(&app).contains(words), "{line}: {}", says(&app));
        close(&mut app);
    }
}

#[test]
fn the_run_of_another_process_is_branched_in_that_process_s_queue() {
    let mut app = looking(vec![RunEntry { live: true, status: Status::Training, ..entry("a-001") }]);
    for watched in [false, true] {
        keys(&mut app, "b");
        assert!(from_words(&app).unwrap().starts_with("now:"), "watched: {watched}");
        assert_eq!(keys(&mut app, "\n"), [added(branch_of("a-001", None, &[]), Turn::Last, Some("a-001"))]);
        let opened = Shown { live: true, ..run("a-001", 23) };
        let _ = update(&mut app, Msg::Opened(Box::new(opened), Vec::new()));
    }
    // On another machine it can be watched, and its checkpoints be read.
    let opened = Shown { live: true, elsewhere: Some("atlas".into()), ..run("a-001", 40) };
    let _ = update(&mut app, Msg::Opened(Box::new(opened), Vec::new()));
    keys(&mut app, "b");
    keeps(&mut app, "a-001", &[40]);
    assert_eq!(keys(&mut app, "\n"), [added(branch_of("a-001", None, &[]), Turn::Last, None)]);
}

#[test]
fn a_run_of_this_folder_is_not_asked_of_a_process_that_does_not_know_it() {
    let stopped = RunEntry { status: Status::Stopped, handle: String::new(), ..entry("a-001") };
    let mut app = looking(vec![stopped.clone()]);
    let elsewhere = Shown { live: true, ..run("b-001", 5) };
    let _ = update(&mut app, Msg::Opened(Box::new(elsewhere), Vec::new()));
    let resumed = |of: Option<&str>| Effect::Queue {
        of: of.map(str::to_owned),
        change: QueueChange::Add { task: Task::Resume { run: "a-001".into() }, turn: Turn::Last },
    };
    let asked = |app: &mut App| {
        keys(app, "4");
        keys(app, "gr").into_iter().filter(|effect| matches!(effect, Effect::Queue { .. })).collect::<Vec<_>>()
    };
    assert_eq!(asked(&mut app), [resumed(None)]);
    let live = RunEntry { live: true, status: Status::Training, handle: String::new(), ..entry("b-001") };
    let _ = update(&mut app, Msg::Runs(vec![live, stopped]));
    assert_eq!(asked(&mut app), [resumed(Some("b-001"))], "it is of this folder too");
}

#[test]
fn a_stopped_run_goes_on_at_a_key_and_no_other_does() {
    let stopped = RunEntry { status: Status::Stopped, ..entry("b-001") };
    let mut app = looking(vec![entry("a-001"), stopped]);
    assert_eq!(keys(&mut app, "gr"), []);
    assert!(says(&app).contains("a-001 is finished"), "{}", says(&app));
    let task = Task::Resume { run: "elsewhere/b-001".into() };
    assert_eq!(keys(&mut app, "Gr"), [added(task, Turn::Last, None)]);
}

#[test]
fn of_a_replay_nothing_is_started() {
    let mut app = training();
    let _ = update(&mut app, Msg::Playback(crate::app::Playback { speed: crate::app::Speed::AtOnce, paused: true }));
    app.runs.experiments = vec!["a.ron".into()];
    for line in ["b", ":new a.ron\n", ":resume\n"] {
        app.notice = None;
        assert_eq!(keys(&mut app, line), [], "{line}");
        assert!(says(&app).contains("this is a replay"), "{line}: {}", says(&app));
        assert!(app.editor.is_none());
    }
}

#[test]
fn without_a_run_or_its_configuration_there_is_nothing_to_branch_from() {
    let mut app = looking(vec![RunEntry { experiment: None, ..entry("a-001") }]);
    assert_eq!(keys(&mut app, "b"), []);
    assert!(says(&app).contains("the configuration of a-001 is not known"), "{}", says(&app));
    let mut app = looking(Vec::new());
    assert_eq!(keys(&mut app, "b"), []);
    assert!(says(&app).contains("no run to branch from"), "{}", says(&app));
}

#[test]
fn the_cursor_goes_to_both_ends_and_over_the_gap() {
    let mut app = training();
    keys(&mut app, "b");
    let at = |app: &App| app.editor.as_ref().unwrap().cursor();
    assert_eq!(at(&app), 0);
    keys(&mut app, "jjj");
    assert_eq!(at(&app), 4, "the gap is no row");
    keys(&mut app, "k");
    assert_eq!(at(&app), 2);
    keys(&mut app, "G");
    let last = app.editor.as_ref().unwrap().rows().len() - 1;
    assert_eq!(at(&app), last);
    let sight = |app: &App| app.editor.as_ref().unwrap().in_sight(list_rows(app));
    assert_eq!(sight(&app).last(), Some(&last), "it is in sight");
    assert_eq!(sight(&app)[..4], [0, 1, 2, 3], "what will be done stays there");
    keys(&mut app, "jg");
    assert_eq!((at(&app), sight(&app)[4]), (0, 4));
    keys(&mut app, "/nothing has these words\n");
    keys(&mut app, "jjjjG");
    assert_eq!(at(&app), 2, "below there is nothing");
}

#[test]
fn a_click_selects_and_a_second_one_edits() {
    let mut app = training();
    keys(&mut app, "b");
    let click = |app: &mut App, row| update(app, Msg::Mouse(Mouse::Click, Target::Item(row)));
    assert_eq!(click(&mut app, 4), []);
    assert_eq!(app.editor.as_ref().unwrap().path().as_deref(), Some("name"));
    assert_eq!(click(&mut app, 4), []);
    assert!(matches!(app.editor.as_ref().unwrap().typing, Typing::Value { .. }));
    assert_eq!(click(&mut app, 0), []);
    assert!(matches!(app.editor.as_ref().unwrap().typing, Typing::Value { .. }), "what is typed is not lost");
}

#[test]
fn every_action_has_a_key_and_no_key_has_two() {
    let mut keys: Vec<String> = KEYS.iter().flat_map(|binding| binding.keys).map(ToString::to_string).collect();
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), count);
    // A new action does not compile until it stands here.
    let known = |action: Action| match action {
        Action::Enter
        | Action::Start
        | Action::Edit
        | Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::First
        | Action::Last
        | Action::Next
        | Action::Previous
        | Action::Later
        | Action::Earlier
        | Action::Turn
        | Action::Undo
        | Action::UndoAll
        | Action::NextChange
        | Action::PreviousChange
        | Action::OnlyChanged
        | Action::Filter
        | Action::Help
        | Action::Leave => (),
    };
    for binding in KEYS {
        known(binding.action);
    }
    assert_eq!(KEYS.len(), 22);
}

#[test]
fn words_end_at_blanks_outside_of_brackets_and_quotes() {
    assert_eq!(opening::words("713 a=1  b=(c: 1, d: [2, 3])"), ["713", "a=1", "b=(c: 1, d: [2, 3])"]);
    assert_eq!(opening::words(r#"name="a \" b" x"#), [r#"name="a \" b""#, "x"]);
    assert_eq!(opening::words("a) (b c"), ["a)", "(b c"]);
    assert_eq!(opening::words("  "), [""; 0]);
}
