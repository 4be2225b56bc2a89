//! How much room a screen has: what scrolling goes by, and where the picture takes its measures from.
//!
//! Numbers only; where the parts stand is the picture's affair.

use super::App;

/// From here on a screen shows all its essential panes.
const FULL: Room = Room { columns: 80, rows: 24 };

/// Columns and rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    pub columns: usize,
    pub rows: usize,
}

impl Room {
    /// What is left between the header and the bottom line of a terminal of that size.
    #[must_use]
    pub fn body(columns: u16, rows: u16) -> Self {
        let terminal = Self { columns: usize::from(columns), rows: usize::from(rows) };
        let taken = usize::from(rows >= 2) + usize::from(terminal.is_full()) + usize::from(rows >= 6);
        Self { rows: terminal.rows.saturating_sub(taken), ..terminal }
    }

    /// The body of the app's terminal.
    #[must_use]
    pub fn of(app: &App) -> Self {
        Self::body(app.columns, app.rows)
    }

    /// What a frame leaves.
    #[must_use]
    pub fn framed(self) -> Self {
        Self { columns: self.columns.saturating_sub(2), rows: self.rows.saturating_sub(2) }
    }

    fn is_full(self) -> bool {
        self.columns >= FULL.columns && self.rows >= FULL.rows
    }
}

/// Whether a terminal has room for more than one pane.
#[must_use]
pub fn is_full(app: &App) -> bool {
    Room { columns: usize::from(app.columns), rows: usize::from(app.rows) }.is_full()
}
