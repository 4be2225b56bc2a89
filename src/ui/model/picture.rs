//! The way of a volume through the model, as the ViViT paper draws it, in three sizes. It knows no place on the
//! screen.

use super::lines::{BOXED, Row, Sketch, Words};
use crate::app::model::{Anatomy, Stage};

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

/// The lines of the picture. `block` is the block that the cursor stands in, from 1.
pub fn picture(anatomy: &Anatomy, detail: Detail, block: Option<usize>) -> Vec<Row> {
    match detail {
        Detail::Dense => dense(anatomy, block),
        Detail::Boxes | Detail::Whole => boxes(anatomy, detail, block),
    }
}

/// `28×28×28×1`.
pub fn product(axes: &[usize]) -> String {
    axes.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

/// Which voxels the model never sees, in two pieces.
pub fn margin(anatomy: &Anatomy) -> (String, String) {
    let share = format!("sees {:.1} %", anatomy.seen_share * 100.0);
    match anatomy.margin {
        [0, 0, 0] => ("no margin".to_owned(), "sees all voxels".to_owned()),
        [d, h, w] if d == h && h == w => (format!("margin of {d}"), share),
        [d, h, w] => (format!("margin {d}, {h}, {w}"), share),
    }
}

fn caption(anatomy: &Anatomy, block: Option<usize>) -> String {
    match (block, anatomy.layers) {
        (Some(block), layers) => format!("block {block} of {layers}"),
        (None, 1) => "1 block".to_owned(),
        (None, layers) => format!("{layers} blocks"),
    }
}

fn boxes(anatomy: &Anatomy, detail: Detail, block: Option<usize>) -> Vec<Row> {
    let Anatomy { tokens, values, dim, heads, mlp, classes, .. } = anatomy;
    let stream = product(&[*tokens, *dim]);
    let whole = detail == Detail::Whole;
    let of = |stage: Stage, text: String| (Some(stage), text);
    let mut sketch = Sketch::default();
    sketch.end("volume");
    sketch.arrow(&product(&anatomy.volume));
    sketch.boxed(&[of(Stage::Embedding, format!("tubelets of {}", product(&anatomy.tubelet)))]);
    let (margin, seen) = margin(anatomy);
    beside(&mut sketch, &[margin, seen]);
    sketch.arrow(&product(&[*tokens, *values]));
    sketch.boxed(&[of(Stage::Embedding, format!("linear {values} → {dim}"))]);
    sketch.plus((Stage::Positions, "positions"), &stream);
    sketch.open(&caption(anatomy, block));
    sketch.fork();
    let norm = [of(Stage::Norms, "norm".to_owned())];
    let long = format!("attention, {heads} heads × {}", anatomy.head_width());
    let short = format!("attention, {heads} × {}", anatomy.head_width());
    let mut attention = vec![of(Stage::Attention, if long.chars().count() <= BOXED { long } else { short })];
    let mut perceptron = vec![of(Stage::Mlp, format!("MLP {dim} → {mlp} → {dim}"))];
    if whole {
        attention.push(of(Stage::Attention, anatomy.attention.to_owned()));
        attention.push(of(Stage::Attention, format!("softmax(q·k/√{})·v", anatomy.head_width())));
        attention.push(of(Stage::Attention, format!("dropout {}", anatomy.dropout)));
        let linear = |from: &usize, to: &usize| {
            let words = format!("linear {from} → {to}, GELU");
            of(Stage::Mlp, if words.chars().count() <= BOXED { words } else { format!("{from} → {to}, GELU") })
        };
        perceptron = vec![linear(dim, mlp), linear(mlp, dim)];
    }
    joined(&mut sketch, detail, &norm, &attention);
    sketch.join(&stream);
    sketch.fork();
    joined(&mut sketch, detail, &norm, &perceptron);
    sketch.join(&stream);
    sketch.close();
    sketch.arrow(&stream);
    let norm = [of(Stage::FinalNorm, "norm".to_owned())];
    joined(&mut sketch, detail, &norm, &[(None, anatomy.pooling.to_owned())]);
    sketch.arrow(&dim.to_string());
    sketch.boxed(&[of(Stage::Head, format!("head {dim} → {classes}"))]);
    sketch.arrow(&classes.to_string());
    sketch.end(&format!("{classes} classes"));
    sketch.rows
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

fn dense(anatomy: &Anatomy, block: Option<usize>) -> Vec<Row> {
    let Anatomy { tokens, values, dim, heads, mlp, classes, .. } = anatomy;
    let stream = product(&[*tokens, *dim]);
    let (margin, seen) = margin(anatomy);
    let rule = |from: &str, to: &str| format!("{from}{}{to}", "─".repeat(DENSE_WIDTH - 3));
    let (perceptron, hidden) = (format!("MLP, {dim} → {mlp} → {dim}"), format!("MLP, {mlp} wide"));
    let mut open = line(&rule("╭┼", "╮"), &[], "");
    open.words.push(words(3, &format!(" {} ", caption(anatomy, block)), None));
    vec![
        line("", &[(1, "volume", None)], &product(&anatomy.volume)),
        line(" │", &[(3, &format!("cut into tubelets of {}", product(&anatomy.tubelet)), Some(Stage::Embedding))], ""),
        line(" │", &[(3, &format!("{margin}, {seen}"), None)], ""),
        line("", &[(1, &format!("{} tubelets", product(&anatomy.grid)), None)], &product(&[*tokens, *values])),
        line(" │", &[(3, &format!("linear {values} → {dim}"), Some(Stage::Embedding))], ""),
        line(" ⊕◂─", &[(5, "positions", Some(Stage::Positions))], &stream),
        open,
        branch("norm", &format!("attention, {heads} × {}", anatomy.head_width()), Stage::Attention),
        back(&stream),
        branch("norm", if perceptron.chars().count() < TURN - THEN { &perceptron } else { &hidden }, Stage::Mlp),
        back(&stream),
        line(&rule("╰┼", "╯"), &[], ""),
        line(" │", &[(3, "norm", Some(Stage::FinalNorm))], &stream),
        line(" │", &[(3, anatomy.pooling, None)], ""),
        line("", &[(1, "one vector", None)], &dim.to_string()),
        line(" │", &[(3, &format!("head, linear {dim} → {classes}"), Some(Stage::Head))], ""),
        line("", &[(1, &format!("{classes} classes"), None)], &classes.to_string()),
    ]
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
fn branch(norm: &str, then: &str, stage: Stage) -> Row {
    let mut row = line("", &[(4, norm, Some(Stage::Norms)), (THEN, then, Some(stage))], "");
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

    fn anatomy() -> Anatomy {
        Anatomy {
            volume: [28, 28, 28, 1],
            tubelet: [8, 8, 8],
            grid: [3, 3, 3],
            tokens: 27,
            values: 512,
            margin: [4, 4, 4],
            seen_share: 0.6297,
            dim: 128,
            heads: 8,
            layers: 8,
            mlp: 512,
            dropout: 0.1,
            classes: 11,
            attention: "all tokens to all",
            pooling: "mean over the tokens",
        }
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
        let large = Anatomy { dim: 4096, heads: 4096, mlp: 16_384, layers: 128, classes: 256, ..anatomy() };
        for anatomy in [anatomy(), large] {
            let rows = dense(&anatomy, Some(12));
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
        let all = Anatomy { margin: [0; 3], seen_share: 1.0, ..anatomy() };
        assert_eq!(margin(&all).0, "no margin");
        assert_eq!(margin(&Anatomy { margin: [0, 4, 4], ..anatomy() }).0, "margin 0, 4, 4");
    }
}
