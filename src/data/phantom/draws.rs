//! Random numbers of one volume: a `ChaCha8` stream keyed by (seed, split, index), turned into the few
//! distributions anatomy needs. Knows nothing of shapes beyond points, and uses no distribution of `rand`,
//! whose values may change between its versions.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::shape::{Vec3, at};

/// The stream of random numbers that one volume is made from.
pub(super) struct Draws(ChaCha8Rng);

impl Draws {
    /// The stream of volume `index` of split `split`. The three numbers are the key itself, so streams never
    /// meet.
    pub(super) fn new(seed: u64, split: u64, index: u64) -> Self {
        let words = [seed, split, index, u64::from_le_bytes(*b"phantom1")];
        let mut key = [0; 32];
        for (slot, byte) in key.iter_mut().zip(words.into_iter().flat_map(u64::to_le_bytes)) {
            *slot = byte;
        }
        Self(ChaCha8Rng::from_seed(key))
    }

    /// Uniform in `low..high`, in 65,536 steps: anatomy needs no finer ones, and 16 bits convert to `f32`
    /// exactly.
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        let unit = f32::from((self.0.next_u32() >> 16) as u16) / 65_536.0;
        low + (high - low) * unit
    }

    /// Uniform within `spread` of zero.
    pub(super) fn jitter(&mut self, spread: f32) -> f32 {
        self.between(-spread, spread)
    }

    /// `value`, up to the fraction `spread` larger or smaller.
    pub(super) fn about(&mut self, value: f32, spread: f32) -> f32 {
        value * (1.0 + self.jitter(spread))
    }

    /// A point within `spread` of `point` along each axis.
    pub(super) fn near(&mut self, point: Vec3, spread: f32) -> Vec3 {
        point + at(self.jitter(spread), self.jitter(spread), self.jitter(spread))
    }

    /// Radii that each differ from `radii` by up to the fraction `spread`.
    pub(super) fn sized(&mut self, radii: Vec3, spread: f32) -> Vec3 {
        at(self.about(radii.x, spread), self.about(radii.y, spread), self.about(radii.z, spread))
    }

    /// True with the given probability.
    pub(super) fn chance(&mut self, probability: f32) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// Near-normal integers: the sum of four bytes, centred. Standard deviation 147.8, never beyond ±510.
    pub(super) fn bells(&mut self) -> impl Iterator<Item = i32> {
        std::iter::repeat_with(|| self.0.next_u32().to_le_bytes().into_iter().map(i32::from).sum::<i32>() - 510)
    }

    /// Puts `items` into random order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            let place = (u64::from(self.0.next_u32()) * (last as u64 + 1)) >> 32;
            // The product's upper half is at most `last`; the fallback serves the conversion's type alone.
            items.swap(last, usize::try_from(place).unwrap_or(last));
        }
    }
}
