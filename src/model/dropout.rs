//! Dropout of attention probabilities whose choices are a pure function of (seed, step, sample, layer).
//!
//! Burn's own dropout draws from a generator that the whole process shares, so its choices would
//! depend on how threads interleave. These depend on nothing but where they are used: a resumed
//! run, another number of threads and another device choose the same.

use crate::kernels::dropout::{Dropout, mix};

/// The dropout of one pass over one shard of a batch.
#[derive(Clone, Copy, Debug)]
pub struct AttentionDropout {
    rate: f64,
    /// Of (run seed, micro-batch).
    key: u64,
    /// The place of the shard's first sample in its batch.
    first_sample: usize,
}

impl AttentionDropout {
    /// Dropout for the samples from `first_sample` on; `None` when nothing would be dropped.
    ///
    /// `pass` counts the forward passes of the run, so no two of them share a choice.
    #[must_use]
    pub fn new(rate: f64, seed: u64, pass: u64, first_sample: usize) -> Option<Self> {
        let key = mix(mix(seed ^ 0xd209_0a7d).wrapping_add(pass));
        (rate > 0.0).then_some(Self { rate, key, first_sample })
    }

    /// The dropout of one layer, for the `batch` samples of the shard.
    #[must_use]
    pub fn layer(&self, layer: usize, batch: usize) -> Dropout {
        let samples = self.first_sample..self.first_sample + batch;
        let keys = samples.map(|sample| mix(self.key ^ mix(((sample as u64) << 16) | layer as u64)));
        Dropout { rate: self.rate, keys: keys.collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(first_sample: usize, batch: usize, pass: u64) -> Vec<u64> {
        AttentionDropout::new(0.1, 42, pass, first_sample).unwrap().layer(3, batch).keys
    }

    #[test]
    fn a_sample_has_the_same_key_in_whichever_shard_it_stands() {
        assert_eq!(keys(0, 4, 7), [keys(0, 1, 7), keys(1, 3, 7)].concat());
    }

    #[test]
    fn passes_samples_and_layers_do_not_share_keys() {
        let dropout = |pass| AttentionDropout::new(0.1, 42, pass, 0).unwrap();
        let mut all: Vec<u64> = (0..8)
            .flat_map(|pass| (0..8).map(move |layer| (pass, layer)))
            .flat_map(|(pass, layer)| dropout(pass).layer(layer, 32).keys)
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8 * 8 * 32);
    }

    #[test]
    fn a_rate_of_zero_is_no_dropout() {
        assert!(AttentionDropout::new(0.0, 1, 1, 0).is_none());
    }
}
