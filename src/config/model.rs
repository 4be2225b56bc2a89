//! What an experiment says about its network: the paper's words and sizes (arXiv 2103.15691).
//! It builds nothing; the layers are the model's.

use serde::{Deserialize, Serialize};

/// The network. The defaults are the reference recipe's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Model {
    /// How a volume becomes tokens.
    pub embedding: Embedding,
    /// Which tokens attend to which.
    pub attention: Attention,
    /// The width of a token.
    pub dim: usize,
    /// Attention heads; they divide `dim`.
    pub heads: usize,
    /// Transformer blocks.
    pub layers: usize,
    /// The width of the hidden layer in a block's MLP.
    pub mlp: usize,
    /// Dropout on the attention probabilities while training, in [0, 1).
    pub attention_dropout: f64,
    /// What layer normalisation adds to the variance.
    pub norm_epsilon: f64,
    /// How the tokens become one vector.
    pub pooling: Pooling,
}

/// How a volume becomes tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Embedding {
    /// Non-overlapping boxes, each projected linearly (paper, section 3.2).
    Tubelet {
        /// The box in voxels: (depth, height, width).
        #[serde(default = "default_tubelet")]
        size: (usize, usize, usize),
    },
}

/// Which tokens attend to which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Attention {
    /// All to all (paper, model 1).
    #[default]
    SpatioTemporal,
}

/// How the tokens become one vector.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
}

/// The tubelet of the reference recipe: 27 tokens at 28³.
const fn default_tubelet() -> (usize, usize, usize) {
    (8, 8, 8)
}

impl Default for Embedding {
    fn default() -> Self {
        Self::Tubelet { size: default_tubelet() }
    }
}

impl Default for Model {
    fn default() -> Self {
        Self {
            embedding: Embedding::default(),
            attention: Attention::default(),
            dim: 128,
            heads: 8,
            layers: 8,
            mlp: 512,
            attention_dropout: 0.1,
            norm_epsilon: 1e-6,
            pooling: Pooling::default(),
        }
    }
}
