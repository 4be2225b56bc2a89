//! The run's log: what a person would have read, with the time, in `log.txt`.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::app::log::{Level, words};
use crate::app::words::SYNTHETIC_MARK;
use crate::event::TrainEvent;
use crate::runs::RunFolder;

/// So many bytes wait for a disk that cannot be written; what comes after them is counted.
const MOST_WAITING: usize = 1 << 20;

/// A log that is only ever appended to. What cannot be written waits, and comes in its order; it is still on the
/// screen.
pub struct Log {
    path: PathBuf,
    file: Option<File>,
    /// Stands behind every line of a run on made-up data.
    mark: &'static str,
    waiting: Vec<u8>,
    lost: u64,
}

impl Log {
    /// The log of a run.
    #[must_use]
    pub fn open(folder: &RunFolder, synthetic: bool) -> Self {
        let mark = if synthetic { SYNTHETIC_MARK } else { "" };
        Self { path: folder.log(), file: None, mark, waiting: Vec::new(), lost: 0 }
    }

    /// Adds the line of an event, if it has one.
    pub fn event(&mut self, event: &TrainEvent) {
        if let Some((level, text)) = words(event) {
            self.line(level, &text);
        }
    }

    /// Adds a line.
    pub fn line(&mut self, level: Level, text: &str) {
        let line = format!("{} {:<7} {text}{}\n", now(), level.word(), self.mark);
        if self.waiting.len() + line.len() > MOST_WAITING {
            self.lost += 1;
        } else {
            self.waiting.extend(line.as_bytes());
        }
        if self.write().is_err() {
            // Opened anew with the next line: the file system may have been away.
            self.file = None;
        } else if self.lost > 0 {
            let lost = std::mem::take(&mut self.lost);
            self.line(Level::Warning, &format!("{lost} lines had no room and are missing here"));
        }
    }

    /// Writes what waits. A line that has room for its beginning alone is gone on with where it broke off.
    fn write(&mut self) -> std::io::Result<()> {
        if self.file.is_none() {
            self.file = Some(OpenOptions::new().append(true).create(true).open(&self.path)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        while !self.waiting.is_empty() {
            match file.write(&self.waiting)? {
                0 => return Err(std::io::ErrorKind::WriteZero.into()),
                written => drop(self.waiting.drain(..written)),
            }
        }
        Ok(())
    }
}

/// The time in RFC 3339, UTC, to the second.
#[must_use]
pub fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn lines_that_cannot_be_written_come_in_their_order_once_they_can() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        let mut log = Log::open(&folder, false);
        log.line(Level::Info, "one");
        let (away, here) = (runs.path().join("away"), folder.path());
        log.file = None;
        fs::rename(here, &away).unwrap();
        log.line(Level::Info, "two");
        log.line(Level::Warning, &"x".repeat(MOST_WAITING));
        fs::rename(&away, here).unwrap();
        log.line(Level::Info, "three");
        let text = fs::read_to_string(folder.log()).unwrap();
        let words: Vec<&str> = text.lines().map(|line| line.split_once(' ').unwrap().1).collect();
        let missing = "warning 1 lines had no room and are missing here";
        assert_eq!(words, ["info    one", "info    two", "info    three", missing]);
    }
}
