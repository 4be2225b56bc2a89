//! The Live screen as a user sees it: events in, picture out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "common/stage.rs"]
mod stage;

use stage::{Stage, recorded};
use vivit_tui::app::machine::{GpuSample, Sample};
use vivit_tui::app::{Begun, Mouse, Msg, Parent, Run, Shown};
use vivit_tui::event::{NotFinite, PauseReason, Started, StepTimes, Stepped, TrainEvent};
use vivit_tui::ui::Look;
use vivit_tui::ui::theme::Depth;

const DEPTHS: [Depth; 4] = [Depth::True, Depth::Indexed, Depth::Ansi, Depth::Mono];

/// In the middle of the sixth epoch.
const MIDDLE: usize = 182;

fn sample(tenths: u32) -> Sample {
    let share = f64::from(tenths) / 10.0;
    Sample {
        cpu: share,
        cpu_process: share * 0.9,
        cores: 16,
        memory_process: 812_000_000,
        memory_used: 9_300_000_000,
        memory_total: 33_600_000_000,
        gpus: vec![GpuSample {
            name: "NVIDIA RTX 4090".into(),
            utilisation: 1.0 - share / 4.0,
            memory_used: 3_200_000_000,
            memory_total: 25_300_000_000,
            temperature: Some(71),
            power: Some(312.4),
        }],
    }
}

fn after(events: usize, columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::after(events, columns, rows);
    (0..=10).for_each(|tenths| stage.send(Msg::Machine(sample(tenths))));
    stage
}

/// The recorded run as if there had been two classes.
fn of_two_classes(events: usize, columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::begun(columns, rows);
    for mut event in recorded().into_iter().take(events) {
        match &mut event {
            TrainEvent::Started(started) => started.classes.truncate(2),
            TrainEvent::Evaluated(evaluated) => evaluated.report.per_class.truncate(2),
            _ => {}
        }
        stage.fact(event);
    }
    stage
}

/// A run whose losses and accuracies are the recorded ones times a factor.
fn other(name: &str, factor: f64) -> Shown {
    let events = recorded().into_iter().map(|mut event| {
        match &mut event {
            TrainEvent::Stepped(stepped) => stepped.loss = stepped.loss.map(|loss| loss * factor),
            TrainEvent::Evaluated(evaluated) => {
                evaluated.report.loss *= factor;
                evaluated.report.accuracy /= factor;
            }
            _ => {}
        }
        event
    });
    Shown { name: name.into(), run: Run::of(events), ..Shown::default() }
}

fn failed(columns: u16, rows: u16) -> Stage {
    let mut stage = after(MIDDLE, columns, rows);
    let message = "the device was lost: out of memory while allocating 412 MB for the gradients of block 7".to_owned();
    stage.fact(TrainEvent::Failed { step: 160, message });
    stage
}

/// A run that stands still because of trouble.
fn troubled(reason: PauseReason, columns: u16, rows: u16) -> Stage {
    let mut stage = after(MIDDLE, columns, rows);
    stage.fact(TrainEvent::Paused { step: 165, epoch: 6, reason });
    stage
}

fn full() -> PauseReason {
    PauseReason::CannotWrite {
        what: "write".into(),
        path: "/home/ada/runs/quickstart-001/checkpoints/.step-000186.4711.part/model.bpk".into(),
        why: "No space left on device (os error 28)".into(),
    }
}

fn bad(applied: bool) -> PauseReason {
    PauseReason::NotFinite(NotFinite {
        figure: "loss".into(),
        step: 166,
        epoch: 6,
        volumes: vec![17, 230, 611],
        affected: 3,
        of: 32,
        applied,
    })
}

#[test]
fn the_screen_of_a_run_in_trouble() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        insta::assert_snapshot!(format!("full_disk_{columns}x{rows}"), troubled(full(), columns, rows).picture());
        insta::assert_snapshot!(format!("not_finite_{columns}x{rows}"), troubled(bad(false), columns, rows).picture());
    }
}

#[test]
fn trouble_says_what_and_where_and_what_can_be_done_wherever_there_is_room() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60), (60, 16), (40, 14)] {
        let text = troubled(full(), columns, rows).text();
        for words in ["PAUSED", "cannot write", "space", "try again"] {
            assert!(text.contains(words), "{words} in {columns}x{rows}\n{text}");
        }
        let text = troubled(bad(false), columns, rows).text();
        for words in ["PAUSED", "the loss of step 166", "B  roll back", ":set lr"] {
            assert!(text.contains(words), "{words} in {columns}x{rows}\n{text}");
        }
    }
    let text = troubled(bad(true), 120, 40).text();
    assert!(text.contains("it was applied before") && text.contains("the weights are spoilt"), "{text}");
    assert!(!text.contains("try the step again"), "{text}");
    // It is over as soon as the run goes on.
    let mut stage = troubled(full(), 120, 40);
    stage.fact(TrainEvent::Continued { step: 165 });
    assert!(!stage.text().contains("try again"), "{}", stage.text());
}

#[test]
fn trouble_answers_every_wish_and_its_keys_are_wishes_of_their_own() {
    let mut stage = troubled(full(), 120, 40);
    stage.keys(&["space"]);
    assert!(stage.text().contains("going on…"), "{}", stage.text());
    // It failed again.
    stage.fact(TrainEvent::Paused { step: 165, epoch: 6, reason: full() });
    assert!(stage.app.wishes.is_empty());
    assert!(stage.app.notice.as_ref().is_some_and(|notice| notice.bad && notice.text.ends_with("space tries again")));
    stage.keys(&["B", "y"]);
    assert!(stage.text().contains("rolling back…"), "{}", stage.text());
    stage.fact(TrainEvent::Resumed { step: 155, epoch: 6, wall_ms: 18_000, device: "cpu (2 threads)".into() });
    assert!(stage.app.wishes.is_empty() && stage.text().contains("rolled back to step 155"), "{}", stage.text());
}

#[test]
fn the_screen_in_the_middle_of_a_run() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60), (40, 10)] {
        let picture = after(MIDDLE, columns, rows).picture();
        insta::assert_snapshot!(format!("running_{columns}x{rows}"), picture);
    }
}

#[test]
fn the_screen_after_the_end() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        insta::assert_snapshot!(format!("ended_{columns}x{rows}"), Stage::ended(columns, rows).picture());
    }
}

#[test]
fn the_screen_before_the_first_step_and_after_a_failure() {
    insta::assert_snapshot!("begun_120x40", Stage::begun(120, 40).picture());
    insta::assert_snapshot!("failed_80x24", failed(80, 24).picture());
}

#[test]
fn a_run_with_others_over_it_under_the_cursor_without_colours() {
    let mut stage = after(MIDDLE, 120, 40);
    stage.app.runs.overlays = vec![other("baseline-003", 1.2), other("wide-mlp-001", 0.8)];
    stage.keys(&["n", "N", "y", "s"]);
    for (word, depth) in [("colours", Depth::True), ("mono", Depth::Mono)] {
        stage.look = Look::new(depth);
        insta::assert_snapshot!(format!("overlaid_{word}_120x40"), stage.picture());
    }
}

/// The fourth epoch of a run that has left another after its second.
fn branched(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::empty(columns, rows);
    let parent = Some(Parent { run: "quickstart-000".into(), step: 62 });
    stage.send(Msg::Begun(Box::new(Begun { parent, ..stage::begun() })));
    let later = |event: &TrainEvent| {
        let value = serde_json::to_value(event).unwrap();
        value["step"].as_u64().is_none_or(|step| (63..=110).contains(&step))
    };
    recorded().into_iter().filter(later).for_each(|event| stage.fact(event));
    stage.send(Msg::Loaded(Box::new(other("quickstart-000", 1.1))));
    stage
}

#[test]
fn a_branch_over_its_parent() {
    for (columns, rows) in [(80, 24), (120, 40), (40, 10)] {
        insta::assert_snapshot!(format!("branched_{columns}x{rows}"), branched(columns, rows).picture());
    }
    let mut stage = branched(120, 40);
    stage.look = Look::new(Depth::Mono);
    insta::assert_snapshot!("branched_mono_120x40", stage.picture());
}

#[test]
fn the_parent_is_named_with_the_fork_and_can_be_taken_away() {
    let mut stage = branched(120, 40);
    let text = stage.text();
    for words in ["╌○╌ quickstart-000", "╎ left after step 62"] {
        assert!(text.contains(words), "{words} is missing in\n{text}");
    }
    let wide = branched(200, 60).text();
    assert!(wide.contains("╎ quickstart-001 left it after step 62"), "{wide}");
    stage.keys(&["P"]);
    let text = stage.text();
    assert!(!text.contains("left after step 62") && !text.contains('╎'), "{text}");
    assert!(text.contains("quickstart-000 no longer lies under the run's curves"), "{text}");
}

#[test]
fn no_size_and_no_depth_panics_at_any_time_of_a_run() {
    let stages = vec![
        Stage::begun(1, 1),
        after(1, 1, 1),
        after(2, 1, 1),
        after(MIDDLE, 1, 1),
        Stage::ended(1, 1),
        failed(1, 1),
        branched(1, 1),
    ];
    for mut stage in stages {
        stage.keys(&["left", "left", "+", "+"]);
        stage.app.runs.overlays = vec![other("other-001", 1.1)];
        for (columns, rows) in stage::SIZES {
            stage.send(Msg::Resized { columns, rows });
            for depth in DEPTHS {
                stage.look = Look::new(depth);
                stage.draw();
            }
        }
    }
}

#[test]
fn figures_that_no_chart_expects_are_drawn_all_the_same() {
    let losses = [None, Some(0.0), Some(-1.0), Some(1e300), Some(-1e300), Some(5e-324), Some(f64::MAX)];
    for losses in [&losses[..1], &losses[1..2], &losses[1..3], &losses[3..5], &losses[5..6], &losses[..]] {
        let mut stage = Stage::after(1, 200, 60);
        for (step, loss) in (1..).zip(losses.iter().cycle().take(20)) {
            stage.fact(TrainEvent::Stepped(stepped(step, *loss)));
        }
        for keys in [&["y"][..], &["s"], &["left", "+"], &["y"]] {
            stage.keys(keys);
            assert!(stage.text().contains("loss"), "{losses:?}");
        }
    }
}

fn stepped(step: u64, loss: Option<f64>) -> Stepped {
    let times = StepTimes { data_us: 10, forward_us: 400, backward_us: 500, optimizer_us: 90 };
    let (epoch, volumes, learning_rate) = (1, 32, 0.0);
    Stepped { step, epoch, volumes, loss, correct: 4, answers: None, learning_rate, gradient_norm: loss, times }
}

#[test]
fn the_cursor_reads_every_chart_at_one_step() {
    let mut stage = after(MIDDLE, 200, 60);
    // The first validation, after 31 steps: the recorded figures of that step and of that validation.
    stage.keys(&["g", "n"]);
    let text = stage.text();
    assert_eq!(stage.app.live.cursor, Some(31));
    let Some(TrainEvent::Stepped(step)) = recorded().into_iter().nth(31) else { panic!("step 31 is there") };
    let loss = format!("train {:.4}", step.loss.unwrap());
    let norm = format!("now {:.2}", step.gradient_norm.unwrap());
    for words in [&loss, &norm, "validation 2.1370", "validation 23.6 % (17.7 … 30.7)", "step 31 · epoch 1"] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    stage.keys(&["esc"]);
    assert!(stage.app.live.cursor.is_none());
}

#[test]
fn a_click_on_any_chart_reads_the_step_that_is_drawn_there() {
    let mut stage = after(MIDDLE, 120, 40);
    stage.mouse(Mouse::Click, 36, 12);
    let on_loss = stage.app.live.cursor.unwrap();
    // The accuracy's chart begins 60 columns further on, and its width is the same.
    stage.mouse(Mouse::Click, 96, 12);
    assert_eq!(stage.app.live.cursor, Some(on_loss));
    let picture = stage.draw();
    assert_eq!((picture[(36, 4)].symbol(), picture[(96, 4)].symbol()), ("│", "│"));
    stage.mouse(Mouse::Drag, 3, 12);
    assert_eq!(stage.app.live.cursor, Some(1), "left of the chart is its first step");
}

#[test]
fn a_click_on_an_epoch_reads_its_end() {
    let mut stage = after(MIDDLE, 200, 60);
    let text = stage.text();
    let epoch = "    3      1.7142";
    let (y, line) = text.lines().enumerate().find(|(_, line)| line.contains(epoch)).unwrap();
    let x = line.chars().count() - 20;
    stage.mouse(Mouse::Click, u16::try_from(x).unwrap(), u16::try_from(y).unwrap());
    assert_eq!(stage.app.live.cursor, Some(93));
}

#[test]
fn zooming_follows_the_newest_step_until_it_is_moved_away() {
    let mut stage = after(MIDDLE, 120, 40);
    stage.keys(&["+"]);
    let newest = stage.app.live.span(200).last;
    assert_eq!(newest, 200, "the window moves with the run");
    stage.keys(&["H"]);
    assert!(stage.app.live.span(200).last < 200);
    stage.keys(&["0"]);
    assert_eq!(stage.app.live.span(200).first, 0);
}

#[test]
fn the_scale_and_the_smoothing_stand_in_the_frames() {
    let mut stage = after(MIDDLE, 120, 40);
    assert!(stage.text().contains("loss · EMA 0.9 "));
    stage.keys(&["y", "s"]);
    assert!(stage.text().contains("loss · log · EMA 0.97 "));
    stage.keys(&["S", "S", "y"]);
    assert!(stage.text().contains("╭ loss ─"), "{}", stage.text());
}

#[test]
fn a_failed_run_says_why_and_how_it_goes_on() {
    for (columns, rows) in [(40, 10), (80, 24), (200, 60)] {
        let text = failed(columns, rows).text();
        assert!(text.contains("out of memory"), "{text}");
        assert!(text.contains("vivit-tui resume quickstart-001"), "{text}");
    }
}

#[test]
fn a_run_whose_process_died_says_so() {
    let mut stage = Stage::after(MIDDLE, 80, 24);
    stage.app.own.as_mut().unwrap().live = false;
    let text = stage.text();
    assert!(text.contains("† died") && text.contains("vivit-tui resume"), "{text}");
    assert!(text.contains("† DIED") && text.contains("† died after") && !text.contains("failed"), "{text}");
}

#[test]
fn a_pause_a_breakpoint_and_a_rate_set_by_hand_are_said() {
    let mut stage = after(MIDDLE, 120, 40);
    let breakpoint = vivit_tui::event::Breakpoint {
        figure: vivit_tui::event::Figure::ValidationLoss,
        condition: vivit_tui::event::Condition::Rises(3),
    };
    stage.fact(TrainEvent::BreakpointSet { breakpoint });
    stage.fact(TrainEvent::LearningRateChanged { step: 160, requested: 1e-3, applied: 8.43e-4 });
    stage.fact(TrainEvent::Paused { step: 166, epoch: 6, reason: PauseReason::Asked });
    let text = stage.text();
    for words in ["run · paused", "as asked", "pauses when", "1e-3 requested → 8.43e-4 applied", "saved step-000155"]
    {
        assert!(text.contains(words), "{words}\n{text}");
    }
}

#[test]
fn the_table_of_epochs_says_when_it_will_have_a_row() {
    let text = Stage::after(20, 200, 60).text();
    assert!(text.contains("after the first epoch"), "{text}");
    assert!(!Stage::after(MIDDLE, 200, 60).text().contains("after the first epoch"));
}

#[test]
fn the_final_report_has_every_split_with_its_interval() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let text = Stage::ended(columns, rows).text();
        let line =
            |name: &str| text.lines().find(|line| line.contains(name)).unwrap_or_else(|| panic!("{name}\n{text}"));
        assert!(text.contains("✓ completed after 8 of 8 epochs, 248 steps in 31 s"), "{text}");
        assert!(line("validation, last").contains("1.0667    59.0 %    (51.3 … 66.3)"), "{text}");
        for name in ["validation, best", "test, last", "test, best"] {
            line(name);
        }
    }
}

#[test]
fn made_up_data_are_named_in_every_frame_with_their_figures() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let text = after(MIDDLE, columns, rows).text();
        let frames: usize = text.matches('╭').count();
        let machine = usize::from(text.contains("╭ machine"));
        // The header says it once more.
        assert_eq!(text.matches("SYNTHETIC").count(), frames - machine + 1, "{text}");
    }
    let mut stage = Stage::empty(120, 40);
    stage.send(Msg::Begun(Box::new(stage::begun())));
    let Some(TrainEvent::Started(started)) = recorded().into_iter().next() else { panic!("a journal begins so") };
    stage.fact(TrainEvent::Started(Box::new(Started { synthetic: false, ..*started })));
    assert!(!stage.text().contains("SYNTHETIC"));
}

#[test]
fn overlaid_runs_are_named_with_their_signs_and_figures() {
    let mut stage = after(MIDDLE, 120, 40);
    stage.app.runs.overlays = vec![other("baseline-003", 1.2), other("wide-mlp-001", 0.8)];
    let text = stage.text();
    // Their last validation loss is the recorded one times the factor.
    for words in ["◆╌ baseline-003 1.2801", "▲╌ wide-mlp-001 0.8534"] {
        assert!(text.contains(words), "{words}\n{text}");
    }
    assert!(text.matches('◆').count() > 4, "{text}");
    stage.send(Msg::Resized { columns: 80, rows: 24 });
    let text = stage.text();
    assert!(text.contains("◆ baseline-003   ▲ wide-mlp-001"), "where there is little room, the names stay\n{text}");
}

#[test]
fn of_two_classes_the_auc_comes_first() {
    insta::assert_snapshot!("two_classes_120x40", of_two_classes(MIDDLE, 120, 40).picture());
    insta::assert_snapshot!("two_classes_120x60", of_two_classes(MIDDLE, 120, 60).picture());
    insta::assert_snapshot!("two_classes_80x24", of_two_classes(MIDDLE, 80, 24).picture());
    insta::assert_snapshot!("two_classes_ended", of_two_classes(usize::MAX, 120, 40).picture());
    let before = of_two_classes(20, 120, 40).text();
    assert!(before.contains("after the first epoch"), "{before}");
}
