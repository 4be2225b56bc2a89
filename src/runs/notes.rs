//! What a user keeps beside a run: a note and tags, in `notes.ron`.

use std::collections::BTreeSet;
use std::fmt;
use std::fs;
use std::io::ErrorKind;

use serde::{Deserialize, Serialize};

use super::{Error, RunFolder, write_atomically};

/// A longer note is a document, and belongs elsewhere; a longer tag is a note.
const LONGEST_NOTE: usize = 4000;
const LONGEST_TAG: usize = 32;

/// A note and tags; both may be empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Notes {
    pub note: String,
    pub tags: BTreeSet<String>,
}

/// What is no note and no tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotesError {
    #[error(
        "a tag is 1 to {LONGEST_TAG} letters, digits, - _ or ., with + before it to add it and - to remove it, but got {found:?}"
    )]
    Tag { found: String },
    #[error("a note has at most {LONGEST_NOTE} characters, but got {found}")]
    Note { found: usize },
}

impl Notes {
    /// The notes of a run; none where nothing was noted.
    ///
    /// # Errors
    ///
    /// When the file cannot be read or is damaged: it is then not to be overwritten.
    pub fn read(folder: &RunFolder) -> Result<Self, Error> {
        let path = folder.notes();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Self::default()),
            Err(error) => return Err(Error::io("read", path)(error)),
        };
        ron::from_str(&text).map_err(|error| Error::Damaged { path, reason: error.to_string() })
    }

    /// Keeps them, whole or not at all.
    ///
    /// # Errors
    ///
    /// When the file cannot be written; an older one is then left as it was.
    pub fn write(&self, folder: &RunFolder) -> Result<(), Error> {
        let path = folder.notes();
        let text = ron::ser::to_string_pretty(self, ron::ser::PrettyConfig::default())
            .map_err(|error| Error::Damaged { path: path.clone(), reason: error.to_string() })?;
        write_atomically(&path, (text + "\n").as_bytes())
    }

    /// Takes another note in place of the one that is there; an empty one takes it away. It is kept in one line.
    ///
    /// # Errors
    ///
    /// When it is too long.
    pub fn set_note(&mut self, text: &str) -> Result<(), NotesError> {
        let note = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = note.chars().count();
        if found > LONGEST_NOTE {
            return Err(NotesError::Note { found });
        }
        self.note = note;
        Ok(())
    }

    /// Adds a tag (`+good`, or `good`) or removes it (`-good`).
    ///
    /// # Errors
    ///
    /// When it is no tag.
    pub fn change_tag(&mut self, change: &str) -> Result<(), NotesError> {
        let removed = change.strip_prefix('-');
        let tag = removed.unwrap_or(change.strip_prefix('+').unwrap_or(change));
        let is_letter = |char: char| char.is_alphanumeric() || matches!(char, '-' | '_' | '.');
        if tag.is_empty() || tag.chars().count() > LONGEST_TAG || !tag.chars().all(is_letter) {
            return Err(NotesError::Tag { found: change.to_owned() });
        }
        if removed.is_some() {
            self.tags.remove(tag);
        } else {
            self.tags.insert(tag.to_owned());
        }
        Ok(())
    }
}

/// `[good] [organ]  the first that learned`.
impl fmt::Display for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tags = self.tags.iter().map(|tag| format!("[{tag}]"));
        let words: Vec<String> = tags.chain((!self.note.is_empty()).then(|| format!(" {}", self.note))).collect();
        f.write_str(words.join(" ").trim_start())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_back_as_written_and_a_damaged_file_is_not_overwritten() {
        let runs = tempfile::tempdir().unwrap();
        let folder = RunFolder::create(runs.path(), "a").unwrap();
        let mut notes = Notes::read(&folder).unwrap();
        assert_eq!(notes, Notes::default());
        notes.set_note("  the \"first\"\nthat learned ").unwrap();
        notes.change_tag("+good").unwrap();
        notes.write(&folder).unwrap();
        let read = Notes::read(&folder).unwrap();
        assert_eq!(read.to_string(), "[good]  the \"first\" that learned");
        assert_eq!((read.note.as_str(), &read), ("the \"first\" that learned", &notes));
        fs::write(folder.notes(), "(note: ").unwrap();
        assert!(matches!(Notes::read(&folder), Err(Error::Damaged { .. })));
    }

    #[test]
    fn tags_come_and_go_and_what_is_none_is_refused() {
        let mut notes = Notes::default();
        for change in ["+good", "organ-28", "+old", "-old", "-never"] {
            notes.change_tag(change).unwrap();
        }
        assert_eq!(Vec::from_iter(&notes.tags), ["good", "organ-28"]);
        for wrong in ["", "+", "-", "two words", "a/b", &"x".repeat(33)] {
            let error = notes.change_tag(wrong).unwrap_err().to_string();
            assert!(error.contains(&format!("{wrong:?}")), "{error}");
        }
        assert!(notes.set_note(&"x".repeat(4001)).is_err());
    }
}
