//! The way of a volume through the model, as the ViViT paper draws it, in three sizes. It knows no place on the
//! screen.

mod boxes;
mod dense;

use self::boxes::boxes;
pub use self::dense::DENSE_WIDTH;
use self::dense::dense;
use super::lines::Row;
use crate::app::model::{Anatomy, Coder, Cut, EncoderAnatomy, Positions, Stage, sight};

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::model::{Looks, MlpOutput};

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
