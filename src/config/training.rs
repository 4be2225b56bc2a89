//! What an experiment says about its training: optimizer, schedule, when to stop, what to keep.
//! It trains nothing; the loop is the trainer's.

use serde::{Deserialize, Serialize};

use super::Views;

/// The recipe. The defaults are the reference recipe's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Training {
    /// Passes over the training split.
    pub epochs: usize,
    /// How a gradient becomes a step.
    pub optimizer: Optimizer,
    /// How the learning rate changes.
    pub schedule: Schedule,
    /// The largest global norm of the gradient; longer ones are scaled down to it.
    pub clip_norm: Option<f64>,
    /// Batches whose gradients are added before the optimizer steps once.
    pub accumulate: usize,
    /// The share of the target spread over all classes, in [0, 1).
    pub label_smoothing: f64,
    /// What a volume counts in the loss it is trained with; one, whatever its class, where nothing is said.
    pub class_weights: Option<ClassWeights>,
    /// The α of Beta(α, α), from which the shares are drawn in which two volumes of a batch are mixed.
    pub mixup: Option<f64>,
    /// A running average of the weights, which is evaluated in their place.
    pub ema: Option<Ema>,
    /// The views of a volume whose probabilities an evaluation averages.
    pub tta: Views,
    /// When to stop before the last epoch.
    pub early_stopping: Option<EarlyStopping>,
    /// What makes a checkpoint the best.
    pub best: BestBy,
    /// When checkpoints are written and how many stay.
    pub checkpoints: Checkpoints,
}

/// How a gradient becomes a step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Optimizer {
    /// Adam with decoupled weight decay (arXiv 1711.05101).
    AdamW {
        /// The peak of the schedule.
        #[serde(default = "default_learning_rate")]
        learning_rate: f64,
        /// The decay of the gradient's running mean, in [0, 1).
        #[serde(default = "default_beta_1")]
        beta_1: f64,
        /// The decay of the squared gradient's running mean, in [0, 1).
        #[serde(default = "default_beta_2")]
        beta_2: f64,
        /// What is added to the denominator.
        #[serde(default = "default_epsilon")]
        epsilon: f64,
        /// The share of a weight, times the learning rate, that a step takes away.
        #[serde(default = "default_weight_decay")]
        weight_decay: f64,
    },
    /// Adam (arXiv 1412.6980).
    Adam {
        /// The peak of the schedule.
        #[serde(default = "default_learning_rate")]
        learning_rate: f64,
        /// The decay of the gradient's running mean, in [0, 1).
        #[serde(default = "default_beta_1")]
        beta_1: f64,
        /// The decay of the squared gradient's running mean, in [0, 1).
        #[serde(default = "default_beta_2")]
        beta_2: f64,
        /// What is added to the denominator.
        #[serde(default = "default_epsilon")]
        epsilon: f64,
    },
}

/// How the learning rate changes over the run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Schedule {
    /// Not at all.
    #[default]
    Constant,
    /// A linear rise, then half a cosine down.
    Cosine {
        /// Optimizer steps until the peak.
        #[serde(default)]
        warmup_steps: usize,
        /// The fraction of the peak that is left at the end, in [0, 1].
        #[serde(default)]
        floor: f64,
    },
    /// Down by a factor every so many epochs.
    Step {
        /// Epochs between two changes.
        #[serde(default = "default_step_epochs")]
        every_epochs: usize,
        /// What the rate is multiplied by, in (0, 1].
        #[serde(default = "default_step_factor")]
        factor: f64,
    },
}

/// What a volume counts in the loss it is trained with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum ClassWeights {
    /// The more, the rarer its class: n / (k·nᵧ) with n volumes in k classes, nᵧ of them in its own.
    Balanced,
}

/// An exponential moving average of the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Ema {
    /// What stays of the average in a step, once it has warmed up, in [0, 1).
    pub decay: f64,
}

/// When to stop before the last epoch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EarlyStopping {
    /// Epochs without improvement that are borne.
    pub patience: usize,
    /// The smallest change that counts as improvement.
    pub min_delta: f64,
    /// Whether the run ends with the weights of its best epoch.
    pub restore_best: bool,
}

/// The figure of the validation split by which the best checkpoint is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum BestBy {
    /// The first figure of the set, which nobody knows before its file is read: the AUC of two classes or of several
    /// labels, else the accuracy.
    #[default]
    Auto,
    /// The smallest loss.
    Loss,
    /// The largest share of right predictions.
    Accuracy,
    /// The largest mean of the classes' recalls.
    BalancedAccuracy,
    /// The largest area under the ROC curve.
    Auc,
}

/// When checkpoints are written and how many stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Checkpoints {
    /// Epochs between two of them.
    pub every_epochs: usize,
    /// How many of the newest are kept, beside the best and the pinned.
    pub keep: usize,
}

const fn default_learning_rate() -> f64 {
    1e-4
}

const fn default_beta_1() -> f64 {
    0.9
}

const fn default_beta_2() -> f64 {
    0.999
}

/// Keras' value; Burn's own default is a hundred times larger.
const fn default_epsilon() -> f64 {
    1e-7
}

const fn default_weight_decay() -> f64 {
    1e-5
}

/// A third of the reference run, so that its sixty epochs see two changes.
const fn default_step_epochs() -> usize {
    20
}

const fn default_step_factor() -> f64 {
    0.5
}

impl Default for Optimizer {
    fn default() -> Self {
        Self::AdamW {
            learning_rate: default_learning_rate(),
            beta_1: default_beta_1(),
            beta_2: default_beta_2(),
            epsilon: default_epsilon(),
            weight_decay: default_weight_decay(),
        }
    }
}

impl Default for Ema {
    /// About the last thousand steps: half of the reference run.
    fn default() -> Self {
        Self { decay: 0.999 }
    }
}

impl Default for EarlyStopping {
    fn default() -> Self {
        Self { patience: 10, min_delta: 0.0, restore_best: true }
    }
}

impl Default for Checkpoints {
    fn default() -> Self {
        Self { every_epochs: 1, keep: 2 }
    }
}

impl Default for Training {
    fn default() -> Self {
        Self {
            epochs: 60,
            optimizer: Optimizer::default(),
            schedule: Schedule::default(),
            clip_norm: None,
            accumulate: 1,
            label_smoothing: 0.0,
            class_weights: None,
            mixup: None,
            ema: None,
            tta: Views::default(),
            early_stopping: None,
            best: BestBy::default(),
            checkpoints: Checkpoints::default(),
        }
    }
}
