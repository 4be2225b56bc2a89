//! Lets the facts of a journal out when they are due, and obeys who watches.

use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::timeline::Timeline;
use crate::app::{Play, Playback, Speed};
use crate::event::TrainEvent;

/// Time that the process lost, as while it was halted, is caught up no further than this.
const MOST_BEHIND: Duration = Duration::from_secs(1);

/// How far the recording is played before it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// To its end, at its speed.
    End,
    Here,
    /// So many steps, at once.
    Steps(u64),
    /// To the end of the epoch, at once.
    Epoch {
        over: bool,
    },
}

/// What becomes of the next fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    InTime,
    AtOnce,
    Wait,
}

impl Reach {
    /// What follows a step belongs to it: the recording stands before the next one.
    fn turn(self, event: &TrainEvent) -> Turn {
        let step = matches!(event, TrainEvent::Stepped(_));
        match self {
            Self::End => Turn::InTime,
            Self::Here => Turn::Wait,
            Self::Steps(0) | Self::Epoch { over: true } if step => Turn::Wait,
            Self::Steps(_) | Self::Epoch { .. } => Turn::AtOnce,
        }
    }

    fn after(self, event: &TrainEvent) -> Self {
        match (self, event) {
            (Self::Steps(steps), TrainEvent::Stepped(_)) => Self::Steps(steps.saturating_sub(1)),
            (Self::Epoch { .. }, TrainEvent::EpochFinished(_)) => Self::Epoch { over: true },
            (same, _) => same,
        }
    }
}

/// Plays a recording.
pub struct Player {
    plays: Receiver<Play>,
    speed: Speed,
    reach: Reach,
    timeline: Timeline,
    /// When the fact before was due.
    due: Instant,
}

impl Player {
    pub fn new(speed: Speed, plays: Receiver<Play>) -> Self {
        Self { plays, speed, reach: Reach::End, timeline: Timeline::default(), due: Instant::now() }
    }

    pub fn playback(&self) -> Playback {
        Playback { speed: self.speed, paused: self.reach != Reach::End }
    }

    /// Waits until a fact is due. `tell` hears of every change of the playing.
    pub fn wait_for(&mut self, event: &TrainEvent, tell: &dyn Fn(Playback)) {
        let mut left = self.timeline.after(event);
        loop {
            let play = match self.reach.turn(event) {
                Turn::AtOnce => {
                    self.due = Instant::now();
                    break;
                }
                Turn::Wait => {
                    if self.reach != Reach::Here {
                        // The steps that were wished for are done.
                        self.reach = Reach::Here;
                        tell(self.playback());
                    }
                    // When nobody is left to wish for anything, it goes on.
                    self.plays.recv().unwrap_or(Play::GoOn)
                }
                Turn::InTime => match self.wait(left) {
                    Some(play) => {
                        left = left.saturating_sub(self.speed.recorded(self.due.elapsed()));
                        play
                    }
                    None => break,
                },
            };
            self.due = Instant::now();
            self.take(play);
            tell(self.playback());
        }
        self.reach = self.reach.after(event);
    }

    /// Waits for so much of the recording to go by, or for a wish.
    fn wait(&mut self, left: Duration) -> Option<Play> {
        let due = self.due.checked_add(self.speed.played(left));
        let heard = match due {
            Some(due) => self.plays.recv_deadline(due),
            None => self.plays.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if let Ok(play) = heard {
            return Some(play);
        }
        let now = Instant::now();
        let due = due.unwrap_or(now);
        self.due = if now.duration_since(due) > MOST_BEHIND { now } else { due };
        None
    }

    fn take(&mut self, play: Play) {
        match play {
            Play::Pause => self.reach = Reach::Here,
            Play::GoOn => self.reach = Reach::End,
            Play::Steps(steps) => {
                // Wishes for steps that are not all played yet add up.
                let before = if let Reach::Steps(before) = self.reach { before } else { 0 };
                self.reach = Reach::Steps(before.saturating_add(steps));
            }
            Play::Epoch => self.reach = Reach::Epoch { over: false },
            Play::Faster => self.speed = self.speed.faster(),
            Play::Slower => self.speed = self.speed.slower(),
            Play::At(speed) => self.speed = speed,
        }
    }
}

#[cfg(test)]
mod tests {
    use crossbeam_channel::unbounded;

    use super::*;

    fn recorded() -> Vec<TrainEvent> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/scenarios/quickstart.jsonl");
        crate::runs::read_journal(path.as_ref()).unwrap().events
    }

    /// What is let out after these wishes, up to where the recording stands; nobody is there to wish for more.
    fn let_out(plays: &[Play]) -> Vec<TrainEvent> {
        let mut reach = Player::new(Speed::AtOnce, unbounded().1);
        for play in plays {
            reach.take(*play);
        }
        let mut seen = Vec::new();
        for event in recorded() {
            if reach.reach.turn(&event) == Turn::Wait {
                break;
            }
            reach.reach = reach.reach.after(&event);
            seen.push(event);
        }
        seen
    }

    fn steps(events: &[TrainEvent]) -> usize {
        events.iter().filter(|event| matches!(event, TrainEvent::Stepped(_))).count()
    }

    #[test]
    fn a_recording_stands_where_it_was_told_to() {
        assert_eq!(let_out(&[]).len(), recorded().len());
        assert_eq!(let_out(&[Play::Pause]), []);
        assert_eq!(let_out(&[Play::Pause, Play::GoOn]).len(), recorded().len());
        assert_eq!(steps(&let_out(&[Play::Steps(3)])), 3);
        assert_eq!(steps(&let_out(&[Play::Steps(3), Play::Steps(2)])), 5, "steps add up");
    }

    #[test]
    fn an_epoch_ends_with_all_that_follows_its_last_step() {
        let seen = let_out(&[Play::Epoch]);
        let Some(TrainEvent::EpochFinished(finished)) =
            seen.iter().find(|event| matches!(event, TrainEvent::EpochFinished(_)))
        else {
            panic!()
        };
        assert_eq!(steps(&seen) as u64, finished.step);
        assert!(seen.iter().any(|event| matches!(event, TrainEvent::Evaluated(_))), "its validation belongs to it");
        assert!(!matches!(seen.last(), Some(TrainEvent::Stepped(_))));
    }

    #[test]
    fn every_wish_is_answered_and_nothing_is_lost_on_the_way() {
        let (sender, plays) = unbounded();
        for play in [Play::Faster, Play::Pause, Play::Steps(1), Play::Slower, Play::At(Speed::AtOnce), Play::GoOn] {
            sender.send(play).unwrap();
        }
        let mut player = Player::new(Speed::Times(1000.0), plays);
        let told = std::cell::RefCell::new(Vec::new());
        for event in recorded() {
            player.wait_for(&event, &|playback| told.borrow_mut().push(playback));
        }
        let told = told.into_inner();
        assert_eq!(told.len(), 7, "each, and that the step was done");
        assert_eq!(told[0], Playback { speed: Speed::AtOnce, paused: false });
        assert_eq!(told[4], Playback { speed: Speed::Times(1000.0), paused: true });
        assert_eq!(told[6], Playback { speed: Speed::AtOnce, paused: false });
    }

    #[test]
    fn a_recording_takes_its_time_divided_by_the_speed() {
        let events = recorded();
        let mut timeline = Timeline::default();
        let whole: Duration = events.iter().map(|event| timeline.after(event)).sum();
        // Played in a tenth of a second.
        let speed = Speed::Times(whole.as_secs_f64() * 10.0);
        let begun = Instant::now();
        let mut player = Player::new(speed, crossbeam_channel::never());
        for event in &events {
            player.wait_for(event, &|_| {});
        }
        assert!(begun.elapsed() >= Duration::from_millis(95), "{:?}", begun.elapsed());
    }
}
