//! The Confusion screen as a user sees it: from events and keys to the picture.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "common/stage.rs"]
mod stage;

use stage::Stage;
use vivit_tui::app::{Mouse, Msg};
use vivit_tui::event::{Evaluated, SplitName, TrainEvent, Weights};
use vivit_tui::metrics::report;
use vivit_tui::ui::Look;
use vivit_tui::ui::theme::Depth;

/// The recorded run has said so much when its first evaluation is the next thing to come.
const BEFORE_THE_FIRST: usize = 33;

/// A stage on the Confusion screen.
fn after(events: usize, columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::after(events, columns, rows);
    stage.keys(&["2"]);
    stage
}

fn ended(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::ended(columns, rows);
    stage.keys(&["2"]);
    stage
}

/// A validation with these classes: four of five volumes are recognised, the others taken for a neighbour.
fn evaluated(classes: &[String], volumes: usize) -> TrainEvent {
    let count = classes.len();
    let labels: Vec<u8> = (0..volumes).map(|i| u8::try_from(i * 7 % count).unwrap()).collect();
    let scores = labels.iter().enumerate().flat_map(|(i, &label)| {
        let taken = if (i / count + usize::from(label)).is_multiple_of(5) {
            (usize::from(label) + 1 + i % 3) % count
        } else {
            usize::from(label)
        };
        (0..count).map(move |class| if class == taken { 0.9 } else { 0.0 })
    });
    let report = report(&scores.collect::<Vec<f32>>(), &labels, classes, 0.7).unwrap();
    TrainEvent::Evaluated(Box::new(Evaluated {
        epoch: 9,
        step: 279,
        split: SplitName::Validation,
        weights: Weights::Last,
        averaged: false,
        best: true,
        evaluation_ms: 3,
        predictions: None,
        report,
    }))
}

fn of_classes(names: &[String], columns: u16, rows: u16) -> Stage {
    let mut stage = after(1, columns, rows);
    stage.fact(evaluated(names, 600));
    stage
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|i| format!("class {i}")).collect()
}

fn binary() -> Vec<String> {
    ["normal", "hyperplasia"].map(String::from).to_vec()
}

/// Where a text stands in the picture: column and row.
fn place(stage: &Stage, text: &str) -> (u16, u16) {
    let picture = stage.text();
    let found = picture.lines().enumerate().find_map(|(row, line)| {
        let byte = line.find(text)?;
        Some((line[..byte].chars().count(), row))
    });
    let (column, row) = found.unwrap_or_else(|| panic!("no {text:?} in\n{picture}"));
    (u16::try_from(column).unwrap(), u16::try_from(row).unwrap())
}

#[test]
fn the_matrix_and_its_classes_fit_80_by_24() {
    let mut stage = ended(80, 24);
    stage.keys(&["n"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn intervals_and_the_meaning_of_a_cell_appear_at_120_by_40() {
    let mut stage = ended(120, 40);
    stage.keys(&["n", "n"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn everything_is_there_at_200_by_60() {
    let mut stage = ended(200, 60);
    stage.keys(&["n", "p"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn what_is_too_small_for_all_shows_a_part_of_the_matrix() {
    insta::assert_snapshot!(ended(40, 10).picture());
}

#[test]
fn without_colours_textures_tell_the_shares() {
    let mut stage = ended(80, 24);
    stage.look = Look::new(Depth::Mono);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn the_light_theme_with_256_colours_darkens_towards_one() {
    let mut stage = ended(100, 30);
    stage.look = Look::new(Depth::Indexed);
    stage.keys(&["T", "p"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn two_classes_make_large_cells() {
    insta::assert_snapshot!(of_classes(&binary(), 120, 40).picture());
}

#[test]
fn forty_classes_come_in_pages() {
    let mut stage = of_classes(&many(40), 120, 40);
    stage.keys(&["G"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn before_the_first_evaluation_it_says_what_is_waited_for() {
    let text = after(BEFORE_THE_FIRST, 120, 40).text();
    assert!(text.contains("epoch 1 is being evaluated"), "{text}");
    assert!(text.contains("all 31 steps of the epoch are done; the first matrix comes next"), "{text}");
    let text = after(BEFORE_THE_FIRST - 2, 120, 40).text();
    assert!(text.contains("the first matrix comes after epoch 1"), "{text}");
    assert!(text.contains("of 31 is done; e evaluates now"), "{text}");
    let text = after(BEFORE_THE_FIRST + 1, 120, 40).text();
    assert!(text.contains("validation · last weights · epoch 1 · step 31"), "{text}");
}

#[test]
fn the_matrix_follows_the_run_epoch_by_epoch() {
    let (first, second) = (after(34, 120, 40), after(69, 120, 40));
    assert!(first.text().contains("accuracy 23.6 % (17.7 … 30.7)"), "{}", first.text());
    assert!(second.text().contains("accuracy 30.4 % (23.9 … 37.9)"), "{}", second.text());
}

#[test]
fn the_split_and_the_weights_are_always_named() {
    // After epoch 4 the best is that of epoch 3.
    let mut stage = after(137, 120, 40);
    assert!(stage.text().contains("validation · last weights · epoch 4 · step 124"));
    stage.keys(&["w"]);
    assert!(stage.text().contains("validation · best weights · epoch 3 · step 93"));
    let mut stage = ended(120, 40);
    stage.keys(&["s"]);
    assert!(stage.text().contains("test · last weights · epoch 8"), "{}", stage.text());
    stage.keys(&["w"]);
    assert!(stage.text().contains("test · best weights · epoch 8"));
    stage.keys(&["s"]);
    assert!(stage.text().contains("validation · best weights · epoch 8"));
}

#[test]
fn the_numbers_are_counts_or_shares_of_the_truth_or_of_the_prediction() {
    let mut stage = ended(80, 24);
    let row = |stage: &Stage| stage.text().lines().find(|line| line.contains("femur-right")).unwrap().to_owned();
    // Of 16 femurs 14 are recognised; 32 volumes are taken for one.
    let told = |stage: &Stage| row(stage).split_whitespace().filter(|word| *word != "·").nth(2).unwrap().to_owned();
    assert_eq!(told(&stage), "14");
    stage.keys(&["p"]);
    assert_eq!((told(&stage).as_str(), stage.text().contains("% of truth")), ("88", true));
    stage.keys(&["p"]);
    assert_eq!((told(&stage).as_str(), stage.text().contains("% of pred.")), ("44", true));
    stage.keys(&["p"]);
    assert_eq!(told(&stage), "14");
}

#[test]
fn the_cursor_names_both_classes_in_full() {
    let mut stage = ended(80, 24);
    stage.keys(&["j", "l", "l"]);
    assert!(stage.text().contains("kidney-right taken for kidney-left: 0 of 15"), "{}", stage.text());
    stage.keys(&["left"]);
    assert!(stage.text().contains("kidney-right recognised: 8 of 15, recall 53.3 %, precision 50.0 %"));
    stage.keys(&["end", "G"]);
    assert!(stage.text().contains("pancreas recognised: 0 of 11"));
}

#[test]
fn the_mouse_finds_the_cell_that_it_is_over() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut stage = ended(columns, rows);
        stage.keys(&["n"]);
        let (x, y) = place(&stage, "11");
        stage.keys(&["g", "home"]);
        stage.mouse(Mouse::Click, x, y);
        assert!(stage.text().contains("liver taken for femur-right"), "{columns}×{rows}\n{}", stage.text());
        // The second pair of the list.
        let (x, y) = place(&stage, "46.7 %");
        stage.mouse(Mouse::Click, x, y);
        assert!(stage.text().contains("kidney-left taken for femur-left"), "{columns}×{rows}\n{}", stage.text());
    }
}

#[test]
fn what_is_clicked_on_stays_under_the_mouse_on_every_page() {
    let mut stage = of_classes(&many(40), 80, 24);
    stage.keys(&["G", "end"]);
    let (x, y) = place(&stage, "class 33");
    for x in [x + 12, x + 30] {
        stage.mouse(Mouse::Click, x, y);
        assert_eq!(place(&stage, "▸class 33").1, y);
    }
}

#[test]
fn an_empty_cell_is_not_opened() {
    let mut stage = ended(80, 24);
    stage.keys(&["j", "enter"]);
    assert!(stage.text().contains("no volume of kidney-right is taken for liver: the cell is empty"));
}

#[test]
fn every_cell_of_a_large_matrix_can_be_reached() {
    let mut stage = of_classes(&many(40), 80, 24);
    for row in 0..40 {
        assert!(stage.text().contains(&format!("▸class {row} ")), "{row}\n{}", stage.text());
        stage.keys(&["j"]);
    }
}

#[test]
fn a_run_without_a_mistake_says_so() {
    let mut stage = after(1, 120, 40);
    let labels = [0, 1, 0, 1];
    let TrainEvent::Evaluated(mut evaluated) = evaluated(&binary(), 10) else { unreachable!() };
    evaluated.report = report(&[1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0], &labels, &binary(), 0.0).unwrap();
    stage.fact(TrainEvent::Evaluated(evaluated));
    stage.keys(&["n"]);
    let text = stage.text();
    assert!(text.contains("nothing is mixed up") && text.contains("no volume is taken for another class"), "{text}");
}

#[test]
fn no_size_panics_in_any_depth() {
    let stages = vec![
        Stage::empty(1, 1),
        Stage::begun(1, 1),
        after(10, 1, 1),
        after(140, 1, 1),
        ended(1, 1),
        of_classes(&binary(), 1, 1),
        of_classes(&many(40), 1, 1),
    ];
    for mut stage in stages {
        stage.keys(&["2"]);
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
                stage.look = Look::new(depth);
                stage.keys(&["n", "p"]);
                stage.draw();
            }
            for (x, y) in [(0, 0), (columns / 2, rows / 2), (columns - 1, rows - 1)] {
                stage.mouse(Mouse::WheelDown, x, y);
            }
        }
    }
}
