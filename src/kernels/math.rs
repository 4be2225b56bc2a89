//! Elementary functions that the compiler can vectorise, from IEEE basic operations alone: the same
//! bits on every machine.

/// eˣ with a relative error below 2·10⁻⁷; saturates outside −87..88.
///
/// Range reduction to |r| ≤ ln 2 / 2 with Cody and Waite's split of ln 2, then the minimax
/// polynomial of Cephes' `expf`.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    /// Adding this rounds to an integer, which then stands in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2^23
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = x - n * LN2_HIGH - n * LN2_LOW;
    let p = 1.987_569_1e-4 * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * (r * r) + r + 1.0;
    // Multiplies by 2ⁿ: n is added to the exponent's bits.
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_double_precision_over_its_whole_range() {
        for i in -86_000..88_000 {
            let x = i as f32 * 1e-3;
            let expected = f64::from(x).exp();
            let error = (f64::from(exp(x)) - expected).abs() / expected;
            assert!(error < 2e-7, "exp({x}) is off by {error:e}");
        }
        assert_eq!(exp(0.0), 1.0);
        assert!(exp(-1e9) < 1e-37 && exp(1e9) > 1e38);
    }
}
