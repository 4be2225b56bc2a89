//! Lines of a picture in text: boxes on a trunk, branches that leave it and come back, words and shapes on them.
//! It knows no model.

use crate::app::model::Stage;

/// Words of a picture.
pub struct Words {
    /// From the picture's left.
    pub x: usize,
    pub text: String,
    /// What they are about, if the cursor can stand on it.
    pub stage: Option<Stage>,
}

/// A line of a picture.
#[derive(Default)]
pub struct Row {
    /// Lines and arrows.
    pub frame: String,
    pub words: Vec<Words>,
    /// The shape of what passes here, and where it is written.
    pub shape: Option<(usize, String)>,
    /// A remark at the right edge: parameters.
    pub note: Option<(String, Stage)>,
}

/// The column of the trunk.
const TRUNK: usize = 20;
/// The first and the last column of a box; the trunk runs through its middle.
const BOX: (usize, usize) = (8, 32);
/// Characters that a box has room for.
pub const BOXED: usize = BOX.1 - BOX.0 - 1;
/// The column of the connection around a box.
const RESIDUAL: usize = 5;
/// The first and the last column of the frame around a block.
const BLOCK: (usize, usize) = (1, 38);
/// Columns of a picture, without the notes.
pub const WIDTH: usize = BLOCK.1 + 1;

/// A picture that grows line by line, from the top.
#[derive(Default)]
pub struct Sketch {
    pub rows: Vec<Row>,
    in_block: bool,
    around: bool,
}

impl Sketch {
    /// Words on the trunk.
    pub fn end(&mut self, text: &str) {
        let x = TRUNK.saturating_sub(text.chars().count() / 2);
        self.rows.push(Row { words: vec![Words { x, text: text.to_owned(), stage: None }], ..Row::default() });
    }

    /// The trunk, with the shape of what passes.
    pub fn arrow(&mut self, shape: &str) {
        let mut row = self.row(&[(TRUNK, "│")]);
        row.shape = Some((TRUNK + 2, shape.to_owned()));
        self.rows.push(row);
    }

    /// A box with lines of words.
    pub fn boxed(&mut self, lines: &[(Option<Stage>, String)]) {
        self.divided(&[lines]);
    }

    /// A box with lines of words in compartments.
    pub fn divided(&mut self, compartments: &[&[(Option<Stage>, String)]]) {
        let half = "─".repeat(TRUNK - BOX.0 - 1);
        let rule = "─".repeat(BOXED);
        let row = self.row(&[(BOX.0, &format!("╭{half}┴{half}╮"))]);
        self.rows.push(row);
        for (number, lines) in compartments.iter().enumerate() {
            if number > 0 {
                let row = self.row(&[(BOX.0, &format!("├{rule}┤"))]);
                self.rows.push(row);
            }
            for (stage, text) in *lines {
                let mut row = self.row(&[(BOX.0, "│"), (BOX.1, "│")]);
                let x = BOX.0 + 1 + BOXED.saturating_sub(text.chars().count()) / 2;
                row.words.push(Words { x, text: text.chars().take(BOXED).collect(), stage: *stage });
                self.rows.push(row);
            }
        }
        let row = self.row(&[(BOX.0, &format!("╰{half}┬{half}╯"))]);
        self.rows.push(row);
    }

    /// Something is added to what passes.
    pub fn plus(&mut self, (stage, text): (Stage, &str), shape: &str) {
        let mut row = self.row(&[(TRUNK, "⊕◂─")]);
        let x = TRUNK + 4;
        row.words.push(Words { x, text: text.to_owned(), stage: Some(stage) });
        row.shape = Some((x + text.chars().count() + 1, shape.to_owned()));
        self.rows.push(row);
    }

    /// Something goes along with what passes, from here on.
    pub fn joined_by(&mut self, (stage, text): (Stage, &str)) {
        let mut row = self.row(&[(TRUNK, "├◂─")]);
        row.words.push(Words { x: TRUNK + 4, text: text.to_owned(), stage: Some(stage) });
        self.rows.push(row);
    }

    /// From here on what passes also goes around what follows.
    pub fn fork(&mut self) {
        let line = format!("╭{}┤", "─".repeat(TRUNK - RESIDUAL - 1));
        let row = self.row(&[(RESIDUAL, &line)]);
        self.rows.push(row);
        self.around = true;
    }

    /// What went around is added again.
    pub fn join(&mut self, shape: &str) {
        self.around = false;
        let line = format!("╰{}▸⊕", "─".repeat(TRUNK - RESIDUAL - 2));
        let mut row = self.row(&[(RESIDUAL, &line)]);
        row.shape = Some((TRUNK + 2, shape.to_owned()));
        self.rows.push(row);
    }

    /// What follows is a block.
    pub fn open(&mut self, caption: &str) {
        self.edge("╭", "╮", caption);
        self.in_block = true;
    }

    /// The block ends.
    pub fn close(&mut self) {
        self.in_block = false;
        self.edge("╰", "╯", "");
    }

    fn edge(&mut self, left: &str, right: &str, caption: &str) {
        let before = "─".repeat(TRUNK - BLOCK.0 - 1);
        let after = "─".repeat(BLOCK.1 - TRUNK - 1);
        let mut row = self.row(&[(BLOCK.0, &format!("{left}{before}┼{after}{right}"))]);
        if !caption.is_empty() {
            row.words.push(Words { x: BLOCK.0 + 2, text: format!(" {caption} "), stage: None });
        }
        self.rows.push(row);
    }

    /// A line of the picture with these pieces on it, and whatever passes beside them.
    fn row(&self, pieces: &[(usize, &str)]) -> Row {
        let mut cells = vec![' '; WIDTH];
        let mut lay = |x: usize, text: &str| {
            for (place, char) in text.chars().enumerate() {
                if let Some(cell) = cells.get_mut(x + place) {
                    *cell = char;
                }
            }
        };
        if self.in_block {
            lay(BLOCK.0, "│");
            lay(BLOCK.1, "│");
        }
        if self.around {
            lay(RESIDUAL, "│");
        }
        for (x, text) in pieces {
            lay(*x, text);
        }
        Row { frame: cells.into_iter().collect(), ..Row::default() }
    }
}
