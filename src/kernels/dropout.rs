//! Which attention probabilities are dropped: a pure function of keys and places.
//!
//! A generator with a state would make the choice depend on the order in which threads ask it. This one has
//! none: the fused kernel computes a choice where it needs it, and again on the way back.

/// Dropout of the attention probabilities of one layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Dropout {
    /// The share that is dropped, in 0..1.
    pub rate: f64,
    /// For each volume of the batch, what tells its choices from those of all other volumes, passes and layers.
    pub keys: Vec<u64>,
}

impl Dropout {
    /// The choices for one head over one sequence of a volume of the batch.
    #[inline(always)]
    pub(super) fn choices(&self, volume: usize, head: usize, sequence: usize) -> Choices {
        let key = self.keys.get(volume).copied().unwrap_or_default();
        Choices {
            key: mix(key ^ mix(head as u64 | (sequence as u64) << 32)),
            // A threshold of 24 bits states any rate to 6·10⁻⁸.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the rate is in 0..1")]
            threshold: (self.rate * f64::from(1 << 24)).round() as u32,
            #[expect(clippy::cast_possible_truncation, reason = "a factor near 1 loses nothing that matters")]
            kept: (1.0 / (1.0 - self.rate)) as f32,
        }
    }
}

/// What is dropped of one head's probabilities.
#[derive(Clone, Copy)]
pub(super) struct Choices {
    key: u64,
    threshold: u32,
    kept: f32,
}

impl Choices {
    /// What a kept probability is multiplied with: 1/(1−rate).
    #[inline(always)]
    pub fn kept(self) -> f32 {
        self.kept
    }

    /// Where the choices of the first queries begin: what [`Choices::factor`] wants to know of each.
    #[inline(always)]
    pub fn starts(self, starts: &mut [u32]) {
        for query in 0..starts.len() {
            #[expect(clippy::cast_possible_truncation, reason = "32 bits of the key")]
            let start = mix(self.key.wrapping_add(query as u64)) as u32;
            starts[query] = start;
        }
    }

    /// What the probability of one key is multiplied with: 0 or 1/(1−rate).
    #[inline(always)]
    pub fn factor(self, start: u32, key: usize) -> f32 {
        #[expect(clippy::cast_possible_truncation, reason = "fewer keys than 2^32")]
        let dropped = scatter(start.wrapping_add(key as u32)) >> 8 < self.threshold;
        if dropped { 0.0 } else { self.kept }
    }

    /// What the probabilities of one query are multiplied with, from the key `first` on: 0 or 1/(1−rate).
    #[inline(always)]
    pub fn factors(self, query: usize, first: usize, factors: &mut [f32]) {
        let key = mix(self.key.wrapping_add(query as u64));
        #[expect(clippy::cast_possible_truncation, reason = "32 bits of the key, and fewer keys than 2^32")]
        let start = (key as u32).wrapping_add(first as u32);
        for place in 0..factors.len() {
            factors[place] = self.factor(start, place);
        }
    }
}

/// `SplitMix64`'s output function (Steele, Lea & Flood 2014): a bijection that scatters all bits.
#[must_use]
pub fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

/// The same for 32 bits, which vector units have more of: Wellons' `lowbias32`.
#[inline(always)]
fn scatter(x: u32) -> u32 {
    let x = (x ^ (x >> 16)).wrapping_mul(0x7feb_352d);
    let x = (x ^ (x >> 15)).wrapping_mul(0x846c_a68b);
    x ^ (x >> 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors(key: u64, head: usize, query: usize) -> Vec<f32> {
        in_sequence(key, head, 0, query)
    }

    fn in_sequence(key: u64, head: usize, sequence: usize, query: usize) -> Vec<f32> {
        let mut factors = vec![0.0; 343];
        Dropout { rate: 0.1, keys: vec![key] }.choices(0, head, sequence).factors(query, 0, &mut factors);
        factors
    }

    #[test]
    fn a_tenth_is_dropped_and_the_mean_is_kept() {
        let values: Vec<f32> = (0..2048_usize).flat_map(|at| factors(at as u64 / 64, at % 8, at / 8 % 8)).collect();
        let dropped = values.iter().filter(|value| **value == 0.0).count() as f64 / values.len() as f64;
        let mean = values.iter().map(|value| f64::from(*value)).sum::<f64>() / values.len() as f64;
        assert!((dropped - 0.1).abs() < 0.002, "{dropped}");
        assert!((mean - 1.0).abs() < 0.005, "{mean}");
    }

    #[test]
    fn neighbours_of_every_kind_choose_independently() {
        // Of n pairs that choose independently, n·0.01 are both dropped.
        let pairs: [fn(usize) -> (f32, f32); 5] = [
            |at| (factors(1, 0, at)[7], factors(1, 0, at)[8]),
            |at| (factors(1, 0, at)[7], factors(1, 0, at + 1)[7]),
            |at| (factors(1, 0, at)[7], factors(1, 1, at)[7]),
            |at| (factors(at as u64, 0, 3)[7], factors(at as u64 + 1, 0, 3)[7]),
            |at| (in_sequence(1, 0, at, 3)[7], in_sequence(1, 0, at + 1, 3)[7]),
        ];
        for (kind, pair) in pairs.into_iter().enumerate() {
            let both = (0..20_000).filter(|&at| pair(at) == (0.0, 0.0)).count();
            assert!((130..270).contains(&both), "kind {kind}: {both} of 20000 both dropped, expected 200");
        }
    }

    #[test]
    fn a_part_of_a_row_is_the_same_part_of_the_whole_row() {
        let dropout = Dropout { rate: 0.3, keys: vec![1, 2] };
        let (mut whole, mut part) = ([0.0; 64], [0.0; 16]);
        dropout.choices(1, 2, 0).factors(3, 0, &mut whole);
        dropout.choices(1, 2, 0).factors(3, 40, &mut part);
        assert_eq!(whole[40..56], part);
    }
}
