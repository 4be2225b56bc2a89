//! Reads the six arrays of an npz file into three splits, one decoded copy of each.
//!
//! It does not know `MedMNIST`: whoever calls it says which labels there must be. It trusts no number in the
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
use super::room::Room;
use super::{Error, Progress, Split, VolumeShape};

/// The splits as `MedMNIST`'s entries name them, in the order of [`Contents`].
const SPLITS: [&str; 3] = ["train", "val", "test"];

/// How many names of entries a message lists.
const LISTED: usize = 8;

/// The most yes-or-no labels of one volume: a label is a bit of a word.
const MOST_LABELS: u64 = 64;

/// What was in the file.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) shape: VolumeShape,
    pub(super) train: Split,
    pub(super) validation: Split,
    pub(super) test: Split,
    /// The largest label plus one, at least two; of several labels a volume how many there are.
    pub(super) classes: usize,
    /// Whether a volume has several labels, each yes or no.
    pub(super) multi_label: bool,
    /// How the images' axes were understood, where others may have meant them otherwise.
    pub(super) understood: Option<String>,
}

/// The labels that there must be.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    pub(super) classes: usize,
    pub(super) multi_label: bool,
}

/// What is known before the file is read, and where to tell what is being read.
pub(super) struct Reading<'a> {
    /// Without it any labels will do.
    pub(super) wanted: Option<Wanted>,
    pub(super) room: Room,
    pub(super) progress: &'a mut dyn FnMut(Progress),
}

/// Reads the file from its beginning; `path` names it in messages.
///
/// # Errors
/// When the file is no npz file, lacks one of the six entries, when one of them is damaged or is not of type uint8
/// and of a shape that volumes or images (see [`volume_shape`]) and labels (`[n]`, `[n, 1]`, or `[n, labels]` of
/// 0 and 1) have, or when the volumes do not fit into memory.
pub(super) fn read(file: File, path: &Path, reading: Reading) -> Result<Contents, Error> {
    let Reading { wanted, room, progress } = reading;
    let mut npz = Npz::open(file, path, progress)?;
    room.check(path, npz.announced(), npz.progress)?;
    let mut like = Like::default();
    let [train, validation, test] = SPLITS;
    let train = npz.split(train, &mut like)?;
    let validation = npz.split(validation, &mut like)?;
    let test = npz.split(test, &mut like)?;
    let (Some(shape), Some(each)) = (like.shape, like.each) else {
        return Err(npz.not_npz("no images".to_owned()));
    };
    npz.check_classes(train.labels())?;
    let splits = [&train, &validation, &test];
    let multi_label = each > 1;
    if let Some(wanted) = wanted {
        npz.check_kind(wanted, each)?;
    }
    let expected = if multi_label { Some(2) } else { wanted.map(|wanted| wanted.classes) };
    if let Some(classes) = expected {
        for (name, split) in SPLITS.into_iter().zip(splits) {
            npz.check_labels(&format!("{name}_labels.npy"), split.labels(), classes)?;
        }
    }
    let largest = splits.iter().flat_map(|split| split.labels()).max();
    let seen = largest.map_or(0, |&largest| usize::from(largest) + 1);
    let classes = if multi_label { each } else { wanted.map_or(seen, |wanted| wanted.classes) };
    let understood = like.in_colour.then(|| in_colour(shape));
    Ok(Contents { shape, train, validation, test, classes, multi_label, understood })
}

/// What the first split has, and the others must have as well.
#[derive(Default)]
struct Like {
    shape: Option<VolumeShape>,
    /// Labels of a volume.
    each: Option<usize>,
    /// Whether a last axis of 3 was taken for the colours of images.
    in_colour: bool,
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

    /// Bytes of the images, as far as the file's own bytes bear it out: what reading will take.
    fn announced(&mut self) -> u64 {
        let entries = SPLITS.map(|split| self.index_of(&format!("{split}_images.npy")));
        let length = self.length;
        let of = |index| {
            let member = self.archive.by_index_raw(index).ok()?;
            Some(member.size().min(entry::possible(member.compressed_size(), length)))
        };
        entries.into_iter().flatten().filter_map(of).fold(0, u64::saturating_add)
    }

    /// Images and labels of one split; the first one sets what the others must be like.
    fn split(&mut self, name: &str, like: &mut Like) -> Result<Split, Error> {
        let images = format!("{name}_images.npy");
        let labels = format!("{name}_labels.npy");
        let mut counted = 0;
        let Like { shape, in_colour, .. } = like;
        let volumes = self.array(&images, |header| {
            if may_be_either(header) {
                return Err(Mismatch {
                    expected: "five axes where the last is 2 or 4, which may be a width or channels".to_owned(),
                    help: Some("x[..., None] makes volumes of it, x[:, None] images of so many channels"),
                });
            }
            let (count, found) = volume_shape(header).ok_or_else(|| Mismatch {
                expected: "uint8 [n, depth, height, width] or [n, depth, height, width, 1 to 4 channels], or of \
                           images [n, height, width] or [n, height, width, 1 or 3 channels]"
                    .to_owned(),
                help: type_help(header),
            })?;
            if count == 0 {
                return Err(Mismatch::of("at least one volume".to_owned()));
            }
            if shape.get_or_insert(found) != &found {
                return Err(Mismatch::of(format!("volumes like the train split's, {}", shape.unwrap_or(found))));
            }
            counted = count;
            *in_colour = header.shape.len() == 4 && found.channels == 3;
            Ok(())
        })?;
        let each = &mut like.each;
        let labels = self.array(&labels, |header| {
            let (count, found) = labels_shape(header).ok_or_else(|| Mismatch {
                expected: format!("uint8 [n], [n, 1], or [n, 2 to {MOST_LABELS} labels] of 0 and 1"),
                help: type_help(header),
            })?;
            if count != counted {
                return Err(Mismatch::of(format!("{counted} labels, one for each volume")));
            }
            let each = each.get_or_insert(found);
            if *each != found {
                return Err(Mismatch::of(format!("labels like the train split's, {each} a volume")));
            }
            Ok(())
        })?;
        let voxels = like.shape.map_or(0, |shape| shape.voxels());
        Ok(Split::with_labels(volumes, labels, voxels, like.each.unwrap_or(1)))
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

    /// A known set has one label a volume, or as many as it has classes.
    fn check_kind(&self, wanted: Wanted, each: usize) -> Result<(), Error> {
        let expected = if wanted.multi_label { wanted.classes } else { 1 };
        if each == expected {
            return Ok(());
        }
        let place = Place { path: self.path, entry: "train_labels.npy" };
        let words =
            |each: usize| if each == 1 { "1 label a volume".to_owned() } else { format!("{each} labels a volume") };
        Err(place.unexpected(words(expected), words(each), None))
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

/// What is smaller along a side is no image of anything.
const LEAST_SIDE: u64 = 8;

/// Whether nobody can know what the four axes are: volumes that are very narrow, or images of so many channels.
fn may_be_either(header: &Header) -> bool {
    matches!(*header.shape.as_slice(), [_, a, b, 2 | 4] if a.min(b) >= LEAST_SIDE)
}

/// How four axes were understood of which the last is 3.
fn in_colour(shape: VolumeShape) -> String {
    format!(
        "taken for images of {}×{} in colour, since the last axis is 3; volumes three voxels wide are [n, depth, height, \
         3, 1]",
        shape.height, shape.width
    )
}

/// The number of volumes and their shape, where type and axes are those of volumes or of images, which are volumes of
/// one slice. Of four axes a last one of 1 or 3 is the channels of images: few have volumes so narrow, and it is said.
fn volume_shape(header: &Header) -> Option<(u64, VolumeShape)> {
    let (count, axes) = match *header.shape.as_slice() {
        [count, height, width] => (count, [1, height, width, 1]),
        [count, height, width, channels @ (1 | 3)] => (count, [1, height, width, channels]),
        [count, depth, height, width] => (count, [depth, height, width, 1]),
        [count, depth, height, width, channels] if channels <= 4 => (count, [depth, height, width, channels]),
        _ => return None,
    };
    let fits = header.dtype == "uint8" && !axes.contains(&0);
    let [depth, height, width, channels] = axes.map(usize::try_from);
    let shape = VolumeShape { depth: depth.ok()?, height: height.ok()?, width: width.ok()?, channels: channels.ok()? };
    fits.then_some((count, shape))
}

/// The number of volumes, and how many labels each of them has.
fn labels_shape(header: &Header) -> Option<(u64, usize)> {
    let (count, each) = match *header.shape.as_slice() {
        [count] => (count, 1),
        [count, each @ 1..=MOST_LABELS] => (count, each),
        _ => return None,
    };
    (header.dtype == "uint8").then_some((count, usize::try_from(each).ok()?))
}

fn type_help(header: &Header) -> Option<&'static str> {
    (header.dtype != "uint8").then_some(
        "volumes are scaled to 0 … 255 and labels numbered from 0, then .astype(numpy.uint8): by itself it cuts fractions \
         off and wraps what is larger round",
    )
}
