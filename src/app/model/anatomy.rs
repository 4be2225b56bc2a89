//! A model's make-up in numbers and words, for the picture of it; it draws nothing.

use crate::app::Shown;
use crate::config::{Attention, Cut, MlpOutput, Model, Pooling, Positions};

/// Which encoder a step belongs to: the paper's model 2 has one over the times behind the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Coder {
    First,
    Temporal,
}

/// A step on the way of a volume through the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    Embedding,
    ClassToken(Coder),
    Positions(Coder),
    /// All norms of a block.
    Norms(Coder),
    Attention(Coder),
    /// The second attention of a block that has two.
    TimeAttention(Coder),
    Mlp(Coder),
    FinalNorm(Coder),
    Head,
}

impl Stage {
    /// The encoder it is a part of.
    #[must_use]
    pub fn coder(self) -> Option<Coder> {
        match self {
            Self::Embedding | Self::Head => None,
            Self::ClassToken(coder)
            | Self::Positions(coder)
            | Self::Norms(coder)
            | Self::Attention(coder)
            | Self::TimeAttention(coder)
            | Self::Mlp(coder)
            | Self::FinalNorm(coder) => Some(coder),
        }
    }
}

/// What the tokens of an attention look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    All,
    /// Those of the same time.
    Space,
    /// Those of the same place.
    Time,
    /// Half of the heads the one, half the other.
    Halves,
}

impl Looks {
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::All => "all tokens to all",
            Self::Space => "same time: space",
            Self::Time => "same place: time",
            Self::Halves => "half space, half time",
        }
    }
}

/// What the picture of a model says.
#[derive(Clone, Debug, PartialEq)]
pub struct Anatomy {
    /// Depth, height, width, channels, in voxels.
    pub volume: [usize; 4],
    /// Where the tubelets stand along depth, height and width.
    pub cuts: [Cut; 3],
    pub tokens: usize,
    /// Values in a tubelet: its voxels times the channels.
    pub values: usize,
    /// The share of the voxels that some tubelet covers.
    pub seen_share: f64,
    pub dim: usize,
    pub heads: usize,
    pub mlp: usize,
    /// What follows the second linear layer of an MLP.
    pub mlp_output: MlpOutput,
    pub dropout: f64,
    pub stochastic_depth: f64,
    pub classes: usize,
    /// In the order that a volume goes through them.
    pub encoders: Vec<EncoderAnatomy>,
}

/// An encoder of the model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EncoderAnatomy {
    pub coder: Coder,
    /// `space` or `time`, where there are two.
    pub name: &'static str,
    /// How many sequences of a volume go through it side by side.
    pub sequences: usize,
    /// Tokens of a sequence, the class token among them.
    pub tokens: usize,
    pub class_token: bool,
    pub positions: Positions,
    pub layers: usize,
    /// What the tokens look at, for each attention of a block.
    pub attentions: Vec<Looks>,
    /// How its tokens become one vector.
    pub pooling: &'static str,
}

impl Anatomy {
    /// The make-up of a run's model; `None` until experiment and outline are known.
    #[must_use]
    pub fn of(shown: &Shown) -> Option<Self> {
        let outline = shown.outline.as_ref()?;
        let model = &shown.experiment.as_ref()?.model;
        let [.., channels] = outline.volume;
        Some(Self {
            volume: outline.volume,
            tokens: outline.tokens(),
            values: outline.tubelet().iter().product::<usize>() * channels,
            cuts: outline.cuts.clone(),
            seen_share: outline.seen_share(),
            dim: model.dim,
            heads: model.heads,
            mlp: model.mlp,
            mlp_output: model.mlp_output,
            dropout: model.attention_dropout,
            stochastic_depth: model.stochastic_depth,
            classes: outline.classes,
            encoders: encoders(model, outline.grid()),
        })
    }

    /// The width of an attention head.
    #[must_use]
    pub fn head_width(&self) -> usize {
        self.dim / self.heads.max(1)
    }
}

fn encoders(model: &Model, [times, rows, columns]: [usize; 3]) -> Vec<EncoderAnatomy> {
    let class_token = model.pooling == Pooling::Cls;
    let first = usize::from(class_token);
    let encoder = |attentions: &[Looks]| EncoderAnatomy {
        coder: Coder::First,
        name: "",
        sequences: 1,
        tokens: first + times * rows * columns,
        class_token,
        positions: model.positions,
        layers: model.layers,
        attentions: attentions.to_vec(),
        pooling: if class_token { "class token" } else { "mean over the tokens" },
    };
    match model.attention {
        Attention::SpatioTemporal => vec![encoder(&[Looks::All])],
        Attention::FactorisedSelfAttention => vec![encoder(&[Looks::Space, Looks::Time])],
        Attention::FactorisedDotProduct => vec![encoder(&[Looks::Halves])],
        Attention::FactorisedEncoder { temporal_layers } => {
            let spatial = EncoderAnatomy {
                name: "space",
                sequences: times,
                tokens: first + rows * columns,
                pooling: if class_token { "class token" } else { "mean over the places" },
                ..encoder(&[Looks::Space])
            };
            let temporal = EncoderAnatomy {
                coder: Coder::Temporal,
                name: "time",
                tokens: first + times,
                layers: temporal_layers,
                pooling: if class_token { "class token" } else { "mean over the times" },
                ..encoder(&[Looks::All])
            };
            vec![spatial, temporal]
        }
    }
}

/// Where a part of an outline stands in the picture: its stage, and its block from 1 where it is in one.
#[must_use]
pub fn place_of(part: &str) -> Option<(Stage, Option<usize>)> {
    let (coder, rest) = match part.split_once(' ') {
        Some(("spatial", rest)) => (Coder::First, rest),
        Some(("temporal", rest)) => (Coder::Temporal, rest),
        _ => (Coder::First, part),
    };
    let stage = |name: &str| match name {
        "tubelet embedding" | "patch embedding" => Some(Stage::Embedding),
        "class token" => Some(Stage::ClassToken(coder)),
        "positions" => Some(Stage::Positions(coder)),
        "norms" => Some(Stage::Norms(coder)),
        "attention" | "attention in space" => Some(Stage::Attention(coder)),
        "attention in time" => Some(Stage::TimeAttention(coder)),
        "MLP" => Some(Stage::Mlp(coder)),
        "final norm" => Some(Stage::FinalNorm(coder)),
        "head" => Some(Stage::Head),
        _ => None,
    };
    match rest.strip_prefix("block ").and_then(|rest| rest.split_once(": ")) {
        Some((block, name)) => Some((stage(name)?, Some(block.parse().ok()?))),
        None => Some((stage(rest)?, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_finds_its_place_in_the_picture() {
        assert_eq!(place_of("tubelet embedding"), Some((Stage::Embedding, None)));
        assert_eq!(place_of("patch embedding"), Some((Stage::Embedding, None)));
        assert_eq!(place_of("block 12: attention"), Some((Stage::Attention(Coder::First), Some(12))));
        assert_eq!(place_of("block 1: attention in time"), Some((Stage::TimeAttention(Coder::First), Some(1))));
        assert_eq!(place_of("spatial block 3: MLP"), Some((Stage::Mlp(Coder::First), Some(3))));
        assert_eq!(place_of("temporal final norm"), Some((Stage::FinalNorm(Coder::Temporal), None)));
        assert_eq!(place_of("block x: attention"), None);
        assert_eq!(place_of("something new"), None);
    }

    #[test]
    fn the_encoders_of_a_model_share_out_its_tokens() {
        let model = |attention, pooling| Model { attention, pooling, ..Model::default() };
        let sizes = |model: &Model| -> Vec<(usize, usize)> {
            encoders(model, [3, 2, 5]).iter().map(|encoder| (encoder.sequences, encoder.tokens)).collect()
        };
        let factorised = Attention::FactorisedEncoder { temporal_layers: 4 };
        assert_eq!(sizes(&model(Attention::SpatioTemporal, Pooling::Cls)), [(1, 31)]);
        assert_eq!(sizes(&model(factorised, Pooling::Mean)), [(3, 10), (1, 3)]);
        assert_eq!(sizes(&model(factorised, Pooling::Cls)), [(3, 11), (1, 4)]);
    }
}
