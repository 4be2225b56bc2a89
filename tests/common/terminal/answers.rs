//! What a terminal answers when a program asks it something: a plain xterm, dark, without pictures.

use vt100::{Callbacks, Screen};

/// Width and height of a cell in pixels.
pub const CELL: (u16, u16) = (10, 20);

/// Answers that are still to be given.
#[derive(Default)]
pub struct Answers(Vec<u8>);

impl Answers {
    /// What is to be sent now.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.0)
    }

    fn say(&mut self, answer: &str) {
        self.0.extend_from_slice(answer.as_bytes());
    }
}

impl Callbacks for Answers {
    fn unhandled_csi(&mut self, screen: &mut Screen, i1: Option<u8>, _: Option<u8>, params: &[&[u16]], c: char) {
        let (rows, columns) = screen.size();
        let asked = params.first().and_then(|param| param.first()).copied().unwrap_or(0);
        match (i1, c, asked) {
            // What it is: a VT220 with colours.
            (None, 'c', 0) => self.say("\x1b[?62;22c"),
            (None, 'n', 5) => self.say("\x1b[0n"),
            (None, 'n', 6) => {
                let (row, column) = screen.cursor_position();
                self.say(&format!("\x1b[{};{}R", row + 1, column + 1));
            }
            // Its size in pixels, a cell's, and its size in cells.
            (None, 't', 14) => self.say(&format!("\x1b[4;{};{}t", rows.get() * CELL.1, columns.get() * CELL.0)),
            (None, 't', 16) => self.say(&format!("\x1b[6;{};{}t", CELL.1, CELL.0)),
            (None, 't', 18) => self.say(&format!("\x1b[8;{rows};{columns}t")),
            _ => {}
        }
    }

    fn unhandled_osc(&mut self, _: &mut Screen, params: &[&[u8]]) {
        match params {
            [b"10", b"?"] => self.say("\x1b]10;rgb:d4d4/d4d4/d4d4\x1b\\"),
            [b"11", b"?"] => self.say("\x1b]11;rgb:1010/1010/1414\x1b\\"),
            _ => {}
        }
    }
}
