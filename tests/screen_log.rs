//! The Log screen, through the real way of an event: lines and keys in, a picture out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::expect_used)]

#[path = "common/stage.rs"]
mod stage;

use stage::{Stage, recorded};
use vivit_tui::app::log::{Level, LogLine, parse, words};
use vivit_tui::app::{Mouse, Msg, Shown};
use vivit_tui::event::TrainEvent;
use vivit_tui::ui::theme::Depth;

const SIZES: [(u16, u16); 4] = [(80, 24), (120, 40), (200, 60), (40, 10)];

fn line(time: &str, level: Level, text: &str) -> Msg {
    Msg::Log(LogLine { time: time.into(), level, text: text.into() })
}

/// What the recorded run leaves in the log, and what a driver, a warning and an error add to it.
fn logged(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::after(150, columns, rows);
    stage.keys(&["6"]);
    for (level, text) in recorded().iter().filter_map(words) {
        stage.send(line("2026-11-23T23:59:58Z", level, &text));
    }
    let driver = "\u{1b}[31mMESA-LOADER: failed to open dri:\u{1b}[0m\t/usr/lib/dri/swrast_dri.so: cannot open shared object \
                  file: No such file or directory (search paths /usr/lib/x86_64-linux-gnu/dri, suffix _dri)";
    stage.send(line("2026-11-23T23:59:59Z", Level::Output, driver));
    stage.send(line("2026-11-24T00:00:03Z", Level::Warning, "the GPU is a software adapter; it will be slow"));
    stage.send(line("2026-11-24T00:00:04Z", Level::Error, "failed after step 248: out of memory"));
    stage
}

#[test]
fn the_log_follows_the_newest_line() {
    for (columns, rows) in SIZES {
        insta::assert_snapshot!(format!("log_{columns}x{rows}"), logged(columns, rows).picture());
    }
}

#[test]
fn matches_are_marked_and_gone_through() {
    for (columns, rows) in SIZES {
        let mut stage = logged(columns, rows);
        stage.keys(&["/"]);
        stage.types("accuracy");
        stage.keys(&["enter", "N", "N"]);
        insta::assert_snapshot!(format!("log_search_{columns}x{rows}"), stage.picture());
    }
}

#[test]
fn levels_are_told_without_colours() {
    let mut stage = logged(120, 40);
    stage.look.depth = Depth::Mono;
    insta::assert_snapshot!("log_mono_120x40", stage.picture());
}

#[test]
fn the_level_key_leaves_out_what_matters_less() {
    let mut stage = logged(120, 40);
    let has = |stage: &Stage| {
        let text = stage.text();
        ["MESA-LOADER", "finished after step 248", "software adapter", "out of memory"]
            .map(|words| text.contains(words))
    };
    let mut seen = vec![has(&stage)];
    for _ in 0..4 {
        stage.keys(&["v"]);
        seen.push(has(&stage));
    }
    let expected = [
        [true, true, true, true],
        [false, true, true, true],
        [false, false, true, true],
        [false, false, false, true],
        [true, true, true, true],
    ];
    assert_eq!(seen, expected);
}

#[test]
fn foreign_output_cannot_tear_the_screen() {
    let mut stage = logged(80, 24);
    let evil = [
        "\u{1b}[2J\u{1b}[1;1Hcleared?",
        "\u{1b}]0;title\u{7}\u{1b}[?1049l",
        "tab\there\tand\tthere",
        "50 %\r100 %\r",
        "\u{202e}right to left",
        "肝臓 wide letters 肝臓",
        "two\nlines",
    ];
    for text in evil {
        stage.send(line("2026-11-24T00:00:05Z", Level::Output, text));
    }
    stage.send(line("2026-11-24T00:00:05Z", Level::Output, &"very long ".repeat(10_000)));
    stage.keys(&["g"]);
    stage.keys(&["w", "G"]);
    for cell in &stage.draw().content {
        assert!(!cell.symbol().chars().any(char::is_control), "{:?}", cell.symbol());
    }
    let text = stage.text();
    for words in ["cleared?", "tab     here", " 100 %", "wide letters", " two", " lines"] {
        assert!(text.contains(words), "{words:?} is missing in\n{text}");
    }
    assert!(!text.contains("title") && !text.contains("1049"), "{text}");
    assert!(text.lines().skip(2).take(21).all(|line| line.ends_with(['│', '╮', '╯'])), "the frame is whole:\n{text}");
}

#[test]
fn scrolling_up_stays_where_it_is_until_the_newest_is_wanted_again() {
    let mut stage = logged(80, 24);
    assert!(stage.text().contains("▼ follows"));
    stage.mouse(Mouse::WheelUp, 10, 10);
    let before = stage.text();
    assert!(before.contains("‖ stays"));
    stage.send(line("2026-11-24T00:00:05Z", Level::Info, "later"));
    assert_eq!(stage.text(), before);
    for key in ["G", "f", "end"] {
        stage.keys(&["k", "k"]);
        assert!(!stage.text().contains("later"));
        stage.keys(&[key]);
        assert!(stage.text().contains("later") && stage.text().contains("▼ follows"), "{key}");
    }
}

#[test]
fn cut_lines_are_read_sideways() {
    let mut stage = logged(80, 24);
    stage.keys(&["w"]);
    assert!(!stage.text().contains("suffix _dri"));
    for _ in 0..40 {
        stage.keys(&["right"]);
    }
    assert!(stage.text().contains("suffix _dri)"), "{}", stage.text());
    stage.keys(&["w"]);
    assert!(stage.text().contains("suffix _dri)"), "broken into rows it is whole again");
}

#[test]
fn an_opened_run_shows_its_own_lines_and_what_it_says_since() {
    let mut stage = logged(120, 40);
    let text = "2026-11-20T08:00:00Z info    started other-001 on cpu\n2026-11-20T08:00:09Z warning: an older log\n";
    let other = Shown { name: "other-001".into(), live: true, ..Shown::default() };
    stage.send(Msg::Opened(Box::new(other), text.lines().map(parse).collect()));
    stage.keys(&["6"]);
    let events = vec![TrainEvent::Warned { message: "it is late".into() }];
    stage.send(Msg::Followed { name: "other-001".into(), events, live: true });
    let text = stage.text();
    for words in ["log of other-001", "started other-001", "▲ warning", "it is late"] {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
    assert!(!text.contains("out of memory"), "that is this process's");
    stage.keys(&["esc"]);
    assert!(stage.text().contains("out of memory"));
}

#[test]
fn no_size_panics_in_any_depth_and_any_state() {
    let mut empty = Stage::empty(80, 24);
    empty.keys(&["6"]);
    let mut up = logged(80, 24);
    up.keys(&["g"]);
    let mut cut = logged(80, 24);
    cut.keys(&["w", "l", "l", "l"]);
    let mut searched = logged(80, 24);
    searched.keys(&["/"]);
    searched.types("checkpoint");
    let mut errors = logged(80, 24);
    errors.keys(&["v", "v", "v"]);
    for stage in [&mut empty, &mut up, &mut cut, &mut searched, &mut errors, &mut logged(80, 24)] {
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono] {
                stage.look.depth = depth;
                stage.draw();
            }
            stage.keys(&["pgup", "n", "pgdn"]);
        }
    }
}

#[test]
fn every_key_of_the_screen_changes_the_picture_or_says_why_not() {
    let screen = vivit_tui::app::log::KEYS;
    for key in screen.iter().flat_map(|binding| binding.keys) {
        let mut stage = logged(80, 24);
        // From the middle every direction is open, and there is something to find.
        stage.keys(&["/"]);
        stage.types("epoch");
        stage.keys(&["enter", "pgup", "down", "down", "w", "right"]);
        let before = (stage.picture(), format!("{:?}", stage.app.overlay));
        stage.send(Msg::Key(*key));
        assert_ne!(before, (stage.picture(), format!("{:?}", stage.app.overlay)), "{key}");
    }
}
