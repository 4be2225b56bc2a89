//! The evidence of tokens as evidence of voxels.

use crate::config::Cut;

/// A number for each token, laid over the voxels that the tokens see.
#[derive(Clone, Debug)]
pub struct Spread<'a> {
    values: &'a [f32],
    /// Along each axis: of each voxel the tokens that cover it.
    covering: [Vec<Vec<usize>>; 3],
    grid: [usize; 3],
}

impl<'a> Spread<'a> {
    /// The tokens stand as the cuts say, row by row through depth, height and width.
    #[must_use]
    pub fn new(values: &'a [f32], cuts: &[Cut; 3]) -> Self {
        let covering = cuts.each_ref().map(|cut| {
            let of = |voxel: usize| (0..cut.tokens()).filter(|token| cut.covered(*token).contains(&voxel)).collect();
            (0..cut.length).map(of).collect()
        });
        Self { values, covering, grid: cuts.each_ref().map(Cut::tokens) }
    }

    /// The evidence of a voxel: the mean over the tokens that see it, nothing where none does.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "few tokens see one voxel")]
    pub fn at(&self, voxel: [usize; 3]) -> Option<f32> {
        let [_, rows, columns] = self.grid;
        let along = |axis: usize| {
            let of_axis = self.covering.get(axis).zip(voxel.get(axis));
            of_axis.and_then(|(tokens, at)| tokens.get(*at)).map_or(&[][..], Vec::as_slice)
        };
        let (mut sum, mut count) = (0.0, 0);
        for d in along(0) {
            for h in along(1) {
                for w in along(2) {
                    sum += self.values.get((d * rows + h) * columns + w)?;
                    count += 1;
                }
            }
        }
        (count > 0).then(|| sum / count as f32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Padding;

    #[test]
    fn a_voxel_has_the_value_of_its_token_and_the_margin_has_none() {
        let cut = || Cut::every(28, (8, 8), Padding::Crop);
        let values: Vec<f32> = (0..27).map(|token| token as f32).collect();
        let cuts = [cut(), cut(), cut()];
        let spread = Spread::new(&values, &cuts);
        assert_eq!(spread.at([0, 0, 0]), Some(0.0));
        assert_eq!(spread.at([7, 8, 16]), Some(5.0));
        assert_eq!(spread.at([23, 23, 23]), Some(26.0));
        assert_eq!([spread.at([24, 0, 0]), spread.at([0, 0, 27]), spread.at([99, 0, 0])], [None; 3]);
    }

    #[test]
    fn where_tokens_overlap_it_is_their_mean_and_padding_counts_for_nothing() {
        let axis = Cut::every(6, (4, 2), Padding::Crop);
        let one = Cut::every(1, (1, 1), Padding::Crop);
        let cuts = [axis, one.clone(), one.clone()];
        let spread = Spread::new(&[1.0, 5.0], &cuts);
        let along: Vec<Option<f32>> = (0..6).map(|d| spread.at([d, 0, 0])).collect();
        assert_eq!(along, [1.0, 1.0, 3.0, 3.0, 5.0, 5.0].map(Some));
        let cuts = [Cut::every(5, (4, 4), Padding::Pad), one.clone(), one];
        let spread = Spread::new(&[1.0, 5.0], &cuts);
        // A voxel of padding stands before the first and two behind the last.
        let along: Vec<Option<f32>> = (0..5).map(|d| spread.at([d, 0, 0])).collect();
        assert_eq!(along, [1.0, 1.0, 1.0, 5.0, 5.0].map(Some));
    }
}
