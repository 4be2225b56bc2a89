//! What tells a token where it comes from without being learned: sines and cosines of its place.

/// The slowest wave is so many times longer than the fastest (Vaswani et al. 2017, section 3.5).
const SLOWEST: f64 = 10_000.0;

/// Fixed vectors for the tokens of a grid, `[tokens, dim]`, row after row; `first` tokens before them, which come from
/// no place, have zeros. An axis of the grid takes an equal share of the vector, half of it sines and half of it
/// cosines, of waves that grow from the shortest to the longest; what the share cannot be made of stays 0.
///
/// The same numbers, in another order, as those of the paper's own code.
#[must_use]
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, reason = "sizes, and numbers between -1 and 1")]
pub fn sinusoids(grid: &[usize], dim: usize, first: usize) -> Vec<f32> {
    let tokens: usize = grid.iter().product();
    let waves = dim / (2 * grid.len().max(1));
    let mut all = vec![0.0; (first + tokens) * dim];
    for (token, row) in all.chunks_exact_mut(dim.max(1)).skip(first).enumerate() {
        let mut numbers = row.iter_mut();
        let mut behind = tokens;
        for length in grid {
            behind /= length.max(&1);
            let place = (token / behind.max(1) % length.max(&1)) as f64;
            let angle = |wave: usize| place * libm::pow(SLOWEST, -(wave as f64) / waves as f64);
            let values =
                (0..waves).map(|wave| libm::sin(angle(wave))).chain((0..waves).map(|wave| libm::cos(angle(wave))));
            values.zip(numbers.by_ref()).for_each(|(value, number)| *number = value as f32);
        }
    }
    all
}

/// Vectors for the places of a grid, `[places, dim]`, as those of another grid over the same volume: each is taken from
/// in between its neighbours, axis by axis, the middles of the places lying where they lie in the volume.
///
/// The numbers of `PyTorch`'s `interpolate(mode="trilinear", align_corners=False)`.
#[must_use]
pub fn resampled(values: &[f32], from: [usize; 3], to: [usize; 3], dim: usize) -> Vec<f32> {
    let mut values = values.to_vec();
    let mut grid = from;
    for (axis, &wanted) in to.iter().enumerate() {
        let behind: usize = grid.iter().skip(axis + 1).product::<usize>() * dim;
        let length = grid.get(axis).copied().unwrap_or(1);
        if wanted != length {
            let rows = values.chunks_exact((length * behind).max(1));
            values = rows.flat_map(|rows| stretched(rows, length, wanted, behind)).collect();
        }
        if let Some(length) = grid.get_mut(axis) {
            *length = wanted;
        }
    }
    values
}

/// `length` runs of so many numbers as `wanted` ones.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places are below 2^24"
)]
fn stretched(rows: &[f32], length: usize, wanted: usize, run: usize) -> Vec<f32> {
    let row = |at: usize| rows.chunks_exact(run.max(1)).nth(at).unwrap_or_default();
    let place = |at: usize| {
        let place = ((at as f32 + 0.5) * length as f32 / wanted as f32 - 0.5).max(0.0);
        let before = (place as usize).min(length.saturating_sub(1));
        (before, (before + 1).min(length.saturating_sub(1)), place - before as f32)
    };
    let between = |(before, after, part): (usize, usize, f32)| {
        row(before).iter().zip(row(after)).map(move |(before, after)| before * (1.0 - part) + after * part)
    };
    (0..wanted).map(place).flat_map(between).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_axis_has_its_sines_and_cosines() {
        // Of two axes with two waves each: sines and cosines of the rows, then of the columns.
        let all = sinusoids(&[2, 3], 9, 1);
        assert_eq!(all[..9], [0.0; 9], "the class token comes from no place");
        assert_eq!(all[9..18], [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0]);
        let last: Vec<f64> = all[6 * 9..].iter().map(|&number| f64::from(number)).collect();
        let expected = [
            1.0_f64.sin(),
            0.01_f64.sin(),
            1.0_f64.cos(),
            0.01_f64.cos(),
            2.0_f64.sin(),
            0.02_f64.sin(),
            2.0_f64.cos(),
            0.02_f64.cos(),
            0.0,
        ];
        for (found, expected) in last.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{last:?}");
        }
    }

    #[test]
    fn no_two_places_look_alike() {
        let all = sinusoids(&[3, 3, 3], 128, 0);
        let rows: Vec<&[f32]> = all.chunks(128).collect();
        for (one, row) in rows.iter().enumerate() {
            assert!(rows.iter().skip(one + 1).all(|other| other != row), "place {one}");
        }
    }
}
