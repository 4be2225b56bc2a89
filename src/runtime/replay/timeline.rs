//! When the facts of a journal happened, in the run's own time: pauses of the user are left out of it.

use std::time::Duration;

use crate::event::TrainEvent;

/// The run's time up to the newest fact, in microseconds.
#[derive(Default)]
pub struct Timeline {
    at_us: u64,
}

impl Timeline {
    /// How long after the fact before it this one happened. What tells no time happened at once.
    pub fn after(&mut self, event: &TrainEvent) -> Duration {
        let before = self.at_us;
        let told_us = |wall_ms: u64| wall_ms.saturating_mul(1000);
        match event {
            TrainEvent::Stepped(stepped) => self.at_us = before.saturating_add(stepped.times.total_us()),
            TrainEvent::Evaluated(evaluated) => {
                self.at_us = before.saturating_add(told_us(evaluated.evaluation_ms));
            }
            // What was not in steps or evaluations was waited for: the clock that the run kept knows of it.
            TrainEvent::EpochFinished(finished) => self.at_us = before.max(told_us(finished.wall_ms)),
            TrainEvent::Finished(finished) => self.at_us = before.max(told_us(finished.wall_ms)),
            TrainEvent::Stopped { wall_ms, .. } => self.at_us = before.max(told_us(*wall_ms)),
            TrainEvent::Resumed { wall_ms, .. } => {
                // The clock is set back to the checkpoint. Nobody knows how long the run lay still.
                self.at_us = told_us(*wall_ms);
                return Duration::ZERO;
            }
            _ => {}
        }
        Duration::from_micros(self.at_us - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn journal(name: &str) -> Vec<TrainEvent> {
        let path = format!("{}/tests/scenarios/{name}.jsonl", env!("CARGO_MANIFEST_DIR"));
        crate::runs::read_journal(path.as_ref()).unwrap().events
    }

    /// The run's time at each fact.
    fn times(events: &[TrainEvent]) -> Vec<Duration> {
        let mut timeline = Timeline::default();
        let mut at = Duration::ZERO;
        events
            .iter()
            .map(|event| {
                at += timeline.after(event);
                at
            })
            .collect()
    }

    #[test]
    fn a_whole_run_takes_as_long_as_its_own_clock_said() {
        let events = journal("quickstart");
        let times = times(&events);
        for (event, at) in events.iter().zip(&times) {
            if let TrainEvent::EpochFinished(finished) = event {
                assert!(
                    at.abs_diff(Duration::from_millis(finished.wall_ms)) < Duration::from_millis(60),
                    "{finished:?}: {at:?}"
                );
            }
        }
        assert!(times.last().unwrap() >= &Duration::from_secs(1), "a recorded run takes its time");
    }

    #[test]
    fn a_pause_takes_no_time_and_neither_does_what_lies_between_two_processes() {
        for name in ["controlled", "resumed"] {
            let events = journal(name);
            let mut timeline = Timeline::default();
            for event in &events {
                let after = timeline.after(event);
                let timeless = matches!(
                    event,
                    TrainEvent::Started(_)
                        | TrainEvent::Resumed { .. }
                        | TrainEvent::Inherited(_)
                        | TrainEvent::Transferred(_)
                        | TrainEvent::Paused { .. }
                        | TrainEvent::Continued { .. }
                        | TrainEvent::CheckpointSaved { .. }
                );
                assert!(!timeless || after.is_zero(), "{name}: {event:?} took {after:?}");
                if let TrainEvent::Stepped(stepped) = event {
                    assert_eq!(after, Duration::from_micros(stepped.times.total_us()));
                }
            }
        }
    }

    #[test]
    fn an_absurd_journal_overflows_nothing() {
        let mut timeline = Timeline::default();
        for _ in 0..3 {
            timeline.after(&TrainEvent::Stopped { step: 1, wall_ms: u64::MAX });
        }
        assert_eq!(timeline.at_us, u64::MAX);
    }
}
