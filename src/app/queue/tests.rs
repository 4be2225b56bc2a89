use super::*;
use crate::app::{Msg, Shown, Status, update};
use crate::event::Queued;

fn resume(run: &str) -> Task {
    Task::Resume { run: run.into() }
}

fn state(current: &str, waiting: &[(u64, &str)]) -> QueueState {
    let waiting: Vec<Queued> =
        waiting.iter().map(|(number, run)| Queued { number: *number, task: resume(run) }).collect();
    let next = waiting.iter().map(|queued| queued.number + 1).max().unwrap_or(1);
    QueueState { current: Some(resume(current)), waiting, next }
}

/// An app that trains `own-001`, and `b-001`, `c-001` wait under the numbers 2 and 3; the list is open.
fn app() -> App {
    let mut own = Shown { name: "own-001".into(), live: true, ..Shown::default() };
    own.run.status = Status::Training;
    let mut app = App { own: Some(own), columns: 80, rows: 24, ..App::default() };
    let _ = update(&mut app, Msg::Queue(state("own-001", &[(2, "b-001"), (3, "c-001")])));
    let _ = update(&mut app, Msg::Key(Key::char('Q')));
    app
}

fn press(app: &mut App, key: char) -> Vec<Effect> {
    let key = if key == '\n' { Key::of(KeyCode::Enter) } else { Key::char(key) };
    update(app, Msg::Key(key))
}

fn of_own(change: QueueChange) -> Vec<Effect> {
    vec![Effect::Queue { of: None, change }]
}

#[test]
fn the_keys_change_what_is_under_the_cursor() {
    let mut app = app();
    assert_eq!(press(&mut app, 'J'), of_own(QueueChange::Move { number: 2, by: 1 }));
    press(&mut app, 'j');
    assert_eq!(press(&mut app, 'K'), of_own(QueueChange::Move { number: 3, by: -1 }));
    assert_eq!(press(&mut app, 'D'), of_own(QueueChange::Remove { number: 3 }));
    press(&mut app, 'g');
    assert_eq!(press(&mut app, '\n'), of_own(QueueChange::Promote { number: 2 }));
    assert!(matches!(app.overlay, Overlay::None));
}

#[test]
fn the_cursor_stays_on_what_it_is_on_and_moves_on_when_that_is_gone() {
    let mut app = app();
    let _ = update(&mut app, Msg::Queue(state("own-001", &[(3, "c-001"), (2, "b-001")])));
    assert_eq!(press(&mut app, 'D'), of_own(QueueChange::Remove { number: 2 }));
    let _ = update(&mut app, Msg::Queue(state("own-001", &[(3, "c-001")])));
    assert_eq!(press(&mut app, 'D'), of_own(QueueChange::Remove { number: 3 }));
    let _ = update(&mut app, Msg::Queue(state("own-001", &[])));
    assert_eq!(press(&mut app, 'D'), []);
    assert!(app.notice.unwrap().text.contains("nothing waits"));
}

#[test]
fn what_waits_elsewhere_is_changed_there_and_what_was_left_behind_is_taken_over() {
    let mut app = app();
    let other = OtherQueue { state: state("far-001", &[(7, "d-001")]), holder: Some("77 on atlas".into()) };
    let left = OtherQueue { state: state("gone-001", &[(9, "e-001")]), holder: None };
    let _ = update(&mut app, Msg::Queues(vec![other, left]));
    assert!(app.queues.rows().contains(&Row::Heading("process 77 on atlas".into())));
    press(&mut app, 'j');
    press(&mut app, 'j');
    let change = QueueChange::Remove { number: 7 };
    assert_eq!(press(&mut app, 'D'), [Effect::Queue { of: Some("far-001".into()), change }]);
    press(&mut app, 'j');
    assert_eq!(press(&mut app, 'D'), []);
    assert_eq!(press(&mut app, 't'), [Effect::TakeQueuesOver]);
}

#[test]
fn what_is_set_aside_is_what_the_list_says_and_not_the_run_that_is_open() {
    let mut app = app();
    let opened = Shown { name: "far-001".into(), live: true, ..Shown::default() };
    let _ = update(&mut app, Msg::Opened(Box::new(opened), Vec::new()));
    let other = OtherQueue { state: state("far-001", &[(7, "d-001")]), holder: Some("77 on atlas".into()) };
    let _ = update(&mut app, Msg::Queues(vec![other]));
    for (keys, of) in [("g", None), ("QG", Some("far-001"))] {
        for key in keys.chars() {
            press(&mut app, key);
        }
        let expected = Effect::Queue { of: of.map(str::to_owned), change: QueueChange::SetAside };
        assert_eq!(press(&mut app, 'z'), [expected]);
    }
}

#[test]
fn what_is_trained_is_set_aside_only_for_something() {
    let mut app = app();
    assert_eq!(press(&mut app, 'z'), of_own(QueueChange::SetAside));
    assert_eq!(app.wishes.last().unwrap().words(), "stopping…");
    let _ = update(&mut app, Msg::Queue(state("own-001", &[])));
    assert_eq!(set_aside_shown(&mut app), []);
    assert!(app.notice.unwrap().text.contains("nothing waits"));
}

#[test]
fn a_task_that_came_in_is_said_and_what_the_process_began_with_is_not() {
    let mut app = app();
    assert!(app.notice.is_none());
    let _ = update(&mut app, Msg::Queue(state("own-001", &[(2, "b-001"), (3, "c-001"), (4, "d-001")])));
    assert!(app.notice.unwrap().text.starts_with("d-001 waits"));
}

fn outline() -> crate::app::Outline {
    crate::app::Outline {
        parts: Vec::new(),
        volume: [8, 8, 8, 1],
        cuts: crate::config::Embedding::tubelets((4, 4, 4)).cuts([8; 3]).unwrap(),
        classes: 3,
        weights_bytes: 0,
        training_bytes: 0,
    }
}

#[test]
fn a_run_that_was_asked_for_while_nothing_was_trained_is_shown_as_soon_as_it_begins() {
    let begun = || {
        let experiment = Experiment::parse("(name: \"a\", data: (set: Phantom))", "a.ron", &[]).unwrap();
        Msg::Begun(Box::new(crate::app::Begun {
            name: "new-001".into(),
            handle: "new-001".into(),
            experiment: std::sync::Arc::new(experiment),
            outline: std::sync::Arc::new(outline()),
            run: crate::app::Run::default(),
            parent: None,
        }))
    };
    for idle in [true, false] {
        // What is idle has never had anything in its queue.
        let mut app = if idle { App { columns: 80, rows: 24, ..App::default() } } else { app() };
        let _ = update(&mut app, Msg::Key(Key::of(KeyCode::Esc)));
        app.ended = idle.then_some(0);
        app.opened = Some(Shown { name: "looked-at-001".into(), ..Shown::default() });
        let _ = update(&mut app, Msg::Queue(state("own-001", &[(2, "b-001"), (3, "c-001"), (4, "d-001")])));
        let _ = update(&mut app, begun());
        assert_eq!(app.shown().unwrap().name, if idle { "new-001" } else { "looked-at-001" });
    }
}

#[test]
fn no_key_of_the_list_is_bound_twice() {
    let keys: Vec<Key> = KEYS.iter().flat_map(|binding| binding.keys).copied().collect();
    for (place, key) in keys.iter().enumerate() {
        assert!(!keys[..place].contains(key), "{key}");
    }
}
