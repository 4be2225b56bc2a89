//! What the model sees of a volume, in words.

use crate::config::Cut;

/// The tokens of a volume: `3×3×3 tubelets of 8×8×8`, `4 frames of 3×3 patches of 8×8`.
#[must_use]
pub fn tokens(cuts: &[Cut; 3]) -> String {
    let [depth, height, width] = cuts;
    if scattered(cuts) {
        let (patches, patch) = (times(&[height.tokens(), width.tokens()]), times(&[height.edge, width.edge]));
        return format!("{} frames of {patches} patches of {patch}", depth.tokens());
    }
    let (grid, tubelet) = (times(&cuts.each_ref().map(Cut::tokens)), times(&cuts.each_ref().map(|cut| cut.edge)));
    if cuts.iter().all(|cut| cut.stride == cut.edge) {
        format!("{grid} tubelets of {tubelet}")
    } else {
        format!("{grid} tubelets of {tubelet}, every {}", times(&cuts.each_ref().map(|cut| cut.stride)))
    }
}

/// The frames that are taken, where they are: `3, 10, 17 and 24 of 28`.
#[must_use]
pub fn frames(cuts: &[Cut; 3]) -> Option<String> {
    let [depth, ..] = cuts;
    let numbers: Vec<String> = depth.starts.iter().map(isize::to_string).collect();
    let list = match numbers.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} and {last}", before.join(", ")),
        _ => numbers.join(""),
    };
    scattered(cuts).then(|| format!("{list} of {}", depth.length))
}

/// Where zeros fill the tubelets up, if they do: `2, 2 and 2 before, 2, 2 and 2 behind`.
#[must_use]
pub fn padding(cuts: &[Cut; 3]) -> Option<String> {
    let [[d, depth], [h, height], [w, width]] = cuts.each_ref().map(Cut::padding);
    let any = [d, h, w, depth, height, width].iter().any(|zeros| *zeros > 0);
    any.then(|| format!("{d}, {h} and {w} before depth, height and width, {depth}, {height} and {width} behind"))
}

/// Whether single frames are taken, with others between them that nobody sees.
#[must_use]
pub fn scattered(cuts: &[Cut; 3]) -> bool {
    let [depth, ..] = cuts;
    depth.seen() + depth.margin() < depth.length
}

fn times(sizes: &[usize]) -> String {
    sizes.iter().map(usize::to_string).collect::<Vec<_>>().join("×")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Embedding, Padding, TubeletInit};

    fn cuts(embedding: &Embedding) -> [Cut; 3] {
        embedding.cuts([28; 3]).unwrap()
    }

    #[test]
    fn every_embedding_says_what_it_sees() {
        let plain = cuts(&Embedding::default());
        assert_eq!(tokens(&plain), "3×3×3 tubelets of 8×8×8");
        assert_eq!((frames(&plain), padding(&plain)), (None, None));
        let (size, init) = ((8, 8, 8), TubeletInit::Uniform);
        let stride = Some((4, 4, 4));
        let overlapping = cuts(&Embedding::Tubelet { size, stride, padding: Padding::Crop, init });
        assert_eq!(tokens(&overlapping), "6×6×6 tubelets of 8×8×8, every 4×4×4");
        let padded = cuts(&Embedding::Tubelet { size, stride: None, padding: Padding::Pad, init });
        let words = padding(&padded).unwrap();
        assert_eq!(words, "2, 2 and 2 before depth, height and width, 2, 2 and 2 behind");
        let sampled = |frames| cuts(&Embedding::UniformFrames { frames, patch: (8, 8), padding: Padding::Crop });
        assert_eq!(tokens(&sampled(4)), "4 frames of 3×3 patches of 8×8");
        assert_eq!(frames(&sampled(4)).unwrap(), "3, 10, 17 and 24 of 28");
        assert_eq!(frames(&sampled(1)).unwrap(), "13 of 28");
        assert_eq!(tokens(&sampled(28)), "28×3×3 tubelets of 1×8×8", "all frames are no choice of frames");
    }
}
