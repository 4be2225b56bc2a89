//! What the user wishes, obeyed between two steps: pause, step, go on, look closer, change the rate.
//!
//! Every wish is answered by a fact, if only by a warning that says why it was not granted. None but
//! the change of the rate changes a bit of what is trained.

use super::average::Shown;
use super::checkpoint::{self, Keep};
use super::evaluate::Occasion;
use super::{Error, Trainer, evaluate};
use crate::event::{Command, PauseReason, SplitName, TrainEvent, Weights};

/// How far the run may go before it stands still.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Going {
    /// To its end.
    #[default]
    On,
    /// So many optimizer steps, and what follows the last of them where that ends an epoch.
    Steps(u64),
    /// To the end of this epoch, its validation and checkpoint included.
    Epoch(u64),
    /// Nowhere: it waits for wishes.
    Still,
}

/// Whether to go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Onward {
    Go,
    Stop,
}

/// Where the run stands between going on and standing still.
#[derive(Debug, Default)]
pub(super) struct Control {
    going: Going,
    /// Whether the last that was told is that the run stands still. A single step on the way from one
    /// pause to the next is not told as going on.
    told_still: bool,
    /// Whether an epoch has ended since the last step.
    epoch_ended: bool,
    out_of_trouble: OutOfTrouble,
}

/// What was wished for last while the run stood still because of trouble, and is not seen to yet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum OutOfTrouble {
    #[default]
    Nothing,
    /// To go on: a pause that it was on its way to is not wished for any more.
    On,
    Stop,
}

impl Control {
    /// A step was taken.
    pub(super) fn stepped(&mut self) {
        self.epoch_ended = false;
        if let Going::Steps(left) = &mut self.going {
            *left = left.saturating_sub(1);
        }
    }

    /// An epoch was validated and is over.
    pub(super) fn epoch_ended(&mut self) {
        self.epoch_ended = true;
    }

    /// The run stands still because of trouble; how far it may go stays.
    pub(super) fn stands(&mut self) {
        self.told_still = true;
    }

    /// The run was taken back to an earlier step.
    pub(super) fn went_back(&mut self) {
        *self = Self { told_still: self.told_still, ..Self::default() };
    }

    /// The run was told to go on.
    pub(super) fn release(&mut self) {
        self.out_of_trouble = OutOfTrouble::On;
    }

    /// What was said of trouble before does not concern the pause that is wished for now.
    fn begins_to_pause(&mut self) {
        if self.out_of_trouble == OutOfTrouble::On {
            self.out_of_trouble = OutOfTrouble::Nothing;
        }
    }

    /// It is to stop as soon as it is out of trouble.
    pub(super) fn stop_is_wished(&mut self) {
        self.out_of_trouble = OutOfTrouble::Stop;
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.out_of_trouble == OutOfTrouble::Stop
    }
}

impl Trainer<'_> {
    /// Does what was wished for since the last step. While the run stands still this waits for the next
    /// wish, without using the processor.
    pub(super) fn obey(&mut self) -> Result<Onward, Error> {
        self.pause_if_due()?;
        while !self.control.is_stopping()
            && let Some(command) = self.next_wish()?
        {
            if self.follow(command)? == Onward::Stop {
                return Ok(Onward::Stop);
            }
            self.pause_if_due()?;
        }
        self.answer_on()?;
        Ok(if self.control.is_stopping() { Onward::Stop } else { Onward::Go })
    }

    fn next_wish(&mut self) -> Result<Option<Command>, Error> {
        let commands = self.wires.commands;
        if self.control.going != Going::Still {
            // Nobody there to wish for anything stops nothing.
            return Ok(commands.try_recv().ok());
        }
        while self.answering.is_some() {
            if let Ok(wish) = commands.try_recv() {
                return Ok(Some(wish));
            }
            self.answer_on()?;
        }
        let wish = self.stopwatch.stand(|| commands.recv()).ok();
        if wish.is_none() {
            // Nobody is left who could wish for the next step.
            self.go(Going::On)?;
        }
        Ok(wish)
    }

    pub(super) fn follow(&mut self, command: Command) -> Result<Onward, Error> {
        // Whatever is wished for is about the step that was taken last, not about those that were read.
        self.flush()?;
        if self.bad.is_some() && !self.may_follow(command)? {
            return Ok(Onward::Go);
        }
        match command {
            Command::Stop => return Ok(Onward::Stop),
            Command::Pause | Command::Step(0) => self.pause()?,
            Command::Continue => self.go(Going::On)?,
            // Wishes for steps add up: three keys are three steps, however fast they were pressed.
            Command::Step(steps) => match self.control.going {
                Going::Steps(left) => self.go(Going::Steps(left.saturating_add(steps)))?,
                Going::On | Going::Epoch(_) | Going::Still => self.go(Going::Steps(steps))?,
            },
            Command::Epoch => {
                // A wish made while an epoch was being validated means that epoch.
                let ended = self.control.epoch_ended && self.control.going != Going::Still;
                let epoch = if ended { self.state.epoch_of_weights() } else { self.state.epoch };
                self.go(Going::Epoch(epoch))?;
            }
            Command::Checkpoint => self.checkpoint(Keep::ForGood)?,
            Command::Evaluate(split) => self.evaluate(split)?,
            Command::SetLearningRate(requested) => self.set_rate(requested)?,
            Command::SetBreakpoint(breakpoint) => {
                self.breakpoints.set(breakpoint);
                self.tell(TrainEvent::BreakpointSet { breakpoint })?;
            }
            Command::ClearBreakpoints => {
                self.breakpoints.clear();
                self.tell(TrainEvent::BreakpointsCleared)?;
            }
            Command::RollBack(to) => self.roll_back(to)?,
            Command::Explain(question) => self.explain(question)?,
        }
        Ok(Onward::Go)
    }

    /// Whether a wish makes sense before a figure that is not finite. Going on tries the same step again, where it has
    /// not spoilt the weights; else nothing is done with them but leaving them behind.
    fn may_follow(&mut self, command: Command) -> Result<bool, Error> {
        let spoilt = self.bad.as_ref().is_some_and(|bad| bad.applied);
        match command {
            Command::Continue | Command::Step(1..) | Command::Epoch if spoilt => self.pause()?,
            Command::Checkpoint | Command::Evaluate(_) if spoilt => {
                self.warn("these weights are not finite: roll back first".into())?;
            }
            Command::Continue | Command::Step(1..) | Command::Epoch => {
                self.bad = None;
                return Ok(true);
            }
            _ => return Ok(true),
        }
        Ok(false)
    }

    /// Goes on out of trouble: as far as it was told to before, and out of a pause to the end.
    pub(super) fn release(&mut self) -> Result<(), Error> {
        self.control.release();
        if self.control.going == Going::Still {
            self.control.going = Going::On;
        }
        self.control.told_still = false;
        self.tell(TrainEvent::Continued { step: self.state.step })
    }

    fn go(&mut self, going: Going) -> Result<(), Error> {
        self.control.going = going;
        let told = match going {
            // Between two pauses a single step is told by itself.
            Going::Steps(1) | Going::Still => false,
            Going::Steps(_) | Going::Epoch(_) => self.control.told_still,
            // Whoever wishes to go on is answered, even where nothing stood still.
            Going::On => true,
        };
        if told {
            self.control.told_still = false;
            self.tell(TrainEvent::Continued { step: self.state.step })?;
        }
        Ok(())
    }

    fn pause_if_due(&mut self) -> Result<(), Error> {
        let due = match self.control.going {
            Going::On | Going::Still => false,
            // A step that ends an epoch is whole once the epoch is validated and kept.
            Going::Steps(left) => left == 0 && (self.epoch_has_batches() || self.is_trained()),
            Going::Epoch(last) => self.state.epoch > last,
        };
        let bad = self.bad.is_some() && self.control.going != Going::Still;
        if due || bad || self.breakpoints.any_met() { self.pause() } else { Ok(()) }
    }

    /// Stands still and says why: because of each breakpoint that was met and of a figure that is not finite, else
    /// because it was asked to.
    pub(super) fn pause(&mut self) -> Result<(), Error> {
        // What is read now may meet a breakpoint as well. And whoever looks at a run that stands finds it kept.
        self.control.begins_to_pause();
        self.flush()?;
        self.finish_checkpoint()?;
        match self.control.out_of_trouble {
            // It stood still meanwhile, and was told to go on, or to stop.
            OutOfTrouble::On if self.bad.is_none() && !self.breakpoints.any_met() => return Ok(()),
            OutOfTrouble::Stop => return Ok(()),
            OutOfTrouble::On | OutOfTrouble::Nothing => {}
        }
        self.control.going = Going::Still;
        self.control.told_still = true;
        let met = self.breakpoints.take_met();
        let mut reasons: Vec<PauseReason> =
            met.into_iter().map(|(breakpoint, value)| PauseReason::Breakpoint { breakpoint, value }).collect();
        reasons.extend(self.bad.clone().map(PauseReason::NotFinite));
        if reasons.is_empty() {
            reasons.push(PauseReason::Asked);
        }
        let (step, epoch) = (self.stands_at(), self.epoch());
        reasons.into_iter().try_for_each(|reason| self.tell(TrainEvent::Paused { step, epoch, reason }))
    }

    /// Evaluates with the weights as they are. Which are the best is for the ends of the epochs to say.
    fn evaluate(&mut self, split: SplitName) -> Result<(), Error> {
        if split == SplitName::Test {
            let why = "the test split is evaluated at the end alone: what is chosen by it proves nothing";
            return self.warn(why.into());
        }
        let file = format!("{}-{}", checkpoint::name(self.state.step), split.word());
        let Shown { model, averaged } = self.shown();
        let occasion = Occasion { split, weights: Weights::Last, averaged, best: false, file };
        match evaluate(&model, self.job, split).and_then(|of| self.keep_evaluation(&of, &occasion)) {
            Ok(evaluated) => self.tell(evaluated),
            Err(lost @ Error::Device(_)) => Err(lost),
            Err(error) => self.warn(format!("no evaluation after step {}: {error}", self.state.step)),
        }
    }

    fn set_rate(&mut self, requested: f64) -> Result<(), Error> {
        let (least, most) = (f64::from(f32::MIN_POSITIVE), f64::from(f32::MAX));
        if !(least..=most).contains(&requested) {
            return self.warn(format!("the learning rate stays: expected a number above 0, but got {requested:e}"));
        }
        self.state.learning_rate = Some(requested);
        self.tell_rate(requested)?;
        if self.bad.as_ref().is_some_and(|bad| bad.applied) {
            // It goes with the run to where that is taken back to.
            return Ok(());
        }
        // On the disk at once: no kill takes the run back to where it would train with the old rate.
        self.checkpoint(Keep::AsNewest)
    }

    /// Says which rate the schedule starts from, and what the next step takes.
    #[expect(clippy::cast_possible_truncation, reason = "Burn multiplies in the weights' single precision")]
    pub(super) fn tell_rate(&mut self, requested: f64) -> Result<(), Error> {
        let (step, applied) = (self.state.step, f64::from(self.rate(self.state.step) as f32));
        self.tell(TrainEvent::LearningRateChanged { step, requested, applied })
    }
}
