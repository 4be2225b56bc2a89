//! The Volumes screen: what is drawn voxel by voxel, what is asked for, and which volumes are met.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]
#![allow(clippy::cast_possible_truncation, clippy::cast_precision_loss, clippy::cast_sign_loss)]

#[path = "screen_volumes/evidence.rs"]
mod evidence;
#[path = "screen_volumes/run.rs"]
mod run;
#[path = "common/stage.rs"]
mod stage;
#[path = "screen_volumes/terminal.rs"]
mod terminal;
#[path = "screen_volumes/trained.rs"]
mod trained;

use std::sync::{Arc, LazyLock};

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Color;
use run::{CLASSES, entered, evaluated, follow, labels, met, probabilities, report, serve};
use stage::{Stage, ball};
use terminal::{iterm2, kitty, sixel};
use vivit_tui::app::volumes::{self, ColourMap, MOST_VOLUMES, Plane, Predictions, Volume, Which, Window};
use vivit_tui::app::{Effect, Mouse, Msg, Screen, Shown, Target, next_tick_ms};
use vivit_tui::config::Experiment;
use vivit_tui::event::{Method, SplitName};
use vivit_tui::metrics;
use vivit_tui::ui::graphics::Graphics;
use vivit_tui::ui::theme::Depth;

fn target(stage: &Stage, x: u16, y: u16) -> Target {
    let area = Rect::new(0, 0, stage.app.columns, stage.app.rows);
    vivit_tui::ui::target(&stage.app, &stage.look, area, Position { x, y })
}

/// All cells of a plane's slice, with the row and column of their upper voxel.
fn slice(stage: &Stage, wanted: Plane) -> Vec<(u16, u16, usize, usize)> {
    let area = Rect::new(0, 0, stage.app.columns, stage.app.rows);
    let at = |position: Position| match target(stage, position.x, position.y) {
        Target::Slice { plane, row, column } if plane == wanted => Some((position.x, position.y, row, column)),
        _ => None,
    };
    area.positions().filter_map(at).collect()
}

/// The ball's voxel `[d, h, w]`, by its formula and not by the program's indices.
fn voxel(d: usize, h: usize, w: usize) -> u8 {
    static BALL: LazyLock<Arc<Volume>> = LazyLock::new(ball);
    BALL.voxels[d * 784 + h * 28 + w]
}

fn grey(value: u8) -> Color {
    Color::Rgb(value, value, value)
}

/// Every voxel of the three slices through `[d, h, w]` is exactly where and what it should be.
fn assert_exact(stage: &Stage, [d, h, w]: [usize; 3], colour: impl Fn(u8) -> Color) {
    let buffer = stage.draw();
    for plane in Plane::ALL {
        let cells = slice(stage, plane);
        assert_eq!(cells.len(), 28 * 14, "{plane:?}");
        for (x, y, row, column) in cells {
            let value = |row| match plane {
                Plane::Axial => voxel(d, row, column),
                Plane::Coronal => voxel(row, h, column),
                Plane::Sagittal => voxel(row, column, w),
            };
            let cell = &buffer[(x, y)];
            assert_eq!(cell.symbol(), "▀");
            let expected = (colour(value(row)), colour(value(row + 1)));
            assert_eq!((cell.fg, cell.bg), expected, "{plane:?} {row} {column}");
        }
    }
}

#[test]
fn half_blocks_draw_every_voxel_of_the_three_slices_exactly() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["X"]);
    assert_exact(&stage, [14, 14, 14], grey);
}

#[test]
fn moving_in_one_plane_moves_the_slices_of_the_others() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["X", "right", "l", "k"]);
    assert_exact(&stage, [14, 13, 16], grey);
    stage.keys(&["f", "j", "j", "h", "["]);
    assert_exact(&stage, [16, 12, 15], grey);
    stage.keys(&["f", "pgdn", "G", "up"]);
    assert_exact(&stage, [15, 12, 27], grey);
    assert!(stage.text().contains("d 15  h 12  w 27"));
    assert!(stage.text().contains(&format!("value     {}", voxel(15, 12, 27))), "{}", stage.text());
}

#[test]
fn window_and_colour_map_are_applied_to_every_voxel() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["X", "w", "w", "I", "C", "C"]);
    let window = Window { level: 132.0, width: 240.0 };
    assert!(stage.text().contains("level 132  width 240"));
    let colour = |value| {
        let [r, g, b] = ColourMap::Viridis.entry(window.shown(value));
        Color::Rgb(r, g, b)
    };
    assert_exact(&stage, [14, 14, 14], colour);
    stage.keys(&["0", "C", "C", "C", "C"]);
    assert_exact(&stage, [14, 14, 14], grey);
}

#[test]
fn the_crosshair_lies_over_the_slices_and_leaves_its_middle_free() {
    let mut stage = met(2, 120, 40);
    let with = stage.draw();
    stage.keys(&["X"]);
    let without = stage.draw();
    for plane in Plane::ALL {
        let differ = |(x, y, row, column): &(u16, u16, usize, usize)| {
            let (a, b) = (&with[(*x, *y)], &without[(*x, *y)]);
            [(*row, *column, a.fg != b.fg), (*row + 1, *column, a.bg != b.bg)]
        };
        let cells = slice(&stage, plane);
        let covered: Vec<(usize, usize)> = cells
            .iter()
            .flat_map(differ)
            .filter(|(.., differs)| *differs)
            .map(|(row, column, _)| (row, column))
            .collect();
        assert!(covered.iter().all(|(row, column)| *row == 14 || *column == 14), "{plane:?}");
        assert!(covered.iter().all(|(row, column)| row.abs_diff(14) > 2 || column.abs_diff(14) > 2), "{plane:?}");
        assert!(covered.len() > 40, "{plane:?}: {}", covered.len());
    }
}

#[test]
fn what_no_tubelet_covers_is_faded_and_said() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["X"]);
    let plain = stage.draw();
    assert!(stage.text().contains("unseen    37.0 % · t fades it"));
    assert!(!stage.text().contains("faded"));
    stage.keys(&["t"]);
    let faded = stage.draw();
    assert_eq!(stage.text().matches(" faded: unseen ").count(), 3);
    for (x, y, row, column) in slice(&stage, Plane::Axial) {
        // Three tubelets of 8 voxels see 24 of 28.
        let seen = row < 24 && column < 24;
        assert_eq!(plain[(x, y)] == faded[(x, y)], seen, "{row} {column}");
    }
    stage.keys(&["G"]);
    assert!(stage.text().contains(" slice unseen "), "depth 27 is beyond the last tubelet");
}

#[test]
fn tubelet_borders_lie_on_every_eighth_voxel() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["X", "t"]);
    let margin = stage.draw();
    stage.keys(&["t"]);
    let grid = stage.draw();
    for (x, y, row, column) in slice(&stage, Plane::Coronal) {
        let border = |at: usize| [8, 16, 24].contains(&at);
        let inside = |at: usize| at <= 24;
        let drawn = |row| (border(row) && inside(column)) || (border(column) && inside(row));
        assert_eq!(margin[(x, y)].fg != grid[(x, y)].fg, drawn(row), "{row} {column}");
        assert_eq!(margin[(x, y)].bg != grid[(x, y)].bg, drawn(row + 1), "{} {column}", row + 1);
    }
}

/// A stage as [`met`] makes it, of a run whose volumes are cut otherwise.
fn cut(embedding: &str) -> Stage {
    let mut stage = met(2, 120, 40);
    let text = format!("(name: \"a\", data: (set: Phantom), model: (embedding: {embedding}))");
    let experiment = Experiment::parse(&text, "a.ron", &[]).unwrap();
    let own = stage.app.own.as_mut().unwrap();
    own.outline = Some(Arc::new(stage::outline_of(&experiment)));
    stage.keys(&["X"]);
    stage
}

/// What differs between two pictures of a plane, by row and column of the voxel: the upper of each cell.
fn differing(stage: &Stage, plane: Plane, one: &Buffer, other: &Buffer) -> Vec<[usize; 2]> {
    let cells = slice(stage, plane).into_iter().filter(|(x, y, ..)| one[(*x, *y)].fg != other[(*x, *y)].fg);
    cells.map(|(_, _, row, column)| [row, column]).collect()
}

#[test]
fn frames_are_the_slices_that_are_not_faded() {
    let mut stage = cut("UniformFrames()");
    assert!(stage.text().contains("frames    3, 10, 17 and 24 of 28"), "{}", stage.text());
    assert!(stage.text().contains("patches   3×3 of 8×8 voxels") && stage.text().contains("unseen    89.5 %"));
    let plain = stage.draw();
    stage.keys(&["t"]);
    let faded = stage.draw();
    for [row, column] in differing(&stage, Plane::Coronal, &plain, &faded) {
        assert!(![3, 10, 17, 24].contains(&row) || column >= 24, "slice {row} is seen up to column 24");
    }
    assert!(differing(&stage, Plane::Coronal, &plain, &faded).contains(&[4, 0]));
    // The crosshair's own slice, 14, is none of the frames; 10 is one, but for its edge.
    assert!(stage.text().contains(" slice unseen "), "{}", stage.text());
    stage.keys(&["[", "[", "[", "["]);
    assert!(!stage.text().contains(" slice unseen "), "{}", stage.text());
}

#[test]
fn padded_tubelets_leave_nothing_faded_and_begin_before_the_volume() {
    let mut stage = cut("Tubelet(padding: Pad)");
    assert!(stage.text().contains("tubelets  4×4×4 of 8×8×8 voxels") && stage.text().contains("unseen    0.0 %"));
    let plain = stage.draw();
    stage.keys(&["t"]);
    assert_eq!(stage.draw(), plain, "every voxel is seen");
    stage.keys(&["t"]);
    let grid = stage.draw();
    for [row, column] in differing(&stage, Plane::Axial, &plain, &grid) {
        assert!([6, 14, 22].contains(&row) || [6, 14, 22].contains(&column), "{row} {column}");
    }
    assert!(differing(&stage, Plane::Axial, &plain, &grid).contains(&[0, 6]));
}

#[test]
fn overlapping_tubelets_have_a_border_where_each_begins_or_ends() {
    let mut stage = cut("Tubelet(stride: (6, 6, 6))");
    assert!(stage.text().contains("overlapping, every 6×6×6"), "{}", stage.text());
    stage.keys(&["t"]);
    let margin = stage.draw();
    stage.keys(&["t"]);
    let grid = stage.draw();
    let borders = [6, 8, 12, 14, 18, 20, 26];
    for [row, column] in differing(&stage, Plane::Axial, &margin, &grid) {
        assert!(borders.contains(&row) || borders.contains(&column), "{row} {column}");
    }
}

#[test]
fn larger_screens_show_voxels_larger_and_zoom_follows_the_crosshair() {
    let mut stage = met(2, 200, 60);
    stage.keys(&["X"]);
    let buffer = stage.draw();
    let cells = slice(&stage, Plane::Axial);
    assert_eq!(cells.len(), 56 * 28);
    for (x, y, row, column) in cells {
        assert_eq!(
            (buffer[(x, y)].fg, buffer[(x, y)].bg),
            (grey(voxel(14, row, column)), grey(voxel(14, row, column)))
        );
    }
    stage.keys(&["+"]);
    assert!(stage.text().contains("4×"));
    stage.keys(&["g", "home", "left", "left"]);
    let shown = |stage: &Stage| {
        let cells = slice(stage, Plane::Axial);
        let rows = cells.iter().map(|cell| cell.2);
        (rows.clone().min().unwrap(), rows.max().unwrap())
    };
    let (first, last) = shown(&stage);
    assert!(first > 0 && last < 27 && (first..=last).contains(&14), "{first} to {last}");
    (0..30).for_each(|_| stage.keys(&["down"]));
    assert_eq!(shown(&stage).1, 27);
    stage.keys(&["z"]);
    assert_eq!(shown(&stage), (0, 27));
}

#[test]
fn volumes_that_do_not_fit_are_shown_in_means_and_that_is_said() {
    let mut stage = entered(2, 80, 24);
    stage.effects.clear();
    let voxels = (0..64 * 64 * 64).map(|i: usize| ((i / 4096) + (i / 64 % 64) * 2 + (i % 64)) as u8).collect();
    let volume = Arc::new(Volume { shape: [64, 64, 64, 1], voxels });
    stage.send(Msg::Volume { run: "quickstart-001".into(), which: validation(0), volume });
    stage.keys(&["X"]);
    assert!(stage.text().contains("1:2, means of 2×2 voxels"), "{}", stage.text());
    let buffer = stage.draw();
    let cells = slice(&stage, Plane::Axial);
    assert_eq!(cells.len(), 32 * 16);
    for (x, y, row, column) in cells {
        let value = |row: usize, column: usize| 32.0 + 2.0 * row as f64 + column as f64;
        let mean =
            (value(row, column) + value(row, column + 1) + value(row + 1, column) + value(row + 1, column + 1)) / 4.0;
        assert_eq!(buffer[(x, y)].fg, grey((mean + 0.5) as u8), "{row} {column}");
    }
}

#[test]
fn three_channels_are_shown_in_their_own_colours() {
    let mut stage = entered(2, 120, 40);
    stage.effects.clear();
    let voxels =
        (0..28 * 28 * 28).flat_map(|i: usize| [(i / 784) as u8, (i / 28 % 28) as u8, (i % 28) as u8]).collect();
    let volume = Arc::new(Volume { shape: [28, 28, 28, 3], voxels });
    stage.send(Msg::Volume { run: "quickstart-001".into(), which: validation(0), volume });
    stage.keys(&["X"]);
    let buffer = stage.draw();
    for (x, y, row, column) in slice(&stage, Plane::Axial) {
        assert_eq!(buffer[(x, y)].fg, Color::Rgb(14, row as u8, column as u8));
    }
    assert!(stage.text().contains("value     14 14 14"));
}

#[test]
fn the_arrow_below_the_histogram_covers_no_end_of_its_scale() {
    let mut stage = met(2, 120, 40);
    // The heart of the ball, which is as bright as can be; the dark corner; and what lies between.
    for at in [[10, 13, 17], [0, 0, 0], [10, 13, 18], [10, 13, 19], [10, 13, 22]] {
        stage.app.volumes.view.at = at;
        let text = stage.text();
        let scale = text.lines().find(|line| line.contains("voxels, log")).unwrap_or_else(|| panic!("{text}"));
        let (_, scale) = scale.rsplit_once("││").unwrap_or(("", scale));
        let ends = scale.trim_matches(|char: char| " │▴".contains(char));
        assert!(ends.starts_with('0') && ends.ends_with("255") && scale.contains('▴'), "{at:?}: {scale}");
    }
}

#[test]
fn without_colours_brighter_voxels_take_fuller_characters() {
    let mut stage = met(2, 120, 40);
    stage.look.depth = Depth::Mono;
    stage.keys(&["X"]);
    let buffer = stage.draw();
    let fill = |symbol: &str| [" ", "░", "▒", "▓", "█"].iter().position(|shade| *shade == symbol);
    let (mut dark, mut bright) = (0, 0);
    for (x, y, row, column) in slice(&stage, Plane::Axial) {
        let cell = &buffer[(x, y)];
        assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
        let values = [voxel(14, row, column), voxel(14, row + 1, column)];
        if values.iter().all(|value| *value < 30) {
            assert_eq!(fill(cell.symbol()), Some(0), "{values:?}");
            dark += 1;
        }
        if values.iter().all(|value| (150..170).contains(value)) {
            assert!(matches!(fill(cell.symbol()), Some(2 | 3)), "{values:?} {}", cell.symbol());
            bright += 1;
        }
    }
    assert!(dark > 10 && bright > 3, "{dark} {bright}");
}

// What is asked for.

fn validation(index: usize) -> Which {
    Which { split: SplitName::Validation, index, epoch: None }
}

fn read(index: usize) -> Effect {
    Effect::ReadVolume { run: "quickstart-001".into(), which: validation(index) }
}

fn arrive(stage: &mut Stage, index: usize) {
    stage.send(Msg::Volume { run: "quickstart-001".to_owned(), which: validation(index), volume: ball() });
}

#[test]
fn the_volume_on_the_screen_comes_first_and_its_neighbours_after_it() {
    let mut stage = entered(0, 120, 40);
    assert_eq!(stage.effects, [read(0)]);
    assert!(stage.text().contains("reading volume 0…"));
    stage.effects.clear();
    stage.keys(&["n", "n", "n"]);
    assert_eq!(stage.effects, [read(1), read(2), read(3)], "nobody waits for what is only passed by");
    stage.effects.clear();
    arrive(&mut stage, 1);
    assert_eq!(stage.effects, [], "passed by, and its neighbours are on their way");
    arrive(&mut stage, 3);
    assert_eq!(stage.effects, [read(4)], "2 is on its way");
    stage.effects.clear();
    stage.keys(&["N", "n"]);
    assert_eq!(stage.effects, [], "nothing is asked for twice");
}

#[test]
fn a_volume_that_does_not_come_is_asked_for_again_when_it_is_wanted_again() {
    let mut stage = entered(0, 120, 40);
    stage.effects.clear();
    stage.keys(&["n", "N"]);
    assert_eq!(stage.effects, [read(1)]);
    stage.effects.clear();
    stage.send(Msg::Tick { now_ms: 3_000 });
    stage.keys(&["n", "N"]);
    assert_eq!(stage.effects, [read(1), read(0)]);
    stage.effects.clear();
    stage.keys(&["1", "3"]);
    assert_eq!(stage.effects, [read(0)], "and when the screen is entered again");
}

#[test]
fn many_volumes_can_be_walked_through_and_few_are_kept() {
    let mut stage = met(2, 120, 40);
    for _ in 0..60 {
        stage.keys(&["n"]);
        serve(&mut stage);
    }
    let held = (0..161).filter(|index| stage.app.volumes.held.volume(validation(*index)).is_some()).count();
    assert_eq!(held, MOST_VOLUMES);
    stage.keys(&["N", "N", "N"]);
    assert_eq!(stage.effects, [], "the last ones are here");
}

#[test]
fn what_belongs_to_another_run_is_not_taken_for_this_ones() {
    let mut stage = entered(2, 120, 40);
    stage.effects.clear();
    stage.send(Msg::Volume { run: "other-001".into(), which: validation(0), volume: ball() });
    assert!(stage.app.volumes.shown().is_none());
    serve(&mut stage);
    arrive(&mut stage, 0);
    assert!(stage.app.volumes.shown().is_some());
    let own = stage.app.own.clone().unwrap();
    stage.effects.clear();
    let shown = Shown { name: "older-003".into(), live: false, ..own };
    stage.send(Msg::Opened(Box::new(shown), Vec::new()));
    stage.keys(&["3"]);
    assert!(stage.app.volumes.shown().is_none(), "the other run may have other data");
    let asked = |effect: &Effect| matches!(effect, Effect::ReadVolume { run, .. } if run == "older-003");
    assert!(stage.effects.iter().any(asked), "{:?}", stage.effects);
}

#[test]
fn a_new_evaluation_is_read_by_the_next_tick_and_the_old_one_stands_until_it_is_here() {
    let mut stage = met(2, 120, 40);
    assert!(stage.text().contains("epoch 2 · step 62 · last"));
    follow(&mut stage, 2, 3);
    assert_eq!(stage.effects, [], "facts ask for nothing");
    stage.send(Msg::Tick { now_ms: 1_000 });
    let run = || "quickstart-001".to_owned();
    let path = "predictions/epoch-003.npz".to_owned();
    let wanted = Effect::ReadPredictions { run: run(), split: SplitName::Validation, path };
    assert_eq!(stage.effects, [wanted, Effect::ListCheckpoints { run: run() }]);
    stage.send(Msg::Tick { now_ms: 2_000 });
    assert_eq!(stage.effects.len(), 2, "it is asked for once");
    assert!(stage.text().contains("epoch 2 · step 62 · last"));
    serve(&mut stage);
    assert!(stage.text().contains("epoch 3 · step 93 · last"));
}

#[test]
fn a_volume_that_leaves_the_filter_stays_on_the_screen_until_the_user_goes_on() {
    let mut stage = met(1, 120, 40);
    stage.keys(&["a"]);
    serve(&mut stage);
    let predicted = |epoch: u64| -> Vec<bool> {
        let (probabilities, labels) = (probabilities(epoch), labels());
        let rows = probabilities.chunks(CLASSES).zip(labels);
        rows.map(|(row, label)| metrics::predicted_class(row) == usize::from(label)).collect()
    };
    let (first, fourth) = (predicted(1), predicted(4));
    let leaves = (0..161).find(|index| !first[*index] && fourth[*index]).unwrap();
    while stage.app.volumes.current != leaves {
        stage.keys(&["n"]);
    }
    serve(&mut stage);
    follow(&mut stage, 1, 4);
    stage.send(Msg::Tick { now_ms: 1_000 });
    serve(&mut stage);
    assert_eq!(stage.app.volumes.current, leaves);
    let wrong = fourth.iter().filter(|right| !**right).count();
    assert!(stage.text().contains(&format!("– of {wrong} · left them")), "{}", stage.text());
    stage.keys(&["n"]);
    let next = (leaves..161).find(|index| !fourth[*index]).unwrap();
    assert!(stage.app.volumes.walk.place_of(stage.app.volumes.current).is_some());
    assert!(stage.app.volumes.current >= next || stage.app.volumes.current < leaves);
}

// Which volumes are met.

#[test]
fn every_cell_of_the_confusion_matrix_opens_exactly_its_volumes() {
    let mut stage = met(2, 120, 40);
    let classes: Vec<String> = stage::catalogue().classes;
    let found = metrics::report(&probabilities(2), &labels(), &classes, 0.0).unwrap();
    assert_eq!(found.confusion, report(2).confusion, "the fixture is what it says");
    for (truth, row) in found.confusion.iter().enumerate() {
        for (predicted, count) in row.iter().enumerate() {
            stage.keys(&["2"]);
            stage.effects.extend(volumes::show_cell(&mut stage.app, SplitName::Validation, truth, predicted));
            assert_eq!(stage.app.screen, Screen::Volumes);
            let mut walked = Vec::new();
            for place in 0..*count {
                serve(&mut stage);
                let index = stage.app.volumes.current;
                walked.push(index);
                let verdict = volumes::verdict(&stage.app, index).unwrap();
                assert_eq!((verdict.label, verdict.predicted), (truth, predicted));
                if place < 2 {
                    let words = format!("{} of {count}", place + 1);
                    assert!(stage.text().contains(&words), "{words}\n{}", stage.text());
                    let words = if truth == predicted {
                        format!("{} recognised", classes[truth])
                    } else {
                        format!("{} taken for {}", classes[truth], classes[predicted])
                    };
                    // What has no room in the pane ends in an ellipsis.
                    assert!(stage.text().contains(&words[..25.min(words.len())]), "{words}\n{}", stage.text());
                }
                stage.keys(&["n"]);
            }
            walked.sort_unstable();
            walked.dedup();
            assert_eq!(walked.len() as u64, *count, "each once, and round again");
            if *count == 0 {
                assert!(stage.text().contains("No validation volume:"), "{}", stage.text());
            }
        }
    }
    stage.keys(&["r"]);
    assert!(stage.text().contains("of 161"));
}

#[test]
fn a_cell_can_be_opened_before_its_predictions_are_read() {
    let mut stage = Stage::begun(120, 40);
    let catalogue = vivit_tui::app::Catalogue { validation: labels().into(), ..stage::catalogue() };
    stage.send(Msg::Catalogue(Arc::new(catalogue)));
    follow(&mut stage, 0, 2);
    let confusion = report(2).confusion;
    let (truth, predicted, count) = (0..CLASSES)
        .flat_map(|truth| (0..CLASSES).map(move |predicted| (truth, predicted)))
        .filter(|(truth, predicted)| truth != predicted)
        .map(|(truth, predicted)| (truth, predicted, confusion[truth][predicted]))
        .max_by_key(|(.., count)| *count)
        .unwrap();
    let effects = volumes::show_cell(&mut stage.app, SplitName::Validation, truth, predicted);
    assert!(matches!(effects.as_slice(), [Effect::ReadPredictions { .. }]), "{effects:?}");
    assert!(stage.text().contains("The predictions are being read…"));
    stage.effects = effects;
    serve(&mut stage);
    assert!(stage.text().contains(&format!("1 of {count}")), "{}", stage.text());
    assert!(stage.app.volumes.shown().is_some());
}

#[test]
fn wrong_answers_right_answers_and_classes_are_filters() {
    let mut stage = met(2, 120, 40);
    let confusion = report(2).confusion;
    let right: u64 = (0..CLASSES).map(|class| confusion[class][class]).sum();
    let count = |stage: &Stage| stage.app.volumes.walk.indices.len() as u64;
    stage.keys(&["a"]);
    assert_eq!(count(&stage), 161 - right);
    assert!(stage.text().contains("wrong answers"));
    stage.keys(&["a"]);
    assert_eq!(count(&stage), right);
    stage.keys(&["d"]);
    assert_eq!(count(&stage), confusion[0][0]);
    assert!(stage.text().contains("liver, right answers"));
    stage.keys(&["a", "D", "D"]);
    assert_eq!(count(&stage), confusion[10].iter().sum::<u64>());
    stage.keys(&["d"]);
    assert_eq!(count(&stage), 161);
}

#[test]
fn the_order_goes_by_confidence() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["o"]);
    assert!(stage.text().contains("1 of 161 · unsure first"), "{}", stage.text());
    let confidence = |stage: &Stage| volumes::verdict(&stage.app, stage.app.volumes.current).unwrap().confidence();
    let mut last = 0.0;
    for _ in 0..20 {
        assert!(confidence(&stage) >= last);
        last = confidence(&stage);
        stage.keys(&["n"]);
    }
    stage.keys(&["o"]);
    let verdict = volumes::verdict(&stage.app, stage.app.volumes.current).unwrap();
    assert!(!verdict.right() && verdict.confidence() > 0.5);
}

#[test]
fn a_split_without_predictions_says_how_to_get_them() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["s"]);
    assert_eq!(stage.app.volumes.split, SplitName::Test);
    assert!(stage.text().contains("evaluated once"), "{}", stage.text());
    stage.keys(&["s"]);
    serve(&mut stage);
    let text = stage.text();
    assert!(text.contains("train 0") && text.contains(":evaluate train"), "{text}");
    assert!(text.contains("label     liver"), "labels are known all the same");
    stage.keys(&["a"]);
    assert!(stage.text().contains("No train volume: wrong answers."), "{}", stage.text());
    stage.keys(&["r"]);
    assert!(stage.text().contains("1 of 971"));
}

#[test]
fn predictions_of_other_volumes_are_not_shown_as_these_ones() {
    let mut stage = entered(2, 120, 40);
    stage.effects.clear();
    let path = "predictions/epoch-002.npz".to_owned();
    let mut labels = labels();
    labels[5] ^= 1;
    let probabilities = probabilities(2);
    let predictions = Predictions { split: SplitName::Validation, path, classes: CLASSES, probabilities, labels };
    stage.send(Msg::Predictions { run: "quickstart-001".into(), predictions: Arc::new(predictions) });
    assert!(stage.text().contains("The predictions of this run are of"), "{}", stage.text());
    assert_eq!(volumes::verdict(&stage.app, 0), Err(volumes::Lacking::Match));
}

#[test]
fn without_data_the_screen_says_why() {
    let mut stage = Stage::begun(120, 40);
    stage.app.own.as_mut().unwrap().catalogue = None;
    stage.keys(&["3"]);
    assert!(stage.text().contains("being opened"));
    assert_eq!(stage.effects, []);
    stage.app.own.as_mut().unwrap().no_volumes = Some("organmnist3d.npz is not here".into());
    assert!(stage.text().contains("organmnist3d.npz is not here"));
    stage.keys(&["n", "s", "p", "a", "d", "o", "j", "+"]);
    stage.text();
}

#[test]
fn probabilities_are_bars_and_label_and_prediction_are_marked() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["a"]);
    let verdict = volumes::verdict(&stage.app, stage.app.volumes.current).unwrap();
    let classes = stage::catalogue().classes;
    let (label, taken) = (classes[verdict.label].clone(), classes[verdict.predicted].clone());
    let figure = format!("{:.1} %", verdict.confidence() * 100.0);
    let loss = format!("{:.4}", verdict.loss());
    let text = stage.text();
    let line = |start: &str| text.lines().any(|line| line.contains(start));
    assert!(line(&format!("◆  {label}")), "{text}");
    assert!(line(&format!("▸ {taken}")), "{text}");
    assert!(line(&format!("✗ {taken} · wrong")), "{text}");
    assert!(line(&format!("{loss} · confidence {figure}")), "{text}");
    assert!(classes.iter().all(|class| line(class)));
    stage.keys(&["a"]);
    assert!(stage.text().contains("· right"));
    assert!(stage.text().contains("◆▸ "));
}

// Time and the mouse.

#[test]
fn playback_goes_through_the_slices_while_the_run_is_trained() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["X", "p"]);
    assert!(next_tick_ms(&stage.app) <= 100);
    let mut seen = Vec::new();
    let mut facts = evaluated().into_iter().skip(70);
    for tick in 0..30 {
        stage.send(Msg::Tick { now_ms: 10_000 + tick * 100 });
        stage.fact(facts.next().unwrap());
        seen.push(stage.app.volumes.view.at[0]);
    }
    let expected: Vec<usize> = (0..30).map(|tick| (14 + tick) % 28).collect();
    assert_eq!(seen, expected);
    assert_exact(&stage, [15, 14, 14], grey);
    stage.keys(&["1"]);
    assert_eq!(next_tick_ms(&stage.app), 1000, "nobody sees it");
    stage.keys(&["3", "p"]);
    assert_eq!(next_tick_ms(&stage.app), 1000);
}

#[test]
fn the_mouse_puts_the_crosshair_leafs_and_picks_from_the_walk() {
    let mut stage = met(2, 120, 40);
    let (x, y, row, column) = slice(&stage, Plane::Sagittal)[28 * 3 + 5];
    stage.mouse(Mouse::Click, x, y);
    assert_eq!(stage.app.volumes.view.at, [row, column, 14]);
    assert_eq!(stage.app.volumes.view.focus, Plane::Sagittal);
    let (x, y, ..) = slice(&stage, Plane::Axial)[0];
    stage.mouse(Mouse::WheelDown, x, y);
    stage.mouse(Mouse::WheelDown, x, y);
    stage.mouse(Mouse::WheelUp, x, y);
    assert_eq!(stage.app.volumes.view.at, [row + 1, column, 14]);
    let text = stage.text();
    let (y, line) = text.lines().enumerate().find(|(_, line)| line.starts_with("│   3 ")).expect("the walk is listed");
    assert!(line.contains("femur-right"), "{line}");
    stage.mouse(Mouse::Click, 8, y as u16);
    assert_eq!(stage.app.volumes.current, 3);
}

// Real pictures.

const KINDS: [Graphics; 3] = [Graphics::Kitty, Graphics::Sixel, Graphics::Iterm2];

fn pictured(graphics: Graphics, columns: u16, rows: u16) -> Stage {
    let mut stage = met(2, columns, rows);
    stage.look.pictures.graphics = graphics;
    stage
}

/// The symbols that are longer than a character with its marks: the pictures.
fn pictures(buffer: &Buffer) -> Vec<&str> {
    buffer.content.iter().map(ratatui::buffer::Cell::symbol).filter(|symbol| symbol.contains('\x1b')).collect()
}

#[test]
fn pictures_in_every_protocol_are_the_very_voxels_enlarged() {
    for graphics in KINDS {
        let mut stage = pictured(graphics, 120, 40);
        stage.keys(&["X"]);
        let buffer = stage.draw();
        let pictures = pictures(&buffer);
        assert_eq!(pictures.len(), 3, "{graphics:?}: a picture a plane");
        let ground = stage.look.themes.clone();
        let paint = vivit_tui::ui::theme::Paint::new(&ground, stage.app.theme, Depth::True);
        let ground = paint.rgb(vivit_tui::ui::theme::Role::Background);
        for (symbol, plane) in pictures.into_iter().zip(Plane::ALL) {
            let start = match graphics {
                Graphics::Kitty => "\x1b_Gq=2,i=",
                Graphics::Sixel | Graphics::Iterm2 => "\x1b[",
                Graphics::HalfBlocks => unreachable!(),
            };
            assert!(symbol.starts_with(start), "{graphics:?}");
            let (width, height, rgb) = match graphics {
                Graphics::Kitty => kitty(symbol),
                Graphics::Sixel => sixel(symbol),
                _ => iterm2(symbol),
            };
            // 38 columns of 10 pixels, 13 a voxel; in 19 rows of 20 pixels.
            assert_eq!((width, height, rgb.len()), (370, 380, 370 * 380 * 3), "{graphics:?}");
            for (place, pixel) in rgb.chunks(3).enumerate() {
                let (y, x) = (place / width, place % width);
                let dot =
                    |at: usize, before: usize| at.checked_sub(before).map(|at| at / 13).filter(|voxel| *voxel < 28);
                let expected = match (dot(y, 8), dot(x, 3)) {
                    (Some(row), Some(column)) => {
                        [match plane {
                            Plane::Axial => voxel(14, row, column),
                            Plane::Coronal => voxel(row, 14, column),
                            Plane::Sagittal => voxel(row, column, 14),
                        }; 3]
                    }
                    _ => ground,
                };
                // Sixel has colours in whole percents: half a percent is 1.3 of 255.
                let tolerance = if graphics == Graphics::Sixel { 2 } else { 0 };
                let near = pixel.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= tolerance);
                assert!(near, "{graphics:?} {plane:?} {x} {y}: {pixel:?} for {expected:?}");
            }
        }
    }
}

#[test]
fn a_frame_with_nothing_new_encodes_and_sends_nothing() {
    for graphics in KINDS {
        let mut stage = pictured(graphics, 120, 40);
        let first = stage.draw();
        assert_eq!(stage.look.pictures.encoded(), 3);
        stage.fact(evaluated().into_iter().nth(80).unwrap());
        let second = stage.draw();
        assert_eq!(stage.look.pictures.encoded(), 3, "{graphics:?}");
        let sent = first.diff(&second);
        assert!(sent.iter().all(|(_, y, _)| *y < 2), "only the header moves: {sent:?}");
        stage.keys(&["right"]);
        stage.draw();
        assert_eq!(stage.look.pictures.encoded(), 6, "the crosshair is in all three");
    }
}

#[test]
fn no_picture_is_left_under_an_overlay_on_another_screen_or_after_a_resize() {
    for graphics in KINDS {
        let mut stage = pictured(graphics, 120, 40);
        for (keys, back) in [(&["?"][..], "j"), (&["q"], "esc"), (&["x"], "esc"), (&["1"], "3"), (&["enter"], "enter")]
        {
            let with = stage.draw();
            assert_eq!(pictures(&with).len(), 3, "{graphics:?} before {keys:?}");
            stage.keys(keys);
            let without = stage.draw();
            let left = usize::from(keys == ["enter"]);
            assert_eq!(pictures(&without).len(), left, "{graphics:?} {keys:?}");
            // Wherever there was a picture and is none, the terminal is sent something to stand there.
            let sent: Vec<(u16, u16)> = with.diff(&without).into_iter().map(|(x, y, _)| (x, y)).collect();
            let is_picture = |cell: &ratatui::buffer::Cell| cell.diff_option != ratatui::buffer::CellDiffOption::None;
            for position in with.area.positions().filter(|at| is_picture(&with[*at]) && !is_picture(&without[*at])) {
                assert!(sent.contains(&(position.x, position.y)), "{graphics:?} {keys:?} {position:?}");
            }
            if keys == ["?"] {
                stage.keys(&["esc"]);
            } else {
                stage.keys(&[back]);
            }
            assert_eq!(
                without.diff(&stage.draw()).iter().filter(|(.., cell)| cell.symbol().contains('\x1b')).count(),
                3
            );
        }
        stage.keys(&[":"]);
        assert_eq!(pictures(&stage.draw()).len(), 3, "the command line covers none of them");
        stage.keys(&["esc"]);
        stage.send(Msg::Resized { columns: 80, rows: 24 });
        assert_eq!(pictures(&stage.draw()).len(), 1);
    }
}

#[test]
fn the_mouse_finds_voxels_in_pictures_too() {
    let mut stage = pictured(Graphics::Sixel, 120, 40);
    let cells = slice(&stage, Plane::Axial);
    assert_eq!(cells.len(), 37 * 19);
    assert_eq!((cells[0].2, cells[0].3), (0, 0));
    assert_eq!((cells[37 * 19 - 1].2, cells[37 * 19 - 1].3), (27, 27));
    let (y, _) = stage.text().lines().enumerate().find(|(_, line)| line.starts_with("│   3 ")).unwrap();
    assert_eq!(target(&stage, 8, y as u16), Target::Item(3), "the walk stands lower below taller slices");
    stage.look.pictures.graphics = Graphics::HalfBlocks;
    assert_eq!(slice(&stage, Plane::Axial).len(), 28 * 14);
}

#[test]
fn who_wants_no_colours_gets_no_pictures() {
    let mut stage = pictured(Graphics::Kitty, 120, 40);
    stage.look.depth = Depth::Mono;
    assert_eq!(pictures(&stage.draw()).len(), 0);
    assert!(stage.text().contains("1×, in shades"));
}

// Whole screens.

/// Every size and every kind of terminal, drawn and pointed at.
fn draw_at_every_size(mut stage: Stage) {
    #[rustfmt::skip]
    let sizes = [
        (1, 1), (2, 1), (1, 2), (3, 3), (5, 2), (10, 4), (19, 5), (20, 6), (39, 11), (40, 10), (79, 23), (80, 23),
        (79, 24), (80, 24), (104, 40), (105, 31), (120, 40), (160, 24), (300, 100),
    ];
    stage.app.screen = Screen::Volumes;
    for (columns, rows) in sizes {
        stage.send(Msg::Resized { columns, rows });
        for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
            stage.look.depth = depth;
            assert_eq!(stage.draw().area, Rect::new(0, 0, columns, rows));
        }
        stage.look.depth = Depth::True;
        if columns <= 80 {
            stage.look.pictures.graphics = KINDS[usize::from(columns + rows) % 3];
            stage.draw();
        }
        for y in 0..rows.min(40) {
            target(&stage, columns / 3, y);
        }
        stage.look.pictures.graphics = Graphics::HalfBlocks;
    }
}

#[test]
fn no_size_panics_before_within_or_after_a_run() {
    draw_at_every_size(Stage::empty(80, 24));
    draw_at_every_size(entered(0, 80, 24));
    draw_at_every_size(met(3, 80, 24));
    let mut zoomed = met(3, 80, 24);
    zoomed.keys(&["enter", "+", "+", "+", "t", "t", "p", "o", "a"]);
    draw_at_every_size(zoomed);
    let mut ended = met(8, 80, 24);
    ended.send(Msg::Ended { code: 0, failure: None });
    draw_at_every_size(ended);
}

#[test]
fn at_80x24() {
    insta::assert_snapshot!(met(2, 80, 24).picture());
}

#[test]
fn at_120x40() {
    insta::assert_snapshot!(met(2, 120, 40).picture());
}

#[test]
fn at_200x60() {
    insta::assert_snapshot!(met(2, 200, 60).picture());
}

#[test]
fn at_40x10() {
    insta::assert_snapshot!(met(2, 40, 10).picture());
}

#[test]
fn a_wrong_answer_of_a_cell_with_tubelets_at_120x40() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["a", "o", "o", "t", "t", "v", "f"]);
    serve(&mut stage);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn without_colours_at_120x40() {
    let mut stage = met(2, 120, 40);
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn one_plane_alone_at_120x40() {
    let mut stage = met(2, 120, 40);
    stage.keys(&["f", "enter"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn before_the_first_validation_at_120x40() {
    insta::assert_snapshot!(met(0, 120, 40).picture());
}

#[test]
fn evidence_at_120x40() {
    insta::assert_snapshot!(evidence::explained().picture());
}

#[test]
fn evidence_at_80x24() {
    let mut stage = met(2, 80, 24);
    stage.keys(&["E"]);
    evidence::live(&mut stage, evidence::question(0, Method::Occlusion), 70);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn evidence_without_colours_at_120x40() {
    let mut stage = evidence::explained();
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!(stage.picture());
}
