//! One run, from its first event to its last: the threads, the journal and the fold.

use std::any::Any;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::unbounded;

use super::Failure;
use super::teller::Teller;
use crate::app::{Run, Status};
use crate::data::{Plan, loader};
use crate::event::{Evaluated, SCHEMA, Started, TrainEvent, Transferred};
use crate::model::cost::Cost;
use crate::model::geometry::Geometry;
use crate::runs::Journal;
use crate::runtime::audience::Audience;
use crate::runtime::control::Control;
use crate::runtime::log::Log;
use crate::runtime::signals::Interrupt;
use crate::train::checkpoint::Checkpoint;
use crate::train::checkpoint::writer::writer;
use crate::train::{self, Job, Scribe, Wires};

/// Where a run begins: what is known of it, and the checkpoint to go on from. A new run has neither.
#[derive(Default)]
pub(super) struct Start {
    pub run: Run,
    pub from: Option<Checkpoint>,
    /// What its parent had found to be the best, of a branch that begins with those weights too.
    pub inherited: Option<Evaluated>,
    /// What a new run has taken of another's weights.
    pub transferred: Option<Transferred>,
    /// What was noticed before the run began.
    pub warnings: Vec<String>,
}

/// Trains a job to its end, keeping and showing every fact. Whatever happens to the training thread,
/// the run's end is in the journal, the run is resumable, and this returns.
pub(super) fn carry_out(
    job: &Job,
    start: Start,
    audience: &dyn Audience,
    interrupt: &Interrupt,
) -> Result<Run, Failure> {
    let Start { mut run, from, inherited, transferred, warnings } = start;
    let state = from.as_ref().map(|from| &from.state);
    // A run that was killed before its first fact begins like a new one, and one whose journal has
    // lost its first line gets it back.
    let mut first = Vec::new();
    if run.started.is_none() {
        first.push(TrainEvent::Started(Box::new(started(job)?)));
    }
    if run.started.is_some() || transferred.is_none() && from.is_some() {
        first.push(TrainEvent::Resumed {
            step: state.map_or(0, |state| state.step),
            epoch: state.map_or(1, |state| state.epoch),
            wall_ms: state.map_or(0, |state| state.wall_ms),
            device: job.compute.name.clone(),
        });
    }
    first.extend(transferred.map(|transferred| TrainEvent::Transferred(Box::new(transferred))));
    first.extend(inherited.map(|best| TrainEvent::Inherited(Box::new(best))));
    first.extend(warnings.into_iter().map(|message| TrainEvent::Warned { message }));
    let position = state.map_or((1, 0), |state| (state.epoch, state.next_batch));
    interrupt.run_begins();
    // However it ends.
    let _over = Over(interrupt);
    audience.begun(job, &run);
    let journal = Journal::open(&job.folder.journal())?;
    let mut log = Log::open(&job.folder, job.dataset.synthetic);
    let control = Control::listen(&job.folder, interrupt);
    // Some file systems have no sockets.
    first.extend(
        control
            .as_ref()
            .err()
            .map(|error| TrainEvent::Warned { message: format!("other processes cannot control this run: {error}") }),
    );
    let (sender, events) = unbounded();
    let (writer, checkpoints) = writer(job.folder.clone());
    let (filler, batches) =
        loader(Arc::clone(&job.dataset), Plan::of(&job.experiment, position), job.experiment.data.loader);
    let trouble = audience.trouble();
    let mut scribe = Teller::new(journal, sender, trouble);
    for event in first {
        scribe.tell(event)?;
    }
    thread::scope(|scope| {
        let spawn = |name: &str| thread::Builder::new().name(name.to_owned());
        let loading = spawn("loader").spawn_scoped(scope, move || filler.run());
        let writing = spawn("checkpoints").spawn_scoped(scope, move || writer.run());
        let commands = &interrupt.commands;
        let training = spawn("trainer").spawn_scoped(scope, move || {
            // The channel closes with this closure, which is how the loop below learns of any end.
            let mut scribe = scribe;
            train::train(job, from.as_ref(), Wires { batches, checkpoints, commands, scribe: &mut scribe, trouble })
        });
        let (Ok(loading), Ok(writing), Ok(training)) = (loading, writing, training) else {
            return Err(Failure::new(1, "the system has no thread left for the run"));
        };
        for event in &events {
            if let TrainEvent::CheckpointSaved { step, pinned: true, .. } = event {
                let mut trouble = |error| audience.note(&format!("warning: the queue is not kept: {error}"));
                interrupt.queue.kept(&job.folder, step, &mut trouble);
            }
            if let TrainEvent::Explained(explained) = &event {
                interrupt.answers.give(explained);
            }
            run.apply(event.clone());
            audience.event(&run, &event);
            log.event(&event);
        }
        // The trainer's end drops its halves of the loader and the writer, so all can be waited for.
        let panicked = |what: &str, panic: Box<dyn Any + Send>| {
            Failure::new(1, format!("{what} panicked: {}", panic_words(&*panic)))
        };
        let failure = match (training.join(), loading.join(), writing.join()) {
            (Ok(Ok(())), ..) => return Ok(()),
            (Err(panic), ..) => panicked("the training thread", panic),
            (Ok(Err(_)), Err(panic), _) => panicked("the loader", panic),
            (Ok(Err(_)), Ok(()), Err(panic)) => panicked("the thread that writes checkpoints", panic),
            (Ok(Err(error)), Ok(()), Ok(())) => Failure::from(error),
        };
        fail(job, &mut run, &mut log, audience, &failure);
        Ok(())
    })?;
    drop(control);
    Ok(run)
}

/// Says that the run is over once it is dropped.
struct Over<'a>(&'a Interrupt);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.run_ended();
    }
}

/// Marks a run as failed. The journal may be what failed, so this cannot fail.
fn fail(job: &Job, run: &mut Run, log: &mut Log, audience: &dyn Audience, failure: &Failure) {
    let help = failure.help.as_ref().map_or(String::new(), |help| format!(" ({help})"));
    let event = TrainEvent::Failed { step: run.step, message: format!("{}{help}", failure.message) };
    if let Ok(mut journal) = Journal::open(&job.folder.journal()) {
        let _ = journal.append(&event);
    }
    log.event(&event);
    audience.event(run, &event);
    run.apply(event);
    debug_assert!(matches!(run.status, Status::Failed(_)));
}

fn panic_words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "without a word".into())
}

fn started(job: &Job) -> Result<Started, Failure> {
    let (experiment, dataset) = (&job.experiment, &job.dataset);
    let geometry = Geometry::new(&experiment.model, dataset.shape).map_err(train::Error::from)?;
    let cost = Cost::of(&experiment.model, &geometry, dataset.classes.len());
    Ok(Started {
        schema: SCHEMA,
        run: job.folder.name(),
        data: dataset.name.clone(),
        synthetic: dataset.synthetic,
        device: job.compute.name.clone(),
        seed: experiment.seed,
        parameters: cost.parameters(),
        classes: dataset.classes.clone(),
        volumes: [&dataset.train, &dataset.validation, &dataset.test].map(|split| split.len() as u64),
        epochs: experiment.training.epochs as u64,
        steps_per_epoch: job.steps_per_epoch(),
    })
}
