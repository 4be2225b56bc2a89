//! The Model screen as a user sees it: from events and keys to the picture.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "common/stage.rs"]
mod stage;

use stage::Stage;
use vivit_tui::app::{Mouse, Msg, Shown};
use vivit_tui::ui::Look;
use vivit_tui::ui::theme::Depth;

/// A stage on the Model screen.
fn begun(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::after(40, columns, rows);
    stage.keys(&["5"]);
    stage
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
fn the_picture_and_the_parameters_fit_80_by_24() {
    let mut stage = begun(80, 24);
    stage.keys(&["j", "j", "j"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn the_configuration_takes_the_place_of_the_parameters_at_80_by_24() {
    let mut stage = begun(80, 24);
    stage.keys(&["n", "n"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn all_three_sections_are_in_sight_at_120_by_40() {
    insta::assert_snapshot!(begun(120, 40).picture());
}

#[test]
fn the_boxes_say_what_they_do_at_200_by_60() {
    let mut stage = begun(200, 60);
    stage.keys(&["l", "j", "j", "j", "j"]);
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn what_is_too_small_for_all_shows_the_section_that_the_keys_move_through() {
    let mut stage = begun(40, 10);
    insta::assert_snapshot!(stage.picture());
    stage.keys(&["l"]);
    assert!(stage.text().contains("▸ parameters"));
    stage.keys(&["l"]);
    assert!(stage.text().contains("▸ configuration"));
    stage.keys(&["l"]);
    assert!(stage.text().contains("▸ architecture"));
}

#[test]
fn without_colours_the_marks_are_characters_and_weight() {
    let mut stage = begun(80, 24);
    stage.look = Look::new(Depth::Mono);
    stage.keys(&["n"]);
    insta::assert_snapshot!(stage.picture());
}

/// A stage on the Model screen of a run with another model.
fn of(model: &str, columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::of(model, columns, rows);
    stage.keys(&["5"]);
    stage
}

const ENCODER: &str = "attention: FactorisedEncoder(), pooling: Cls, mlp_output: Linear";

#[test]
fn two_encoders_stand_below_each_other_with_the_shapes_between_them() {
    let stage = of(ENCODER, 200, 80);
    let text = stage.text();
    for words in ["space, 8 blocks", "time, 4 blocks", "same time: space", "3×10×128", "4×128", "3×128"] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(text.contains("temporal block 4: MLP") && text.contains("2,448,907"), "{text}");
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn the_picture_follows_the_cursor_into_the_second_encoder_at_80_by_24() {
    let mut stage = of(ENCODER, 80, 24);
    assert!(stage.text().contains("space, 8 blocks") && !stage.text().contains("11 classes"), "{}", stage.text());
    stage.keys(&["G", "k", "k", "k"]);
    let text = stage.text();
    assert!(text.contains("time, 4 of 4") && text.contains("▸ temporal block 4: attention"), "{text}");
    insta::assert_snapshot!(stage.picture());
}

#[test]
fn a_click_in_the_second_encoder_selects_its_part() {
    let mut stage = of(ENCODER, 200, 80);
    stage.keys(&["j", "j", "j", "j", "j", "j", "j"]);
    assert!(stage.text().contains("space, 2 of 8"), "{}", stage.text());
    let (x, y) = place(&stage, "time, 4 blocks");
    let rest: Vec<String> = stage.text().lines().skip(usize::from(y)).map(str::to_owned).collect();
    let below = rest.iter().position(|line| line.contains("linear 128 → 512")).unwrap();
    stage.mouse(Mouse::Click, x + 8, y + u16::try_from(below).unwrap());
    assert!(stage.text().contains("▸ temporal block 1: MLP"), "{}", stage.text());
}

#[test]
fn a_block_that_attends_twice_shows_both() {
    let stage = of("attention: FactorisedSelfAttention", 120, 56);
    let text = stage.text();
    assert!(text.contains("same time: space") && text.contains("same place: time"), "{text}");
    insta::assert_snapshot!(stage.picture());
    let text = of("attention: FactorisedDotProduct, positions: Sinusoidal", 120, 44).text();
    assert!(text.contains("half space, half time") && text.contains("sinusoids"), "{text}");
}

#[test]
fn frames_and_padding_are_said_in_the_picture() {
    let text = of("embedding: UniformFrames()", 120, 40).text();
    assert!(text.contains("patches of 8×8") && text.contains("4 of 28"), "{text}");
    assert!(text.contains("sees frames 3, 10, 17 and 24 of 28: 10.5 %"), "{text}");
    let text = of("embedding: Tubelet(padding: Pad)", 120, 40).text();
    assert!(text.contains("padded") && text.contains("sees all voxels") && text.contains("100.0 %"), "{text}");
}

#[test]
fn the_sums_are_those_of_the_model() {
    let text = begun(120, 40).text();
    let sums = text.lines().find(|line| line.contains("│  all ")).unwrap();
    assert!(sums.contains("1,656,971") && sums.contains("100.0 %") && sums.contains("91.462"), "{sums}");
    assert!(text.contains("memory: weights 6.3 MiB, a training step about 171.7 MiB"));
}

#[test]
fn what_the_model_never_sees_is_said() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let text = begun(columns, rows).text();
        assert!(text.contains("margin of 4") && text.contains("sees 63.0 %"), "{text}");
    }
}

#[test]
fn values_that_are_not_the_default_are_marked_with_their_default() {
    let mut stage = begun(200, 60);
    let text = stage.text();
    let line = |path: &str| text.lines().find(|line| line.contains(path)).unwrap().to_owned();
    assert!(line("training.epochs").contains("◆ training.epochs"));
    assert!(line("training.epochs").contains("= 8     default 60"), "{}", line("training.epochs"));
    assert!(line("learning_rate").contains("= 3e-4  default 1e-4"));
    assert!(!line("data.batch").contains('◆') && !line("data.batch").contains("default"));
    assert!(text.contains("◆ 2 of 52 not the default"), "{text}");
    stage.keys(&["n"]);
    assert!(stage.text().contains("▸ configuration"));
}

#[test]
fn the_part_under_the_cursor_is_marked_in_the_picture_too() {
    let mut stage = begun(120, 40);
    assert!(stage.text().contains("─ 8 blocks ─"));
    stage.keys(&["j", "j", "j", "j", "j", "j"]);
    let text = stage.text();
    assert!(text.contains("─ block 2 of 8 ─") && text.contains("▸ block 2: attention"), "{text}");
    let (x, y) = place(&stage, "attention, 8 heads");
    let buffer = stage.draw();
    assert!(buffer[(x, y)].modifier.contains(ratatui::style::Modifier::UNDERLINED));
    let (x, y) = place(&stage, "MLP 128");
    assert!(!buffer[(x, y)].modifier.contains(ratatui::style::Modifier::UNDERLINED));
}

#[test]
fn a_click_in_the_picture_selects_the_part() {
    for (columns, rows, words) in [(80, 24, "MLP, 128"), (120, 40, "MLP 128"), (200, 60, "linear 512 → 128, GELU")] {
        let mut stage = begun(columns, rows);
        let (x, y) = place(&stage, words);
        stage.mouse(Mouse::Click, x + 1, y);
        assert!(stage.text().contains("▸ block 1: MLP"), "{columns}×{rows}\n{}", stage.text());
    }
}

#[test]
fn a_click_on_a_key_selects_it_and_the_wheel_moves_on() {
    let mut stage = begun(120, 40);
    let (x, y) = place(&stage, "data.batch");
    stage.mouse(Mouse::Click, x, y);
    assert!(stage.text().contains("▸ configuration"));
    let bold = |stage: &Stage, text: &str| {
        let (x, y) = place(stage, text);
        stage.draw()[(x + 5, y)].modifier.contains(ratatui::style::Modifier::BOLD)
    };
    assert!(bold(&stage, "data.batch"));
    stage.mouse(Mouse::WheelDown, x, y);
    assert!(bold(&stage, "data.loader") && !bold(&stage, "data.batch"));
}

#[test]
fn a_run_whose_model_is_not_known_says_so() {
    let mut stage = Stage::empty(120, 40);
    stage.send(Msg::Opened(Box::new(Shown { name: "old-001".into(), ..Shown::default() }), Vec::new()));
    stage.keys(&["5"]);
    let text = stage.text();
    assert!(text.contains("the model of this run is not known"), "{text}");
}

#[test]
fn no_size_panics_in_any_depth() {
    let encoder = || Stage::of(ENCODER, 1, 1);
    for make in [|| Stage::empty(1, 1), || Stage::begun(1, 1), || begun(1, 1), || Stage::ended(1, 1), encoder] {
        let mut stage = make();
        stage.keys(&["5"]);
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
                stage.look = Look::new(depth);
                stage.keys(&["l", "pgdn"]);
                stage.draw();
            }
            for (x, y) in [(0, 0), (columns / 2, rows / 2), (columns - 1, rows - 1)] {
                stage.mouse(Mouse::Click, x, y);
                stage.keys(&["5"]);
            }
        }
    }
}
