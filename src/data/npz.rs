//! Reads the six arrays of an npz file into three splits, one decoded copy of each.
//!
//! It does not know `MedMNIST`: whoever calls it says how many classes there must be. It trusts no number in the
//! file before the file's own bytes bear it out, and reads every entry to its end, where its checksum is compared.

mod entry;
mod header;

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use zip::ZipArchive;
use zip::result::ZipError;

use self::entry::Place;
use self::header::Header;
use super::{Error, Progress, Split, VolumeShape};

/// The splits as `MedMNIST`'s entries name them, in the order of [`Contents`].
const SPLITS: [&str; 3] = ["train", "val", "test"];

/// How many names of entries a message lists.
const LISTED: usize = 8;

/// What was in the file.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) shape: VolumeShape,
    pub(super) train: Split,
    pub(super) validation: Split,
    pub(super) test: Split,
    /// The largest label plus one, at least two.
    pub(super) classes: usize,
}

/// Reads the file from its beginning; `path` names it in messages.
///
/// With `classes` every label must be below it.
///
/// # Errors
/// When the file is no npz file, lacks one of the six entries, or one of them is damaged or is not of type uint8
/// and shape `[n, d, h, w]` or `[n, d, h, w, c]` (images), `[n]` or `[n, 1]` (labels).
pub(super) fn read(
    file: File,
    path: &Path,
    classes: Option<usize>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Contents, Error> {
    let mut npz = Npz::open(file, path, progress)?;
    let mut shape = None;
    let [train, validation, test] = SPLITS;
    let train = npz.split(train, &mut shape)?;
    let validation = npz.split(validation, &mut shape)?;
    let test = npz.split(test, &mut shape)?;
    let Some(shape) = shape else {
        return Err(npz.not_npz("no images".to_owned()));
    };
    npz.check_classes(train.labels())?;
    let splits = [&train, &validation, &test];
    if let Some(classes) = classes {
        for (name, split) in SPLITS.into_iter().zip(splits) {
            npz.check_labels(&format!("{name}_labels.npy"), split.labels(), classes)?;
        }
    }
    let largest = splits.iter().flat_map(|split| split.labels()).max();
    let seen = largest.map_or(0, |&largest| usize::from(largest) + 1);
    Ok(Contents { shape, train, validation, test, classes: classes.unwrap_or(seen) })
}

/// An open file, and where to tell what is being read.
struct Npz<'a> {
    archive: ZipArchive<BufReader<File>>,
    path: &'a Path,
    length: u64,
    progress: &'a mut dyn FnMut(Progress),
}

impl<'a> Npz<'a> {
    fn open(mut file: File, path: &'a Path, progress: &'a mut dyn FnMut(Progress)) -> Result<Self, Error> {
        let unreadable = |source| Error::Unreadable { path: path.to_owned(), source };
        let mut start = Vec::new();
        (&mut file).take(6).read_to_end(&mut start).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        file.rewind().map_err(unreadable)?;
        let archive = ZipArchive::new(BufReader::new(file)).map_err(|error| {
            let reason = match (start.as_slice(), error) {
                (_, ZipError::Io(source)) if source.kind() != io::ErrorKind::UnexpectedEof => {
                    return unreadable(source);
                }
                ([], _) => "it is empty".to_owned(),
                ([0x93, b'N', b'U', b'M', b'P', b'Y'], _) => "it is one npy array, expected a zip of six".to_owned(),
                ([b'P', b'K', 3, 4, ..], error) => {
                    format!("the zip file is cut off or damaged at its end ({error})")
                }
                (_, error) => format!("no zip file ({error})"),
            };
            Error::NotNpz { path: path.to_owned(), reason }
        })?;
        Ok(Self { archive, path, length, progress })
    }

    /// Images and labels of one split; the first one sets `shape`, the others must agree with it.
    fn split(&mut self, name: &str, shape: &mut Option<VolumeShape>) -> Result<Split, Error> {
        let images = format!("{name}_images.npy");
        let labels = format!("{name}_labels.npy");
        let mut counted = 0;
        let volumes = self.array(&images, |header| {
            let (count, found) = volume_shape(header).ok_or_else(|| Mismatch {
                expected: "uint8 [n, depth, height, width] or [n, depth, height, width, 1 to 4 channels]".to_owned(),
                help: type_help(header),
            })?;
            if count == 0 {
                return Err(Mismatch::of("at least one volume".to_owned()));
            }
            if shape.get_or_insert(found) != &found {
                return Err(Mismatch::of(format!("volumes like the train split's, {}", shape.unwrap_or(found))));
            }
            counted = count;
            Ok(())
        })?;
        let labels = self.array(&labels, |header| match header.shape.as_slice() {
            &([count] | [count, 1]) if header.dtype == "uint8" && count == counted => Ok(()),
            [_] | [_, 1] if header.dtype == "uint8" => {
                Err(Mismatch::of(format!("{counted} labels, one for each volume")))
            }
            _ => Err(Mismatch { expected: "uint8 [n] or [n, 1]".to_owned(), help: type_help(header) }),
        })?;
        let voxels = shape.map_or(0, |shape| shape.voxels());
        Ok(Split::new(volumes, labels, voxels))
    }

    /// The bytes of one array, once `accept` has agreed to its header.
    fn array(&mut self, entry: &str, accept: impl FnOnce(&Header) -> Result<(), Mismatch>) -> Result<Vec<u8>, Error> {
        let Some(index) = self.index_of(entry) else {
            return Err(Error::NoEntry { path: self.path.to_owned(), entry: entry.to_owned(), found: self.names() });
        };
        (self.progress)(Progress::Reading { path: self.path.to_owned(), entry: entry.to_owned() });
        let place = Place { path: self.path, entry };
        let broken = |error: io::Error| match error.kind() {
            io::ErrorKind::Unsupported => {
                let expected = "a stored or deflated entry".to_owned();
                place.unexpected(expected, error.to_string(), None)
            }
            _ => place.damaged(0, error.to_string()),
        };
        let member = self.archive.by_index(index);
        let mut member = member.map_err(|error| broken(error.into()))?;
        let header = Header::read(&mut member).map_err(broken)?;
        let mismatch = |Mismatch { expected, help }| place.unexpected(expected, header.described(), help);
        accept(&header).map_err(mismatch)?;
        if !header.c_order {
            let help = Some("write it again through numpy.ascontiguousarray");
            return Err(place.unexpected("C order".to_owned(), "Fortran order".to_owned(), help));
        }
        place.check_size(&member, &header, self.length)?;
        let bytes = place.read_all(&mut member, &header)?;
        Ok(bytes)
    }

    /// `NumPy` writes `NAME.npy`, and reads `NAME` as well.
    fn index_of(&self, entry: &str) -> Option<usize> {
        let bare = entry.strip_suffix(".npy").unwrap_or(entry);
        self.archive.index_for_name(entry).or_else(|| self.archive.index_for_name(bare))
    }

    /// The names of the entries, as a message lists them.
    fn names(&self) -> String {
        let count = self.archive.len();
        let names: Vec<String> =
            (0..count.min(LISTED)).filter_map(|i| Some(self.archive.name_for_index(i)?.ok()?.into_owned())).collect();
        match (count, count.saturating_sub(names.len())) {
            (0, _) => "none".to_owned(),
            (_, 0) => names.join(", "),
            (_, more) => format!("{} and {more} more", names.join(", ")),
        }
    }

    fn check_labels(&self, entry: &str, labels: &[u8], classes: usize) -> Result<(), Error> {
        match labels.iter().enumerate().find(|&(_, &label)| usize::from(label) >= classes) {
            None => Ok(()),
            Some((index, label)) => {
                let expected = format!("labels from 0 to {}", classes.saturating_sub(1));
                let place = Place { path: self.path, entry };
                Err(place.unexpected(expected, format!("label {label} at index {index}"), None))
            }
        }
    }

    /// Nothing can be learned from volumes of one class alone.
    fn check_classes(&self, train: &[u8]) -> Result<(), Error> {
        match train {
            [first, rest @ ..] if rest.iter().all(|label| label == first) => {
                let place = Place { path: self.path, entry: "train_labels.npy" };
                Err(place.unexpected("at least two classes".to_owned(), format!("label {first} alone"), None))
            }
            _ => Ok(()),
        }
    }

    fn not_npz(&self, reason: String) -> Error {
        Error::NotNpz { path: self.path.to_owned(), reason }
    }
}

/// What a header should have been.
struct Mismatch {
    expected: String,
    help: Option<&'static str>,
}

impl Mismatch {
    fn of(expected: String) -> Self {
        Self { expected, help: None }
    }
}

/// The number of volumes and their shape, where type and axes are those of volumes.
fn volume_shape(header: &Header) -> Option<(u64, VolumeShape)> {
    let (count, channels, cube) = match header.shape.as_slice() {
        [count, cube @ ..] if cube.len() == 3 => (*count, 1, cube),
        [count, cube @ .., channels] if cube.len() == 3 => (*count, *channels, cube),
        _ => return None,
    };
    let fits = header.dtype == "uint8" && !cube.contains(&0) && (1..=4).contains(&channels);
    let axis = |index: usize| usize::try_from(*cube.get(index)?).ok();
    let (depth, height, width) = (axis(0)?, axis(1)?, axis(2)?);
    let channels = usize::try_from(channels).ok()?;
    fits.then_some((count, VolumeShape { depth, height, width, channels }))
}

fn type_help(header: &Header) -> Option<&'static str> {
    (header.dtype != "uint8").then_some("convert the array with .astype(numpy.uint8) and write the file again")
}
