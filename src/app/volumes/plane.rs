//! Volumes and the three ways to cut them. Knows indices and nothing of colours.

use std::sync::Arc;

/// The three ways to cut a volume `[depth, height, width]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Plane {
    /// Across the depth: rows are height, columns are width.
    #[default]
    Axial,
    /// Across the height: rows are depth, columns are width.
    Coronal,
    /// Across the width: rows are depth, columns are height.
    Sagittal,
}

/// The letters of the axes, in the order of a volume's shape.
pub const AXES: [&str; 3] = ["d", "h", "w"];

impl Plane {
    /// In the order that they stand on the screen.
    pub const ALL: [Self; 3] = [Self::Axial, Self::Coronal, Self::Sagittal];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Axial => "axial",
            Self::Coronal => "coronal",
            Self::Sagittal => "sagittal",
        }
    }

    /// The axis that it cuts across: 0 for depth, 1 for height, 2 for width.
    #[must_use]
    pub fn axis(self) -> usize {
        match self {
            Self::Axial => 0,
            Self::Coronal => 1,
            Self::Sagittal => 2,
        }
    }

    /// The axes that its rows and its columns count.
    #[must_use]
    pub fn rows_and_columns(self) -> [usize; 2] {
        match self {
            Self::Axial => [1, 2],
            Self::Coronal => [0, 2],
            Self::Sagittal => [0, 1],
        }
    }

    /// What a quantity along the three axes is along the plane's rows and columns.
    #[must_use]
    pub fn project<T: Copy>(self, [d, h, w]: [T; 3]) -> [T; 2] {
        match self {
            Self::Axial => [h, w],
            Self::Coronal => [d, w],
            Self::Sagittal => [d, h],
        }
    }

    /// The voxel in a row and a column of the slice that goes through `at`.
    #[must_use]
    pub fn voxel(self, at: [usize; 3], [row, column]: [usize; 2]) -> [usize; 3] {
        let [d, h, w] = at;
        match self {
            Self::Axial => [d, row, column],
            Self::Coronal => [row, h, column],
            Self::Sagittal => [row, column, w],
        }
    }

    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Axial => Self::Coronal,
            Self::Coronal => Self::Sagittal,
            Self::Sagittal => Self::Axial,
        }
    }
}

/// A volume's voxels.
#[derive(Clone, Debug, PartialEq)]
pub struct Volume {
    /// Depth, height, width, channels.
    pub shape: [usize; 4],
    /// `[d, h, w, c]`.
    pub voxels: Arc<[u8]>,
}

impl Volume {
    /// Depth, height and width.
    #[must_use]
    pub fn size(&self) -> [usize; 3] {
        let [d, h, w, _] = self.shape;
        [d, h, w]
    }

    /// The channels of a voxel; empty where there is none.
    #[must_use]
    pub fn voxel(&self, [d, h, w]: [usize; 3]) -> &[u8] {
        let [depth, height, width, channels] = self.shape;
        if d >= depth || h >= height || w >= width {
            return &[];
        }
        let first = ((d * height + h) * width + w) * channels;
        self.voxels.get(first..first + channels).unwrap_or_default()
    }

    /// A voxel as one value: the mean of its channels.
    #[must_use]
    pub fn value(&self, at: [usize; 3]) -> u8 {
        mean(self.voxel(at))
    }

    /// How many voxels have each value.
    #[must_use]
    pub fn histogram(&self) -> [u32; 256] {
        let mut counts = [0; 256];
        for voxel in self.voxels.chunks_exact(self.shape[3].max(1)) {
            if let Some(count) = counts.get_mut(usize::from(mean(voxel))) {
                *count += 1;
            }
        }
        counts
    }
}

/// The mean of a voxel's channels, rounded.
fn mean(channels: &[u8]) -> u8 {
    match channels {
        [] => 0,
        [value] => *value,
        many => {
            let sum: usize = many.iter().map(|value| usize::from(*value)).sum();
            u8::try_from((sum + many.len() / 2) / many.len()).unwrap_or(u8::MAX)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2×3×4 voxels whose values are their own indices: 100 d + 10 h + w.
    fn numbered() -> Volume {
        let index = |i: u8| 100 * (i / 12) + 10 * (i / 4 % 3) + i % 4;
        Volume { shape: [2, 3, 4, 1], voxels: (0..24).map(index).collect() }
    }

    #[test]
    fn each_plane_cuts_across_its_own_axis() {
        let (volume, at) = (numbered(), [1, 2, 3]);
        let value = |plane: Plane, row, column| volume.value(plane.voxel(at, [row, column]));
        assert_eq!(value(Plane::Axial, 2, 1), 121, "rows are height, columns are width, at depth 1");
        assert_eq!(value(Plane::Coronal, 0, 1), 21, "rows are depth, columns are width, at height 2");
        assert_eq!(value(Plane::Sagittal, 0, 1), 13, "rows are depth, columns are height, at width 3");
    }

    #[test]
    fn the_planes_of_a_volume_that_is_no_cube_have_three_shapes() {
        let shapes = Plane::ALL.map(|plane| plane.project(numbered().size()));
        assert_eq!(shapes, [[3, 4], [2, 4], [2, 3]]);
    }

    #[test]
    fn what_lies_outside_of_a_volume_has_no_value() {
        assert_eq!(numbered().voxel([1, 2, 3]), [123]);
        assert!(numbered().voxel([1, 3, 0]).is_empty(), "not the next slice's first row");
        assert!(numbered().voxel([2, 0, 0]).is_empty());
    }

    #[test]
    fn colours_count_as_their_mean() {
        let volume = Volume { shape: [1, 1, 2, 3], voxels: vec![10, 20, 31, 0, 0, 255].into() };
        assert_eq!([volume.value([0, 0, 0]), volume.value([0, 0, 1])], [20, 85]);
        assert_eq!(volume.histogram().iter().sum::<u32>(), 2);
        assert_eq!(volume.histogram()[85], 1);
    }
}
