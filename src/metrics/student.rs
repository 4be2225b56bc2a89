//! Student's distribution, as far as a paired comparison needs it. It does not know what is compared.

/// The chance of a value at least `t` from 0 on either side, with `freedom` degrees of freedom.
pub fn two_sided(t: f64, freedom: f64) -> f64 {
    let whole = freedom + t * t;
    incomplete_beta(freedom / whole, t * t / whole, freedom / 2.0, 0.5)
}

/// The value that is passed, on either side together, with the chance `p` (between 0 and 1).
pub fn two_sided_quantile(p: f64, freedom: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while two_sided(high, freedom) > p {
        high *= 2.0;
    }
    // The chance falls steadily, so halving finds the value to its last digits.
    for _ in 0..f64::MANTISSA_DIGITS + 8 {
        let middle = f64::midpoint(low, high);
        if two_sided(middle, freedom) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}

/// The regularised incomplete beta function Iₓ(a, b); `y` is 1 − x, given so that no digits are lost.
fn incomplete_beta(x: f64, y: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || y <= 0.0 {
        return if x <= 0.0 { 0.0 } else { 1.0 };
    }
    let scale = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * libm::log(x) + b * libm::log(y);
    // Beyond this place the fraction of the other tail converges faster (DLMF 8.17.22).
    if x < (a + 1.0) / (a + b + 2.0) {
        libm::exp(scale) * fraction(x, a, b) / a
    } else {
        1.0 - libm::exp(scale) * fraction(y, b, a) / b
    }
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    /// Far more terms than are ever needed: some √max(a, b).
    const TERMS: u32 = 10_000;
    let off_zero = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let (mut upper, mut lower) = (1.0, 1.0 / off_zero(1.0 - (a + b) * x / (a + 1.0)));
    let mut value = lower;
    for term in 1..TERMS {
        let m = f64::from(term);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut factor = 1.0;
        for step in [even, odd] {
            lower = 1.0 / off_zero(1.0 + step * lower);
            upper = off_zero(1.0 + step / upper);
            factor = upper * lower;
            value *= factor;
        }
        if (factor - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_those_of_the_printed_tables() {
        // Fisher and Yates, Statistical Tables, table III.
        for (p, freedom, value) in
            [(0.05, 1.0, 12.706), (0.05, 2.0, 4.303), (0.05, 9.0, 2.262), (0.01, 4.0, 4.604), (0.001, 120.0, 3.373)]
        {
            let found = two_sided_quantile(p, freedom);
            assert!((found - value).abs() < 6e-4, "{found} for {value}");
            assert!((two_sided(found, freedom) - p).abs() < 1e-12);
        }
    }

    #[test]
    fn one_degree_of_freedom_is_cauchys_distribution() {
        for t in [0.0, 0.3, 1.0, 7.0, 1e6] {
            let expected = 1.0 - 2.0 / std::f64::consts::PI * f64::atan(t);
            assert!((two_sided(t, 1.0) - expected).abs() < 1e-13, "{t}");
        }
    }
}
