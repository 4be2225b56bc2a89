//! Threads, signals, devices and the life of a run's process: where the rooms are put together.

mod answers;
mod audience;
mod background;
mod control;
mod dashboard;
pub mod devices;
mod entries;
mod evaluation;
mod explanation;
mod fault;
mod log;
mod queue;
mod replay;
mod session;
mod signals;

use crate::app::queue::words;
use crate::event::Task;
use crate::headless::Headless;

pub use self::devices::tuning::keep_choices as keep_kernel_choices;
pub use background::Place;
pub use dashboard::{Appearance, dashboard, why_no_dashboard};
pub use entries::Entries;
pub use evaluation::{ToEvaluate, evaluate_run};
pub use explanation::{Question, explain_run};
pub use replay::Replay;
pub use session::{Failure, Options, new_run, settled};

use self::audience::Audience;
use self::queue::Queue;
use self::session::Afterwards;
use self::signals::{Heard, Interrupt};

/// What a process is started for.
pub enum Work {
    /// Train these, one after another.
    Train(Vec<Task>),
    /// Go on with what the queues of processes that are gone have before them.
    ResumeQueue,
    /// Play a run again from its journal.
    Replay(Replay),
    /// Look at the runs that there are, and perhaps begin some. One run may be open from the beginning.
    Look { open: Option<String> },
}

impl Work {
    /// Does it; the result is the program's exit code.
    fn carry_out(
        self,
        options: &Options,
        afterwards: Afterwards,
        audience: &dyn Audience,
        interrupt: &Interrupt,
    ) -> Result<u8, Failure> {
        match self {
            Self::Train(tasks) => interrupt.queue.fill(tasks)?,
            Self::ResumeQueue => take_over(audience, interrupt)?,
            Self::Replay(recorded) => return replay::replay(recorded, options, audience),
            Self::Look { .. } => {}
        }
        Ok(session::work_through(options, afterwards, audience, interrupt))
    }
}

/// Takes over what was left behind, and says what that is.
fn take_over(audience: &dyn Audience, interrupt: &Interrupt) -> Result<(), Failure> {
    let (tasks, damaged) = interrupt.queue.take_over()?;
    for line in damaged {
        audience.note(&format!("warning: {line}; the file stays as it is"));
    }
    if tasks.is_empty() {
        return Err(Failure::new(2, "no queue was left behind"));
    }
    audience.note(&format!("{} from a queue that was left behind:", session::tasks_words(tasks.len())));
    for task in &tasks {
        audience.note(&format!("  {}", words(task)));
    }
    Ok(())
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
    let interrupt = listen(options, heard)?;
    work.carry_out(options, Afterwards::End, &Headless::new(options.output), &interrupt)
}

fn listen(options: &Options, heard: impl Fn(Heard) + Send + 'static) -> Result<Interrupt, Failure> {
    Interrupt::listen(Queue::new(&options.runs_dir), heard)
        .map_err(|error| Failure::new(1, format!("cannot listen for signals: {error}")))
}
