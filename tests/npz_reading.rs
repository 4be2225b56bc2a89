//! Npz files as users bring them, through the door that experiments use: good ones, and every way to be bad.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::explicit_write,
    reason = "a test fails by panicking, and says past the capture what it skipped"
)]

use std::fs;
use std::io::{Cursor, Write};
use std::path::{Path, PathBuf};

use npyz::{TypeStr, WriterBuilder};
use vivit_tui::config::{Augment, Data, Loader, Set};
use vivit_tui::data::{self, Dataset, Error, Progress, Search, Task, VolumeShape};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// Entries of an npz file: names, and bytes of npy arrays.
type Entries = Vec<(String, Vec<u8>)>;

/// An npy array as `npyz` writes it.
fn array(shape: &[u64], values: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let dtype = npyz::DType::new_scalar("|u1".parse::<TypeStr>().unwrap());
    let mut writer = npyz::WriteOptions::new().dtype(dtype).shape(shape).writer(&mut bytes).begin_nd().unwrap();
    writer.extend(values.iter().copied()).unwrap();
    writer.finish().unwrap();
    bytes
}

/// An npy array with a header written by hand.
fn handwritten(version: u8, dictionary: &str, data: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x93NUMPY".to_vec();
    bytes.extend([version, 0]);
    let length = u32::try_from(dictionary.len()).unwrap().to_le_bytes();
    bytes.extend(if version == 1 { &length[..2] } else { &length[..] });
    bytes.extend(dictionary.as_bytes());
    bytes.extend(data);
    bytes
}

fn described(dtype: &str, fortran: &str, shape: &str) -> String {
    format!("{{'descr': '{dtype}', 'fortran_order': {fortran}, 'shape': {shape}, }}\n")
}

/// Values that differ from voxel to voxel.
fn ramp(count: usize) -> Vec<u8> {
    (0..count).map(|i| u8::try_from(i * 7 % 251).unwrap()).collect()
}

/// Three, two and one volumes of 2×3×4, classes 0 to 2.
fn good() -> Entries {
    let mut entries = Entries::new();
    for (split, labels) in [("train", &[0_u8, 2, 1][..]), ("val", &[1, 0]), ("test", &[2])] {
        let count = labels.len() as u64;
        entries.push((format!("{split}_images.npy"), array(&[count, 2, 3, 4], &ramp(24 * labels.len()))));
        entries.push((format!("{split}_labels.npy"), array(&[count, 1], labels)));
    }
    entries
}

/// The good entries with one replaced.
fn with(entry: &str, bytes: Vec<u8>) -> Entries {
    let mut entries = good();
    entries.iter_mut().find(|(name, _)| name == entry).unwrap().1 = bytes;
    entries
}

fn zipped(entries: &Entries, method: CompressionMethod) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        // NumPy writes the long form of the sizes always.
        let options = SimpleFileOptions::default().compression_method(method).large_file(true);
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn open(path: &Path) -> Result<Dataset, Error> {
    let set = Set::Npz { path: path.to_owned() };
    let data = Data { set, size: 28, batch: 32, loader: Loader::Auto, augment: Augment::default() };
    data::open(&data, &Search::only("/nowhere"), 0, &mut |_| {})
}

fn open_bytes(bytes: &[u8]) -> Result<Dataset, Error> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.npz");
    fs::write(&path, bytes).unwrap();
    open(&path)
}

fn open_entries(entries: &Entries) -> Result<Dataset, Error> {
    open_bytes(&zipped(entries, CompressionMethod::Deflated))
}

/// The message, less the temporary folder.
fn refusal(bytes: &[u8]) -> String {
    let message = open_bytes(bytes).expect_err("the file should have been refused").to_string();
    message.split_once("mine.npz: ").expect("the message should name the file").1.to_owned()
}

#[test]
fn stored_and_deflated_files_hold_the_same_volumes() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        let dataset = open_bytes(&zipped(&good(), method)).unwrap();
        assert_eq!(dataset.name, "mine");
        assert!(!dataset.synthetic);
        assert_eq!(dataset.task, Task::MultiClass);
        assert_eq!(dataset.classes, ["0", "1", "2"]);
        assert_eq!(dataset.shape, VolumeShape { depth: 2, height: 3, width: 4, channels: 1 });
        assert_eq!([dataset.train.len(), dataset.validation.len(), dataset.test.len()], [3, 2, 1]);
        assert_eq!(dataset.train.labels(), [0, 2, 1]);
        assert_eq!(dataset.validation.label(0), 1);
        assert_eq!(dataset.train.volume(1), &ramp(72)[24..48]);
        assert_eq!(dataset.source.md5.unwrap().len(), 32);
    }
}

#[test]
fn every_npy_version_is_read() {
    for version in [1, 2, 3] {
        let image = handwritten(version, &described("|u1", "False", "(1, 2, 3, 4)"), &ramp(24));
        let dataset = open_entries(&with("test_images.npy", image)).unwrap();
        assert_eq!(dataset.test.volume(0), ramp(24));
    }
}

#[test]
fn a_trailing_axis_of_up_to_four_is_the_channels() {
    let mut entries = good();
    for (name, bytes) in &mut entries {
        let count = if name.starts_with("train") {
            3
        } else if name.starts_with("val") {
            2
        } else {
            1
        };
        if name.ends_with("images.npy") {
            *bytes = array(&[count, 2, 3, 4, 3], &ramp(72 * usize::try_from(count).unwrap()));
        }
    }
    let dataset = open_entries(&entries).unwrap();
    assert_eq!(dataset.shape, VolumeShape { depth: 2, height: 3, width: 4, channels: 3 });
    assert_eq!(dataset.validation.volume(1), &ramp(144)[72..]);
}

/// Three, two and one images of that shape, with those labels.
fn images(axes: &[u64], labels: [(&[u64], &[u8]); 3]) -> Entries {
    let mut entries = Entries::new();
    for (split, (shape, labels)) in ["train", "val", "test"].into_iter().zip(labels) {
        let values = shape[0] * axes.iter().product::<u64>();
        let shape_of_images = [&shape[..1], axes].concat();
        let values = ramp(usize::try_from(values).unwrap());
        entries.push((format!("{split}_images.npy"), array(&shape_of_images, &values)));
        entries.push((format!("{split}_labels.npy"), array(shape, labels)));
    }
    entries
}

#[test]
fn images_are_volumes_of_one_slice_grey_or_in_colours() {
    let labels: [(&[u64], &[u8]); 3] = [(&[3, 1], &[0, 2, 1]), (&[2, 1], &[1, 0]), (&[1, 1], &[2])];
    for (axes, channels) in [(&[5, 4][..], 1), (&[5, 4, 1], 1), (&[5, 4, 3], 3)] {
        let dataset = open_entries(&images(axes, labels)).unwrap();
        assert_eq!(dataset.shape, VolumeShape { depth: 1, height: 5, width: 4, channels });
        assert_eq!((dataset.train.len(), dataset.validation.len(), dataset.task), (3, 2, Task::MultiClass));
        let size = 20 * channels;
        assert_eq!(dataset.train.volume(1), &ramp(3 * size)[size..2 * size]);
    }
}

#[test]
fn a_last_axis_that_may_be_a_width_or_channels_is_refused_unless_a_fifth_says_which() {
    let labels: [(&[u64], &[u8]); 3] = [(&[3, 1], &[0, 2, 1]), (&[2, 1], &[1, 0]), (&[1, 1], &[2])];
    for last in [2, 4] {
        let error = open_entries(&images(&[8, 9, last], labels)).unwrap_err();
        let found = format!(
            "train_images.npy: expected five axes where the last is 2 or 4, which may be a width or \
                             channels, found uint8 [3, 8, 9, {last}]"
        );
        assert!(error.to_string().contains(&found), "{error}");
        assert!(error.help().unwrap().contains("x[..., None] makes volumes"), "{:?}", error.help());
        let width = usize::try_from(last).unwrap();
        for (axes, shape) in [
            ([8, 9, last, 1], VolumeShape { depth: 8, height: 9, width, channels: 1 }),
            ([1, 8, 9, last], VolumeShape { depth: 1, height: 8, width: 9, channels: width }),
        ] {
            assert_eq!(open_entries(&images(&axes, labels)).unwrap().shape, shape);
        }
    }
}

#[test]
fn images_in_colour_are_said_to_be_taken_for_such_and_a_fifth_axis_says_it_without_a_word() {
    let labels: [(&[u64], &[u8]); 3] = [(&[3, 1], &[0, 2, 1]), (&[2, 1], &[1, 0]), (&[1, 1], &[2])];
    let note = |axes: &[u64]| open_entries(&images(axes, labels)).unwrap().source.note;
    let said = note(&[5, 4, 3]).unwrap();
    assert!(
        said.starts_with("taken for images of 5×4 in colour") && said.contains("[n, depth, height, 3, 1]"),
        "{said}"
    );
    for plain in [&[5, 4][..], &[5, 4, 1], &[1, 5, 4, 3], &[5, 4, 3, 1]] {
        assert_eq!(note(plain), None, "{plain:?}");
    }
}

#[test]
fn several_labels_of_an_image_are_a_set_of_them() {
    let labels: [(&[u64], &[u8]); 3] =
        [(&[3, 3], &[0, 1, 1, 0, 0, 0, 1, 0, 0]), (&[2, 3], &[1, 1, 1, 0, 0, 1]), (&[1, 3], &[0, 1, 0])];
    let dataset = open_entries(&images(&[5, 4], labels)).unwrap();
    assert_eq!((dataset.task, dataset.answers(), dataset.classes.len()), (Task::MultiLabel, 3, 3));
    let sets: Vec<usize> = (0..3).map(|index| dataset.train.label(index)).collect();
    assert_eq!(sets, [0b110, 0b000, 0b001]);
    assert_eq!(dataset.validation.labels(), [1, 1, 1, 0, 0, 1]);
    let neither = images(&[5, 4], [labels[0], (&[2, 3], &[1, 1, 1, 0, 0, 2]), labels[2]]);
    let error = open_entries(&neither).unwrap_err().to_string();
    assert!(error.contains("val_labels.npy: expected labels from 0 to 1, found label 2 at index 5"), "{error}");
}

#[test]
fn what_does_not_fit_into_memory_is_refused_before_it_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.npz");
    fs::write(&path, zipped(&good(), CompressionMethod::Stored)).unwrap();
    let set = Set::Npz { path };
    let data = Data { set, size: 28, batch: 32, loader: Loader::Auto, augment: Augment::default() };
    let search = Search { free_memory: || Some(100), ..Search::only("/nowhere") };
    let mut told = Vec::new();
    let error = data::open(&data, &search, 0, &mut |progress| told.push(progress)).unwrap_err();
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
    assert!(error.help().unwrap().contains("nothing was read"), "{:?}", error.help());
    assert!(!told.iter().any(|event| matches!(event, Progress::Reading { .. })), "{told:?}");
    // Of a known set that is looked up before it is fetched.
    let data = Data { set: Set::PathMnist, size: 224, ..data };
    let search = Search { free_memory: || Some(1 << 30), ..Search::only(folder.path()) };
    let error = data::open(&data, &search, 0, &mut |_| panic!("nothing is done")).unwrap_err();
    assert!(error.to_string().contains("pathmnist_224.npz: its volumes take 16.1 GB, and 1.1 GB"), "{error}");
}

#[test]
fn labels_may_lack_their_second_axis() {
    let dataset = open_entries(&with("train_labels.npy", array(&[3], &[0, 2, 1]))).unwrap();
    assert_eq!(dataset.train.labels(), [0, 2, 1]);
}

#[test]
fn entries_without_npy_in_their_name_are_found() {
    let bare = good().into_iter().map(|(name, bytes)| (name.replace(".npy", ""), bytes)).collect();
    assert_eq!(open_entries(&bare).unwrap().train.len(), 3);
}

#[test]
fn a_class_that_no_volume_has_is_still_a_class() {
    let entries = with("test_labels.npy", array(&[1, 1], &[9]));
    let dataset = open_entries(&entries).unwrap();
    assert_eq!(dataset.classes.len(), 10);
}

#[test]
fn a_training_split_of_one_class_is_refused() {
    let error = open_entries(&with("train_labels.npy", array(&[3, 1], &[1, 1, 1]))).unwrap_err().to_string();
    assert!(error.contains("expected at least two classes, found label 1 alone"), "{error}");
}

#[test]
fn each_malformation_is_named_with_its_entry_and_what_was_found() {
    let images = "expected uint8 [n, depth, height, width] or [n, depth, height, width, 1 to 4 channels], or of images \
                  [n, height, width] or [n, height, width, 1 or 3 channels], found";
    let labels = "expected uint8 [n], [n, 1], or [n, 2 to 64 labels] of 0 and 1, found";
    let header = |dtype, fortran, shape| described(dtype, fortran, shape);
    let rows: Vec<(&str, Vec<u8>, String)> = vec![
        (
            "train_images.npy",
            handwritten(1, &header("<f4", "False", "(3, 2, 2)"), &[0; 48]),
            format!("{images} float32 [3, 2, 2]"),
        ),
        (
            "train_images.npy",
            handwritten(1, &header("<u2", "False", "(3, 2, 2, 2)"), &[0; 48]),
            format!("{images} uint16 [3, 2, 2, 2]"),
        ),
        ("train_images.npy", array(&[3, 2], &[0; 6]), format!("{images} uint8 [3, 2]")),
        ("train_images.npy", array(&[3, 2, 2, 2, 5], &[0; 120]), format!("{images} uint8 [3, 2, 2, 2, 5]")),
        ("train_images.npy", array(&[3, 2, 0, 2], &[]), format!("{images} uint8 [3, 2, 0, 2]")),
        (
            "train_images.npy",
            array(&[0, 2, 3, 4], &[]),
            "expected at least one volume, found uint8 [0, 2, 3, 4]".into(),
        ),
        ("test_images.npy", array(&[0, 2, 3, 4], &[]), "expected at least one volume, found uint8 [0, 2, 3, 4]".into()),
        (
            "val_images.npy",
            array(&[2, 2, 3, 5], &[0; 60]),
            "expected volumes like the train split's, 2×3×4, found uint8 [2, 2, 3, 5]".into(),
        ),
        (
            "train_images.npy",
            handwritten(1, &header("|u1", "True", "(3, 2, 3, 4)"), &[0; 72]),
            "expected C order, found Fortran order".into(),
        ),
        (
            "train_images.npy",
            handwritten(1, &header("|u1", "False", "(3, 2, 3, 4)"), &[0; 71]),
            "expected 72 bytes of data for uint8 [3, 2, 3, 4], found 71 bytes".into(),
        ),
        (
            "train_images.npy",
            handwritten(1, &header("|u1", "False", "(3, 2, 3, 4)"), &[0; 73]),
            "expected 72 bytes of data for uint8 [3, 2, 3, 4], found 73 bytes".into(),
        ),
        (
            "train_images.npy",
            handwritten(1, &header("|u1", "False", "(3, 10000, 10000, 4000)"), &[0; 72]),
            "expected 1200000000000 bytes of data for uint8 [3, 10000, 10000, 4000], found 72 bytes".into(),
        ),
        (
            "train_images.npy",
            b"hello, this is no array".to_vec(),
            "damaged at byte 0: not an npy array: it does not begin with \\x93NUMPY".into(),
        ),
        ("train_images.npy", Vec::new(), "damaged at byte 0: failed to fill whole buffer".into()),
        (
            "train_labels.npy",
            array(&[2, 1], &[0, 1]),
            "expected 3 labels, one for each volume, found uint8 [2, 1]".into(),
        ),
        ("train_labels.npy", array(&[3, 65], &[0; 195]), format!("{labels} uint8 [3, 65]")),
        (
            "val_labels.npy",
            array(&[2, 2], &[0; 4]),
            "expected labels like the train split's, 1 a volume, found uint8 [2, 2]".into(),
        ),
        (
            "test_labels.npy",
            handwritten(1, &header("<i8", "False", "(1, 1)"), &[0; 8]),
            format!("{labels} int64 [1, 1]"),
        ),
    ];
    for (entry, bytes, expected) in rows {
        let found = refusal(&zipped(&with(entry, bytes), CompressionMethod::Deflated));
        assert_eq!(found, format!("{entry}: {expected}"));
    }
}

#[test]
fn a_wrong_type_comes_with_the_way_to_convert_it() {
    let floats = handwritten(1, &described("<f4", "False", "(3, 2, 3, 4)"), &[0; 288]);
    let error = open_entries(&with("train_images.npy", floats)).unwrap_err();
    assert!(error.help().unwrap().contains(".astype(numpy.uint8)"));
}

#[test]
fn files_that_are_no_npz_are_told_apart() {
    let whole = zipped(&good(), CompressionMethod::Deflated);
    let single = array(&[1, 2, 3, 4], &ramp(24));
    let rows: [(&[u8], &str); 4] = [
        (b"", "not an npz file: it is empty"),
        (b"these are not the volumes you are looking for", "not an npz file: no zip file ("),
        (&single, "not an npz file: it is one npy array, expected a zip of six"),
        (&whole[..whole.len() / 2], "not an npz file: the zip file is cut off or damaged at its end ("),
    ];
    for (bytes, expected) in rows {
        let found = refusal(bytes);
        assert!(found.starts_with(expected), "{found}");
    }
}

#[test]
fn a_missing_entry_is_named_with_those_that_are_there() {
    let mut entries = good();
    entries.remove(3);
    let found = refusal(&zipped(&entries, CompressionMethod::Stored));
    let expected = "no entry val_labels.npy: expected the six entries {train,val,test}_{images,labels}.npy, found \
                    train_images.npy, train_labels.npy, val_images.npy, test_images.npy, test_labels.npy";
    assert_eq!(found, expected);
    let many = (0..20).map(|i| (format!("photo-{i}.jpg"), vec![1])).collect();
    let found = refusal(&zipped(&many, CompressionMethod::Stored));
    assert!(found.ends_with("photo-6.jpg, photo-7.jpg and 12 more"), "{found}");
    let found = refusal(&zipped(&Entries::new(), CompressionMethod::Stored));
    assert!(found.ends_with("found none"), "{found}");
}

#[test]
fn a_small_file_that_claims_four_gigabytes_is_refused_before_room_is_made() {
    // Header and zip directory agree on the claim, but only 24 bytes are there.
    let claim = 0xfff0_0000_u32;
    let length = handwritten(1, &described("|u1", "False", "(4293918720, 1, 1, 1)"), &[]).len();
    let shape = format!("({}, 1, 1, 1)", u64::from(claim) - length as u64);
    let image = handwritten(1, &described("|u1", "False", &shape), &ramp(24));
    let mut bytes = zipped(&with("train_images.npy", image.clone()), CompressionMethod::Deflated);
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let truth = u32::try_from(image.len()).unwrap().to_le_bytes();
    let found = (central..bytes.len() - 4).find(|&at| bytes[at..at + 4] == truth).unwrap();
    bytes[found..found + 4].copy_from_slice(&claim.to_le_bytes());
    let found = refusal(&bytes);
    assert!(found.starts_with("train_images.npy: expected at most "), "{found}");
    assert!(found.ends_with("compressed ones, found an entry that claims 4293918720 bytes"), "{found}");
}

#[test]
fn an_entry_packed_in_another_way_is_not_called_damaged() {
    let mut bytes = zipped(&good(), CompressionMethod::Deflated);
    let central = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    for method in [8, central + 10] {
        bytes[method] = 12; // bzip2
    }
    let found = refusal(&bytes);
    let expected = "train_images.npy: expected a stored or deflated entry, found ";
    assert!(found.starts_with(expected), "{found}");
}

#[test]
fn a_bomb_is_stopped_where_the_header_ends_it() {
    // Ten megabytes of zeros in ten kilobytes, behind a header that speaks of 24 bytes.
    let mut data = ramp(24);
    data.resize(10_000_000, 0);
    let bomb = handwritten(1, &described("|u1", "False", "(1, 2, 3, 4)"), &data);
    let found = refusal(&zipped(&with("test_images.npy", bomb), CompressionMethod::Deflated));
    assert_eq!(found, "test_images.npy: expected 24 bytes of data for uint8 [1, 2, 3, 4], found 10000000 bytes");
}

#[test]
fn no_flipped_byte_goes_unnoticed_and_none_panics() {
    // Every byte of the deflated file; of the stored one fewer, because it is long and alike.
    for (method, step) in [(CompressionMethod::Deflated, 1), (CompressionMethod::Stored, 5)] {
        let whole = zipped(&good(), method);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mine.npz");
        fs::write(&path, &whole).unwrap();
        let truth = open(&path).unwrap();
        for at in (0..whole.len()).step_by(step) {
            let mut bytes = whole.clone();
            bytes[at] ^= [0x01, 0x80, 0xff][at % 3];
            fs::write(&path, &bytes).unwrap();
            // Bytes that nobody reads, such as a date, may change; volumes and labels may not.
            if let Ok(found) = open(&path) {
                assert_eq!(found.train, truth.train, "byte {at}");
                assert_eq!(found.validation, truth.validation, "byte {at}");
                assert_eq!(found.test, truth.test, "byte {at}");
            }
        }
    }
}

#[test]
fn no_shortened_file_is_accepted_and_none_panics() {
    let whole = zipped(&good(), CompressionMethod::Deflated);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.npz");
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        open(&path).expect_err("a shortened file");
    }
}

#[test]
fn a_path_without_a_file_is_missing_and_a_folder_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let error = open(&folder.path().join("mine.npz")).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error}");
    let error = open(folder.path()).unwrap_err();
    assert!(matches!(error, Error::Unreadable { .. }), "{error}");
}

/// The folder with the real files, where this machine has it.
fn real(file: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data");
    let path = folder.join(file);
    if path.is_file() {
        return Some(path);
    }
    // Past the runner's capture, which hides what a passing test prints.
    writeln!(std::io::stderr(), "skipped: {} is not on this machine", path.display()).unwrap();
    None
}

#[test]
fn the_real_files_are_read_as_medmnist_describes_them() {
    for (size, file) in [(28, "adrenalmnist3d.npz"), (64, "adrenalmnist3d_64.npz")] {
        let Some(path) = real(file) else { return };
        let search = Search { offline: true, ..Search::only(path.parent().unwrap()) };
        let data =
            Data { set: Set::AdrenalMnist3d, size, batch: 32, loader: Loader::Auto, augment: Augment::default() };
        let mut told = Vec::new();
        let dataset = data::open(&data, &search, 0, &mut |progress| told.push(progress)).unwrap();
        assert_eq!(dataset.shape, VolumeShape { depth: size, height: size, width: size, channels: 1 });
        assert_eq!([dataset.train.len(), dataset.validation.len(), dataset.test.len()], [1188, 98, 298]);
        assert_eq!(dataset.classes, ["normal", "hyperplasia"]);
        assert_eq!(dataset.task, Task::Binary);
        assert_eq!(dataset.source.note, None);
        assert!(dataset.train.volume(1187).iter().all(|voxel| matches!(voxel, 0 | 255)), "masks are 0 or 255");
        assert_eq!(told.iter().filter(|event| matches!(event, Progress::Reading { .. })).count(), 6);
        assert!(told.iter().any(|event| matches!(event, Progress::Verifying { .. })));
    }
}

#[test]
fn a_file_that_only_has_the_name_of_a_known_set_is_refused_and_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("organmnist3d.npz");
    fs::write(&path, zipped(&good(), CompressionMethod::Stored)).unwrap();
    let data = Data { set: Set::OrganMnist3d, size: 28, batch: 32, loader: Loader::Auto, augment: Augment::default() };
    let search = Search::only(folder.path());
    let error = data::open(&data, &search, 0, &mut |_| {}).unwrap_err();
    assert!(matches!(error, Error::WrongChecksum { .. }), "{error}");
    assert!(error.to_string().contains("expected MD5 a0c5a1ff56af4f155c46d46fbb45a2fe, found "), "{error}");
    assert!(error.help().unwrap().contains("vivit-tui data fetch OrganMnist3d --force"));
    assert!(path.is_file());
    data::verify_file(&path, &mut |_| {}).expect_err("verify goes by the name");
    let elsewhere = folder.path().join("mine.npz");
    fs::rename(&path, &elsewhere).unwrap();
    let verified = data::verify_file(&elsewhere, &mut |_| {}).unwrap();
    assert_eq!(verified.standing, data::Standing::Foreign);
    assert_eq!(verified.dataset.train.len(), 3);
}
