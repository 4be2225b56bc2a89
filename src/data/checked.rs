//! Files whose checksum is compared before they are read.
//!
//! It is told where the file is; finding and fetching it is `shelf`'s part.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use md5::{Digest, Md5};

use super::medmnist::{self, Release};
use super::{Dataset, Error, Progress, Source, Task, npz};

/// What a file's checksum says about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The current release of that set.
    Current { name: String },
    /// An earlier release of that set.
    Older { name: String, release: String },
    /// No file of `MedMNIST`.
    Foreign,
}

/// Reads a known set's file after comparing its checksum.
pub(super) fn read_release(
    release: Release,
    path: &Path,
    progress: &mut dyn FnMut(Progress),
) -> Result<Dataset, Error> {
    let mut file = open_file(path)?;
    let (md5, note) = check(release, path, &mut file, progress)?;
    let known = release.known;
    let contents = npz::read(file, path, Some(known.classes.len()), progress)?;
    let edge = release.size;
    let shape = contents.shape;
    if [shape.depth, shape.height, shape.width, shape.channels] != [edge, edge, edge, 1] {
        return Err(Error::Unexpected {
            path: path.to_owned(),
            entry: "train_images.npy".to_owned(),
            expected: format!("volumes of {edge}×{edge}×{edge}"),
            found: shape.to_string(),
            help: None,
        });
    }
    Ok(Dataset {
        name: release.name(),
        synthetic: false,
        task: known.task,
        classes: known.classes.clone(),
        shape,
        train: contents.train,
        validation: contents.validation,
        test: contents.test,
        source: Source { path: Some(path.to_owned()), md5: Some(md5), note },
    })
}

/// Reads any npz file with the six entries; its classes are called by their numbers.
pub(super) fn read_file(path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<Dataset, Error> {
    let mut file = open_file(path)?;
    let md5 = md5_of(&mut file, path, progress)?;
    let contents = npz::read(file, path, None, progress)?;
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Ok(Dataset {
        name,
        synthetic: false,
        task: Task::of(contents.classes),
        classes: (0..contents.classes).map(|class| class.to_string()).collect(),
        shape: contents.shape,
        train: contents.train,
        validation: contents.validation,
        test: contents.test,
        source: Source { path: Some(path.to_owned()), md5: Some(md5), note: None },
    })
}

/// The MD5 of the whole file, in hexadecimal; the file is rewound before and after.
pub(super) fn md5_of(file: &mut File, path: &Path, progress: &mut dyn FnMut(Progress)) -> Result<String, Error> {
    progress(Progress::Verifying { path: path.to_owned() });
    let hash = |file: &mut File| -> io::Result<String> {
        let mut hasher = Md5::new();
        let mut buffer = vec![0; 1 << 17];
        file.rewind()?;
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => hasher.update(buffer.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        file.rewind()?;
        Ok(hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        }))
    };
    hash(file).map_err(|source| Error::Unreadable { path: path.to_owned(), source })
}

/// The file's MD5, and what is to be said about it: an older release is used, any other file is not.
pub(super) fn check(
    release: Release,
    path: &Path,
    file: &mut File,
    progress: &mut dyn FnMut(Progress),
) -> Result<(String, Option<String>), Error> {
    let found = md5_of(file, path, progress)?;
    if found == release.md5() {
        return Ok((found, None));
    }
    let Some(older) = release.older(&found) else {
        return Err(Error::WrongChecksum {
            path: path.to_owned(),
            fetch: release.fetch_command(),
            expected: release.md5().to_owned(),
            found,
        });
    };
    let ((train, validation, test), now) = (older.samples, release.known.samples);
    let note = format!(
        "an older release ({}) with {train}/{validation}/{test} volumes, {} has {}/{}/{}",
        older.release,
        medmnist::version(),
        now.0,
        now.1,
        now.2
    );
    progress(Progress::Noted { path: path.to_owned(), note: note.clone() });
    Ok((found, Some(note)))
}

pub(super) fn standing(release: Release, md5: &str) -> Option<Standing> {
    let name = release.name();
    if md5 == release.md5() {
        return Some(Standing::Current { name });
    }
    let older = release.older(md5)?;
    Some(Standing::Older { name, release: older.release.clone() })
}

pub(super) fn open_file(path: &Path) -> Result<File, Error> {
    let file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
        _ => Error::Unreadable { path: path.to_owned(), source },
    })?;
    // On Unix a folder can be opened and fails only when it is read, with a message about neither.
    if file.metadata().is_ok_and(|metadata| metadata.is_dir()) {
        let source = io::Error::from(io::ErrorKind::IsADirectory);
        return Err(Error::Unreadable { path: path.to_owned(), source });
    }
    Ok(file)
}
