//! Mixup (Zhang et al. 2018): a volume with a share of another, and of its label.

use super::draws::{Draws, Purpose};
use crate::data::Batch;

/// What the volumes of a batch are mixed from.
#[derive(Clone, Debug, PartialEq)]
pub struct Mixed {
    /// The share of a volume's own voxels and of its own label, 0.5 to 1; the rest is its partner's.
    pub share: f32,
    /// The partners' labels, in the batch's order.
    pub partners: Vec<usize>,
}

impl Batch {
    /// Mixes each volume with another of the batch, in shares drawn from Beta(α, α), the same for the whole batch, a
    /// function of (seed, epoch, index) alone.
    ///
    /// The first volume's partner is the last, and so on: an epoch's order is shuffled already. Of a share and its
    /// complement the greater is a volume's own, which changes nothing in the long run, because both orders of a
    /// pair occur; so a volume's label is that of its greater part.
    pub fn mix(&mut self, alpha: f64, seed: u64) {
        let share = share(alpha, &mut Draws::new(Purpose::Mixup, seed, self.epoch, self.index));
        let (count, size) = (self.len(), self.voxels.len() / self.len().max(1));
        let (first, last) = self.voxels.split_at_mut(count / 2 * size);
        let pairs = first.chunks_exact_mut(size.max(1)).zip(last.chunks_exact_mut(size.max(1)).rev());
        for (first, last) in pairs {
            for (a, b) in first.iter_mut().zip(last) {
                (*a, *b) = (*a * share + *b * (1.0 - share), *b * share + *a * (1.0 - share));
            }
        }
        self.mixed = Some(Mixed { share, partners: self.labels.iter().rev().copied().collect() });
    }
}

/// The greater of λ and 1 − λ, λ from Beta(α, α): of two gamma numbers the share of one.
#[expect(clippy::cast_possible_truncation, reason = "intensities are single-precision")]
fn share(alpha: f64, draws: &mut Draws) -> f32 {
    let apart = (log_gamma(alpha, draws) - log_gamma(alpha, draws)).abs();
    (1.0 / (1.0 + libm::exp(-apart))) as f32
}

/// The logarithm of a number from Gamma(α, 1) (Marsaglia & Tsang 2000). Of a small α the numbers themselves would
/// be too small for a float.
fn log_gamma(alpha: f64, draws: &mut Draws) -> f64 {
    if alpha < 1.0 {
        let below = libm::log(1.0 - draws.unit()) / alpha;
        return log_gamma(alpha + 1.0, draws) + below;
    }
    let d = alpha - 1.0 / 3.0;
    let c = 1.0 / (9.0 * d).sqrt();
    loop {
        let x = draws.normal();
        let v = (1.0 + c * x).powi(3);
        if v > 0.0 {
            let accept = 0.5 * x * x + d - d * v + d * libm::log(v);
            if libm::log(1.0 - draws.unit()) < accept {
                return libm::log(d) + libm::log(v);
            }
        }
    }
}
