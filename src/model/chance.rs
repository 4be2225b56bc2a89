//! What is random in a pass, as a pure function of (seed, pass, sample, layer, skip): dropout of attention
//! probabilities, and stochastic depth.
//!
//! Burn's own dropout draws from a generator that the whole process shares, so its choices would
//! depend on how threads interleave. These depend on nothing but where they are used: a resumed
//! run, another number of threads and another device choose the same.

use crate::kernels::depth::Depth;
use crate::kernels::dropout::{Dropout, mix};

/// What tells the choices of a kind from those of all others.
const DROPOUT: u64 = 0xd209_0a7d;
const DEPTH: u64 = 0x57d3_9b21;

/// How much is left to chance.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rates {
    /// The share of the attention probabilities that is dropped.
    pub attention_dropout: f64,
    /// The share of the samples that go around a half of the last block.
    pub stochastic_depth: f64,
}

impl Rates {
    /// Nothing is left to chance.
    pub const NONE: Self = Self { attention_dropout: 0.0, stochastic_depth: 0.0 };
}

/// What is random in one pass over one shard of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Chance {
    rates: Rates,
    /// Of (run seed, micro-batch), for dropout and for depth.
    keys: [u64; 2],
    /// The place of the shard's first sample in its batch.
    first_sample: usize,
}

impl Chance {
    /// The chances of the samples from `first_sample` on; `None` when nothing is left to chance.
    ///
    /// `pass` counts the forward passes of the run, so no two of them share a choice.
    #[must_use]
    pub fn new(rates: Rates, seed: u64, pass: u64, first_sample: usize) -> Option<Self> {
        let keys = [DROPOUT, DEPTH].map(|kind| mix(mix(seed ^ kind).wrapping_add(pass)));
        let any = rates.attention_dropout > 0.0 || rates.stochastic_depth > 0.0;
        any.then_some(Self { rates, keys, first_sample })
    }

    /// The chances of one block, for the `batch` samples of the shard.
    #[must_use]
    pub fn block(self, block: Place, batch: usize) -> BlockChance {
        BlockChance { chance: self, block, batch }
    }
}

/// Where a block stands.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// In its encoder, from 0.
    pub block: usize,
    /// Blocks of its encoder.
    pub of: usize,
    /// Blocks of the encoders before it.
    pub before: usize,
}

/// What is random in one block.
#[derive(Clone, Copy, Debug)]
pub struct BlockChance {
    chance: Chance,
    block: Place,
    batch: usize,
}

/// What is left to chance in one attention; nothing while evaluating.
#[derive(Clone, Debug, Default)]
pub struct AttentionChance {
    pub dropout: Option<Dropout>,
    pub depth: Option<Depth>,
}

impl BlockChance {
    /// Both for the attention of a skip connection.
    #[must_use]
    pub fn attention(&self, skip: usize) -> AttentionChance {
        AttentionChance { dropout: self.dropout(skip), depth: self.depth(skip) }
    }

    /// Which probabilities the attention of a skip connection drops; a block's skips count from 0.
    #[must_use]
    pub fn dropout(&self, skip: usize) -> Option<Dropout> {
        let rate = self.chance.rates.attention_dropout;
        let [key, _] = self.chance.keys;
        (rate > 0.0).then(|| Dropout { rate, keys: self.keys(key, skip).collect() })
    }

    /// Which samples go around what a skip connection goes around. The chance grows from 0 in the first block of an
    /// encoder to the rate in its last (paper, section 4.1; Huang et al. 2016, equation 4); who is kept makes up for it.
    #[must_use]
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "a share, and at most 128 blocks")]
    pub fn depth(&self, skip: usize) -> Option<Depth> {
        /// A choice takes 24 bits, which state any share to 6·10⁻⁸.
        const BITS: u32 = 24;
        let Place { block, of, .. } = self.block;
        let rate = self.chance.rates.stochastic_depth * block as f64 / (of.max(2) - 1) as f64;
        let [_, key] = self.chance.keys;
        let kept = (1.0 / (1.0 - rate)) as f32;
        let drawn = |key: u64| (key >> (u64::BITS - BITS)) as f64 / f64::from(1_u32 << BITS);
        let factor = |key: u64| if drawn(key) < rate { 0.0 } else { kept };
        (rate > 0.0).then(|| Depth { factors: self.keys(key, skip).map(factor).collect() })
    }

    /// A key for each sample.
    fn keys(&self, key: u64, skip: usize) -> impl Iterator<Item = u64> {
        let samples = self.chance.first_sample..self.chance.first_sample + self.batch;
        let place = (skip << 8 | (self.block.before + self.block.block)) as u64;
        samples.map(move |sample| mix(key ^ mix(((sample as u64) << 16) | place)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: Rates = Rates { attention_dropout: 0.1, stochastic_depth: 0.5 };

    fn block(block: usize) -> Place {
        Place { block, of: 8, before: 0 }
    }

    fn keys(first_sample: usize, batch: usize, pass: u64) -> Vec<u64> {
        Chance::new(BOTH, 42, pass, first_sample).unwrap().block(block(3), batch).dropout(0).unwrap().keys
    }

    fn factors(pass: u64, place: Place, skip: usize) -> Vec<f32> {
        let depth = Chance::new(BOTH, 42, pass, 0).unwrap().block(place, 32).depth(skip);
        depth.map_or_else(Vec::new, |depth| depth.factors)
    }

    #[test]
    fn a_sample_has_the_same_key_in_whichever_shard_it_stands() {
        assert_eq!(keys(0, 4, 7), [keys(0, 1, 7), keys(1, 3, 7)].concat());
    }

    #[test]
    fn passes_samples_layers_and_skips_do_not_share_keys() {
        let chance = |pass| Chance::new(BOTH, 42, pass, 0).unwrap();
        let mut all: Vec<u64> = (0..8)
            .flat_map(|pass| (0..16).map(move |layer| (pass, layer)))
            .flat_map(|(pass, layer)| {
                let place = Place { block: layer % 8, of: 8, before: layer / 8 * 8 };
                (0..2).flat_map(move |skip| chance(pass).block(place, 32).dropout(skip).unwrap().keys)
            })
            .collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 8 * 16 * 2 * 32);
    }

    #[test]
    fn rates_of_zero_leave_nothing_to_chance() {
        assert!(Chance::new(Rates::NONE, 1, 1, 0).is_none());
        let alone = Chance::new(Rates { stochastic_depth: 0.5, ..Rates::NONE }, 1, 1, 0).unwrap();
        assert!(alone.block(block(7), 1).dropout(0).is_none());
    }

    #[test]
    fn the_chance_to_be_dropped_grows_from_block_to_block_and_the_mean_is_kept() {
        for (number, rate) in [(0, 0.0), (1, 0.5 / 7.0), (4, 2.0 / 7.0), (7, 0.5)] {
            let all: Vec<f32> = (0..400).flat_map(|pass| factors(pass, block(number), 2)).collect();
            if rate == 0.0 {
                assert!(all.is_empty(), "nothing is dropped in the first block");
                continue;
            }
            let dropped = all.iter().filter(|factor| **factor == 0.0).count() as f64 / all.len() as f64;
            let mean = all.iter().map(|factor| f64::from(*factor)).sum::<f64>() / all.len() as f64;
            assert!((dropped - rate).abs() < 0.015, "block {number}: {dropped} instead of {rate}");
            assert!((mean - 1.0).abs() < 0.03, "block {number}: {mean}");
        }
        assert!(factors(0, Place { block: 0, of: 1, before: 0 }, 0).is_empty(), "an only block is the first");
    }

    #[test]
    fn the_skips_of_a_block_choose_independently() {
        let both = |pass| factors(pass, block(7), 0).into_iter().zip(factors(pass, block(7), 1));
        let dropped = (0..400).flat_map(both).filter(|pair| *pair == (0.0, 0.0)).count();
        assert!((2900..3500).contains(&dropped), "{dropped} of 12800 pairs, expected 3200");
    }
}
