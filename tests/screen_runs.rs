//! The Runs screen, through the real way of an event: a key or a list in, a picture out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used, clippy::cast_precision_loss)]

#[path = "screen_runs/first_figure.rs"]
mod first_figure;
#[path = "common/runs_folder.rs"]
mod runs_folder;
#[path = "common/stage.rs"]
mod stage;

use std::sync::Arc;

use runs_folder::{folder, shown, with_accuracy};
use stage::Stage;
use vivit_tui::app::runs::RunEntry;
use vivit_tui::app::volumes::{Filter, Predictions};
use vivit_tui::app::{Effect, Mouse, Msg, Screen, Shown};
use vivit_tui::event::SplitName;
use vivit_tui::ui::theme::Depth;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 10)];

/// The folder, while this process trains the second of its runs.
fn listed(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::after(100, columns, rows);
    stage.keys(&["4"]);
    stage.send(Msg::Runs(folder()));
    stage
}

/// Two runs are marked, one of which is here already.
fn marked(columns: u16, rows: u16) -> Stage {
    let mut stage = listed(columns, rows);
    stage.keys(&["down", "o"]);
    stage.send(Msg::Loaded(Box::new(shown("quickstart-000"))));
    stage.keys(&["down", "o"]);
    stage
}

#[test]
fn the_runs_of_the_folder() {
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("runs_{columns}x{rows}"), marked(columns, rows).picture());
    }
}

/// A family of three generations among other runs.
fn families(columns: u16, rows: u16) -> Stage {
    let mut stage = listed(columns, rows);
    let mut entries = folder();
    for (name, parent) in [
        ("wider-model-002", "wider-model-001"),
        ("quickstart-004", "quickstart-000"),
        ("wider-model-003", "wider-model-001"),
    ] {
        let parent = Some(parent.to_owned());
        entries.push(vivit_tui::app::runs::RunEntry { parent, ..runs_folder::entry(name) });
    }
    stage.send(Msg::Runs(entries));
    stage
}

#[test]
fn families_stand_below_their_founders() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
        insta::assert_snapshot!(format!("runs_families_{columns}x{rows}"), families(columns, rows).picture());
    }
    let mut stage = families(120, 40);
    stage.keys(&["/"]);
    stage.types("model-003");
    stage.keys(&["enter"]);
    insta::assert_snapshot!("runs_families_filtered_120x40", stage.picture());
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!("runs_families_mono_120x40", stage.picture());
}

#[test]
fn a_key_lists_every_run_for_itself_and_back() {
    let mut stage = families(120, 40);
    let tree = |stage: &Stage| stage.text().contains("└ ");
    assert!(tree(&stage));
    stage.keys(&["f"]);
    assert!(!tree(&stage), "{}", stage.text());
    stage.keys(&["f"]);
    assert!(tree(&stage));
}

#[test]
fn two_runs_side_by_side() {
    for (columns, rows) in SIZES {
        let mut stage = marked(columns, rows);
        stage.keys(&["d"]);
        insta::assert_snapshot!(format!("runs_compared_{columns}x{rows}"), stage.picture());
    }
}

/// Volumes of the test split that a run gets wrong: every so many.
const WRONG: [(&str, usize); 2] = [("quickstart-000", 5), ("wider-model-001", 7)];
const TEST: &str = "predictions/test-last.npz";

/// A run that has kept what it answered for the test split.
fn kept(name: &str, every: usize) -> Shown {
    let mut shown = shown(name);
    let test = shown.run.test_last.as_mut().unwrap();
    test.predictions = Some(TEST.into());
    let right = (0..test.report.count).filter(|index| index % every != 0).count();
    test.report = with_accuracy(&test.report, right as u64);
    shown
}

/// What it answered: the label, or the class after it.
fn answers(every: usize) -> Arc<Predictions> {
    let labels: Vec<u8> = stage::catalogue().test.to_vec();
    let row = |(index, label): (usize, &u8)| {
        let taken = if index % every == 0 { (usize::from(*label) + 1) % 11 } else { usize::from(*label) };
        (0..11).map(move |class| if class == taken { 0.9 } else { 0.01 })
    };
    let probabilities = labels.iter().enumerate().flat_map(row).collect();
    Arc::new(Predictions { split: SplitName::Test, path: TEST.into(), classes: 11, probabilities, labels })
}

/// Two runs beside each other that have both kept their answers.
fn compared(columns: u16, rows: u16) -> Stage {
    let mut stage = marked(columns, rows);
    for (name, every) in WRONG {
        stage.send(Msg::Loaded(Box::new(kept(name, every))));
    }
    stage.effects.clear();
    stage.keys(&["d"]);
    let asked = |run: &str| Effect::ReadPredictions { run: run.into(), split: SplitName::Test, path: TEST.into() };
    assert_eq!(stage.effects, WRONG.map(|(run, _)| asked(run)));
    for (run, every) in WRONG {
        stage.send(Msg::Predictions { run: run.into(), predictions: answers(every) });
    }
    stage
}

#[test]
fn answers_to_the_same_volumes_are_tested_and_listed() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = compared(columns, rows);
        stage.keys(&["n", "n"]);
        insta::assert_snapshot!(format!("runs_tested_{columns}x{rows}"), stage.picture());
        stage.keys(&["g"]);
        // 122 and 88 of 610 are wrong, 18 of them the same.
        let text = stage.text();
        for words in ["McNemar", "70 right alone", "104 right alone", "p = 0.0121", "+5.6 (+1.3 … +9.8)"] {
            assert!(text.contains(words), "{words} is missing in\n{text}");
        }
    }
}

/// Two recipes, the first with five seeds, the second with four of them.
fn grouped(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::empty(columns, rows);
    let [narrow, wide] = ["dim: 64", "dim: 128"].map(|model| runs_folder::experiment(model, ""));
    let correct = [(0, 90, 99), (1, 95, 104), (2, 88, 93), (3, 92, 97), (4, 97, 0)];
    let mut runs = Vec::new();
    for (seed, small, large) in correct {
        for (name, right, experiment) in [("narrow", small, &narrow), ("wide", large, &wide)] {
            if right == 0 {
                continue;
            }
            let done = runs_folder::entry(&format!("{name}-00{}", seed + 1));
            let best_validation = done.best_validation.as_ref().map(|report| with_accuracy(report, right));
            let test = done.test.as_ref().map(|report| with_accuracy(report, right * 4));
            runs.push(RunEntry { seed, best_validation, test, experiment: Some(Arc::clone(experiment)), ..done });
        }
    }
    let count = runs.len();
    stage.keys(&["4"]);
    stage.send(Msg::Runs(runs));
    // Every run for itself, so that the cursor meets no heading.
    stage.keys(&["f"]);
    for _ in 0..count {
        stage.keys(&["o", "down"]);
    }
    stage.keys(&["f", "g"]);
    stage
}

#[test]
fn seeds_stand_together_with_their_mean_and_spread() {
    for (columns, rows) in SIZES {
        let mut stage = grouped(columns, rows);
        stage.keys(&["O"]);
        stage.app.notice = None;
        insta::assert_snapshot!(format!("runs_seeds_{columns}x{rows}"), stage.picture());
    }
}

#[test]
fn groups_of_seeds() {
    for (columns, rows) in SIZES {
        let mut stage = grouped(columns, rows);
        stage.keys(&["d"]);
        stage.app.notice = None;
        insta::assert_snapshot!(format!("runs_grouped_{columns}x{rows}"), stage.picture());
        stage.keys(&["G", "enter", "d"]);
        assert!(stage.text().contains("9 marked"), "{}", stage.text());
    }
}

#[test]
fn answers_to_other_volumes_are_not_laid_beside_each_other() {
    let mut stage = marked(120, 40);
    for (name, every) in WRONG {
        stage.send(Msg::Loaded(Box::new(kept(name, every))));
    }
    stage.keys(&["d"]);
    stage.send(Msg::Predictions { run: WRONG[0].0.into(), predictions: answers(5) });
    let mut other = Predictions::clone(&answers(7));
    other.labels[0] += 1;
    stage.send(Msg::Predictions { run: WRONG[1].0.into(), predictions: Arc::new(other) });
    assert!(!stage.text().contains("McNemar"));
    stage.keys(&["n"]);
    assert!(stage.text().contains("no volume is known to be answered otherwise"), "{}", stage.text());
}

#[test]
fn a_volume_that_is_answered_otherwise_opens_on_the_volumes_screen() {
    let mut stage = compared(120, 40);
    // The volumes 0 and 35 are wrong both times and in the same way.
    stage.keys(&["n", "n", "n", "N"]);
    stage.effects.clear();
    stage.keys(&["enter"]);
    assert_eq!(stage.effects, [Effect::Open { run: "wider-model-001".into() }]);
    stage.send(Msg::Opened(Box::new(kept("wider-model-001", 7)), Vec::new()));
    assert_eq!(stage.app.screen, Screen::Volumes);
    let volumes = &stage.app.volumes;
    assert_eq!((volumes.split, volumes.filter, volumes.current), (SplitName::Test, Filter::Changed, 7));
    let (catalogue, outline) =
        (Arc::new(stage::catalogue()), Arc::clone(stage.app.own.as_ref().unwrap().outline.as_ref().unwrap()));
    stage.send(Msg::Data { run: "wider-model-001".into(), catalogue, outline });
    let walk = &stage.app.volumes.walk;
    assert_eq!((walk.indices.len(), &walk.indices[..4]), (174, &[5, 7, 10, 14][..]));
    assert_eq!(stage.app.volumes.current, 7);
    stage.keys(&["n"]);
    assert_eq!(stage.app.volumes.current, 10);
    assert!(stage.text().contains("answered otherwise"), "{}", stage.text());
    stage.keys(&["s"]);
    assert_eq!(stage.app.volumes.filter, Filter::ALL, "which volumes changed is known of one split alone");
}

#[test]
fn what_can_be_started_when_there_is_no_run_yet() {
    for (columns, rows) in SIZES {
        let mut stage = Stage::empty(columns, rows);
        stage.app.runs.experiments =
            ["experiments/baseline.ron", "experiments/quickstart.ron"].map(String::from).into();
        stage.keys(&["4"]);
        stage.send(Msg::Runs(Vec::new()));
        insta::assert_snapshot!(format!("runs_none_{columns}x{rows}"), stage.picture());
    }
}

#[test]
fn without_colours_every_state_can_still_be_told() {
    let mut stage = marked(120, 40);
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!("runs_mono_120x40", stage.picture());
}

#[test]
fn a_failed_run_says_why_and_how_to_go_on() {
    let mut stage = listed(120, 40);
    stage.keys(&["/"]);
    stage.types("failed");
    stage.keys(&["enter"]);
    let text = stage.text();
    for words in
        ["✗ FAILED", "the loss is not finite after step 17", "vivit-tui resume too-fast-001", "1 of 7", "/failed"]
    {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
}

#[test]
fn no_size_panics_in_any_depth_and_any_state() {
    let mut empty = Stage::empty(80, 24);
    empty.keys(&["4"]);
    let mut experiments = Stage::empty(80, 24);
    experiments.app.runs.experiments = (0..20).map(|number| format!("experiments/{number}.ron")).collect();
    experiments.keys(&["4"]);
    let mut compared = marked(80, 24);
    compared.keys(&["d"]);
    let mut filtered = listed(80, 24);
    filtered.keys(&["/"]);
    filtered.types("nothing");
    let mut at_the_end = marked(80, 24);
    at_the_end.keys(&["G"]);
    let mut many = listed(80, 24);
    let all = (0..300).map(|number| runs_folder::entry(&format!("run-{number:03}"))).collect();
    many.send(Msg::Runs(all));
    many.keys(&["G"]);
    for stage in [&mut empty, &mut experiments, &mut compared, &mut filtered, &mut at_the_end, &mut many] {
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
                stage.look.depth = depth;
                stage.draw();
            }
            stage.mouse(Mouse::WheelDown, columns / 2, rows / 2);
        }
    }
}

#[test]
fn the_cursor_stays_in_sight_at_every_size() {
    let mut stage = listed(120, 40);
    stage.send(Msg::Runs((0..60).map(|number| runs_folder::entry(&format!("run-{number:03}"))).collect()));
    stage.keys(&["G"]);
    let last = stage.app.runs.under_cursor().unwrap().name.clone();
    for (columns, rows) in [(120, 40), (80, 24), (40, 10), (30, 6), (200, 60), (80, 25)] {
        stage.send(Msg::Resized { columns, rows });
        let text = stage.text();
        let line = text.lines().find(|line| line.contains('›')).unwrap_or_default();
        assert!(line.contains(&last), "{columns}×{rows}: {line:?}\n{text}");
    }
}

#[test]
fn a_click_selects_the_run_under_the_mouse_and_a_second_one_opens_it() {
    let mut stage = listed(120, 40);
    let text = stage.text();
    let y = text.lines().position(|line| line.contains("night-run-001")).unwrap();
    stage.mouse(Mouse::Click, 30, u16::try_from(y).unwrap());
    assert_eq!(stage.app.runs.under_cursor().unwrap().name, "night-run-001");
    stage.effects.clear();
    stage.mouse(Mouse::Click, 30, u16::try_from(y).unwrap());
    assert_eq!(stage.effects, [Effect::Open { run: "night-run-001".into() }]);
}

#[test]
fn a_click_beside_the_runs_does_nothing() {
    let mut stage = listed(120, 40);
    stage.effects.clear();
    let before = stage.app.runs.under_cursor().unwrap().name.clone();
    for (x, y) in [(0, 5), (30, 2), (30, 3), (30, 20), (30, 30), (119, 39)] {
        stage.mouse(Mouse::Click, x, y);
    }
    assert_eq!((stage.app.runs.under_cursor().unwrap().name.clone(), stage.effects.as_slice()), (before, &[][..]));
}

#[test]
fn the_screen_asks_for_the_list_when_it_is_entered_and_every_other_second() {
    let mut stage = Stage::begun(80, 24);
    stage.keys(&["4"]);
    assert_eq!(stage.effects, [Effect::ListRuns]);
    stage.effects.clear();
    (0..=40).for_each(|tenth| stage.send(Msg::Tick { now_ms: tenth * 100 }));
    assert_eq!(stage.effects, [Effect::ListRuns, Effect::ListRuns]);
}

#[test]
fn enter_opens_a_run_on_all_screens_and_esc_leads_back() {
    let mut stage = listed(120, 40);
    stage.effects.clear();
    stage.keys(&["down", "enter"]);
    assert_eq!(stage.effects, [Effect::Open { run: "quickstart-000".into() }]);
    stage.send(Msg::Opened(Box::new(shown("quickstart-000")), Vec::new()));
    assert_eq!(stage.app.screen, Screen::Live);
    let text = stage.text();
    assert!(text.contains("quickstart-000") && text.contains("✓ COMPLETED"), "{text}");
    assert!(text.contains("esc: back to quickstart-001  ● TRAINING epoch 3/8"), "{text}");
    stage.keys(&["esc"]);
    assert!(stage.app.opened.is_none());
    assert!(stage.text().contains("quickstart-001"));
}

#[test]
fn esc_closes_the_comparison_then_the_filter_then_leads_to_live() {
    let mut stage = marked(80, 24);
    stage.keys(&["/"]);
    stage.types("quick");
    stage.keys(&["enter", "d"]);
    assert!(stage.text().contains("differences"));
    stage.keys(&["esc"]);
    assert!(stage.text().contains("/quick"));
    stage.keys(&["esc"]);
    assert!(!stage.text().contains("/quick"));
    assert_eq!(stage.app.screen, Screen::Runs);
    stage.keys(&["esc"]);
    assert_eq!(stage.app.screen, Screen::Live);
}

#[test]
fn figures_of_made_up_data_never_stand_without_saying_so() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let stage = listed(columns, rows);
        for line in stage.text().lines().filter(|line| line.contains('[') && line.contains("quickstart")) {
            assert!(line.contains("SYNTHETIC"), "{columns}×{rows}: {line}");
        }
    }
}
