//! The model's evidence over the slices: which colour and how much of it, and what stands for it where there are no
//! colours. Knows numbers and colours, and no cells.

use crate::app::model::Cut;
use crate::app::volumes::{ColourMap, Spread};
use crate::event::{Evidence, Method};
use crate::ui::colour_map::diverging;
use crate::ui::theme::Rgb;

/// Occlusion that changes a probability by less than this is drawn as faintly as it is: without it the noise of a volume
/// where nothing matters would look like evidence.
const LEAST_DROP: f32 = 0.01;

/// How much of a dot the overlay covers at most, of 256; of a share of attention at least so much.
const MOST_COVERS: f32 = 150.0;
const LEAST_COVERS: f32 = 60.0;

/// From such shares of the greatest on there is a sign, and a strong one.
const SIGN_FROM: f32 = 0.25;
const STRONG_FROM: f32 = 0.6;

/// A sign in the place of a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Sign {
    #[default]
    None,
    For,
    StronglyFor,
    Against,
    StronglyAgainst,
}

/// Evidence as it is drawn.
#[derive(Clone, Debug)]
pub struct Overlay<'a> {
    spread: Spread<'a>,
    scale: Scale,
}

/// From a value to where it stands between the ends of the colours.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Scale {
    /// From −most over 0 to most.
    Diverging { most: f32 },
    /// From least to most.
    Sequential { least: f32, most: f32 },
}

impl Scale {
    /// The scale of some evidence.
    pub fn of(method: Method, evidence: &Evidence) -> Self {
        let [least, most] = evidence.ends();
        match method {
            Method::Occlusion => Self::Diverging { most: most.max(-least).max(LEAST_DROP) },
            Method::Rollout => Self::Sequential { least, most },
        }
    }

    /// The values at the left end of a strip of its colours and at the right.
    pub fn ends(self) -> [f32; 2] {
        match self {
            Self::Diverging { most } => [-most, most],
            Self::Sequential { least, most } => [least, most],
        }
    }

    /// From −1 to 1, or from 0 to 1.
    fn share(self, value: f32) -> f32 {
        match self {
            Self::Diverging { most } => (value / most).clamp(-1.0, 1.0),
            // Where all are alike none stands out.
            Self::Sequential { least, most } if most <= least => 0.0,
            Self::Sequential { least, most } => ((value - least) / (most - least)).clamp(0.0, 1.0),
        }
    }

    /// The colour of a value, and how much of what is below it covers, of 256.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 256")]
    pub fn ink(self, value: f32) -> (Rgb, u32) {
        let share = self.share(value);
        match self {
            Self::Diverging { .. } => (diverging(f64::from(share)), (share.abs() * MOST_COVERS) as u32),
            Self::Sequential { .. } => {
                let covers = LEAST_COVERS + share * (MOST_COVERS - LEAST_COVERS);
                (ColourMap::Inferno.colour(f64::from(share)), covers as u32)
            }
        }
    }

    /// What stands for a value where there are no colours.
    pub fn sign(self, value: f32) -> Sign {
        let share = self.share(value);
        match share {
            share if share >= STRONG_FROM => Sign::StronglyFor,
            share if share >= SIGN_FROM => Sign::For,
            share if share <= -STRONG_FROM => Sign::StronglyAgainst,
            share if share <= -SIGN_FROM => Sign::Against,
            _ => Sign::None,
        }
    }
}

impl<'a> Overlay<'a> {
    /// The evidence of tokens that stand as the cuts say.
    pub fn new(method: Method, evidence: &'a Evidence, cuts: &[Cut; 3]) -> Self {
        Self { spread: Spread::new(&evidence.values, cuts), scale: Scale::of(method, evidence) }
    }

    /// What is drawn over a voxel; nothing where no token sees it.
    pub fn ink(&self, voxel: [usize; 3]) -> Option<(Rgb, u32)> {
        self.spread.at(voxel).map(|value| self.scale.ink(value))
    }

    /// What stands there where there are no colours.
    pub fn sign(&self, voxel: [usize; 3]) -> Sign {
        self.spread.at(voxel).map_or(Sign::None, |value| self.scale.sign(value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn evidence(values: &[f32]) -> Evidence {
        Evidence { class: 0, taken: 0, probabilities: vec![1.0], values: values.to_vec() }
    }

    #[test]
    fn what_speaks_against_a_class_has_the_other_colour_and_nothing_has_none() {
        let scale = Scale::of(Method::Occlusion, &evidence(&[0.4, -0.1, 0.0]));
        assert_eq!(scale.ends(), [-0.4, 0.4]);
        let ([red, _, blue], most) = scale.ink(0.4);
        assert!(red > blue && most == 150);
        let ([red, _, blue], some) = scale.ink(-0.1);
        assert!(blue > red && (1..most).contains(&some));
        assert_eq!(scale.ink(0.0).1, 0, "the slice itself");
        let signs = [0.4, 0.11, 0.05, -0.11, -0.4].map(|value| scale.sign(value));
        assert_eq!(signs, [Sign::StronglyFor, Sign::For, Sign::None, Sign::Against, Sign::StronglyAgainst]);
    }

    #[test]
    fn the_noise_of_a_volume_where_nothing_matters_stays_faint() {
        let scale = Scale::of(Method::Occlusion, &evidence(&[1e-5, -1e-5]));
        assert_eq!((scale.ends(), scale.ink(1e-5).1, scale.sign(1e-5)), ([-0.01, 0.01], 0, Sign::None));
    }

    #[test]
    fn shares_of_attention_go_from_the_least_to_the_most() {
        let scale = Scale::of(Method::Rollout, &evidence(&[0.2, 0.3, 0.5]));
        assert_eq!(scale.ends(), [0.2, 0.5]);
        assert_eq!([scale.ink(0.2).0, scale.ink(0.5).0], [0, 255].map(|entry| ColourMap::Inferno.entry(entry)));
        assert!(scale.ink(0.2).1 < scale.ink(0.3).1 && scale.ink(0.3).1 < scale.ink(0.5).1);
        let even = Scale::of(Method::Rollout, &evidence(&[0.5, 0.5]));
        assert_eq!((even.sign(0.5), even.ink(0.5).1), (Sign::None, 60));
    }
}
