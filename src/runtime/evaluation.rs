//! `evaluate`: a run's checkpoints on a split, once more, with the official prediction file.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::session::{Failure, Options, open};
use crate::data::medmnist;
use crate::event::{SplitName, Weights};
use crate::headless::{Headless, Output, SYNTHETIC, figures_table};
use crate::metrics::official_csv;
use crate::runs::{RunFolder, write_atomically};
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::{Evaluation, Job, evaluate};

/// Evaluates the last and the best weights of a run, or those of one checkpoint.
///
/// # Errors
///
/// When the run, its data or its checkpoints cannot be read.
pub fn evaluate_run(name: &str, split: SplitName, checkpoint: Option<&str>, options: &Options) -> Result<u8, Failure> {
    let printer = Headless::new(options.output);
    let folder = RunFolder::open(name, &options.runs_dir)?;
    let experiment = folder.experiment()?;
    let (dataset, compute, _) = open(&experiment, options, &printer)?;
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    let mut rows = Vec::new();
    for (label, checkpoint) in chosen(&job, checkpoint)? {
        let model = checkpoint.load_model(job.model()?).map_err(crate::train::Error::from)?;
        let evaluation = evaluate(&model, &job, split)?;
        let file = write_csv(&job, split, &label, &evaluation)?;
        printer.note(&format!("{label}: {} → {}", checkpoint.path.display(), file.display()));
        rows.push((format!("{}, {label}", split.word()), evaluation.report));
    }
    let mut out = std::io::stdout().lock();
    let shown = match options.output {
        Output::Human => {
            let synthetic = if job.dataset.synthetic { format!("  {SYNTHETIC}") } else { String::new() };
            let rows: Vec<_> = rows.iter().map(|(name, report)| (name.as_str(), report)).collect();
            write!(out, "{} · {}{synthetic}\n\n{}", job.folder.name(), job.dataset.name, figures_table(&rows))
        }
        Output::Json => rows.iter().try_for_each(|(name, report)| {
            writeln!(out, "{}", serde_json::json!({ "evaluated": name, "report": report }))
        }),
    };
    // A reader that went away has seen what it wanted.
    drop(shown);
    Ok(0)
}

/// The checkpoints to evaluate, with what to call them.
fn chosen(job: &Job, checkpoint: Option<&str>) -> Result<Vec<(String, Checkpoint)>, Failure> {
    let read = |step: u64| -> Result<Checkpoint, Failure> {
        let path = job.folder.checkpoints().join(checkpoint::name(step));
        Ok(Checkpoint::read(&path).map_err(crate::train::Error::from)?)
    };
    let (last, best) = (Weights::Last.word(), Weights::Best.word());
    if let Some(step) = checkpoint.and_then(|name| name.strip_prefix("step-").unwrap_or(name).parse().ok()) {
        return Ok(vec![(checkpoint::name(step), read(step)?)]);
    }
    let (newest, _) = checkpoint::newest(&job.folder).map_err(crate::train::Error::from)?;
    let best_step = newest.state.best.as_ref().map_or(newest.state.step, |best| best.step);
    match checkpoint {
        Some(name) if name == last => Ok(vec![(last.to_owned(), newest)]),
        Some(name) if name == best => Ok(vec![(best.to_owned(), read(best_step)?)]),
        None => Ok(vec![(last.to_owned(), newest), (best.to_owned(), read(best_step)?)]),
        Some(name) => {
            let known: Vec<String> =
                checkpoint::all(&job.folder).into_iter().map(|(s, _)| checkpoint::name(s)).collect();
            let mut failure = Failure::new(2, format!("{name:?} is no checkpoint of {}", job.folder.name()));
            failure.help = Some(format!("expected last, best or one of {}", known.join(", ")));
            Err(failure)
        }
    }
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
