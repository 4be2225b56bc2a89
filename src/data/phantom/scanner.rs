//! From Hounsfield-like units to the grey values of one scanner: grain, shading, display window. Knows
//! nothing of anatomy.

use super::canvas::Canvas;
use super::draws::Draws;
use super::field::field;
use super::{EDGE, VOXELS};

/// The habits of a scanner and its people; ranges are from and to, drawn anew for every volume.
pub(super) struct Scanner {
    /// Share of the patients who are scanned while contrast medium fills their organs.
    enhanced: f32,
    /// Size of the organ in its box; 1 nearly fills it.
    zoom: (f32, f32),
    /// Standard deviation of the noise in units.
    noise: (f32, f32),
    /// Centre of the display window in units.
    level: (f32, f32),
    /// Width of the display window in units.
    width: (f32, f32),
    slices: Slices,
}

/// How thick the axial slices are that the volume was resampled from.
#[derive(Clone, Copy)]
enum Slices {
    Thin,
    /// About three voxels, so that detail along the depth is lost.
    Thick,
}

/// Where the training and validation volumes were taken.
pub(super) const HOME: Scanner = Scanner {
    enhanced: 0.85,
    zoom: (0.80, 1.16),
    noise: (10.0, 30.0),
    level: (0.0, 100.0),
    width: (340.0, 560.0),
    slices: Slices::Thin,
};

/// Where the test volumes were taken: less contrast medium, wider boxes, coarser grain, wider windows,
/// thicker slices.
pub(super) const AWAY: Scanner = Scanner {
    enhanced: 0.6,
    zoom: (0.72, 1.08),
    noise: (26.0, 52.0),
    level: (40.0, 150.0),
    width: (400.0, 640.0),
    slices: Slices::Thick,
};

/// Grey values below the display window, kept so that lung and airways are not one black.
const TOE: f32 = 26.0;
/// Grey values above it, kept so that bone has structure.
const SHOULDER: f32 = 27.0;
/// Units that the darkest and the brightest grey stand for.
const DARKEST: f32 = -1000.0;
const BRIGHTEST: f32 = 1000.0;
/// Standard deviation of the grain before it is scaled: 147.8 of the draws, times the root of 6 for each of
/// three smoothings.
const GRAIN_DEVIATION: f32 = 2172.0;
/// Slow shading across the volume (beam hardening, scatter), in units.
const SHADING: f32 = 22.0;
const SHADING_KNOTS: usize = 3;

impl Scanner {
    /// A patient on this scanner's table: an empty canvas.
    pub(super) fn admit(&self, draws: &mut Draws) -> Canvas {
        let zoom = draws.between(self.zoom.0, self.zoom.1);
        let contrast = if draws.chance(self.enhanced) { draws.between(0.5, 1.15) } else { draws.between(0.0, 0.4) };
        Canvas::new(zoom, contrast, draws)
    }

    /// Scans the patient: writes the grey values into `volume`.
    pub(super) fn expose(&self, canvas: &Canvas, draws: &mut Draws, volume: &mut [u8]) {
        let units = match self.slices {
            Slices::Thin => canvas.units(),
            Slices::Thick => thicken(&canvas.units()),
        };
        let noise = draws.between(self.noise.0, self.noise.1) / GRAIN_DEVIATION;
        let level = draws.between(self.level.0, self.level.1);
        let width = draws.between(self.width.0, self.width.1);
        let (low, high) = (level - width / 2.0, level + width / 2.0);
        let shading = field(SHADING_KNOTS, SHADING, draws);
        let grain = grain(draws);
        for (((voxel, units), shade), grain) in volume.iter_mut().zip(units).zip(shading).zip(grain) {
            *voxel = grey(units + shade + grain * noise, low, high);
        }
    }
}

/// The grey value of `units` in the window from `low` to `high`: straight inside it, much flatter outside.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast's saturation is the window's end"
)]
fn grey(units: f32, low: f32, high: f32) -> u8 {
    let toe = TOE * (units.min(low) - DARKEST) / (low - DARKEST);
    let straight = (255.0 - TOE - SHOULDER) * (units.clamp(low, high) - low) / (high - low);
    let shoulder = SHOULDER * (units.max(high) - high) / (BRIGHTEST - high);
    (toe + straight + shoulder + 0.5) as u8
}

/// Averages each slice with its neighbours above and below, half its own weight each.
fn thicken(body: &[f32]) -> Vec<f32> {
    const SLICE: usize = EDGE * EDGE;
    let (first, last) = (body.get(..SLICE).unwrap_or_default(), body.get(VOXELS - SLICE..).unwrap_or_default());
    let above = first.iter().chain(body);
    let below = body.get(SLICE..).unwrap_or_default().iter().chain(last);
    body.iter().zip(above).zip(below).map(|((here, above), below)| 0.5 * here + 0.25 * (above + below)).collect()
}

/// Noise that is alike in neighbouring voxels, as reconstruction makes it: white noise smoothed along each
/// axis.
#[expect(clippy::cast_precision_loss, reason = "the sums stay below 33,000")]
fn grain(draws: &mut Draws) -> impl Iterator<Item = f32> {
    let strides = [1, EDGE, EDGE * EDGE];
    let length = VOXELS + 2 * strides.iter().sum::<usize>();
    let white: Vec<i32> = draws.bells().take(length).collect();
    // Flat strides let a row's end meet the next row's start; noise does not mind.
    let smooth = strides.into_iter().fold(white, |values, stride| {
        let middle = values.get(stride..).unwrap_or_default();
        let after = values.get(2 * stride..).unwrap_or_default();
        values.iter().zip(middle).zip(after).map(|((a, b), c)| a + 2 * b + c).collect()
    });
    smooth.into_iter().map(|value| value as f32)
}
