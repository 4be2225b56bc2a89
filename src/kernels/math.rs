//! Elementary functions that the compiler can vectorise, from IEEE basic operations alone.
//!
//! `S` says what the code is compiled for; all is inlined into the caller, which [`pulp`] has chosen.

use pulp::Simd;

/// `a·b + c`, rounded once where the processor has an instruction for it.
#[inline(always)]
#[must_use]
pub fn multiply_add<S: Simd>(a: f32, b: f32, c: f32) -> f32 {
    // Without the instruction `mul_add` would be a call for every number.
    if S::IS_SCALAR { a * b + c } else { a.mul_add(b, c) }
}

/// eˣ with a relative error below 2·10⁻⁷; saturates outside −87..88.
///
/// Range reduction to |r| ≤ ln 2 / 2 with Cody and Waite's split of ln 2, then the minimax
/// polynomial of Cephes' `expf`.
#[inline(always)]
#[must_use]
pub fn exp<S: Simd>(x: f32) -> f32 {
    /// Adding this rounds to an integer, which then stands in the low bits of the mantissa.
    const ROUND: f32 = 12_582_912.0; // 1.5 · 2^23
    const LN2_HIGH: f32 = 0.693_359_4;
    const LN2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = multiply_add::<S>(x, std::f32::consts::LOG2_E, ROUND);
    let n = shifted - ROUND;
    let r = multiply_add::<S>(n, -LN2_HIGH, x);
    let r = multiply_add::<S>(n, -LN2_LOW, r);
    let p = multiply_add::<S>(1.987_569_1e-4, r, 1.398_199_9e-3);
    let p = multiply_add::<S>(p, r, 8.333_452e-3);
    let p = multiply_add::<S>(p, r, 4.166_579_6e-2);
    let p = multiply_add::<S>(p, r, 1.666_666_5e-1);
    let p = multiply_add::<S>(p, r, 0.5);
    let p = multiply_add::<S>(p, r * r, r + 1.0);
    // Multiplies by 2ⁿ: n is added to the exponent's bits.
    f32::from_bits(p.to_bits().wrapping_add(shifted.to_bits() << 23))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::simd::dispatch;
    use pulp::{Scalar, WithSimd};

    /// The function as the processor at hand computes it.
    struct Each(Vec<f32>);
    impl WithSimd for Each {
        type Output = Vec<f32>;
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) -> Vec<f32> {
            self.0.into_iter().map(exp::<S>).collect()
        }
    }

    #[test]
    fn exp_agrees_with_double_precision_over_its_whole_range() {
        let line: Vec<f32> = (-86_000..88_000).map(|i| i as f32 * 1e-3).collect();
        let scalar = line.iter().map(|&x| exp::<Scalar>(x)).collect();
        for found in [scalar, dispatch(Each(line.clone()))] {
            for (x, found) in line.iter().zip(found) {
                let expected = f64::from(*x).exp();
                let error = (f64::from(found) - expected).abs() / expected;
                assert!(error < 2e-7, "exp({x}) is off by {error:e}");
            }
        }
        assert_eq!(exp::<Scalar>(0.0), 1.0);
        assert!(exp::<Scalar>(-1e9) < 1e-37 && exp::<Scalar>(1e9) > 1e38);
    }
}
