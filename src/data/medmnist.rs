//! The volume sets of `MedMNIST` and its sets of images: their files, checksums, classes and counts, from
//! `assets/medmnist.ron`.
//!
//! It knows nothing about folders or networks; `locate` and `fetch` do.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::{Task, VolumeShape};
use crate::config::Set;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the asset is compiled in, and a test parses it")]
    ron::from_str(include_str!("../../assets/medmnist.ron")).expect("assets/medmnist.ron is valid")
});

/// The edge of the release whose files carry no size in their names.
const PLAIN_SIZE: usize = 28;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    release: String,
    base_url: String,
    query: String,
    sets: Vec<Known>,
}

/// What a set holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Space {
    /// Cubes.
    Volume,
    /// Squares, which are volumes of one slice here.
    Image,
}

/// One of the sets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub set: Set,
    /// The name in lower case, with which the file's name begins.
    pub flag: String,
    pub space: Space,
    /// 1, or 3 of colours.
    pub channels: usize,
    pub task: Task,
    pub classes: Vec<String>,
    /// Volumes in train, validation and test.
    pub samples: (usize, usize, usize),
    pub licence: String,
    /// Of its file at each edge.
    md5: BTreeMap<usize, String>,
    older: Vec<Older>,
    /// Pairs of classes that a mirror along left–right swaps: such a mirror is no augmentation here.
    pub mirrored: Vec<(u8, u8)>,
}

/// An earlier file under the same name (of the smallest size only).
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Older {
    pub md5: String,
    pub release: String,
    pub samples: (usize, usize, usize),
}

/// One file of a set: the set at one size.
#[derive(Clone, Copy, Debug)]
pub struct Release {
    pub known: &'static Known,
    /// Edge of the cubes or squares, in voxels.
    pub size: usize,
    md5: &'static str,
}

/// The sets: those of volumes, then those of images, each in the order of the `MedMNIST` package.
#[must_use]
pub fn sets() -> &'static [Known] {
    &REGISTRY.sets
}

/// The set's entry, none for `Npz` and `Phantom`.
#[must_use]
pub fn known(set: &Set) -> Option<&'static Known> {
    sets().iter().find(|known| known.set == *set)
}

/// The set of that name, whatever its case: `OrganMnist3d`, `organmnist3d`, `OrganMNIST3D`.
#[must_use]
pub fn named(name: &str) -> Option<&'static Known> {
    sets().iter().find(|known| known.flag.eq_ignore_ascii_case(name))
}

/// The set's file at that size, none where `MedMNIST` has no such file.
#[must_use]
pub fn release(set: &Set, size: usize) -> Option<Release> {
    let known = known(set)?;
    known.releases().find(|release| release.size == size)
}

/// The release whose file has that name, as `organmnist3d_64.npz`.
#[must_use]
pub fn release_of_file(name: &str) -> Option<Release> {
    releases().find(|release| release.file() == name)
}

/// Every set at every size.
pub fn releases() -> impl Iterator<Item = Release> {
    sets().iter().flat_map(Known::releases)
}

/// The version of `MedMNIST` that the checksums belong to.
#[must_use]
pub fn version() -> &'static str {
    &REGISTRY.release
}

impl Known {
    /// The name as experiments write it, such as `OrganMnist3d`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{:?}", self.set)
    }

    /// Its file at every size.
    pub fn releases(&'static self) -> impl Iterator<Item = Release> {
        self.md5.iter().map(move |(&size, md5)| Release { known: self, size, md5 })
    }

    /// The sizes as a person lists them: `28 or 64`.
    #[must_use]
    pub fn sizes(&self) -> String {
        let sizes: Vec<String> = self.md5.keys().map(ToString::to_string).collect();
        sizes.join(" or ")
    }
}

impl Release {
    /// The flag, with the size where it is not 28: `organmnist3d`, `organmnist3d_64`.
    #[must_use]
    pub fn name(&self) -> String {
        let flag = &self.known.flag;
        if self.size == PLAIN_SIZE { flag.clone() } else { format!("{flag}_{}", self.size) }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.npz", self.name())
    }

    /// MD5 of the file in the current version.
    #[must_use]
    pub fn md5(&self) -> &'static str {
        self.md5
    }

    /// What each of its volumes is.
    #[must_use]
    pub fn shape(&self) -> VolumeShape {
        let (edge, channels) = (self.size, self.known.channels);
        let depth = if self.known.space == Space::Volume { edge } else { 1 };
        VolumeShape { depth, height: edge, width: edge, channels }
    }

    /// Bytes of all its volumes in memory.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let (train, validation, test) = self.known.samples;
        (train + validation + test) as u64 * self.shape().voxels() as u64
    }

    /// The earlier release with that checksum.
    #[must_use]
    pub fn older(&self, md5: &str) -> Option<&'static Older> {
        let older = if self.size == PLAIN_SIZE { self.known.older.as_slice() } else { &[] };
        older.iter().find(|older| older.md5 == md5)
    }

    /// The file's address, at Zenodo or under the base address of a mirror.
    #[must_use]
    pub fn url(&self, base: Option<&str>) -> String {
        let file = self.file();
        match base {
            Some(base) => format!("{}/{file}", base.trim_end_matches('/')),
            None => format!("{}/{file}{}", REGISTRY.base_url, REGISTRY.query),
        }
    }

    /// The command that fetches it.
    #[must_use]
    pub fn fetch_command(&self) -> String {
        let name = self.known.name();
        if self.size == PLAIN_SIZE {
            format!("vivit-tui data fetch {name}")
        } else {
            format!("vivit-tui data fetch {name} --size {}", self.size)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the package says of a set; `tests/reference/registry.py` has written it down.
    #[derive(Deserialize)]
    struct Theirs {
        flag: String,
        task: String,
        classes: Vec<String>,
        channels: usize,
        samples: (usize, usize, usize),
        licence: String,
        files: Vec<TheirFile>,
    }

    #[derive(Deserialize)]
    struct TheirFile {
        size: usize,
        md5: String,
        url: String,
    }

    fn theirs() -> Vec<Theirs> {
        #[derive(Deserialize)]
        struct Fixture {
            sets: Vec<Theirs>,
        }
        let text = include_str!("../../tests/fixtures/registry.json");
        serde_json::from_str::<Fixture>(text).unwrap().sets
    }

    #[test]
    fn the_asset_is_the_packages_own_registry() {
        let theirs = theirs();
        assert_eq!((theirs.len(), sets().len()), (18, 18));
        for theirs in theirs {
            let ours = named(&theirs.flag).unwrap();
            let task = match theirs.task.as_str() {
                "multi-class" => Task::MultiClass,
                "binary-class" => Task::Binary,
                "ordinal-regression" => Task::Ordinal,
                "multi-label, binary-class" => Task::MultiLabel,
                other => panic!("a task of its own: {other}"),
            };
            assert_eq!(
                (ours.task, ours.channels, ours.samples),
                (task, theirs.channels, theirs.samples),
                "{}",
                ours.flag
            );
            assert_eq!((&ours.classes, &ours.licence), (&theirs.classes, &theirs.licence), "{}", ours.flag);
            assert_eq!(ours.space == Space::Volume, ours.flag.ends_with("3d"));
            let files: Vec<_> =
                ours.releases().map(|file| (file.size, file.md5().to_owned(), file.url(None))).collect();
            let expected: Vec<_> = theirs.files.into_iter().map(|file| (file.size, file.md5, file.url)).collect();
            assert_eq!(files, expected, "{}", ours.flag);
        }
    }

    #[test]
    fn what_experiments_know_of_a_set_before_its_file_is_opened_is_what_the_asset_says() {
        for known in sets() {
            let sizes: Vec<usize> = known.releases().map(|release| release.size).collect();
            assert_eq!(sizes, known.set.sizes(), "{}", known.flag);
            assert_eq!(known.space == Space::Image, known.set.holds_images(), "{}", known.flag);
        }
    }

    #[test]
    fn every_entry_agrees_with_itself() {
        for known in sets() {
            assert_eq!(known.name().to_lowercase(), known.flag);
            assert_eq!(known.task == Task::Binary, known.classes.len() == 2, "{}", known.flag);
            for md5 in known.md5.values().chain(known.older.iter().map(|older| &older.md5)) {
                assert_eq!(md5.len(), 32, "{md5}");
                assert!(md5.chars().all(|c| matches!(c, '0'..='9' | 'a'..='f')), "{md5}");
            }
            for &(left, right) in &known.mirrored {
                assert!(usize::from(left.max(right)) < known.classes.len());
            }
        }
    }

    #[test]
    fn the_pairs_that_a_mirror_swaps_differ_in_their_side_only() {
        for organ in ["OrganMNIST3D", "OrganAMNIST", "OrganCMNIST"].map(|name| named(name).unwrap()) {
            assert_eq!(organ.mirrored.len(), 3);
            for &(left, right) in &organ.mirrored {
                let side = |class: u8| organ.classes[usize::from(class)].rsplit_once('-').unwrap();
                assert_eq!(side(left).0, side(right).0);
                assert_ne!(side(left).1, side(right).1);
            }
        }
    }

    #[test]
    fn a_mirror_is_refused_exactly_where_it_swaps_classes() {
        for known in sets() {
            let size = if known.space == Space::Image { "(1, 4, 4)" } else { "(8, 8, 8)" };
            let embedding = format!("embedding: Tubelet(size: {size})");
            let text = format!("(name: \"a\", data: (set: {}), model: ({embedding}))", known.name());
            let experiment = crate::config::Experiment::parse(&text, "a.ron", &[]).unwrap();
            for key in ["data.augment.mirror", "training.tta.mirror"] {
                for (axis, mirror) in
                    ["(true, false, false)", "(false, true, false)", "(false, false, true)"].into_iter().enumerate()
                {
                    let mirrored = experiment.with_overrides(&[format!("{key}={mirror}")]);
                    // Of an image there is nothing to mirror along the depth.
                    let refused = !known.mirrored.is_empty() || (axis == 0 && known.space == Space::Image);
                    assert_eq!(mirrored.is_err(), refused, "{} {key} {mirror}", known.flag);
                }
            }
        }
    }

    #[test]
    fn the_addresses_are_those_of_the_package() {
        let small = release(&Set::OrganMnist3d, 28).unwrap();
        let large = release(&Set::VesselMnist3d, 64).unwrap();
        assert_eq!(small.url(None), "https://zenodo.org/records/10519652/files/organmnist3d.npz?download=1");
        assert_eq!(large.url(None), "https://zenodo.org/records/10519652/files/vesselmnist3d_64.npz?download=1");
        assert_eq!(large.url(Some("http://mirror/a/")), "http://mirror/a/vesselmnist3d_64.npz");
    }

    #[test]
    fn a_set_of_images_is_of_volumes_of_one_slice() {
        let path = release(&Set::PathMnist, 224).unwrap();
        assert_eq!(path.shape(), VolumeShape { depth: 1, height: 224, width: 224, channels: 3 });
        assert_eq!(path.bytes(), 107_180 * 224 * 224 * 3);
        let cube = VolumeShape { depth: 64, height: 64, width: 64, channels: 1 };
        assert_eq!(release(&Set::VesselMnist3d, 64).unwrap().shape(), cube);
    }

    #[test]
    fn only_the_released_sizes_exist() {
        assert!(release(&Set::OrganMnist3d, 32).is_none());
        assert!(release(&Set::OrganMnist3d, 128).is_none());
        assert!(release(&Set::Phantom, 28).is_none());
    }
}
