//! A model's make-up in numbers and words, for the picture of it; it draws nothing.

use crate::app::Shown;
use crate::config::{Attention, Pooling};

/// A step on the way of a volume through the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Embedding,
    Positions,
    /// Both norms of a block.
    Norms,
    Attention,
    Mlp,
    FinalNorm,
    Head,
}

/// What the picture of a model says.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// Depth, height, width, channels, in voxels.
    pub volume: [usize; 4],
    pub tubelet: [usize; 3],
    pub grid: [usize; 3],
    pub tokens: usize,
    /// Values in a tubelet: its voxels times the channels.
    pub values: usize,
    /// Voxels at the far end of each axis that no tubelet covers.
    pub margin: [usize; 3],
    /// The share of the voxels that some tubelet covers.
    pub seen_share: f64,
    pub dim: usize,
    pub heads: usize,
    pub layers: usize,
    pub mlp: usize,
    pub dropout: f64,
    pub classes: usize,
    /// Which tokens attend to which.
    pub attention: &'static str,
    pub pooling: &'static str,
}

impl Anatomy {
    /// The make-up of a run's model; `None` until experiment and outline are known.
    #[must_use]
    pub fn of(shown: &Shown) -> Option<Self> {
        let outline = shown.outline.as_ref()?;
        let model = &shown.experiment.as_ref()?.model;
        let [depth, height, width, channels] = outline.volume;
        let [seen_depth, seen_height, seen_width] = outline.seen();
        #[expect(clippy::cast_precision_loss, reason = "a volume has far fewer than 2^52 voxels")]
        let seen_share = (seen_depth * seen_height * seen_width) as f64 / (depth * height * width).max(1) as f64;
        Some(Self {
            volume: outline.volume,
            tubelet: outline.tubelet,
            grid: outline.grid,
            tokens: outline.tokens(),
            values: outline.tubelet.iter().product::<usize>() * channels,
            margin: [
                depth.saturating_sub(seen_depth),
                height.saturating_sub(seen_height),
                width.saturating_sub(seen_width),
            ],
            seen_share,
            dim: model.dim,
            heads: model.heads,
            layers: model.layers,
            mlp: model.mlp,
            dropout: model.attention_dropout,
            classes: outline.classes,
            attention: match model.attention {
                Attention::SpatioTemporal => "all tokens to all",
            },
            pooling: match model.pooling {
                Pooling::Mean => "mean over the tokens",
            },
        })
    }

    /// The width of an attention head.
    #[must_use]
    pub fn head_width(&self) -> usize {
        self.dim / self.heads.max(1)
    }
}

/// Where a part of an outline stands in the picture: its stage, and its block from 1 where it is in one.
#[must_use]
pub fn place_of(part: &str) -> Option<(Stage, Option<usize>)> {
    let stage = |name: &str| match name {
        "tubelet embedding" => Some(Stage::Embedding),
        "positions" => Some(Stage::Positions),
        "norms" => Some(Stage::Norms),
        "attention" => Some(Stage::Attention),
        "MLP" => Some(Stage::Mlp),
        "final norm" => Some(Stage::FinalNorm),
        "head" => Some(Stage::Head),
        _ => None,
    };
    match part.strip_prefix("block ").and_then(|rest| rest.split_once(": ")) {
        Some((block, name)) => Some((stage(name)?, Some(block.parse().ok()?))),
        None => Some((stage(part)?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_finds_its_place_in_the_picture() {
        assert_eq!(place_of("tubelet embedding"), Some((Stage::Embedding, None)));
        assert_eq!(place_of("block 12: attention"), Some((Stage::Attention, Some(12))));
        assert_eq!(place_of("block x: attention"), None);
        assert_eq!(place_of("something new"), None);
    }
}
