//! How slices are shown: where the crosshair stands, which plane has the keys, and everything that changes the
//! picture but not the volume.

use super::Plane;
use super::evidence::Wanted;
use super::window::Windowing;

/// The tables that turn a value into a colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ColourMap {
    /// From black to white.
    #[default]
    Grey,
    /// From white to black.
    Inverted,
    Viridis,
    Cividis,
    Magma,
    Inferno,
}

impl ColourMap {
    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Grey => "grey",
            Self::Inverted => "grey, inverted",
            Self::Viridis => "viridis",
            Self::Cividis => "cividis",
            Self::Magma => "magma",
            Self::Inferno => "inferno",
        }
    }

    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::Grey => Self::Inverted,
            Self::Inverted => Self::Viridis,
            Self::Viridis => Self::Cividis,
            Self::Cividis => Self::Magma,
            Self::Magma => Self::Inferno,
            Self::Inferno => Self::Grey,
        }
    }
}

/// What is drawn of the model's sight over the slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Marks {
    #[default]
    None,
    /// What no tubelet covers is faded.
    Margin,
    /// The borders of the tubelets too.
    Tubelets,
}

impl Marks {
    /// The next one, round and round.
    #[must_use]
    pub fn next(self) -> Self {
        match self {
            Self::None => Self::Margin,
            Self::Margin => Self::Tubelets,
            Self::Tubelets => Self::None,
        }
    }
}

/// Whether the crosshair's lines lie over the slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Crosshair {
    #[default]
    Shown,
    Hidden,
}

/// How many planes there are to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arrangement {
    /// All three, where they have room.
    #[default]
    Together,
    /// The one that has the keys, as large as it gets.
    Alone,
}

/// Whether the slices go by on their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Playback {
    #[default]
    Still,
    /// Goes on from the next tick, whenever that comes.
    Starting,
    /// The slice that is shown has been since then.
    Since(u64),
}

/// How long a slice is shown in playback: ten a second.
pub const SLICE_MS: u64 = 100;

/// So far can be zoomed into what fits.
pub const MOST_ZOOM: usize = 16;

/// How slices are shown.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The voxel under the crosshair: depth, height, width.
    pub at: [usize; 3],
    /// The plane that the keys move in.
    pub focus: Plane,
    pub arrangement: Arrangement,
    pub windowing: Windowing,
    pub colours: ColourMap,
    pub crosshair: Crosshair,
    pub marks: Marks,
    /// What lies over the slices of the model's evidence.
    pub evidence: Wanted,
    /// Steps beyond what fits.
    pub zoom: usize,
    pub playback: Playback,
    /// The size of the volumes that the crosshair has its place in.
    size: [usize; 3],
}

impl View {
    /// Takes in the size of the volumes; the crosshair of a new size stands in the middle.
    pub fn fit(&mut self, size: [usize; 3]) {
        if self.size != size {
            self.size = size;
            self.at = size.map(|length| length / 2);
            self.face(self.focus);
        }
    }

    /// From now on the keys move in that plane; an image has but one.
    pub fn face(&mut self, plane: Plane) {
        let [depth, ..] = self.size;
        self.focus = if depth == 1 { Plane::Axial } else { plane };
    }

    /// Moves the crosshair along the rows and columns of the plane that has the keys.
    pub fn step(&mut self, rows: isize, columns: isize) {
        let [row_axis, column_axis] = self.focus.rows_and_columns();
        self.shift(row_axis, rows);
        self.shift(column_axis, columns);
    }

    /// Moves through the slices of a plane; the ends hold.
    pub fn leaf(&mut self, plane: Plane, by: isize) {
        self.shift(plane.axis(), by);
    }

    /// Puts the crosshair on a voxel of a plane, which gets the keys.
    pub fn put(&mut self, plane: Plane, row: usize, column: usize) {
        self.focus = plane;
        let wanted = plane.voxel(self.at, [row, column]);
        for ((at, wanted), length) in self.at.iter_mut().zip(wanted).zip(self.size) {
            *at = wanted.min(length.saturating_sub(1));
        }
    }

    fn shift(&mut self, axis: usize, by: isize) {
        let last = self.size.get(axis).copied().unwrap_or(1).saturating_sub(1);
        if let Some(at) = self.at.get_mut(axis) {
            *at = at.saturating_add_signed(by).min(last);
        }
    }

    /// Time has passed: the next slice comes when the last has been seen long enough. None is left out: who
    /// looks for something small must see them all, however late the ticks come.
    pub fn play(&mut self, now_ms: u64) {
        match self.playback {
            Playback::Starting => self.playback = Playback::Since(now_ms),
            Playback::Since(since) if now_ms.saturating_sub(since) >= SLICE_MS => {
                let axis = self.focus.axis();
                let length = self.size.get(axis).copied().unwrap_or(1).max(1);
                if let Some(at) = self.at.get_mut(axis) {
                    *at = (*at + 1) % length;
                }
                let due = since + SLICE_MS;
                self.playback = Playback::Since(if now_ms < due + SLICE_MS { due } else { now_ms });
            }
            Playback::Still | Playback::Since(_) => {}
        }
    }

    /// Milliseconds until the next slice is due.
    #[must_use]
    pub fn next_tick_ms(&self, now_ms: u64) -> Option<u64> {
        match self.playback {
            Playback::Still => None,
            Playback::Starting => Some(1),
            Playback::Since(since) => Some((since + SLICE_MS).saturating_sub(now_ms).max(1)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view() -> View {
        let mut view = View::default();
        view.fit([4, 6, 8]);
        view
    }

    #[test]
    fn a_new_size_puts_the_crosshair_in_the_middle_and_the_same_one_leaves_it() {
        let mut view = view();
        assert_eq!(view.at, [2, 3, 4]);
        view.step(1, 2);
        view.fit([4, 6, 8]);
        assert_eq!(view.at, [2, 4, 6]);
    }

    #[test]
    fn the_keys_move_along_the_axes_of_the_plane_that_has_them() {
        let moved = |plane| {
            let mut view = view();
            view.focus = plane;
            view.step(1, -2);
            view.at
        };
        assert_eq!(Plane::ALL.map(moved), [[2, 4, 2], [3, 3, 2], [3, 1, 4]]);
    }

    #[test]
    fn the_ends_of_a_volume_hold() {
        let mut view = view();
        view.leaf(Plane::Axial, 100);
        view.step(-100, 100);
        assert_eq!(view.at, [3, 0, 7]);
        view.put(Plane::Sagittal, 99, 1);
        assert_eq!((view.at, view.focus), ([3, 1, 7], Plane::Sagittal));
    }

    #[test]
    fn playback_shows_every_slice_in_turn_and_goes_round() {
        let mut view = view();
        view.playback = Playback::Starting;
        let mut seen = Vec::new();
        // The first tick may come long after the key, and later ones late.
        for now in [5_000, 5_099, 5_100, 5_199, 5_210, 9_000, 9_100, 9_201] {
            view.play(now);
            seen.push(view.at[0]);
        }
        assert_eq!(seen, [2, 2, 3, 3, 0, 1, 2, 3]);
        assert_eq!(view.next_tick_ms(9_201), Some(99));
        view.playback = Playback::Still;
        assert_eq!(view.next_tick_ms(9_201), None);
    }
}
