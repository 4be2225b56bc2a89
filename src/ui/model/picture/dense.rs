//! The picture of the model with a line for each step, where there is no room for boxes.

use super::{Here, attention_stages, caption, cutting, margin, positions, product, shapes};
use crate::app::model::{Anatomy, EncoderAnatomy, Looks, Stage};
use crate::ui::model::lines::{Row, Words};

/// Columns of the dense picture.
pub const DENSE_WIDTH: usize = 36;

/// The picture with a line for each step.
pub fn dense(anatomy: &Anatomy, here: Here) -> Vec<Row> {
    let Anatomy { tokens, values, dim, classes, .. } = anatomy;
    let (margin, seen) = margin(anatomy);
    let (cut, pieces) = cutting(anatomy);
    let mut rows = vec![
        line("", &[(1, "volume", None)], &product(&anatomy.volume)),
        line(" │", &[(3, &format!("cut into {cut}"), Some(Stage::Embedding))], ""),
        line(" │", &[(3, &format!("{margin}, {seen}"), None)], ""),
        line("", &[(1, &pieces, None)], &product(&[*tokens, *values])),
        line(" │", &[(3, &format!("linear {values} → {dim}"), Some(Stage::Embedding))], ""),
    ];
    for encoder in &anatomy.encoders {
        rows.extend(dense_encoder(anatomy, encoder, here));
    }
    rows.extend([
        line(" │", &[(3, &format!("head, linear {dim} → {classes}"), Some(Stage::Head))], ""),
        line("", &[(1, &format!("{classes} classes"), None)], &classes.to_string()),
    ]);
    rows
}

fn dense_encoder(anatomy: &Anatomy, encoder: &EncoderAnatomy, here: Here) -> Vec<Row> {
    let Anatomy { dim, heads, mlp, .. } = anatomy;
    let (coder, (stream, vectors)) = (encoder.coder, shapes(encoder, *dim));
    let rule = |from: &str, to: &str| format!("{from}{}{to}", "─".repeat(DENSE_WIDTH - 3));
    let (perceptron, hidden) = (format!("MLP, {dim} → {mlp} → {dim}"), format!("MLP, {mlp} wide"));
    let mut open = line(&rule("╭┼", "╮"), &[], "");
    open.words.push(words(3, &format!(" {} ", caption(encoder, here)), None));
    let mut rows = Vec::new();
    if encoder.class_token {
        rows.push(line(" ├◂─", &[(5, "class token", Some(Stage::ClassToken(coder)))], ""));
    }
    rows.push(line(" ⊕◂─", &[(5, positions(encoder), Some(Stage::Positions(coder)))], &stream));
    rows.push(open);
    for (stage, looks) in attention_stages(coder).into_iter().zip(&encoder.attentions) {
        let words = match looks {
            Looks::All => format!("attention, {heads} × {}", anatomy.head_width()),
            Looks::Space => "attention in space".to_owned(),
            Looks::Time => "attention in time".to_owned(),
            Looks::Halves => "attention in halves".to_owned(),
        };
        rows.extend([branch(Stage::Norms(coder), &words, stage), back(&stream)]);
    }
    let perceptron = if perceptron.chars().count() < TURN - THEN { &perceptron } else { &hidden };
    rows.extend([
        branch(Stage::Norms(coder), perceptron, Stage::Mlp(coder)),
        back(&stream),
        line(&rule("╰┼", "╯"), &[], ""),
        line(" │", &[(3, "norm", Some(Stage::FinalNorm(coder)))], &stream),
        line(" │", &[(3, encoder.pooling, None)], ""),
    ]);
    let made = if encoder.sequences == 1 { "one vector" } else { "a vector each" };
    rows.push(line("", &[(1, made, None)], &vectors));
    rows
}

fn words(x: usize, text: &str, stage: Option<Stage>) -> Words {
    Words { x, text: text.to_owned(), stage }
}

/// A line with its shape at the right edge.
fn line(frame: &str, all: &[(usize, &str, Option<Stage>)], shape: &str) -> Row {
    Row {
        frame: frame.to_owned(),
        words: all.iter().map(|&(x, text, stage)| words(x, text, stage)).collect(),
        shape: Some((DENSE_WIDTH.saturating_sub(shape.chars().count()), shape.to_owned())),
        note: None,
    }
}

/// The column in which a branch of a dense block turns back.
const TURN: usize = 33;
/// Where what follows the norm begins.
const THEN: usize = 12;

/// Where what passes goes through a norm and something else, while it also goes on.
fn branch(norm: Stage, then: &str, stage: Stage) -> Row {
    let mut row = line("", &[(4, "norm", Some(norm)), (THEN, then, Some(stage))], "");
    let end = THEN + then.chars().count() + 1;
    let mut frame = "│├▸      ─▸".to_owned();
    frame.push_str(&" ".repeat(end.saturating_sub(frame.chars().count())));
    frame.push_str(&"─".repeat(TURN.saturating_sub(end)));
    frame.push_str("╮ │");
    row.frame = frame;
    row
}

/// Where the branch is added to what went on.
fn back(shape: &str) -> Row {
    let mut row = line(&format!("│⊕◂{}╯ │", "─".repeat(TURN - 3)), &[], "");
    row.shape = Some((TURN.saturating_sub(shape.chars().count() + 3), format!(" {shape} ")));
    row
}
