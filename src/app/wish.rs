//! What the trainer was asked for and has not answered yet: the screen shows both what is and what is wished.

use crate::event::{Command, TrainEvent, Weights};

/// A command on its way to the trainer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wish {
    pub command: Command,
}

impl Wish {
    /// What the screen says while it lasts.
    #[must_use]
    pub fn words(&self) -> &'static str {
        match self.command {
            Command::Stop => "stopping…",
            Command::Pause => "pausing…",
            Command::Continue => "going on…",
            Command::Step(_) => "stepping…",
            Command::Epoch => "to the end of the epoch…",
            Command::Checkpoint => "checkpointing…",
            Command::Evaluate(_) => "evaluating…",
            Command::SetLearningRate(_) => "setting the learning rate…",
            Command::SetBreakpoint(_) | Command::ClearBreakpoints => "setting breakpoints…",
            Command::RollBack(_) => "rolling back…",
            Command::Explain(_) => "looking for evidence…",
        }
    }

    /// Whether a fact fulfils the wish, or ends the hope for it.
    #[must_use]
    pub fn answered_by(&self, event: &TrainEvent) -> bool {
        if matches!(event, TrainEvent::Stopped { .. } | TrainEvent::Finished(_) | TrainEvent::Failed { .. }) {
            return true;
        }
        if matches!(event, TrainEvent::Paused { reason, .. } if reason.is_trouble()) {
            // Until it is seen to, nothing else is.
            return true;
        }
        match self.command {
            Command::Stop => false,
            Command::Pause | Command::Step(_) | Command::Epoch => matches!(event, TrainEvent::Paused { .. }),
            Command::Continue => matches!(event, TrainEvent::Continued { .. }),
            // What cannot be granted is answered by a warning that says why.
            Command::Checkpoint => {
                matches!(event, TrainEvent::CheckpointSaved { pinned: true, .. } | TrainEvent::Warned { .. })
            }
            Command::Evaluate(wanted) => match event {
                TrainEvent::Evaluated(evaluated) => evaluated.split == wanted && evaluated.weights == Weights::Last,
                event => matches!(event, TrainEvent::Warned { .. }),
            },
            Command::SetLearningRate(_) => {
                matches!(event, TrainEvent::LearningRateChanged { .. } | TrainEvent::Warned { .. })
            }
            Command::SetBreakpoint(_) => matches!(event, TrainEvent::BreakpointSet { .. }),
            Command::ClearBreakpoints => matches!(event, TrainEvent::BreakpointsCleared),
            Command::RollBack(_) => matches!(event, TrainEvent::Resumed { .. } | TrainEvent::Warned { .. }),
            Command::Explain(_) => matches!(event, TrainEvent::Explained(_)),
        }
    }
}
