//! A run that goes on from where another stands, or stood, by an experiment of its own.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::opening::{Opened, open};
use super::rehearsal::rehearse;
use super::run::{Start, carry_out};
use super::{Failure, Options, begun, conclude, settled, warning_of_other_data, write_provenance};
use crate::app::Run;
use crate::config::{Experiment, Fork};
use crate::event::{Command, Evaluated, TrainEvent};
use crate::runs::{Journal, Parent, RunFolder, Trainer, read_journal, read_journal_from, write_atomically};
use crate::runtime::audience::Audience;
use crate::runtime::control::{self, Wish};
use crate::runtime::signals::{INTERRUPTED, Interrupt};
use crate::train::checkpoint::{self, Checkpoint, State};
use crate::train::{self, Job};

/// A trainer that was asked for a checkpoint has so long to write it.
const PATIENCE: Duration = Duration::from_mins(2);

/// Trains a child of the run of that name: from its checkpoint of `step`, or from where it stands now, with the
/// parent's experiment as `changes` leave it.
///
/// # Errors
///
/// What keeps the child from beginning.
pub fn branch(
    parent: &str,
    step: Option<u64>,
    changes: &[String],
    options: &Options,
    audience: &dyn Audience,
    interrupt: &Interrupt,
) -> Result<u8, Failure> {
    let parent = RunFolder::open(parent, &options.runs_dir)?;
    let experiment = settled(Experiment::read(&parent.config(), changes)?);
    let journal = Run::of(read_journal(&parent.journal())?.events);
    if step.is_none() && parent.trainer() == Trainer::Here {
        // Before its trainer writes a checkpoint that would stay for nothing.
        check_standing(&parent, &journal, &experiment)?;
    }
    let from = start_of(&parent, step, audience)?;
    fits(&from.state, &experiment)?;
    let Opened { dataset, compute, threads, mut warnings } = open(&experiment, options, audience)?;
    warnings.extend(warning_of_other_data(&parent, &dataset));
    if interrupt.asked() {
        return Ok(INTERRUPTED);
    }
    let folder = RunFolder::create(&options.runs_dir, &experiment.name)?;
    let _lock = folder.lock()?;
    let origin = Parent { run: parent.name(), step: from.state.step };
    write_provenance(&folder, &dataset, &compute, threads, Some(origin))?;
    drop(Journal::open(&folder.journal())?);
    let from = checkpoint::branch(from, &parent, &folder, &experiment).map_err(train::Error::from)?;
    write_atomically(&folder.config(), experiment.to_ron().as_bytes())?;
    begun(&folder, audience, interrupt);
    audience.note(&format!("{} branches from {} after step {}", folder.name(), parent.name(), from.state.step));
    let job = Job { experiment: Arc::new(experiment), dataset, compute, folder };
    rehearse(&job, audience)?;
    let best = from.state.best.as_ref().and_then(|best| journal.validation_at(best.step));
    let inherited = best.map(|best| Evaluated { best: true, predictions: None, ..best.clone() });
    let start = Start { from: Some(from), inherited, warnings, ..Start::default() };
    let ended = carry_out(&job, start, audience, interrupt)?;
    Ok(conclude(&ended, &job.folder, audience, &options.requirements))
}

/// Whether a run can go on by that experiment from where another stands that is being trained.
fn check_standing(parent: &RunFolder, journal: &Run, experiment: &Experiment) -> Result<(), Failure> {
    let Some(started) = journal.started.as_ref().filter(|started| started.steps_per_epoch > 0) else { return Ok(()) };
    let (epochs, within) = (journal.step / started.steps_per_epoch, journal.step % started.steps_per_epoch);
    let Some(why) = (Fork { epoch: epochs + 1, next_batch: within }).refuses(&parent.experiment()?, experiment) else {
        return Ok(());
    };
    let name = parent.name();
    let mut failure = Failure::new(2, format!("{name} stands after step {}: {why}", journal.step));
    let ends = checkpoint::all(parent)
        .into_iter()
        .filter(|(_, path)| checkpoint::state(path).is_some_and(|state| state.next_batch == 0));
    let ends: Vec<String> = ends.map(|(step, _)| step.to_string()).collect();
    failure.help = (!ends.is_empty()).then(|| format!("--step branches from the end of an epoch: {}", ends.join(", ")));
    Err(failure)
}

/// The checkpoint to begin with.
fn start_of(parent: &RunFolder, step: Option<u64>, audience: &dyn Audience) -> Result<Checkpoint, Failure> {
    let read = |step: u64| {
        let path = parent.checkpoints().join(checkpoint::name(step));
        Checkpoint::read(&path).map_err(|error| Failure::from(train::Error::from(error)))
    };
    if let Some(step) = step {
        let kept: Vec<u64> = checkpoint::all(parent).into_iter().map(|(step, _)| step).collect();
        if kept.contains(&step) {
            return read(step);
        }
        let mut failure = Failure::new(2, format!("{} keeps no checkpoint of step {step}", parent.name()));
        failure.help = Some(match kept.as_slice() {
            [] => "it keeps none at all".to_owned(),
            kept => {
                format!("it keeps those of {}", kept.iter().rev().map(u64::to_string).collect::<Vec<_>>().join(", "))
            }
        });
        return Err(failure);
    }
    if parent.trainer() == Trainer::Here {
        audience.waiting("a checkpoint of the parent");
        return read(checkpoint_now(parent)?);
    }
    let (newest, damaged) = checkpoint::newest(parent).map_err(train::Error::from)?;
    for line in damaged {
        audience.note(&format!("warning: {line}"));
    }
    Ok(newest)
}

/// Has the process that trains a run write a checkpoint; the result is its step.
fn checkpoint_now(parent: &RunFolder) -> Result<u64, Failure> {
    let mut from = read_journal(&parent.journal())?.end;
    control::wish(parent, &Wish::Command(Command::Checkpoint)).map_err(|why| Failure::new(1, why))?;
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let reading = read_journal_from(&parent.journal(), from)?;
        from = reading.end;
        for event in reading.events {
            // Others are written and pruned meanwhile.
            if let TrainEvent::CheckpointSaved { step, pinned: true, .. } = event {
                return Ok(step);
            }
        }
        thread::sleep(Duration::from_millis(20));
    }
    Err(Failure::new(1, format!("{} did not write a checkpoint in time", parent.name())))
}

/// Whether a run can go on from there by that experiment.
fn fits(state: &State, experiment: &Experiment) -> Result<(), Failure> {
    match state.fork().refuses(&state.experiment, experiment) {
        Some(why) => Err(Failure::new(2, format!("the run cannot branch after step {}: {why}", state.step))),
        None => Ok(()),
    }
}
