//! The picture of the model with a box for each step.

use super::{Detail, Here, attention_stages, caption, cutting, margin, positions, product, shapes};
use crate::app::model::{Anatomy, EncoderAnatomy, Looks, MlpOutput, Stage};
use crate::ui::model::lines::{BOXED, Row, Sketch, Words};

/// The picture with a box for each step.
pub fn boxes(anatomy: &Anatomy, detail: Detail, here: Here) -> Vec<Row> {
    let Anatomy { tokens, values, dim, classes, .. } = anatomy;
    let mut sketch = Sketch::default();
    sketch.end("volume");
    sketch.arrow(&product(&anatomy.volume));
    sketch.boxed(&[of(Stage::Embedding, cutting(anatomy).0)]);
    let (margin, seen) = margin(anatomy);
    beside(&mut sketch, &[margin, seen]);
    sketch.arrow(&product(&[*tokens, *values]));
    sketch.boxed(&[of(Stage::Embedding, format!("linear {values} → {dim}"))]);
    for encoder in &anatomy.encoders {
        encoder_in_boxes(&mut sketch, anatomy, encoder, (detail, here));
    }
    sketch.boxed(&[of(Stage::Head, format!("head {dim} → {classes}"))]);
    sketch.arrow(&classes.to_string());
    sketch.end(&format!("{classes} classes"));
    sketch.rows
}

fn encoder_in_boxes(sketch: &mut Sketch, anatomy: &Anatomy, encoder: &EncoderAnatomy, (detail, here): (Detail, Here)) {
    let Anatomy { dim, heads, mlp, .. } = anatomy;
    let (coder, (stream, vectors)) = (encoder.coder, shapes(encoder, *dim));
    if encoder.class_token {
        sketch.joined_by((Stage::ClassToken(coder), "class token"));
    }
    sketch.plus((Stage::Positions(coder), positions(encoder)), &stream);
    sketch.open(&caption(encoder, here));
    let norm = [of(Stage::Norms(coder), "norm".to_owned())];
    for (stage, looks) in attention_stages(coder).into_iter().zip(&encoder.attentions) {
        let long = format!("attention, {heads} heads × {}", anatomy.head_width());
        let short = format!("attention, {heads} × {}", anatomy.head_width());
        let mut attention = vec![of(stage, fitting(long, short))];
        // Where there is more than the one usual kind, smaller pictures name it too.
        if detail == Detail::Whole || *looks != Looks::All {
            attention.push(of(stage, looks.words().to_owned()));
        }
        if detail == Detail::Whole {
            attention.push(of(stage, format!("softmax(q·k/√{})·v", anatomy.head_width())));
            attention.push(of(stage, format!("dropout {}", anatomy.dropout)));
            attention.extend(skipped(anatomy, stage));
        }
        sketch.fork();
        joined(sketch, detail, &norm, &attention);
        sketch.join(&stream);
    }
    let stage = Stage::Mlp(coder);
    let perceptron = if detail == Detail::Whole {
        let linear = |from: &usize, to: &usize, gelu: &str| {
            of(stage, fitting(format!("linear {from} → {to}{gelu}"), format!("{from} → {to}{gelu}")))
        };
        let ending = if anatomy.mlp_output == MlpOutput::Gelu { ", GELU" } else { "" };
        let mut lines = vec![linear(dim, mlp, ", GELU"), linear(mlp, dim, ending)];
        lines.extend(skipped(anatomy, stage));
        lines
    } else {
        vec![of(stage, format!("MLP {dim} → {mlp} → {dim}"))]
    };
    sketch.fork();
    joined(sketch, detail, &norm, &perceptron);
    sketch.join(&stream);
    sketch.close();
    sketch.arrow(&stream);
    let norm = [of(Stage::FinalNorm(coder), "norm".to_owned())];
    joined(sketch, detail, &norm, &[(None, encoder.pooling.to_owned())]);
    sketch.arrow(&vectors);
}

/// How often a sample goes around a half of the last block, if it ever does.
fn skipped(anatomy: &Anatomy, stage: Stage) -> Option<Line> {
    let depth = anatomy.stochastic_depth;
    (depth > 0.0).then(|| of(stage, format!("skipped: up to {depth}")))
}

/// The longer of two texts that a box has room for.
fn fitting(long: String, short: String) -> String {
    if long.chars().count() <= BOXED { long } else { short }
}

fn of(stage: Stage, text: String) -> Line {
    (Some(stage), text)
}

/// Two steps in one box, with a line between them where there is room.
fn joined(sketch: &mut Sketch, detail: Detail, first: &[Line], second: &[Line]) {
    if detail == Detail::Whole {
        sketch.divided(&[first, second]);
    } else {
        sketch.boxed(&[first, second].concat());
    }
}

/// A line in a box, and what it is about.
type Line = (Option<Stage>, String);

/// Words to the right of the last box.
fn beside(sketch: &mut Sketch, texts: &[String]) {
    let last = sketch.rows.len();
    for (row, text) in sketch.rows.iter_mut().skip(last.saturating_sub(2)).zip(texts) {
        row.words.push(Words { x: 34, text: text.clone(), stage: None });
    }
}
