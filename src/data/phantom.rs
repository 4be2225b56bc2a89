//! The built-in synthetic data set: CT-like boxes around eleven organs, drawn from analytic anatomy. It needs
//! no file and no network. It knows nothing of real scans: what a model reaches here says that training
//! works, nothing about medicine.
//!
//! Classes and their order are `OrganMNIST3D`'s, and so are the sizes of the splits; how often each class
//! occurs is made up. The axes are [depth, height, width] = [head to foot, front to back, right to left]. A
//! left organ is a right one mirrored along the width and nothing else, so that the side has to be learned.
//! The test split comes from another scanner than the other two.
//!
//! Every volume is a pure function of (seed, split, index). Only IEEE basic operations, square roots, `libm`
//! and `ChaCha8` are used, so the bytes are the same on every machine.

mod abdomen;
mod canvas;
mod chest;
mod draws;
mod field;
mod pelvis;
mod scanner;
mod shape;
mod surroundings;
mod tissue;

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::{Dataset, Source, Split, Task, VolumeShape};
use canvas::Canvas;
use draws::Draws;
use scanner::{AWAY, HOME, Scanner};

/// Voxels along each edge of a volume.
const EDGE: usize = 28;
/// The numbers of the splits.
const TRAINING: u8 = 0;
const VALIDATION: u8 = 1;
const TEST: u8 = 2;
/// Voxels of a volume.
const VOXELS: usize = EDGE * EDGE * EDGE;

/// Paints one organ and its neighbours.
type Painter = fn(&mut Canvas, &mut Draws);

/// One class of the set.
struct Class {
    name: &'static str,
    paint: Painter,
    side: Side,
    /// Volumes in the training, validation and test split.
    counts: [usize; 3],
}

/// Whether an organ is shown as painted or mirrored along the width.
#[derive(Clone, Copy)]
enum Side {
    AsPainted,
    Mirrored,
}

const fn class(name: &'static str, paint: Painter, side: Side, counts: [usize; 3]) -> Class {
    Class { name, paint, side, counts }
}

const CLASSES: [Class; 11] = [
    class("liver", abdomen::liver, Side::AsPainted, [112, 19, 74]),
    class("kidney-right", abdomen::kidney, Side::AsPainted, [88, 15, 52]),
    class("kidney-left", abdomen::kidney, Side::Mirrored, [90, 15, 53]),
    class("femur-right", pelvis::femur, Side::AsPainted, [97, 16, 62]),
    class("femur-left", pelvis::femur, Side::Mirrored, [95, 16, 63]),
    class("bladder", pelvis::bladder, Side::AsPainted, [92, 15, 54]),
    class("heart", chest::heart, Side::AsPainted, [72, 12, 48]),
    class("lung-right", chest::lung, Side::AsPainted, [83, 14, 51]),
    class("lung-left", chest::lung, Side::Mirrored, [81, 13, 50]),
    class("spleen", abdomen::spleen, Side::AsPainted, [94, 15, 58]),
    class("pancreas", abdomen::pancreas, Side::AsPainted, [67, 11, 45]),
];

/// The synthetic set of this seed: 971 training, 161 validation and 610 test volumes of 28³ voxels in eleven
/// classes.
#[must_use]
pub fn phantom(seed: u64) -> Dataset {
    Dataset {
        name: "phantom".to_owned(),
        synthetic: true,
        task: Task::MultiClass,
        classes: CLASSES.iter().map(|class| class.name.to_owned()).collect(),
        shape: VolumeShape { depth: EDGE, height: EDGE, width: EDGE, channels: 1 },
        train: training(seed),
        validation: later(seed, VALIDATION),
        test: later(seed, TEST),
        source: Source { path: None, md5: None, note: Some(format!("synthetic, made from seed {seed}")) },
    }
}

/// The training split, painted on all cores.
fn training(seed: u64) -> Split {
    let labels = labels(seed, TRAINING);
    let mut volumes = vec![0; labels.len() * VOXELS];
    let numbered = volumes.par_chunks_exact_mut(VOXELS).zip(labels.par_iter()).enumerate();
    numbered.for_each(|(index, (volume, label))| draw((seed, TRAINING, index), *label, volume));
    Split::new(volumes, labels, VOXELS)
}

/// Another split, painted when it is first read, so that training begins before there are any test volumes: by the one
/// thread that reads it, because others of the pool may be what waits for it.
fn later(seed: u64, number: u8) -> Split {
    Split::made_when_read(labels(seed, number), VOXELS, move |labels| {
        let mut volumes = vec![0; labels.len() * VOXELS];
        let numbered = volumes.chunks_exact_mut(VOXELS).zip(labels).enumerate();
        numbered.for_each(|(index, (volume, label))| draw((seed, number, index), *label, volume));
        volumes
    })
}

/// The volume of a label at a place of a split, written into `volume`.
fn draw((seed, number, index): (u64, u8, usize), label: u8, volume: &mut [u8]) {
    let scanner = if number == TEST { &AWAY } else { &HOME };
    let mut draws = Draws::new(seed, u64::from(number), index as u64);
    if let Some(class) = CLASSES.get(usize::from(label)) {
        paint(class, scanner, &mut draws, volume);
    }
}

/// One volume of a class, written into `volume`.
fn paint(class: &Class, scanner: &Scanner, draws: &mut Draws, volume: &mut [u8]) {
    let mut canvas = scanner.admit(draws);
    (class.paint)(&mut canvas, draws);
    scanner.expose(&canvas, draws, volume);
    if let Side::Mirrored = class.side {
        volume.chunks_exact_mut(EDGE).for_each(<[u8]>::reverse);
    }
}

/// The labels of one split in random order.
fn labels(seed: u64, number: u8) -> Vec<u8> {
    /// No volume has this index.
    const ORDER: u64 = u64::MAX;
    let mut labels: Vec<u8> = (0..)
        .zip(&CLASSES)
        .flat_map(|(label, class)| {
            let count = class.counts.get(usize::from(number)).copied().unwrap_or_default();
            std::iter::repeat_n(label, count)
        })
        .collect();
    Draws::new(seed, u64::from(number), ORDER).shuffle(&mut labels);
    labels
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    /// Made once: without optimisation it takes a while.
    static SET: LazyLock<Dataset> = LazyLock::new(|| phantom(42));

    /// FNV-1a over the volumes and labels of a split.
    fn checksum(split: &Split) -> u64 {
        let volumes = (0..split.len()).flat_map(|index| split.volume(index));
        volumes
            .chain(split.labels())
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
    }

    fn painted(label: usize, number: u64, index: u64) -> Vec<u8> {
        let mut volume = vec![0; VOXELS];
        paint(&CLASSES[label], &HOME, &mut Draws::new(42, number, index), &mut volume);
        volume
    }

    #[test]
    fn the_volumes_of_seed_42_are_the_same_on_every_machine() {
        let checksums = [&SET.train, &SET.validation, &SET.test].map(checksum);
        let pinned = [0x198d_8c6d_37fd_f633, 0x8641_483e_661c_1044, 0xc3a9_a20b_e828_1735];
        assert_eq!(checksums, pinned, "got {checksums:#018x?}");
    }

    #[test]
    fn a_volume_does_not_depend_on_the_volumes_made_before_it() {
        for index in [160, 7, 0] {
            assert_eq!(
                painted(SET.validation.label(index), 1, index as u64),
                SET.validation.volume(index),
                "volume {index}"
            );
        }
    }

    #[test]
    fn the_splits_have_the_sizes_of_the_real_set_and_every_class() {
        for (split, size) in [(&SET.train, 971), (&SET.validation, 161), (&SET.test, 610)] {
            assert_eq!(split.len(), size);
            for label in 0..CLASSES.len() {
                assert!((0..size).any(|index| split.label(index) == label), "class {label} is missing");
            }
        }
    }

    #[test]
    fn a_left_organ_is_a_right_one_mirrored_along_the_width() {
        for right in [1, 3, 7] {
            let mut volume = painted(right, 0, 5);
            volume.chunks_exact_mut(EDGE).for_each(<[u8]>::reverse);
            assert_eq!(volume, painted(right + 1, 0, 5), "{}", CLASSES[right].name);
        }
    }

    #[test]
    fn another_seed_gives_other_volumes_and_another_order() {
        assert_ne!(labels(42, 0), labels(43, 0));
        let mut volume = vec![0; VOXELS];
        paint(&CLASSES[0], &HOME, &mut Draws::new(43, 0, 0), &mut volume);
        assert_ne!(volume, painted(0, 0, 0));
    }

    #[test]
    fn no_two_volumes_share_their_random_numbers() {
        assert_ne!(painted(0, 0, 0), painted(0, 0, 1));
        assert_ne!(painted(0, 0, 0), painted(0, 1, 0));
    }
}
