//! The run's log: what a person would have read, with the time, in `log.txt`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::time::SystemTime;

use crate::app::log::{Level, words};
use crate::app::words::SYNTHETIC_MARK;
use crate::event::TrainEvent;
use crate::runs::RunFolder;

/// A log that is only ever appended to. What cannot be logged is still on the screen.
pub struct Log {
    file: Option<File>,
    /// Stands behind every line of a run on made-up data.
    mark: &'static str,
}

impl Log {
    /// The log of a run.
    #[must_use]
    pub fn open(folder: &RunFolder, synthetic: bool) -> Self {
        let mark = if synthetic { SYNTHETIC_MARK } else { "" };
        Self { mark, file: OpenOptions::new().append(true).create(true).open(folder.log()).ok() }
    }

    /// Adds the line of an event, if it has one.
    pub fn event(&mut self, event: &TrainEvent) {
        if let Some((level, text)) = words(event) {
            self.line(level, &text);
        }
    }

    /// Adds a line.
    pub fn line(&mut self, level: Level, text: &str) {
        if let Some(file) = &mut self.file {
            drop(writeln!(file, "{} {:<7} {text}{}", now(), level.word(), self.mark));
        }
    }
}

/// The time in RFC 3339, UTC, to the second.
#[must_use]
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
