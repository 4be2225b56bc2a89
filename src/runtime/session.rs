//! A run's life in this process: begun or taken up again, carried out, concluded.

mod branch;
mod conclusion;
mod failure;
mod opening;
mod rehearsal;
mod run;
mod teller;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::branch::branch;
use self::conclusion::conclude;
pub use self::failure::Failure;
pub(super) use self::opening::{Opened, open, set_threads, warning_of_other_data};
use self::rehearsal::rehearse;
use self::run::{Start, carry_out};
use super::audience::Audience;
use super::devices::DeviceChoice;
use super::log::now;
use super::signals::{INTERRUPTED, Interrupt};
use crate::app::{Requirement, Run, Status};
use crate::config::{Experiment, Set};
use crate::data::Dataset;
use crate::event::Task;
use crate::headless::Output;
use crate::model::geometry::Geometry;
use crate::runs::{self, Journal, Parent, Provenance, RunFolder, write_atomically};
use crate::train::checkpoint::{self, Checkpoint};
use crate::train::transfer::{self, Beginning, OwnData};
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

/// What a session does once nothing waits any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Afterwards {
    /// It is over.
    End,
    /// It waits for more, as long as somebody is there to wish for it.
    Wait,
}

/// Works through the queue of this process. The result is the program's exit code: that of the first task that did
/// not go well.
pub fn work_through(options: &Options, afterwards: Afterwards, audience: &dyn Audience, interrupt: &Interrupt) -> u8 {
    let queue = &interrupt.queue;
    let mut trouble = |error: runs::Error| audience.note(&format!("warning: the queue is not kept: {error}"));
    let mut first_bad = 0;
    loop {
        // Who leaves once all is done has interrupted nothing, however soon after.
        if interrupt.asked() && queue.waiting() > 0 {
            return INTERRUPTED;
        }
        let Some(task) = queue.take(&mut trouble) else {
            if afterwards == Afterwards::End {
                return first_bad;
            }
            audience.idle(first_bad);
            if !queue.wait() {
                return first_bad;
            }
            continue;
        };
        // What cannot begin does not keep the others from beginning.
        let code = carry_out_task(task, options, audience, interrupt).unwrap_or_else(|failure| {
            audience.failed(&failure);
            failure.code
        });
        if interrupt.asked() && code == INTERRUPTED {
            // It goes on where it stands, in the queue of this process or of the one that takes it over.
            if queue.waiting() > 0 {
                let waiting = tasks_words(queue.waiting());
                audience.note(&format!("and then with what waits, {waiting}: vivit-tui resume --queue"));
            } else {
                // A run alone is resumed by its name.
                queue.ended(false, &mut trouble);
            }
            return if first_bad == 0 { code } else { first_bad };
        }
        let aside = queue.ended(code == INTERRUPTED, &mut trouble);
        if aside {
            audience.note("the run is set aside; it goes on after the next");
        } else if first_bad == 0 {
            first_bad = code;
        }
    }
}

/// So many tasks.
#[must_use]
pub fn tasks_words(tasks: usize) -> String {
    if tasks == 1 { "1 task".to_owned() } else { format!("{tasks} tasks") }
}

fn carry_out_task(
    task: Task,
    options: &Options,
    audience: &dyn Audience,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    match task {
        Task::Experiment { from, experiment } => {
            begin(Experiment::parse(&experiment, &from, &[])?, options, audience, interrupt)
        }
        Task::Resume { run } => resume(&run, options, audience, interrupt),
        Task::Branch { parent, step, changes } => branch(&parent, step, &changes, options, audience, interrupt),
    }
}

/// The task of a new run, as it stands now: its file may change while it waits.
#[must_use]
pub fn new_run(from: &Path, experiment: Experiment) -> Task {
    Task::Experiment { from: from.display().to_string(), experiment: settled(experiment).to_ron() }
}

/// One new run, from its folder to its exit code.
fn begin(
    experiment: Experiment,
    options: &Options,
    audience: &dyn Audience,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let source = source(&experiment, options)?;
    let Opened { dataset, compute, threads, warnings } = open(&experiment, options, audience)?;
    if interrupt.asked() {
        return Ok(INTERRUPTED);
    }
    // Checked before anything is left on the disk.
    Geometry::new(&experiment.model, dataset.shape).map_err(train::Error::from)?;
    let own = OwnData::from(&*dataset);
    let beginning = source.map(|source| Beginning::new(&experiment, own, &compute.device, &source)).transpose()?;
    let folder = RunFolder::create(&options.runs_dir, &experiment.name)?;
    let _lock = folder.lock()?;
    write_provenance(&folder, &dataset, &compute, threads, None)?;
    drop(Journal::open(&folder.journal())?);
    // The experiment comes last: a folder that has it can be resumed.
    write_atomically(&folder.config(), experiment.to_ron().as_bytes())?;
    begun(&folder, audience, interrupt);
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    rehearse(&job, audience)?;
    let (from, transferred) = beginning.map(|beginning| beginning.keep(&job.folder)).transpose()?.unzip();
    let start = Start { from, transferred, warnings, ..Start::default() };
    let ended = carry_out(&job, start, audience, interrupt)?;
    Ok(conclude(&ended, &job.folder, audience, &options.requirements))
}

/// The checkpoint of another run that a new one begins with, where its experiment says so.
fn source(experiment: &Experiment, options: &Options) -> Result<Option<Checkpoint>, Failure> {
    let from = experiment.model.from.as_ref();
    Ok(from.map(|from| transfer::source(from, &options.runs_dir)).transpose()?)
}

/// From now on the queue has a run to be resumed in the place of its task.
fn begun(folder: &RunFolder, audience: &dyn Audience, interrupt: &Interrupt) {
    let mut trouble = |error: runs::Error| audience.note(&format!("warning: the queue is not kept: {error}"));
    interrupt.queue.begun(folder, &mut trouble);
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
        volume: Some([dataset.shape.depth, dataset.shape.height, dataset.shape.width, dataset.shape.channels]),
        parent,
    };
    let provenance = ron::ser::to_string_pretty(&provenance, ron::ser::PrettyConfig::default())
        .map_err(|error| Failure::new(1, format!("cannot write down where the run comes from: {error}")))?;
    Ok(write_atomically(&folder.provenance(), provenance.as_bytes())?)
}

/// The experiment with the paths of its files made absolute, so that a resume finds them from anywhere.
pub fn settled(mut experiment: Experiment) -> Experiment {
    if let Some(from) = &mut experiment.model.from
        && Path::new(&*from).exists()
        && let Ok(absolute) = std::path::absolute(&*from)
    {
        *from = absolute.display().to_string();
    }
    if let Set::Npz { path } = &mut experiment.data.set
        && let Ok(absolute) = std::path::absolute(&*path)
    {
        *path = absolute;
    }
    experiment
}

/// Goes on with a run from its newest whole checkpoint.
fn resume(name: &str, options: &Options, audience: &dyn Audience, interrupt: &Interrupt) -> Result<u8, Failure> {
    let folder = RunFolder::open(name, &options.runs_dir)?;
    let _lock = folder.lock()?;
    begun(&folder, audience, interrupt);
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
    // Killed before it had a checkpoint of its own.
    let source = if from.is_none() { source(&job.experiment, options)? } else { None };
    let own = OwnData::from(&*job.dataset);
    let beginning = |source| Beginning::new(&job.experiment, own, &job.compute.device, &source)?.keep(&job.folder);
    let begun = source.map(beginning);
    let (begun, transferred) = begun.transpose()?.unzip();
    let start = Start { run, from: from.or(begun), transferred, warnings: noticed, ..Start::default() };
    let ended = carry_out(&job, start, audience, interrupt)?;
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
