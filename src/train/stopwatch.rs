//! The training time of a run: the time of all its processes, less what was spent standing still.

use std::time::{Duration, Instant};

/// Runs from its making on.
#[derive(Debug)]
pub(super) struct Stopwatch {
    /// What the processes before this one had measured.
    before_ms: u64,
    started: Instant,
    stood: Duration,
}

impl Stopwatch {
    /// A watch that goes on from so many milliseconds.
    pub(super) fn from(before_ms: u64) -> Self {
        Self { before_ms, started: Instant::now(), stood: Duration::ZERO }
    }

    /// Training time so far, in milliseconds.
    pub(super) fn ms(&self) -> u64 {
        self.ms_at(Instant::now())
    }

    /// Does what takes time that is not the training's.
    pub(super) fn stand<T>(&mut self, wait: impl FnOnce() -> T) -> T {
        let since = Instant::now();
        let waited = wait();
        self.stood += since.elapsed();
        waited
    }

    fn ms_at(&self, now: Instant) -> u64 {
        let ran = now.saturating_duration_since(self.started).saturating_sub(self.stood);
        self.before_ms + u64::try_from(ran.as_millis()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spent_standing_still_is_no_training_time() {
        let started = Instant::now();
        let mut watch = Stopwatch { before_ms: 10_000, started, stood: Duration::ZERO };
        assert_eq!(watch.ms_at(started + Duration::from_secs(5)), 15_000);
        watch.stood = Duration::from_secs(2);
        assert_eq!(watch.ms_at(started + Duration::from_secs(5)), 13_000);
    }

    #[test]
    fn a_wait_is_added_to_the_time_stood_still() {
        let mut watch = Stopwatch::from(0);
        let since = Instant::now();
        let answer = watch.stand(|| {
            while since.elapsed() < Duration::from_millis(5) {
                std::hint::spin_loop();
            }
            42
        });
        assert_eq!(answer, 42);
        assert!(watch.stood >= Duration::from_millis(4), "{:?}", watch.stood);
    }
}
