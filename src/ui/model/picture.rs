//! The way of a volume through the model, as the ViViT paper draws it, in three sizes. It knows no place on the
//! screen.

use super::lines::{BOXED, Row, Sketch, Words};
use crate::app::model::{Anatomy, Coder, Cut, EncoderAnatomy, Looks, MlpOutput, Positions, Stage, sight};

/// How much the picture shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// A line for each step.
    Dense,
    /// A box for each step.
    Boxes,
    /// And in the boxes what happens there.
    Whole,
}

/// The block that the cursor stands in: of which encoder, and which one, from 1.
pub type Here = Option<(Coder, usize)>;

/// The lines of the picture.
pub fn picture(anatomy: &Anatomy, detail: Detail, here: Here) -> Vec<Row> {
    match detail {
        Detail::Dense => dense(anatomy, here),
        Detail::Boxes | Detail::Whole => boxes(anatomy, detail, here),
    }
}

/// `28×28×28×1`.
pub fn product(axes: &[usize]) -> String {
    axes.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// Which voxels the model never sees, in two pieces.
pub fn margin(anatomy: &Anatomy) -> (String, String) {
    let share = format!("sees {:.1} %", anatomy.seen_share * 100.0);
    let [depth, ..] = &anatomy.cuts;
    if sight::scattered(&anatomy.cuts) {
        return (format!("{} of {}", depth.tokens(), depth.length), share);
    }
    if sight::padding(&anatomy.cuts).is_some() {
        return ("padded".to_owned(), "sees all voxels".to_owned());
    }
    match anatomy.cuts.each_ref().map(Cut::margin) {
        [0, 0, 0] => ("no margin".to_owned(), "sees all voxels".to_owned()),
        [d, h, w] if d == h && h == w => (format!("margin of {d}"), share),
        [d, h, w] => (format!("margin {d}, {h}, {w}"), share),
    }
}

/// How the volume is cut, and into what.
fn cutting(anatomy: &Anatomy) -> (String, String) {
    let [tokens, edges] = [anatomy.cuts.each_ref().map(Cut::tokens), anatomy.cuts.each_ref().map(|cut| cut.edge)];
    if let ([frames, rows, columns], [_, height, width], true) = (tokens, edges, sight::scattered(&anatomy.cuts)) {
        let patches = format!("{frames} frames of {} patches", product(&[rows, columns]));
        return (format!("patches of {}", product(&[height, width])), patches);
    }
    (format!("tubelets of {}", product(&edges)), format!("{} tubelets", product(&tokens)))
}

fn caption(encoder: &EncoderAnatomy, here: Here) -> String {
    let (name, block) = if encoder.name.is_empty() { ("", "block ") } else { (encoder.name, "") };
    let before = if name.is_empty() { String::new() } else { format!("{name}, ") };
    match (here.filter(|(coder, _)| *coder == encoder.coder), encoder.layers) {
        (Some((_, number)), layers) => format!("{before}{block}{number} of {layers}"),
        (None, 1) => format!("{before}1 block"),
        (None, layers) => format!("{before}{layers} blocks"),
    }
}

/// The shape of what passes through an encoder, and of the vectors that it makes.
fn shapes(encoder: &EncoderAnatomy, dim: usize) -> (String, String) {
    match encoder.sequences {
        1 => (product(&[encoder.tokens, dim]), dim.to_string()),
        sequences => (product(&[sequences, encoder.tokens, dim]), product(&[sequences, dim])),
    }
}

fn positions(encoder: &EncoderAnatomy) -> &'static str {
    match encoder.positions {
        Positions::Learned => "positions",
        Positions::Sinusoidal => "sinusoids",
    }
}

/// The stage of each attention of a block.
fn attention_stages(coder: Coder) -> [Stage; 2] {
    [Stage::Attention(coder), Stage::TimeAttention(coder)]
}

fn boxes(anatomy: &Anatomy, detail: Detail, here: Here) -> Vec<Row> {
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

/// Columns of the dense picture.
pub const DENSE_WIDTH: usize = 36;

fn dense(anatomy: &Anatomy, here: Here) -> Vec<Row> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn encoder() -> EncoderAnatomy {
        EncoderAnatomy {
            coder: Coder::First,
            name: "",
            sequences: 1,
            tokens: 27,
            class_token: false,
            positions: Positions::Learned,
            layers: 8,
            attentions: vec![Looks::All],
            pooling: "mean over the tokens",
        }
    }

    fn anatomy() -> Anatomy {
        Anatomy {
            volume: [28, 28, 28, 1],
            cuts: std::array::from_fn(|_| boxes_of(8)),
            tokens: 27,
            values: 512,
            seen_share: 0.6297,
            dim: 128,
            heads: 8,
            mlp: 512,
            mlp_output: MlpOutput::Gelu,
            dropout: 0.1,
            stochastic_depth: 0.0,
            classes: 11,
            encoders: vec![encoder()],
        }
    }

    /// Side by side over 28 voxels, from the first on.
    fn boxes_of(edge: usize) -> Cut {
        let starts = (0..28 / edge).map(|token| (token * edge).cast_signed()).collect();
        Cut { length: 28, edge, stride: edge, starts }
    }

    /// Model 2 with class tokens, and model 3.
    fn others() -> [Anatomy; 2] {
        let spatial = EncoderAnatomy {
            name: "space",
            sequences: 3,
            tokens: 10,
            class_token: true,
            attentions: vec![Looks::Space],
            pooling: "class token",
            ..encoder()
        };
        let temporal = EncoderAnatomy {
            coder: Coder::Temporal,
            name: "time",
            sequences: 1,
            tokens: 4,
            layers: 4,
            ..spatial.clone()
        };
        let both = EncoderAnatomy { attentions: vec![Looks::Space, Looks::Time], ..encoder() };
        [
            Anatomy { encoders: vec![spatial, temporal], ..anatomy() },
            Anatomy { encoders: vec![both], mlp_output: MlpOutput::Linear, ..anatomy() },
        ]
    }

    fn all_words(rows: &[Row]) -> String {
        let texts = rows.iter().flat_map(|row| row.words.iter().map(|words| words.text.as_str()));
        texts.collect::<Vec<_>>().join("|")
    }

    #[test]
    fn every_size_names_every_step_and_every_shape() {
        for detail in [Detail::Dense, Detail::Boxes, Detail::Whole] {
            let rows = picture(&anatomy(), detail, None);
            let words = all_words(&rows);
            let steps = [
                "volume",
                "8×8×8",
                "512 → 128",
                "positions",
                "8 blocks",
                "norm",
                "attention, 8",
                "× 16",
                "mean",
                "128 → 11",
                "11 classes",
            ];
            for step in steps {
                assert!(words.contains(step), "{detail:?}: {step} in {words}");
            }
            let shapes: Vec<&str> = rows.iter().filter_map(|row| row.shape.as_ref()).map(|(_, s)| s.trim()).collect();
            for shape in ["28×28×28×1", "27×512", "27×128", "128", "11"] {
                assert!(shapes.contains(&shape), "{detail:?}: {shape} in {shapes:?}");
            }
            let joins = rows.iter().filter(|row| row.frame.contains('⊕')).count();
            assert_eq!(joins, 3, "{detail:?}: positions and two residual connections");
        }
    }

    #[test]
    fn the_boxes_fit_the_screen_that_they_are_made_for() {
        assert!(picture(&anatomy(), Detail::Dense, None).len() <= 19, "80×24");
        assert!(picture(&anatomy(), Detail::Boxes, None).len() <= 35, "120×40");
        assert!(picture(&anatomy(), Detail::Whole, None).len() <= 55, "200×60");
    }

    #[test]
    fn no_line_of_the_dense_picture_is_longer_than_the_others() {
        let encoders = vec![EncoderAnatomy { layers: 128, ..encoder() }];
        let large = Anatomy { dim: 4096, heads: 4096, mlp: 16_384, classes: 256, encoders, ..anatomy() };
        let [factorised, alternating] = others();
        for anatomy in [anatomy(), large, factorised, alternating] {
            let rows = dense(&anatomy, Some((Coder::First, 12)));
            for row in &rows {
                assert!(row.frame.chars().count() <= DENSE_WIDTH, "{}", row.frame);
                let ends = row.words.iter().map(|words| words.x + words.text.chars().count());
                assert!(ends.max().unwrap_or(0) <= DENSE_WIDTH, "{}", all_words(&rows));
            }
        }
    }

    #[test]
    fn the_words_of_a_large_model_still_fit_their_boxes() {
        let large = Anatomy { dim: 1024, heads: 16, mlp: 4096, ..anatomy() };
        let words = all_words(&picture(&large, Detail::Whole, None));
        assert!(words.contains("|1024 → 4096, GELU|4096 → 1024, GELU|"), "{words}");
        assert!(words.contains("attention, 16 × 64"), "{words}");
    }

    #[test]
    fn a_model_that_sees_everything_has_no_margin() {
        let all = Anatomy { cuts: std::array::from_fn(|_| boxes_of(7)), seen_share: 1.0, ..anatomy() };
        assert_eq!(margin(&all).0, "no margin");
        let deep = Anatomy { cuts: [boxes_of(7), boxes_of(8), boxes_of(8)], ..anatomy() };
        assert_eq!(margin(&deep).0, "margin 0, 4, 4");
    }

    #[test]
    fn frames_and_padding_are_named() {
        let frames = Cut { length: 28, edge: 1, stride: 7, starts: vec![3, 10, 17, 24] };
        let sampled = Anatomy { cuts: [frames, boxes_of(8), boxes_of(8)], seen_share: 0.1, ..anatomy() };
        assert_eq!(margin(&sampled), ("4 of 28".to_owned(), "sees 10.0 %".to_owned()));
        let words = all_words(&picture(&sampled, Detail::Dense, None));
        assert!(words.contains("patches of 8×8") && words.contains("4 frames of 3×3 patches"), "{words}");
        let padded = Cut { starts: vec![-2, 6, 14, 22], ..boxes_of(8) };
        let padded = Anatomy { cuts: std::array::from_fn(|_| padded.clone()), seen_share: 1.0, ..anatomy() };
        assert_eq!(margin(&padded), ("padded".to_owned(), "sees all voxels".to_owned()));
    }

    #[test]
    fn two_encoders_follow_each_other_and_two_attentions_too() {
        let [factorised, alternating] = others();
        for detail in [Detail::Dense, Detail::Boxes, Detail::Whole] {
            let words = all_words(&picture(&factorised, detail, Some((Coder::Temporal, 2))));
            for step in ["class token", "space, 8 blocks", "space", "time, 2 of 4"] {
                assert!(words.contains(step), "{detail:?}: {step} in {words}");
            }
            let rows = picture(&alternating, detail, None);
            let words = all_words(&rows);
            assert!(words.contains("space") && words.contains("time"), "{detail:?}: {words}");
            let joins = rows.iter().filter(|row| row.frame.contains('⊕')).count();
            assert_eq!(joins, 4, "{detail:?}: positions and three residual connections");
        }
        let deep = Anatomy { stochastic_depth: 0.25, ..alternating.clone() };
        assert_eq!(all_words(&picture(&deep, Detail::Whole, None)).matches("skipped: up to 0.25").count(), 3);
        let whole = all_words(&picture(&alternating, Detail::Whole, None));
        assert!(whole.contains("linear 512 → 128|"), "the paper's MLP has one GELU: {whole}");
    }
}
