//! What is done before a run can begin: the steps so far, how long each took, and how fast a download is.
//!
//! The only clock is the app's own, which its ticks set.

use std::collections::VecDeque;

use super::msg::Waiting;

/// A speed is looked at over so many marks of the clock, and is known once they span so much time.
const MARKS: usize = 12;
const SHORTEST_MS: u64 = 800;

/// The steps of getting ready.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Preparing {
    /// The steps that are over, and how long each took.
    pub done: Vec<(Waiting, u64)>,
    /// When the step that is under way began.
    since_ms: u64,
    /// Bytes that were there at recent times: milliseconds and bytes.
    marks: VecDeque<(u64, u64)>,
}

impl Preparing {
    /// Takes in what is being done now, after what was being done before.
    pub fn take_in(&mut self, before: Option<&Waiting>, now: &Waiting, now_ms: u64) {
        if before.is_none_or(|before| before.what != now.what) {
            if let Some(before) = before {
                self.done.push((before.clone(), now_ms.saturating_sub(self.since_ms)));
            }
            self.since_ms = now_ms;
            self.marks.clear();
        }
        if let Some((received, _)) = now.received {
            // Of what comes within one tick the newest counts.
            if self.marks.back().is_some_and(|(at, _)| *at == now_ms) && self.marks.len() > 1 {
                self.marks.pop_back();
            }
            if self.marks.len() == MARKS {
                self.marks.pop_front();
            }
            self.marks.push_back((now_ms, received));
        }
    }

    /// How long the step that is under way has taken so far.
    #[must_use]
    pub fn elapsed_ms(&self, now_ms: u64) -> u64 {
        now_ms.saturating_sub(self.since_ms)
    }

    /// The recent speed of a download, in bytes a second.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a speed needs no more")]
    pub fn bytes_per_s(&self) -> Option<f64> {
        let ((first_ms, first), (last_ms, last)) = (self.marks.front()?, self.marks.back()?);
        let span = last_ms.saturating_sub(*first_ms);
        (span >= SHORTEST_MS).then(|| last.saturating_sub(*first) as f64 * 1000.0 / span as f64)
    }

    /// How long the rest of a download takes at that speed.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub fn remaining_ms(&self, received: u64, total: u64) -> Option<u64> {
        let speed = self.bytes_per_s().filter(|speed| *speed > 0.0)?;
        Some((total.saturating_sub(received) as f64 / speed * 1000.0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fetching(received: u64) -> Waiting {
        Waiting { received: Some((received, Some(10_000_000))), ..Waiting::on("fetching") }
    }

    #[test]
    fn the_speed_is_that_of_the_last_seconds_and_unknown_at_first() {
        let mut preparing = Preparing::default();
        let mut before = None;
        for second in 0..30_u64 {
            // Slow at first, fast later: what was long ago no longer counts.
            let received = if second < 10 { second * 1_000 } else { 10_000 + (second - 10) * 100_000 };
            let now = fetching(received);
            preparing.take_in(before.as_ref(), &now, second * 1000);
            assert_eq!(preparing.bytes_per_s().is_none(), second == 0);
            before = Some(now);
        }
        assert!((preparing.bytes_per_s().unwrap() - 100_000.0).abs() < 1.0);
        assert_eq!(preparing.remaining_ms(9_000_000, 10_000_000), Some(10_000));
    }

    #[test]
    fn a_step_that_is_done_leaves_its_name_and_its_time() {
        let mut preparing = Preparing::default();
        let opening = Waiting::on("opening organmnist3d");
        preparing.take_in(None, &opening, 100);
        preparing.take_in(Some(&opening), &fetching(0), 400);
        preparing.take_in(Some(&fetching(0)), &fetching(10), 900);
        assert_eq!(preparing.done, [(opening, 300)]);
        assert_eq!(preparing.elapsed_ms(1_400), 1_000);
    }
}
