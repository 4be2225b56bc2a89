//! Where along an axis of a volume the tokens are taken: plain arithmetic that the checks, the model and the
//! screens share. It knows no volume.

use super::model::{Embedding, Padding};

/// The tokens along one axis: boxes of `edge` voxels that begin at `starts`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cut {
    /// The axis in voxels.
    pub length: usize,
    /// A token's voxels along it.
    pub edge: usize,
    /// From one token to the next; between frames it need not be the same everywhere.
    pub stride: usize,
    /// The first voxel of each token, ascending; below 0 where it begins among the padding.
    pub starts: Vec<isize>,
}

/// What does not fit into an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// 0 is the depth, 1 the height, 2 the width.
    pub axis: usize,
    /// The edge of the tubelet, or how many frames.
    pub wanted: usize,
    /// The axis in voxels.
    pub length: usize,
}

impl Embedding {
    /// How a volume of these voxels is cut along depth, height and width.
    ///
    /// # Errors
    ///
    /// The first axis that a tubelet is longer than, or that has fewer frames than are wanted.
    pub fn cuts(&self, volume: [usize; 3]) -> Result<[Cut; 3], Misfit> {
        let fits = |axis: usize, wanted: usize| match volume.get(axis) {
            Some(&length) if wanted > length => Err(Misfit { axis, wanted, length }),
            _ => Ok(()),
        };
        let [depth, height, width] = volume;
        match *self {
            Self::Tubelet { size, stride, padding, .. } => {
                let (edges, strides) = (<[usize; 3]>::from(size), <[usize; 3]>::from(stride.unwrap_or(size)));
                let [d, h, w] = edges;
                fits(0, d).and(fits(1, h)).and(fits(2, w))?;
                let [sd, sh, sw] = strides;
                Ok([
                    Cut::every(depth, (d, sd), padding),
                    Cut::every(height, (h, sh), padding),
                    Cut::every(width, (w, sw), padding),
                ])
            }
            Self::UniformFrames { frames, patch: (h, w), padding } => {
                fits(0, frames).and(fits(1, h)).and(fits(2, w))?;
                Ok([
                    Cut::frames(depth, frames),
                    Cut::every(height, (h, h), padding),
                    Cut::every(width, (w, w), padding),
                ])
            }
        }
    }
}

impl Cut {
    /// Tokens of `edge` voxels, one every `stride`. What is padded is no more than it takes for every voxel to be
    /// seen, half of it on each side: the middle of the volume, where the organ is, stays the middle of the tokens.
    #[must_use]
    pub fn every(length: usize, (edge, stride): (usize, usize), padding: Padding) -> Self {
        let (edge, stride) = (edge.max(1), stride.max(1));
        let beyond = length.saturating_sub(edge);
        let more = match padding {
            Padding::Crop => beyond / stride,
            Padding::Pad => beyond.div_ceil(stride),
        };
        let before = (more * stride + edge).saturating_sub(length) / 2;
        let starts = (0..=more).map(|token| (token * stride).cast_signed() - before.cast_signed()).collect();
        Self { length, edge, stride, starts }
    }

    /// Single frames, each the middle of one of as many equal parts of the axis; of two middles the first.
    #[must_use]
    pub fn frames(length: usize, frames: usize) -> Self {
        let frames = frames.max(1);
        let part = |frame: usize| frame * length / frames;
        let middle = |frame: usize| ((part(frame) + part(frame + 1)).saturating_sub(1) / 2).cast_signed();
        Self { length, edge: 1, stride: length / frames, starts: (0..frames).map(middle).collect() }
    }

    /// Tokens along the axis.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.starts.len()
    }

    /// Whether some token covers a voxel.
    #[must_use]
    pub fn sees(&self, voxel: usize) -> bool {
        let (voxel, edge) = (voxel.cast_signed(), self.edge.cast_signed());
        self.starts.iter().any(|&start| (start..start + edge).contains(&voxel))
    }

    /// Whether a token begins or ends right before a voxel.
    #[must_use]
    pub fn borders(&self, voxel: usize) -> bool {
        let (voxel, edge) = (voxel.cast_signed(), self.edge.cast_signed());
        self.starts.iter().any(|&start| start == voxel || start + edge == voxel)
    }

    /// How many voxels some token covers.
    #[must_use]
    pub fn seen(&self) -> usize {
        (0..self.length).filter(|&voxel| self.sees(voxel)).count()
    }

    /// Voxels behind the last token.
    #[must_use]
    pub fn margin(&self) -> usize {
        self.length.saturating_add_signed(-self.end())
    }

    /// Voxels of padding before the first voxel of the volume and behind its last.
    #[must_use]
    pub fn padding(&self) -> [usize; 2] {
        let first = self.starts.first().copied().unwrap_or(0);
        [(-first).max(0).cast_unsigned(), (self.end() - self.length.cast_signed()).max(0).cast_unsigned()]
    }

    /// The voxels of the volume that a token covers.
    #[must_use]
    pub fn covered(&self, token: usize) -> std::ops::Range<usize> {
        let start = self.starts.get(token).copied().unwrap_or(0);
        let end = start + self.edge.cast_signed();
        start.max(0).cast_unsigned()..end.clamp(0, self.length.cast_signed()).cast_unsigned()
    }

    /// Where the last token ends, from the first voxel on; beyond the axis where it ends among the padding.
    fn end(&self) -> isize {
        self.starts.last().map_or(0, |&start| start + self.edge.cast_signed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::TubeletInit;

    #[test]
    fn boxes_side_by_side_leave_the_rest_at_the_far_end() {
        let cut = Cut::every(28, (8, 8), Padding::Crop);
        assert_eq!((cut.starts.as_slice(), cut.margin(), cut.seen()), (&[0, 8, 16][..], 4, 24));
        assert!(cut.sees(23) && !cut.sees(24));
        assert_eq!((0..28).filter(|&voxel| cut.borders(voxel)).collect::<Vec<_>>(), [0, 8, 16, 24]);
    }

    #[test]
    fn boxes_overlap_where_the_stride_is_shorter() {
        let cut = Cut::every(28, (8, 4), Padding::Crop);
        assert_eq!((cut.starts.as_slice(), cut.margin()), (&[0, 4, 8, 12, 16, 20][..], 0));
        let cut = Cut::every(28, (8, 6), Padding::Crop);
        assert_eq!((cut.starts.as_slice(), cut.margin(), cut.seen()), (&[0, 6, 12, 18][..], 2, 26));
    }

    #[test]
    fn padding_shows_every_voxel_and_no_more_than_it_must() {
        for (length, edge, stride) in
            [(28, 8, 8), (28, 8, 4), (28, 8, 5), (28, 7, 7), (9, 4, 3), (5, 5, 1), (28, 16, 9)]
        {
            let cut = Cut::every(length, (edge, stride), Padding::Pad);
            let [before, after] = cut.padding();
            assert_eq!((cut.seen(), cut.margin()), (length, 0), "{length}, {edge}, {stride}");
            assert!(before + after < stride, "one token less would do: {length}, {edge}, {stride}");
            assert!(after == before || after == before + 1, "{before} and {after}");
        }
        assert_eq!(Cut::every(28, (8, 8), Padding::Pad).starts, [-2, 6, 14, 22]);
        assert_eq!(Cut::every(28, (8, 8), Padding::Pad).covered(0), 0..6);
        assert_eq!(Cut::every(28, (8, 8), Padding::Pad).covered(3), 22..28);
    }

    #[test]
    fn frames_stand_in_the_middle_of_equal_parts() {
        assert_eq!(Cut::frames(28, 4).starts, [3, 10, 17, 24]);
        assert_eq!(Cut::frames(28, 1).starts, [13]);
        assert_eq!(Cut::frames(5, 5).starts, [0, 1, 2, 3, 4]);
        assert_eq!(Cut::frames(28, 3).starts, [4, 13, 22]);
        for frames in 1..=28 {
            let cut = Cut::frames(28, frames);
            assert!(cut.starts.is_sorted_by(|a, b| a < b), "{frames}: {:?}", cut.starts);
            assert_eq!(cut.seen(), frames);
            assert_eq!(cut.padding(), [0, 0]);
        }
    }

    #[test]
    fn what_does_not_fit_is_told_by_its_axis() {
        let volume = [5, 28, 28];
        let misfit = |embedding: Embedding| embedding.cuts(volume).unwrap_err();
        assert_eq!(misfit(Embedding::default()), Misfit { axis: 0, wanted: 8, length: 5 });
        let frames = Embedding::UniformFrames { frames: 6, patch: (8, 8), padding: Padding::Pad };
        assert_eq!(misfit(frames), Misfit { axis: 0, wanted: 6, length: 5 });
        let wide =
            Embedding::Tubelet { size: (5, 8, 29), stride: None, padding: Padding::Pad, init: TubeletInit::Uniform };
        assert_eq!(misfit(wide), Misfit { axis: 2, wanted: 29, length: 28 });
    }
}
