//! The run's log: what a person would have read, with the time, in `log.txt`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::time::SystemTime;

use crate::runs::RunFolder;

/// A log that is only ever appended to. What cannot be logged is still on the screen.
pub struct Log {
    file: Option<File>,
}

impl Log {
    /// The log of a run.
    #[must_use]
    pub fn open(folder: &RunFolder) -> Self {
        Self { file: OpenOptions::new().append(true).create(true).open(folder.log()).ok() }
    }

    /// Adds a line.
    pub fn line(&mut self, text: &str) {
        if let Some(file) = &mut self.file {
            drop(writeln!(file, "{} {text}", now()));
        }
    }
}

/// The time in RFC 3339, UTC, to the second.
#[must_use]
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}
