//! Window and level: which of a volume's values are told apart on the screen. Knows values and nothing of colours.

/// DICOM's linear window (PS3.3, C.11.2.1.2.1): `level` is its centre, and `width` its extent, in values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Window {
    pub level: f64,
    pub width: f64,
}

impl Window {
    /// All values of a byte, each as itself.
    pub const FULL: Self = Self { level: 128.0, width: 256.0 };

    /// The window that shows `low` as the darkest and `high` as the brightest.
    #[must_use]
    pub fn between(low: u8, high: u8) -> Self {
        let (low, high) = (f64::from(low), f64::from(high));
        Self { level: f64::midpoint(low, high) + 0.5, width: high - low + 1.0 }
    }

    /// The darkest and the brightest value that it tells apart.
    #[must_use]
    pub fn ends(self) -> [f64; 2] {
        let half = (self.width - 1.0) / 2.0;
        [self.level - 0.5 - half, self.level - 0.5 + half]
    }

    /// What a value is shown as, from 0 to 255.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and 255")]
    pub fn shown(self, value: u8) -> u8 {
        let value = f64::from(value);
        let [low, high] = self.ends();
        if value <= low {
            0
        } else if value > high {
            255
        } else {
            (((value - (self.level - 0.5)) / (self.width - 1.0) + 0.5) * 255.0).round() as u8
        }
    }

    /// What every value is shown as.
    #[must_use]
    pub fn table(self) -> [u8; 256] {
        let mut table = [0; 256];
        for (value, shown) in (0..=u8::MAX).zip(&mut table) {
            *shown = self.shown(value);
        }
        table
    }
}

/// How the window is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Windowing {
    /// Every value as it is.
    #[default]
    Full,
    /// Each volume from one of its percentiles to another.
    Percentiles(u8, u8),
    /// As the user set it.
    Set(Window),
}

/// The range of level and width that keys can reach: the window always touches the values.
const LEVELS: [f64; 2] = [0.0, 256.0];
const WIDTHS: [f64; 2] = [1.0, 512.0];

impl Windowing {
    /// The next of the presets.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Full => Self::Percentiles(1, 99),
            Self::Percentiles(1, 99) => Self::Percentiles(5, 95),
            Self::Percentiles(..) | Self::Set(_) => Self::Full,
        }
    }

    /// The window for a volume with so many voxels of each value.
    #[must_use]
    pub fn window(self, histogram: Option<&[u32; 256]>) -> Window {
        match (self, histogram) {
            (Self::Set(window), _) => window,
            (Self::Full, _) | (_, None) => Window::FULL,
            (Self::Percentiles(low, high), Some(counts)) => {
                let low = percentile(counts, low);
                Window::between(low, percentile(counts, high).max(low.saturating_add(1)))
            }
        }
    }

    /// The window moved and stretched by hand.
    #[must_use]
    pub fn adjusted(self, histogram: Option<&[u32; 256]>, level: f64, width: f64) -> Self {
        let window = self.window(histogram);
        let clamp = |value: f64, [low, high]: [f64; 2]| value.clamp(low, high);
        Self::Set(Window { level: clamp(window.level + level, LEVELS), width: clamp(window.width + width, WIDTHS) })
    }

    /// How it was chosen, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Full => "full range".into(),
            Self::Percentiles(low, high) => format!("{low}–{high} % of the voxels"),
            Self::Set(_) => "set by hand".into(),
        }
    }
}

/// The smallest value that at least so many percent of the voxels do not exceed (nearest rank).
fn percentile(counts: &[u32; 256], percent: u8) -> u8 {
    let total: u64 = counts.iter().map(|count| u64::from(*count)).sum();
    let rank = (total * u64::from(percent)).div_ceil(100).max(1);
    let mut below = 0;
    let found = (0..=u8::MAX).zip(counts).find(|(_, count)| {
        below += u64::from(**count);
        below >= rank
    });
    found.map_or(u8::MAX, |(value, _)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_window_shows_every_value_as_itself() {
        assert!((0..=255).all(|value| Window::FULL.shown(value) == value));
    }

    /// The standard's own conditions: x ≤ c − 0.5 − (w − 1)/2 is the minimum, x > c − 0.5 + (w − 1)/2 the
    /// maximum, and in between ((x − (c − 0.5)) / (w − 1) + 0.5) · 255.
    #[test]
    fn a_window_is_dicoms_linear_function() {
        let window = Window { level: 100.0, width: 51.0 };
        assert_eq!(window.ends(), [74.5, 124.5]);
        assert_eq!([0, 74, 75, 100, 124, 125, 255].map(|x| window.shown(x)), [0, 0, 3, 130, 252, 255, 255]);
    }

    #[test]
    fn the_narrowest_window_is_a_threshold() {
        let window = Window { level: 100.0, width: 1.0 };
        assert_eq!([98, 99, 100, 101].map(|x| window.shown(x)), [0, 0, 255, 255]);
    }

    #[test]
    fn a_window_between_two_values_shows_them_darkest_and_brightest() {
        let window = Window::between(20, 120);
        assert_eq!([19, 20, 21, 70, 120, 121].map(|x| window.shown(x)), [0, 0, 3, 128, 255, 255]);
    }

    /// `numpy.percentile` with `method="inverted_cdf"` gives the same.
    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut counts = [0; 256];
        (1..=100).for_each(|value| counts[value] = 1);
        assert_eq!([1, 5, 50, 95, 99].map(|p| percentile(&counts, p)), [1, 5, 50, 95, 99]);
        let flat = {
            let mut counts = [0; 256];
            counts[7] = 9;
            counts
        };
        assert_eq!(Windowing::Percentiles(1, 99).window(Some(&flat)), Window::between(7, 8));
    }

    #[test]
    fn the_keys_cannot_leave_the_values_behind() {
        let mut windowing = Windowing::Full;
        for _ in 0..500 {
            windowing = windowing.adjusted(None, 8.0, -8.0);
        }
        assert_eq!(windowing, Windowing::Set(Window { level: 256.0, width: 1.0 }));
    }
}
