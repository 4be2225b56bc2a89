//! Threads, signals, devices and the life of a run's process: where the rooms are put together.

mod audience;
mod background;
mod control;
mod dashboard;
pub mod devices;
mod evaluation;
mod fault;
mod log;
mod replay;
mod session;
mod signals;

use crate::config::Experiment;
use crate::headless::Headless;

pub use self::devices::tuning::keep_choices as keep_kernel_choices;
pub use background::{Front, Place};
pub use dashboard::{Appearance, dashboard, why_no_dashboard};
pub use evaluation::evaluate_run;
pub use replay::Replay;
pub use session::{Failure, Options};

use self::audience::Audience;
use self::signals::{Heard, Interrupt};

/// What a process is started for.
pub enum Work {
    /// Train these, one after another.
    Train(Vec<Experiment>),
    /// Go on with the run of that name.
    Resume(String),
    /// Train a child of the run of that name, from a step of it, with its experiment changed.
    Branch { run: String, step: Option<u64>, changes: Vec<String> },
    /// Play a run again from its journal.
    Replay(Replay),
    /// Look at the runs that there are; these experiments could be started. One run may be open from the beginning.
    Look { experiments: Vec<String>, open: Option<String> },
}

impl Work {
    /// Does it; the result is the program's exit code.
    fn carry_out(self, options: &Options, audience: &dyn Audience, interrupt: &Interrupt) -> Result<u8, Failure> {
        match self {
            Self::Train(experiments) => Ok(session::train(experiments, options, audience, interrupt)),
            Self::Resume(name) => session::resume(&name, options, audience, interrupt),
            Self::Branch { run, step, changes } => session::branch(&run, step, &changes, options, audience, interrupt),
            Self::Replay(recorded) => replay::replay(recorded, options, audience),
            Self::Look { .. } => Ok(0),
        }
    }
}

/// Trains without a screen.
///
/// # Errors
///
/// When nothing could be begun at all.
pub fn headless(work: Work, options: &Options) -> Result<u8, Failure> {
    let heard = |heard| {
        if heard == Heard::HungUp {
            background::fall_silent();
        }
    };
    work.carry_out(options, &Headless::new(options.output), &listen(heard)?)
}

fn listen(heard: impl Fn(Heard) + Send + 'static) -> Result<Interrupt, Failure> {
    Interrupt::listen(heard).map_err(|error| Failure::new(1, format!("cannot listen for signals: {error}")))
}
