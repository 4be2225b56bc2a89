//! A run without a screen: a progress bar on a terminal, plain lines otherwise, JSON on request.
//!
//! Progress goes to stderr, results to stdout. Knows the fold of the run and its events, neither
//! Burn nor files. A reader that went away (`| head`) stops nothing.

mod report;

use std::cell::{Cell, RefCell};
use std::io::{IsTerminal, Write, stderr, stdout};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::Run;
use crate::app::log::{transferred_words, words};
use crate::app::words::{SYNTHETIC, SYNTHETIC_MARK, grouped, percent};
use crate::event::{SplitName, Started, TrainEvent, Weights};
use crate::metrics::Report;

pub use report::{figures_table, run_report};

/// What goes to stdout while a run lasts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Output {
    /// A table at the end.
    Human,
    /// Every event as a line of JSON, and nothing else.
    Json,
}

/// Prints runs as their events come in, one after another.
pub struct Headless {
    output: Output,
    /// The bar of the run in progress, on a terminal.
    bar: RefCell<Option<ProgressBar>>,
    /// The tenth of a download that was told last.
    tenth: Cell<Option<u64>>,
    /// The run whose title was printed last.
    titled: RefCell<String>,
}

impl Headless {
    /// A printer; each run gets a bar when stderr is a terminal, else plain lines alone.
    #[must_use]
    pub fn new(output: Output) -> Self {
        Self { output, bar: RefCell::new(None), tenth: Cell::new(None), titled: RefCell::default() }
    }

    /// A line for the person at the terminal or the reader of the log.
    pub fn note(&self, line: &str) {
        match &*self.bar.borrow() {
            Some(bar) => bar.suspend(|| drop(writeln!(stderr(), "{line}"))),
            None => drop(writeln!(stderr(), "{line}")),
        }
    }

    /// Whether a download has come a tenth further since this was asked last.
    pub fn is_new_tenth(&self, tenth: u64) -> bool {
        self.tenth.replace(Some(tenth)) != Some(tenth)
    }

    /// Goes on with a run that somebody else has shown so far.
    pub fn take_over(&self, run: &Run) {
        if let Some(started) = &run.started {
            self.start(started, run.step);
        }
    }

    /// Shows a fact; `run` has taken it in already.
    pub fn event(&self, run: &Run, event: &TrainEvent) {
        if self.output == Output::Json
            && !matches!(event, TrainEvent::Explained(_))
            && let Ok(line) = serde_json::to_string(event)
        {
            let mut out = stdout().lock();
            drop(writeln!(out, "{line}").and_then(|()| out.flush()));
        }
        match event {
            TrainEvent::Started(started) => self.start(started, 0),
            TrainEvent::Resumed { step, epoch, .. } => {
                if let Some(started) = &run.started {
                    self.start(started, *step);
                }
                self.note(&format!("resumed at step {step}, in epoch {epoch}"));
            }
            TrainEvent::Stepped(stepped) => {
                if let (Some(bar), Some((epoch, message))) = (&*self.bar.borrow(), bar_words(run)) {
                    bar.set_prefix(epoch);
                    bar.set_message(message);
                    bar.set_position(stepped.step);
                }
            }
            TrainEvent::Evaluated(evaluated) if evaluated.split == SplitName::Validation => {
                // The best weights are validated once more only when the run ends with them.
                if evaluated.weights == Weights::Best {
                    self.note("the weights of the best epoch are restored");
                } else if let Some(line) = epoch_line(run, evaluated.step) {
                    self.note(&line);
                }
            }
            TrainEvent::Evaluated(evaluated) => {
                let which = match evaluated.weights {
                    Weights::Last => "last weights",
                    Weights::Best => "best weights",
                };
                let Report { accuracy, auc, loss, .. } = evaluated.report;
                let auc = auc.filter(|_| run.leads_with_auc()).map_or(String::new(), |auc| format!("AUC {auc:.3}, "));
                let (split, accuracy) = (evaluated.split.word(), percent(Some(accuracy)));
                self.note(&format!("{split} with the {which}: {auc}accuracy {accuracy}, loss {loss:.4}{}", mark(run)));
            }
            TrainEvent::LoaderTuned { ready, wait_share } => self.note(&format!(
                "loader: {ready} {} kept ready; the trainer waits {:.1} % of a step",
                if *ready == 1 { "batch" } else { "batches" },
                wait_share * 100.0
            )),
            TrainEvent::Warned { message } => self.note(&format!("warning: {message}")),
            TrainEvent::Transferred(transferred) => {
                self.note(&transferred_words(transferred));
                transferred.parts.iter().for_each(|part| self.note(&format!("  {part}")));
            }
            // What somebody who looks on has asked for is his.
            TrainEvent::EpochFinished(_) | TrainEvent::CheckpointSaved { .. } | TrainEvent::Explained(_) => {}
            TrainEvent::Inherited(_)
            | TrainEvent::Paused { .. }
            | TrainEvent::Continued { .. }
            | TrainEvent::LearningRateChanged { .. }
            | TrainEvent::BreakpointSet { .. }
            | TrainEvent::BreakpointsCleared => {
                if let Some((_, text)) = words(event) {
                    self.note(&text);
                }
            }
            TrainEvent::Finished(_) | TrainEvent::Stopped { .. } | TrainEvent::Failed { .. } => {
                if let Some(bar) = self.bar.take() {
                    bar.finish_and_clear();
                }
            }
        }
    }

    fn start(&self, started: &Started, step: u64) {
        if *self.titled.borrow() != started.run {
            self.titled.replace(started.run.clone());
            self.title(started);
        }
        if stderr().is_terminal() && self.output == Output::Human {
            let length = Some(started.epochs * started.steps_per_epoch);
            let bar = ProgressBar::with_draw_target(length, ProgressDrawTarget::stderr_with_hz(10));
            bar.set_style(style());
            bar.set_position(step);
            // Without it the speed, and so the ETA, would count the steps done before the resume.
            bar.reset_eta();
            if let Some(before) = self.bar.replace(Some(bar)) {
                before.finish_and_clear();
            }
        }
    }

    fn title(&self, started: &Started) {
        let [train, validation, test] = started.volumes;
        let synthetic = if started.synthetic { format!("  {SYNTHETIC}") } else { String::new() };
        self.note(&format!(
            "{} · {}{synthetic} · {} parameters · {} · seed {}",
            started.run,
            started.data,
            grouped(started.parameters),
            started.device,
            started.seed
        ));
        self.note(&format!("{train} training, {validation} validation and {test} test volumes"));
    }

    /// The end of a run, for a person: the tables on stdout.
    pub fn finish(&self, run: &Run) {
        if self.output == Output::Human {
            drop(write!(stdout(), "{}", run_report(run)));
        }
    }
}

/// Shorter than 80 columns: a full line would break where the terminal echoes the user's ^C.
fn style() -> ProgressStyle {
    let style = ProgressStyle::with_template("{prefix} {bar:16} step {pos}/{len}  {msg}  ETA {eta}");
    style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("━╸─")
}

/// What stands before the bar, and behind it.
fn bar_words(run: &Run) -> Option<(String, String)> {
    let (started, last) = (run.started.as_ref()?, run.last_step.as_ref()?);
    let speed = last.volumes * 1_000_000 / last.times.total_us().max(1);
    let loss = last.loss.map_or("–".into(), |loss| format!("{loss:.3}"));
    let accuracy = last.correct * 100 / last.answers.unwrap_or(last.volumes).max(1);
    let epoch = format!("epoch {}/{}", last.epoch, started.epochs);
    Some((epoch, format!("loss {loss}  {accuracy:>3} %  {speed} vol/s{}", mark(run))))
}

/// The line that an epoch leaves behind, once it is validated: losses, accuracies, speed. A validation in the
/// middle of an epoch has none.
fn epoch_line(run: &Run, step: u64) -> Option<String> {
    let (started, row) = (run.started.as_ref()?, run.epochs.last().filter(|row| row.step == step)?);
    let validation = row.validation.as_ref()?;
    let digits = started.epochs.to_string().len();
    let accuracy = percent(Some(validation.accuracy));
    let auc = validation.auc.map_or("AUC –".into(), |auc| format!("AUC {auc:.3}"));
    let figures = if run.leads_with_auc() { format!("{auc} {accuracy}") } else { format!("{accuracy} {auc}") };
    Some(
        format!(
            "epoch {:>digits$}/{}  train {:.3} {}  valid {:.3} {figures}  {:.0} vol/s{}",
            row.epoch,
            started.epochs,
            row.train_loss,
            percent(Some(row.train_accuracy)),
            validation.loss,
            row.volumes_per_s,
            if validation.best { "  best" } else { "" },
        ) + mark(run),
    )
}

/// What stands behind a line of figures.
fn mark(run: &Run) -> &'static str {
    if run.started.as_ref().is_some_and(|started| started.synthetic) { SYNTHETIC_MARK } else { "" }
}
