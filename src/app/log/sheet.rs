//! How much of the log there is room for, and how long lines are shown in it.

use super::Level;
use crate::app::App;
use crate::app::room::Room;

/// How lines that are wider than the screen are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Long {
    /// Broken into several rows.
    #[default]
    Wrapped,
    /// Cut, from this column on.
    Cut(usize),
}

/// The columns of a line and the rows that there are, in front of which stand the time and the level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub width: usize,
    pub rows: usize,
    pub long: Long,
    pub least: Level,
    /// Whether time and level stand in words, or the level as a mark alone.
    pub margin: Margin,
}

/// What stands in front of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Margin {
    /// The time, a mark and the level's word.
    Words,
    /// A mark.
    Mark,
}

impl Margin {
    /// Its columns: ` 15:00:00 ▲ warning `, or `▲ `.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Self::Words => 20,
            Self::Mark => 2,
        }
    }
}

/// From here on a line has room for its time and its level.
const WORDS: usize = 60;

/// The sheet that the app's terminal has room for.
#[must_use]
pub fn sheet(app: &App) -> Sheet {
    let room = Room::of(app).framed();
    let margin = if room.columns >= WORDS { Margin::Words } else { Margin::Mark };
    let (long, least) = (app.log.long, app.log.least);
    Sheet { width: room.columns.saturating_sub(margin.width()).max(1), rows: room.rows, long, least, margin }
}
