//! Files whose checksum is compared before they are read.
//!
//! It is told where the file is; finding and fetching it is `shelf`'s part.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use md5::{Digest, Md5};

use super::medmnist::{self, Release, Space};
use super::npz::{self, Reading, Wanted};
use super::room::Room;
use super::{Dataset, Error, Progress, Source, Task};

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
    free: Option<u64>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Dataset, Error> {
    let mut file = open_file(path)?;
    let (md5, note) = check(release, path, &mut file, progress)?;
    let source = Source { path: Some(path.to_owned()), md5: Some(md5), note };
    read_trusted(release, file, free, (source, progress))
}

/// Reads a known set's file whose checksum has been compared.
fn read_trusted(
    release: Release,
    file: File,
    free: Option<u64>,
    (source, progress): (Source, &mut dyn FnMut(Progress)),
) -> Result<Dataset, Error> {
    let known = release.known;
    let path = source.path.clone().unwrap_or_default();
    let wanted = Some(Wanted { classes: known.classes.len(), multi_label: known.task == Task::MultiLabel });
    let room = Room { free, release: Some(release) };
    let contents = npz::read(file, &path, Reading { wanted, room, progress })?;
    let shape = contents.shape;
    if shape != release.shape() {
        let what = if known.space == Space::Image { "images" } else { "volumes" };
        return Err(Error::Unexpected {
            path,
            entry: "train_images.npy".to_owned(),
            expected: format!("{what} of {}", release.shape()),
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
        source,
    })
}

/// Reads any npz file with the six entries; its classes are called by their numbers.
pub(super) fn read_file(path: &Path, free: Option<u64>, progress: &mut dyn FnMut(Progress)) -> Result<Dataset, Error> {
    let mut file = open_file(path)?;
    let md5 = md5_of(&mut file, path, progress)?;
    let room = Room { free, release: None };
    let contents = npz::read(file, path, Reading { wanted: None, room, progress })?;
    if let Some(note) = contents.understood.clone() {
        progress(Progress::Understood { path: path.to_owned(), note });
    }
    let name = path.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    Ok(Dataset {
        name,
        synthetic: false,
        task: if contents.multi_label { Task::MultiLabel } else { Task::of(contents.classes) },
        classes: (0..contents.classes).map(|class| class.to_string()).collect(),
        shape: contents.shape,
        train: contents.train,
        validation: contents.validation,
        test: contents.test,
        source: Source { path: Some(path.to_owned()), md5: Some(md5), note: contents.understood },
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

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use npyz::WriterBuilder as _;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::config::Set;
    use crate::data::medmnist::release;

    /// A small file with so many images of 28×28 in each split, read as that set's.
    fn read_as(set: &Set, channels: &[u64], labels: (&[u64], &[u8])) -> Result<Dataset, Error> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("small.npz");
        let mut zip = ZipWriter::new(File::create(&path).unwrap());
        let mut write = |name: String, shape: &[u64], values: &[u8]| {
            let mut bytes = Vec::new();
            let options = npyz::WriteOptions::new().default_dtype().shape(shape);
            let mut writer = options.writer(&mut bytes).begin_nd().unwrap();
            writer.extend(values.iter().copied()).unwrap();
            writer.finish().unwrap();
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(&bytes).unwrap();
        };
        let (shape, values) = labels;
        let images = [&[shape[0], 28, 28][..], channels].concat();
        let pixels = vec![7; usize::try_from(images.iter().product::<u64>()).unwrap()];
        for split in ["train", "val", "test"] {
            write(format!("{split}_images.npy"), &images, &pixels);
            write(format!("{split}_labels.npy"), shape, values);
        }
        zip.finish().unwrap();
        let source = Source { path: Some(path.clone()), ..Source::default() };
        read_trusted(release(set, 28).unwrap(), File::open(&path).unwrap(), None, (source, &mut |_| {}))
    }

    #[test]
    fn a_published_set_has_its_task_its_classes_and_its_channels() {
        let retina = read_as(&Set::RetinaMnist, &[3], (&[3, 1], &[0, 4, 2])).unwrap();
        assert_eq!((retina.task, retina.classes.len(), retina.shape.channels), (Task::Ordinal, 5, 3));
        let labels = [&[1; 14][..], &[0; 14], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]].concat();
        let chest = read_as(&Set::ChestMnist, &[], (&[3, 14], &labels)).unwrap();
        assert_eq!((chest.task, chest.answers(), chest.train.label(2)), (Task::MultiLabel, 14, 1 << 13 | 1));
        assert_eq!(chest.classes[13], "hernia");
        let breast = read_as(&Set::BreastMnist, &[], (&[3, 1], &[0, 1, 1])).unwrap();
        assert_eq!((breast.task, breast.shape.to_string()), (Task::Binary, "28×28".to_owned()));
    }

    #[test]
    fn a_file_of_another_kind_than_its_set_is_refused() {
        let refused = |set, channels: &[u64], labels| read_as(&set, channels, labels).unwrap_err().to_string();
        let grey = refused(Set::RetinaMnist, &[], (&[3, 1], &[0, 4, 2]));
        assert!(grey.contains("expected images of 28×28 of 3 channels, found 28×28"), "{grey}");
        let one = refused(Set::ChestMnist, &[], (&[3, 1], &[0, 4, 2]));
        assert!(one.contains("expected 14 labels a volume, found 1 label a volume"), "{one}");
        let beyond = refused(Set::RetinaMnist, &[3], (&[3, 1], &[0, 5, 2]));
        assert!(beyond.contains("expected labels from 0 to 4, found label 5"), "{beyond}");
    }
}
