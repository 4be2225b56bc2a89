//! A user at the library's door: trains a tiny job, listens to every fact and wishes for things.
#![allow(dead_code, clippy::unwrap_used, clippy::indexing_slicing)]

use std::fs;
use std::sync::Arc;
use std::thread;

use burn::tensor::Device;
use crossbeam_channel::{Receiver, Sender, unbounded};
use vivit_tui::config::{Experiment, Loader};
use vivit_tui::data::{self, Plan, Search, loader};
use vivit_tui::event::{Command, Evaluated, PauseReason, StepTimes, Stepped, TrainEvent};
use vivit_tui::runs::{self, RunFolder};
use vivit_tui::train::checkpoint::writer::writer;
use vivit_tui::train::checkpoint::{self, Checkpoint};
use vivit_tui::train::{self as trainer, Compute, Job, Scribe, Trouble, Wires};

use super::common::Place;

/// Steps of an epoch: 48 volumes in batches of 8.
pub const EPOCH: u64 = 6;
/// Epochs of a run.
pub const EPOCHS: u64 = 4;

/// A tiny job on the CPU, in a folder of its own.
pub fn job(place: &Place, training: &str) -> Job {
    let text = place.experiment(training).replace("batch: 16", "batch: 8");
    let experiment = Experiment::parse(&text, "tiny.ron", &[]).unwrap();
    let search = Search::only(place.folder.path());
    let dataset = data::open(&experiment.data, &search, data::PHANTOM_SEED, &mut |_| {}).unwrap();
    Job {
        experiment: Arc::new(experiment),
        dataset: Arc::new(dataset),
        compute: Compute { device: Device::flex(), name: "cpu".into() },
        folder: RunFolder::create(&place.path("runs"), "tiny").unwrap(),
    }
}

/// Whoever listens to a run and wishes for things.
pub struct User {
    pub sender: Option<Sender<Command>>,
    dies: bool,
}

impl User {
    pub fn wish(&self, command: Command) {
        self.sender.as_ref().unwrap().send(command).unwrap();
    }

    pub fn wish_all(&self, commands: &[Command]) {
        for &command in commands {
            self.wish(command);
        }
    }

    /// Goes away; nobody is left to wish for anything.
    pub fn hang_up(&mut self) {
        self.sender = None;
    }

    /// Takes the process down: the fact just heard is the last that is kept.
    pub fn kill(&mut self) {
        self.dies = true;
    }
}

/// Whoever keeps the facts: the user hears of each before the trainer goes on.
struct Listener<'a, R> {
    react: R,
    user: User,
    commands: &'a Receiver<Command>,
    events: Vec<TrainEvent>,
}

impl<R: FnMut(&TrainEvent, &mut User)> Scribe for Listener<'_, R> {
    fn tell(&mut self, event: TrainEvent) -> Result<(), runs::Error> {
        (self.react)(&event, &mut self.user);
        // A script that forgets a pause shall fail, not hang.
        if matches!(event, TrainEvent::Paused { .. }) && self.commands.is_empty() {
            self.user.hang_up();
        }
        self.events.push(event);
        self.catch_up()
    }

    fn catch_up(&mut self) -> Result<(), runs::Error> {
        if !self.user.dies {
            return Ok(());
        }
        Err(runs::Error::Damaged { path: "the process".into(), reason: "killed".into() })
    }
}

/// Trains a job from its beginning, or from its newest checkpoint, while `react` listens. What was wished
/// before the beginning is `first`. The result are all facts, up to the kill if there was one.
pub fn train(job: &Job, first: &[Command], react: impl FnMut(&TrainEvent, &mut User)) -> Vec<TrainEvent> {
    let (events, result, died) = try_to_train(job, first, Trouble::Fails, react);
    assert_eq!(result.is_err(), died, "{result:?}");
    events
}

/// The same, of a run that may end badly: with how it ended, and whether it was killed.
pub fn try_to_train(
    job: &Job,
    first: &[Command],
    trouble: Trouble,
    react: impl FnMut(&TrainEvent, &mut User),
) -> (Vec<TrainEvent>, Result<(), trainer::Error>, bool) {
    let from: Option<Checkpoint> = checkpoint::newest(&job.folder).ok().map(|(newest, _)| newest);
    let position = from.as_ref().map_or((1, 0), |from| (from.state.epoch, from.state.next_batch));
    let plan = Plan::of(&job.experiment, position);
    let (filler, batches) = loader(Arc::clone(&job.dataset), plan, Loader::Ready(2));
    let (writer, checkpoints) = writer(job.folder.clone());
    let (sender, commands) = unbounded();
    let user = User { sender: Some(sender), dies: false };
    user.wish_all(first);
    let commands = &commands;
    let mut scribe = Listener { react, user, commands, events: Vec::new() };
    let result = thread::scope(|scope| {
        scope.spawn(move || filler.run());
        scope.spawn(move || writer.run());
        let wires = Wires { batches, checkpoints, commands, scribe: &mut scribe, trouble };
        trainer::train(job, from.as_ref(), wires)
    });
    (scribe.events, result, scribe.user.dies)
}

pub fn quiet(_: &TrainEvent, _: &mut User) {}

/// The step of a fact that a step was taken.
pub fn step_of(event: &TrainEvent) -> Option<u64> {
    match event {
        TrainEvent::Stepped(stepped) => Some(stepped.step),
        _ => None,
    }
}

/// The steps that were taken, without what they took.
pub fn steps(events: &[TrainEvent]) -> Vec<Stepped> {
    let stepped = events.iter().filter_map(|event| match event {
        TrainEvent::Stepped(stepped) => Some(Stepped { times: StepTimes::default(), ..stepped.clone() }),
        _ => None,
    });
    stepped.collect()
}

pub fn evaluations(events: &[TrainEvent]) -> Vec<Evaluated> {
    let evaluated = events.iter().filter_map(|event| match event {
        TrainEvent::Evaluated(evaluated) => Some(Evaluated { evaluation_ms: 0, ..(**evaluated).clone() }),
        _ => None,
    });
    evaluated.collect()
}

/// Those that were not asked for.
pub fn own_evaluations(events: &[TrainEvent]) -> Vec<Evaluated> {
    let mut evaluated = evaluations(events);
    evaluated.retain(|of| !of.predictions.as_ref().unwrap().starts_with("predictions/step-"));
    evaluated
}

pub fn pauses(events: &[TrainEvent]) -> Vec<(u64, PauseReason)> {
    let paused = events.iter().filter_map(|event| match event {
        TrainEvent::Paused { step, reason, .. } => Some((*step, reason.clone())),
        _ => None,
    });
    paused.collect()
}

pub fn warnings(events: &[TrainEvent]) -> Vec<&str> {
    let warned = events.iter().filter_map(|event| match event {
        TrainEvent::Warned { message } => Some(message.as_str()),
        _ => None,
    });
    warned.collect()
}

/// Facts by their kind and step, such as `stepped 5`, for what must come in order.
pub fn outline(events: &[TrainEvent]) -> Vec<String> {
    let line = |event: &TrainEvent| {
        let value = serde_json::to_value(event).unwrap();
        let kind = value["event"].as_str().unwrap().to_owned();
        value["step"].as_u64().map_or(kind.clone(), |step| format!("{kind} {step}"))
    };
    events.iter().map(line).collect()
}

/// The step of the newest checkpoint, and the checksums of its weights, and of their average where it has one.
pub fn end_of(job: &Job) -> (u64, String) {
    let (step, path) = checkpoint::all(&job.folder).remove(0);
    let manifest = fs::read_to_string(path.join("MANIFEST")).unwrap();
    let weights = |line: &&str| line.ends_with("model.bpk") || line.ends_with("average.bpk");
    (step, manifest.lines().filter(weights).collect::<Vec<_>>().join(" "))
}

pub fn asked(steps: &[u64]) -> Vec<(u64, PauseReason)> {
    steps.iter().map(|&step| (step, PauseReason::Asked)).collect()
}
