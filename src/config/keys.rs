//! Every key of an experiment with the rule for its value, in one table: checks, messages and
//! suggestions read it. It knows rules about one value; rules about several are in `check`.

use std::fmt;

/// A key, by its dotted path with variants transparent, and what its value must be.
pub(super) struct Key {
    pub path: &'static str,
    pub rule: Rule,
}

/// What a value must be; its `Display` completes "expected …".
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// A whole number between two, both allowed.
    Whole { min: u64, max: u64 },
    /// A number above 0.
    Positive,
    /// 0 or a number above it.
    NonNegative,
    /// In [0, 1).
    BelowOne,
    /// In [0, 1].
    ZeroToOne,
    /// In (0, 1].
    AboveZeroToOne,
    /// From 0 to that number.
    UpTo(f64),
    /// Anything that serde accepts or that `check` looks at by itself; the words describe it.
    Form(&'static str),
}

const fn whole(path: &'static str, min: u64, max: u64) -> Key {
    Key { path, rule: Rule::Whole { min, max } }
}

const fn real(path: &'static str, rule: Rule) -> Key {
    Key { path, rule }
}

const fn form(path: &'static str, words: &'static str) -> Key {
    Key { path, rule: Rule::Form(words) }
}

const MIRROR: &str = "true or false for each axis, (depth, height, width)";

/// The upper limits are far above anything sensible: they catch a slipped digit before it takes all
/// the memory.
#[rustfmt::skip]
pub(super) const KEYS: &[Key] = &[
    form("name", "a name in double quotes, 1 to 64 of a-z, A-Z, 0-9, - _ and ., not starting with a dot"),
    whole("seed", 0, u64::MAX),
    form("data", "a section such as (set: OrganMnist3d)"),
    form("data.set", "OrganMnist3d, NoduleMnist3d, AdrenalMnist3d, FractureMnist3d, VesselMnist3d, SynapseMnist3d, PathMnist, ChestMnist, DermaMnist, OctMnist, PneumoniaMnist, RetinaMnist, BreastMnist, BloodMnist, TissueMnist, OrganAMnist, OrganCMnist, OrganSMnist, Npz(path: \"file.npz\") or Phantom"),
    form("data.set.path", "the path of an .npz file in double quotes"),
    form("data.size", "28 or 64, of images also 128 or 224"),
    whole("data.batch", 1, 4096),
    form("data.loader", "Auto or Ready(n) with n from 1 to 64"),
    form("data.augment", "a section such as (shift: 2, zoom: 0.1)"),
    whole("data.augment.shift", 0, 16),
    real("data.augment.zoom", Rule::UpTo(0.9)),
    real("data.augment.rotate_deg", Rule::UpTo(180.0)),
    form("data.augment.mirror", MIRROR),
    real("data.augment.brightness", Rule::ZeroToOne),
    real("data.augment.contrast", Rule::ZeroToOne),
    real("data.augment.noise", Rule::ZeroToOne),
    real("data.augment.erase", Rule::ZeroToOne),
    form("data.augment.intensity_scale", "two numbers from 0 to 2, (lowest, highest), not both 0"),
    form("model", "a section such as (dim: 128, heads: 8)"),
    form("model.from", "None, or in double quotes a run or one of its checkpoints, such as \"runs/organ-001/checkpoints/step-001860\""),
    form("model.embedding", "Tubelet(size: (8, 8, 8)) or UniformFrames(frames: 4, patch: (8, 8))"),
    form("model.embedding.size", "three whole numbers from 1 to 512, (depth, height, width)"),
    form("model.embedding.stride", "None, which is the size, or three whole numbers from 1 to the size's, (depth, height, width)"),
    form("model.embedding.padding", "Crop or Pad"),
    form("model.embedding.init", "Uniform, Inflated or CentralFrame"),
    whole("model.embedding.frames", 1, 512),
    form("model.embedding.patch", "two whole numbers from 1 to 512, (height, width)"),
    form("model.attention", "SpatioTemporal, FactorisedEncoder(temporal_layers: 4), FactorisedSelfAttention or FactorisedDotProduct"),
    whole("model.attention.temporal_layers", 1, 128),
    whole("model.dim", 1, 4096),
    whole("model.heads", 1, 4096),
    whole("model.layers", 1, 128),
    whole("model.mlp", 1, 16_384),
    form("model.mlp_output", "Gelu or Linear"),
    real("model.attention_dropout", Rule::BelowOne),
    real("model.stochastic_depth", Rule::BelowOne),
    real("model.norm_epsilon", Rule::Positive),
    form("model.positions", "Learned or Sinusoidal"),
    form("model.pooling", "Mean or Cls"),
    form("training", "a section such as (epochs: 60)"),
    whole("training.epochs", 1, 100_000),
    form("training.optimizer", "AdamW(…) or Adam(…), such as AdamW(learning_rate: 1e-4, weight_decay: 1e-5)"),
    real("training.optimizer.learning_rate", Rule::Positive),
    real("training.optimizer.beta_1", Rule::BelowOne),
    real("training.optimizer.beta_2", Rule::BelowOne),
    real("training.optimizer.epsilon", Rule::Positive),
    real("training.optimizer.weight_decay", Rule::NonNegative),
    form("training.schedule", "Constant, Cosine(warmup_steps: 0, floor: 0.0) or Step(every_epochs: 20, factor: 0.5)"),
    whole("training.schedule.warmup_steps", 0, 10_000_000),
    real("training.schedule.floor", Rule::ZeroToOne),
    whole("training.schedule.every_epochs", 1, 100_000),
    real("training.schedule.factor", Rule::AboveZeroToOne),
    real("training.clip_norm", Rule::Positive),
    whole("training.accumulate", 1, 1024),
    real("training.label_smoothing", Rule::BelowOne),
    form("training.class_weights", "None or Balanced"),
    real("training.mixup", Rule::Positive),
    form("training.ema", "None or a section such as (decay: 0.999)"),
    real("training.ema.decay", Rule::BelowOne),
    form("training.tta", "a section such as (shift: 1)"),
    whole("training.tta.shift", 0, 16),
    form("training.tta.mirror", MIRROR),
    form("training.early_stopping", "None or a section such as (patience: 10)"),
    whole("training.early_stopping.patience", 1, 100_000),
    real("training.early_stopping.min_delta", Rule::NonNegative),
    form("training.early_stopping.restore_best", "true or false"),
    form("training.best", "Auto, Loss, Accuracy, BalancedAccuracy or Auc"),
    form("training.checkpoints", "a section such as (every_epochs: 1, keep: 2)"),
    whole("training.checkpoints.every_epochs", 1, 100_000),
    whole("training.checkpoints.keep", 1, 1000),
];

/// The rule of a key.
pub(super) fn rule(path: &str) -> Option<Rule> {
    KEYS.iter().find(|key| key.path == path).map(|key| key.rule)
}

impl Rule {
    /// Whether a whole number follows the rule.
    pub fn allows_whole(self, value: u64) -> bool {
        match self {
            Self::Whole { min, max } => (min..=max).contains(&value),
            _ => true,
        }
    }

    /// Whether a number follows the rule, also after it has been rounded to the 32 bits that the
    /// model computes in: 1 - 1e-12 would become 1 there, and 1e-50 would become 0.
    #[expect(clippy::cast_possible_truncation, reason = "the rounding is what is looked at")]
    pub fn allows_real(self, value: f64) -> bool {
        let rounded = value as f32;
        // Numbers below the normal ones are 0 on many GPUs.
        let vanishes = value != 0.0 && rounded.abs() < f32::MIN_POSITIVE;
        self.allows_unrounded(value)
            && self.allows_unrounded(f64::from(rounded))
            && !(vanishes && matches!(self, Self::Positive | Self::AboveZeroToOne))
    }

    /// Whether a number follows the rule before it is rounded.
    pub fn allows_unrounded(self, value: f64) -> bool {
        value.is_finite()
            && match self {
                Self::Positive => value > 0.0,
                Self::NonNegative => value >= 0.0,
                Self::BelowOne => (0.0..1.0).contains(&value),
                Self::ZeroToOne => (0.0..=1.0).contains(&value),
                Self::AboveZeroToOne => value > 0.0 && value <= 1.0,
                Self::UpTo(most) => (0.0..=most).contains(&value),
                Self::Whole { .. } | Self::Form(_) => true,
            }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { min, max } => write!(f, "a whole number from {min} to {max}"),
            Self::Positive => f.write_str("a finite number above 0"),
            Self::NonNegative => f.write_str("a finite number, 0 or above"),
            Self::BelowOne => f.write_str("a number from 0 to below 1"),
            Self::ZeroToOne => f.write_str("a number from 0 to 1"),
            Self::AboveZeroToOne => f.write_str("a number above 0 and at most 1"),
            Self::UpTo(most) => write!(f, "a number from 0 to {most}"),
            Self::Form(words) => f.write_str(words),
        }
    }
}

/// The candidate that `word` was probably meant to be, if any is near enough to be worth naming.
pub(super) fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    /// More than half of the letters right: "optimiser" finds "optimizer", "max" does not find
    /// "mean".
    const NEAR: f64 = 0.55;
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (likeness(&word, &candidate.to_lowercase()), candidate))
        .filter(|(score, _)| *score >= NEAR)
        .max_by(|left, right| left.0.total_cmp(&right.0))
        .map(|(_, candidate)| candidate)
}

/// How alike two lower-case words are, from 0 to 1. A beginning ("organ") and the last part of a
/// dotted path ("epochs") count as almost the same word.
fn likeness(word: &str, candidate: &str) -> f64 {
    const ALMOST: f64 = 0.9;
    let begins = word.len() >= 3 && candidate.starts_with(word);
    let ends = candidate.strip_suffix(word).is_some_and(|rest| rest.ends_with('.'));
    let distance = strsim::normalized_damerau_levenshtein(word, candidate);
    // The tail of a path may be misspelt as well: "training.epoch" and "epoch" both mean
    // training.epochs.
    let tail = candidate.rsplit_once('.').map_or(0.0, |(_, tail)| strsim::normalized_damerau_levenshtein(word, tail));
    let near = distance.max(tail * ALMOST);
    if begins || ends { near.max(ALMOST) } else { near }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found_and_far_ones_are_not() {
        let paths = || KEYS.iter().map(|key| key.path);
        assert_eq!(nearest("training.epoch", paths()), Some("training.epochs"));
        assert_eq!(nearest("epochs", paths()), Some("training.epochs"));
        assert_eq!(nearest("learing_rate", paths()), Some("training.optimizer.learning_rate"));
        assert_eq!(nearest("training.optimiser.learning_rate", paths()), Some("training.optimizer.learning_rate"));
        assert_eq!(nearest("organmnist3d", ["Phantom", "OrganMnist3d"]), Some("OrganMnist3d"));
        assert_eq!(nearest("zzz", ["Phantom", "OrganMnist3d"]), None);
    }

    #[test]
    fn a_number_is_judged_as_the_model_will_see_it() {
        assert!(!Rule::Positive.allows_real(1e-50));
        assert!(!Rule::Positive.allows_real(1e50));
        assert!(!Rule::BelowOne.allows_real(1.0 - 1e-12));
        for rule in [Rule::Positive, Rule::NonNegative, Rule::BelowOne, Rule::ZeroToOne, Rule::AboveZeroToOne] {
            assert!(!rule.allows_real(f64::NAN), "{rule}");
            assert!(!rule.allows_real(f64::INFINITY), "{rule}");
            assert!(!rule.allows_real(-1.0), "{rule}");
            assert!(rule.allows_real(0.5), "{rule}");
        }
    }
}
