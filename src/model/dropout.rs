//! Dropout of attention probabilities whose masks are a pure function of (seed, step, sample, layer).
//!
//! Burn's own dropout draws from a generator that the whole process shares, so its masks would
//! depend on how threads interleave. These depend on nothing but where they are used: a resumed
//! run, another number of threads and another device draw the same.

use burn::prelude::*;

/// The dropout of one pass over one shard of a batch.
#[derive(Clone, Copy, Debug)]
pub struct AttentionDropout {
    rate: f64,
    heads: usize,
    /// Of (run seed, micro-batch).
    key: u64,
    /// The place of the shard's first sample in its batch.
    first_sample: usize,
}

impl AttentionDropout {
    /// Dropout for the samples from `first_sample` on; `None` when nothing would be dropped.
    ///
    /// `pass` counts the forward passes of the run, so no two of them share a mask.
    #[must_use]
    pub fn new(rate: f64, heads: usize, seed: u64, pass: u64, first_sample: usize) -> Option<Self> {
        let key = mix(mix(seed ^ 0xd209_0a7d).wrapping_add(pass));
        (rate > 0.0).then_some(Self { rate, heads, key, first_sample })
    }

    /// The factors for one layer: 0 or 1/(1−rate), `[batch, heads, tokens, tokens]`.
    #[must_use]
    pub fn mask(&self, layer: usize, batch: usize, tokens: usize, device: &Device) -> Tensor<4> {
        let each = self.heads * tokens * tokens;
        let mut values = Vec::with_capacity(batch * each);
        // Four decisions are cut from each 64-bit number; a 16-bit threshold states any rate to 1e-5.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the rate is in 0..1")]
        let threshold = (self.rate * 65_536.0).round() as u64;
        #[expect(clippy::cast_possible_truncation, reason = "a factor near 1 loses nothing that matters")]
        let kept = (1.0 / (1.0 - self.rate)) as f32;
        for sample in self.first_sample..self.first_sample + batch {
            let key = mix(self.key ^ mix(((sample as u64) << 16) | layer as u64));
            for word in 0..each.div_ceil(4) {
                let bits = mix(key.wrapping_add(word as u64));
                let left = (each - word * 4).min(4);
                for lane in 0..left {
                    let drop = (bits >> (16 * lane)) & 0xffff < threshold;
                    values.push(if drop { 0.0 } else { kept });
                }
            }
        }
        Tensor::from_data(TensorData::new(values, [batch, self.heads, tokens, tokens]), device)
    }
}

/// `SplitMix64`'s output function (Steele, Lea & Flood 2014): a bijection that scatters all bits.
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(first_sample: usize, batch: usize, pass: u64) -> Vec<f32> {
        AttentionDropout::new(0.1, 8, 42, pass, first_sample)
            .unwrap()
            .mask(3, batch, 27, &Device::flex())
            .into_data()
            .try_to_vec()
            .unwrap()
    }

    #[test]
    fn a_sample_has_the_same_mask_in_whichever_shard_it_stands() {
        let whole = mask(0, 4, 7);
        let (head, tail) = (mask(0, 1, 7), mask(1, 3, 7));
        assert_eq!(whole, [head, tail].concat());
    }

    #[test]
    fn a_tenth_is_dropped_and_the_mean_is_kept() {
        let values = mask(0, 32, 1);
        let dropped = values.iter().filter(|v| **v == 0.0).count() as f64 / values.len() as f64;
        let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / values.len() as f64;
        assert!((dropped - 0.1).abs() < 0.003, "{dropped}");
        assert!((mean - 1.0).abs() < 0.005, "{mean}");
    }

    #[test]
    fn passes_samples_and_layers_do_not_share_masks() {
        assert_ne!(mask(0, 1, 1), mask(0, 1, 2));
        assert_ne!(mask(0, 1, 1), mask(1, 1, 1));
    }

    #[test]
    fn a_rate_of_zero_is_no_dropout() {
        assert!(AttentionDropout::new(0.0, 8, 1, 1, 0).is_none());
    }
}
