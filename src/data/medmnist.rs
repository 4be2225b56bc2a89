//! The six volume sets of `MedMNIST`: their files, checksums, classes and counts, from `assets/medmnist.ron`.
//!
//! It knows nothing about folders or networks; `locate` and `fetch` do.

use std::sync::LazyLock;

use serde::Deserialize;

use super::Task;
use crate::config::Set;

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| {
    #[expect(clippy::expect_used, reason = "the asset is compiled in, and a test parses it")]
    ron::from_str(include_str!("../../assets/medmnist.ron")).expect("assets/medmnist.ron is valid")
});

/// Edges, in voxels, of the cubes that `MedMNIST` releases.
pub const SIZES: [usize; 2] = [28, 64];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Registry {
    release: String,
    base_url: String,
    query: String,
    licence: String,
    sets: Vec<Known>,
}

/// One of the six sets.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub set: Set,
    /// The name in lower case, with which the file's name begins.
    pub flag: String,
    pub task: Task,
    pub classes: Vec<String>,
    /// Volumes in train, validation and test.
    pub samples: (usize, usize, usize),
    md5_28: String,
    md5_64: String,
    older: Vec<Older>,
    /// Pairs of classes that a mirror along left–right swaps: such a mirror is no augmentation here.
    pub mirrored: Vec<(u8, u8)>,
}

/// An earlier file under the same name (28 voxels only).
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
    /// Edge of the cubes, in voxels: 28 or 64.
    pub size: usize,
}

/// The six sets, in the order of the `MedMNIST` package.
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
    SIZES.contains(&size).then_some(Release { known, size })
}

/// The release whose file has that name, as `organmnist3d_64.npz`.
#[must_use]
pub fn release_of_file(name: &str) -> Option<Release> {
    releases().find(|release| release.file() == name)
}

/// Every set at every size.
pub fn releases() -> impl Iterator<Item = Release> {
    sets().iter().flat_map(|known| SIZES.map(|size| Release { known, size }))
}

/// The version of `MedMNIST` that the checksums belong to.
#[must_use]
pub fn version() -> &'static str {
    &REGISTRY.release
}

/// The licence of all six sets.
#[must_use]
pub fn licence() -> &'static str {
    &REGISTRY.licence
}

impl Known {
    /// The name as experiments write it, such as `OrganMnist3d`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{:?}", self.set)
    }
}

impl Release {
    /// The flag, with the size where it is not 28: `organmnist3d`, `organmnist3d_64`.
    #[must_use]
    pub fn name(&self) -> String {
        let flag = &self.known.flag;
        if self.size == 28 { flag.clone() } else { format!("{flag}_{}", self.size) }
    }

    /// The file's name.
    #[must_use]
    pub fn file(&self) -> String {
        format!("{}.npz", self.name())
    }

    /// MD5 of the file in the current version.
    #[must_use]
    pub fn md5(&self) -> &'static str {
        if self.size == 28 { &self.known.md5_28 } else { &self.known.md5_64 }
    }

    /// The earlier release with that checksum.
    #[must_use]
    pub fn older(&self, md5: &str) -> Option<&'static Older> {
        let older = if self.size == 28 { self.known.older.as_slice() } else { &[] };
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
        if self.size == 28 {
            format!("vivit-tui data fetch {name}")
        } else {
            format!("vivit-tui data fetch {name} --size {}", self.size)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_asset_holds_the_six_sets() {
        let flags: Vec<&str> = sets().iter().map(|known| known.flag.as_str()).collect();
        let expected =
            ["organmnist3d", "nodulemnist3d", "adrenalmnist3d", "fracturemnist3d", "vesselmnist3d", "synapsemnist3d"];
        assert_eq!(flags, expected);
    }

    #[test]
    fn every_entry_agrees_with_itself() {
        for known in sets() {
            assert_eq!(known.name().to_lowercase(), known.flag);
            assert_eq!(known.task == Task::Binary, known.classes.len() == 2, "{}", known.flag);
            let checksums =
                [&known.md5_28, &known.md5_64].into_iter().chain(known.older.iter().map(|older| &older.md5));
            for md5 in checksums {
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
        let organ = named("OrganMNIST3D").unwrap();
        for &(left, right) in &organ.mirrored {
            let side = |class: u8| organ.classes[usize::from(class)].rsplit_once('-').unwrap();
            assert_eq!(side(left).0, side(right).0);
            assert_ne!(side(left).1, side(right).1);
        }
    }

    #[test]
    fn a_mirror_is_refused_exactly_where_it_swaps_classes() {
        for known in sets() {
            let text = format!("(name: \"a\", data: (set: {}))", known.name());
            let experiment = crate::config::Experiment::parse(&text, "a.ron", &[]).unwrap();
            for key in ["data.augment.mirror", "training.tta.mirror"] {
                for mirror in ["(true, false, false)", "(false, true, false)", "(false, false, true)"] {
                    let mirrored = experiment.with_overrides(&[format!("{key}={mirror}")]);
                    assert_eq!(mirrored.is_err(), !known.mirrored.is_empty(), "{} {key} {mirror}", known.flag);
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
    fn only_the_released_sizes_exist() {
        assert!(release(&Set::OrganMnist3d, 32).is_none());
        assert!(release(&Set::Phantom, 28).is_none());
    }
}
