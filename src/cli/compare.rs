//! `compare`: two runs on the volumes of a split, or two groups of runs seed by seed.
//!
//! Reads the predictions that the runs keep; it computes nothing with a model.

mod answers;
mod group;
mod volumes;

use std::io::{Write, stdout};
use std::path::PathBuf;

use self::answers::{Answers, side};
use crate::app::words::SYNTHETIC_MARK;
use crate::event::{SplitName, Weights};
use crate::headless::Output;
use crate::runtime::Failure;

/// What is compared of the runs.
pub struct Asked {
    pub split: SplitName,
    /// Of runs without a step or an epoch of their own.
    pub weights: Weights,
    /// The runs folder.
    pub runs: PathBuf,
}

/// Compares what the two words name; without the second, the seeds of the first among each other.
///
/// # Errors
///
/// When a run cannot be read, when it keeps no such predictions, and when both are not of the same volumes.
pub fn compare(first: &str, second: Option<&str>, asked: &Asked, output: Output) -> Result<u8, Failure> {
    let (first, second) = (side(first, asked)?, second.map_or(Ok(Vec::new()), |second| side(second, asked))?);
    if let ([one], []) = (first.as_slice(), second.as_slice()) {
        let mut failure = Failure::new(2, format!("{} stands alone", one.words()));
        failure.help = Some("name a run to compare it with, or a group of seeds, as in 'baseline-*'".into());
        return Err(failure);
    }
    for answers in &second {
        if let Some(same) = first.iter().find(|known| known.path == answers.path) {
            return Err(Failure::new(
                2,
                format!("{} is on both sides; it differs from itself in nothing", same.words()),
            ));
        }
    }
    if let Some(reference) = first.first() {
        let mut others = first.iter().chain(&second).skip(1);
        others.try_for_each(|answers| answers.check_same_volumes(reference))?;
    }
    let text = match (first.as_slice(), second.as_slice()) {
        ([first], [second]) => volumes::compare(first, second, asked.split, output)?,
        _ => group::compare(&first, &second, asked.split, output)?,
    };
    // A reader that went away has seen what it wanted.
    drop(write!(stdout(), "{text}"));
    Ok(0)
}

/// What both are compared on.
fn heading(answers: &Answers, split: SplitName) -> String {
    let mark = if answers.synthetic { SYNTHETIC_MARK } else { "" };
    format!("{} · {}{mark}\n", answers.data, split.word())
}

/// Points with one digit, as they stand behind an accuracy.
const POINTS: &str = "points";
