//! What an experiment says about its network: the paper's words and sizes (arXiv 2103.15691).
//! It builds nothing; the layers are the model's.

use serde::{Deserialize, Serialize};

/// The network. The defaults are the reference recipe's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// Whose weights it begins with, as far as they fit: a checkpoint's folder, or a run, by its folder or its name, of
    /// which that is the best one. What does not fit is drawn, as all weights are where there is none.
    pub from: Option<String>,
    /// How a volume becomes tokens.
    pub embedding: Embedding,
    /// Which tokens attend to which.
    pub attention: Attention,
    /// The width of a token.
    pub dim: usize,
    /// Attention heads; they divide `dim`.
    pub heads: usize,
    /// Transformer blocks; those of the spatial encoder, where there are two.
    pub layers: usize,
    /// The width of the hidden layer in a block's MLP.
    pub mlp: usize,
    /// What a block's MLP ends in.
    pub mlp_output: MlpOutput,
    /// Dropout on the attention probabilities while training, in [0, 1).
    pub attention_dropout: f64,
    /// The chance, in [0, 1), that a sample goes around a half of the last block while training; from the first
    /// block on it grows to this.
    pub stochastic_depth: f64,
    /// What layer normalisation adds to the variance.
    pub norm_epsilon: f64,
    /// How a token is told where it comes from.
    pub positions: Positions,
    /// How the tokens become one vector.
    pub pooling: Pooling,
}

/// How a volume becomes tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Embedding {
    /// Boxes of voxels, each projected linearly (paper, section 3.2).
    Tubelet {
        /// The box in voxels: (depth, height, width).
        #[serde(default = "default_tubelet")]
        size: (usize, usize, usize),
        /// From one box to the next, no farther than its size; none is the size itself, without overlap. It follows
        /// the size, so that whoever changes that alone gets boxes side by side.
        #[serde(default)]
        stride: Option<(usize, usize, usize)>,
        /// What becomes of voxels that fill no box.
        #[serde(default)]
        padding: Padding,
        /// How the projection begins.
        #[serde(default)]
        init: TubeletInit,
    },
    /// Frames taken evenly from the depth, each cut into patches as an image (paper, section 3.2).
    UniformFrames {
        /// How many frames.
        #[serde(default = "default_frames")]
        frames: usize,
        /// The patch in voxels: (height, width).
        #[serde(default = "default_patch")]
        patch: (usize, usize),
        /// What becomes of voxels that fill no patch.
        #[serde(default)]
        padding: Padding,
    },
}

/// What becomes of voxels at the end of an axis that fill no tubelet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Padding {
    /// The model never sees them, as in the reference recipe.
    #[default]
    Crop,
    /// Zeros on both sides fill them up, on the far one by one voxel more where they do not part evenly.
    Pad,
}

/// How the kernel of a tubelet embedding begins (paper, section 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TubeletInit {
    /// Drawn as a whole, Glorot uniform.
    #[default]
    Uniform,
    /// A kernel for images, repeated over the depth and divided by it: at first the mean of the slices counts.
    Inflated,
    /// A kernel for images in the middle slice, zeros elsewhere: at first the tubelet's middle alone counts.
    CentralFrame,
}

/// Which tokens attend to which (paper, section 3.3). Time is the depth of a volume.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Attention {
    /// All to all (model 1).
    #[default]
    SpatioTemporal,
    /// A spatial encoder over the tokens of each time, then a temporal one over what it makes of them (model 2).
    FactorisedEncoder {
        /// Blocks of the temporal encoder.
        #[serde(default = "default_temporal_layers")]
        temporal_layers: usize,
    },
    /// In each block first to the tokens of the same time, then to those of the same place (model 3).
    FactorisedSelfAttention,
    /// Half of the heads to the tokens of the same time, half to those of the same place (model 4).
    FactorisedDotProduct,
}

/// What a block's MLP ends in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum MlpOutput {
    /// A second GELU, as in the reference recipe.
    #[default]
    Gelu,
    /// Its second linear layer, as in the paper.
    Linear,
}

/// How a token is told where it comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Positions {
    /// A learned vector for each place.
    #[default]
    Learned,
    /// Sines and cosines of its place along each axis, without parameters.
    Sinusoidal,
}

/// How the tokens become one vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// A learned token that goes with them through the encoder.
    Cls,
}

/// The tubelet of the reference recipe: 27 tokens at 28³.
const fn default_tubelet() -> (usize, usize, usize) {
    (8, 8, 8)
}

/// One more than the tubelets of the reference recipe, of which each sees eight frames.
const fn default_frames() -> usize {
    4
}

/// The patch that is a tubelet of the reference recipe seen from the front.
const fn default_patch() -> (usize, usize) {
    (8, 8)
}

/// The paper's temporal encoder has four blocks.
const fn default_temporal_layers() -> usize {
    4
}

impl Default for Embedding {
    fn default() -> Self {
        Self::tubelets(default_tubelet())
    }
}

impl Embedding {
    /// Tubelets side by side from the first voxel on, as the reference recipe has them.
    #[must_use]
    pub const fn tubelets(size: (usize, usize, usize)) -> Self {
        Self::Tubelet { size, stride: None, padding: Padding::Crop, init: TubeletInit::Uniform }
    }
}

impl Model {
    /// What weights are for, wherever they come from.
    #[must_use]
    pub fn architecture(&self) -> Self {
        Self { from: None, ..self.clone() }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self {
            from: None,
            embedding: Embedding::default(),
            attention: Attention::default(),
            dim: 128,
            heads: 8,
            layers: 8,
            mlp: 512,
            mlp_output: MlpOutput::default(),
            attention_dropout: 0.1,
            stochastic_depth: 0.0,
            norm_epsilon: 1e-6,
            positions: Positions::default(),
            pooling: Pooling::default(),
        }
    }
}
