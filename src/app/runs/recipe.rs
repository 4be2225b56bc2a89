//! An experiment in a few lines, for a person who looks through many.

use crate::config::{
    Attention, Augment, ClassWeights, Embedding, Experiment, MlpOutput, Optimizer, Padding, Positions, Schedule,
    Training, TubeletInit, Views,
};

/// What is trained on what and how: a word and a line for each part.
#[must_use]
pub fn recipe(experiment: &Experiment) -> Vec<(&'static str, String)> {
    let Experiment { data, model, training, .. } = experiment;
    let edge = data.volume_size().map_or(String::new(), |[depth, _, edge]| {
        let power = if depth == 1 { "²" } else { "³" };
        format!(" {edge}{power}")
    });
    let mut lines = vec![
        ("data", format!("{}{edge} · batch {}", data.set, data.batch)),
        ("embedding", format!("{} · {:?} pooling", embedding(&model.embedding), model.pooling)),
        ("model", format!("dim {} · {} heads · {} layers · MLP {}", model.dim, model.heads, model.layers, model.mlp)),
        ("attention", format!("{} · dropout {}", attention(model.attention), model.attention_dropout)),
        ("optimizer", optimizer(&training.optimizer)),
        ("schedule", schedule(&training.schedule)),
    ];
    let varied = varied(&data.augment, training);
    if !varied.is_empty() {
        lines.push(("varied", varied.join(" · ")));
    }
    let mut extras = Vec::new();
    if model.positions == Positions::Sinusoidal {
        extras.push("sinusoidal positions".to_owned());
    }
    if model.mlp_output == MlpOutput::Linear {
        extras.push("one GELU in the MLP".to_owned());
    }
    if model.stochastic_depth > 0.0 {
        extras.push(format!("stochastic depth {}", model.stochastic_depth));
    }
    if training.accumulate > 1 {
        extras.push(format!("{} batches a step", training.accumulate));
    }
    if training.label_smoothing > 0.0 {
        extras.push(format!("label smoothing {}", training.label_smoothing));
    }
    if training.class_weights == Some(ClassWeights::Balanced) {
        extras.push("classes balanced".to_owned());
    }
    if let Some(ema) = &training.ema {
        extras.push(format!("weights averaged with {}", ema.decay));
    }
    if training.tta != Views::default() {
        extras.push("several views evaluated".to_owned());
    }
    if let Some(norm) = training.clip_norm {
        extras.push(format!("gradients clipped at {norm}"));
    }
    if let Some(early) = &training.early_stopping {
        extras.push(format!("stops after {} epochs without gain", early.patience));
    }
    if !extras.is_empty() {
        lines.push(("further", extras.join(" · ")));
    }
    lines
}

/// How the training volumes vary.
fn varied(augment: &Augment, training: &Training) -> Vec<String> {
    let Augment { shift, zoom, rotate_deg, mirror, brightness, contrast, noise, erase, intensity_scale } = *augment;
    let (lowest, highest) = intensity_scale;
    let parts = [
        (shift > 0, format!("shift {shift}")),
        (zoom > 0.0, format!("zoom {zoom}")),
        (rotate_deg > 0.0, format!("turned up to {rotate_deg}°")),
        (mirror != (false, false, false), "mirrored".to_owned()),
        (brightness > 0.0, format!("brightness {brightness}")),
        (contrast > 0.0, format!("contrast {contrast}")),
        (noise > 0.0, format!("noise {noise}")),
        (erase > 0.0, format!("erased up to {erase}")),
        (intensity_scale != (1.0, 1.0), format!("times {lowest} to {highest}")),
        (training.mixup.is_some(), format!("mixup {}", training.mixup.unwrap_or_default())),
    ];
    parts.into_iter().filter_map(|(on, words)| on.then_some(words)).collect()
}

fn embedding(embedding: &Embedding) -> String {
    let (words, padding) = match *embedding {
        Embedding::Tubelet { size: (d, h, w), stride, padding, init } => {
            let every = stride.map_or_else(String::new, |(d, h, w)| format!(" every {d}×{h}×{w}"));
            let begins = match init {
                TubeletInit::Uniform => "",
                TubeletInit::Inflated => ", inflated",
                TubeletInit::CentralFrame => ", central frame",
            };
            (format!("tubelets of {d}×{h}×{w}{every}{begins}"), padding)
        }
        Embedding::UniformFrames { frames, patch: (h, w), padding } => {
            (format!("{frames} frames in patches of {h}×{w}"), padding)
        }
    };
    if padding == Padding::Pad { format!("{words}, padded") } else { words }
}

fn attention(attention: Attention) -> String {
    match attention {
        Attention::FactorisedEncoder { temporal_layers } => format!("FactorisedEncoder, {temporal_layers} in time"),
        other => format!("{other:?}"),
    }
}

fn optimizer(optimizer: &Optimizer) -> String {
    match optimizer {
        Optimizer::AdamW { learning_rate, weight_decay, .. } => {
            format!("AdamW · learning rate {learning_rate:e} · weight decay {weight_decay:e}")
        }
        Optimizer::Adam { learning_rate, .. } => format!("Adam · learning rate {learning_rate:e}"),
    }
}

fn schedule(schedule: &Schedule) -> String {
    match schedule {
        Schedule::Constant => "constant rate".to_owned(),
        Schedule::Cosine { warmup_steps: 0, floor } => format!("cosine, down to {floor} of the rate"),
        Schedule::Cosine { warmup_steps, floor } => {
            format!("cosine, {warmup_steps} steps of warm-up, down to {floor} of the rate")
        }
        Schedule::Step { every_epochs, factor } => format!("rate times {factor} every {every_epochs} epochs"),
    }
}
