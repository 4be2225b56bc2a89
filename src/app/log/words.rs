//! Lines of the log: what an event leaves in it, and how a line of `log.txt` is read back.

use super::{Level, LogLine};
use crate::app::words::{grouped, pause_words, rate};
use crate::event::{Part, PauseReason, ToExplain, TrainEvent, Transferred};
use crate::metrics::Report;

/// The figures of an evaluation, the AUC among them where it is the first.
fn figures(report: &Report) -> String {
    let auc = report.auc.filter(|_| report.leads_with_auc());
    let auc = auc.map_or(String::new(), |auc| format!(", AUC {auc:.4}"));
    format!("loss {:.4}{auc}, accuracy {:.4}", report.loss, report.accuracy)
}

/// The line that an event leaves in the log, if any.
#[must_use]
pub fn words(event: &TrainEvent) -> Option<(Level, String)> {
    let info = |text: String| Some((Level::Info, text));
    match event {
        TrainEvent::Started(started) => info(format!("started {} on {}", started.run, started.device)),
        TrainEvent::Resumed { step, epoch, .. } => info(format!("resumed at step {step}, in epoch {epoch}")),
        TrainEvent::LoaderTuned { ready, wait_share } => {
            info(format!("loader keeps {ready} ready, the trainer waits {:.2} %", wait_share * 100.0))
        }
        TrainEvent::CheckpointSaved { step, path, save_ms, .. } => {
            info(format!("checkpoint of step {step} in {path} ({save_ms} ms)"))
        }
        TrainEvent::Evaluated(evaluated) => {
            let (split, weights) = (evaluated.split.word(), evaluated.weights.word());
            let averaged = if evaluated.averaged { ", averaged weights" } else { "" };
            let (epoch, figures) = (evaluated.epoch, figures(&evaluated.report));
            info(format!("epoch {epoch} {split} {weights}{averaged}: {figures}"))
        }
        TrainEvent::Inherited(best) => {
            info(format!("the parent's best: epoch {} validation: {}", best.epoch, figures(&best.report)))
        }
        TrainEvent::Transferred(transferred) => {
            let parts: Vec<String> = transferred.parts.iter().map(Part::to_string).collect();
            info(format!("{}: {}", transferred_words(transferred), parts.join("; ")))
        }
        TrainEvent::Paused { step, reason, .. } => match reason {
            PauseReason::Asked => info(format!("paused after step {step}")),
            PauseReason::Breakpoint { .. } => info(format!("paused after step {step}{}", pause_words(reason))),
            PauseReason::CannotWrite { .. } | PauseReason::NotFinite(_) => {
                Some((Level::Error, format!("paused after step {step}{}", pause_words(reason))))
            }
        },
        TrainEvent::Continued { step } => info(format!("goes on after step {step}")),
        TrainEvent::LearningRateChanged { step, requested, applied } => {
            let (requested, applied) = (rate(*requested), rate(*applied));
            info(format!("learning rate set to {requested} after step {step}; the next step takes {applied}"))
        }
        TrainEvent::BreakpointSet { breakpoint } => info(format!("will pause when {breakpoint}")),
        TrainEvent::BreakpointsCleared => info("no breakpoint is left".into()),
        TrainEvent::Warned { message } => Some((Level::Warning, message.clone())),
        TrainEvent::Finished(finished) => info(format!("finished after step {}", finished.step)),
        TrainEvent::Stopped { step, .. } => info(format!("stopped after step {step}")),
        TrainEvent::Failed { step, message } => Some((Level::Error, format!("failed after step {step}: {message}"))),
        TrainEvent::Explained(explained) => explained.found.as_ref().err().map(|why| {
            let ToExplain { split, index, method, .. } = explained.question;
            (Level::Warning, format!("no {} of {} {index}: {why}", method.word(), split.word()))
        }),
        TrainEvent::Stepped(_) | TrainEvent::EpochFinished(_) => None,
    }
}

/// Of how many parameters another's weights were taken.
#[must_use]
pub fn transferred_words(transferred: &Transferred) -> String {
    let Transferred { from, step, averaged, .. } = transferred;
    let (taken, of) = transferred.taken();
    let averaged = if *averaged { "averaged " } else { "" };
    let (taken, of) = (grouped(taken), grouped(of));
    format!("begins with the {averaged}weights of step {step} of {from} for {taken} of {of} parameters")
}

/// A line of `log.txt`: `2026-11-23T15:00:00Z info    text`. The level is missing in the logs of older versions,
/// and the time where a text had several lines.
#[must_use]
pub fn parse(line: &str) -> LogLine {
    let (time, rest) = match line.split_once(' ') {
        Some((time, rest)) if is_time(time) => (time, rest),
        _ => ("", line),
    };
    let levelled = Level::ALL.into_iter().find_map(|level| {
        let text = rest.strip_prefix(level.word())?.strip_prefix(' ')?;
        (!time.is_empty()).then_some((level, text))
    });
    // The word is padded to seven letters; blanks beyond that are the text's own.
    let (level, text) = levelled.map_or((guess(rest), rest), |(level, text)| {
        let padding = 7_usize.saturating_sub(level.word().len());
        (level, text.get(padding..).filter(|_| text.starts_with(&" ".repeat(padding))).unwrap_or(text))
    });
    LogLine { time: time.to_owned(), level, text: text.to_owned() }
}

fn guess(text: &str) -> Level {
    if text.starts_with("warning:") {
        Level::Warning
    } else if text.starts_with("failed") {
        Level::Error
    } else {
        Level::Info
    }
}

/// `2026-11-23T15:00:00Z`, maybe with fractions of a second.
fn is_time(word: &str) -> bool {
    let shape = b"0000-00-00T00:00:00";
    let fits = |(byte, form): (u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == *form };
    word.len() > shape.len() && word.ends_with('Z') && word.bytes().zip(shape).all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_log_is_read_back_as_it_was_written() {
        let time = "2026-11-23T15:00:00Z";
        for level in Level::ALL {
            // As `runtime::log` writes it.
            for text in ["checkpoint of step 31 in checkpoints/step-000031 (97 ms)", "  indented", "info desk"] {
                let line = format!("{time} {:<7} {text}", level.word());
                assert_eq!(parse(&line), LogLine { time: time.into(), level, text: text.into() }, "{line}");
            }
        }
    }

    #[test]
    fn the_logs_of_older_versions_are_read_too() {
        let level = |line: &str| (parse(line).level, parse(line).text);
        assert_eq!(level("2026-11-23T15:00:00Z started a-001"), (Level::Info, "started a-001".into()));
        assert_eq!(level("2026-11-23T15:00:00Z warning: slow"), (Level::Warning, "warning: slow".into()));
        assert_eq!(level("2026-11-23T15:00:00Z failed after step 3"), (Level::Error, "failed after step 3".into()));
        let continued = parse("   at src/main.rs:3");
        assert_eq!((continued.time.as_str(), continued.text.as_str()), ("", "   at src/main.rs:3"));
    }

    #[test]
    fn no_line_is_too_odd_to_be_read() {
        for line in
            ["", " ", "Z", "2026-11-23T15:00:00Z", "2026-11-23T15:00:00Z ", "2026-11-23T15:00:00Z info", "é 肝臓"]
        {
            drop(parse(line));
        }
    }
}
