//! A run's life in this process: begun or taken up again, carried out, concluded.

mod branch;
mod conclusion;
mod failure;
mod opening;
mod rehearsal;
mod run;
mod teller;

use std::path::PathBuf;
use std::sync::Arc;

pub use self::branch::branch;
use self::conclusion::conclude;
pub use self::failure::Failure;
pub(super) use self::opening::{Opened, open, warning_of_other_data};
use self::rehearsal::rehearse;
use self::run::{Start, carry_out};
use super::audience::Audience;
use super::devices::DeviceChoice;
use super::log::now;
use super::signals::{INTERRUPTED, Interrupt};
use crate::app::{Requirement, Run, Status};
use crate::config::{Experiment, Set};
use crate::data::Dataset;
use crate::headless::Output;
use crate::model::geometry::Geometry;
use crate::runs::{self, Journal, Parent, Provenance, RunFolder, write_atomically};
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
pub fn train(experiments: Vec<Experiment>, options: &Options, audience: &dyn Audience, interrupt: &Interrupt) -> u8 {
    let mut first_bad = 0;
    for experiment in experiments {
        if interrupt.asked() {
            return INTERRUPTED;
        }
        // One run that cannot begin does not keep the others of the queue from beginning.
        let code = begin(experiment, options, audience, interrupt).unwrap_or_else(|failure| {
            audience.failed(&failure);
            failure.code
        });
        first_bad = if first_bad == 0 { code } else { first_bad };
    }
    first_bad
}

/// One new run, from its folder to its exit code.
fn begin(
    experiment: Experiment,
    options: &Options,
    audience: &dyn Audience,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let experiment = settled(experiment);
    let Opened { dataset, compute, threads, warnings } = open(&experiment, options, audience)?;
    if interrupt.asked() {
        return Ok(INTERRUPTED);
    }
    // Checked before anything is left on the disk.
    Geometry::new(&experiment.model, dataset.shape).map_err(train::Error::from)?;
    let folder = RunFolder::create(&options.runs_dir, &experiment.name)?;
    let _lock = folder.lock()?;
    write_provenance(&folder, &dataset, &compute, threads, None)?;
    drop(Journal::open(&folder.journal())?);
    // The experiment comes last: a folder that has it can be resumed.
    write_atomically(&folder.config(), experiment.to_ron().as_bytes())?;
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    rehearse(&job, audience)?;
    let start = Start { warnings, ..Start::default() };
    let ended = carry_out(&job, start, audience, interrupt)?;
    Ok(conclude(&ended, &job.folder, audience, &options.requirements))
}

/// Writes down where a run's figures come from.
fn write_provenance(
    folder: &RunFolder,
    dataset: &Dataset,
    compute: &Compute,
    threads: usize,
    parent: Option<Parent>,
) -> Result<(), Failure> {
    let provenance = Provenance {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        commit: option_env!("VIVIT_COMMIT").map(str::to_owned),
        started: now(),
        device: compute.name.clone(),
        host: sysinfo::System::host_name().unwrap_or_default(),
        threads,
        data: dataset.name.clone(),
        data_path: dataset.source.path.as_ref().map(|path| path.display().to_string()),
        data_md5: dataset.source.md5.clone(),
        data_note: dataset.source.note.clone(),
        parent,
    };
    let provenance = ron::ser::to_string_pretty(&provenance, ron::ser::PrettyConfig::default())
        .map_err(|error| Failure::new(1, format!("cannot write down where the run comes from: {error}")))?;
    Ok(write_atomically(&folder.provenance(), provenance.as_bytes())?)
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

/// Goes on with a run from its newest whole checkpoint.
///
/// # Errors
///
/// What keeps the run from going on.
pub fn resume(name: &str, options: &Options, audience: &dyn Audience, interrupt: &Interrupt) -> Result<u8, Failure> {
    let folder = RunFolder::open(name, &options.runs_dir)?;
    let _lock = folder.lock()?;
    let reading = runs::read_journal(&folder.journal())?;
    let mut noticed: Vec<String> = Vec::new();
    for damage in &reading.damaged {
        let (journal, line, offset) = (folder.journal(), damage.line, damage.offset);
        noticed.push(format!("{}:{line}: not an event (byte {offset}); passed over", journal.display()));
    }
    let run = Run::of(reading.events);
    if matches!(run.status, Status::Finished(_)) {
        let code = conclude(&run, &folder, audience, &options.requirements);
        audience.note(&format!("{} is finished; nothing is left to train", folder.name()));
        return Ok(code);
    }
    let experiment = folder.experiment()?;
    let Opened { dataset, compute, warnings, .. } = open(&experiment, options, audience)?;
    noticed.extend(warnings);
    noticed.extend(warning_of_other_data(&folder, &dataset));
    checkpoint::sweep(&folder);
    let from = newest_checkpoint(&folder, &mut noticed)?;
    if let Some(from) = from.as_ref().filter(|from| from.state.experiment != experiment) {
        let at = from.path.display();
        noticed
            .push(format!("config.ron is not the experiment that {at} was trained by; the run goes on by config.ron"));
    }
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    rehearse(&job, audience)?;
    let ended = carry_out(&job, Start { run, from, warnings: noticed }, audience, interrupt)?;
    Ok(conclude(&ended, &job.folder, audience, &options.requirements))
}

/// The newest whole checkpoint. Without any the run begins anew, which ends as it would have ended.
fn newest_checkpoint(folder: &RunFolder, noticed: &mut Vec<String>) -> Result<Option<Checkpoint>, Failure> {
    match checkpoint::newest(folder) {
        Ok((found, damaged)) => {
            noticed.extend(damaged);
            Ok(Some(found))
        }
        Err(checkpoint::Error::None { damaged, .. }) => {
            noticed.extend(damaged);
            Ok(None)
        }
        Err(error) => Err(Failure::from(train::Error::from(error))),
    }
}
