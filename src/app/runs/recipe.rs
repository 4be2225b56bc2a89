//! An experiment in a few lines, for a person who looks through many.

use crate::config::{
    Attention, Embedding, Experiment, MlpOutput, Optimizer, Padding, Positions, Schedule, TubeletInit,
};

/// What is trained on what and how: a word and a line for each part.
#[must_use]
pub fn recipe(experiment: &Experiment) -> Vec<(&'static str, String)> {
    let Experiment { data, model, training, .. } = experiment;
    let edge = data.volume_edge().map_or(String::new(), |edge| format!(" {edge}³"));
    let mut lines = vec![
        ("data", format!("{}{edge} · batch {}", data.set, data.batch)),
        ("embedding", format!("{} · {:?} pooling", embedding(&model.embedding), model.pooling)),
        ("model", format!("dim {} · {} heads · {} layers · MLP {}", model.dim, model.heads, model.layers, model.mlp)),
        ("attention", format!("{} · dropout {}", attention(model.attention), model.attention_dropout)),
        ("optimizer", optimizer(&training.optimizer)),
        ("schedule", schedule(&training.schedule)),
    ];
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
