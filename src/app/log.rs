//! The Log screen: the run's lines, their levels, search and follow.

use super::App;
use super::key::Binding;
use super::msg::{Effect, Mouse, Target};
use crate::event::TrainEvent;

/// How much a line matters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What a library or a driver wrote to stdout or stderr.
    Output,
    #[default]
    Info,
    Warning,
    Error,
}

impl Level {
    /// The word in `log.txt`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Output => "output",
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A line of the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogLine {
    /// RFC 3339, UTC, to the second.
    pub time: String,
    pub level: Level,
    pub text: String,
}

/// The state of the screen.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// This process's lines, and those of the run that was opened.
    pub own: Vec<LogLine>,
    pub opened: Vec<LogLine>,
}

/// What the keys of this screen do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {}

/// The keys of this screen.
pub const KEYS: &[Binding<Action>] = &[];

/// Does what a key asks for.
pub fn act(_app: &mut App, action: Action) -> Vec<Effect> {
    match action {}
}

/// Does what the mouse asks for.
pub fn point(_app: &mut App, _mouse: Mouse, _target: Target) -> Vec<Effect> {
    Vec::new()
}

/// Shows the lines with that text; empty: all.
pub fn search(_app: &mut App, _text: &str) {}

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
            let (loss, accuracy) = (evaluated.report.loss, evaluated.report.accuracy);
            info(format!("epoch {} {split} {weights}: loss {loss:.4}, accuracy {accuracy:.4}", evaluated.epoch))
        }
        TrainEvent::Paused { step, reason, .. } => match reason {
            crate::event::PauseReason::Asked => info(format!("paused after step {step}")),
            crate::event::PauseReason::Breakpoint { breakpoint, value } => {
                info(format!("paused after step {step}: {breakpoint} (it is {value:.6})"))
            }
        },
        TrainEvent::Continued { step } => info(format!("goes on after step {step}")),
        TrainEvent::LearningRateChanged { step, requested, applied } => {
            info(format!("learning rate set to {requested:e} after step {step}; the next step takes {applied:e}"))
        }
        TrainEvent::BreakpointSet { breakpoint } => info(format!("will pause when {breakpoint}")),
        TrainEvent::BreakpointsCleared => info("no breakpoint is left".into()),
        TrainEvent::Warned { message } => Some((Level::Warning, message.clone())),
        TrainEvent::Finished(finished) => info(format!("finished after step {}", finished.step)),
        TrainEvent::Stopped { step, .. } => info(format!("stopped after step {step}")),
        TrainEvent::Failed { step, message } => Some((Level::Error, format!("failed after step {step}: {message}"))),
        TrainEvent::Stepped(_) | TrainEvent::EpochFinished(_) => None,
    }
}

/// A line of `log.txt`.
#[must_use]
pub fn parse(line: &str) -> LogLine {
    LogLine { text: line.to_owned(), ..LogLine::default() }
}

/// Adds a line of this process.
pub fn add(app: &mut App, line: LogLine) {
    app.log.own.push(line);
}
