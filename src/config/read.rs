//! From a path to a text: everything that can be wrong with a file before anyone looks at what it
//! says. It does not know RON.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::error::{Error, line_and_column};
use super::keys::nearest;

/// A thousand times a long experiment; whoever passes a data set by mistake is told at once.
const LARGEST: u64 = 1 << 20;

/// The text of an experiment file.
///
/// # Errors
/// When there is no such file, it is a folder, cannot be read, is larger than 1 MiB, or is not UTF-8.
pub(super) fn text(path: &Path) -> Result<String, Error> {
    let failed = |error: &std::io::Error| match error.kind() {
        ErrorKind::NotFound => Error::Missing { path: path.to_owned(), nearest: similar(path) },
        ErrorKind::IsADirectory => Error::Folder { path: path.to_owned() },
        _ => Error::Unreadable { path: path.to_owned(), reason: error.to_string() },
    };
    if fs::metadata(path).map_err(|error| failed(&error))?.is_dir() {
        return Err(Error::Folder { path: path.to_owned() });
    }
    let file = File::open(path).map_err(|error| failed(&error))?;
    let mut bytes = Vec::new();
    // The length that a file tells is not to be trusted (a pipe tells 0): count what really comes.
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| failed(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::TooLarge { path: path.to_owned(), limit: LARGEST });
    }
    String::from_utf8(bytes).map_err(|error| {
        let start = error.utf8_error().valid_up_to();
        let valid = String::from_utf8_lossy(error.as_bytes().get(..start).unwrap_or_default()).into_owned();
        let (line, column) = line_and_column(&valid, valid.len());
        let byte = error.as_bytes().get(start).copied().unwrap_or_default();
        Error::NotText { path: path.to_owned(), line, column, byte }
    })
}

/// The experiment files of the folder `experiments` here, by their names.
#[must_use]
pub fn experiment_files() -> Vec<String> {
    let entries = fs::read_dir("experiments").into_iter().flatten().flatten();
    let paths = entries.map(|entry| entry.path()).filter(|path| path.extension() == Some(OsStr::new("ron")));
    let mut files: Vec<String> = paths.map(|path| path.display().to_string()).collect();
    files.sort();
    files
}

/// The experiment in the same folder whose name is most like the missing one's.
fn similar(path: &Path) -> Option<PathBuf> {
    let wanted = path.file_stem()?.to_str()?;
    let folder = path.parent().filter(|parent| *parent != Path::new(""));
    let entries = fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let names = entries.filter_map(|entry| {
        let name = PathBuf::from(entry.ok()?.file_name());
        let ron = name.extension() == Some(OsStr::new("ron"));
        ron.then(|| Some(name.file_stem()?.to_str()?.to_owned())).flatten()
    });
    let mut names: Vec<String> = names.collect();
    // Folders are listed in any order; the answer must not depend on it.
    names.sort();
    let stem = nearest(wanted, names.iter().map(String::as_str))?;
    Some(path.with_file_name(format!("{stem}.ron")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_file_names_its_neighbour() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("baseline.ron"), "").unwrap();
        let error = text(&folder.path().join("baselin.ron")).unwrap_err();
        assert!(error.to_string().ends_with("baseline.ron?"), "{error}");
        let error = text(&folder.path().join("other.ron")).unwrap_err();
        assert!(error.to_string().ends_with("other.ron: no such file"), "{error}");
    }

    #[test]
    fn a_file_of_exactly_the_limit_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ron");
        fs::write(&path, " ".repeat(1 << 20)).unwrap();
        assert!(text(&path).is_ok());
        fs::write(&path, " ".repeat((1 << 20) + 1)).unwrap();
        assert!(matches!(text(&path), Err(Error::TooLarge { .. })));
    }
}
