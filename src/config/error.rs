//! What can go wrong with an experiment, as one message for a person: the place, the value, what
//! was expected. It does not decide how the program ends.

use std::fmt;
use std::path::PathBuf;

use thiserror::Error;

use super::finding::{Finding, shown};

/// Why there is no experiment.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// There is no such file.
    #[error("{}: no such file{}", path.display(), did_you_mean(nearest.as_ref()))]
    Missing {
        /// The file that was asked for.
        path: PathBuf,
        /// An experiment beside it with a similar name.
        nearest: Option<PathBuf>,
    },
    /// A folder was given.
    #[error("{}: this is a folder, expected an experiment file (.ron)", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
    },
    /// The system refuses to read the file.
    #[error("{}: cannot be read: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's words.
        reason: String,
    },
    /// The file is too large to be an experiment.
    #[error("{}: larger than {limit} bytes, expected an experiment file (.ron)", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The largest size that is read.
        limit: u64,
    },
    /// The file is not text.
    #[error("{}:{line}:{column}: found the byte 0x{byte:02x}, expected UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
        /// The line of the first bad byte, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
        /// The byte.
        byte: u8,
    },
    /// The text or an override is no valid experiment.
    #[error("{place}: {message}")]
    Invalid {
        /// The file's line and column, or the override.
        place: Place,
        /// What is wrong and what was expected.
        message: String,
        /// What to do, where that is more than the message says.
        help: Option<String>,
    },
}

/// Where an experiment is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a text.
    Text {
        /// The name of the text, usually the file's path.
        origin: String,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// In a `--set` argument.
    Override(String),
}

impl Error {
    /// What the user can do about it, if there is more to say than the message does.
    #[must_use]
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Missing { .. } | Self::Folder { .. } => {
                Some("experiments that ship with the program are in experiments/".to_owned())
            }
            Self::TooLarge { .. } | Self::NotText { .. } => {
                Some("an experiment is a short RON text, such as those in experiments/".to_owned())
            }
            Self::Unreadable { .. } => None,
            Self::Invalid { help, .. } => help.clone(),
        }
    }

    pub(super) fn in_file(origin: &str, text: &str, offset: usize, finding: &Finding) -> Self {
        let (line, column) = line_and_column(text, offset);
        let place = Place::Text { origin: origin.to_owned(), line, column };
        let message = finding.to_string();
        Self::Invalid { place, message, help: None }
    }

    pub(super) fn in_override(argument: &str, message: impl Into<String>, help: Option<String>) -> Self {
        Self::Invalid { place: Place::Override(argument.to_owned()), message: message.into(), help }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text { origin, line, column } => write!(f, "{origin}:{line}:{column}"),
            Self::Override(argument) => {
                let argument = shown(argument);
                // As the shell wants to have it, so that it can be copied from the message.
                let plain = |c: char| c.is_ascii_alphanumeric() || "._-+=/:,".contains(c);
                if !argument.is_empty() && argument.chars().all(plain) {
                    write!(f, "--set {argument}")
                } else {
                    write!(f, "--set '{argument}'")
                }
            }
        }
    }
}

fn did_you_mean(nearest: Option<&PathBuf>) -> String {
    nearest.map_or_else(String::new, |path| format!(", did you mean {}?", path.display()))
}

/// The line and column of a byte, both from 1; columns count characters.
pub(super) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let column = before.get(start..).unwrap_or_default().chars().count() + 1;
    (line, column)
}

/// The byte of a line and column, both from 1; the nearest one where the text is shorter.
pub(super) fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let newline = line.checked_sub(2).and_then(|skipped| text.match_indices('\n').nth(skipped));
    let start = newline.map_or(0, |(index, _)| index + 1);
    let rest = text.get(start..).unwrap_or_default();
    let within = rest.char_indices().nth(column.saturating_sub(1)).map_or(rest.len(), |(index, _)| index);
    start + within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_and_columns_count_characters_and_agree() {
        let text = "(\n  größe: \"é\",\r\n  a: 1)";
        for (offset, _) in text.char_indices() {
            let (line, column) = line_and_column(text, offset);
            assert_eq!(offset_of(text, line, column), offset);
        }
        assert_eq!(line_and_column(text, text.find('1').unwrap()), (3, 6));
        assert_eq!(line_and_column(text, 1000), (3, 8));
    }

    #[test]
    fn an_override_is_quoted_as_the_shell_needs_it() {
        assert_eq!(Place::Override("training.epochs=5".into()).to_string(), "--set training.epochs=5");
        assert_eq!(Place::Override("training.schedule=Step()".into()).to_string(), "--set 'training.schedule=Step()'");
    }
}
