//! A run's life in this process: data and device opened, threads started, facts kept and shown.

mod failure;
mod run;

use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

pub use self::failure::Failure;
use self::run::{Start, carry_out};
use super::devices::{self, DeviceChoice, Probe};
use super::log::now;
use super::signals::{INTERRUPTED, Interrupt};
use crate::app::{Requirement, Run, Status, Summary};
use crate::config::{Experiment, Set};
use crate::data::{self, Dataset, Progress, Search};
use crate::event::Outcome;
use crate::headless::{Headless, Output};
use crate::model::geometry::Geometry;
use crate::runs::{self, Journal, Provenance, RunFolder, write_atomically};
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::{self, Compute, Job};

/// What the command line says about how to run, whatever is run.
#[derive(Clone, Debug)]
pub struct Options {
    pub device: DeviceChoice,
    /// `None`: as many as the machine has cores.
    pub threads: Option<usize>,
    pub runs_dir: PathBuf,
    pub data_dir: Option<PathBuf>,
    pub output: Output,
    pub requirements: Vec<Requirement>,
}

/// Trains experiments one after another. The result is the program's exit code: that of the first
/// run that did not go well.
///
/// # Errors
///
/// What keeps a run from beginning.
pub fn train(experiments: Vec<Experiment>, options: &Options) -> Result<u8, Failure> {
    let interrupt = Interrupt::listen().map_err(|e| Failure::new(1, format!("cannot listen for signals: {e}")))?;
    let printer = Headless::new(options.output);
    let mut code = 0;
    let mut left = experiments.len();
    for experiment in experiments {
        left -= 1;
        let experiment = settled(experiment);
        let (dataset, compute, threads) = open(&experiment, options, &printer)?;
        // Checked before anything is left on the disk.
        Geometry::new(&experiment.model, dataset.shape).map_err(train::Error::from)?;
        let folder = RunFolder::create(&options.runs_dir, &experiment.name)?;
        let _lock = folder.lock()?;
        // The experiment comes last: a folder that has it can be resumed.
        write_provenance(&folder, &dataset, &compute, threads)?;
        drop(Journal::open(&folder.journal())?);
        write_atomically(&folder.config(), experiment.to_ron().as_bytes())?;
        let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
        let ended = carry_out(&job, Start::default(), &printer, &interrupt)?;
        code = first_bad(code, conclude(&ended, &job.folder, &printer, options)?);
        // Asked during its final evaluation, a run still ends well; the queue behind it does not begin.
        if interrupt.asked() && left > 0 {
            return Ok(INTERRUPTED);
        }
    }
    Ok(code)
}

/// Goes on with a run from its newest whole checkpoint.
///
/// # Errors
///
/// What keeps the run from going on.
pub fn resume(name: &str, options: &Options) -> Result<u8, Failure> {
    let interrupt = Interrupt::listen().map_err(|e| Failure::new(1, format!("cannot listen for signals: {e}")))?;
    let printer = Headless::new(options.output);
    let folder = RunFolder::open(name, &options.runs_dir)?;
    let _lock = folder.lock()?;
    let reading = runs::read_journal(&folder.journal())?;
    for damage in &reading.damaged {
        let (line, offset) = (damage.line, damage.offset);
        printer.note(&format!(
            "warning: {}:{line}: not an event (byte {offset}); passed over",
            folder.journal().display()
        ));
    }
    let run = Run::of(reading.events);
    if matches!(run.status, Status::Finished(_)) {
        printer.note(&format!("{} is finished; nothing is left to train", folder.name()));
        return conclude(&run, &folder, &printer, options);
    }
    let experiment = folder.experiment()?;
    let (dataset, compute, _) = open(&experiment, options, &printer)?;
    warn_of_other_data(&folder, &dataset, &printer);
    checkpoint::sweep(&folder);
    let from = newest_checkpoint(&folder, &printer)?;
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    let ended = carry_out(&job, Start { run, from }, &printer, &interrupt)?;
    conclude(&ended, &job.folder, &printer, options)
}

/// The newest whole checkpoint; `None` when the run was killed before its first.
fn newest_checkpoint(folder: &RunFolder, printer: &Headless) -> Result<Option<Checkpoint>, Failure> {
    match checkpoint::newest(folder) {
        Ok((found, damaged)) => {
            for line in damaged {
                printer.note(&format!("warning: {line}"));
            }
            Ok(Some(found))
        }
        Err(checkpoint::Error::None { damaged, .. }) if damaged.is_empty() => Ok(None),
        Err(error) => Err(Failure::from(train::Error::from(error))),
    }
}

/// Data and device, opened side by side: a driver may take as long as the file.
pub(super) fn open(
    experiment: &Experiment,
    options: &Options,
    printer: &Headless,
) -> Result<(Arc<Dataset>, Compute, usize), Failure> {
    let threads = set_threads(options.threads)?;
    let probing = (options.device != DeviceChoice::Cpu).then(|| thread::spawn(devices::probe));
    let search = Search::from_environment(options.data_dir.clone());
    let mut told = Told::default();
    let dataset =
        data::open(&experiment.data, &search, data::PHANTOM_SEED, &mut |progress| told.progress(&progress, printer))?;
    let probe = match probing {
        None => Probe::default(),
        Some(probing) => probing
            .join()
            .unwrap_or_else(|_| Probe { adapters: Vec::new(), trouble: Some("the probe panicked".into()) }),
    };
    let decision = devices::decide(options.device, &probe)?;
    let compute = devices::open(&decision, threads)?;
    if options.device == DeviceChoice::Auto {
        printer.note(&format!("device: {}, because {}", compute.name, decision.why));
    }
    Ok((Arc::new(dataset), compute, threads))
}

/// Sets up the threads that shards run on, once for the whole process.
fn set_threads(threads: Option<usize>) -> Result<usize, Failure> {
    let available = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let threads = threads.unwrap_or(available);
    match rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|i| format!("shard-{i}")).build_global() {
        Ok(()) => Ok(threads),
        // Set up before: by the run before this one in a queue.
        Err(_) if rayon::current_num_threads() == threads => Ok(threads),
        Err(error) => Err(Failure::new(1, format!("cannot start {threads} threads: {error}"))),
    }
}

/// Tells what is done to get at the data, without a line for every block of a download.
#[derive(Default)]
struct Told {
    tenth: Option<u64>,
}

impl Told {
    fn progress(&mut self, progress: &Progress, printer: &Headless) {
        match progress {
            Progress::Fetching { received, total, .. } => {
                let tenth = total.map(|total| received * 10 / total.max(1));
                if self.tenth.is_none() || self.tenth != tenth {
                    self.tenth = tenth.or(Some(0));
                    printer.note(&progress.to_string());
                }
            }
            Progress::Retrying { .. } | Progress::Noted { .. } | Progress::Waiting { .. } => {
                printer.note(&progress.to_string());
            }
            _ => {}
        }
    }
}

/// The experiment with its file's path made absolute, so that a resume finds it from anywhere.
fn settled(mut experiment: Experiment) -> Experiment {
    if let Set::Npz { path } = &mut experiment.data.set
        && let Ok(absolute) = std::path::absolute(&*path)
    {
        *path = absolute;
    }
    experiment
}

fn write_provenance(folder: &RunFolder, dataset: &Dataset, compute: &Compute, threads: usize) -> Result<(), Failure> {
    let source = &dataset.source;
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("VIVIT_COMMIT").map(str::to_owned),
        started: now(),
        device: compute.name.clone(),
        host: sysinfo::System::host_name().unwrap_or_default(),
        threads,
        data: dataset.name.clone(),
        data_path: source.path.as_ref().map(|path| path.display().to_string()),
        data_md5: source.md5.clone(),
        data_note: source.note.clone(),
    };
    let text = ron::ser::to_string_pretty(&provenance, ron::ser::PrettyConfig::default())
        .map_err(|e| Failure::new(1, format!("cannot write down where the run comes from: {e}")))?;
    Ok(write_atomically(&folder.provenance(), text.as_bytes())?)
}

/// A run is exact only on the data it began with; the user decides whether others will do.
fn warn_of_other_data(folder: &RunFolder, dataset: &Dataset, printer: &Headless) {
    let before: Option<Provenance> =
        std::fs::read_to_string(folder.provenance()).ok().and_then(|text| ron::from_str(&text).ok());
    let Some(before) = before else { return };
    if before.data_md5 != dataset.source.md5 {
        let md5 = |md5: &Option<String>| md5.clone().unwrap_or_else(|| "none".into());
        printer.note(&format!(
            "warning: the data changed since the run began (MD5 {} then, {} now); its figures will not be those of one run",
            md5(&before.data_md5),
            md5(&dataset.source.md5)
        ));
    }
}

/// Writes the summary, shows the end and holds it to what was required.
fn conclude(run: &Run, folder: &RunFolder, printer: &Headless, options: &Options) -> Result<u8, Failure> {
    let Some(summary) = Summary::of(run) else { return Ok(1) };
    let text = serde_json::to_string_pretty(&summary).unwrap_or_default() + "\n";
    write_atomically(&folder.summary(), text.as_bytes())?;
    printer.finish(run);
    let resume = || format!("go on with: vivit-tui resume {}", folder.path().display());
    match summary.outcome {
        Outcome::Interrupted => {
            let at = run.checkpoint.as_ref().map_or(String::new(), |(_, path)| format!(" in {path}"));
            printer.note(&format!("stopped after step {}, checkpoint{at}; {}", summary.steps, resume()));
            return Ok(INTERRUPTED);
        }
        Outcome::Failed => {
            let why = summary.error.as_deref().unwrap_or("unknown");
            printer.note(&format!("error: the run failed: {why}\n{}", resume()));
            return Ok(1);
        }
        Outcome::Completed | Outcome::StoppedEarly => {}
    }
    let mut code = 0;
    for requirement in &options.requirements {
        let (holds, value) = requirement.check(&summary);
        let value = value.map_or("there is no such figure".into(), |value| format!("it is {value}"));
        printer.note(&format!("{} {requirement}: {value}", if holds { "met:" } else { "NOT met:" }));
        if !holds {
            code = 1;
        }
    }
    Ok(code)
}

fn first_bad(before: u8, code: u8) -> u8 {
    if before == 0 { code } else { before }
}
