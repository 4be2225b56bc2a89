//! Colour maps: from a share between 0 and 1 to a colour.

use super::theme::Rgb;

/// A way to colour shares.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColourMap {
    #[default]
    Grey,
    Viridis,
    Cividis,
}

impl ColourMap {
    /// The colour of a share; what lies outside of 0 to 1 takes the nearer end.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to a byte")]
    pub fn colour(self, share: f64) -> Rgb {
        let share = share.clamp(0.0, 1.0);
        let stops: &[[f64; 3]] = match self {
            Self::Grey => &[[0.0, 0.0, 0.0], [255.0, 255.0, 255.0]],
            Self::Viridis => &[
                [68.0, 1.0, 84.0],
                [59.0, 82.0, 139.0],
                [33.0, 145.0, 140.0],
                [94.0, 201.0, 98.0],
                [253.0, 231.0, 37.0],
            ],
            Self::Cividis => &[
                [0.0, 34.0, 78.0],
                [64.0, 77.0, 107.0],
                [125.0, 124.0, 120.0],
                [188.0, 175.0, 111.0],
                [254.0, 232.0, 56.0],
            ],
        };
        let place = share * (stops.len() - 1) as f64;
        let below = (place.floor() as usize).min(stops.len() - 2);
        let blend = place - below as f64;
        let (Some(a), Some(b)) = (stops.get(below), stops.get(below + 1)) else { return [0; 3] };
        [0, 1, 2].map(|i: usize| {
            let (a, b) = (a.get(i).copied().unwrap_or(0.0), b.get(i).copied().unwrap_or(0.0));
            (a + (b - a) * blend).round() as u8
        })
    }
}
