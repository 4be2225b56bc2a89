//! `evaluate`: a run's checkpoints on a split, once more, with the official prediction file. What it finds is also
//! kept as the run's own predictions are, so that `compare` finds it.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::session::{Failure, Opened, Options, open, warning_of_other_data};
use crate::app::words::SYNTHETIC_MARK;
use crate::data::{View, medmnist};
use crate::event::{SplitName, Weights};
use crate::headless::{Headless, Output, figures_table};
use crate::metrics::official_csv;
use crate::runs::{Predictions, RunFolder, prediction_file, write_atomically, write_predictions};
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::{self, Evaluation, Job, evaluate};

/// What of a run is evaluated, and how.
#[derive(Clone, Debug)]
pub struct ToEvaluate {
    pub split: SplitName,
    /// `last`, `best` or a checkpoint's name; nothing for the last and the best.
    pub checkpoint: Option<String>,
    /// Voxels of shift, or a value of `training.tta`; nothing for what the experiment says.
    pub tta: Option<String>,
}

impl ToEvaluate {
    /// What takes the place of the experiment's views.
    fn overrides(&self) -> Vec<String> {
        let views = self.tta.as_ref().map(|tta| match tta.trim().parse::<u64>() {
            Ok(voxels) => format!("training.tta=(shift: {voxels})"),
            Err(_) => format!("training.tta={tta}"),
        });
        views.into_iter().collect()
    }
}

/// Weights that were evaluated.
struct Evaluated {
    label: String,
    step: u64,
    /// Whether they are a running average.
    averaged: bool,
    evaluation: Evaluation,
}

/// Evaluates the last and the best weights of a run, or those of one checkpoint.
///
/// # Errors
///
/// When the run, its data or its checkpoints cannot be read.
pub fn evaluate_run(name: &str, what: &ToEvaluate, options: &Options) -> Result<u8, Failure> {
    let split = what.split;
    let printer = Headless::new(options.output);
    let folder = RunFolder::open(name, &options.runs_dir)?;
    let experiment = folder.experiment()?.with_overrides(&what.overrides())?;
    let Opened { dataset, compute, warnings, .. } = open(&experiment, options, &printer)?;
    for warning in warnings.into_iter().chain(warning_of_other_data(&folder, &dataset)) {
        printer.note(&format!("warning: {warning}"));
    }
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    let mut evaluated = Vec::new();
    for (label, checkpoint) in chosen(&job, what.checkpoint.as_deref(), &printer)? {
        let model = checkpoint.load_evaluated(job.model()?, &job.experiment.model).map_err(train::Error::from)?;
        let (step, averaged) = (checkpoint.state.step, checkpoint.state.averaged.is_some());
        let evaluation = evaluate(&model, &job, split)?;
        evaluated.push(Evaluated { label, step, averaged, evaluation });
    }
    show(&job, split, &evaluated, options.output);
    for Evaluated { label, step, evaluation, .. } in &evaluated {
        let label = if what.tta.is_some() { format!("{label}-tta") } else { label.clone() };
        let file = write_csv(&job, split, &label, evaluation)?;
        if what.tta.is_none() {
            // What the run itself would have answered: `compare` reads it.
            keep(&job, split, *step, evaluation)?;
        }
        printer.note(&format!("{label} (step {step}): {}", file.display()));
    }
    Ok(0)
}

/// The figures on stdout. A reader that went away has seen what it wanted.
fn show(job: &Job, split: SplitName, evaluated: &[Evaluated], output: Output) {
    let mut out = std::io::stdout().lock();
    let (synthetic, views) = (job.dataset.synthetic, View::all(&job.experiment, job.dataset.shape).len());
    drop(match output {
        Output::Human => {
            let mark = if synthetic { SYNTHETIC_MARK } else { "" };
            let names: Vec<String> = evaluated.iter().map(|of| format!("{} (step {})", of.label, of.step)).collect();
            let rows: Vec<_> =
                names.iter().zip(evaluated).map(|(name, of)| (name.as_str(), &of.evaluation.report)).collect();
            let (run, data, split) = (job.folder.name(), &job.dataset.name, split.word());
            let averaged = if evaluated.iter().any(|of| of.averaged) { " · averaged weights" } else { "" };
            let views = if views > 1 { format!(" · {views} views") } else { String::new() };
            write!(out, "{run} · {data} {split}{averaged}{views}{mark}\n\n{}", figures_table(&rows))
        }
        Output::Json => evaluated.iter().try_for_each(|Evaluated { label, step, averaged, evaluation }| {
            let (split, report) = (split.word(), &evaluation.report);
            let line = serde_json::json!({
                "split": split, "weights": label, "step": step, "averaged": averaged, "views": views,
                "synthetic": synthetic, "report": report
            });
            writeln!(out, "{line}")
        }),
    });
}

/// The checkpoints to evaluate, with what to call them.
pub(super) fn chosen(job: &Job, name: Option<&str>, printer: &Headless) -> Result<Vec<(String, Checkpoint)>, Failure> {
    let (last, best) = (Weights::Last.word(), Weights::Best.word());
    let known: Vec<u64> = checkpoint::all(&job.folder).into_iter().map(|(step, _)| step).collect();
    let read = |step: u64| -> Result<Checkpoint, Failure> {
        let path = job.folder.checkpoints().join(checkpoint::name(step));
        Ok(Checkpoint::read(&path).map_err(train::Error::from)?)
    };
    let step = name.and_then(|name| name.strip_prefix("step-").unwrap_or(name).parse().ok());
    if let Some(step) = step.filter(|step| known.contains(step)) {
        return Ok(vec![(checkpoint::name(step), read(step)?)]);
    }
    // Of a run that has none at all the newest is missing, whatever was asked for.
    if let Some(name) = name.filter(|name| *name != last && *name != best && !known.is_empty()) {
        let known: Vec<String> = known.into_iter().map(checkpoint::name).collect();
        let mut failure = Failure::new(2, format!("{name:?} is no checkpoint of {}", job.folder.name()));
        failure.help = Some(format!("expected last, best or one of {}", known.join(", ")));
        return Err(failure);
    }
    let (newest, damaged) = checkpoint::newest(&job.folder).map_err(train::Error::from)?;
    for line in damaged {
        printer.note(&format!("warning: {line}"));
    }
    let best_step = newest.state.best.as_ref().map_or(newest.state.step, |best| best.step);
    let mut chosen = Vec::new();
    if name != Some(best) {
        chosen.push((last.to_owned(), newest));
    }
    if name != Some(last) {
        match read(best_step) {
            Ok(found) => chosen.push((best.to_owned(), found)),
            // Asked for by name it must be there; beside the last weights it may be missing.
            Err(failure) if name.is_none() => printer.note(&format!("warning: {}", failure.message)),
            Err(failure) => return Err(failure),
        }
    }
    Ok(chosen)
}

/// Keeps the probabilities under the name that an evaluation at the user's wish after that step has.
fn keep(job: &Job, split: SplitName, step: u64, evaluation: &Evaluation) -> Result<(), Failure> {
    let (probabilities, labels) = (evaluation.probabilities.clone(), evaluation.labels.clone());
    let predictions = Predictions { classes: job.dataset.classes.len(), probabilities, labels };
    let path = job.folder.path().join(prediction_file(&checkpoint::name(step), split));
    Ok(write_predictions(&path, &predictions)?)
}

/// Writes the scores as MedMNIST's evaluator does, beside the run's other predictions.
fn write_csv(job: &Job, split: SplitName, label: &str, evaluation: &Evaluation) -> Result<PathBuf, Failure> {
    let data = &job.experiment.data;
    // Only the published sets come in two sizes; a set of the user's own goes by its file's name.
    let (flag, size) = medmnist::known(&data.set)
        .map_or_else(|| (job.dataset.name.clone(), 28), |known| (known.flag.clone(), data.size));
    // The evaluator reads the run's name between the last @ and the first dot after it.
    let run = format!("{}-{label}", job.folder.name()).replace(['.', '@'], "_");
    let report = &evaluation.report;
    let name = official_csv::file_name(&flag, size, split.medmnist(), report.auc, report.accuracy, &run);
    let path = job.folder.predictions().join(name);
    let text = official_csv::csv(&evaluation.probabilities, job.dataset.classes.len());
    write_atomically(&path, text.as_bytes())?;
    Ok(path)
}
