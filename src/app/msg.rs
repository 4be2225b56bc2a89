//! What can happen to the app ([`Msg`]) and what it wants done ([`Effect`]).

use std::sync::Arc;

use super::editor::Kept;
use super::key::Key;
use super::log::LogLine;
use super::machine::Sample;
use super::playback::{Play, Playback};
use super::queue::OtherQueue;
use super::runs::RunEntry;
use super::shown::{Catalogue, Outline, Parent, Shown};
use super::volumes::{Predictions, Volume, Which};
use super::{Run, Screen, Theme};
use crate::config::Experiment;
use crate::event::{Command, Explained, QueueChange, QueueState, SplitName, ToExplain, TrainEvent};

/// Something happened. The shell makes these; [`super::update`] takes them in.
#[derive(Clone, Debug)]
pub enum Msg {
    /// A key was pressed.
    Key(Key),
    /// Text was pasted.
    Paste(String),
    /// The mouse did something on a place that the picture knows.
    Mouse(Mouse, Target),
    /// The terminal has so many columns and rows.
    Resized { columns: u16, rows: u16 },
    /// The clock, in milliseconds since the start.
    Tick { now_ms: u64 },

    /// What is being done before a run can begin.
    Waiting(Waiting),
    /// A run of this process begins; it is shown from now on.
    Begun(Box<Begun>),
    /// What there is to see in the data of this process's run.
    Catalogue(Arc<Catalogue>),
    /// A recorded run is played from now on; its facts come as those of a run of this process.
    Replayed(Box<Shown>),
    /// How it is played.
    Playback(Playback),
    /// The run of this process says something.
    Fact(Box<TrainEvent>),
    /// No run of this process is left, or none could begin. The code is what the program will exit with.
    Ended { code: u8, failure: Option<String> },
    /// A run of this process could not begin, or its session broke.
    Refused { why: String },
    /// A signal asked the program to end.
    Terminated,
    /// The terminal is gone.
    HungUp,
    /// A wish did not reach the process that trains the run that is open.
    Unheard { why: String },
    /// The process goes on after it was halted.
    Woken,

    /// A line for the log.
    Log(LogLine),
    /// The machine's figures.
    Machine(Sample),

    /// What this process trains and what waits in it.
    Queue(QueueState),
    /// What other processes have before them.
    Queues(Vec<OtherQueue>),

    /// The runs of the runs folder.
    Runs(Vec<RunEntry>),
    /// The experiment files that are here.
    Experiments(Vec<String>),
    /// An experiment file that was asked for, and what is to be changed in it.
    Experiment { path: String, changes: Vec<String>, experiment: Box<Experiment> },
    /// The checkpoints that a run keeps, newest first.
    Checkpoints { run: String, kept: Vec<Kept> },
    /// A run that was asked for, read from its folder.
    Opened(Box<Shown>, Vec<LogLine>),
    /// The data of a run that is open.
    Data { run: String, catalogue: Arc<Catalogue>, outline: Arc<Outline> },
    /// Why the data of a run that is open cannot be seen.
    NoData { run: String, why: String },
    /// What a run that is open and trained elsewhere has said since.
    Followed { name: String, events: Vec<TrainEvent>, live: bool },
    /// A run whose curves were asked for.
    Loaded(Box<Shown>),
    /// A volume that was asked for; `run` is the run whose data it is of.
    Volume { run: String, which: Which, volume: Arc<Volume> },
    /// The probabilities that were asked for.
    Predictions { run: String, predictions: Arc<Predictions> },
    /// What of a volume speaks for a class, by a checkpoint that was asked or by the trainer of another process.
    Explained { run: String, explained: Box<Explained> },
    /// A note, tags or a removal that was asked for is on the disk.
    Kept { what: String },
    /// Something that was asked for cannot be had.
    Missing { what: String, why: String },
}

/// What a run begins with.
#[derive(Clone, Debug)]
pub struct Begun {
    pub name: String,
    /// How the command line calls it.
    pub handle: String,
    pub experiment: Arc<Experiment>,
    pub outline: Arc<Outline>,
    /// What it has said so far, when it is resumed.
    pub run: Run,
    /// Where it has branched from another.
    pub parent: Option<Parent>,
}

/// What has to be waited for before a run can begin.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// What is being done: `opening organmnist3d`.
    pub what: String,
    /// Bytes that are there, and that there will be, where that is known.
    pub received: Option<(u64, Option<u64>)>,
    /// Whether it is an attempt that failed, and is made again.
    pub failed: bool,
    /// How far it is, in words.
    pub so_far: Option<String>,
}

impl Waiting {
    /// Something that is being done.
    #[must_use]
    pub fn on(what: impl Into<String>) -> Self {
        Self { what: what.into(), received: None, failed: false, so_far: None }
    }
}

/// A button or the wheel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mouse {
    Click,
    Drag,
    /// Towards the user's top.
    WheelUp,
    WheelDown,
}

/// A place of the picture that can be pointed at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target {
    /// Nothing that reacts.
    Nothing,
    Tab(Screen),
    /// A chart of the Live screen, at so much of its width, from 0 to 1.
    Chart(f64),
    /// The slider over the epochs, at an epoch or beside its track.
    Slider(Option<u64>),
    /// A cell of the confusion matrix.
    Cell {
        truth: usize,
        predicted: usize,
    },
    /// A slice of the Volumes screen, at a voxel of its plane.
    Slice {
        plane: super::volumes::Plane,
        row: usize,
        column: usize,
    },
    /// A line of the list that the screen shows, from 0, by what it stands for (not by its place).
    Item(usize),
    /// The list or text of the screen, beside its lines.
    Body,
}

/// Something to be done outside of the app.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Tell the trainer of this process's run.
    Command(Command),
    /// Tell the trainer of a run of another process.
    Wish { run: String, command: Command },
    /// Tell the player of the run that is played again.
    Play(Play),
    /// Change the queue of the process that trains the run `of`, or this process's.
    Queue { of: Option<String>, change: QueueChange },
    /// Take over the queues that processes have left behind.
    TakeQueuesOver,
    /// End the program's screen. With `Leave::Background` training goes on without one.
    Quit(Leave),
    /// List the runs folder again.
    ListRuns,
    /// Read an experiment file, to be edited with these changes.
    ReadExperiment { path: String, changes: Vec<String> },
    /// List the checkpoints that a run keeps.
    ListCheckpoints { run: String },
    /// Read a run and show it.
    Open { run: String },
    /// Read what a run that is trained elsewhere has said since it was read.
    Follow { run: String },
    /// Read a run for its curves and figures.
    Load { run: String },
    /// Read a volume of a run's data.
    ReadVolume { run: String, which: Which },
    /// Read the predictions in a run's folder.
    ReadPredictions { run: String, split: SplitName, path: String },
    /// Find out what of a volume speaks for a class, from the run's checkpoint of a step, or from the newest.
    Explain { run: String, question: ToExplain, step: Option<u64> },
    /// Keep a note of a run.
    Note { run: String, text: String },
    /// Add tags to a run (`+good`), or remove them (`-old`).
    Tag { run: String, changes: Vec<String> },
    /// Remove a run from the disk.
    Remove { run: String },
    /// Take the mouse, or give it back to the terminal.
    CaptureMouse(bool),
    /// Draw everything anew: something else wrote over the screen.
    Redraw,
    /// Take the terminal again: something else had it.
    Retake,
}

/// How the screen ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// Nothing is trained; the program ends.
    Now,
    /// Training goes on; the terminal is given back.
    Background,
}

/// The palettes of the theme file.
pub const THEMES: [(&str, Theme); 2] = [("dark", Theme::Dark), ("light", Theme::Light)];
