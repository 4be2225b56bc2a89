use super::*;
use crate::app::Screen;
use crate::metrics::{Report, wilson};

fn report(correct: u64) -> Report {
    let (accuracy_low, accuracy_high) = wilson(correct, 100);
    Report {
        count: 100,
        loss: 1.0,
        accuracy: correct as f64 / 100.0,
        accuracy_low,
        accuracy_high,
        top5: Some(1.0),
        ordinal: None,
        labels: Vec::new(),
        auc: None,
        balanced_accuracy: None,
        per_class: Vec::new(),
        confusion: Vec::new(),
    }
}

/// Runs `a`, `b`, … of growing age.
fn entries(count: u8) -> Vec<RunEntry> {
    let entry = |number: u8| RunEntry {
        name: char::from(b'a' + number).to_string(),
        status: Status::Finished(Outcome::Completed),
        begun: format!("2026-11-{:02}T15:00:00Z", 28 - number),
        data: if number.is_multiple_of(2) { "phantom".into() } else { "organmnist3d".into() },
        synthetic: number.is_multiple_of(2),
        step: 10,
        ..RunEntry::default()
    };
    (0..count).map(entry).collect()
}

fn app(entries: Vec<RunEntry>) -> App {
    let mut app = App { columns: 80, rows: 24, screen: Screen::Runs, ..App::default() };
    listed(&mut app, entries);
    app
}

fn names(app: &App) -> String {
    let name = |listed: &Listed| match listed {
        Listed::Run(place) => app.runs.entries[*place].name.as_str(),
        Listed::Seeds(_) => ":",
    };
    app.runs.list.rows().iter().map(name).collect()
}

fn cursor(app: &App) -> &str {
    app.runs.under_cursor().map_or("", |entry| &entry.name)
}

fn shown(name: &str) -> Shown {
    let mut shown = Shown { name: name.into(), ..Shown::default() };
    shown.run.step = 10;
    shown
}

#[test]
fn every_action_has_a_key() {
    let all = [
        Action::Up,
        Action::Down,
        Action::PageUp,
        Action::PageDown,
        Action::First,
        Action::Last,
        Action::Open,
        Action::Mark,
        Action::UnmarkAll,
        Action::Differences,
        Action::New,
        Action::PreviousChange,
        Action::Resume,
        Action::Tree,
        Action::Filter,
        Action::Note,
        Action::Tag,
        Action::Remove,
        Action::NextSort,
        Action::ReverseSort,
    ];
    // A new action does not compile until it stands here, and so in the list above.
    let known = |action: Action| match action {
        Action::Up
        | Action::Down
        | Action::PageUp
        | Action::PageDown
        | Action::First
        | Action::Last
        | Action::Open
        | Action::Mark
        | Action::UnmarkAll
        | Action::Differences
        | Action::New
        | Action::PreviousChange
        | Action::Resume
        | Action::Tree
        | Action::Filter
        | Action::Note
        | Action::Tag
        | Action::Remove
        | Action::NextSort
        | Action::ReverseSort => (),
    };
    for action in all {
        known(action);
        assert!(KEYS.iter().any(|binding| binding.action == action), "{action:?}");
    }
    assert_eq!(KEYS.len(), all.len());
}

#[test]
fn the_newest_run_stands_on_top_and_the_best_when_sorted_by_a_figure() {
    let mut list = entries(4);
    list[1].best_validation = Some(report(90));
    list[2].best_validation = Some(report(95));
    let mut app = app(list);
    assert_eq!(names(&app), "abcd");
    sort_by(&mut app, SortBy::Validation);
    assert_eq!(names(&app), "cbad", "without a figure: below");
    sort_by(&mut app, SortBy::Validation);
    assert_eq!(names(&app), "bcad", "and below the other way round too");
    sort_by(&mut app, SortBy::Name);
    assert_eq!(names(&app), "abcd");
}

#[test]
fn a_key_goes_through_all_columns_and_back_to_the_first() {
    let mut app = app(entries(3));
    let mut seen = vec![app.runs.list.sort];
    for _ in 1..SortBy::ALL.len() {
        act(&mut app, Action::NextSort);
        seen.push(app.runs.list.sort);
    }
    assert_eq!(seen, SortBy::ALL);
    act(&mut app, Action::NextSort);
    assert_eq!(app.runs.list.sort, SortBy::ALL[0]);
}

#[test]
fn the_cursor_follows_its_run_through_every_new_order_and_list() {
    let mut app = app(entries(6));
    act(&mut app, Action::Down);
    assert_eq!(cursor(&app), "b");
    sort_by(&mut app, SortBy::Name);
    act(&mut app, Action::ReverseSort);
    assert_eq!((cursor(&app), names(&app).as_str()), ("b", "fedcba"));
    let mut newer = entries(6);
    newer.rotate_left(3);
    newer.insert(0, RunEntry { name: "z".into(), ..RunEntry::default() });
    listed(&mut app, newer);
    assert_eq!(cursor(&app), "b");
    search(&mut app, "phantom");
    assert_ne!(cursor(&app), "b", "it is filtered away");
    search(&mut app, "");
    assert_eq!(cursor(&app), "b", "and comes back");
}

#[test]
fn the_cursor_stays_on_its_row_when_its_run_is_gone() {
    let mut app = app(entries(6));
    for _ in 0..3 {
        act(&mut app, Action::Down);
    }
    let mut fewer = entries(6);
    fewer.remove(3);
    listed(&mut app, fewer);
    assert_eq!(cursor(&app), "e");
    listed(&mut app, entries(2));
    assert_eq!(cursor(&app), "b");
    listed(&mut app, Vec::new());
    assert_eq!(cursor(&app), "");
    act(&mut app, Action::Open);
    act(&mut app, Action::Mark);
}

#[test]
fn the_list_scrolls_no_more_than_the_cursor_needs() {
    let mut app = app(entries(26));
    let height = list_rows(&app);
    act(&mut app, Action::Last);
    assert_eq!(app.runs.list.first(), 26 - height);
    act(&mut app, Action::Up);
    assert_eq!(app.runs.list.first(), 26 - height, "there is room above");
    act(&mut app, Action::First);
    assert_eq!((app.runs.list.first(), cursor(&app)), (0, "a"));
    act(&mut app, Action::PageDown);
    assert_eq!(app.runs.list.place(), height - 1);
}

#[test]
fn a_filter_wants_all_its_words_wherever_they_stand() {
    let mut app = app(entries(6));
    for (words, expected) in [
        ("phantom", "ace"),
        ("SYNTHETIC", "ace"),
        ("organ", "bdf"),
        ("completed", "abcdef"),
        ("organ d", "bdf"),
        ("seed=0 phantom", "ace"),
        ("nonsense", ""),
    ] {
        search(&mut app, words);
        assert_eq!(names(&app), expected, "{words}");
    }
    assert!(back(&mut app));
    assert_eq!(names(&app), "abcdef");
    assert!(!back(&mut app), "there is nothing left to close");
}

#[test]
fn a_filter_leads_to_the_child_and_not_to_the_parent_that_stays_with_it() {
    let mut list = entries(4);
    list[3].parent = Some("b".into());
    let mut app = app(list);
    assert_eq!(names(&app), "abdc");
    act(&mut app, Action::Down);
    search(&mut app, "organ seed=0");
    assert_eq!((names(&app).as_str(), cursor(&app)), ("bd", "b"), "both have the words");
    app.runs.entries[3].note = "odd".into();
    search(&mut app, "odd");
    assert_eq!((names(&app).as_str(), cursor(&app), app.runs.list.found()), ("bd", "d", 1));
    act(&mut app, Action::Up);
    let entries = app.runs.entries.clone();
    listed(&mut app, entries);
    assert_eq!(cursor(&app), "b", "whoever goes to the parent stays there");
    act(&mut app, Action::Tree);
    assert_eq!(names(&app), "d");
}

#[test]
fn a_marked_run_is_read_and_lies_over_the_shown_one_until_it_is_unmarked() {
    let mut app = app(entries(3));
    assert_eq!(act(&mut app, Action::Mark), [Effect::Load { run: "a".into() }]);
    assert_eq!(app.runs.mark("a"), Some(Mark::Asked));
    act(&mut app, Action::Down);
    act(&mut app, Action::Mark);
    // They may come in any order; their colours go by the order of marking.
    loaded(&mut app, shown("b"));
    loaded(&mut app, shown("a"));
    let order: Vec<&str> = app.runs.overlays.iter().map(|overlay| overlay.name.as_str()).collect();
    assert_eq!(order, ["a", "b"]);
    assert_eq!(app.runs.mark("b"), Some(Mark::Overlay(1)));
    act(&mut app, Action::Mark);
    assert_eq!((app.runs.mark("b"), app.runs.overlays.len()), (None, 1));
    loaded(&mut app, shown("b"));
    assert_eq!(app.runs.overlays.len(), 1, "what comes late comes for nothing");
    listed(&mut app, entries(3).split_off(1));
    assert_eq!(app.runs.marks(), 0, "a run that is gone is marked no more");
}

#[test]
fn a_run_that_cannot_be_read_after_all_is_marked_no_more() {
    let mut app = app(entries(3));
    act(&mut app, Action::Mark);
    missing(&mut app, "run b");
    assert_eq!(app.runs.mark("a"), Some(Mark::Asked));
    missing(&mut app, "run a");
    assert_eq!(app.runs.mark("a"), None);
}

#[test]
fn a_marked_run_that_goes_on_is_read_again() {
    let mut app = app(entries(3));
    act(&mut app, Action::Mark);
    loaded(&mut app, shown("a"));
    assert_eq!(listed(&mut app, entries(3)), []);
    let mut later = entries(3);
    later[0].step = 11;
    assert_eq!(listed(&mut app, later), [Effect::Load { run: "a".into() }]);
}

#[test]
fn more_runs_are_marked_than_there_are_colours_and_a_colour_that_is_free_goes_to_the_next() {
    let mut app = app(entries(26));
    for number in 0..26 {
        let effects = act(&mut app, Action::Mark);
        assert_eq!(effects.len(), usize::from(number < MOST_OVERLAID), "{number}");
        act(&mut app, Action::Down);
    }
    assert_eq!(app.runs.marks(), MOST_MARKED);
    assert!(app.notice.as_ref().is_some_and(|notice| notice.bad));
    assert_eq!([app.runs.mark("f"), app.runs.mark("g")], [Some(Mark::Asked), Some(Mark::Beyond)]);
    loaded(&mut app, shown("g"));
    assert!(app.runs.overlays.is_empty(), "it was not asked for");
    act(&mut app, Action::First);
    assert_eq!(act(&mut app, Action::Mark), [Effect::Load { run: "g".into() }]);
    loaded(&mut app, shown("g"));
    assert_eq!(app.runs.mark("g"), Some(Mark::Overlay(0)));
    act(&mut app, Action::UnmarkAll);
    assert_eq!(app.runs.marks(), 0);
}

/// Seeds of experiments: their name, seed and correct answers of a hundred.
fn seeds(app: &mut App, runs: &[(&str, u64, u64)]) {
    let entry = |&(name, seed, correct): &(&str, u64, u64)| {
        let dim = if name.starts_with('a') { 64 } else { 32 };
        let text = format!("(name: {:?}, seed: {seed}, data: (set: Phantom), model: (dim: {dim}))", &name[..1]);
        RunEntry {
            name: name.into(),
            seed,
            best_validation: Some(report(correct)),
            data: "phantom".into(),
            status: Status::Finished(Outcome::Completed),
            experiment: Some(Arc::new(Experiment::parse(&text, "x.ron", &[]).unwrap())),
            ..RunEntry::default()
        }
    };
    listed(app, runs.iter().map(entry).collect());
    app.runs.marked = runs.iter().map(|(name, ..)| (*name).to_owned()).collect();
}

fn lines(app: &App) -> String {
    let text = |row: groups::Row| match row {
        groups::Row::Gap => String::new(),
        groups::Row::Heading(text) | groups::Row::Note(text) | groups::Row::Line(text) => text,
    };
    groups::rows(app).into_iter().map(text).collect::<Vec<_>>().join("\n")
}

#[test]
fn marked_seeds_of_one_experiment_are_shown_with_their_spread() {
    let mut app = app(Vec::new());
    seeds(&mut app, &[("a2", 2, 80), ("a0", 0, 70), ("a1", 1, 75)]);
    act(&mut app, Action::Differences);
    let text = lines(&app);
    assert!(text.contains("a0 … a2: 3 runs, seeds 0, 1, 2, phantom"), "{text}");
    // By hand: the deviations are −5, 0 and 5, so the variance is 50 / 2.
    assert!(text.contains("accuracy        3    75.0 %     5.0 %   70.0 % … 80.0 %"), "{text}");
    assert!(!text.contains("paired"), "{text}");
    act(&mut app, Action::Differences);
    assert!(app.runs.groups.is_none());
    act(&mut app, Action::Differences);
    assert!(back(&mut app) && app.runs.groups.is_none());
}

#[test]
fn seeds_stand_below_a_heading_that_opens_their_spread_and_marks_them_all() {
    let mut app = app(Vec::new());
    seeds(&mut app, &[("a2", 2, 80), ("a0", 0, 70), ("b0", 0, 75), ("a1", 1, 75)]);
    act(&mut app, Action::UnmarkAll);
    assert_eq!(names(&app), ":a0a1a2b0", "one seed is no group");
    act(&mut app, Action::First);
    assert_eq!(cursor(&app), "");
    act(&mut app, Action::Remove);
    assert!(app.runs.removing.is_none() && app.notice.take().unwrap().text.contains("its runs stand below it"));
    for action in [Action::Open, Action::Differences] {
        act(&mut app, action);
        assert!(lines(&app).contains("accuracy        3    75.0 %     5.0 %   70.0 % … 80.0 %"), "{}", lines(&app));
        assert!(back(&mut app));
    }
    assert_eq!(act(&mut app, Action::Mark).len(), 3, "their curves are read");
    assert_eq!(app.runs.marked, ["a0", "a1", "a2"]);
    act(&mut app, Action::Mark);
    assert_eq!(app.runs.marks(), 0);
    // The cursor stays on its heading, whatever else comes; without one it stays on its row.
    seeds(&mut app, &[("a2", 2, 80), ("a0", 0, 70), ("b0", 0, 75), ("b1", 1, 75), ("a1", 1, 75)]);
    app.runs.marked.clear();
    assert_eq!((names(&app).as_str(), app.runs.list.place()), (":a0a1a2:b0b1", 0));
    act(&mut app, Action::Tree);
    assert_eq!(names(&app), "a0a1a2b0b1");
    act(&mut app, Action::Tree);
    search(&mut app, "b1");
    assert_eq!((names(&app).as_str(), cursor(&app), app.runs.list.found()), (":b1", "b1", 1));
}

#[test]
fn what_is_not_at_its_end_counts_to_no_mean() {
    let mut app = app(Vec::new());
    seeds(&mut app, &[("a0", 0, 70), ("a1", 1, 75), ("a2", 2, 80)]);
    let mut entries = app.runs.entries.clone();
    (entries[1].live, entries[1].status) = (true, Status::Training);
    listed(&mut app, entries);
    act(&mut app, Action::Differences);
    let text = lines(&app);
    assert!(text.contains("1 of 3 not at their end: left out"), "{text}");
    assert!(text.contains("accuracy        2    75.0 %     7.1 %   70.0 % … 80.0 %"), "{text}");
}

#[test]
fn the_newest_run_of_a_seed_stands_for_it() {
    let mut app = app(Vec::new());
    seeds(&mut app, &[("a0", 0, 70), ("a1", 1, 75), ("a2", 0, 80)]);
    let mut entries = app.runs.entries.clone();
    for (entry, day) in entries.iter_mut().zip([1, 2, 3]) {
        entry.begun = format!("2026-11-0{day}T15:00:00Z");
    }
    listed(&mut app, entries);
    act(&mut app, Action::UnmarkAll);
    act(&mut app, Action::First);
    act(&mut app, Action::Open);
    let text = lines(&app);
    assert!(text.contains("a1 … a2: 2 runs, seeds 0, 1") && text.contains("75.0 % … 80.0 %"), "{text}");
}

#[test]
fn two_groups_are_compared_over_the_seeds_that_both_have() {
    let mut app = app(Vec::new());
    let runs =
        [("a0", 0, 70), ("a1", 1, 75), ("a2", 2, 80), ("b1", 1, 79), ("b2", 2, 82), ("b0", 0, 75), ("b9", 9, 10)];
    seeds(&mut app, &runs);
    act(&mut app, Action::Differences);
    let text = lines(&app);
    // By hand: differences 5, 4 and 2, and for two degrees of freedom p = 1 − t / √(2 + t²).
    assert!(text.contains("accuracy   +3.7 (−0.1 … +7.5), t = +4.16 over 3, p = 0.0533, may well be chance"), "{text}");
    assert!(text.contains("accuracy by seed:  0: +5.0  1: +4.0  2: +2.0"), "{text}");
    assert!(text.contains("B    4    61.5 %"), "{text}");
}

#[test]
fn what_is_no_group_of_seeds_is_told() {
    let mut app = app(Vec::new());
    let complaint = |app: &mut App, runs: &[(&str, u64, u64)]| {
        seeds(app, runs);
        act(app, Action::Differences);
        assert!(app.runs.groups.is_none());
        app.notice.take().unwrap().text
    };
    let twice = complaint(&mut app, &[("a0", 1, 70), ("a1", 1, 75), ("a2", 2, 75)]);
    assert_eq!(twice, "a0 and a1 both have seed 1; unmark one of them");
    seeds(&mut app, &[("a0", 0, 70), ("a1", 1, 75), ("b0", 0, 75)]);
    let mut other = app.runs.entries.clone();
    let text = r#"(name: "c", data: (set: Phantom), model: (dim: 16))"#;
    other[1].experiment = Some(Arc::new(Experiment::parse(text, "x.ron", &[]).unwrap()));
    let marked = app.runs.marked.clone();
    listed(&mut app, other);
    app.runs.marked = marked;
    act(&mut app, Action::Differences);
    assert!(app.notice.take().unwrap().text.contains("of 3 experiments"));
}

#[test]
fn opening_reads_the_run_and_a_click_on_the_selected_one_opens_it() {
    let mut app = app(entries(26));
    act(&mut app, Action::Last);
    let place = app.runs.list.first() + 2;
    assert_eq!(point(&mut app, Mouse::Click, Target::Item(place)), []);
    let (name, first) = (cursor(&app).to_owned(), app.runs.list.first());
    assert_eq!(first + 2, place, "what was clicked stays under the mouse");
    assert_eq!(point(&mut app, Mouse::Click, Target::Item(place)), [Effect::Open { run: name }]);
    act(&mut app, Action::First);
    assert_eq!(act(&mut app, Action::Open), [Effect::Open { run: "a".into() }]);
}

#[test]
fn this_process_s_own_run_is_gone_back_to_and_not_read() {
    let mut app = app(entries(3));
    app.own = Some(Shown { live: true, ..shown("a") });
    app.opened = Some(shown("b"));
    assert_eq!(act(&mut app, Action::Open), []);
    assert!(app.opened.is_none());
    assert_eq!(app.screen, Screen::Live);
}

#[test]
fn an_unreadable_run_says_why_when_it_is_opened_marked_or_compared() {
    let mut list = entries(2);
    list[0].unreadable = Some("line 1 is damaged".into());
    let mut app = app(list);
    app.own = Some(shown("b"));
    act(&mut app, Action::First);
    assert_eq!(cursor(&app), "b", "and stands below those that can be read");
    act(&mut app, Action::Last);
    for action in [Action::Open, Action::Mark, Action::Differences] {
        app.notice = None;
        assert_eq!(act(&mut app, action), [], "{action:?}");
        assert!(app.notice.take().unwrap().text.contains("line 1 is damaged"), "{action:?}");
    }
}

#[test]
fn a_name_that_the_list_lacks_is_looked_for_once_more() {
    let mut app = app(Vec::new());
    let mut list = entries(1);
    list[0].name = "baseline-001".into();
    assert_eq!(open(&mut app, "baseline-001"), [Effect::ListRuns]);
    assert_eq!(listed(&mut app, list.clone()), [Effect::Open { run: "baseline-001".into() }]);
    assert_eq!(listed(&mut app, list.clone()), [], "once");
    app.notice = None;
    assert_eq!(open(&mut app, "baselime-001"), [Effect::ListRuns]);
    assert_eq!(listed(&mut app, list.clone()), []);
    assert!(app.notice.take().unwrap().text.contains("did you mean baseline-001?"));
    open(&mut app, "xyz");
    listed(&mut app, list);
    assert_eq!(app.notice.unwrap().text, "no run \"xyz\" in the runs folder");
}

#[test]
fn two_marked_runs_are_compared_or_the_shown_one_with_that_under_the_cursor() {
    let pair = |app: &App| app.runs.comparison.as_ref().map(|c| format!("{}{}", c.left, c.right));
    let mut app = app(entries(4));
    act(&mut app, Action::Differences);
    assert!(app.runs.comparison.is_none() && app.notice.take().unwrap().bad, "there is no second");
    app.own = Some(shown("c"));
    let effects = act(&mut app, Action::Differences);
    assert_eq!(
        (pair(&app).as_deref(), effects.as_slice()),
        (Some("ca"), [Effect::Load { run: "a".into() }].as_slice())
    );
    loaded(&mut app, shown("a"));
    assert!(app.runs.overlays.is_empty(), "what is compared is not laid over");
    act(&mut app, Action::Differences);
    assert!(app.runs.comparison.is_none());
    for action in [Action::Mark, Action::Down, Action::Mark, Action::Down, Action::Down, Action::Differences] {
        act(&mut app, action);
    }
    assert_eq!(pair(&app).as_deref(), Some("ab"));
    assert!(back(&mut app) && app.runs.comparison.is_none());
}

#[test]
fn a_comparison_scrolls_to_its_end_and_no_further() {
    let mut app = app(entries(2));
    app.own = Some(shown("a"));
    act(&mut app, Action::Down);
    act(&mut app, Action::Differences);
    act(&mut app, Action::Last);
    let rows = extent(&app).iter().map(Vec::len).max().unwrap();
    let height = Room::of(&app).framed().rows - 1;
    let scroll = app.runs.comparison.as_ref().unwrap().scroll;
    assert_eq!(scroll, rows.saturating_sub(height));
    act(&mut app, Action::First);
    assert_eq!(app.runs.comparison.unwrap().scroll, 0);
}

#[test]
fn what_has_not_ended_by_itself_can_be_resumed() {
    let entry = |status, live| RunEntry { status, live, ..RunEntry::default() };
    for (status, live, expected) in [
        (Status::Training, true, false),
        (Status::Training, false, true),
        (Status::Stopped, false, true),
        (Status::Failed("nan".into()), false, true),
        (Status::Finished(Outcome::Interrupted), false, true),
        (Status::Finished(Outcome::Completed), false, false),
        (Status::Finished(Outcome::StoppedEarly), false, false),
    ] {
        assert_eq!(entry(status.clone(), live).is_resumable(), expected, "{status:?}");
    }
}
