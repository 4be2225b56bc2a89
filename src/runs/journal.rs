//! The journal: every fact of a run, one JSON line each, only ever appended to.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use super::Error;
use crate::event::{SCHEMA, TrainEvent};

/// No event comes near this; a longer line is damage, and is not read into memory.
const LONGEST_LINE: u64 = 4 << 20;

/// So much room is taken ahead of what is written, and taken anew when no more than that is left: on a full disk
/// the journal can still say what happened.
const AHEAD: u64 = 64 << 10;
const LEAST_AHEAD: u64 = 16 << 10;

/// A journal open for writing.
#[derive(Debug)]
pub struct Journal {
    file: File,
    path: PathBuf,
    /// Where the last whole line ends.
    end: u64,
    /// Up to where the disk has room for it.
    reserved: u64,
    /// Whether the file must be opened anew before the next line: something went wrong with the last.
    failed: bool,
}

impl Journal {
    /// Opens a journal to append to, making it if it is missing. A last line that was torn off in
    /// the writing is cut away: it never was a fact.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or mended.
    pub fn open(path: &Path) -> Result<Self, Error> {
        Self::open_with(path, OpenOptions::new().read(true).append(true).create(true))
    }

    fn open_with(path: &Path, options: &OpenOptions) -> Result<Self, Error> {
        let mut file = options.open(path).map_err(Error::io("open the journal", path))?;
        let end = end_of_last_line(&mut file).map_err(Error::io("read the journal", path))?;
        file.set_len(end).map_err(Error::io("mend the journal", path))?;
        let mut journal = Self { file, path: path.to_path_buf(), end, reserved: end, failed: false };
        journal.reserve();
        Ok(journal)
    }

    /// Appends one fact in a single write. After a failure no part of its line is left, and it can be appended again.
    ///
    /// # Errors
    ///
    /// When the disk is full or the file cannot be written.
    pub fn append(&mut self, event: &TrainEvent) -> Result<(), Error> {
        if self.failed {
            // A file system that was gone and is back knows the old descriptor no more. A journal that was taken
            // away is not begun anew: its first lines would be missing.
            *self = Self::open_with(&self.path, OpenOptions::new().read(true).append(true))?;
            // The old descriptor has given all of it back.
            self.reserve();
        }
        let mut line = serde_json::to_vec(event)
            .map_err(|error| Error::Damaged { path: self.path.clone(), reason: error.to_string() })?;
        line.push(b'\n');
        if let Err(error) = self.file.write_all(&line) {
            self.failed = true;
            // Where this cannot be done either, opening it anew does it.
            let _ = self.file.set_len(self.end);
            return Err(Error::io("write the journal", &self.path)(error));
        }
        self.end += line.len() as u64;
        if self.end + LEAST_AHEAD > self.reserved {
            self.reserve();
        }
        Ok(())
    }

    /// Has the disk keep room behind the end, which no reader sees. Some file systems cannot.
    fn reserve(&mut self) {
        #[cfg(target_os = "linux")]
        {
            use rustix::fs::{FallocateFlags, fallocate};
            if fallocate(&self.file, FallocateFlags::KEEP_SIZE, self.end, AHEAD).is_ok() {
                self.reserved = self.end + AHEAD;
            }
        }
    }

    /// Waits until everything appended is on the disk.
    ///
    /// # Errors
    ///
    /// When the disk refuses.
    pub fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(Error::io("sync the journal", &self.path))
    }
}

impl Drop for Journal {
    /// Gives back the room that was not needed.
    fn drop(&mut self) {
        if let Ok(metadata) = self.file.metadata() {
            let _ = self.file.set_len(metadata.len());
        }
    }
}

/// The length of the file up to and with its last line feed.
fn end_of_last_line(file: &mut File) -> std::io::Result<u64> {
    let mut end = file.seek(SeekFrom::End(0))?;
    let mut block = [0u8; 4096];
    while end > 0 {
        let start = end.saturating_sub(4096);
        file.seek(SeekFrom::Start(start))?;
        let part = block.get_mut(..usize::try_from(end - start).unwrap_or(0)).unwrap_or_default();
        file.read_exact(part)?;
        if let Some(place) = part.iter().rposition(|&byte| byte == b'\n') {
            return Ok(start + place as u64 + 1);
        }
        end = start;
    }
    Ok(0)
}

/// A line that is no event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// From 1.
    pub line: u64,
    /// Of the line's first byte.
    pub offset: u64,
    pub reason: String,
}

/// What a journal holds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    pub events: Vec<TrainEvent>,
    /// Lines in the middle that are no events; everything else is usable.
    pub damaged: Vec<Damage>,
    /// Whether the last line was cut off in the writing.
    pub torn: bool,
    /// Where the last whole line ends: what is appended later begins there.
    pub end: u64,
}

/// Reads a journal, passing over what is damaged.
///
/// # Errors
///
/// When the file cannot be read, or is of a newer schema than this program knows.
pub fn read_journal(path: &Path) -> Result<Reading, Error> {
    read_journal_from(path, 0)
}

/// Reads what stands in a journal from the byte `offset` on, where a line begins. Lines are then counted from there.
///
/// # Errors
///
/// As [`read_journal`].
pub fn read_journal_from(path: &Path, offset: u64) -> Result<Reading, Error> {
    let mut file = File::open(path).map_err(Error::io("open the journal", path))?;
    file.seek(SeekFrom::Start(offset)).map_err(Error::io("read the journal", path))?;
    let mut reader = BufReader::new(file);
    let mut reading = Reading { end: offset, ..Reading::default() };
    let (mut offset, mut bytes) = (offset, Vec::new());
    for line in 1.. {
        bytes.clear();
        let length = reader
            .by_ref()
            .take(LONGEST_LINE)
            .read_until(b'\n', &mut bytes)
            .map_err(Error::io("read the journal", path))? as u64;
        if length == 0 {
            break;
        }
        let whole = bytes.last() == Some(&b'\n');
        match serde_json::from_slice::<TrainEvent>(&bytes) {
            Ok(TrainEvent::Started(started)) if started.schema > SCHEMA => {
                let reason = format!("written by a newer version (schema {}, this one reads {SCHEMA})", started.schema);
                return Err(Error::Damaged { path: path.to_path_buf(), reason });
            }
            Ok(event) if whole => reading.events.push(event),
            _ if !whole && length < LONGEST_LINE => reading.torn = true,
            Ok(_) => {}
            Err(error) => reading.damaged.push(Damage { line, offset, reason: error.to_string() }),
        }
        offset += length;
        if whole {
            reading.end = offset;
        }
    }
    Ok(reading)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warned(text: &str) -> TrainEvent {
        TrainEvent::Warned { message: text.into() }
    }

    #[test]
    fn what_was_appended_is_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        for text in ["a", "b"] {
            journal.append(&warned(text)).unwrap();
        }
        assert_eq!(read_journal(&path).unwrap().events, [warned("a"), warned("b")]);
    }

    #[test]
    fn a_torn_last_line_is_tolerated_and_cut_before_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        Journal::open(&path).unwrap().append(&warned("a")).unwrap();
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(br#"{"event":"warned","mess"#).unwrap();
        let reading = read_journal(&path).unwrap();
        assert!(reading.torn && reading.damaged.is_empty());
        Journal::open(&path).unwrap().append(&warned("b")).unwrap();
        let reading = read_journal(&path).unwrap();
        assert_eq!(reading.events, [warned("a"), warned("b")]);
        assert!(!reading.torn);
    }

    #[test]
    fn what_a_failed_write_has_left_of_a_line_is_no_part_of_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&warned("a")).unwrap();
        journal.file.write_all(br#"{"event":"warned","mess"#).unwrap();
        journal.failed = true;
        journal.append(&warned("b")).unwrap();
        assert_eq!(read_journal(&path).unwrap().events, [warned("a"), warned("b")]);
        // What was taken away is not begun anew without its first lines.
        std::fs::remove_file(&path).unwrap();
        journal.failed = true;
        assert!(journal.append(&warned("c")).is_err());
        assert!(!path.exists());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn room_is_taken_ahead_where_no_reader_sees_it_and_given_back_at_the_end() {
        use std::os::unix::fs::MetadataExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        let taken = || {
            let metadata = std::fs::metadata(&path).unwrap();
            (metadata.len(), metadata.blocks() * 512)
        };
        if taken().1 == 0 {
            // A file system that keeps no room.
            return;
        }
        for _ in 0..2000 {
            journal.append(&warned(&"x".repeat(100))).unwrap();
            let (length, room) = taken();
            assert!(length == journal.end && room >= length + LEAST_AHEAD, "{length} {room}");
        }
        drop(journal);
        let (length, room) = taken();
        assert!(room < length + LEAST_AHEAD, "{length} {room}");
    }

    #[test]
    fn a_damaged_line_is_named_and_passed_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("events.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        journal.append(&warned("a")).unwrap();
        journal.file.write_all(b"\xff\x00 rubbish\n").unwrap();
        journal.append(&warned("b")).unwrap();
        let reading = read_journal(&path).unwrap();
        assert_eq!(reading.events, [warned("a"), warned("b")]);
        let damage = &reading.damaged[0];
        assert_eq!((damage.line, damage.offset), (2, 33));
    }
}
