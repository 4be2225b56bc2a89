//! Random numbers of one volume or one batch: a `ChaCha8` stream whose key is where they are used. It uses no
//! distribution of `rand`, whose values may change between its versions, and libm for the same bits everywhere.

use std::f64::consts::TAU;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// What the numbers are for; each purpose has streams of its own.
#[derive(Clone, Copy, Debug)]
pub(super) enum Purpose {
    Augment,
    Mixup,
}

/// The stream of random numbers of one place in a run.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// The numbers for that place of that epoch. All of it is the key itself, so streams never meet.
    pub(super) fn new(purpose: Purpose, seed: u64, epoch: u64, place: u64) -> Self {
        let purpose = match purpose {
            Purpose::Augment => b"augment1",
            Purpose::Mixup => b"mixup 01",
        };
        let mut key = [0; 32];
        let words = [seed, epoch, place, u64::from_le_bytes(*purpose)];
        for (slot, byte) in key.iter_mut().zip(words.into_iter().flat_map(u64::to_le_bytes)) {
            *slot = byte;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in 0..1, in 2³² steps.
    pub(super) fn unit(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / 4_294_967_296.0
    }

    /// Uniform within `spread` of zero.
    pub(super) fn within(&mut self, spread: f64) -> f64 {
        spread * (2.0 * self.unit() - 1.0)
    }

    /// Uniform among 0 to `most`.
    pub(super) fn whole(&mut self, most: usize) -> usize {
        ((u64::from(self.0.next_u32()) * (most as u64 + 1)) >> 32) as usize
    }

    pub(super) fn coin(&mut self) -> bool {
        self.0.next_u32() >> 31 == 1
    }

    /// A direction, none likelier than another.
    pub(super) fn direction(&mut self) -> [f64; 3] {
        let along = self.within(1.0);
        let (around, across) = (TAU * self.unit(), (1.0 - along * along).max(0.0).sqrt());
        [along, across * libm::cos(around), across * libm::sin(around)]
    }

    /// Near-normal integers: the sum of four bytes, centred. Their standard deviation is [`BELL`].
    pub(super) fn bells(&mut self) -> impl Iterator<Item = i32> {
        std::iter::repeat_with(|| self.0.next_u32().to_le_bytes().into_iter().map(i32::from).sum::<i32>() - 510)
    }

    /// A normal number (Box & Muller 1958).
    pub(super) fn normal(&mut self) -> f64 {
        let (far, around) = (1.0 - self.unit(), self.unit());
        (-2.0 * libm::log(far)).sqrt() * libm::cos(TAU * around)
    }
}

/// √(4·(256² − 1)/12).
pub(super) const BELL: f64 = 147.799_413;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bells_and_normal_numbers_have_the_spread_that_they_are_said_to_have() {
        let mut draws = Draws::new(Purpose::Augment, 1, 2, 3);
        let bells: Vec<f64> = draws.bells().take(40_000).map(|bell| f64::from(bell) / BELL).collect();
        let normal: Vec<f64> = (0..40_000).map(|_| draws.normal()).collect();
        for numbers in [bells, normal] {
            let mean = numbers.iter().sum::<f64>() / 40_000.0;
            let variance = numbers.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 40_000.0;
            assert!(mean.abs() < 0.02 && (variance - 1.0).abs() < 0.03, "{mean} {variance}");
        }
    }

    #[test]
    fn whole_numbers_reach_both_ends_and_directions_are_of_length_one() {
        let mut draws = Draws::new(Purpose::Augment, 1, 2, 3);
        let mut seen = [0; 5];
        for _ in 0..5000 {
            seen[draws.whole(4)] += 1;
            let length: f64 = draws.direction().iter().map(|x| x * x).sum();
            assert!((length - 1.0).abs() < 1e-12);
        }
        assert!(seen.iter().all(|&count| (900..1100).contains(&count)), "{seen:?}");
    }
}
