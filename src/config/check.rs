//! Whether an experiment's values make sense, alone and together.
//! It knows no text: a finding names paths, and the caller looks up where they stand.

mod images;

use std::path::Path;

use self::images::{check_shapes, check_size};
use super::augment::Sides;
use super::finding::{Finding, expected, shown};
use super::{
    Attention, Augment, Data, Embedding, Loader, Model, Optimizer, Pooling, Positions, RawExperiment, Schedule, Set,
    Training, keys,
};

/// Looks at every value, then at the values together.
pub(super) fn check(raw: &RawExperiment) -> Result<(), Finding> {
    check_name(&raw.name)?;
    check_data(&raw.data)?;
    check_model(&raw.model)?;
    check_training(&raw.training)?;
    check_mirror("training.tta.mirror", raw.training.tta.mirror, &raw.data.set)?;
    check_shapes(&raw.data, &raw.model)
}

/// The name becomes a folder's name, so it must be one on every system and hide nothing.
fn check_name(name: &str) -> Result<(), Finding> {
    const LONGEST: usize = 64;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let fits = (1..=LONGEST).contains(&name.chars().count());
    if fits && name.chars().all(plain) && !name.starts_with('.') {
        return Ok(());
    }
    Err(expected("name", &format!("\"{}\"", shown(name))))
}

fn check_data(data: &Data) -> Result<(), Finding> {
    if let Set::Npz { path } = &data.set
        && path == Path::new("")
    {
        return Err(expected("data.set.path", "\"\""));
    }
    check_size(data)?;
    whole("data.batch", data.batch)?;
    if let Loader::Ready(batches) = data.loader
        && !(1..=64).contains(&batches)
    {
        return Err(expected("data.loader", &format!("Ready({batches})")));
    }
    check_augment(&data.augment)?;
    check_mirror("data.augment.mirror", data.augment.mirror, &data.set)
}

fn check_augment(augment: &Augment) -> Result<(), Finding> {
    whole("data.augment.shift", augment.shift)?;
    for (path, value) in [
        ("data.augment.zoom", augment.zoom),
        ("data.augment.rotate_deg", augment.rotate_deg),
        ("data.augment.brightness", augment.brightness),
        ("data.augment.contrast", augment.contrast),
        ("data.augment.noise", augment.noise),
        ("data.augment.erase", augment.erase),
    ] {
        real(path, value)?;
    }
    let (lowest, highest) = augment.intensity_scale;
    if (0.0..=highest).contains(&lowest) && highest > 0.0 && highest <= 2.0 {
        return Ok(());
    }
    Err(expected("data.augment.intensity_scale", &format!("({lowest:?}, {highest:?})")))
}

/// A mirror must not make a volume one of another class.
fn check_mirror(path: &str, mirror: (bool, bool, bool), set: &Set) -> Result<(), Finding> {
    images::check_mirror(path, mirror, set)?;
    let classes = if set.holds_images() { "1 and 2, 4 and 5, 7 and 8" } else { "1 and 2, 3 and 4, 7 and 8" };
    let why = match set.sides() {
        Sides::AlongSomeAxis if mirror != (false, false, false) => format!(
            "expected no mirror: along left-right it would make right kidneys, femurs and lungs left ones (classes \
             {classes}), and which axis that is, is not published"
        ),
        Sides::AlongWidth if mirror.2 => format!(
            "expected no mirror along the width, which is right to left: it would make right kidneys, femurs and \
             lungs left ones (classes {classes})"
        ),
        Sides::AlongSomeAxis | Sides::AlongWidth | Sides::Alike => return Ok(()),
    };
    Err(Finding::about(path, why).at(&[path, "data.set"]).found(format!("{mirror:?} for {set}")))
}

fn check_model(model: &Model) -> Result<(), Finding> {
    if model.from.as_ref().is_some_and(|from| from.trim().is_empty()) {
        return Err(expected("model.from", "\"\""));
    }
    check_embedding(&model.embedding)?;
    if let Attention::FactorisedEncoder { temporal_layers } = model.attention {
        whole("model.attention.temporal_layers", temporal_layers)?;
    }
    whole("model.dim", model.dim)?;
    whole("model.heads", model.heads)?;
    whole("model.layers", model.layers)?;
    whole("model.mlp", model.mlp)?;
    real("model.attention_dropout", model.attention_dropout)?;
    real("model.stochastic_depth", model.stochastic_depth)?;
    real("model.norm_epsilon", model.norm_epsilon)?;
    let (dim, heads) = (model.dim, model.heads);
    if dim % heads != 0 {
        let message = format!("expected a divisor of the dim {dim}{}", near_divisors(dim, heads));
        return Err(Finding::about("model.heads", message).at(&["model.heads", "model.dim"]).found(heads));
    }
    check_combinations(model)
}

/// The choices that exclude each other.
fn check_combinations(model: &Model) -> Result<(), Finding> {
    /// A sine and a cosine for each of three axes.
    const NARROWEST: usize = 6;
    let Model { attention, heads, dim, .. } = *model;
    let without_token = matches!(attention, Attention::FactorisedSelfAttention | Attention::FactorisedDotProduct);
    if model.pooling == Pooling::Cls && without_token {
        let message = format!("expected Mean with {attention:?}, where a class token has neither a time nor a place");
        let places = ["model.pooling", "model.attention"];
        return Err(Finding::about("model.pooling", message).at(&places).found("Cls"));
    }
    if attention == Attention::FactorisedDotProduct && !heads.is_multiple_of(2) {
        let message = "expected an even number with FactorisedDotProduct, half for space and half for time";
        return Err(Finding::about("model.heads", message).at(&["model.heads", "model.attention"]).found(heads));
    }
    if model.positions == Positions::Sinusoidal && dim < NARROWEST {
        let message = format!("expected at least {NARROWEST} with Sinusoidal, a sine and a cosine for each axis");
        return Err(Finding::about("model.dim", message).at(&["model.dim", "model.positions"]).found(dim));
    }
    Ok(())
}

fn check_embedding(embedding: &Embedding) -> Result<(), Finding> {
    let sensible = |edge: &usize| (1..=512).contains(edge);
    match *embedding {
        Embedding::Tubelet { size, stride, .. } => {
            let edges = <[usize; 3]>::from(size);
            if !edges.iter().all(sensible) {
                return Err(expected("model.embedding.size", &format!("{size:?}")));
            }
            let Some(stride) = stride else { return Ok(()) };
            let strides = <[usize; 3]>::from(stride);
            // A longer one would never look at what lies between two tubelets.
            if !strides.iter().zip(&edges).all(|(stride, edge)| (1..=*edge).contains(stride)) {
                let message = format!("expected three whole numbers from 1 to the size's {size:?}");
                let places = ["model.embedding.stride", "model.embedding.size"];
                return Err(Finding::about("model.embedding.stride", message).at(&places).found(format!("{stride:?}")));
            }
            Ok(())
        }
        Embedding::UniformFrames { frames, patch, .. } => {
            whole("model.embedding.frames", frames)?;
            if ![patch.0, patch.1].iter().all(sensible) {
                return Err(expected("model.embedding.patch", &format!("{patch:?}")));
            }
            Ok(())
        }
    }
}

fn check_training(training: &Training) -> Result<(), Finding> {
    whole("training.epochs", training.epochs)?;
    check_optimizer(&training.optimizer)?;
    check_schedule(&training.schedule)?;
    if let Some(norm) = training.clip_norm {
        real("training.clip_norm", norm)?;
    }
    whole("training.accumulate", training.accumulate)?;
    real("training.label_smoothing", training.label_smoothing)?;
    if let Some(alpha) = training.mixup {
        real("training.mixup", alpha)?;
    }
    if let Some(ema) = &training.ema {
        real("training.ema.decay", ema.decay)?;
    }
    whole("training.tta.shift", training.tta.shift)?;
    if let Some(stopping) = &training.early_stopping {
        whole("training.early_stopping.patience", stopping.patience)?;
        real("training.early_stopping.min_delta", stopping.min_delta)?;
    }
    whole("training.checkpoints.every_epochs", training.checkpoints.every_epochs)?;
    whole("training.checkpoints.keep", training.checkpoints.keep)
}

fn check_optimizer(optimizer: &Optimizer) -> Result<(), Finding> {
    let (Optimizer::AdamW { learning_rate, beta_1, beta_2, epsilon, .. }
    | Optimizer::Adam { learning_rate, beta_1, beta_2, epsilon }) = *optimizer;
    real("training.optimizer.learning_rate", learning_rate)?;
    real("training.optimizer.beta_1", beta_1)?;
    real("training.optimizer.beta_2", beta_2)?;
    real("training.optimizer.epsilon", epsilon)?;
    match *optimizer {
        Optimizer::AdamW { weight_decay, .. } => real("training.optimizer.weight_decay", weight_decay),
        Optimizer::Adam { .. } => Ok(()),
    }
}

fn check_schedule(schedule: &Schedule) -> Result<(), Finding> {
    match *schedule {
        Schedule::Constant => Ok(()),
        Schedule::Cosine { warmup_steps, floor } => {
            whole("training.schedule.warmup_steps", warmup_steps)?;
            real("training.schedule.floor", floor)
        }
        Schedule::Step { every_epochs, factor } => {
            whole("training.schedule.every_epochs", every_epochs)?;
            real("training.schedule.factor", factor)
        }
    }
}

fn whole(path: &str, value: usize) -> Result<(), Finding> {
    let fits = keys::rule(path).is_some_and(|rule| rule.allows_whole(value as u64));
    if fits { Ok(()) } else { Err(expected(path, &value.to_string())) }
}

fn real(path: &str, value: f64) -> Result<(), Finding> {
    let Some(rule) = keys::rule(path).filter(|rule| !rule.allows_real(value)) else {
        return Ok(());
    };
    let mut finding = expected(path, &format!("{value:?}"));
    if rule.allows_unrounded(value) {
        finding.message.push_str(" (after rounding to 32 bits)");
    }
    Err(finding)
}

/// The divisors next to a wrong number of heads: " (such as 4 or 8)".
fn near_divisors(dim: usize, heads: usize) -> String {
    let divides = |candidate: &usize| dim.is_multiple_of(*candidate);
    let below = (1..heads.min(dim + 1)).rev().find(divides);
    let above = (heads..=dim).find(divides);
    match (below, above) {
        (Some(below), Some(above)) => format!(" (such as {below} or {above})"),
        (Some(only), None) | (None, Some(only)) => format!(" (such as {only})"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn divisors_are_suggested_on_both_sides() {
        assert_eq!(near_divisors(128, 7), " (such as 4 or 8)");
        assert_eq!(near_divisors(128, 200), " (such as 128)");
        assert_eq!(near_divisors(1, 4096), " (such as 1)");
    }
}
